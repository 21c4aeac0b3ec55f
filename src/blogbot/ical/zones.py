"""A zone of the IANA database as iCalendar writes it (RFC 5545, VTIMEZONE).

icalendar's own writer steps over short periods, such as the weeks of Ramadan in which Morocco turns its clocks back, and
ends with the last year that it is asked for; here every change is found, and what comes every year is written as a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ENOUGH = 10  # years in a row that make a rule


@dataclass(frozen=True, slots=True)
class _Observance:
    """What the clocks do from a change on: by how much they differ from UTC before and after, the name, and whether it is summer time."""

    before: timedelta
    after: timedelta
    name: str
    daylight: bool


@lru_cache(maxsize=64)
def timezone(name: str, first: int, last: int) -> icalendar.Timezone:
    """The VTIMEZONE of an IANA zone, right for the years from `first` to `last`, and later where its changes come every year."""
    zone = ZoneInfo(name)
    begins = datetime(first, 1, 1, tzinfo=UTC) - _DAY
    changes: dict[_Observance, list[datetime]] = {}
    for observance, at in [_first(zone, begins), *_changes(zone, begins, datetime(last + 1, 1, 2, tzinfo=UTC))]:
        changes.setdefault(observance, []).append(at)
    component = icalendar.Timezone()
    component.add("tzid", name)
    for observance, starts in changes.items():
        for part in _components(observance, starts, last):
            component.add_component(part)
    return component


def _first(zone: ZoneInfo, at: datetime) -> tuple[_Observance, datetime]:
    offset = _state(zone, at)[0]
    return _observed(zone, at, offset), (at + offset).replace(tzinfo=None)


def _changes(zone: ZoneInfo, begins: datetime, ends: datetime) -> Iterator[tuple[_Observance, datetime]]:
    """Every change, with the local time at which it begins on the clock of before."""
    at, known = begins, _state(zone, begins)
    while at < ends:
        at, before, until = at + _DAY, at, at + _DAY
        if _state(zone, until) == known:
            continue
        while until - before > _SECOND:
            middle = before + timedelta(seconds=(until - before) // _SECOND // 2)
            before, until = (middle, until) if _state(zone, middle) == known else (before, middle)
        yield _observed(zone, until, known[0]), (until + known[0]).replace(tzinfo=None)
        known = _state(zone, at)


def _observed(zone: ZoneInfo, at: datetime, before: timedelta) -> _Observance:
    after, name, daylight = _state(zone, at)
    return _Observance(before, after, name, daylight)


def _state(zone: ZoneInfo, at: datetime) -> tuple[timedelta, str, bool]:
    local = at.astimezone(zone)
    return local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst())


def _components(observance: _Observance, starts: list[datetime], last: int) -> Iterator[icalendar.Component]:
    """The changes of one kind: those that come every year up to the last as a rule, the others one by one."""
    count, by = _yearly(starts) if starts[-1].year >= last else (0, "")
    single, yearly = starts[: len(starts) - count], starts[len(starts) - count :]
    if single:
        component = _component(observance, single[0])
        if single[1:]:
            component.add("rdate", single[1:])
        yield component
    if yearly:
        component = _component(observance, yearly[0])
        rule = {"FREQ": "YEARLY", "BYMONTH": yearly[0].month, "BYDAY": by}
        component.add("rrule", rule)
        yield component


def _component(observance: _Observance, starts: datetime) -> icalendar.Component:
    component = icalendar.TimezoneDaylight() if observance.daylight else icalendar.TimezoneStandard()
    component.add("dtstart", starts)
    component.add("tzoffsetfrom", observance.before)
    component.add("tzoffsetto", observance.after)
    component.add("tzname", observance.name)
    return component


def _yearly(starts: list[datetime]) -> tuple[int, str]:
    """How many of the last changes came once a year by one rule, and its BYDAY; 0 where they are too few to say so."""
    best = max((_in_a_row(starts, day), day(starts[-1])) for day in (_from_the_end, _from_the_beginning))
    return best if best[0] >= _ENOUGH else (0, "")


def _in_a_row(starts: list[datetime], day: Callable[[datetime], str]) -> int:
    """How many of the last changes came in years that follow each other, on the same `day` of the same month."""
    count = 1
    for one, other in zip(starts[-2::-1], starts[:0:-1], strict=True):
        if not _follows(one, other) or day(one) != day(other):
            break
        count += 1
    return count


def _follows(one: datetime, other: datetime) -> bool:
    """Whether two changes are in the same month and at the same time of years that follow each other."""
    return (one.year + 1, one.month, one.time()) == (other.year, other.month, other.time())


def _from_the_beginning(day: datetime) -> str:
    return f"{(day.day - 1) // 7 + 1}{_WEEKDAYS[day.weekday()]}"


def _from_the_end(day: datetime) -> str:
    return f"-1{_WEEKDAYS[day.weekday()]}" if (day + 7 * _DAY).month != day.month else f"0{day.isoformat()}"
