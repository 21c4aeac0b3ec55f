"""How notifications pass the limiter: what is done right before the call, how many are under way, and what share they have."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from telegram.error import BadRequest
from telegram.ext import ExtBot

from blogbot.bot.limiter import Lanes
from blogbot.bot.passage import Passage
from blogbot.bot.request import Flood, Unsent
from blogbot.bot.schedule import Limits
from blogbot.bot.sender import SEND
from blogbot.clock import MovableClock
from blogbot.model import Lane, Pace
from tests.offline import TOKEN, Offline, failed, now, sent, travel
from tests.test_bot_schedule import busiest

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Telegram:
    """Notes when each message came, answers `latency` seconds later, and refuses or breaks as the chat is told to."""

    def __init__(self, latency: float = 0.0) -> None:
        self.latency = latency
        self.came: list[tuple[float, int]] = []
        self.under_way = self.most = 0
        self.trouble: dict[int, Any] = {}
        self.slow: dict[int, float] = {}

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        chat = int(parameters["chat_id"])
        self.came.append((now() - 1000, chat))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.slow.get(chat, self.latency))
        self.under_way -= 1
        trouble = self.trouble.get(chat)
        if isinstance(trouble, Exception):
            raise trouble
        return trouble or (200, sent(parameters))


class World:
    """A bot whose limiter can be looked at."""

    def __init__(self, latency: float = 0.0, limits: Limits = Limits()) -> None:
        self.telegram = Telegram(latency)
        self.clock = MovableClock(NOON)
        self.lanes = Lanes(limits, clock=self.clock)
        request = Offline(self.telegram)
        self.bot = ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=self.lanes)

    async def say(self, chat: int, passage: Passage | None = None) -> None:
        said = {"chat_id": chat, "text": "hello"}
        await self.bot.do_api_request(SEND, said, rate_limit_args=passage or Passage(Lane.POST))  # as the sender does

    def mail(self, count: int, first: int = 1) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.say(chat)) for chat in range(first, first + count)]


class TooLateError(Exception):
    """What the ledger says of a message that must not go."""


# --- Right before the call ---------------------------------------------------------------------------------------------


def test_a_message_begins_when_its_turn_has_come_and_not_before() -> None:
    begun: list[float] = []

    async def begin() -> None:
        begun.append(now() - 1000)

    async def main() -> None:
        world = World()
        await world.say(5)
        await world.say(5, Passage(Lane.POST, begin))
        assert [time for time, _ in world.telegram.came] == pytest.approx([0, 1.01])

    travel(main())
    assert begun == pytest.approx([1.01])


def test_what_must_not_go_is_not_sent_and_takes_nobodys_turn() -> None:
    async def begin() -> None:
        raise TooLateError

    async def main() -> None:
        world = World(limits=Limits(rate=1))
        with pytest.raises(TooLateError):
            await world.say(5, Passage(Lane.REMINDER, begin))
        assert world.telegram.came == []
        answered = asyncio.create_task(world.bot.send_message(5, "hello"))
        await answered
        assert world.telegram.came == [(0.0, 5)]

    travel(main())


def test_what_never_left_takes_nobodys_turn() -> None:
    async def main() -> None:
        world = World(limits=Limits(rate=1))
        world.telegram.trouble[5] = Unsent("no connection")
        with pytest.raises(Unsent):
            await world.say(5)
        await world.bot.send_message(6, "hello")
        assert [time for time, _ in world.telegram.came] == [0.0, 0.0]

    travel(main())


@pytest.mark.parametrize("moment", [1.01 - 1e-10, 1.01 + 1e-10])
def test_who_gives_up_at_the_moment_of_the_turn_leaves_it_to_others(moment: float) -> None:
    async def main() -> None:
        world = World(limits=Limits(rate=1))
        await world.bot.send_message(5, "hello")
        late, next_one = world.mail(2, first=6)
        asyncio.get_running_loop().call_at(1000 + moment, late.cancel)
        await asyncio.gather(late, next_one, return_exceptions=True)
        assert late.cancelled()
        assert [chat for _, chat in world.telegram.came] == [5, 7]
        assert world.telegram.came[1][0] == pytest.approx(1.01)
        await asyncio.gather(*world.mail(10, first=100))  # and none of them counts as under way for ever

    travel(main())


class Commits:
    """What is done before each call: of no length, but for the times (when, how long) in which the database is stuck."""

    def __init__(self, *stuck: tuple[float, float]) -> None:
        self.stuck = stuck

    async def begin(self) -> None:
        time = now() - 1000
        await asyncio.sleep(
            max((when + long - time for when, long in self.stuck if when <= time < when + long), default=0)
        )


@pytest.mark.parametrize(("rate", "long"), [(1, 0.7), (5, 3.0), (30, 0.2), (30, 1.5), (300, 1.0), (1000, 0.5)])
def test_what_stands_behind_a_slow_commit_does_not_leave_in_a_burst(rate: int, long: float) -> None:
    commits = Commits((1.3, long), (6.0, long))

    async def main() -> tuple[list[float], float]:
        world = World(latency=0.05, limits=Limits(rate=rate))
        await asyncio.gather(*(world.say(chat, Passage(Lane.POST, commits.begin)) for chat in range(1, 10 * rate)))
        return [time for time, _ in world.telegram.came], now() - 1000

    times, took = travel(main())
    assert busiest(times, 1.0) <= rate
    assert took < 10 * 1.05 + 2 * (long + 1)


def test_a_chats_second_message_does_not_catch_up_with_its_first_behind_a_slow_commit() -> None:
    commits = Commits((0.0, 1.5))

    async def main() -> list[float]:
        world = World(latency=10.0)
        await asyncio.gather(*(world.say(5, Passage(Lane.POST, commits.begin)) for _ in range(3)))
        return [time for time, _ in world.telegram.came]

    assert travel(main()) == pytest.approx([1.5, 2.51, 3.52])


@pytest.mark.parametrize(("everyone", "came"), [(True, []), (False, [(1.5, -5), (2.5, -6)])])
def test_a_pause_that_came_while_a_commit_was_slow_is_kept(everyone: bool, came: list[tuple[float, int]]) -> None:
    commits = Commits((1.0, 1.5))

    async def main() -> None:
        world = World()
        await asyncio.sleep(1)
        mailing = [asyncio.create_task(world.say(chat, Passage(Lane.POST, commits.begin))) for chat in (-5, -6)]
        await asyncio.sleep(0.5)
        if everyone:
            world.lanes.adopt(Pace(20.0, NOON, NOON + timedelta(seconds=3), 1), 1)
        else:
            world.telegram.trouble[-5] = failed(429, "Too Many Requests", retry_after=3)
            mailing.append(asyncio.create_task(world.say(-5, Passage(Lane.ANSWER))))
        results = await asyncio.gather(*mailing[:2], return_exceptions=True)
        floods = [(flood.seconds, flood.everyone) for flood in results if isinstance(flood, Flood)]
        assert floods == [(2.0, everyone)] * (2 if everyone else 1)
        assert world.telegram.came == came
        world.telegram.trouble.clear()
        await asyncio.gather(world.bot.send_message(-5, "hello"), *mailing[2:])
        assert now() - 1000 == pytest.approx(4.5)

    travel(main())


def test_an_answer_does_not_wait_for_a_slow_commit() -> None:
    commits = Commits((2.0, 30.0))

    async def main() -> None:
        world = World(latency=0.5)
        mailing = [asyncio.create_task(world.say(chat, Passage(Lane.POST, commits.begin))) for chat in range(1, 200)]
        for second in range(3, 30, 3):
            await asyncio.sleep(1000 + second - now())
            await world.bot.send_message(4 + second, "hello")
            assert now() - 1000 == second + 0.5
        await asyncio.gather(*mailing)

    travel(main())


# --- How many are under way --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "latency", "most"), [(30, 0.01, 5), (30, 0.5, 23), (30, 10.0, 64), (1000, 0.02, 30), (1000, 0.2, 64)]
)
def test_no_more_calls_are_under_way_than_the_rate_needs(rate: int, latency: float, most: int) -> None:
    async def main() -> int:
        world = World(latency, Limits(rate=rate))
        await asyncio.gather(*world.mail(rate * 2 + 200))
        return world.telegram.most

    assert travel(main()) <= most


def test_calls_that_hung_do_not_let_many_begin_together_after_a_slow_commit() -> None:
    async def begin() -> None:
        if 1002.05 < now() < 1002.35:
            await asyncio.sleep(1002.35 - now())

    async def main() -> int:
        world = World(0.04, Limits(rate=100))
        world.telegram.slow = {1: 2.0, 2: 2.0}
        await asyncio.gather(*(world.say(chat, Passage(Lane.POST, begin)) for chat in range(1, 400)))
        return world.telegram.most

    assert travel(main()) <= 18


@pytest.mark.parametrize("latency", [0.01, 0.3])
def test_they_are_enough_for_the_rate(latency: float) -> None:
    async def main() -> float:
        world = World(latency)
        await asyncio.gather(*world.mail(600))
        return 600 / (now() - 1000)

    assert travel(main()) > 0.95 * 30


def test_an_answer_does_not_wait_for_calls_that_hang() -> None:
    async def main() -> None:
        world = World(latency=60.0)
        mailing = world.mail(100)
        await asyncio.sleep(5)
        asked = now()
        answer = asyncio.create_task(world.bot.send_message(5000, "hello"))
        await asyncio.sleep(1)
        assert [time for time, chat in world.telegram.came if chat == 5000] == [asked - 1000]
        for task in (answer, *mailing):
            task.cancel()
        await asyncio.gather(answer, *mailing, return_exceptions=True)

    travel(main())


def test_what_failed_is_no_longer_under_way() -> None:
    async def main() -> None:
        world = World()
        world.telegram.trouble = {chat: failed(400, "Bad Request: message text is empty") for chat in range(1, 21)}
        failures = await asyncio.gather(*world.mail(20), return_exceptions=True)
        assert {type(failure) for failure in failures} == {BadRequest}
        await asyncio.gather(*world.mail(20, first=100))

    travel(main())


# --- The rate ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "expected"), [(1, 30), (2, 15), (4, 7), (60, 0.5)])
def test_the_rate_is_divided_into_whole_messages(share: int, expected: float) -> None:
    async def main() -> None:
        world = World()
        world.lanes.adopt(Pace(), share)
        assert world.lanes.rate == expected
        assert REGISTRY.get_sample_value("blogbot_rate") == expected
        await asyncio.gather(*world.mail(20))
        assert now() - 1000 == pytest.approx(19 / expected, rel=0.1)

    travel(main())


def test_what_another_process_learnt_is_kept_here_too() -> None:
    async def main() -> None:
        world = World()
        theirs = Pace(18.0, NOON, NOON + timedelta(seconds=4), 1)
        world.lanes.adopt(theirs, 2)
        assert (world.lanes.rate, world.lanes.pace) == (9, theirs)
        await world.say(5)
        assert now() - 1000 == pytest.approx(4)

    travel(main())


def test_a_long_pause_of_another_process_sends_back_who_waits() -> None:
    async def main() -> None:
        world = World()
        waiting = world.mail(40)
        await asyncio.sleep(0.5)
        world.lanes.adopt(Pace(20, NOON, NOON + timedelta(seconds=60), 1), 2)
        results = await asyncio.gather(*waiting, return_exceptions=True)
        floods = [result for result in results if isinstance(result, Flood)]
        assert len(floods) == 40 - len(world.telegram.came) > 20
        assert all(flood.everyone for flood in floods)
        assert now() - 1000 == 0.5

    travel(main())


def test_a_clock_that_was_set_back_does_not_lengthen_a_pause() -> None:
    async def main() -> None:
        world = World()
        world.lanes.adopt(Pace(20, NOON, NOON + timedelta(seconds=2), 1), 1)
        world.clock.move(timedelta(hours=-1))
        world.lanes.adopt(world.lanes.pace, 1)
        assert world.lanes.rate == 20
        await world.say(5)
        assert now() - 1000 == pytest.approx(2)

    travel(main())


def throttled(scope: str) -> float:
    return REGISTRY.get_sample_value("blogbot_throttled_total", {"scope": scope}) or 0.0


@pytest.mark.parametrize(
    ("chats", "scopes", "slower"),
    [
        ([5], {"chat": 1}, False),
        ([-5], {"group": 1}, False),
        ([-5, -6, -7], {"group": 3}, True),
        ([5, 6], {"chat": 1, "everyone": 1}, True),
        ([5, -6], {"chat": 1, "group": 1}, False),
    ],
)
def test_only_what_concerns_everyone_slows_the_bot_down_and_only_people_make_it_wait(
    chats: list[int], scopes: dict[str, int], slower: bool
) -> None:
    before = {scope: throttled(scope) for scope in ("chat", "group", "everyone")}

    async def main() -> None:
        world = World()
        await asyncio.gather(*world.mail(30, first=100))
        for chat in chats:
            world.telegram.trouble[chat] = failed(429, "Too Many Requests", retry_after=3)
        for chat in chats:
            with pytest.raises(Flood):
                await world.say(chat)
        assert (world.lanes.rate < 30) is slower
        assert ((world.lanes.pace.paused_until or NOON) > NOON) is ("everyone" in scopes)
        await world.say(7)
        assert now() - 1000 < (4.2 if "everyone" in scopes else 1.2)

    travel(main())
    assert {scope: throttled(scope) - count for scope, count in before.items() if throttled(scope) > count} == scopes


def test_two_chats_refused_within_a_minute_slow_it_a_little_and_pause_nobody() -> None:
    async def main() -> None:
        world = World()
        for chat in (5, 6):
            world.telegram.trouble[chat] = failed(429, "Too Many Requests", retry_after=1)
            with pytest.raises(Flood):
                await world.say(chat)
            await asyncio.sleep(2)
            await world.say(chat + 100)
        assert world.lanes.rate == pytest.approx(29.4)
        began = now()
        await asyncio.gather(*world.mail(5, first=200))
        assert now() - began < 0.2

    travel(main())


@pytest.mark.parametrize(("before", "share", "slower"), [(4, 1, True), (5, 1, False), (1, 2, True), (2, 3, False)])
def test_groups_that_heard_much_of_late_may_be_refused_for_that(before: int, share: int, slower: bool) -> None:
    async def main() -> None:
        world = World()
        world.lanes.adopt(Pace(), share)
        for chat in [-5, -6] * before:
            await world.say(chat)
        rate = world.lanes.rate
        for chat in (-5, -6):
            world.telegram.trouble[chat] = failed(429, "Too Many Requests", retry_after=3)
        await asyncio.gather(world.say(-5), world.say(-6), return_exceptions=True)
        assert (world.lanes.rate < rate) is slower

    travel(main())


def test_a_refusal_in_a_lane_that_is_not_paid_for_slows_all_by_the_same_part() -> None:
    async def main() -> None:
        world = World(limits=Limits(rate=300, free=30, paid=frozenset({Lane.POST})))
        for chat in (5001, 5002):
            world.telegram.trouble[chat] = failed(429, "Too Many Requests", retry_after=1)
        chats = [*range(1, 60), 5001, 5002]
        changes = [asyncio.create_task(world.say(chat, Passage(Lane.CHANGE))) for chat in chats]
        results = await asyncio.gather(*changes, *world.mail(900, first=10_000), return_exceptions=True)
        assert sum(isinstance(result, Flood) for result in results) == 2
        assert 250 < world.lanes.rate < 300

    travel(main())
