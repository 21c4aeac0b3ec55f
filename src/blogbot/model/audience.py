"""Who is told: chats, what they follow, when they want to be reminded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
