"""Turns upcoming dates and the chats' rules into announcements, a little ahead of time.

Planning again adds nothing: a reminder's key is unique. So it may be done at any time, also after a long stop. Where so
many want to be reminded that the last would hear too late, the mailing begins earlier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from blogbot.clock import Clock
from blogbot.delivery.forecast import RESERVE, Load, Start, length, starts, told
from blogbot.delivery.reminders import Reminder, plan
from blogbot.model import AnnouncementKind, Occurrence, Offset
from blogbot.store import NewAnnouncement, Progress, Store

AHEAD = timedelta(minutes=10)
"""How far ahead reminders become announcements. Short, so that a moved date finds few to withdraw."""

FIRST_LOOK, LAST_LOOK = timedelta(days=1), timedelta(days=400)
"""How far ahead the next reminder is looked for, at first and at last: dates are worked out for some 400 days."""

SUMMER_TIME = timedelta(hours=2)
"""A day before may be this much more than 24 hours before."""

log = structlog.get_logger()

Wish = tuple[Offset, str, int]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A mailing of reminders that cannot end before its event begins: how long what is left of it takes, and how many chats
    hear too late."""

    occurrence: Occurrence
    takes: str
    short: int


class Planner:
    def __init__(self, store: Store, clock: Clock, rate: Callable[[], float] = lambda: 30.0) -> None:
        self._store = store
        self._clock = clock
        self._rate = rate
        self._told: set[tuple[int, datetime]] = set()
        self.shortfalls: list[Shortfall] = []

    async def plan(self) -> int:
        """How many reminders became announcements."""
        now = self._clock.now()
        wishes = await self._wishes()
        if not wishes:
            return 0
        lead = length(sum(count for _, _, count in wishes), self._rate() * RESERVE)
        occurrences = await self._occurrences(now, _farthest(wishes) + AHEAD + lead)
        # Thousands of dates with several offsets each are a matter of tenths of a second, in which nobody must wait.
        found = await asyncio.to_thread(_due, occurrences, wishes, now + AHEAD + lead, now)
        announcements = self._in_time(found, await self._loads(found, wishes), now)
        if not announcements:
            return 0
        async with self._store.write() as tx:
            await tx.announcements.reopen([(each.key, each.due) for each in found if now - AHEAD < each.due <= now])
            return await tx.announcements.add_many(announcements, now=now)

    async def next_due(self) -> datetime | None:
        """When the next reminder that any chat wants is due, or None."""
        now = self._clock.now()
        wishes = await self._wishes()
        if not wishes:
            return None
        farthest, ahead = _farthest(wishes), FIRST_LOOK
        while True:
            occurrences = await self._occurrences(now, ahead + farthest)
            found = await asyncio.to_thread(_due, occurrences, wishes, now + ahead, now)
            coming = [reminder.due for reminder in found if reminder.due > now]
            if coming or ahead >= LAST_LOOK:
                return min(coming, default=None)
            ahead *= 4

    async def _wishes(self) -> list[Wish]:
        async with self._store.read() as tx:
            return await tx.rules.offsets()

    async def _occurrences(self, now: datetime, ahead: timedelta) -> list[Occurrence]:
        async with self._store.read() as tx:
            return await tx.events.starting(now, now + ahead)

    async def _loads(self, found: Sequence[Reminder], wishes: Sequence[Wish]) -> list[Load]:
        """What is still to send of each: its whole audience, or what is left of it since it began."""
        async with self._store.read() as tx:
            progress = await tx.announcements.progress([each.key for each in found])
        return [_load(each, _count(each, wishes), progress.get(each.key)) for each in found]

    def _in_time(self, found: Sequence[Reminder], loads: Sequence[Load], now: datetime) -> list[NewAnnouncement]:
        """What to announce by now, each early enough for its whole audience."""
        begun = starts(loads, self._rate(), now)
        self._told = {(number, begins) for number, begins in self._told if begins > now}
        self._say_shortfalls(found, loads, begun)
        planned = zip(found, begun, strict=True)
        return [_announcement(each, start) for each, start in planned if start.begins <= now + AHEAD]

    def _say_shortfalls(self, found: Sequence[Reminder], loads: Sequence[Load], begun: Sequence[Start]) -> None:
        for reminder, load, start in zip(found, loads, begun, strict=True):
            occurrence = reminder.occurrence
            if not start.short or (occurrence.id, occurrence.starts) in self._told:
                continue
            self._told.add((occurrence.id, occurrence.starts))
            takes = told(load.count, self._rate())
            self.shortfalls.append(Shortfall(occurrence, takes, start.short))
            log.warning(
                "reminders cannot all arrive in time", announcement=reminder.key, takes=takes, too_late=start.short
            )


def _due(occurrences: Sequence[Occurrence], wishes: Sequence[Wish], until: datetime, now: datetime) -> list[Reminder]:
    return list(plan(occurrences, wishes, until, now))


def _farthest(wishes: Sequence[Wish]) -> timedelta:
    """The longest time before an event at which anyone wants to be reminded."""
    return max(timedelta(days=offset.days, minutes=offset.minutes) for offset, _, _ in wishes) + SUMMER_TIME


def _count(reminder: Reminder, wishes: Sequence[Wish]) -> int:
    """How many chats at most want this reminder."""
    uids = ("", reminder.occurrence.event.uid)
    return sum(count for offset, uid, count in wishes if offset == reminder.offset and uid in uids)


def _load(reminder: Reminder, audience: int, progress: Progress | None) -> Load:
    begins = reminder.occurrence.starts
    if progress is None:
        return Load(reminder.due, begins, audience)
    return Load(min(progress.due, reminder.due), begins, progress.left(audience))


def _announcement(reminder: Reminder, start: Start) -> NewAnnouncement:
    return NewAnnouncement(
        key=reminder.key,
        kind=AnnouncementKind.REMINDER,
        due=max(start.begins, min(reminder.occurrence.known, reminder.due))
        if start.begins < reminder.due
        else reminder.due,
        expires=reminder.occurrence.starts,
        event_id=reminder.occurrence.event.id,
        occurrence_id=reminder.occurrence.id,
        offset=reminder.offset,
    )
