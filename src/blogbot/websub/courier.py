"""The ledger of errands at work: takes what is owed, calls, and commits each outcome by itself.

What is taken is `sending` before the call; what a crash leaves in the middle is called again once its lease has run out.
Many calls go side by side, one to each target, so that who is slow holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import structlog

from blogbot import metrics
from blogbot.clock import Clock
from blogbot.delivery.journal import Journal
from blogbot.delivery.verdict import Verdict
from blogbot.errors import StoreError
from blogbot.model import Errand, ErrandKind
from blogbot.store import Store
from blogbot.websub import verdict
from blogbot.websub.caller import Answer, Caller
from blogbot.websub.subscribers import Subscribers
from blogbot.websub.topics import Topics

LEASE = timedelta(seconds=30)
"""How long after a crash it takes until what was under way is called again."""

AT_ONCE = 64
"""Calls under way, over all."""

PER_HOST = 8
"""Calls under way to one host, whoever has how many callbacks there."""

DOUBTED = 16
"""Calls under way to those of whom nobody knows whether they answer: who is asked for the first time, or took nothing the last
time. So who subscribes what never answers holds up no push to others."""

PATIENCE = 0.25
"""Seconds between two looks at what is owed, while something is under way."""

LINGER = 1.5
"""Seconds that calls under way get at the end; what does not end by then is called again at the next start."""

log = structlog.get_logger(__name__)

Group = tuple[Errand, ...]


class Courier:
    """Two turns never overlap. `hub` calls the hub that is set up, `subscribers` those of our own."""

    def __init__(self, store: Store, topics: Topics, clock: Clock, hub: Caller, subscribers: Subscribers) -> None:
        self._store = store
        self._topics = topics
        self._clock = clock
        self._hub = hub
        self._subscribers = subscribers
        self._journal = Journal(store, clock)
        self._under_way: dict[asyncio.Task[None], Group] = {}
        self._turning = asyncio.Lock()
        self._stopping = False
        self._hub_away = False

    async def turn(self) -> int:
        """Carries what is owed and due; how many calls. Raises StoreError."""
        async with self._turning:
            carried = 0
            while not self._stopping:
                await self._take()
                if not self._under_way:
                    break
                carried += await self._settle()
            return carried

    async def stop(self) -> None:
        """Lets the calls under way end, but not for long, and gives back the rest; begins no other."""
        self._stopping = True
        async with self._turning:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=LINGER)
            left = {task: group for task, group in self._under_way.items() if not task.done()}
            for task in left:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._under_way.clear()
            await self._journal.flush()
            if left:
                async with self._store.write() as tx:
                    for group in left.values():
                        await tx.errands.release(group, self._clock.now())

    # --- Taking ---

    async def _take(self) -> None:
        """Begins as many as there is room for. Where nothing is due, nothing is written."""
        now, room = self._clock.now(), AT_ONCE - len(self._under_way)
        if self._journal.behind or not room:
            return
        async with self._store.read() as tx:
            due, lapsed = await tx.errands.due(now), await tx.subscriptions.lapsed(now)
        if due.care or lapsed:
            await self._care()
        if not due.ready and not due.care:
            return
        async with self._store.write() as tx:
            groups = await tx.errands.take(now, now + LEASE, room, per_host=PER_HOST, doubted=DOUBTED)
        for group in groups:
            self._under_way[asyncio.create_task(self._carry(group))] = group

    async def _care(self) -> None:
        """Settles what a process left in the middle, what could not be done for too long, and leases that are over."""
        now = self._clock.now()
        async with self._store.write() as tx:
            recovered = await tx.errands.recover(now)
            expired = await tx.errands.expire(now)
            if lapsed := await tx.subscriptions.lapse(now):
                await tx.errands.forget_orphans()
        for outcome, kinds in (("retried", recovered), ("expired", expired)):
            for kind in kinds:
                metrics.WEBSUB_CALLS.labels(kind, outcome).inc()
        if lapsed:
            log.info("subscriptions lapsed", subscriptions=lapsed)
        if recovered:
            log.info("calls that a process left in the middle are made again", calls=len(recovered))
        if expired:
            log.warning("calls given up, after being tried for too long", calls=len(expired))

    async def _settle(self) -> int:
        """Waits until some of what is under way has ended, but not for long; how many have."""
        done, _ = await asyncio.wait(self._under_way, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            del self._under_way[task]
            if (error := task.exception()) is not None:
                log.error("an outcome could not be written; its call is made again", why=type(error).__name__)
        return len(done)

    # --- The call ---

    async def _carry(self, group: Group) -> None:
        """One call to its end. What is wrong with it alone stops no other."""
        kind = group[0].kind
        try:
            means = await (self._ping(group) if kind is ErrandKind.PING else self._subscribers.carry(group[0]))
        except StoreError:  # before the call
            means = verdict.failed(group, self._clock.now())
        except Exception:
            log.exception("call not made", kind=str(kind), topic=group[0].topic)
            means = verdict.failed(group, self._clock.now())
        await self._journal.change(means.write)
        metrics.WEBSUB_CALLS.labels(kind, means.outcome).inc()

    async def _ping(self, group: Group) -> Verdict:
        """Tells the hub which feeds changed. How is left open by WebSub; this is how hubs are used to it since PubSubHubbub."""
        form = [("hub.mode", "publish"), *(("hub.url", self._topics.address(errand.topic)) for errand in group)]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._hub.post(group[0].target, urlencode(form).encode(), headers)
        self._heed(answer, group)
        return verdict.ping(group, answer, self._clock.now())

    def _heed(self, answer: Answer, group: Sequence[Errand]) -> None:
        """Says that the hub is away, and that it is back, once each."""
        if answer.taken:
            log.info("hub told of changes", feeds=len(group))
        if self._hub_away == answer.taken:
            self._hub_away = not answer.taken
            if self._hub_away:
                log.warning("the hub does not take pings; they wait", hub=self._topics.hub_host, why=answer.why)
            else:
                log.info("the hub takes pings again", hub=self._topics.hub_host)
