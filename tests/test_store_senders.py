"""The processes that send for one bot, and what they share, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blogbot.model import Pace
from blogbot.store import Store
from blogbot.store.senders import Standing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEARNT = Pace(rate=24.5, refused=NOW, paused_until=NOW + 3 * SECOND, failures=2)


async def report(store: Store, process: str, now: datetime, pace: Pace = Pace(), bot: str = "bot") -> Standing:
    async with store.write() as tx:
        return await tx.senders.report(bot, process, pace, now)


async def leave(store: Store, process: str) -> None:
    async with store.write() as tx:
        await tx.senders.leave("bot", process)


async def test_a_process_alone_has_no_others(store: Store) -> None:
    assert await report(store, "a", NOW) == Standing(Pace(), 0)
    assert await report(store, "a", NOW + 2 * SECOND) == Standing(Pace(), 0)


async def test_each_process_counts_the_others_of_its_own_bot(store: Store) -> None:
    await report(store, "a", NOW)
    await report(store, "b", NOW)
    await report(store, "c", NOW, bot="another")
    assert (await report(store, "a", NOW)).others == 1
    assert (await report(store, "d", NOW)).others == 2


@pytest.mark.parametrize(("seconds", "others"), [(5, 1), (6, 1), (7, 0), (-6, 1), (-7, 0)])
async def test_who_was_not_seen_for_some_seconds_is_not_counted(store: Store, seconds: int, others: int) -> None:
    await report(store, "a", NOW)
    assert (await report(store, "b", NOW + seconds * SECOND)).others == others


async def test_who_leaves_is_not_counted_at_once_and_what_it_learnt_stays(store: Store) -> None:
    await report(store, "a", NOW, LEARNT)
    await leave(store, "a")
    assert await report(store, "b", NOW) == Standing(LEARNT, 0)


async def test_to_leave_without_having_come_is_fine(store: Store) -> None:
    await leave(store, "a")
    assert (await report(store, "b", NOW)).others == 0


async def test_what_one_learns_all_know(store: Store) -> None:
    await report(store, "a", NOW, LEARNT)
    assert (await report(store, "b", NOW)).pace == LEARNT


async def test_what_was_learnt_is_forgotten_after_a_day(store: Store) -> None:
    await report(store, "a", NOW, LEARNT)
    assert (await report(store, "b", NOW + timedelta(hours=24))).pace == LEARNT
    assert (await report(store, "b", NOW + timedelta(hours=24, seconds=1))).pace == Pace()


async def test_who_was_seen_in_the_far_future_is_of_a_clock_that_was_set_back(store: Store) -> None:
    await report(store, "a", NOW + timedelta(days=2), LEARNT)
    assert await report(store, "b", NOW) == Standing(Pace(), 0)


async def test_what_was_learnt_by_a_clock_that_was_ahead_is_learnt_now_and_only_once(store: Store) -> None:
    ahead = NOW + 600 * SECOND
    await report(store, "gone", ahead, Pace(24.5, ahead, ahead + 3 * SECOND, 2))
    for seconds in (0, 2, 300):
        assert (await report(store, "b", NOW + seconds * SECOND)).pace == Pace(24.5, NOW, None, 2)


def test_the_newest_refusal_and_the_longest_pause_hold_for_all() -> None:
    older = Pace(rate=20, refused=NOW - SECOND, paused_until=NOW + 60 * SECOND, failures=9)
    newer = Pace(rate=25, refused=NOW, paused_until=NOW + SECOND, failures=1)
    both = Pace(rate=25, refused=NOW, paused_until=NOW + 60 * SECOND, failures=1)
    assert Pace.merged([older, newer]) == Pace.merged([newer, older]) == Pace.merged([Pace(), newer, older]) == both
    assert Pace.merged([older, Pace()]) == older
    assert Pace.merged([]) == Pace.merged([Pace(), Pace()]) == Pace()
