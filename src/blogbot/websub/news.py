"""Which feeds changed since hubs and subscribers were last told, and what they are owed for it.

It compares what lies in the folder with what the store remembers of it, so that a crash between the two loses nothing, and
whoever wrote the feeds. What is remembered and what is owed are committed together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from blogbot.clock import Clock
from blogbot.model import ErrandKind
from blogbot.publish.atom import FILE
from blogbot.store import Store, Transaction
from blogbot.websub.topics import Topics
from blogbot.websub.verdict import WORTH, deny

log = structlog.get_logger(__name__)


class News:
    """`own`: whether it is our own hub that the feeds name."""

    def __init__(self, store: Store, topics: Topics, clock: Clock, *, own: bool) -> None:
        self._store = store
        self._topics = topics
        self._clock = clock
        self._own = own

    async def tell(self, digests: Mapping[str, str]) -> int:
        """Owes everyone what changed; in how many feeds. `digests` stand for what all feeds hold now, by their paths; "" says
        that a feed is there, and nobody knows what it holds.

        The first look tells nobody: whoever reads the feeds has read no hub's name in them yet. Raises StoreError.
        """
        async with self._store.read() as tx:
            known = await tx.topics.digests()
        changed = {path: digest for path, digest in digests.items() if digest and known.get(path) != digest}
        # Without the feed of everything, it is the folder that is away, and not the feeds.
        gone = known.keys() - digests.keys() if FILE in digests else set()
        if not changed and not gone:
            return 0
        async with self._store.write() as tx:
            anew = await tx.topics.learn(changed)
            await tx.topics.forget(gone)
            if gone:
                await self._end(tx, sorted(gone))
            if not known:
                return 0
            await self._owe(tx, anew)
        log.info("feeds changed", feeds=len(anew), ended=len(gone))
        return len(anew)

    async def _owe(self, tx: Transaction, changed: Sequence[str]) -> None:
        hub, now = self._topics, self._clock.now()
        if self._own:
            await tx.errands.want_pushes(changed, now, now + WORTH)
            return
        await tx.errands.want(ErrandKind.PING, [(hub.hub, hub.hub_host, path) for path in changed], now)

    async def _end(self, tx: Transaction, gone: Sequence[str]) -> None:
        """Tells the subscribers of feeds that are no more that there will be nothing to hear."""
        for topic in gone:
            await deny(tx, topic, await tx.subscriptions.of_topic(topic), self._clock.now())
        await tx.subscriptions.end_topics(gone)
        await tx.errands.forget_orphans()
