"""What is told: announcements, and the ledger of notifications that carries them to chats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from blogbot.model.audience import Chat, Offset

MOST_IN_DOUBT = 3
"""So often is said what may have been said already. An edit does no harm, however often it is made."""


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
    CORRECTED = "corrected"
    GONE = "gone"

    @property
    def edits(self) -> bool:
        """Whether it changes messages that were sent, instead of sending one."""
        return self in (AnnouncementKind.CORRECTED, AnnouncementKind.GONE)

    @property
    def gathers(self) -> bool:
        """Whether several of a chat's can be said in one message, a digest."""
        return self in (AnnouncementKind.POST, AnnouncementKind.EVENT)

    @property
    def bears_repeating(self) -> bool:
        """Whether it is said again where nobody knows if it arrived: heard twice is better than not at all. News is not so."""
        return not self.gathers

    @property
    def lane(self) -> Lane:
        return {
            AnnouncementKind.POST: Lane.POST,
            AnnouncementKind.EVENT: Lane.POST,
            AnnouncementKind.MOVED: Lane.CHANGE,
            AnnouncementKind.CANCELLED: Lane.CHANGE,
            AnnouncementKind.REMINDER: Lane.REMINDER,
            AnnouncementKind.CORRECTED: Lane.POST,
            AnnouncementKind.GONE: Lane.POST,
        }[self]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to say, once: `key` makes it unique. It is said from `due` on and never after `expires`.

    `post_id`, `event_id`, `occurrence_id` and `offset` say what of, as its kind needs. `detail` holds what the present
    state cannot tell any more (a moved event's old start: `was`, an ISO 8601 instant; its old place; `again`: it was cancelled
    before; `after`: the id of an earlier change of the same date; to how many `dates` the same happened).
    Where its kind `edits`, `corrects` is the id of the announcement whose messages it changes.
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
    corrects: int | None = None

    @property
    def dates(self) -> int:
        """To how many dates of its event the same happened, of which its own is the first."""
        return int(self.detail.get("dates", "1"))


class NotificationState(StrEnum):
    """The ledger's states. Only `queued` and `sending` are open.

    A queued one may be leased: a process has taken it and has not called Telegram yet. `sending` is committed before the
    call; only such rows are in doubt after a crash.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to be: the notifications of one chat that it carries, leased together.

    Most carry one announcement; a digest carries several, the earliest due first. `attempts` counts the calls that were
    made for it, but for those that nobody's message would have passed; `doubts` the earlier ones of which nobody knows
    whether they arrived. `lease` is the number under which its rows were taken.
    """

    chat: Chat
    announcements: tuple[Announcement, ...]
    lane: Lane
    attempts: int = 0
    doubts: int = 0
    lease: int = field(default=0, compare=False)

    @property
    def announcement(self) -> Announcement:
        """The first, by which the parcel is known in the log."""
        return self.announcements[0]

    @property
    def expires(self) -> datetime:
        """When it is too late for the first of them."""
        return min(announcement.expires for announcement in self.announcements)
