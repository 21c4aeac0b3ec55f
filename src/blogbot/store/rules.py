"""When chats wish to be reminded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from blogbot.model import Offset, ReminderRule
from blogbot.store.noun import Noun
from blogbot.store.tables import rules

_WISH = (rules.c.days, rules.c.minutes, rules.c.event_uid)
# Asked each time that reminders are planned, so put together once.
_OFFSETS = select(*_WISH, func.count().label("chats")).group_by(*_WISH).order_by(*_WISH)


class Rules(Noun):
    async def add(self, chat_id: int, rule: ReminderRule, now: datetime) -> bool:
        """Whether this is new; one that is there already is made as urgent as this one is."""
        row = _row(rule) | {"chat_id": chat_id, "created": now, "urgent": rule.urgent}
        if await self._count(self._insert(rules).values(row).on_conflict_do_nothing()):
            return True
        await self._run(update(rules).where(rules.c.chat_id == chat_id, *_same(rule)).values(urgent=rule.urgent))
        return False

    async def remove(self, chat_id: int, rule: ReminderRule) -> bool:
        """Whether it was there."""
        return await self._count(delete(rules).where(rules.c.chat_id == chat_id, *_same(rule))) > 0

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

    async def offsets(self) -> list[tuple[Offset, str, int]]:
        """Every offset that some chat wants, with the uid of the event it is for ("" for all events), and how many chats do."""
        return [(Offset(row.days, row.minutes), row.event_uid, row.chats) for row in await self._rows(_OFFSETS)]


def _same(rule: ReminderRule) -> list[ColumnElement[bool]]:
    return [rules.c[name] == value for name, value in _row(rule).items()]


def _row(rule: ReminderRule) -> dict[str, Any]:
    return {"days": rule.offset.days, "minutes": rule.offset.minutes, "event_uid": rule.event_uid}
