"""When an event of an iCalendar file (RFC 5545) is: its times and its lines of recurrence, on the clock of its own zone.

It knows neither the file around the event nor which dates come of its lines (that is `ical`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from blogbot.errors import SourceError

MAX_LINES = 1_000
YEARS = range(1900, 2201)
"""When an event can be. Whoever names a later year, mostly 9999, means that there is no end."""


class Moments:
    """The times of one event, on the clock of its zone.

    A local time of an hour that comes twice means the first. What happens once and begins or ends in the second is kept in UTC.
    """

    def __init__(self, master: icalendar.Event, where: str, zone: str) -> None:
        """`zone` is the source's, for times that name none."""
        self._where = where
        self._all_day = not isinstance(self._property(master, "DTSTART").dt, datetime)
        self.timezone = self._zone_of(master, zone)
        self._clock = self._zone = ZoneInfo(self.timezone)
        if not _recurs(master) and self._in_second_hour(master):
            self.timezone, self._zone = "UTC", ZoneInfo("UTC")

    def _property(self, event: icalendar.Event, name: str) -> Any:
        found = event.get(name)
        found = found[0] if isinstance(found, list) else found
        moment = getattr(found, "dt", None)
        if not isinstance(moment, date):
            raise SourceError(self._where, f"this event has no {name} that can be read; correct it")
        if moment.year not in YEARS:
            raise SourceError(self._where, f"its {name} lies in the year {moment.year}; correct it")
        return found

    def _zone_of(self, master: icalendar.Event, zone: str) -> str:
        start = self._property(master, "DTSTART")
        if start.params.get("TZID"):
            return str(start.params["TZID"])
        in_utc = isinstance(start.dt, datetime) and start.dt.tzinfo is not None
        # A rule in UTC stays in UTC: on a local clock its dates would be an hour off for half of the year.
        return "UTC" if in_utc and _recurs(master) else zone

    def _in_second_hour(self, event: icalendar.Event) -> bool:
        """Whether it begins or ends in an hour that comes twice, the second time."""
        starts, ends = self._bounds(event)
        aware = [moment.astimezone(self._clock) for moment in (starts, ends) if isinstance(moment, datetime)]
        return not self._all_day and any(moment.fold for moment in aware)

    def local(self, value: datetime | date) -> datetime | date:
        """`value` on the event's own clock, naive; of an all-day event a date."""
        if isinstance(value, datetime):
            value = self._aware(value).astimezone(self._zone).replace(tzinfo=None, fold=0)
            return value.date() if self._all_day else value
        return value if self._all_day else datetime.combine(value, datetime.min.time())

    def _aware(self, value: datetime) -> datetime:
        return value if value.tzinfo else value.replace(tzinfo=self._clock)

    def at(self, event: icalendar.Event, name: str) -> datetime | date:
        return self.local(self._property(event, name).dt)

    def span(self, event: icalendar.Event) -> tuple[datetime | date, datetime | date]:
        """Start and end. Without an end: the day for an all-day event, else no time at all (RFC 5545, 3.6.1)."""
        starts, ends = map(self.local, self._bounds(event))
        if ends < starts:
            raise SourceError(self._where, f"this event ends ({ends}) before it begins ({starts}); correct DTEND")
        if ends.year not in YEARS:
            raise SourceError(self._where, f"it lasts until the year {ends.year}; correct DURATION")
        return starts, starts + timedelta(days=1) if self._all_day and ends == starts else ends

    def _bounds(self, event: icalendar.Event) -> tuple[datetime | date, datetime | date]:
        """Start and end as they are written; times are aware."""
        starts = self._moment(event, "DTSTART")
        if "DTEND" not in event:
            duration: Any = event.get("DURATION")
            return starts, starts if duration is None else self._after(starts, duration.dt, recurs=_recurs(event))
        ends = self._moment(event, "DTEND")
        if isinstance(starts, datetime) and isinstance(ends, datetime) and _utc(ends) < _utc(starts):
            # Of an hour that comes twice, only the second can be meant.
            ends = ends.replace(fold=1)
        return starts, ends

    def _moment(self, event: icalendar.Event, name: str) -> datetime | date:
        found: datetime | date = self._property(event, name).dt
        return self._aware(found) if isinstance(found, datetime) else found

    def _after(self, starts: datetime | date, duration: timedelta, *, recurs: bool) -> datetime | date:
        # Days are days of the calendar (RFC 5545, 3.3.6). So are hours of what recurs: its other dates last as long.
        if not isinstance(starts, datetime) or duration.seconds == 0 or recurs:
            return starts + duration
        return _utc(starts) + duration

    def recurrence(self, event: icalendar.Event) -> tuple[str, ...]:
        """RRULE, RDATE and EXDATE as lines in local time, without a zone."""
        lines = [self._rule(rule) for rule in many(event, "RRULE")]
        for name in ("RDATE", "EXDATE"):
            found = {moment for given in many(event, name) for moment in self._moments(given)}
            kind = ";VALUE=DATE" if self._all_day else ""
            lines += [f"{name}{kind}:{_written(moment)}" for moment in sorted(found)]
        return tuple(lines[:MAX_LINES])

    def _moments(self, given: Any) -> Iterator[datetime | date]:
        for each in given.dts:
            value = each.dt[0] if isinstance(each.dt, tuple) else each.dt  # of a period, its start
            if value.year in YEARS:
                yield self.local(value)

    def _rule(self, rule: Any) -> str:
        parts = []
        for part in rule.to_ical().decode().split(";"):
            if part.startswith("UNTIL="):
                until = rule["UNTIL"][0] if isinstance(rule["UNTIL"], list) else rule["UNTIL"]
                if until.year < YEARS.stop:
                    parts.append(f"UNTIL={_written(self._last(until))}")
            else:
                parts.append(part)
        return "RRULE:" + ";".join(parts)

    def _last(self, until: datetime | date) -> datetime | date:
        if until.year < YEARS.start:  # before the event itself, so its own date is the only one
            until = until.replace(year=YEARS.start, month=1, day=1)
        if isinstance(until, datetime) or self._all_day:
            return self.local(until)
        return datetime.combine(until, datetime.max.time().replace(microsecond=0))  # a date means the whole of it


def _recurs(event: icalendar.Event) -> bool:
    return "RRULE" in event or "RDATE" in event


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _written(moment: datetime | date) -> str:
    return moment.strftime("%Y%m%dT%H%M%S" if isinstance(moment, datetime) else "%Y%m%d")


def many(event: icalendar.Event, name: str) -> list[Any]:
    found = event.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]
