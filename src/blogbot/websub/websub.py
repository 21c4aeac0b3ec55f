"""WebSub as the app knows it: what to tell of, when to work, and how to end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from blogbot.clock import Clock
from blogbot.store import Store
from blogbot.websub.caller import Caller
from blogbot.websub.copies import Copies
from blogbot.websub.courier import Courier
from blogbot.websub.desk import Desk
from blogbot.websub.guard import Guard
from blogbot.websub.news import News
from blogbot.websub.subscribers import Subscribers
from blogbot.websub.topics import Topics


class WebSub:
    """`hub` is the address of the hub that the feeds name, `own` says that it is ours. Feeds lie in `folder`, and are reached
    below `public_url`. `desk` is where subscribers come to; None where the hub is another."""

    def __init__(
        self, store: Store, clock: Clock, *, hub: str, public_url: str, folder: Path, own: bool = False
    ) -> None:
        self._store = store
        self._topics = Topics(public_url, hub)
        self._news = News(store, self._topics, clock, own=own)
        guard = Guard(public_url)
        self._callers = (Caller(), Caller(guard=guard))
        subscribers = Subscribers(store, self._topics, clock, Copies(folder), self._callers[1])
        self._courier = Courier(store, self._topics, clock, self._callers[0], subscribers)
        self._begun = False
        self.desk = Desk(store, self._topics, guard, clock) if own else None

    def link(self, path: str) -> str:
        """The Link header of the feed at `path`; "" for a file that is none."""
        return self._topics.link(path)

    async def tell(self, digests: Mapping[str, str]) -> int:
        """Owes everyone what changed in the feeds, which are told by their paths and digests; in how many."""
        return await self._news.tell(digests)

    async def turn(self) -> int:
        """Makes the calls that are owed and due; how many."""
        if not self._begun:
            async with self._store.write() as tx:
                await tx.errands.forget_pings(but=self._topics.hub)
            self._begun = True
        return await self._courier.turn()

    async def stop(self) -> None:
        try:
            await self._courier.stop()
        finally:
            await self.close()

    async def close(self) -> None:
        """Closes all connections."""
        for caller in self._callers:
            await caller.close()
