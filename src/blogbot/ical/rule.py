"""Lines that say when an event comes again (RFC 5545: RRULE, RDATE, EXDATE), read; what is no such line counts for nothing.

All times in them are naive local times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import icalendar
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

_TOO_FINE = frozenset({"SECONDLY", "MINUTELY"})
_SOME_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  # only to try whether a rule can be read


def parts(line: str) -> dict[str, str]:
    """An RRULE line's parts; none for another line, for one that is broken, too fine, or never gets on."""
    name, _, value = line.upper().partition(":")
    pairs = (part.partition("=") for part in value.split(";"))
    found = {key: given for key, _, given in pairs if given}
    if name != "RRULE" or found.get("FREQ") in _TOO_FINE:
        return {}
    try:
        rrulestr(";".join(f"{key}={given}" for key, given in found.items() if key != "UNTIL"), dtstart=_SOME_DAY)
        icalendar.vRecur.from_ical(value)
        if any(int(found.get(name, 1)) < 1 for name in ("INTERVAL", "COUNT")):
            return {}
    except (ValueError, TypeError, KeyError, OverflowError):
        return {}
    return found


def ruled(line: str, starts: datetime, last: datetime) -> Iterator[datetime]:
    """The local starts that an RRULE line gives, lazily, none after `last`.

    The end is set here, so that a rule that never fits (30 February) is not followed to the year 9999.
    """
    found = parts(line)
    if not found:
        return iter(())
    count = found.pop("COUNT", None)
    until = min([last, *moments(f"UNTIL:{found.pop('UNTIL', '')}", "UNTIL")])
    if until < starts:
        return iter(())
    rule = ";".join([*(f"{key}={value}" for key, value in found.items()), f"UNTIL={until.year:04}{until:%m%dT%H%M%S}"])
    return islice(iter(rrulestr(rule, dtstart=starts)), None if count is None else int(count))


def moments(line: str, name: str) -> list[datetime]:
    """The local times of an RDATE, EXDATE or UNTIL line; a date is its midnight. What is no time is left out."""
    named, _, values = line.partition(":")
    if named.partition(";")[0].upper() != name:
        return []
    return [found for value in values.split(",") if (found := _moment(value.strip().removesuffix("Z")))]


def _moment(value: str) -> datetime | None:
    for form in ("%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007  # local times are naive here
        except ValueError:
            continue
    return None
