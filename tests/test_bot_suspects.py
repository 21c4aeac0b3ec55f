"""Whose limit a refusal speaks of."""

from __future__ import annotations

import pytest

from blogbot.bot.schedule import ChatKey
from blogbot.bot.suspects import Suspects


@pytest.mark.parametrize(
    ("refusals", "everyone"),
    [
        ([(0.0, 5)], [None]),
        ([(0.0, 5), (1.0, 5)], [None, None]),
        ([(0.0, 5), (1.0, 6)], [None, 10.0]),
        ([(0.0, 5), (11.0, 6)], [None, None]),
        ([(0.0, -5), (1.0, -6), (2.0, -7), (3.0, "@c")], [None] * 4),
        ([(0.0, -5), (1.0, 6)], [None, None]),
    ],
)
def test_one_chat_or_any_number_of_groups_never_halt_the_bot(
    refusals: list[tuple[float, ChatKey]], everyone: list[float | None]
) -> None:
    suspects = Suspects()
    assert [suspects.refused(chat, time + 10, time) for time, chat in refusals] == everyone


@pytest.mark.parametrize(("started", "expected"), [(0.5, None), (-0.5, 10.0)])
def test_what_was_accepted_after_a_refusal_clears_the_suspicion(started: float, expected: float | None) -> None:
    suspects = Suspects()
    suspects.refused(5, 10.0, 0.0)
    suspects.accepted(started)
    assert suspects.refused(6, 11.0, 1.0) == expected


@pytest.mark.parametrize(
    ("refusals", "expected"),
    [
        ([(0.0, 5)], False),
        ([(0.0, 5), (30.0, 5)], False),
        ([(0.0, 5), (30.0, 6)], True),
        ([(0.0, 5), (70.0, 6)], False),
        ([(0.0, -5), (30.0, -6)], False),
        ([(0.0, 5), (30.0, -6)], False),
    ],
)
def test_two_private_chats_in_a_minute_say_that_the_rate_is_a_little_too_high(
    refusals: list[tuple[float, ChatKey]], expected: bool
) -> None:
    suspects = Suspects()
    for time, chat in refusals:
        suspects.refused(chat, time + 1, time)
        suspects.accepted(time + 0.5)
    assert suspects.too_many() is expected
    assert suspects.too_many() is False


def test_a_refusal_of_everyone_does_not_count_again() -> None:
    suspects = Suspects()
    suspects.refused(5, 10.0, 0.0)
    assert suspects.first(5)
    assert suspects.refused(6, 10.0, 1.0) == 10.0
    assert not suspects.first(6)
    assert not suspects.too_many()
