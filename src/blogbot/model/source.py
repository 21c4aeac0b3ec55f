"""What a source says, before intake decides what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from blogbot.model.content import EventStatus, Override


@dataclass(frozen=True, slots=True)
class PostItem:
    """A post as one source gives it, cleaned but not yet kept.

    `key` is the stable id; where the source has none, it is `made_up` from a name, and two sources may make up the same.
    `slug` is a wish (intake makes it unique). `html` is sanitised. `links` are the addresses that the
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
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class EventItem:
    """An event as one source gives it. The fields are those of `Event`; an empty title means that the source has none.

    `made_up` tells of `uid` what it tells of a post's key.
    """

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
    made_up: bool = False


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
