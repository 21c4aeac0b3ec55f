"""What is kept in memory so that it is not made twice: for how long, and within which room."""

from datetime import UTC, datetime, timedelta

import pytest

from blogbot.web.kept import EVER, Answer, Answers, Kept

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_what_was_asked_for_last_stays() -> None:
    kept: Kept[str] = Kept(40)
    for name in "abcd":
        kept.keep(name, name.upper(), 10)
    kept.get("a")
    kept.keep("e", "E", 10)
    assert [kept.get(name) for name in "abcde"] == ["A", None, "C", "D", "E"]


@pytest.mark.parametrize(("size", "stays"), [(10, "A"), (11, None)])
def test_what_would_push_out_all_others_is_not_kept(size: int, stays: str | None) -> None:
    kept: Kept[str] = Kept(40)
    kept.keep("a", "A", size)
    assert kept.get("a") == stays


def test_a_thing_that_is_kept_anew_takes_its_room_once() -> None:
    kept: Kept[str] = Kept(40)
    kept.keep("b", "B", 10)
    for _ in range(9):
        kept.keep("a", "A", 10)
    assert kept.get("b") == "B"


class Asked:
    """Answers by a clock and a standing that a test moves."""

    def __init__(self, room: int = 4000) -> None:
        self.now, self.standing, self.until, self.size = NOON, 1, EVER, 100
        self.known = True
        self.made = 0
        self.answers: Answers[int] = Answers(room, lambda: self.standing if self.known else None, lambda: self.now)

    async def __call__(self, *name: str | bytes) -> int:
        return await self.answers.once(name or ("a",), self._make)

    async def _make(self) -> Answer[int]:
        self.made += 1
        return Answer(self.made, self.size, self.until)


async def test_an_answer_is_given_again_while_nothing_changes() -> None:
    asked = Asked()
    assert [await asked(), await asked(), await asked("b"), await asked()] == [1, 1, 2, 1]


async def test_an_answer_is_made_anew_when_posts_or_events_changed() -> None:
    asked = Asked()
    await asked()
    asked.standing = 2
    assert [await asked(), await asked()] == [2, 2]


async def test_nothing_is_kept_where_nobody_keeps_looking() -> None:
    asked = Asked()
    asked.known = False
    assert [await asked(), await asked()] == [1, 2]
    asked.known = True
    assert await asked() == 3


async def test_an_answer_lasts_until_its_hour() -> None:
    asked = Asked()
    asked.until = NOON + MINUTE
    await asked()
    asked.now = NOON + MINUTE - timedelta(microseconds=1)
    assert await asked() == 1
    asked.now = NOON + MINUTE
    assert await asked() == 2


async def test_an_answer_does_not_outlast_a_clock_that_is_set_back() -> None:
    asked = Asked()
    asked.until = NOON + MINUTE
    await asked()
    asked.now = NOON - MINUTE
    assert await asked() == 2


async def test_what_is_right_for_this_moment_alone_pushes_nothing_out() -> None:
    asked = Asked(room=500)
    await asked()
    asked.until = NOON
    for name in "bcdef":
        await asked(name)
    assert await asked() == 1


async def test_what_changes_while_an_answer_is_made_makes_it_anew() -> None:
    asked = Asked()

    async def make() -> Answer[int]:
        asked.standing += 1
        return Answer(0, 100)

    assert [await asked.answers.once(("a",), make), await asked()] == [0, 1]


async def test_long_names_take_room_too() -> None:
    asked = Asked(room=4000)
    await asked()
    for number in range(5):
        await asked(f"{number}".ljust(800))
    assert await asked() == 7
