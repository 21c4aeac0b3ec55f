"""What chats want their news to be without, or only about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from blogbot.model import Filter, FilterKind
from blogbot.store.noun import Noun
from blogbot.store.tables import filters


class Filters(Noun):
    async def add(self, chat_id: int, filter_: Filter, now: datetime) -> bool:
        """Whether this changes anything; a filter of the same thing the other way round is replaced."""
        if filter_ in (known := await self.of(chat_id)) and known[known.index(filter_)].only == filter_.only:
            return False
        row = {"chat_id": chat_id, "kind": filter_.kind, "value": filter_.value, "only": filter_.only, "created": now}
        statement = self._insert(filters).values(row)
        again = {"only": filter_.only, "created": now}
        await self._run(statement.on_conflict_do_update(index_elements=["chat_id", "kind", "value"], set_=again))
        return True

    async def remove(self, chat_id: int, filter_: Filter) -> bool:
        """Whether it was there."""
        same = (filters.c.kind == filter_.kind) & (filters.c.value == filter_.value)
        return await self._count(delete(filters).where(filters.c.chat_id == chat_id, same)) > 0

    async def of(self, chat_id: int) -> list[Filter]:
        """The chat's filters, in the order they were made."""
        query = select(filters.c.kind, filters.c.value, filters.c.only).where(filters.c.chat_id == chat_id)
        rows = await self._rows(query.order_by(filters.c.created, filters.c.kind, filters.c.value))
        return [Filter(row.kind, row.value, row.only) for row in rows]

    async def clear(self, chat_id: int) -> int:
        """How many ended."""
        return await self._count(delete(filters).where(filters.c.chat_id == chat_id))

    async def words(self) -> list[str]:
        """Every word or phrase that some chat filters by."""
        query = select(filters.c.value).where(filters.c.kind == FilterKind.WORD).distinct()
        return [row.value for row in await self._rows(query.order_by(filters.c.value))]
