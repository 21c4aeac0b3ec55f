"""What a mailing makes of a database that is away: nothing is sent that is not written down; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import structlog

from blogbot.delivery.composer import Composer
from blogbot.errors import StoreError
from blogbot.store import Store, Transaction
from tests.content import post
from tests.delivery_world import EVERYTHING, Held, World
from tests.delivery_world import delivery_world as delivery_world


class Broken:
    """A database that can be taken away, as seen by everyone who writes."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away = False
        real = store.write

        @asynccontextmanager
        async def write() -> AsyncIterator[Transaction]:
            if self.away:
                raise StoreError("the database does not answer")
            async with real() as tx:
                yield tx

        monkeypatch.setattr(store, "write", write)
        monkeypatch.setattr("blogbot.delivery.journal.REST", 0.001)


async def comes_to(reached: Callable[[], bool]) -> None:
    """Lets the others work until something is so; on a busy machine that takes a while."""
    for _ in range(2_000):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def test_what_was_sent_while_the_database_was_away_is_written_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Broken(world.store, monkeypatch)
    for number in (1, 2):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Held()
    turning = asyncio.create_task(world.another(sender).turn())
    async with asyncio.timeout(20):
        await sender.second.wait()
    database.away = True
    with structlog.testing.capture_logs() as logs:
        sender.go_on.set()
        await comes_to(lambda: any("database is away" in line["event"] for line in logs))
        assert not turning.done()
        database.away = False
        await turning
    assert sorted(sender.heard) == [1, 2]
    assert await world.states() == {"sent": 2}
    assert [line["event"] for line in logs if "database" in line["event"]] == [
        "the database is away; what was sent is kept until it is back",
        "the database is back",
    ]


async def test_nothing_is_sent_that_could_not_be_written_down_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Broken(world.store, monkeypatch)
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))

    def away() -> None:
        database.away = True

    world.sender.on_turn = away
    turning = asyncio.create_task(world.delivery.turn())
    await comes_to(lambda: database.away)
    assert world.sender.sent == []
    world.sender.on_turn = lambda: None
    database.away = False
    await turning
    assert world.sender.heard == [1], "it is sent at once, not when its lease has run out"
    assert await world.states() == {"sent": 1}


async def test_whether_it_was_written_or_not_what_was_not_sent_is_sent_when_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    database = Broken(world.store, monkeypatch)
    real = world.store.write
    cut = True

    @asynccontextmanager
    async def lost_after_commit() -> AsyncIterator[Transaction]:
        nonlocal cut
        async with real() as tx:
            yield tx
        if cut and (await world.states()).get("sending"):
            cut, database.away = False, True
            raise StoreError("connection lost")

    monkeypatch.setattr(world.store, "write", lost_after_commit)
    turning = asyncio.create_task(world.delivery.turn())
    await comes_to(lambda: not cut)
    assert await world.states() == {"sending": 1}
    assert world.sender.sent == []
    database.away = False
    await turning
    assert world.sender.heard == [1]
    assert await world.states() == {"sent": 1}


async def test_what_was_leased_and_could_not_be_read_is_free_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))

    async def unreadable(*_: object) -> None:
        raise StoreError("the database does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(Composer, "compose", unreadable)
        with pytest.raises(StoreError):
            await world.turn()
    assert len(await world.turn()) == 3, "nobody waits for the old leases"
