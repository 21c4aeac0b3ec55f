"""The ticks as a health check sees them: which get on, which fail, which are stuck. Their time is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from blogbot.app.ticks import Pulse, Ticks
from blogbot.clock import MovableClock
from blogbot.errors import BlogbotError, StoreError, TokenRejected

AT_ONCE = 0.005
"""Seconds between two calls in tests that want several; nothing waits for more than the calls themselves."""


class Moving:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Called:
    """A tick that notes its calls, does what it is told, and lets a test wait for so many."""

    def __init__(self, work: Callable[[], Awaitable[None]] | None = None) -> None:
        self.count = 0
        self._work = work
        self._more = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self._more.set()
        if self._work is not None:
            await self._work()

    async def times(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.count < count:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def moving() -> Moving:
    return Moving()


@pytest.fixture
def fatal() -> list[BlogbotError]:
    return []


@contextmanager
def started(ticks: Ticks) -> Iterator[Ticks]:
    ticks.start()
    try:
        yield ticks
    finally:
        ticks.stop()


async def hang() -> None:
    await asyncio.Event().wait()


async def test_a_tick_that_never_ends_is_stuck_after_ten_intervals_and_a_minute(moving: Moving) -> None:
    ticks, tick = Ticks(print, moving), Called(hang)
    ticks.every(5.0, "delivery", tick)
    with started(ticks):
        await tick.times(1)
        moving.seconds += 110.0
        assert ticks.stuck() == {}
        moving.seconds += 0.5
        assert ticks.stuck() == {"delivery": 110.5}
        assert ticks.ages() == {"delivery": 110.5}
    await ticks.finish(0)


async def test_a_long_tick_that_gets_on_is_not_stuck(moving: Moving) -> None:
    ticks, tick = Ticks(print, moving), Called(hang)
    ticks.every(1.0, "delivery", tick)
    with started(ticks):
        await tick.times(1)
        for _ in range(100):
            moving.seconds += 60.0
            ticks.beat("delivery")
            assert (ticks.stuck(), ticks.ages()) == ({}, {"delivery": 0.0})
        moving.seconds += 71.0
        assert ticks.stuck() == {"delivery": 71.0}
    await ticks.finish(0)


async def test_a_tick_that_no_scheduler_begins_is_stuck_whatever_else_beats_in_its_name(moving: Moving) -> None:
    ticks = Ticks(print, moving)
    ticks.every(1.0, "feeds", Called())
    moving.seconds += 71.0
    ticks.beat("feeds")
    ticks.beat("a tick that was never set")
    assert ticks.stuck() == {"feeds": 71.0}


async def test_a_tick_that_fails_and_ends_is_not_stuck_but_its_age_tells(moving: Moving) -> None:
    async def fail() -> None:
        moving.seconds += 40.0
        raise StoreError("the database is away")

    ticks, tick = Ticks(print, moving), Called(fail)
    ticks.every(AT_ONCE, "feeds", tick)
    with started(ticks):
        await tick.times(4)
    await ticks.finish(1)
    assert ticks.stuck() == {}
    assert ticks.ages()["feeds"] >= 120.0


async def test_what_fails_each_second_for_the_same_reason_says_so_once_a_minute(moving: Moving) -> None:
    reasons = iter(["away"] * 70 + ["locked"] + [""] * 1000)

    async def work() -> None:
        moving.seconds += 1.0
        if why := next(reasons):
            raise StoreError(why)

    ticks, tick = Ticks(print, moving), Called(work)
    ticks.every(AT_ONCE, "delivery", tick)
    with capture_logs() as logs, started(ticks):
        await tick.times(75)
    await ticks.finish(1)
    assert [(entry["event"], entry.get("why")) for entry in logs] == [
        ("tick failed", "away"),
        ("tick failed", "away"),
        ("tick failed", "locked"),
        ("tick works again", None),
    ]


async def test_an_error_of_our_own_is_logged_with_its_place_and_the_tick_comes_again(moving: Moving) -> None:
    async def work() -> None:
        if tick.count == 1:
            raise ValueError("broken")

    ticks, tick = Ticks(print, moving), Called(work)
    ticks.every(AT_ONCE, "feeds", tick)
    with capture_logs() as logs, started(ticks):
        await tick.times(3)
    await ticks.finish(1)
    assert [entry["event"] for entry in logs if entry.get("exc_info")] == ["tick failed by an error of blogbot's own"]


async def test_a_rejected_token_ends_everything(moving: Moving, fatal: list[BlogbotError]) -> None:
    async def work() -> None:
        raise TokenRejected

    ticks, tick = Ticks(fatal.append, moving), Called(work)
    ticks.every(3600.0, "delivery", tick)
    with started(ticks):
        await tick.times(1)
    await ticks.finish(1)
    assert [type(error) for error in fatal] == [TokenRejected]


async def test_a_tick_under_way_is_not_begun_again(moving: Moving) -> None:
    ticks, slow, quick = Ticks(print, moving), Called(hang), Called()
    ticks.every(AT_ONCE, "slow", slow)
    ticks.every(AT_ONCE, "quick", quick)
    with started(ticks):
        await quick.times(5)
    await ticks.finish(0)
    assert slow.count == 1


def test_who_asks_what_time_it_is_shows_life() -> None:
    instant, beats = datetime(2026, 3, 2, tzinfo=UTC), []
    pulse = Pulse(MovableClock(instant), lambda: beats.append(1))
    assert [pulse.now(), pulse.now()] == [instant, instant]
    assert len(beats) == 2
