"""What is told: announcements, and the ledger of notifications that carries them to chats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from blogbot.model.audience import Chat, Offset


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
