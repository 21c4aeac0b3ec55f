"""What the site publishes: posts and what belongs beside them, events and their dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A topic. `slug` is what addresses and commands use; `name` is what people read."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Author:
    """Who wrote. `slug` is what addresses use; `name` is what people read."""

    slug: str
    name: str


class Origin(StrEnum):
    """Who says that two posts belong together: an editor (or a link in the text), or the similarity index."""

    CURATED = "curated"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Post:
    """An article as it is kept. `url` is its canonical address, or "" where it has none but our own page.

    `key` is its stable id across edits and moves (a feed's guid, an address, a file's slug). `tags` are the editor's;
    `suggested` are found in the text where the editor gave none, and are never mixed with them.
    """

    id: int
    key: str
    slug: str
    url: str
    title: str
    summary: str
    html: str
    authors: tuple[str, ...]
    tags: tuple[Tag, ...]
    suggested: tuple[Tag, ...]
    published: datetime
    updated: datetime
    revision: int
    language: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """One article that belongs beside another: who says so, and how strongly (0 to 1)."""

    post: Post
    origin: Origin
    score: float


class EventStatus(StrEnum):
    """RFC 5545, STATUS."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Override:
    """One date of a recurring event that differs from the rest (RFC 5545, RECURRENCE-ID).

    `original` is the local start it had by the rule; None in a field means that it is as the rule says.
    """

    original: datetime | date
    starts: datetime | date | None = None
    ends: datetime | date | None = None
    title: str | None = None
    location: str | None = None
    status: EventStatus | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What the calendar holds.

    `starts` and `ends` are naive local times in `timezone` (an IANA name), or dates for an all-day event, whose `ends`
    is exclusive as in RFC 5545. `recurrence` holds iCalendar lines (RRULE, RDATE, EXDATE), in local time.
    """

    id: int
    uid: str
    title: str
    summary: str
    html: str
    starts: datetime | date
    ends: datetime | date
    timezone: str
    recurrence: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    location: str = ""
    url: str = ""
    status: EventStatus = EventStatus.CONFIRMED
    sequence: int = 0
    tags: tuple[Tag, ...] = ()
    updated: datetime | None = None

    @property
    def all_day(self) -> bool:
        return not isinstance(self.starts, datetime)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of an event, as UTC instants: what is announced, listed and reminded of.

    `key` names it within its event: "" for an event that happens once, else the local start that its rule gives
    (ISO 8601), which stays the same when this one date is moved. `known` is when it got its present start.
    """

    id: int
    event: Event
    key: str
    starts: datetime
    ends: datetime
    title: str
    location: str
    status: EventStatus
    known: datetime

    @property
    def local_starts(self) -> datetime:
        """The start on the clock of the event's own zone, aware."""
        return self.starts.astimezone(ZoneInfo(self.event.timezone))


@dataclass(frozen=True, slots=True)
class Site:
    """The organisation's site and ours beside it. `url` is their own site, `public_url` where our pages and feeds are reached; "" where unset."""

    title: str
    url: str = ""
    public_url: str = ""
    timezone: str = "UTC"
    language: str = "en"
