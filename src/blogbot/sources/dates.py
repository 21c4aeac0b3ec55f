"""Dates as sites write them: ISO forms, e-mail forms, and "Tue, 09 Jul 24 10:00", read the same under every locale.

Pure: knows no format and no source. What a person types in a chat is not read here.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]  # only to tell real names from words that merely begin like one
# RFC 5322, obs-zone; and the names that British and Irish sites use in summer.
_NAMED = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "bst": 1, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
}  # fmt: skip
_MIN_YEAR, _MAX_YEAR = 1900, 2200
# Two-digit years turn at 69, as in POSIX: 68 is 2068, 69 is 1969.
_PIVOT = 69

_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?::(?P<second>\d{2}))?(?:[.,]\d{1,9})?\s*(?P<half>[ap]\.?m\.?)?"
_ZONE = r"(?P<zone>z|[+-]\d{1,2}(?::?\d{2})?|ut|[a-z]{3})"
_TIME = rf"(?:(?:\s*,\s*|\s+(?:at|@|-|–)?\s*|t){_CLOCK}(?:\s*{_ZONE})?)?"
_DATES = (
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<name>[a-z]{{3,9}})\.?,?[\s-]+(?P<year>\d{{4}}|\d{{2}})",
    rf"{_WEEKDAY}(?P<name>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
)
_FORMS = tuple(re.compile(form + _TIME, re.IGNORECASE) for form in _DATES)
_UNTIL = re.compile(rf"\s*(?:-|–|—|to|until)\s*{_CLOCK}(?:\s*{_ZONE})?", re.IGNORECASE)
_ADVICE = "write it as 2026-03-12 10:00"


def parse(text: str) -> datetime | date:
    """The date in `text`: a `datetime` (aware where an offset stands with it, else naive), or a `date` without a time.

    Raises ValueError with advice for a form that is not known, and for a date that does not exist.
    """
    return span(text)[0]


def span(text: str) -> tuple[datetime | date, datetime | None]:
    """The date in `text`, and the end that may follow it, as in "12 March 2026, 10:00 - 12:00". Raises ValueError."""
    shown = " ".join(text.split())[:100]
    for form in _FORMS:
        match = form.match(shown)
        if match is None:
            continue
        if match.end() == len(shown):
            return _moment(match, shown), None
        until = _UNTIL.fullmatch(shown, match.end())
        if until is not None and match["hour"] is not None:
            return _spanned(match, until, shown)
    raise ValueError(f"{shown!r} is not a date; {_ADVICE}")


def _spanned(match: re.Match[str], until: re.Match[str], shown: str) -> tuple[datetime, datetime]:
    starts = _moment(match, shown)
    assert isinstance(starts, datetime)  # noqa: S101  a match with an hour gives a time
    ends = datetime.combine(starts.date(), _clock(until, shown), _offset(until["zone"], shown) or starts.tzinfo)
    if starts.tzinfo is None and ends.tzinfo is not None:
        starts = starts.replace(tzinfo=ends.tzinfo)  # "10:00 - 12:00 GMT" says the zone of both
    if ends <= starts:
        ends += timedelta(days=1)
    return starts, ends


def _moment(match: re.Match[str], shown: str) -> datetime | date:
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= _PIVOT else 2000
    if not _MIN_YEAR <= year <= _MAX_YEAR:
        raise ValueError(f"{shown!r} is out of range; a year lies between {_MIN_YEAR} and {_MAX_YEAR}")
    month = int(parts["month"]) if parts.get("month") else _month(parts["name"], shown)
    try:
        day = date(year, month, int(parts["day"]))
    except ValueError:
        raise ValueError(f"{shown!r} is a date that does not exist; {_ADVICE}") from None
    if parts["hour"] is None:
        return day
    return datetime.combine(day, _clock(match, shown), _offset(parts["zone"], shown))


def _month(name: str, shown: str) -> int:
    lower = name.lower()
    if lower == "sept" or lower in _MONTHS or lower in _FULL:
        return _MONTHS.index(lower[:3]) + 1
    raise ValueError(f"{shown!r} names no month that is known; {_ADVICE}")


def _clock(match: re.Match[str], shown: str) -> time:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if match["minute"] is None and not half:
        raise ValueError(f"{shown!r} has an hour without minutes; {_ADVICE}")
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{shown!r} has a time that does not exist; {_ADVICE}")
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    except ValueError:
        raise ValueError(f"{shown!r} has a time that does not exist; {_ADVICE}") from None


def _offset(zone: str | None, shown: str) -> tzinfo | None:
    if not zone:
        return None
    if zone[0] not in "+-":
        if zone.lower() not in _NAMED:
            raise ValueError(f"{shown!r} names a time zone that is not known; write an offset such as +01:00")
        return timezone(timedelta(hours=_NAMED[zone.lower()]))
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 15 or minutes > 59:
        raise ValueError(f"{shown!r} has an offset that does not exist; write one such as +01:00")
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if zone[0] == "-" else away)


def instant(moment: datetime | date, zone: ZoneInfo) -> datetime:
    """`moment` as an instant in UTC: a naive one is on the clock of `zone`, a date is its first minute there."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def local(moment: datetime | date, zone: ZoneInfo) -> datetime | date:
    """`moment` as a naive time on the clock of `zone`; dates and naive times stay as they are."""
    if isinstance(moment, datetime) and moment.tzinfo:
        return moment.astimezone(zone).replace(tzinfo=None, fold=0)
    return moment
