"""SQLite's connections: how often they go to the driver's thread, and what a statement that is called off leaves behind."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from blogbot.store.engine import Engines, engines
from blogbot.store.sqlite import Cursor

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Engines]:
    found = engines(f"sqlite:///{tmp_path}/blogbot.db")
    async with found.writer.begin() as connection:
        await connection.execute(text("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)"))
    yield found
    await found.dispose()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the driver's threads."""
    made: list[str] = []
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, fn: object, *args: object, **named: object) -> object:
        made.append(str(args[0]).split()[0] if args else getattr(fn, "__name__", ""))
        return await execute(self, fn, *args, **named)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT 1 WHERE 0", []),
        ("SELECT 1 UNION SELECT 2", [(1,), (2,)]),
        ("INSERT INTO words (word) VALUES ('a'), ('b') RETURNING id", [(1,), (2,)]),
    ],
)
async def test_a_statement_is_one_trip(
    opened: Engines, trips: list[str], statement: str, found: list[tuple[int]]
) -> None:
    async with opened.writer.begin() as connection:
        trips.clear()
        assert (await connection.execute(text(statement))).all() == found
        assert trips == [statement.split()[0]]


async def test_who_reads_goes_once_for_each_statement(opened: Engines, trips: list[str]) -> None:
    async with opened.reader.connect():
        pass
    trips.clear()
    async with opened.reader.connect() as connection, connection.begin():
        for _ in range(3):
            await connection.execute(text("SELECT 1"))
    assert trips == ["SELECT", "SELECT", "SELECT"]


async def test_who_writes_waits_for_the_beginning_and_the_end_too(opened: Engines, trips: list[str]) -> None:
    trips.clear()
    async with opened.writer.begin() as connection:
        await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))
    assert trips == ["BEGIN", "INSERT", "commit"]


@pytest.mark.parametrize("failing", [False, True])
async def test_who_reads_sees_one_moment_and_the_next_time_a_later_one(opened: Engines, *, failing: bool) -> None:
    async def count(connection: AsyncConnection) -> int:
        return int((await connection.execute(text("SELECT count(*) FROM words"))).scalar_one())

    for before in range(3):
        try:
            async with opened.reader.connect() as reading, reading.begin():
                assert await count(reading) == before
                async with opened.writer.begin() as connection:
                    await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))
                assert await count(reading) == before
                if failing:
                    await reading.execute(text("SELECT * FROM missing"))
        except OperationalError:
            assert failing


async def test_who_reads_can_not_write(opened: Engines) -> None:
    async with opened.reader.connect() as connection, connection.begin():
        with pytest.raises(OperationalError, match="readonly"):
            await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))


async def test_what_was_written_says_how_many_rows_and_which(opened: Engines) -> None:
    async with opened.writer.begin() as connection:
        written = await connection.execute(text("INSERT INTO words (word) VALUES ('a'), ('b')"))
        assert (written.rowcount, written.lastrowid) == (2, 2)
        many = await connection.execute(text("UPDATE words SET word = :word WHERE id = :id"), [{"word": "c", "id": 1}])
        assert many.rowcount == 1


async def test_a_statement_that_fails_leaves_a_connection_that_works(opened: Engines) -> None:
    async with opened.reader.connect() as connection, connection.begin():
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT * FROM missing"))
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1


async def test_a_commit_that_fails_leaves_nothing_open(tmp_path: Path, opened: Engines) -> None:
    async with opened.writer.begin() as connection:
        deferred = "INTEGER REFERENCES words (id) DEFERRABLE INITIALLY DEFERRED"
        await connection.execute(text(f"CREATE TABLE uses (word {deferred})"))
    with pytest.raises(IntegrityError):
        async with opened.writer.begin() as connection:
            await connection.execute(text("INSERT INTO uses VALUES (7)"))
    other = engines(f"sqlite:///{tmp_path}/blogbot.db?timeout=0")
    for each in (other, opened):
        async with each.writer.begin() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM uses"))).scalar() == 0
    await other.dispose()


async def test_a_statement_that_is_called_off_blocks_nobody(opened: Engines) -> None:
    async def slowly() -> None:
        async with opened.writer.begin() as connection:
            await connection.execute(text("INSERT INTO words (word) VALUES ('half')"))
            begun.set()
            await connection.execute(text(SLOW))

    begun = asyncio.Event()
    task = asyncio.create_task(slowly())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with opened.writer.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM words"))).scalar() == 0


async def test_a_statement_that_is_called_off_ends_at_once(opened: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, begun, ended, found = asyncio.get_running_loop(), asyncio.Event(), list[str](), Cursor._found

    def watched(self: Cursor, sql: str, parameters: object) -> list[object]:
        try:
            return found(self, sql, parameters)
        except sqlite3.OperationalError as error:
            ended.append(str(error))
            raise

    def began() -> int:
        loop.call_soon_threadsafe(begun.set)
        return 1

    async def slowly() -> None:
        async with opened.reader.connect() as connection, connection.begin():
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.create_function("began", 0, began)
            await connection.execute(text(SLOW.replace("SELECT 1", "SELECT began()")))

    monkeypatch.setattr(Cursor, "_found", watched)
    task = asyncio.create_task(slowly())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["interrupted"]


async def test_who_is_called_off_while_writing_locks_nobody_out(opened: Engines) -> None:
    loop, begun = asyncio.get_running_loop(), asyncio.Event()

    def began() -> int:
        loop.call_soon_threadsafe(begun.set)
        return 1

    async def slowly() -> None:
        async with opened.writer.begin() as connection:
            await connection.execute(text("INSERT INTO words (word) VALUES ('half')"))
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.create_function("began", 0, began)
            await connection.execute(text(SLOW.replace("SELECT 1", "SELECT began()")))

    task = asyncio.create_task(slowly())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as held:  # an error holds what it came from
        await task
    async with opened.writer.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM words"))).scalar() == 0
    assert isinstance(held.value, asyncio.CancelledError)


async def test_settings_of_the_address_count(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/blogbot.db"
    holder, waiter = engines(url), engines(f"{url}?timeout=0")
    async with holder.writer.begin():
        with pytest.raises(OperationalError, match="locked"):
            async with waiter.writer.begin():
                pass
    await holder.dispose()
    await waiter.dispose()
