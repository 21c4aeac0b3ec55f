"""One turn of delivery, as the clock calls it: plan, fan out, send until nothing is due."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from blogbot.clock import Clock
from blogbot.delivery.composer import Composer
from blogbot.delivery.mailing import Mailing
from blogbot.delivery.planner import Planner
from blogbot.delivery.sender import Sender
from blogbot.model import Site
from blogbot.store import Store

PLAN_EVERY = timedelta(seconds=10)
PAGE = 10_000
"""How many chats one statement of the fan-out looks at: short enough that nobody waits for the database."""

PENDING = 100
"""How many due announcements one turn looks at between two batches of sends."""


class Delivery:
    """Everything that is said unasked. Two turns never overlap."""

    def __init__(self, store: Store, sender: Sender, site: Site, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._planner = Planner(store, clock)
        self._mailing = Mailing(store, sender, Composer(store, site, clock).compose, clock)
        self._planned: datetime | None = None
        self._turning = asyncio.Lock()
        self._stopping = False

    async def turn(self) -> int:
        """Says what is due. How many messages were tried. Raises TokenRejected."""
        async with self._turning:
            await self._mailing.recover()
            tried = 0
            try:
                while not self._stopping:
                    await self._plan()
                    waiting = await self.fan_out()
                    if await self._mailing.lease():
                        tried += await self._mailing.settle()
                    elif not waiting:
                        break
            finally:
                await self._mailing.finish()
            return tried

    async def fan_out(self) -> bool:
        """Turns one page of each due announcement into notifications; whether any is left unfinished."""
        now = self._clock.now()
        async with self._store.read() as tx:
            pending = await tx.announcements.pending(now, PENDING)
        unfinished = len(pending) == PENDING
        for announcement in pending:
            async with self._store.write() as tx:
                page = await tx.announcements.fan_out(announcement, now, PAGE)
            unfinished = unfinished or not page.done
        return unfinished

    async def next_reminder(self) -> datetime | None:
        """When the next reminder that any chat wants is due, or None."""
        return await self._planner.next_due()

    async def stop(self) -> None:
        """Lets the messages under way arrive and begins no other; the rest stays queued."""
        self._stopping = True
        async with self._turning:
            pass

    async def _plan(self) -> None:
        now = self._clock.now()
        # The clock of the demo jumps; one that was set back must not stop the planning.
        if self._planned is None or abs(now - self._planned) >= PLAN_EVERY:
            await self._planner.plan()
            self._planned = now
