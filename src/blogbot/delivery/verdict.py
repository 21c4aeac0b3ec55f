"""What a failed send means for its row, its chat and the rest: the one place that decides.

It gives back what the outcome is called and what to write; it neither writes nor waits.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from blogbot.errors import (
    ChatClosed,
    ChatGone,
    ChatMigrated,
    DeliveryError,
    InDoubt,
    Refused,
    RetryLater,
    TokenRejected,
    TopicGone,
)
from blogbot.model import MOST_IN_DOUBT, Parcel
from blogbot.store import Transaction

LONGEST_WAIT = 600.0
"""Seconds. Backoff doubles up to ten minutes: so long nobody hears from Telegram although its trouble is over."""

LATEST = 0.5
"""Of the time that is left until it is too late, backoff takes no more than this part: so there is always another try."""

CLOSED = timedelta(minutes=30)
"""Until it is tried again whether a chat is open; in the morning nobody waits longer for what came in the night."""

SHORTEST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` is the word for the monitor; `write` is what becomes of the row."""

    outcome: str
    write: Callable[[Transaction], Awaitable[None]]


def verdict(parcel: Parcel, error: DeliveryError, now: datetime, *, called: bool) -> Verdict:
    """`called`: whether Telegram was asked at all; our own limits may have said no before."""
    said, kind = str(error), parcel.announcement.kind
    soon = now + patience(parcel, now)
    match error:
        case TokenRejected():
            # Not at once: the turn that ends by it would take it again.
            return _again(parcel, soon, said, counts=False)
        case ChatMigrated(telegram_id=telegram_id):
            return Verdict("retried", lambda tx: _migrate(tx, parcel, telegram_id, now, said))
        case ChatGone():
            return Verdict("dropped", lambda tx: _leave(tx, parcel, said, now))
        case ChatClosed():
            return _again(parcel, now + _at_most(CLOSED, parcel, now), said, counts=False)
        case TopicGone() if parcel.chat.topic_id and not kind.edits:
            return Verdict("retried", lambda tx: _forget_topic(tx, parcel, now, said))
        case TopicGone() if not kind.edits:
            return Verdict("dropped", lambda tx: _leave_topic(tx, parcel, said, now))
        case Refused() if kind.edits:
            return Verdict("expired", lambda tx: tx.notifications.expired(parcel, said, now))
        case RetryLater(seconds=seconds, everyone=everyone):
            asked = now + timedelta(seconds=seconds)
            counts = called and not everyone
            return _again(parcel, max(soon, asked) if counts else asked, said, counts=counts)
        case InDoubt() if kind.edits or (kind.bears_repeating and parcel.doubts + 1 < MOST_IN_DOUBT):
            return _again(parcel, soon, said, doubt=True)
        case InDoubt():
            return Verdict("uncertain", lambda tx: tx.notifications.uncertain(parcel, said, now))
        case _:
            return Verdict("failed", lambda tx: tx.notifications.failed(parcel, said, now))


def backoff(attempts: int, longest: float = LONGEST_WAIT) -> float:
    """Seconds to wait after so many attempts: about 1, 2, 4 ... with jitter, so that chats do not come back in step."""
    return min(2.0 ** min(max(attempts, 1) - 1, 12), longest) * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load only


def patience(parcel: Parcel, now: datetime) -> timedelta:
    """How long a message waits for its next try; less and less as the end of its time comes near, but a second at least."""
    return _at_most(timedelta(seconds=backoff(parcel.attempts)), parcel, now)


def _at_most(wait: timedelta, parcel: Parcel, now: datetime) -> timedelta:
    left = (parcel.expires - now) * LATEST
    return wait if left <= timedelta() else min(wait, max(left, SHORTEST_WAIT))


def _again(parcel: Parcel, not_before: datetime, reason: str, *, counts: bool = True, doubt: bool = False) -> Verdict:
    return Verdict("retried", lambda tx: tx.notifications.retry(parcel, not_before, reason, counts=counts, doubt=doubt))


async def _migrate(tx: Transaction, parcel: Parcel, telegram_id: int, now: datetime, reason: str) -> None:
    """The chat keeps its rows; the same message goes on to its new id."""
    await tx.chats.migrate(parcel.chat.telegram_id, telegram_id)
    await tx.notifications.retry(parcel, now, reason)


async def _leave(tx: Transaction, parcel: Parcel, reason: str, now: datetime) -> None:
    await tx.chats.deactivate(parcel.chat.telegram_id)
    await _drop(tx, parcel, reason, now)


async def _leave_topic(tx: Transaction, parcel: Parcel, reason: str, now: datetime) -> None:
    """The chat is itself the topic that is closed or gone; it comes back when somebody speaks to blogbot there."""
    await tx.chats.deactivate_topic(parcel.chat.id)
    await _drop(tx, parcel, reason, now)


async def _drop(tx: Transaction, parcel: Parcel, reason: str, now: datetime) -> None:
    await tx.notifications.failed(parcel, reason, now)
    await tx.notifications.drop_chat(parcel.chat.id, reason, now)


async def _forget_topic(tx: Transaction, parcel: Parcel, now: datetime, reason: str) -> None:
    """The topic that a group chose for its news is gone: they go where the group speaks to us."""
    await tx.chats.forget_topic(parcel.chat.id)
    await tx.notifications.retry(parcel, now, reason)
