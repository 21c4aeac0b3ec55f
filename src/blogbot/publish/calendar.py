"""iCalendar files (RFC 5545) of events as they are published; `blogbot.ical` writes them. It knows no files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from blogbot.ical import calendar
from blogbot.model import Event, Site
from blogbot.publish.address import event_page
from blogbot.publish.feed import Head

FILE = "events.ics"
MEDIA_TYPE = "text/calendar"


def document(head: Head, site: Site, events: Iterable[Event]) -> bytes:
    """All of a channel's events, past ones too, so that a calendar keeps what it once showed; none is a calendar too."""
    return of_events(events, site, head.title)


def of_events(events: Iterable[Event], site: Site, name: str, description: str = "") -> bytes:
    """A calendar of any events, in the order given."""
    # An address that is none, or that would run something, is left out, as in every other format.
    published = (replace(event, url=event_page(site, event)) for event in events)
    return calendar(published, name=name, description=description)
