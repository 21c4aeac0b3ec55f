"""iCalendar files (RFC 5545) of a channel's events; `blogbot.ical` writes them. It knows no files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from blogbot.ical import calendar
from blogbot.model import Event
from blogbot.publish.address import web_address
from blogbot.publish.feed import Head
from blogbot.text import clean

FILE = "events.ics"
MEDIA_TYPE = "text/calendar"


def document(head: Head, events: Iterable[Event]) -> bytes:
    """All of `events`, past ones too, so that a calendar keeps what it once showed; none is a calendar too."""
    return calendar(map(_carried, events), name=head.title)


def _carried(event: Event) -> Event:
    """The event without what a calendar cannot carry, which would spoil all others' dates with its own."""
    return replace(event, uid=clean(event.uid), url=web_address(event.url))
