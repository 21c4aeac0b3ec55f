"""How long before an event to remind, as people write it."""

from __future__ import annotations

import re

from blogbot.model import Offset

_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_LONGEST = 30 * _MINUTES["d"]
_PART = re.compile(
    r"(?P<number>[0-9]{1,6}|an?)\s*"
    r"(?P<unit>weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m)(?![^\W\d_])"
    r"\s*(?:,|&|and\b)?\s*"
)
_ADVICE = "write how long before, such as 1d, 2h, 15m or 1d 12h"


def parse_offset(text: str) -> Offset:
    """Reads "1d", "2h", "15m", "1d 12h", "90 min", "2 days", "a week before".

    Days and weeks become days of the calendar, hours and minutes become minutes. Raises ValueError, with advice, for
    anything else, for less than a minute and for more than 30 days.
    """
    rest = text[:200].strip().lower().removesuffix("before").rstrip()
    units: dict[str, int] = {}
    position = 0
    while match := _PART.match(rest, position):
        number = match["number"]
        unit = match["unit"][0]
        if unit in units:
            raise ValueError(f"{text[:40]!r} says the same unit twice; {_ADVICE}")
        units[unit] = int(number) if number.isdigit() else 1
        position = match.end()
    if not units or position < len(rest):
        raise ValueError(f"{text[:40]!r} is not a length of time; {_ADVICE}")
    total = sum(number * _MINUTES[unit] for unit, number in units.items())
    if not 1 <= total <= _LONGEST:
        raise ValueError("a reminder can come from 1 minute to 30 days before; " + _ADVICE)
    return Offset(
        days=units.get("w", 0) * 7 + units.get("d", 0),
        minutes=units.get("h", 0) * 60 + units.get("m", 0),
    )
