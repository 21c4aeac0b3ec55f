"""Where subscribers come to our own hub: what they ask for is noted, and they are asked later whether they mean it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from blogbot.clock import Clock
from blogbot.model import ErrandKind
from blogbot.store import Store, Transaction
from blogbot.websub.guard import Guard
from blogbot.websub.intent import SUBSCRIBE, Intent, Refused, none_of_ours, read
from blogbot.websub.topics import Topics

MOST, MOST_PER_HOST = 10_000, 500
"""Subscriptions, over all and for the callbacks of one host."""

MOST_ASKED, MOST_ASKED_PER_HOST = 1_000, 50
"""Callbacks that wait to be asked, or were in vain a moment ago. Else anybody could have us call anybody else as often as they like."""

WORTH = timedelta(hours=1)
"""How long a subscriber is tried to be asked."""


class Desk:
    def __init__(self, store: Store, topics: Topics, guard: Guard, clock: Clock) -> None:
        self._store = store
        self._topics = topics
        self._guard = guard
        self._clock = clock

    async def take(self, form: Mapping[str, str]) -> None:
        """Takes a request to subscribe or unsubscribe. Raises Refused, in words for the subscriber, and StoreError."""
        intent = read(form, self._topics, self._guard)
        now = self._clock.now()
        # Refusing writes nothing, so that a flood of requests holds up nobody who writes.
        async with self._store.read() as tx:
            seen = await tx.topics.digest(intent.topic)
            if seen is None:
                raise none_of_ours(self._topics)
            await _find_room(tx, intent, now)
        detail = {
            "mode": intent.mode,
            "lease": str(int(intent.lease.total_seconds())),
            "secret": intent.secret,
            "seen": seen,
        }
        target = (intent.callback, intent.host, intent.topic)
        async with self._store.write() as tx:
            await tx.errands.want(ErrandKind.VERIFY, [target], now, expires=now + WORTH, detail=detail)


async def _find_room(tx: Transaction, intent: Intent, now: datetime) -> None:
    if await tx.subscriptions.find(intent.callback, intent.topic, now):
        return  # it has its place, and strangers who crowd in do not keep it from renewing
    asked, of_all = await tx.errands.verifications(intent.host), await tx.errands.verifications()
    if asked >= MOST_ASKED_PER_HOST or of_all >= MOST_ASKED:
        raise Refused("many callbacks are being verified; ask again in a minute", 429)
    if intent.mode != SUBSCRIBE:
        return
    of_host = await tx.subscriptions.count(intent.host) + asked
    if of_host >= MOST_PER_HOST or await tx.subscriptions.count() + of_all >= MOST:
        raise Refused("there is no room for another subscription", 503)
