"""What other calendars call a time zone, as an IANA name: Windows names, prefixed names, and zones that only a file defines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_YEARS = (2023, 2026)


@cache
def known(name: str) -> bool:
    """Whether `name` is an IANA zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return bool(name) and name not in ("localtime", "posixrules")


def iana(tzid: str, definitions: Mapping[str, str], preferred: str) -> str:
    """The IANA name of `tzid`; "" where nobody knows. `definitions` are the file's VTIMEZONE blocks by their TZID.

    A zone that only the file defines is recognised by its offsets; of several that fit, `preferred` is taken first.
    """
    for name in _candidates(tzid):
        if known(name):
            return name
    definition = definitions.get(tzid)
    return _by_definition(definition, preferred) if definition else ""


def _candidates(tzid: str) -> Iterator[str]:
    name = tzid.strip().strip('"')
    yield name
    yield WINDOWS_TO_OLSON.get(name, "")
    # "/freeassociation.sourceforge.net/Europe/London", "/mozilla.org/20050126_1/America/Argentina/Salta"
    parts = name.strip("/").split("/")
    for count in (3, 2, 1):
        if len(parts) > count:
            yield "/".join(parts[-count:])
    # "(UTC+01:00) Amsterdam, Berlin, Bern" says a place that the zone is named after.
    for place in name.rpartition(")")[2].split(","):
        yield f"Europe/{place.strip().replace(' ', '_')}"


def _by_definition(definition: str, preferred: str) -> str:
    try:
        component: Any = Timezone.from_ical(definition)
        located = str(component.get("X-LIC-LOCATION", ""))
        if known(located):
            return located
        wanted = _offsets(component.to_tz(lookup_tzid=False))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, IndexError):
        return ""
    return next((name for name in _likely(preferred) if _known_offsets(name) == wanted), "")


def _likely(preferred: str) -> Iterable[str]:
    return dict.fromkeys((preferred, "UTC", "Europe/London", "Europe/Berlin", "America/New_York", *_windows()))


@cache
def _windows() -> tuple[str, ...]:
    return tuple(name for name in sorted(set(WINDOWS_TO_OLSON.values())) if known(name))


@cache
def _known_offsets(name: str) -> tuple[timedelta | None, ...]:
    return _offsets(ZoneInfo(name))


def _offsets(zone: tzinfo) -> tuple[timedelta | None, ...]:
    """The offsets of `zone` every ten days through the sample years: two zones that agree here are one for our purposes."""
    first, last = datetime(_YEARS[0], 1, 1, 12, tzinfo=UTC), datetime(_YEARS[1], 1, 1, tzinfo=UTC)
    days = range(0, (last - first).days, 10)
    return tuple((first + timedelta(days=day)).astimezone(zone).utcoffset() for day in days)
