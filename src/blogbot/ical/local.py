"""Local times: naive times of a zone's clock, as events keep them, and the instants that they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST = datetime(9999, 12, 31)  # noqa: DTZ001  # local times are naive here
_END = datetime.max  # noqa: DTZ901


def naive(moment: datetime | date) -> datetime:
    """A local time; of a date its midnight."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a local time; one that the clocks skip is read with the offset before, of two the first is meant."""
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # at either end of the calendar a few hours matter to nobody
        return local.replace(tzinfo=UTC)


def local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The local time of an instant, naive; the last day that there is, beyond it."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return LAST


def later(local: datetime, length: timedelta) -> datetime:
    """The local time that is `length` later on the same clock; the end of the calendar, beyond it."""
    return local + length if length <= _END - local else _END
