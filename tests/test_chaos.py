"""Killed again and again, blogbot loses nothing: the short form of `make chaos`. A failure names the seed that repeats it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.aims import aims, table
from tests.chaos.database import Sqlite, first_revision, kept, postgres
from tests.chaos.oracle import Kill, Told, Wait, judge
from tests.chaos.plan import AT_RANDOM, AWAY, MIGRATION, TROUBLES, UNDISTURBED, WALK, WAYS, cuts, lives
from tests.chaos.scenario import GRACE, REMIND, Chaos, Figures
from tests.chaos.workers import upgrade

SEED = 20_260_302
SOON = 58.0
"""Seconds until an event begins of which people are reminded at once."""


def holds(run: Figures) -> None:
    """What is true of every run, however slow the machine is."""
    verdict = run.verdict
    told = (verdict.lost, verdict.too_late, verdict.late, verdict.strange, verdict.repeated_news, verdict.unexplained)
    assert told == ([],) * 6, f"seed {SEED}"
    assert verdict.unread == 0
    assert [kill for double, kill in zip(verdict.doubles, run.kills, strict=True) if double > kill.under_way] == []
    assert verdict.uncertain <= sum(kill.in_doubt for kill in run.kills) + verdict.unanswered, f"seed {SEED}"


def hears_soon(run: Figures, seed: int) -> None:
    """After a restart each chat that waited hears soon, but for what others are told first."""
    assert run.verdict.firsts
    assert None not in run.verdict.firsts
    longest = max(run.verdict.waits, key=lambda wait: wait.idle)
    assert longest.idle <= run.lease + GRACE, f"seed {seed}"


async def test_one_process_dies_at_every_point_and_meets_every_trouble(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, Sqlite(tmp_path), chats=40, rate=100, lease=2.0, near=10.0, events={0: [SOON], 1: [SOON]})
    run = await chaos.run(lives(SEED, len(WALK)), within=90)
    holds(run)
    assert run.verdict.due == 40 * (len(WALK) + 2)
    assert set(WAYS) - {MIGRATION} <= run.by_way.keys()
    assert set(run.by_trouble) == set(TROUBLES)
    hears_soon(run, SEED)


async def test_where_one_of_two_processes_dies_the_other_takes_over(tmp_path: Path) -> None:
    plan = [life for life in lives(SEED + 1, len(WALK)) if life.trouble in (AWAY, UNDISTURBED)]
    async with postgres() as database:
        chaos = Chaos(tmp_path, database, chats=300, rate=60, processes=2, lease=2.0, near=10.0, events={0: [SOON]})
        run = await chaos.run(plan, cuts(SEED, 1), within=90)
    holds(run)
    assert run.by_trouble[AWAY] == run.by_way[MIGRATION] == 1
    hears_soon(run, SEED + 1)


async def test_a_clock_that_is_set_back_and_forth_loses_nothing(tmp_path: Path) -> None:
    plan = [life for life in lives(SEED + 2, len(WALK), clocks=(600.0, -600.0)) if life.way == AT_RANDOM]
    chaos = Chaos(tmp_path, Sqlite(tmp_path), chats=40, rate=100, lease=2.0, near=10.0)
    holds(await chaos.run([life for life in plan if life.trouble != AWAY], within=90))


# --- Migrations ---


@pytest.fixture(params=["sqlite", "postgres"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table; once on each kind."""
    url: str = Sqlite(tmp_path).url if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url")
    return url


async def test_an_upgrade_that_is_cut_off_again_and_again_keeps_what_was_there(bare_url: str, tmp_path: Path) -> None:
    await first_revision(bare_url, 50, REMIND)
    for steps in (5, 24):
        assert await asyncio.to_thread(upgrade, tmp_path, bare_url, steps)
    assert not await asyncio.to_thread(upgrade, tmp_path, bare_url)
    assert await kept(bare_url) == {"told": 50, "chats": 50, "follows": 50, "rules": 50}


def test_the_first_upgrade_may_be_cut_off_too(bare_url: str, tmp_path: Path) -> None:
    assert upgrade(tmp_path, bare_url, 20)
    assert not upgrade(tmp_path, bare_url)


# --- The plan ---


def test_a_seed_gives_one_plan_and_a_round_of_it_meets_everything() -> None:
    clocks = (30.0, -600.0)
    assert lives(7, 30, clocks=clocks) == lives(7, 30, clocks=clocks) != lives(8, 30, clocks=clocks)
    one_round = lives(7, len(WALK))
    assert {life.way for life in one_round} == set(WAYS) - {MIGRATION}
    assert {life.trouble for life in one_round} >= set(TROUBLES) | {UNDISTURBED}
    ways = [(life.way, life.trouble) for life in lives(7, 20)]
    assert [(life.way, life.trouble) for life in lives(9, 5, start=15)] == ways[15:]


# --- The oracle ---


def call(at: float, chat: int, text: str) -> dict[str, Any]:
    return {"at": at, "method": "sendMessage", "params": {"chat_id": str(chat), "text": text}}


def test_the_oracle_tells_what_is_lost_from_what_is_uncertain_or_was_too_late() -> None:
    due = [(f"Post {number}", 7) for number in range(1, 4)] + [("Reminder 1", 7), ("Reminder 2", 7)]
    verdict = judge(
        [call(1, 7, "Post 1"), call(2, 7, "📅 New event: Event 1"), call(3, 7, "Post 9")],
        due,
        allowed=[("Event 1", 7)],
        uncertain=[("Post 2", 7)],
        expired=[("Reminder 2", 7), ("Post 1", 7)],
    )
    assert verdict.lost == [("Post 3", 7), ("Reminder 1", 7)]
    assert verdict.too_late == [("Reminder 2", 7)]
    assert verdict.strange == [("Post 9", 7)]
    assert (verdict.uncertain, verdict.in_vain) == (1, 1)


@pytest.mark.parametrize(
    ("first", "again", "doubles", "unexplained"),
    [
        (1.0, 12.0, [1, 0], []),  # not to the second kill, before which its lease ran out
        (6.0, 12.0, [0, 1], []),
        (6.0, 7.0, [0, 0], [("Reminder 1", 7)]),
    ],
)
def test_what_is_sent_twice_is_charged_to_the_first_kill_after_the_first_time(
    first: float, again: float, doubles: list[int], unexplained: list[Told]
) -> None:
    calls = [call(first, 7, "⏰ Now: Event 1"), call(again, 7, "⏰ Now: Event 1")]
    verdict = judge(calls, [("Reminder 1", 7)], kills=[Kill(5.0), Kill(10.0)])
    assert (verdict.doubles, verdict.unexplained, verdict.repeated_news) == (doubles, unexplained, [])


def test_what_is_sent_twice_because_its_reply_was_lost_is_no_kills_fault() -> None:
    calls = [call(at, 7, "⏰ Now: Event 1") for at in (1, 2, 3, 8)]
    calls[0]["reply"], calls[1]["reply"] = "lost", "late"
    verdict = judge(calls, [("Reminder 1", 7)], kills=[Kill(5.0)])
    assert (verdict.after_lost_reply, verdict.doubles, verdict.unexplained) == (2, [1], [])
    calls[2]["reply"] = "late"  # killed while it waited for the answer
    assert judge(calls, [("Reminder 1", 7)], kills=[Kill(5.0)]).doubles == [1]


@pytest.mark.parametrize("text", ["Post 1", "📅 New event: Event 1"])
def test_news_is_never_sent_twice(text: str) -> None:
    verdict = judge([call(1, 7, text), call(9, 7, text)], [], kills=[Kill(5.0)])
    assert len(verdict.repeated_news) == 1


@pytest.mark.parametrize(
    ("text", "late"),
    [("⏰ Now: Event 1", [("Reminder 1", 7)]), ("🔁 It moved: Event 1", [("Change 1", 7)]), ("Post 1", [])],
)
def test_nothing_of_an_event_may_come_once_it_began(text: str, late: list[Told]) -> None:
    assert judge([call(8.9, 7, text)], [], begins={1: 9.0}).late == []
    assert judge([call(9.0, 7, text)], [], begins={1: 9.0}).late == late


def test_a_digest_is_read_unless_it_does_not_name_all_it_tells() -> None:
    whole, cut = "🗞 1. Post 1\n2. Post 2", "🗞 1. Post 3\n… and 2 more"
    verdict = judge([call(1, 7, whole), call(2, 7, cut)], [(f"Post {number}", 7) for number in (1, 2, 3)])
    assert (verdict.lost, verdict.unread) == ([], 1)


KILLED_AND_REVIVED = [Kill(3.0, waiting=frozenset({7})), Kill(5.0, waiting=frozenset({7}), revived=7.0), Kill(19.0)]


@pytest.mark.parametrize(
    ("arrives", "first", "wait"), [(9.0, 2.0, 2.0), (6.0, 0.0, 0.0), (20.0, None, 12.0), (None, None, 12.0)]
)  # fmt: skip
def test_a_chat_waits_from_the_restart_to_its_next_message_or_the_next_kill(
    arrives: float | None, first: float | None, wait: float
) -> None:
    calls = [call(1, 7, "Post 1"), *([call(arrives, 7, "Post 2")] if arrives is not None else [])]
    verdict = judge(calls, [], kills=KILLED_AND_REVIVED)
    assert (verdict.firsts, verdict.waits) == ([first], [Wait(7, wait, wait)])


def test_who_stands_behind_others_does_not_wait_idly_while_they_are_told() -> None:
    before = [call(6.0, 1, "Post 2")]
    others = [call(8.0 + number / 2, 10 + number, "Post 2") for number in range(10)]
    verdict = judge([*before, *others, call(13.0, 7, "Post 2")], [], kills=KILLED_AND_REVIVED, rate=2.0)
    assert (verdict.firsts, verdict.waits) == ([0.0], [Wait(7, 6.0, 1.0)])


# --- The aims ---


def figures(**verdict: Any) -> Figures:
    judged = judge([], [])
    for name, value in verdict.items():
        setattr(judged, name, value)
    kills = [Kill(float(number), under_way=3) for number in range(len(judged.doubles))]
    return Figures("a run", 30.0, judged, kills, Counter(WAYS), Counter(TROUBLES), 1.0)


def missed(run: Figures, kills: int = 0) -> Sequence[str]:
    return [aim.name for aim in aims([run], kills) if not aim.met]


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        ({"lost": [("Post 1", 7)]}, "lost"),
        ({"too_late": [("Reminder 1", 7)]}, "reminders that could not be sent before the start"),
        ({"late": [("Reminder 1", 7)]}, "sent after its event began"),
        ({"strange": [("Post 9", 7)]}, "never due, and sent"),
        ({"repeated_news": [("Post 9", 7)]}, "news sent twice"),
        ({"unexplained": [("Reminder 9", 7)]}, "sent twice without a kill between"),
        ({"unread": 1}, "digests that do not name all they tell"),
        ({"doubles": [0, 4]}, "sent twice after one kill, at most"),
        ({"firsts": [35.1], "waits": [Wait(7, 35.2, 0.1)]}, "first message after a restart, at most: a run"),
        ({"firsts": [None], "waits": [Wait(7, 36.0, 0.1)]}, "first message after a restart, at most: a run"),
        ({"waits": [Wait(7, 36.0, 35.1)]}, "  of this not needed for messages to others, at most"),
    ],
)  # fmt: skip
def test_each_aim_is_missed_by_what_breaks_it_alone(verdict: dict[str, Any], name: str) -> None:
    assert missed(figures(**verdict)) == [name]


def test_all_aims_are_met_by_a_run_that_did_all_it_should() -> None:
    assert (
        missed(figures(doubles=[3, 0], firsts=[35.0], waits=[Wait(7, 95.0, 35.0)], uncertain=9, in_vain=4), kills=2)
        == []
    )


def test_the_table_shows_what_was_counted_as_it_is_with_the_aim_beside_it() -> None:
    reached = aims([figures(lost=[("Post 1", 7)], firsts=[35.06], waits=[Wait(7, 40.0, 0.0)], doubles=[0, 0])], 2)
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:4]]
        for line in table(reached).splitlines()
    }
    assert rows["kills"] == ["2", "2 or more"]
    assert rows["lost"] == ["1", "0: MISSED"]
    assert rows["first message after a restart, at most: a run"] == ["35.1 s", "35 s: MISSED"]
    assert rows["the runs"] == ["1.00 s", ""]


def test_a_point_that_was_not_hit_and_a_kill_too_few_are_missed() -> None:
    run = figures()
    run.by_way["inside the fan-out"] = 0
    run.by_trouble[AWAY] = 0
    assert missed(run, kills=1) == ["kills", "  inside the fan-out", f"  lives with {AWAY}"]
