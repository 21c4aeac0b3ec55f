"""The words of the product, as frozen data.

Nothing here does I/O, knows a database, a chat service or a library. Instants are aware and in UTC unless a name says
`local`; a local time stands beside its IANA zone. Whatever wants to change one of these makes a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

# --- What the site publishes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A topic. `slug` is what addresses and commands use; `name` is what people read."""

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

    def post_url(self, post: Post) -> str:
        """Where people read a post: its canonical address, else our own page, else ""."""
        return post.url or (f"{self.public_url}/posts/{post.slug}" if self.public_url else "")


# --- What a source says ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostItem:
    """A post as one source gives it, cleaned but not yet kept.

    `key` is the stable id, `slug` a wish (intake makes it unique). `html` is sanitised. `links` are the addresses that the
    text links to, in order. `curated` are addresses or slugs of articles that the editor names as related.
    """

    key: str
    slug: str
    title: str
    html: str
    url: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    links: tuple[str, ...] = ()
    curated: tuple[str, ...] = ()
    language: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class EventItem:
    """An event as one source gives it. The fields are those of `Event`; an empty title means that the source has none."""

    uid: str
    title: str
    starts: datetime | date
    ends: datetime | date
    timezone: str
    summary: str = ""
    html: str = ""
    recurrence: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    location: str = ""
    url: str = ""
    status: EventStatus = EventStatus.CONFIRMED
    sequence: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, and why; a sentence that says what to do."""

    where: str
    what: str


Item = PostItem | EventItem


@dataclass(frozen=True, slots=True)
class Entry:
    """One unread unit of a source: a file, a feed's entry, a calendar's event.

    `where` names it for people and is stable within its source. `fingerprint` changes when, and only when, `read` would
    give something else, so that what was seen before need not be read again. `read` gives its items (a page may hold a
    post and an event) or raises SourceError.
    """

    where: str
    fingerprint: str
    read: Callable[[], Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Validators:
    """What an HTTP server said of the version that was read last (RFC 9110: ETag, Last-Modified); "" where unknown."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a source. `entries` is None where the source says that nothing changed since the last look.

    `complete` tells that the source holds all it ever had (a folder, a calendar), so that what is missing is gone; a feed
    shows only its newest and is not complete. `problems` are parts that could not even become entries.
    """

    entries: Sequence[Entry] | None
    complete: bool = False
    validators: Validators = Validators()
    problems: Sequence[Problem] = ()


# --- Who is told, and how --------------------------------------------------------------------------------------------


class ChatKind(StrEnum):
    """The Bot API's Chat.type."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Chat:
    """A Telegram chat, optionally one topic of it (`thread_id`, 0 for none). `timezone` is "" until the chat says its own.

    `active` is False while the bot cannot reach it (blocked, kicked); `paused` is the chat's own wish to hear nothing.
    """

    id: int
    telegram_id: int
    kind: ChatKind
    title: str
    thread_id: int = 0
    language: str = ""
    timezone: str = ""
    paused: bool = False
    active: bool = True


class FollowKind(StrEnum):
    """What a chat can follow. `everything` is posts and events; `event` is one event by its UID."""

    EVERYTHING = "everything"
    TAG = "tag"
    AUTHOR = "author"
    EVENTS = "events"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Follow:
    """A chat's wish to hear of something. `value` is the tag's slug, the author's slug or the event's UID; else ""."""

    kind: FollowKind
    value: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Offset:
    """How long before an event to remind. Days are days of the calendar (the same wall time, days earlier); minutes are absolute.

    Written `1d`, `2h`, `15m`, `1d12h`; `str()` gives the shortest form and `text.parse_offset` reads it.
    """

    days: int = 0
    minutes: int = 0

    def __str__(self) -> str:
        hours, minutes = divmod(self.minutes, 60)
        parts = ((self.days, "d"), (hours, "h"), (minutes, "m"))
        return "".join(f"{n}{unit}" for n, unit in parts if n) or "0m"


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """A chat's wish to be reminded: `offset` before every event, or before one (`event_uid`)."""

    offset: Offset
    event_uid: str = ""


class Lane(IntEnum):
    """How urgent a message is; the smallest goes first."""

    ANSWER = 0
    CHANGE = 1
    REMINDER = 2
    POST = 3
    DIGEST = 4


class AnnouncementKind(StrEnum):
    """What an announcement says."""

    POST = "post"
    EVENT = "event"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER = "reminder"

    @property
    def lane(self) -> Lane:
        return {
            AnnouncementKind.POST: Lane.POST,
            AnnouncementKind.EVENT: Lane.POST,
            AnnouncementKind.MOVED: Lane.CHANGE,
            AnnouncementKind.CANCELLED: Lane.CHANGE,
            AnnouncementKind.REMINDER: Lane.REMINDER,
        }[self]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to say, once: `key` makes it unique. It is said from `due` on and never after `expires`.

    `post_id`, `event_id`, `occurrence_id` and `offset` say what of, as its kind needs. `detail` holds what the present
    state cannot tell any more (a moved event's old start: `was`, an ISO 8601 instant; its old title or place).
    """

    id: int
    key: str
    kind: AnnouncementKind
    due: datetime
    expires: datetime
    post_id: int | None = None
    event_id: int | None = None
    occurrence_id: int | None = None
    offset: Offset | None = None
    detail: dict[str, str] = field(default_factory=dict)


class NotificationState(StrEnum):
    """The ledger's states. Only `queued` and `sending` are open; `sending` holds a lease."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Notification:
    """One announcement for one chat: the ledger's row, as the sender leases it."""

    announcement: Announcement
    chat: Chat
    lane: Lane
    attempts: int


# --- What a chat reads -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: exactly one of `data` (comes back when tapped, 64 bytes at most) and `url` is set."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said in a chat: Telegram HTML (4,096 characters at most once its tags are taken out), and rows of buttons."""

    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview_url: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list: its items, where it starts, and how many there are in all."""

    items: tuple[T, ...]
    offset: int
    total: int
