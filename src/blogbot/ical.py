"""Events as iCalendar has them (RFC 5545): their dates worked out, and whole calendars written.

Pure: the same events give the same bytes. Foreign calendars are read elsewhere; here every event is our own, with naive
local times beside an IANA zone.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import groupby, islice
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from blogbot import text
from blogbot.model import Event, EventStatus, Occurrence, Override

PRODUCT = "-//blogbot//blogbot//EN"

MOST = 1000
"""Dates that are worked out of one event at a time."""

_STEPS = 100_000  # dates of a rule that are walked through before those that are asked for
_TOO_FINE = frozenset({"SECONDLY", "MINUTELY"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands in DTSTAMP, which must be there, where an event has no `updated`
_SOME_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  # only to try whether a rule can be read
_LAST = datetime(9999, 12, 31)  # noqa: DTZ001  # local times are naive here
_LATEST_ZONES = 2038  # zones are written out at least until then

# --- Dates -----------------------------------------------------------------------------------------------------------


def occurrences(event: Event, after: datetime, before: datetime, known: datetime) -> list[Occurrence]:
    """The dates of an event that start in [`after`, `before`), in order, at most 1,000, not yet kept (`id` 0).

    `after`, `before` and `known` are aware. A rule is followed on the clock of the event's zone, so that 10:00 stays 10:00
    when the clocks change; a time that the clocks skip is read with the offset before (RFC 5545, 3.3.5). An all-day event
    lasts from midnight to midnight of its zone. A date that an override cancels is given, cancelled. Rules by the minute
    or second, and lines that are no rule, count for nothing: then the event's own date is the only one.
    """
    dates = _Dates(event, known)
    found = (date for date in dates.until(before) if after <= date.starts < before)
    return sorted(islice(found, MOST), key=lambda date: (date.starts, date.key))


class _Dates:
    """One event's dates as its rule and its overrides give them."""

    def __init__(self, event: Event, known: datetime) -> None:
        self._event = event
        self._known = known
        self._zone = ZoneInfo(event.timezone)
        self._starts, self._ends = _naive(event.starts), _naive(event.ends)
        self._overrides = {_naive(override.original): override for override in event.overrides}

    def until(self, before: datetime) -> Iterator[Occurrence]:
        if not self._event.recurrence:
            yield self._occurrence("", self._starts, None)
            return
        excluded = {moment for line in self._event.recurrence for moment in _moments(line, "EXDATE")}
        met = set()
        for local in islice(self._by_rule(_local(before, self._zone)), _STEPS):
            met.add(local)
            if local not in excluded and local not in self._overrides:
                yield self._occurrence(self._key(local), local, None)
        # Calendars also hold overrides of dates that no rule gives (any more); those that name a start take place.
        for local, override in self._overrides.items():
            if local not in excluded and (local in met or override.starts is not None):
                yield self._occurrence(self._key(local), local, override)

    def _by_rule(self, last: datetime) -> Iterator[datetime]:
        """The local starts up to `last`, in order, each once; the event's own start is always among them (RFC 5545, 3.8.5.3)."""
        lines = self._event.recurrence
        extra = sorted({self._starts, *(moment for line in lines for moment in _moments(line, "RDATE"))})
        merged = heapq.merge(extra, *(_ruled(line, self._starts, last) for line in lines))
        return (local for local, _ in groupby(merged))

    def _key(self, local: datetime) -> str:
        return (local.date() if self._event.all_day else local).isoformat()

    def _occurrence(self, key: str, local: datetime, override: Override | None) -> Occurrence:
        event = self._event
        given = override or Override(original=local)
        starts = local if given.starts is None else _naive(given.starts)
        ends = starts + (self._ends - self._starts) if given.ends is None else _naive(given.ends)
        cancelled = event.status is EventStatus.CANCELLED
        return Occurrence(
            id=0,
            event=event,
            key=key,
            starts=_instant(starts, self._zone),
            ends=max(_instant(starts, self._zone), _instant(ends, self._zone)),
            title=event.title if given.title is None else given.title,
            location=event.location if given.location is None else given.location,
            status=event.status if cancelled or given.status is None else given.status,
            known=self._known,
        )


def _naive(moment: datetime | date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return _LAST


def _parts(line: str) -> dict[str, str]:
    """An RRULE line's parts; none for another line, for one that is broken and for one that is too fine."""
    name, _, value = line.upper().partition(":")
    pairs = (part.partition("=") for part in value.split(";"))
    parts = {key: given for key, _, given in pairs if given}
    if name != "RRULE" or parts.get("FREQ") in _TOO_FINE:
        return {}
    try:
        rrulestr(";".join(f"{key}={given}" for key, given in parts.items() if key != "UNTIL"), dtstart=_SOME_DAY)
        icalendar.vRecur.from_ical(value)
    except (ValueError, TypeError, KeyError, OverflowError):
        return {}
    return parts


def _ruled(line: str, starts: datetime, last: datetime) -> Iterator[datetime]:
    """The local starts that an RRULE line gives, lazily, none after `last`.

    The end is set here, so that a rule that never fits (30 February) is not followed to the year 9999.
    """
    parts = _parts(line)
    if not parts:
        return iter(())
    count = parts.pop("COUNT", None)
    until = min([last, *_moments(f"UNTIL:{parts.pop('UNTIL', '')}", "UNTIL")])
    rule = ";".join([*(f"{key}={value}" for key, value in parts.items()), f"UNTIL={until:%Y%m%dT%H%M%S}"])
    return islice(iter(rrulestr(rule, dtstart=starts)), None if count is None else int(count))


def _moments(line: str, name: str) -> list[datetime]:
    """The local times of an RDATE, EXDATE or UNTIL line; a date is its midnight. What is no time is left out."""
    named, _, values = line.partition(":")
    if named.partition(";")[0].upper() != name:
        return []
    return [moment for value in values.split(",") if (moment := _moment(value.strip().removesuffix("Z")))]


def _moment(value: str) -> datetime | None:
    for form in ("%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007  # local times are naive here
        except ValueError:
            continue
    return None


# --- Calendars -------------------------------------------------------------------------------------------------------


def calendar(events: Iterable[Event], *, name: str, method: str = "PUBLISH") -> bytes:
    """A whole calendar of the events in the order given, with the time zones it uses (RFC 5545, 3.4; METHOD: RFC 5546)."""
    events = list(events)
    name = " ".join(text.clean(name).split())
    whole = icalendar.Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    whole.add("name", icalendar.vText(name))
    whole.add("x-wr-calname", icalendar.vText(name))
    for zone in _zones(events):
        whole.add_component(zone)
    for event in events:
        for component in components(event):
            whole.add_component(component)
    return bytes(whole.to_ical())


def components(event: Event) -> list[icalendar.Event]:
    """The event's VEVENT, and one more for each date that differs (RECURRENCE-ID)."""
    master = _component(event)
    for line in event.recurrence:
        _add_recurrence(master, line, event)
    return [master, *(_overridden(event, override) for override in event.overrides)]


def _component(event: Event) -> icalendar.Event:
    """A VEVENT with all but what repeats it."""
    updated = (event.updated or _EPOCH).astimezone(UTC).replace(microsecond=0)
    component = icalendar.Event()
    component.add("uid", text.clean(event.uid))
    component.add("dtstamp", updated)
    if event.updated:
        component.add("last-modified", updated)
    component.add("sequence", event.sequence)
    component.add("status", event.status.value.upper())
    component.add("summary", text.clean(event.title))
    component.add("dtstart", _zoned(event.starts, event))
    component.add("dtend", _zoned(event.ends, event))
    description = text.plain(event.html) if event.html else text.clean(event.summary)
    for key, value in (
        ("description", description),
        ("location", text.clean(event.location)),
        ("url", "".join(text.clean(event.url).split())),
    ):
        if value:
            component.add(key, value)
    if event.tags:
        component.add("categories", [text.clean(tag.name) for tag in event.tags])
    return component


def _overridden(event: Event, override: Override) -> icalendar.Event:
    length = _naive(event.ends) - _naive(event.starts)
    starts = override.original if override.starts is None else override.starts
    ends = starts + length if override.ends is None else override.ends
    cancelled = event.status is EventStatus.CANCELLED
    component = _component(
        replace(
            event,
            starts=starts,
            ends=ends,
            title=event.title if override.title is None else override.title,
            location=event.location if override.location is None else override.location,
            status=event.status if cancelled or override.status is None else override.status,
        )
    )
    component.add("recurrence-id", _zoned(override.original, event))
    return component


def _add_recurrence(component: icalendar.Event, line: str, event: Event) -> None:
    parts = _parts(line)
    if parts:
        until = _moments(f"UNTIL:{parts.pop('UNTIL', '')}", "UNTIL")
        rule = icalendar.vRecur.from_ical(";".join(f"{key}={value}" for key, value in parts.items()))
        if until:  # in UTC where the start has a zone (RFC 5545, 3.3.10)
            rule["UNTIL"] = [until[0].date() if event.all_day else _instant(until[0], ZoneInfo(event.timezone))]
        component.add("rrule", rule)
    for name in ("RDATE", "EXDATE"):
        for moment in _moments(line, name):
            component.add(name, _zoned(moment.date() if event.all_day else moment, event))


def _zoned(moment: datetime | date, event: Event) -> datetime | date:
    """A local time with its zone; a date as it is."""
    if not isinstance(moment, datetime):
        return moment
    return moment.replace(tzinfo=UTC if event.timezone == "UTC" else ZoneInfo(event.timezone))


def _zones(events: list[Event]) -> list[icalendar.Timezone]:
    """A VTIMEZONE for each zone in use but UTC, over the years that its events need."""
    names = sorted({event.timezone for event in events if not event.all_day} - {"UTC"})
    years = [moment.year for event in events for moment in (event.starts, event.ends)]
    first, last = date(min(years, default=1970), 1, 1), date(max([_LATEST_ZONES, *years]) + 1, 1, 1)
    return [icalendar.Timezone.from_tzid(name, first_date=first, last_date=last) for name in names]
