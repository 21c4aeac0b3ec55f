"""The gauges that are sampled: what waits, for how long, and whether the process itself gets on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import REGISTRY

from blogbot import metrics
from blogbot.app.monitor import Lag, Monitor
from blogbot.app.ticks import Ticks
from blogbot.bot.schedule import Limits
from blogbot.bot.sender import TelegramSender
from blogbot.clock import MovableClock
from blogbot.errors import StoreError
from blogbot.model import ErrandKind, Follow, FollowKind, Lane, Subscription
from blogbot.store import Store
from tests.offline import offline_bot, ok, travel
from tests.store_samples import HOUR, MINUTE, add_chat, add_post, announce, fan_out


async def accept(_: str, __: dict[str, Any]) -> tuple[int, Any]:
    return 200, ok(True)


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, name
    return found


async def nothing() -> None:
    """What a tick may do."""


class Away:
    """A database that cannot be reached."""

    def read(self) -> Any:
        raise StoreError("the database is away")


def watching(store: Any, clock: MovableClock, limits: Limits = Limits()) -> Monitor:
    ticks = Ticks(print)
    ticks.every(3600, "a tick of the test's", nothing)
    return Monitor(store, TelegramSender(offline_bot(accept, limits)[0]), clock, ticks)


@pytest.fixture
def monitor(store: Store, clock: MovableClock) -> Monitor:
    return watching(store, clock)


async def test_an_empty_queue_is_nought_everywhere(monitor: Monitor) -> None:
    await monitor.sample()
    for lane in ("change", "reminder", "post", "digest"):
        assert value("blogbot_waiting", lane=lane) == 0
        assert value("blogbot_oldest_due_seconds", lane=lane) == 0
    assert value("blogbot_backlog_seconds") == 0
    assert value("blogbot_rate") == 30


async def test_what_waits_is_counted_and_timed(monitor: Monitor, store: Store, clock: MovableClock) -> None:
    async with store.write() as tx:
        for number in range(60):
            await add_chat(tx, 100 + number, Follow(FollowKind.EVERYTHING))
        post = await add_post(tx, "loaf")
        await fan_out(tx, await announce(tx, "post:1", post_id=post.id))
    clock.move(5 * MINUTE)
    await monitor.sample()
    assert value("blogbot_waiting", lane="post") == 60
    assert value("blogbot_waiting", lane="change") == 0
    assert value("blogbot_oldest_due_seconds", lane="post") == 300
    assert value("blogbot_backlog_seconds") == 60 / 30


@pytest.mark.parametrize(("paid", "seconds"), [(Lane.CHANGE, 2.0), (Lane.POST, 0.1)])
async def test_the_time_to_go_is_that_of_the_lanes_that_wait(
    store: Store, clock: MovableClock, paid: Lane, seconds: float
) -> None:
    async with store.write() as tx:
        for number in range(60):
            await add_chat(tx, 100 + number, Follow(FollowKind.EVERYTHING))
        post = await add_post(tx, "loaf")
        await fan_out(tx, await announce(tx, "post:1", post_id=post.id))
    await watching(store, clock, Limits(rate=600, paid=frozenset({paid}))).sample()
    assert value("blogbot_rate") == 600
    assert value("blogbot_backlog_seconds") == pytest.approx(seconds)


async def test_what_hubs_and_subscribers_are_owed_is_counted_and_not_known_while_the_database_is_away(
    monitor: Monitor, store: Store, clock: MovableClock
) -> None:
    async with store.write() as tx:
        await tx.errands.want(ErrandKind.PUSH, [("https://a.example/", "a.example", "atom.xml")], clock.now())
        one = Subscription("https://a.example/", "atom.xml", "", clock.now() + HOUR)
        await tx.subscriptions.keep(one, "a.example", clock.now())
    await monitor.sample()
    assert [value("blogbot_websub_waiting", kind=kind) for kind in ("push", "ping", "verify", "deny")] == [1, 0, 0, 0]
    assert value("blogbot_websub_subscriptions") == 1
    with pytest.raises(StoreError):
        await watching(Away(), clock).sample()
    assert math.isnan(value("blogbot_websub_waiting", kind="push"))
    assert math.isnan(value("blogbot_websub_subscriptions"))


async def test_what_is_put_off_does_not_wait(monitor: Monitor, store: Store, clock: MovableClock) -> None:
    async with store.write() as tx:
        await add_chat(tx, 100, Follow(FollowKind.EVERYTHING))
        post = await add_post(tx, "loaf")
        await fan_out(tx, await announce(tx, "post:1", post_id=post.id))
        now = clock.now()
        (parcel,) = await tx.notifications.lease(now, 1, now + MINUTE)
        await tx.notifications.hold([(parcel, now + HOUR)], now)
    await monitor.sample()
    assert value("blogbot_waiting", lane="post") == 0
    assert value("blogbot_oldest_due_seconds", lane="post") == 0


async def test_ticks_and_loop_are_seen_while_the_database_is_away(clock: MovableClock) -> None:
    monitor = watching(Away(), clock)
    metrics.TICK_AGE.labels("a tick of the test's").set(-1)
    with pytest.raises(StoreError):
        await monitor.sample()
    assert value("blogbot_tick_age_seconds", tick="a tick of the test's") >= 0


class Silent:
    """A database that never answers."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield


@pytest.mark.parametrize("gone", [Away(), Silent()])
def test_what_waits_is_not_known_while_the_database_is_away(clock: MovableClock, gone: Any) -> None:
    async def main() -> None:
        monitor = watching(gone, clock)
        metrics.WAITING.labels("post").set(7)
        with pytest.raises(StoreError):
            await monitor.sample()

    travel(main())
    for lane in metrics.LANES:
        assert math.isnan(value("blogbot_waiting", lane=lane))
        assert math.isnan(value("blogbot_oldest_due_seconds", lane=lane))
    assert math.isnan(value("blogbot_backlog_seconds"))
    assert value("blogbot_rate") == 30


async def test_what_waits_is_known_again_when_the_database_is_back(monitor: Monitor, clock: MovableClock) -> None:
    with pytest.raises(StoreError):
        await watching(Away(), clock).sample()
    await monitor.sample()
    assert value("blogbot_waiting", lane="post") == value("blogbot_oldest_due_seconds", lane="post") == 0


def test_the_loops_lag_is_the_longest_since_it_was_last_asked() -> None:
    async def main() -> None:
        lag, loop = Lag(), asyncio.get_running_loop()
        lag.start()
        await asyncio.sleep(10)
        assert lag.take() == pytest.approx(0, abs=0.001)
        for seconds in (2.0, 0.5):
            loop._jumping.now += seconds  # type: ignore[attr-defined]  # as if something held it up
            await asyncio.sleep(1)
        assert lag.take() == pytest.approx(2.0, abs=0.11)
        assert lag.take() == 0
        lag.stop()
        loop._jumping.now += 5  # type: ignore[attr-defined]
        await asyncio.sleep(1)
        assert lag.take() == 0

    travel(main())
