"""One turn of delivery, as the clock calls it: plan, fan out, send until nothing is due."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from blogbot.clock import Clock
from blogbot.delivery.composer import Composer
from blogbot.delivery.forecast import told
from blogbot.delivery.mailing import LEASE, Mailing
from blogbot.delivery.operators import Operators
from blogbot.delivery.planner import Planner
from blogbot.delivery.sender import Sender
from blogbot.delivery.standing import Standing
from blogbot.delivery.wishes import Wishes
from blogbot.errors import TokenRejected
from blogbot.model import Announcement, Lane, Site
from blogbot.store import Store

PLAN_EVERY = timedelta(seconds=10)

LOOK_EVERY = timedelta(seconds=0.25)
"""How often a turn that knows of enough to send looks what else has become due."""

PAGE = 10_000
"""How many chats one statement of the fan-out looks at: short enough that nobody waits for the database."""

PENDING = 100
"""How many due announcements one turn looks at between two batches of sends."""

LARGE = 1_000
"""How long it takes to tell an audience from this size on is said in the log."""

SET_BACK = timedelta(seconds=5)
"""A clock that shows so much less than before was set back."""

log = structlog.get_logger(__name__)


class Delivery:
    """Everything that is said unasked. Two turns never overlap.

    `bot` names the bot for which several processes may send (a digest of its token, never the token), `process` this one.
    `admins` (Telegram ids) are told where a mailing cannot end in time.
    """

    def __init__(
        self,
        store: Store,
        sender: Sender,
        site: Site,
        clock: Clock,
        *,
        bot: str = "",
        process: str = "",
        admins: Sequence[int] = (),
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._standing = Standing(store, sender, clock, bot=bot, process=process or secrets.token_hex(8))
        self._planner = Planner(store, clock, rate=lambda: sender.rate_of(Lane.REMINDER))
        self._operators = Operators(store, sender, site, clock, admins)
        self._wishes = Wishes(site)
        self._mailing = Mailing(store, sender, Composer(store, site, clock), self._wishes, clock)
        self._planned: datetime | None = None
        self._looked: datetime | None = None
        self._latest: datetime | None = None
        self._zones_heeded = False
        self._turning = asyncio.Lock()
        self._stopping = False

    async def turn(self) -> int:
        """Says what is due. How many messages were tried. Raises TokenRejected."""
        async with self._turning:
            tried, ready = 0, False
            try:
                while not self._stopping:
                    await self._heed_clock()
                    await self._mailing.care()
                    await self._plan()
                    unfinished = await self._look(ready)
                    ready = await self._lease(ready)
                    if self._mailing.busy:
                        tried += await self._mailing.settle()
                    elif not unfinished and not ready:
                        break
            except TokenRejected:
                await self._mailing.stop()
                raise
            except asyncio.CancelledError:
                await self._mailing.abandon()
                raise
            finally:
                await (self._mailing.stop() if self._stopping else self._mailing.finish())
            return tried

    async def fan_out(self) -> bool:
        """Turns a page of what is due into notifications, the most urgent first; whether any is left unfinished.

        Where an audience is larger than a page, the others wait: between two pages there is sending to be done.
        """
        now = self._clock.now()
        async with self._store.read() as tx:
            pending = await tx.announcements.pending(now, PENDING)
            parked = await tx.notifications.next_parked()
        unfinished = len(pending) == PENDING
        if parked is not None and parked <= now:
            async with self._store.write() as tx:
                unfinished |= await tx.notifications.wake(now, PAGE) == PAGE
        for announcement in pending:
            await self._foretell(announcement)
            async with self._store.write() as tx:
                page = await tx.announcements.fan_out(announcement, now, PAGE)
            if not page.done:
                return True
            log.info("fan-out done", announcement=announcement.key)
        return unfinished

    async def next_reminder(self) -> datetime | None:
        """When the next reminder that any chat wants is due, or None."""
        return await self._planner.next_due()

    async def heed_zones(self) -> None:
        """Looks anew, once, at what chats' hours hold back until an instant at which they do not end: it was put off by rules
        of a zone that were others before this process began. Reads all that is held, so nobody waits for it."""
        if self._zones_heeded:
            return
        async with self._store.read() as tx:
            held = await tx.notifications.held()
        for until in sorted({each.until for each in held if not self._wishes.rightly(each)}):
            reconsidered = PAGE
            while reconsidered == PAGE:
                async with self._store.write() as tx:
                    reconsidered = await tx.notifications.reconsider_held(until, PAGE)
        self._zones_heeded = True

    async def stop(self) -> None:
        """Lets the messages under way arrive and begins no other; the rest stays queued."""
        self._stopping = True
        async with self._turning:
            await self._operators.finish()
            await self._standing.leave()

    # --- The parts of a turn ---

    async def _heed_clock(self) -> None:
        """A clock that was set back must not leave waiting until it has caught up what was leased and put off meanwhile,
        maybe by an earlier process."""
        now, latest = self._clock.now(), self._latest
        self._latest = now
        set_back = latest is not None and now < latest - SET_BACK
        if latest is not None and set_back:
            log.warning("the clock was set back", seconds=(latest - now).total_seconds())
            await self._mailing.clock_set_back()
        if latest is None or set_back:
            await self._recall()

    async def _recall(self) -> None:
        """Page after page, so that nobody waits for the database."""
        recalled = PAGE
        async with self._store.write() as tx:
            await tx.notifications.shorten(self._clock.now() + LEASE)
        while recalled == PAGE:
            async with self._store.write() as tx:
                recalled = await tx.notifications.recall(self._clock.now(), PAGE)

    async def _plan(self) -> None:
        now = self._clock.now()
        # The clock of the demo jumps; one that was set back must not stop the planning.
        if self._planned is None or abs(now - self._planned) >= PLAN_EVERY:
            await self._planner.plan()
            self._planned = now
            shortfalls, self._planner.shortfalls = self._planner.shortfalls, []
            self._operators.warn(shortfalls)

    async def _look(self, ready: bool) -> bool:
        """Fans out what has become due; whether there is more of it."""
        now = self._clock.now()
        if ready and self._looked is not None and abs(now - self._looked) < LOOK_EVERY:
            return True
        self._looked = now
        return await self.fan_out()

    async def _lease(self, ready: bool) -> bool:
        """Takes what may go now; whether more is known to wait. Where nothing waits, nothing is written."""
        if not ready:
            async with self._store.read() as tx:
                due = await tx.notifications.next_due(self._clock.now())
            if due is None or due > self._clock.now():
                return False
        if not await self._standing.ready():
            return False
        self._mailing.alone, self._mailing.young = self._standing.alone, self._standing.young
        return await self._mailing.lease()

    async def _foretell(self, announcement: Announcement) -> None:
        """Says how many are told, and how long that takes, before it begins."""
        async with self._store.read() as tx:
            if await tx.announcements.begun(announcement.id):
                return
            size = await tx.announcements.audience_size(announcement)
        if size >= LARGE:
            rate = self._sender.rate_of(announcement.kind.lane)
            log.info("a large mailing begins", announcement=announcement.key, takes=told(size, rate))
        else:
            log.info("fan-out begins", announcement=announcement.key, chats=size)
