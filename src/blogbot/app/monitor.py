"""What a monitor sees of the running whole, sampled now and then: the queue, the ticks, the event loop.

What parts count by themselves, they count where it happens. Here stands what has to be asked for.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime

from blogbot import metrics
from blogbot.app.ticks import Ticks
from blogbot.clock import Clock
from blogbot.delivery import Sender
from blogbot.delivery.forecast import backlog
from blogbot.errors import StoreError
from blogbot.model import ErrandKind, Lane
from blogbot.store import Store

LOOK_EVERY = 0.1
"""Seconds between two looks at the event loop; what held it up for less is not seen whole."""

ANSWERS_WITHIN = 10.0
"""Seconds after which a database that does not answer is away. To count a million that wait takes less than one."""


class Monitor:
    def __init__(self, store: Store, sender: Sender, clock: Clock, ticks: Ticks) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._ticks = ticks
        self.lag = Lag()

    async def sample(self) -> None:
        """Sets all gauges. Those that need no database come first, so that they stay true while it is away; the queue's
        are not known then. Raises StoreError."""
        for tick, age in self._ticks.ages().items():
            metrics.TICK_AGE.labels(tick).set(age)
        metrics.LOOP_LAG.set(self.lag.take())
        metrics.RATE.set(self._sender.rate)
        now = self._clock.now()
        try:
            waiting, oldest, owed, subscriptions = await self._queue(now)
        except StoreError:
            _show_websub(dict.fromkeys(ErrandKind, math.nan), math.nan)
            _show_queue(dict.fromkeys(Lane, math.nan), dict.fromkeys(Lane, math.nan), math.nan)
            raise
        ages = {lane: (now - oldest[lane]).total_seconds() if lane in oldest else 0.0 for lane in Lane}
        _show_queue({lane: waiting.get(lane, 0) for lane in Lane}, ages, backlog(waiting, self._sender.rate_of))
        _show_websub({kind: owed.get(kind, 0) for kind in ErrandKind}, subscriptions)

    async def _queue(self, now: datetime) -> tuple[dict[Lane, int], dict[Lane, datetime], dict[ErrandKind, int], int]:
        """How many wait, and since when; what hubs and subscribers are owed, and how many subscriptions there are. Raises StoreError, also where the database takes too long."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN), self._store.read() as tx:
                return (
                    await tx.notifications.waiting(),
                    await tx.notifications.oldest_due(now),
                    await tx.errands.waiting(),
                    await tx.subscriptions.count(),
                )
        except TimeoutError:
            raise StoreError("the database does not answer") from None


def _show_queue(waiting: Mapping[Lane, float], ages: Mapping[Lane, float], takes: float) -> None:
    """Nobody knows is not a number: neither nought, nor what was known last."""
    for lane in Lane:
        if lane is not Lane.ANSWER:
            metrics.OLDEST_DUE.labels(lane.name.lower()).set(ages[lane])
            metrics.WAITING.labels(lane.name.lower()).set(waiting[lane])
    metrics.BACKLOG.set(takes)


def _show_websub(owed: Mapping[ErrandKind, float], subscriptions: float) -> None:
    for kind in ErrandKind:
        metrics.WEBSUB_WAITING.labels(kind).set(owed[kind])
    metrics.WEBSUB_SUBSCRIPTIONS.set(subscriptions)


class Lag:
    """How long the event loop was held up: a timer that should ring again and again, and how late it does."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + LOOK_EVERY
        self._timer = loop.call_at(self._due, self._ring)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take(self) -> float:
        """Seconds, the most since the last time that this was asked."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _ring(self) -> None:
        self._worst = max(self._worst, asyncio.get_running_loop().time() - self._due)
        self.start()
