"""A month of the calendar as weeks of days, each with what takes place on it. Pure: it asks nobody and draws nothing."""

from __future__ import annotations

import re
from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from blogbot.model import Occurrence

_DAY = timedelta(days=1)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_YEARS = range(1900, 2200)

Span = tuple[datetime, datetime]
"""From when until when."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month that is shown, or of the weeks around it (`within` is False)."""

    date: date
    within: bool
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """`first` is its first day; `weeks` are whole, so that they may reach into the months around.

    `before` and `after` say whether anything takes place in any month before it, or after it.
    """

    first: date
    weeks: tuple[tuple[Day, ...], ...]
    before: bool
    after: bool

    @property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """What takes place in it, each once, in order."""
        return tuple({one.id: one for week in self.weeks for day in week for one in day.occurrences}.values())


def asked(text: str) -> date | None:
    """The first day of a month given as "2026-11"; None where that is no month."""
    found = _MONTH.fullmatch(text)
    if found is None or int(found[1]) not in _YEARS:
        return None
    return date(int(found[1]), int(found[2]), 1)


def following(first: date, months: int) -> date:
    """The first day of the month that lies so many months after `first`, or before it."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def window(first: date) -> Span:
    """From when until when the store is to be asked for a month: events go by clocks up to a day apart."""
    begin = datetime.combine(first, datetime.min.time(), UTC)
    end = datetime.combine(following(first, 1), datetime.min.time(), UTC)
    return begin - _DAY, end + _DAY


def month(first: date, occurrences: Iterable[Occurrence], span: Span | None, first_weekday: int) -> Month:
    """The month that begins on `first`. An event that lasts over days stands on each, by the clock of its own zone.

    `occurrences` are those of its `window`, and `span` is from when until when there are any at all.
    """
    on: dict[date, list[Occurrence]] = defaultdict(list)
    end = following(first, 1)
    begin_near, end_near = window(first)
    # What begins as the window ends is not near, and may last no time.
    before, after = (span[0] < begin_near, span[1] >= end_near) if span else (False, False)
    for occurrence in occurrences:
        begins, last = days_of(occurrence)
        before, after = before or begins < first, after or last >= end
        day = max(begins, first)
        while day <= last and day < end:
            on[day].append(occurrence)
            day += _DAY
    weeks = Calendar(first_weekday).monthdatescalendar(first.year, first.month)
    return Month(first, tuple(tuple(_day(day, first, on) for day in week) for week in weeks), before, after)


def days_of(occurrence: Occurrence) -> tuple[date, date]:
    """Its first day and its last, on the clock of its own zone. A midnight at its end is no further day (RFC 5545)."""
    zone = ZoneInfo(occurrence.event.timezone)
    begins, ends = occurrence.starts.astimezone(zone).date(), occurrence.ends.astimezone(zone)
    return begins, max(begins, (ends - timedelta(microseconds=1)).date())


def _day(day: date, first: date, on: dict[date, list[Occurrence]]) -> Day:
    return Day(day, (day.year, day.month) == (first.year, first.month), tuple(on.get(day, ())))
