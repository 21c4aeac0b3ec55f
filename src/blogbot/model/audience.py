"""Who is told: chats, what they follow, when they want to be reminded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ChatKind(StrEnum):
    """The Bot API's Chat.type."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Digest(StrEnum):
    """Whether news comes one by one, or gathered."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a chat wishes to be told what it did not ask for. All times are times of its own clock.

    A digest comes at `digest_hour` (0 to 23), a weekly one on `digest_day` (0 is Monday). Quiet hours are minutes after
    midnight, None where there are none; they may pass midnight. Until `muted_until` it is as if quiet hours lasted.
    """

    digest: Digest = Digest.INSTANT
    digest_hour: int = 8
    digest_day: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None
    muted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A Telegram chat, optionally one topic of it (`thread_id`, 0 for none). `timezone` is "" until the chat says its own.

    `active` is False while the bot cannot reach it (blocked, kicked); `paused` is the chat's own wish to hear nothing.
    `topic_id` is the forum topic that it wants its news in, 0 for where it speaks. `zone_asked` tells that the chat was
    asked for its time zone, which happens once.
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
    terms: Terms = Terms()
    topic_id: int = 0
    zone_asked: bool = False


class FollowKind(StrEnum):
    """What a chat can follow. `everything` is posts and events; `event` is one event by its UID."""

    EVERYTHING = "everything"
    TAG = "tag"
    AUTHOR = "author"
    EVENTS = "events"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Follow:
    """A chat's wish to hear of something. `value` is the tag's slug, the author's slug or the event's UID; else "".

    What is `urgent` comes also in quiet hours. It is the same follow, urgent or not.
    """

    kind: FollowKind
    value: str = ""
    urgent: bool = field(default=False, compare=False)


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
    """A chat's wish to be reminded: `offset` before every event, or before one (`event_uid`); `urgent` as with a follow."""

    offset: Offset
    event_uid: str = ""
    urgent: bool = field(default=False, compare=False)


class FilterKind(StrEnum):
    """What a filter looks at."""

    WORD = "word"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a chat wants its news to be without, or (`only`) to be about. `value` is a word or phrase, or an author's slug.

    News that any filter hides is not told. Where a chat has filters with `only`, news is told that one of them names.
    """

    kind: FilterKind
    value: str
    only: bool = field(default=False, compare=False)
