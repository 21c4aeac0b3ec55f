"""What blogbot owes a WebSub hub or the subscribers of its own: https://www.w3.org/TR/websub/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ErrandKind(StrEnum):
    """A ping tells another hub that a feed changed. The others are for subscribers of our own hub: a push brings a feed's
    content, a verification asks whether the subscriber means it, a denial says that there is no subscription (any more)."""

    PING = "ping"
    PUSH = "push"
    VERIFY = "verify"
    DENY = "deny"

    @property
    def recurs(self) -> bool:
        """Whether the same is owed again with each change of the feed; the others are over once they are done."""
        return self in (ErrandKind.PING, ErrandKind.PUSH)


@dataclass(frozen=True, slots=True)
class Errand:
    """One HTTP request that is owed to `target`, about the feed at the path `topic`; as it was taken, under `lease`.

    `changes` counts how often it was wanted. `attempts` counts the calls made for it, with the one under way. `detail` holds
    what a verification or a denial says; it may hold a subscriber's secret, and is never shown.
    """

    id: int
    kind: ErrandKind
    target: str
    topic: str
    attempts: int = 0
    changes: int = 0
    detail: Mapping[str, str] = field(default_factory=dict, repr=False)
    lease: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber's wish to be sent a feed. Its pushes are signed with `secret`; "" for unsigned ones."""

    callback: str
    topic: str
    secret: str = field(repr=False)
    expires: datetime
