"""What chats wish to hear of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from blogbot.model import Follow
from blogbot.store.noun import Noun
from blogbot.store.tables import follows


class Follows(Noun):
    async def add(self, chat_id: int, follow: Follow, now: datetime) -> bool:
        """Whether this is new; one that is followed already is made as urgent as this one is."""
        row = {"chat_id": chat_id, "kind": follow.kind, "value": follow.value, "created": now, "urgent": follow.urgent}
        if await self._count(self._insert(follows).values(row).on_conflict_do_nothing()):
            return True
        await self._run(update(follows).where(_same(chat_id, follow)).values(urgent=follow.urgent))
        return False

    async def remove(self, chat_id: int, follow: Follow) -> bool:
        """Whether it was there."""
        return await self._count(delete(follows).where(_same(chat_id, follow))) > 0

    async def of(self, chat_id: int) -> list[Follow]:
        """What the chat follows, in the order it began to."""
        query = select(follows.c.kind, follows.c.value, follows.c.urgent).where(follows.c.chat_id == chat_id)
        rows = await self._rows(query.order_by(follows.c.created, follows.c.kind, follows.c.value))
        return [Follow(row.kind, row.value, row.urgent) for row in rows]

    async def clear(self, chat_id: int) -> int:
        """How many ended."""
        return await self._count(delete(follows).where(follows.c.chat_id == chat_id))


def _same(chat_id: int, follow: Follow) -> ColumnElement[bool]:
    return (follows.c.chat_id == chat_id) & (follows.c.kind == follow.kind) & (follows.c.value == follow.value)
