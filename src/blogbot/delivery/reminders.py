"""When a reminder is due. Pure: dates and wishes in, instants out.

"1 day before" is the same time on the event's own clock the day before, whatever daylight saving does that night;
hours and minutes are absolute, and are counted in UTC because arithmetic on local times is arithmetic on wall clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from blogbot.model import Occurrence, Offset


@dataclass(frozen=True, slots=True)
class Reminder:
    """A date to remind of, and when. `due` is never before the date was known: who learns of it late is told at once."""

    occurrence: Occurrence
    offset: Offset
    due: datetime

    @property
    def key(self) -> str:
        """A date that is moved is reminded of anew."""
        return f"reminder:{self.occurrence.id}:{self.offset}:{self.occurrence.known.isoformat()}"


def due(occurrence: Occurrence, offset: Offset) -> datetime:
    """The instant (UTC) that lies `offset` before the start."""
    day_before = occurrence.local_starts - timedelta(days=offset.days)
    return day_before.astimezone(UTC) - timedelta(minutes=offset.minutes)


def plan(
    occurrences: Iterable[Occurrence], wishes: Iterable[tuple[Offset, str, int]], until: datetime, now: datetime
) -> Iterator[Reminder]:
    """The reminders that are due by `until`. `wishes` are the offsets that chats want, each for one UID or for all (""), and how many chats do.

    A date that is known only after `now` was taken in by a clock that was ahead: nobody knows since when it is known.
    """
    wanted: dict[str, set[Offset]] = {}
    for offset, uid, _chats in wishes:
        wanted.setdefault(uid, set()).add(offset)
    for occurrence in occurrences:
        offsets = wanted.get("", set()) | wanted.get(occurrence.event.uid, set())
        for reminder in _in_order(occurrence, offsets, now):
            if reminder.due <= until and reminder.due < occurrence.starts:
                yield reminder


def _in_order(occurrence: Occurrence, offsets: Iterable[Offset], now: datetime) -> Iterator[Reminder]:
    """The farthest reminder first. Those that a late date makes due at once are told apart by a microsecond each, so that
    a chat that wants several of them can be given the nearest alone."""
    overdue = 0
    for nominal, offset in sorted((due(occurrence, offset), offset) for offset in offsets):
        if nominal >= occurrence.known or occurrence.known > now:
            yield Reminder(occurrence, offset, nominal)
        else:
            yield Reminder(occurrence, offset, occurrence.known + timedelta(microseconds=overdue))
            overdue += 1
