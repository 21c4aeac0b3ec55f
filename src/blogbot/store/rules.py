"""When chats wish to be reminded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from blogbot.model import Offset, ReminderRule
from blogbot.store.noun import Noun
from blogbot.store.tables import rules


class Rules(Noun):
    async def add(self, chat_id: int, rule: ReminderRule, now: datetime) -> bool:
        """Whether this is new."""
        row = _row(rule) | {"chat_id": chat_id, "created": now, "urgent": rule.urgent}
        return await self._count(self._insert(rules).values(row).on_conflict_do_nothing()) > 0

    async def remove(self, chat_id: int, rule: ReminderRule) -> bool:
        """Whether it was there."""
        same = [rules.c[name] == value for name, value in _row(rule).items()]
        return await self._count(delete(rules).where(rules.c.chat_id == chat_id, *same)) > 0

    async def of(self, chat_id: int) -> list[ReminderRule]:
        """The chat's rules: those for all events first, each kind from the longest offset to the shortest."""
        query = select(rules.c.days, rules.c.minutes, rules.c.event_uid, rules.c.urgent).where(
            rules.c.chat_id == chat_id
        )
        rows = await self._rows(query)
        found = [ReminderRule(Offset(row.days, row.minutes), row.event_uid, row.urgent) for row in rows]
        return sorted(found, key=lambda rule: (rule.event_uid, -rule.offset.days, -rule.offset.minutes))

    async def clear(self, chat_id: int) -> int:
        """How many ended."""
        return await self._count(delete(rules).where(rules.c.chat_id == chat_id))

    async def offsets(self) -> list[tuple[Offset, str]]:
        """Every offset that some chat wants, with the uid of the event it is for; "" for all events."""
        query = select(rules.c.days, rules.c.minutes, rules.c.event_uid).distinct()
        rows = await self._rows(query.order_by(rules.c.days, rules.c.minutes, rules.c.event_uid))
        return [(Offset(row.days, row.minutes), row.event_uid) for row in rows]


def _row(rule: ReminderRule) -> dict[str, Any]:
    return {"days": rule.offset.days, "minutes": rule.offset.minutes, "event_uid": rule.event_uid}
