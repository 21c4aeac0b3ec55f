"""The running whole as an orchestrator asks for it, and what it does now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from blogbot.app.core import Core, open_core
from blogbot.app.running import KEPT, Ending, Running
from blogbot.app.ticks import Ticks
from blogbot.bot import BotService
from blogbot.clock import MovableClock
from blogbot.config import only
from blogbot.delivery import Delivery
from blogbot.errors import BlogbotError, StoreError, TokenRejected
from blogbot.model import Follow, FollowKind, Lane, NotificationState
from tests.delivery_world import Notebook
from tests.offline import travel
from tests.store_samples import DAY, MINUTE, NOW, add_chat, add_post, announce, begin, fan_out


class Database:
    """Answers, is away, or says nothing, as the core's `stamp` does."""

    def __init__(self, how: str = "answers") -> None:
        self.how = how

    async def stamp(self) -> tuple[object, ...]:
        if self.how == "away":
            raise StoreError("the database is away; is its server running?")
        if self.how == "hangs":
            await asyncio.Event().wait()
        return ()


def running(core: Any, *, ready: bool = True, ticks: Ticks | None = None, delivery: Delivery | None = None) -> Running:
    bot = cast(BotService, SimpleNamespace(ready=ready))
    return Running(cast(Core, core), bot, cast(Delivery, delivery), ticks or Ticks(print))


def health(database: Database, **parts: Any) -> list[str]:
    async def ask() -> list[str]:
        return await running(database, **parts).health()

    return travel(ask())


def test_it_is_ready_when_all_is_well() -> None:
    assert health(Database()) == []


@pytest.mark.parametrize(
    ("database", "ready", "said"),
    [
        ("answers", False, ["Telegram does not answer."]),
        ("away", True, ["the database is away; is its server running?"]),
        ("hangs", True, ["The database does not answer."]),
        ("away", False, ["Telegram does not answer.", "the database is away; is its server running?"]),
    ],
)
def test_what_is_wrong_is_said_in_sentences(database: str, ready: bool, said: list[str]) -> None:
    assert health(Database(database), ready=ready) == said


def test_a_stuck_tick_is_named() -> None:
    seconds = iter([0.0, 0.0, 72.0])
    ticks = Ticks(print, lambda: next(seconds))

    async def nothing() -> None: ...

    ticks.every(1.0, "delivery", nothing)
    (said,) = health(Database(), ticks=ticks)
    assert "“delivery”" in said
    assert "72 seconds" in said


def test_a_rejected_token_stops_everything_and_the_first_failure_is_the_one_that_is_shown() -> None:
    ending = Ending()
    first = TokenRejected("Telegram rejected the bot token")
    ending.fail(first)
    ending.fail(BlogbotError("another one"))
    assert ending.stopping.is_set()
    assert ending.failure is first


@pytest.fixture
async def core(store_url: str, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Core]:
    async with open_core(only(database_url=store_url, feeds_dir=tmp_path / "feeds"), clock) as opened:
        yield opened


async def keep_up(core: Core) -> None:
    delivery = Delivery(core.store, Notebook(), core.site, core.clock)
    await running(core, delivery=delivery).keep_up()


async def test_what_is_long_over_is_forgotten_and_what_is_not_stays(core: Core, clock: MovableClock) -> None:
    async with core.store.write() as tx:
        await add_chat(tx, 100, Follow(FollowKind.EVERYTHING))
        post = await add_post(tx, "loaf")
        for number in range(2):
            due = NOW + number * 60 * DAY
            made = await announce(tx, f"post:{number}", post_id=post.id, due=due, expires=due + DAY)
            await fan_out(tx, made, due)
            (parcel,) = await tx.notifications.lease(due, 1, due + MINUTE)
            await begin(tx, parcel, now=due)
            await tx.notifications.sent([(parcel, 7)], due)
            await tx.notifications.expire(due + 2 * DAY)
    clock.move(KEPT + 3 * DAY)
    await keep_up(core)
    async with core.store.read() as tx:
        assert await tx.notifications.counts() == {(Lane.POST, NotificationState.SENT): 1}


async def test_what_waits_for_an_hour_at_which_nothing_ends_is_looked_at_anew(core: Core) -> None:
    async with core.store.write() as tx:
        await add_chat(tx, 100, Follow(FollowKind.EVERYTHING))
        made = await announce(tx, "post", post_id=(await add_post(tx, "loaf")).id)
        await fan_out(tx, made)
        (parcel,) = await tx.notifications.lease(NOW, 1, NOW + MINUTE)
        await tx.notifications.hold([(parcel, NOW + DAY)], NOW)
    await keep_up(core)
    async with core.store.read() as tx:
        assert await tx.notifications.next_parked() is None
        assert await tx.notifications.next_due(NOW) == NOW


class Ends:
    """A part that stops, or cannot."""

    def __init__(self, error: StoreError | None = None) -> None:
        self.error = error
        self.stopped = False

    async def stop(self) -> None:
        await asyncio.sleep(0)
        self.stopped = True
        if self.error is not None:
            raise self.error


async def test_what_cannot_end_well_keeps_nothing_else_from_ending() -> None:
    delivery, websub = Ends(StoreError("the database is away")), Ends()
    parts: list[Any] = [None, None, delivery, None, websub]
    with pytest.raises(StoreError, match="the database is away"):
        await Running(*parts).drain()
    assert delivery.stopped
    assert websub.stopped
