"""How fast to send, learnt from refusals: the rule by itself, and at work against limits that nobody told it of."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.ext import ExtBot

from blogbot.bot.limiter import Lanes
from blogbot.bot.pace import rate, refused, rest
from blogbot.bot.passage import Passage
from blogbot.bot.request import Flood
from blogbot.bot.sender import SEND
from blogbot.clock import Clock
from blogbot.model import Lane, Pace
from blogbot.sandbox.errors import ApiError
from blogbot.sandbox.limits import LimitBook
from blogbot.sandbox.limits import Limits as SandboxLimits
from tests.offline import TOKEN, Offline, failed, now, sent, travel

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


# --- The rule ----------------------------------------------------------------------------------------------------------


def test_who_was_never_refused_sends_at_the_highest_rate() -> None:
    assert rate(Pace(), 30, NOON) == 30


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [(20, 19.8), (25, 24.75), (29, 28.71), (29.9, 29.4), (math.inf, 29.4), (3, 15.0), (0, 15.0)],
)
def test_a_refusal_leaves_what_was_taken_before_it_but_half_the_rate_at_least(accepted: float, expected: float) -> None:
    pace = refused(Pace(), 30, NOON, seconds=1, accepted=accepted)
    assert rate(pace, 30, after(1)) == pytest.approx(expected)


def test_the_rate_never_falls_below_one() -> None:
    pace = Pace()
    for second in range(0, 20, 2):
        pace = refused(pace, 30, after(second), seconds=1, accepted=0)
    assert rate(pace, 30, after(20)) == 1


def test_the_rate_grows_by_and_by_and_no_higher_than_it_may() -> None:
    pace = refused(Pace(), 30, NOON, seconds=1, accepted=20)
    at = [rate(pace, 30, after(seconds)) for seconds in (119, 120, 149, 150, 180, 100_000)]
    assert at == pytest.approx([19.8, 20.8, 20.8, 21.8, 22.8, 30])


def test_a_rate_that_was_guessed_soon_grows_back_by_larger_and_larger_steps() -> None:
    pace = refused(Pace(), 60, NOON, seconds=1, accepted=2)
    pace = refused(pace, 60, after(2), seconds=1, accepted=0)
    at = [rate(pace, 60, after(2 + seconds)) for seconds in (9, 10, 15, 20, 25, 30)]
    assert at == pytest.approx([15, 17, 23, 33, 47, 60])


def test_a_guess_that_proves_right_is_known_from_then_on() -> None:
    pace = refused(Pace(), 30, NOON, seconds=1, accepted=2)
    pace = refused(pace, 30, after(12), seconds=1, accepted=15)
    assert (pace.failures, rest(pace)) == (1, 120)
    assert rate(pace, 30, after(100)) == pytest.approx(0.99 * 15)


def test_a_paid_rate_grows_as_many_times_faster_as_it_is_higher() -> None:
    pace = refused(Pace(), 900, NOON, seconds=1, accepted=600)
    assert rate(pace, 900, after(150)) - rate(pace, 900, after(0)) == pytest.approx(60)


def test_each_refusal_near_the_same_rate_doubles_the_rest_up_to_an_hour() -> None:
    pace, instant, rests = Pace(), NOON, []
    for _ in range(8):
        pace = refused(pace, 30, instant, seconds=1, accepted=20)
        rests.append(rest(pace))
        instant += timedelta(seconds=rest(pace) + 10)
    assert rests == [120, 240, 480, 960, 1920, 3600, 3600, 3600]


@pytest.mark.parametrize(("later", "accepted"), [(7 * 3600, 20), (5, 12)])
def test_a_refusal_long_after_or_at_another_rate_counts_as_the_first(later: float, accepted: int) -> None:
    pace = refused(Pace(), 30, NOON, seconds=1, accepted=20)
    assert refused(pace, 30, after(later), seconds=1, accepted=accepted).failures == 1


@pytest.mark.parametrize("pause", [0.0, 1.0, 40.0])
def test_a_limit_far_below_the_known_one_is_believed_when_it_is_met_twice(pause: float) -> None:
    pace = refused(Pace(), 30, NOON, seconds=1, accepted=20)
    pace = refused(pace, 30, after(60), seconds=pause, accepted=8)
    assert rate(pace, 30, after(61)) == pytest.approx(19.8 * 0.98)
    pace = refused(pace, 30, after(62 + pause), seconds=1, accepted=12)
    assert rate(pace, 30, after(64 + pause)) == pytest.approx(12 * 0.99)


def test_a_pause_is_never_shortened_and_refusals_of_one_burst_count_once() -> None:
    first = refused(Pace(), 30, NOON, seconds=10, accepted=20)
    second = refused(first, 30, after(1), seconds=3, accepted=5)
    third = refused(second, 30, after(2), seconds=30, accepted=5)
    assert second == first
    assert third == Pace(first.rate, first.refused, after(32), 1)


def test_what_had_left_before_the_pause_was_over_is_of_the_same_burst_however_late_it_is_refused() -> None:
    first = refused(Pace(), 30, NOON, seconds=1, accepted=20)
    assert refused(first, 30, after(1.5), seconds=1, accepted=2, took=0.6) == replace(first, paused_until=after(2.5))
    assert refused(first, 30, after(1.5), seconds=1, accepted=2, took=0.4).rate < first.rate


def test_a_clock_that_was_set_back_leaves_the_rate_and_no_pause() -> None:
    pace = Pace(20, after(3600), after(3605), 2)
    assert pace.sound(NOON) == Pace(20, NOON, None, 2)
    assert refused(pace, 30, NOON, seconds=1, accepted=20).paused_until == after(1)
    assert pace.sound(after(3599)) == pace


refusals = st.lists(st.tuples(st.floats(0.01, 5000), st.floats(0, 60), st.integers(0, 60)), max_size=30)


@given(refusals, st.floats(1, 1000))
def test_whatever_is_refused_the_rate_stays_in_bounds_and_every_pause_is_kept(
    told: list[tuple[float, float, int]], ceiling: float
) -> None:
    pace, instant, ends = Pace(), NOON, [NOON]
    for wait, seconds, accepted in told:
        instant += timedelta(seconds=wait)
        before = rate(pace, ceiling, instant)
        pace = refused(pace, ceiling, instant, seconds=seconds, accepted=accepted)
        ends.append(instant + timedelta(seconds=seconds))
        assert 1 <= rate(pace, ceiling, instant) <= before
        assert pace.paused_until is not None
        assert pace.paused_until >= max(ends)


# --- At work -----------------------------------------------------------------------------------------------------------


class LoopClock(Clock):
    """Shows the loop's time."""

    def now(self) -> datetime:
        return NOON + timedelta(seconds=now())


class Hidden:
    """A Telegram that takes `limit` messages in any second, and answers after some milliseconds, never quite as many."""

    def __init__(self, limit: int) -> None:
        self.taken: list[float] = []
        self.refused = 0
        self._chance = random.Random(limit)
        self._book = LimitBook(now)
        self.limit(limit)
        self.distance = 0.002
        self.stands_still: list[tuple[float, float]] = []

    def limit(self, per_second: int) -> None:
        self._book.set(SandboxLimits(per_second=per_second))

    def _way(self) -> float:
        """Seconds that a message is on its way; what leaves while the network stands still arrives when it no longer does."""
        still = (when + long - now() for when, long in self.stands_still if when <= now() < when + long)
        return self.distance + self._chance.expovariate(500) + max(still, default=0.0)

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        way = self._way()
        await asyncio.sleep(way)
        try:
            self._book.check(TOKEN, int(parameters["chat_id"]), group=False)
        except ApiError:
            self.refused += 1
            return failed(429, "Too Many Requests", retry_after=1)
        self._book.count(TOKEN, int(parameters["chat_id"]), group=False)
        self.taken.append(now())
        await asyncio.sleep(way)
        return 200, sent(parameters)


PEOPLE, GROUPS = 1, -1
"""Telegram's ids of groups and channels are negative."""


async def mail(telegram: Hidden, seconds: float, kind: int = PEOPLE) -> Lanes:
    """Sends to ever new chats for some time, as a mailing does: who is refused comes back later."""
    request, lanes = Offline(telegram), Lanes(clock=LoopClock())
    bot = ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=lanes)
    chats, end = itertools.count(1), now() + seconds
    paused_until = 0.0

    async def one_after_another() -> None:
        nonlocal paused_until
        while now() < end:
            await asyncio.sleep(max(paused_until - now(), 0))
            try:
                said = {"chat_id": kind * next(chats), "text": "hello"}
                await bot.do_api_request(SEND, said, rate_limit_args=Passage(Lane.POST))  # as the sender does
            except Flood as flood:
                if flood.everyone:
                    paused_until = max(paused_until, now() + flood.seconds)

    await asyncio.gather(*(one_after_another() for _ in range(32)))
    return lanes


@pytest.mark.parametrize("kind", [PEOPLE, GROUPS])
@pytest.mark.parametrize("limit", [15, 20, 25, 29])
def test_it_finds_a_hidden_limit_and_stays_below_it(limit: int, kind: int) -> None:
    telegram = Hidden(limit)

    async def main() -> float:
        began = now()
        lanes = await mail(telegram, 200, kind)
        assert limit * 0.95 <= lanes.rate <= limit * 1.1
        return now() - began

    took = travel(main())
    assert len(telegram.taken) / took >= 0.95 * limit
    assert telegram.refused <= 0.005 * len(telegram.taken)


@pytest.mark.parametrize("limit", [20, 25])
def test_a_network_that_stands_still_for_a_moment_does_not_make_it_slow_for_long(limit: int) -> None:
    telegram = Hidden(limit)
    telegram.distance = 0.15

    async def main() -> None:
        telegram.stands_still = [(now() + second, 0.6) for second in range(15, 200, 20)]
        lanes = await mail(telegram, 200)
        assert lanes.rate >= 0.9 * limit

    travel(main())
    assert len(telegram.taken) >= 0.9 * limit * 200
    assert telegram.refused <= 0.005 * len(telegram.taken)


def test_it_finds_a_limit_that_was_lowered() -> None:
    telegram = Hidden(25)

    async def main() -> None:
        asyncio.get_running_loop().call_later(30, telegram.limit, 12)
        lanes = await mail(telegram, 100)
        assert 0.95 * 12 <= lanes.rate <= 12 * 1.1

    travel(main())
    assert telegram.refused <= 0.01 * len(telegram.taken)


def test_a_refusal_that_has_nothing_to_do_with_the_rate_is_soon_forgotten() -> None:
    """As where another who sends for the same bot was too fast, just before this one was started."""
    telegram = Hidden(30)

    async def main() -> None:
        telegram.limit(1)
        asyncio.get_running_loop().call_later(2.5, telegram.limit, 30)
        lanes = await mail(telegram, 50)
        assert lanes.rate == 30

    travel(main())
    assert len(telegram.taken) >= 0.5 * 30 * 50


def test_where_the_limit_is_what_it_is_said_to_be_nothing_is_refused() -> None:
    telegram = Hidden(30)

    async def main() -> float:
        began = now()
        await mail(telegram, 100)
        return now() - began

    took = travel(main())
    assert len(telegram.taken) / took >= 0.97 * 30
    assert telegram.refused == 0
