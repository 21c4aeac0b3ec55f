"""What waits for one chat, looked at anew when the chat changes its wishes or its terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select, update

from blogbot.model import Announcement, AnnouncementKind, NotificationState
from blogbot.store.fan_out import HELD, announcement_from
from blogbot.store.noun import Noun
from blogbot.store.tables import QUEUED, announcements, notifications

_l = notifications.c
_OPEN = announcements.c.sweep.is_not(None)


class Waiting(Noun):
    async def waiting_for(self, chat_id: int) -> list[Announcement]:
        """What the chat is to be told and was not yet, the earliest due first. Edits of what it was told are none of it."""
        query = (
            select(announcements)
            .join(notifications, _l.announcement_id == announcements.c.id)
            .where(_OPEN, announcements.c.corrects.is_(None), _l.chat_id == chat_id, _l.state == QUEUED)
            .order_by(announcements.c.due, announcements.c.id)
        )
        return [announcement_from(row) for row in await self._rows(query)]

    async def let_go(self, chat_id: int, announcement_ids: Sequence[int], reason: str, now: datetime) -> int:
        """What waits of these is not told to the chat, also where a process has it in its hands and has not called yet; how many."""
        over = {"state": NotificationState.EXPIRED, "reason": reason, "at": now, "parked": 0}
        which = and_(_l.announcement_id.in_(announcement_ids), _l.chat_id == chat_id, _l.state == QUEUED)
        return await self._count(update(notifications).where(which).values(over | {"lease_until": None, "lease": None}))

    async def prolong(self, chat_id: int, held_until: datetime) -> None:
        """News of articles that waits for the chat outlives what holds it back; an event's is worth nothing once it began."""
        articles = select(announcements.c.id).where(_OPEN, announcements.c.kind == AnnouncementKind.POST)
        short = and_(_l.chat_id == chat_id, _l.state == QUEUED, _l.expires < held_until + HELD)
        which = and_(_l.announcement_id.in_(articles), short)
        await self._run(update(notifications).where(which).values(expires=held_until + HELD))
