"""The addresses of chats' own calendars, each kept as a digest of its secret; one that has ended is remembered as that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, update

from blogbot.store.noun import Noun
from blogbot.store.tables import calendars


@dataclass(frozen=True, slots=True)
class Address:
    """Whose calendar it leads to, and whether it has ended."""

    chat_id: int
    ended: bool


class Calendars(Noun):
    async def open(self, chat_id: int, digest: str, now: datetime) -> None:
        """Gives a chat a new address; its earlier ones end."""
        await self.end(chat_id, now)
        await self._run(insert(calendars).values(digest=digest, chat_id=chat_id, created=now))

    async def end(self, chat_id: int, now: datetime) -> bool:
        """Whether the chat had an address."""
        return await self._count(update(calendars).where(_open(chat_id)).values(ended=now)) > 0

    async def since(self, chat_id: int) -> datetime | None:
        """When the chat got its present address; None where it has none."""
        found: datetime | None = await self._value(select(func.max(calendars.c.created)).where(_open(chat_id)))
        return found

    async def find(self, digest: str) -> Address | None:
        row = await self._first(select(calendars.c.chat_id, calendars.c.ended).where(calendars.c.digest == digest))
        return None if row is None else Address(row.chat_id, row.ended is not None)


def _open(chat_id: int) -> ColumnElement[bool]:
    return (calendars.c.chat_id == chat_id) & calendars.c.ended.is_(None)
