"""Turns upcoming dates and the chats' rules into announcements, a little ahead of time.

Planning again adds nothing: a reminder's key is unique. So it may be done at any time, also after a long stop.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from blogbot.clock import Clock
from blogbot.delivery.reminders import Reminder, plan
from blogbot.model import AnnouncementKind
from blogbot.store import NewAnnouncement, Store

AHEAD = timedelta(minutes=10)
"""How far ahead reminders become announcements. Short, so that a moved date finds few to withdraw."""

FARTHEST = timedelta(days=32)
"""The longest reminder is 30 days before; daylight saving may add an hour."""


class Planner:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def plan(self) -> int:
        """How many reminders became announcements."""
        now = self._clock.now()
        reminders = await self._reminders(now, now + AHEAD)
        if not reminders:
            return 0
        async with self._store.write() as tx:
            return await tx.announcements.add_many([_announcement(reminder) for reminder in reminders], now=now)

    async def next_due(self) -> datetime | None:
        """When the next reminder that any chat wants is due, or None."""
        now = self._clock.now()
        coming = [reminder.due for reminder in await self._reminders(now, now + FARTHEST) if reminder.due > now]
        return min(coming, default=None)

    async def _reminders(self, now: datetime, until: datetime) -> list[Reminder]:
        async with self._store.read() as tx:
            wishes = await tx.rules.offsets()
            if not wishes:
                return []
            occurrences = await tx.events.starting(now, now + FARTHEST)
        return list(plan(occurrences, wishes, until))


def _announcement(reminder: Reminder) -> NewAnnouncement:
    return NewAnnouncement(
        key=reminder.key,
        kind=AnnouncementKind.REMINDER,
        due=reminder.due,
        expires=reminder.occurrence.starts,
        event_id=reminder.occurrence.event.id,
        occurrence_id=reminder.occurrence.id,
        offset=reminder.offset,
    )
