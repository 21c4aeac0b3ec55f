"""What chats wish to hear of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from blogbot.model import Follow
from blogbot.store.noun import Noun
from blogbot.store.tables import follows


class Follows(Noun):
    async def add(self, chat_id: int, follow: Follow, now: datetime) -> bool:
        """Whether this is new."""
        row = {"chat_id": chat_id, "kind": follow.kind, "value": follow.value, "created": now, "urgent": follow.urgent}
        return await self._count(self._insert(follows).values(row).on_conflict_do_nothing()) > 0

    async def remove(self, chat_id: int, follow: Follow) -> bool:
        """Whether it was there."""
        same = (follows.c.chat_id == chat_id) & (follows.c.kind == follow.kind) & (follows.c.value == follow.value)
        return await self._count(delete(follows).where(same)) > 0

    async def of(self, chat_id: int) -> list[Follow]:
        """What the chat follows, in the order it began to."""
        query = select(follows.c.kind, follows.c.value, follows.c.urgent).where(follows.c.chat_id == chat_id)
        rows = await self._rows(query.order_by(follows.c.created, follows.c.kind, follows.c.value))
        return [Follow(row.kind, row.value, row.urgent) for row in rows]

    async def clear(self, chat_id: int) -> int:
        """How many ended."""
        return await self._count(delete(follows).where(follows.c.chat_id == chat_id))
