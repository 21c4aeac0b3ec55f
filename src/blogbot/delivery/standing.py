"""This process among those that send for the same bot: it says that it lives and what it learnt, and hears how many share the
rate. Knows nothing of what is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from blogbot.clock import Clock
from blogbot.delivery.sender import Sender
from blogbot.store import Store

REPORT_EVERY = timedelta(seconds=2)
"""How often a process that sends says so, and hears who else does."""

FORGOTTEN = timedelta(seconds=4)
"""A process that was silent so long may be forgotten by the others soon (`store.senders.ALIVE`): it begins anew."""

NOTICE = timedelta(seconds=3)
"""How long one that is not alone waits before its first message, until the others know that they share the rate."""

MINUTE = timedelta(minutes=1)


class Standing:
    def __init__(self, store: Store, sender: Sender, clock: Clock, *, bot: str, process: str) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._bot = bot
        self._process = process
        self._born = clock.now()
        self._reported: datetime | None = None
        self._sends_from: datetime | None = None
        self.alone = True

    @property
    def young(self) -> bool:
        """Whether this process does not know of a whole minute yet what was sent in it."""
        return abs(self._clock.now() - self._born) < MINUTE

    async def ready(self) -> bool:
        """Whether this process may send now. Asked before each lease; who does not send does not count."""
        now = self._clock.now()
        silent = None if self._reported is None else abs(now - self._reported)
        if silent is None or silent >= REPORT_EVERY:
            await self._report(now, anew=silent is None or silent > FORGOTTEN)
        return self._sends_from is None or now >= self._sends_from

    async def leave(self) -> None:
        """Gives the others the whole rate at once."""
        if self._reported is not None:
            async with self._store.write() as tx:
                await tx.senders.leave(self._bot, self._process)

    async def _report(self, now: datetime, *, anew: bool) -> None:
        async with self._store.write() as tx:
            standing = await tx.senders.report(self._bot, self._process, self._sender.pace(), now)
        self._sender.adopt(standing.pace, standing.others + 1)
        self.alone = not standing.others
        self._reported = now
        if anew:
            self._sends_from = None if self.alone else now + NOTICE
