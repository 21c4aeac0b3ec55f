"""SQLite's connections: a statement and all that it finds are one trip to the driver's thread.

aiosqlite by itself makes four: for a cursor, for the statement, for its rows, and to close. A trip takes longer than most statements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiosqlite
from sqlalchemy import URL

_CHUNK = 64  # rows; of a way to iterate that nothing here uses


class Connection(aiosqlite.Connection):
    """A connection whose cursors make one trip each."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self, self._conn.cursor())


class Cursor(aiosqlite.Cursor):
    """A cursor that has fetched everything when its statement is done, so that nothing is left open in the database."""

    def __init__(self, connection: Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        self._rows = await self._execute(self._found, sql, parameters or ())  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _found(self, sql: str, parameters: Any) -> list[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall()


def connector(url: URL, **given: Any) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """What opens the file of `url`, with its settings and those `given`; for `create_async_engine`."""
    (file,), settings = url.get_dialect()().create_connect_args(url)
    settings = {**given, **settings}

    def connect() -> Awaitable[aiosqlite.Connection]:
        connection = Connection(lambda: sqlite3.connect(file, **settings), _CHUNK)
        connection._thread.daemon = (
            True  # a program that ends waits for no connection; SQLAlchemy says the same of its own
        )
        return connection

    return connect
