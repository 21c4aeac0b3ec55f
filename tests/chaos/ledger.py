"""What the ledger says of what was not accepted, as its rows stand: read past the app, which would have to be believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from blogbot.model import AnnouncementKind, NotificationState
from blogbot.store.engine import engines
from blogbot.store.tables import announcements, chats, notifications, occurrences, posts
from tests.chaos.oracle import Told

OPEN = (NotificationState.QUEUED, NotificationState.SENDING)
_l = notifications.c


@dataclass(frozen=True, slots=True)
class Standing:
    """Open rows after a kill: what was under way (announcement, chat, attempts), and the chats (Telegram ids) for which something waited."""

    under_way: frozenset[tuple[int, int, int]]
    waiting: frozenset[int]


class Ledger:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def named(self, *states: NotificationState) -> list[Told]:
        """What stands in one of these states, as the oracle names it."""
        query = (
            select(announcements.c.kind, posts.c.title, occurrences.c.title, chats.c.telegram_id)
            .select_from(notifications)
            .join(announcements, announcements.c.id == _l.announcement_id)
            .join(chats, chats.c.id == _l.chat_id)
            .outerjoin(posts, posts.c.id == announcements.c.post_id)
            .outerjoin(occurrences, occurrences.c.id == announcements.c.occurrence_id)
            .where(_l.state.in_(states))
        )
        return [(_name(kind, post or event or ""), chat) for kind, post, event, chat in await self._rows(query)]

    async def standing(self) -> Standing:
        query = select(
            _l.announcement_id, _l.chat_id, _l.attempts, _l.state, _l.parked, _l.due, chats.c.telegram_id
        ).join(chats, chats.c.id == _l.chat_id)
        rows = await self._rows(query.where(_l.state.in_(OPEN)))
        now = datetime.now(UTC)
        return Standing(
            frozenset((row[0], row[1], row[2]) for row in rows if row.state is NotificationState.SENDING),
            frozenset(
                row.telegram_id
                for row in rows
                if row.state is NotificationState.QUEUED and not row.parked and row.due <= now
            ),
        )

    async def reminded(self) -> set[str]:
        """The reminders ("Reminder 2") that are fanned out, with no row of theirs open."""
        still = await self.named(*OPEN)
        query = (
            select(occurrences.c.title)
            .join(announcements, announcements.c.occurrence_id == occurrences.c.id)
            .where(announcements.c.kind == AnnouncementKind.REMINDER, announcements.c.done.is_not(None))
        )
        done = {_name(AnnouncementKind.REMINDER, row.title) for row in await self._rows(query)}
        return done - {what for what, _ in still}

    async def nothing_open(self) -> bool:
        """Whether all is done: rows, and announcements, whenever they are due."""
        rows = await self._count(notifications, _l.state.in_(OPEN))
        return not rows + await self._count(announcements, announcements.c.done.is_(None))

    async def posts(self) -> int:
        return await self._count(posts, posts.c.gone.is_(None))

    async def _count(self, table: Table, which: ColumnElement[bool]) -> int:
        ((count,),) = await self._rows(select(func.count()).select_from(table).where(which))
        return int(count)

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()


@asynccontextmanager
async def ledger(url: str) -> AsyncIterator[Ledger]:
    parts = engines(url)
    try:
        yield Ledger(parts.reader)
    finally:
        await parts.dispose()


def _name(kind: AnnouncementKind, title: str) -> str:
    return title.replace("Event", "Reminder") if kind is AnnouncementKind.REMINDER else title
