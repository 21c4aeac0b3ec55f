"""Whole calendars, written (RFC 5545; REFRESH-INTERVAL and NAME: RFC 7986). The same events give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import structlog

from blogbot import text
from blogbot.ical.dates import overrides_held, start_is_ruled
from blogbot.ical.local import instant, later, naive
from blogbot.ical.rule import moments, parts
from blogbot.ical.zones import timezone
from blogbot.model import Event, EventStatus, Override

log = structlog.get_logger(__name__)

PRODUCT = "-//blogbot//blogbot//EN"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands in DTSTAMP, which must be there, where an event has no `updated`
_REFRESH = timedelta(hours=1)  # how often a calendar that is subscribed to is looked at
_YEARS = (2038, 2100)  # zones are written out at least, and at most, until then
_EARLIEST = 1900  # before, hardly a place had a time that others shared


def calendar(events: Iterable[Event], *, name: str, description: str = "", method: str = "PUBLISH") -> bytes:
    """A whole calendar of the events in the order given, with the time zones it uses (RFC 5545, 3.4; METHOD: RFC 5546)."""
    made = [(event, written) for event in events if (written := _written(event))]
    whole = icalendar.Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    for names, said in ((("name", "x-wr-calname"), name), (("description", "x-wr-caldesc"), description)):
        line = " ".join(text.clean(said).split())
        for each in names if line else ():
            whole.add(each, icalendar.vText(line))
    whole.add("refresh-interval", icalendar.vDuration(_REFRESH), {"VALUE": "DURATION"})
    whole.add("x-published-ttl", icalendar.vDuration(_REFRESH))
    for zone in _zones([event for event, _ in made]):
        whole.add_component(zone)
    head, end, _ = bytes(whole.to_ical()).rpartition(b"END:VCALENDAR\r\n")
    return b"".join((head, *(written for _, written in made), end))


def _written(event: Event) -> bytes:
    """The event's components; nothing of one that cannot be written: all others would be lost with it."""
    try:
        return b"".join(component.to_ical() for component in components(event))
    except Exception:
        log.exception("event left out of calendars", uid=event.uid, title=event.title)
        return b""


def components(event: Event) -> list[icalendar.Event]:
    """The event's VEVENT, and one more for each date that differs (RECURRENCE-ID)."""
    master = _component(event)
    for line in event.recurrence:
        _add_recurrence(master, line, event)
    if event.recurrence and not start_is_ruled(event):
        # It takes place too (RFC 5545, 3.8.5.3), but some read only what the rules give.
        master.add("rdate", _zoned(event.starts, event))
    return [master, *(_overridden(event, override) for override in overrides_held(event))]


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
    if naive(event.ends) > naive(event.starts):  # an end must be later than the start (RFC 5545, 3.8.2.2)
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
    length = naive(event.ends) - naive(event.starts)
    starts = override.original if override.starts is None else override.starts
    ends = _at(later(naive(starts), length), event) if override.ends is None else override.ends
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
    found = parts(line)
    if found:
        until = moments(f"UNTIL:{found.pop('UNTIL', '')}", "UNTIL")
        rule = icalendar.vRecur.from_ical(";".join(f"{key}={value}" for key, value in found.items()))
        if until:  # in UTC where the start has a zone (RFC 5545, 3.3.10)
            rule["UNTIL"] = [_at(until[0], event) if event.all_day else instant(until[0], ZoneInfo(event.timezone))]
        component.add("rrule", rule)
    for name in ("RDATE", "EXDATE"):
        for moment in moments(line, name):
            component.add(name, _zoned(_at(moment, event), event))


def _at(moment: datetime, event: Event) -> datetime | date:
    """A local time as the event has its times: a date where it is all-day."""
    return moment.date() if event.all_day else moment


def _zoned(moment: datetime | date, event: Event) -> datetime | date:
    """A local time with its zone; a date as it is."""
    if not isinstance(moment, datetime):
        return moment
    return moment.replace(tzinfo=UTC if event.timezone == "UTC" else ZoneInfo(event.timezone))


def _zones(events: list[Event]) -> list[icalendar.Timezone]:
    """A VTIMEZONE for each zone in use but UTC, over the years that its events need."""
    years: dict[str, list[int]] = {}
    for event in events:
        if not event.all_day and event.timezone != "UTC":
            years.setdefault(event.timezone, []).extend(_years(event))
    least, most = _YEARS
    return [
        timezone(name, max(_EARLIEST, min(most, *needed)), min(most, max(least, *needed)))
        for name, needed in sorted(years.items())
    ]


def _years(event: Event) -> Iterator[int]:
    """The years in which something of the event is, as far as its rules do not lead."""
    yield from (event.starts.year, event.ends.year)
    for line in event.recurrence:
        yield from (moment.year for moment in moments(line, "RDATE"))
    for override in event.overrides:
        yield from (each.year for each in (override.original, override.starts, override.ends) if each is not None)
