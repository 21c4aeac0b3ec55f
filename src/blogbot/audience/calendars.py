"""A chat's own calendar: what it follows and is reminded of, behind an address that nobody can guess.

Only a digest of what is secret in the address is kept, so that who reads the database can read no calendar. Whoever has
the address can, until the chat ends it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from blogbot import ical
from blogbot.clock import Clock
from blogbot.model import Chat, Event, Follow, FollowKind, Offset, ReminderRule
from blogbot.store import Store

KEPT = timedelta(days=90)
"""How long what is over stays in a calendar."""

_SECRET = 24  # random bytes
_LONGEST = 100  # characters; what is longer is nobody's secret

_ALL_EVENTS = frozenset({FollowKind.EVERYTHING, FollowKind.EVENTS})


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """What a calendar is made of. It differs where its events may differ: `events` is the stamp of all events.

    An `ended` one is not to be shown any more.
    """

    chat: Chat
    ended: bool
    follows: Sequence[Follow]
    rules: Sequence[ReminderRule]
    since: datetime
    events: tuple[int, ...]

    def holds(self, event: Event) -> bool:
        """Whether the chat follows the event or is reminded of it, and it was not over for long."""
        return self._wished(event) and ical.lasts(event, self.since)

    def alarms(self, uid: str) -> list[Offset]:
        """When the chat is reminded of an event."""
        return [rule.offset for rule in self.rules if rule.event_uid in ("", uid)]

    def _wished(self, event: Event) -> bool:
        tags = {tag.slug for tag in event.tags}
        return (
            any(rule.event_uid in ("", event.uid) for rule in self.rules)
            or any(follow.kind in _ALL_EVENTS for follow in self.follows)
            or any(follow.kind is FollowKind.TAG and follow.value in tags for follow in self.follows)
            or Follow(FollowKind.EVENT, event.uid) in self.follows
        )


def wishes_events(follows: Sequence[Follow], rules: Sequence[ReminderRule]) -> bool:
    """Whether a chat with these wishes may have any event in its calendar."""
    return bool(rules) or any(follow.kind is not FollowKind.AUTHOR for follow in follows)


class OwnCalendars:
    """Opens, ends and reads the chats' own calendars."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def open(self, chat: Chat) -> str:
        """The secret of a new address, which is told this once; the chat's earlier addresses end."""
        secret = secrets.token_urlsafe(_SECRET)
        async with self._store.write() as tx:
            await tx.calendars.open(chat.id, _digest(secret), self._clock.now())
        return secret

    async def end(self, chat: Chat) -> bool:
        """Whether the chat had an address."""
        async with self._store.write() as tx:
            return await tx.calendars.end(chat.id, self._clock.now())

    async def since(self, chat: Chat) -> datetime | None:
        """Since when the chat has its present address; None where it has none."""
        async with self._store.read() as tx:
            return await tx.calendars.since(chat.id)

    async def find(self, secret: str) -> OwnCalendar | None:
        """The calendar behind an address, also one that has ended; None where there never was one."""
        if len(secret) > _LONGEST:
            return None
        since = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - KEPT
        async with self._store.read() as tx:
            found = await tx.calendars.find(_digest(secret))
            chat = await tx.chats.by_id(found.chat_id) if found is not None else None
            if found is None or chat is None:
                return None
            follows, rules = await tx.follows.of(chat.id), await tx.rules.of(chat.id)
            return OwnCalendar(chat, found.ended, follows, rules, since, await tx.events.stamp())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
