"""An event's dates, worked out from its rule and from what differs from it (RFC 5545). It writes nothing."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from blogbot.ical.local import LAST, instant, later, local, naive
from blogbot.ical.rule import moments, ruled
from blogbot.model import Event, EventStatus, Occurrence, Override

MOST = 1000
"""Dates that are worked out of one event at a time."""

_STEPS = 100_000  # dates of a rule that are walked through before those that are asked for
_ANY_OFFSET = timedelta(days=2)  # more than any zone differs from UTC
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)  # where nobody asks since when a date is known


def occurrences(event: Event, after: datetime, before: datetime, known: datetime) -> list[Occurrence]:
    """The dates of an event that start in [`after`, `before`), in order, at most 1,000, not yet kept (`id` 0).

    `after`, `before` and `known` are aware. A rule is followed on the clock of the event's zone, so that 10:00 stays 10:00
    when the clocks change; a time that the clocks skip is read with the offset before (RFC 5545, 3.3.5). An all-day event
    lasts from midnight to midnight of its zone. A date that an override cancels is given, cancelled. Rules by the minute
    or second, and lines that are no rule, count for nothing: then the event's own date is the only one.
    """
    dates = _Dates(event, known)
    some = dates.between(_well_before(after), local(before, dates.zone))
    found = (date for date in some if after <= date.starts < before)
    return sorted(islice(found, MOST), key=lambda date: (date.starts, date.key))


def lasts(event: Event, after: datetime) -> bool:
    """Whether any date of the event, also a cancelled one, ends later than `after`."""
    first = _well_before(after, naive(event.ends) - naive(event.starts))
    return any(date.ends > after for date in _Dates(event, _WHENEVER).between(first, LAST))


def overrides_held(event: Event) -> list[Override]:
    """The overrides that make a date differ: not those of dates that no rule gives, nor of those that are left out."""
    if not event.recurrence:
        return []
    dates = _Dates(event, _WHENEVER)
    unplaced = [naive(each.original) for each in event.overrides if each.starts is None]
    last = max(unplaced, default=None)
    met = set() if last is None else set(dates.by_rule(last))
    return [each for each in event.overrides if dates.takes_place(each, met)]


def start_is_ruled(event: Event) -> bool:
    """Whether the event's own start is among the dates that its lines give."""
    starts = naive(event.starts)
    return any(starts in moments(line, "RDATE") or starts in ruled(line, starts, starts) for line in event.recurrence)


def _well_before(instant: datetime, length: timedelta = timedelta(0)) -> datetime:
    """A local time at which what lasts `length` is over by `instant`, whatever the zone."""
    try:
        return instant.astimezone(UTC).replace(tzinfo=None) - length - _ANY_OFFSET
    except OverflowError:
        return datetime.min  # noqa: DTZ901  # local times are naive here


class _Dates:
    """One event's dates as its rule and its overrides give them."""

    def __init__(self, event: Event, known: datetime) -> None:
        self._event = event
        self._known = known
        self.zone = ZoneInfo(event.timezone)
        self._starts, self._ends = naive(event.starts), naive(event.ends)
        self._overrides = {naive(override.original): override for override in event.overrides}

    def between(self, first: datetime, last: datetime) -> Iterator[Occurrence]:
        """Those that the rule gives from one local time to another, in order, and then every one that differs."""
        if not self._event.recurrence:
            yield self._occurrence("", self._starts, None)
            return
        met = set()
        for start in self.by_rule(last):
            met.add(start)
            if first <= start and start not in self._excluded and start not in self._overrides:
                yield self._occurrence(self._key(start), start, None)
        for start, override in self._overrides.items():
            if self.takes_place(override, met):
                yield self._occurrence(self._key(start), start, override)

    def by_rule(self, last: datetime) -> Iterator[datetime]:
        """The local starts up to `last`, in order, each once; the event's own start is always among them (RFC 5545, 3.8.5.3)."""
        lines = self._event.recurrence
        extra = sorted({self._starts, *(moment for line in lines for moment in moments(line, "RDATE"))})
        merged = heapq.merge(extra, *(ruled(line, self._starts, last) for line in lines))
        return islice((start for start, _ in groupby(merged)), _STEPS)

    def takes_place(self, override: Override, met: set[datetime]) -> bool:
        """Calendars also hold overrides of dates that no rule gives (any more); those that name a start take place."""
        original = naive(override.original)
        return original not in self._excluded and (original in met or override.starts is not None)

    @cached_property
    def _excluded(self) -> set[datetime]:
        return {moment for line in self._event.recurrence for moment in moments(line, "EXDATE")}

    def _key(self, start: datetime) -> str:
        return (start.date() if self._event.all_day else start).isoformat()

    def _occurrence(self, key: str, start: datetime, override: Override | None) -> Occurrence:
        event = self._event
        given = override or Override(original=start)
        starts = start if given.starts is None else naive(given.starts)
        ends = later(starts, self._ends - self._starts) if given.ends is None else naive(given.ends)
        cancelled = event.status is EventStatus.CANCELLED
        return Occurrence(
            id=0,
            event=event,
            key=key,
            starts=instant(starts, self.zone),
            ends=max(instant(starts, self.zone), instant(ends, self.zone)),
            title=event.title if given.title is None else given.title,
            location=event.location if given.location is None else given.location,
            status=event.status if cancelled or given.status is None else given.status,
            known=self._known,
        )
