"""Connections: which addresses are understood, how each database is opened, and what its errors mean to people.

It knows the two drivers and nothing of the tables. A password never reaches a message.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from blogbot.errors import SchemaError, StoreError
from blogbot.store.sqlite import Connection, Reader, connector

BUSY_SECONDS = 10.0
CONNECT_SECONDS = 10.0
READERS = 4

WRITER_CACHE, READER_CACHE = 2_000, 500
"""Kibibytes that an SQLite connection keeps of the file. Little: the system keeps the file too, and with more nothing is faster."""

_SQLITE = {"sqlite", "sqlite+aiosqlite"}
_POSTGRESQL = {"postgres", "postgresql", "postgresql+asyncpg"}
_FORMS = "sqlite:///blogbot.db or postgresql+asyncpg://user:password@host/name"


@dataclass(frozen=True, slots=True)
class Engines:
    """One way to read and one to write. `place` names the database to people: a file, or a host and a name."""

    reader: AsyncEngine
    writer: AsyncEngine
    dialect: str
    place: str

    async def probe(self) -> None:
        """Opens the file once, apart from the pool.

        A connection that cannot be opened leaves the driver's thread behind, which complains if the program ends then.
        """
        if self.dialect == "sqlite":
            await asyncio.to_thread(lambda: sqlite3.connect(self.place).close())

    async def dispose(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def engines(url: str) -> Engines:
    """The engines for `url`, not yet connected. Raises StoreError where the address is not one of ours."""
    parsed = _parse(url)
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"the database address cannot be read; write one such as {_FORMS}") from None
    if parsed.drivername in _SQLITE:
        if not parsed.database or parsed.database == ":memory:" or parsed.host:
            raise StoreError("the SQLite address names no file; write one such as sqlite:///blogbot.db")
        return parsed.set(drivername="sqlite+aiosqlite")
    if parsed.drivername in _POSTGRESQL:
        if find_spec("asyncpg") is None:
            raise StoreError("PostgreSQL needs one more package: pip install 'blogbot[postgres]'")
        return parsed.set(drivername="postgresql+asyncpg", query=_postgresql_query(parsed))
    raise StoreError(f"{parsed.drivername} is not a database that blogbot can use; write {_FORMS}")


def _postgresql_query(url: URL) -> dict[str, str | tuple[str, ...]]:
    """Hosting providers write libpq's `sslmode`; the driver calls the same thing `ssl`."""
    return {("ssl" if name == "sslmode" else name): value for name, value in url.query.items()}


def _sqlite(url: URL) -> Engines:
    common = ("foreign_keys = ON", "temp_store = MEMORY")
    # In WAL mode NORMAL would let a power cut take back commits: what was sent would be sent again.
    writing = ("journal_mode = WAL", "synchronous = FULL", f"cache_size = -{WRITER_CACHE}", *common)
    reading = ("query_only = ON", f"cache_size = -{READER_CACHE}", *common)
    writer = _engine(url, Connection, writing, pool_size=1)

    @event.listens_for(writer.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return Engines(_engine(url, Reader, reading, pool_size=READERS), writer, "sqlite", str(url.database))


def _engine(url: URL, kind: type[Connection], pragmas: Sequence[str], *, pool_size: int) -> AsyncEngine:
    """Transactions begin where we say, not where the driver guesses. Whoever begins one ends it: the pool rolls nothing back."""
    creator = connector(kind, url, pragmas, isolation_level=None, timeout=BUSY_SECONDS)
    return create_async_engine(
        url, async_creator=creator, pool_size=pool_size, max_overflow=0, pool_reset_on_return=None
    )


def _postgresql(url: URL) -> Engines:
    engine = create_async_engine(
        url,
        connect_args={"timeout": CONNECT_SECONDS, "server_settings": {"application_name": "blogbot"}},
        pool_size=READERS,
        max_overflow=READERS,
        pool_pre_ping=True,
    )
    # One snapshot for everything a reader asks, as SQLite gives it by nature.
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(reader, engine, "postgresql", _postgresql_place(url))


def _postgresql_place(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


# --- What an error means ---------------------------------------------------------------------------------------------

_UPGRADE = "run `blogbot db upgrade`"
_SQLITE_ADVICE = (
    (r"no such (table|column)", SchemaError, "its tables are older than this blogbot; " + _UPGRADE),
    (r"database( table)? is locked", StoreError, "another program holds it; close that one, or try again"),
    (r"unable to open", StoreError, "it cannot be opened; does its folder exist, and may blogbot write there?"),
    (r"not a database", StoreError, "this file is not an SQLite database; name another, or move it away"),
    (r"readonly|read-only", StoreError, "it may not be written; check who owns the file and its folder"),
    (r"disk is full", StoreError, "the disk is full; make room and try again"),
    (r"malformed|corrupt", StoreError, "the file is damaged; bring back a backup"),
)
_POSTGRESQL_ADVICE = {
    "42P01": (SchemaError, "its tables are older than this blogbot; " + _UPGRADE),
    "42703": (SchemaError, "its tables are older than this blogbot; " + _UPGRADE),
    "28P01": (StoreError, "it refuses the user name or the password; check BLOGBOT_DATABASE_URL"),
    "28000": (StoreError, "it refuses this user; check BLOGBOT_DATABASE_URL"),
    "3D000": (StoreError, "there is no such database; create it with `createdb`"),
    "53300": (StoreError, "it has too many connections already; raise its max_connections"),
    "53100": (StoreError, "its disk is full; make room and try again"),
    "55P03": (StoreError, "another program holds what is needed; try again"),
    "40P01": (StoreError, "two programs waited for each other; try again"),
}


def explain(error: BaseException, dialect: str, place: str) -> StoreError:
    """The StoreError that says to a person what `error` means and what to do."""
    if isinstance(error, IntegrityError):
        return StoreError(f"the database {place}: two programs kept the same thing at once; try again")
    if dialect == "sqlite":
        return _explain_sqlite(error, place)
    return _explain_postgresql(error, place)


def _cause(error: BaseException) -> BaseException:
    """The driver's own error; SQLAlchemy's repeats the statement with its parameters."""
    return getattr(error, "orig", None) or error


def _explain_sqlite(error: BaseException, place: str) -> StoreError:
    cause = _cause(error)
    for pattern, kind, advice in _SQLITE_ADVICE:
        if re.search(pattern, str(cause), re.IGNORECASE):
            return kind(f"the database {place}: {advice}")
    return StoreError(f"the database {place} cannot be used ({type(cause).__name__})")


def _explain_postgresql(error: BaseException, place: str) -> StoreError:
    cause = _cause(error)
    state = getattr(cause, "sqlstate", None) or ""
    if state in _POSTGRESQL_ADVICE:
        kind, advice = _POSTGRESQL_ADVICE[state]
        return kind(f"the database {place}: {advice}")
    if isinstance(cause, OSError) or state.startswith(("08", "57P")):
        return StoreError(f"the database {place} does not answer; is PostgreSQL running there?")
    if isinstance(cause, TypeError):
        return StoreError(f"the database {place}: its address has a setting that is not understood")
    return StoreError(f"the database {place} cannot be used ({type(cause).__name__} {state}".rstrip() + ")")
