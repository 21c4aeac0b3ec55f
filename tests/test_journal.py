"""How what becomes of messages is committed: together, each by itself where one is bad, and after the database was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from blogbot.clock import MovableClock
from blogbot.delivery import journal
from blogbot.delivery.journal import Journal, Stopped
from blogbot.errors import StoreError
from blogbot.model import Follow, FollowKind, NotificationState, Parcel
from blogbot.store import Store, Transaction
from tests.store_samples import NOW, add_chat, announce, fan_out, states

LEASE = timedelta(seconds=30)
QUEUED, SENDING, SENT = NotificationState.QUEUED, NotificationState.SENDING, NotificationState.SENT
Change = Callable[[Transaction], Awaitable[None]]


class Database:
    """A store that counts its transactions, holds them up, and can be taken away."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.away = False
        self.commits = 0
        self.tries = 0
        self.open = asyncio.Event()
        self.open.set()
        self._real = store.write
        monkeypatch.setattr(store, "write", self._write)
        monkeypatch.setattr(journal, "REST", 0.001)

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[Transaction]:
        self.tries += 1
        await self.open.wait()
        if self.away:
            raise StoreError("the database does not answer")
        async with self._real() as tx:
            yield tx
        self.commits += 1


@pytest.fixture
def database(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(sqlite_store, monkeypatch)


@pytest.fixture
def pen(sqlite_store: Store, clock: MovableClock, database: Database) -> Journal:
    return Journal(sqlite_store, clock)


async def leased(store: Store, count: int) -> list[Parcel]:
    """Parcels of one announcement for so many chats."""
    async with store.write() as tx:
        for number in range(1, count + 1):
            await add_chat(tx, number, Follow(FollowKind.EVERYTHING))
        await fan_out(tx, await announce(tx, "a"))
        return await tx.notifications.lease(NOW, count, NOW + LEASE)


def failing(error: Exception) -> Change:
    async def change(tx: Transaction) -> None:
        raise error

    return change


async def test_what_waits_while_a_commit_is_under_way_shares_the_next(pen: Journal, database: Database) -> None:
    parcels = await leased(database.store, 20)
    before = database.commits
    database.open.clear()
    tasks = [asyncio.create_task(pen.begin(parcel)) for parcel in parcels]
    await asyncio.wait(tasks, timeout=0)
    database.open.set()
    begun = await asyncio.gather(*tasks)
    assert [parcel.attempts for parcel in begun] == [1] * 20
    assert database.commits - before <= 2
    await asyncio.gather(*(pen.sent(parcel, 1) for parcel in begun))
    assert database.commits - before <= 4
    assert await states(database.store) == {SENT: 20}


async def test_what_must_not_begin_is_stopped(pen: Journal, database: Database) -> None:
    first, second = await leased(database.store, 2)
    async with database.store.write() as tx:
        await tx.notifications.release([first])
    with pytest.raises(Stopped):
        await pen.begin(first)
    assert (await pen.begin(second)).attempts == 1


async def test_two_leases_of_one_chat_are_not_taken_for_each_other(pen: Journal, database: Database) -> None:
    (old,) = await leased(database.store, 1)
    async with database.store.write() as tx:
        await tx.notifications.release([old])
        (new,) = await tx.notifications.lease(NOW, 1, NOW + LEASE)
    stopped, taken = await asyncio.gather(pen.begin(old), pen.begin(new), return_exceptions=True)
    assert isinstance(stopped, Stopped)
    assert taken == replace(new, attempts=1)


async def test_an_outcome_is_written_although_nobody_waits_for_it_any_more(pen: Journal, database: Database) -> None:
    (parcel,) = await leased(database.store, 1)
    database.open.clear()
    task = asyncio.create_task(pen.sent(parcel, 1))
    await asyncio.wait({task}, timeout=0)
    task.cancel()
    database.open.set()
    await pen.flush()
    assert await states(database.store) == {SENT: 1}


async def test_a_change_that_is_wrong_spoils_no_other(pen: Journal, database: Database) -> None:
    parcels = await leased(database.store, 3)
    database.open.clear()
    bad = asyncio.create_task(pen.change(failing(TypeError("a bug"))))
    good = [asyncio.create_task(pen.sent(parcel, 1)) for parcel in parcels]
    await asyncio.wait([bad, *good], timeout=0)
    database.open.set()
    await asyncio.gather(*good)
    with pytest.raises(TypeError):
        await bad
    assert await states(database.store) == {SENT: 3}
    assert not pen.behind


async def test_one_that_the_database_refuses_is_tried_some_times_while_others_are_written(
    pen: Journal, database: Database
) -> None:
    (parcel,) = await leased(database.store, 1)
    tries = 0

    async def refused(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        raise StoreError("two programs kept the same thing at once")

    bad = asyncio.create_task(pen.change(refused))
    await pen.sent(parcel, 1)
    with pytest.raises(StoreError):
        await bad
    assert tries >= journal.FAULTS
    assert await states(database.store) == {SENT: 1}
    await pen.flush()
    assert not pen.behind


async def test_a_deadlock_passes(pen: Journal, database: Database) -> None:
    times = iter([True, True, False])

    async def now_and_then(tx: Transaction) -> None:
        if next(times):
            raise StoreError("two programs waited for each other")

    await pen.change(now_and_then)


async def test_while_the_database_is_away_outcomes_wait_and_nothing_begins(pen: Journal, database: Database) -> None:
    first, second = await leased(database.store, 2)
    await pen.begin(first)
    database.away = True
    with structlog.testing.capture_logs() as logs:
        arrived = asyncio.create_task(pen.sent(first, 1))
        with pytest.raises(StoreError):
            await pen.begin(second)
        await asyncio.wait({arrived}, timeout=0.05)
        assert not arrived.done()
        behind = pen.behind
        assert behind
        assert await states(database.store) == {SENDING: 1, QUEUED: 1}
        database.away = False
        await arrived
    assert not pen.behind
    assert await states(database.store) == {SENT: 1, QUEUED: 1}
    assert [line["log_level"] for line in logs] == ["warning", "info"], "said once, however long it takes"


async def test_what_arrived_first_is_written_before_what_begins_after_it(pen: Journal, database: Database) -> None:
    first, second = await leased(database.store, 2)
    database.away = True
    arrived = asyncio.create_task(pen.sent(first, 1))
    await asyncio.wait({arrived}, timeout=0.01)
    database.open.clear()
    begun = asyncio.create_task(pen.begin(second))
    await asyncio.wait({begun}, timeout=0)
    database.away = False
    database.open.set()
    await begun
    assert arrived.done()


async def test_a_long_batch_waits_once_for_a_database_that_is_away(pen: Journal, database: Database) -> None:
    parcels = await leased(database.store, 50)
    database.away = True
    tries = database.tries
    outcomes = [asyncio.create_task(pen.sent(parcel, 1)) for parcel in parcels]
    for _ in range(5):
        await asyncio.wait(outcomes, timeout=0)
    assert database.tries - tries <= 4
    database.away = False
    await asyncio.gather(*outcomes)


async def test_what_is_left_when_the_end_does_not_wait_is_given_up_and_said(pen: Journal, database: Database) -> None:
    (parcel,) = await leased(database.store, 1)
    database.away = True
    arrived = asyncio.create_task(pen.sent(parcel, 1))
    await asyncio.wait({arrived}, timeout=0.01)
    with structlog.testing.capture_logs() as logs:
        flushing = asyncio.create_task(pen.flush())
        await asyncio.wait({flushing}, timeout=0.01)
        flushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flushing
    assert [line["event"] for line in logs] == ["stopped before the database was back"]
    arrived.cancel()
