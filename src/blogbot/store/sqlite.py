"""SQLite's connections: a statement and all that it finds are one trip to the driver's thread.

aiosqlite by itself makes four: for a cursor, for the statement, for its rows, and to close. A trip takes longer than most statements.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import aiosqlite
from sqlalchemy import URL

_CHUNK = 64  # rows; of a way to iterate that nothing here uses


class File(sqlite3.Connection):
    """An open database, whose transaction ends with it.

    A statement that failed or was interrupted, and that an error still holds, keeps a closed connection half open: with its lock.
    """

    def close(self) -> None:
        with suppress(sqlite3.Error):  # closed already
            self.rollback()
        super().close()


class Cursor(aiosqlite.Cursor):
    """A cursor that has fetched everything when its statement is done, so that nothing is left open in the database."""

    def __init__(self, connection: Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._rows: list[Any] = []
        self._called_off = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """One that is called off ends at once: who called it off would wait for the thread, as long as the statement takes."""
        try:
            self._rows = await self._execute(self._found, sql, parameters or ())  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            self._called_off = True  # where it has not begun there is nothing to interrupt
            with suppress(sqlite3.ProgrammingError):  # closed meanwhile
                self.connection.interrupt()
            raise
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _found(self, sql: str, parameters: Any) -> list[Any]:
        """In the thread."""
        if self._called_off:
            return []
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall()


class ReadingCursor(Cursor):
    """A cursor whose first statement begins the transaction, so that all see one moment."""

    def _found(self, sql: str, parameters: Any) -> list[Any]:
        if not self.connection.in_transaction:
            self._cursor.execute("BEGIN")
        return super()._found(sql, parameters)


class Connection(aiosqlite.Connection):
    """A connection that writes, in transactions that are begun by a statement."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self, self._conn.cursor())

    async def commit(self) -> None:
        """Ends the transaction in any case: one that stayed open would lock all others out, and the next could not begin."""
        try:
            await super().commit()
        except sqlite3.Error:
            await self.rollback()
            raise


class Reader(Connection):
    """A connection that only reads. Nobody waits for the end of a transaction: nothing hangs on it."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return ReadingCursor(self, self._conn.cursor())

    async def commit(self) -> None:
        self._tx.put_nowait((None, self._conn.rollback))

    async def rollback(self) -> None:
        await self.commit()


def connector(
    kind: type[Connection], url: URL, pragmas: Iterable[str], **given: Any
) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """What opens the file of `url`, with its settings and those `given`, which weigh less; for `create_async_engine`."""
    (file,), settings = url.get_dialect()().create_connect_args(url)
    settings = {**given, **settings}

    def opened() -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(file, factory=File, **settings)
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def connect() -> Awaitable[aiosqlite.Connection]:
        connection: aiosqlite.Connection = kind(opened, _CHUNK)
        connection._thread.daemon = True  # a program that ends waits for no connection; SQLAlchemy says so of its own
        return connection

    return connect
