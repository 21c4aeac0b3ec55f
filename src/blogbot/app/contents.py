"""The store's posts and events as contents to publish, asked for from the thread in which feeds are written."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from blogbot.blog import Blog
from blogbot.clock import Clock
from blogbot.model import Event, Label, Occurrence, Post, Related, Site, Stamp, Window
from blogbot.publish import NEWEST
from blogbot.store import Store

UPCOMING = 1000
"""How many dates feeds choose from: many, so that one long series does not hide the rest."""

T = TypeVar("T")


class StoreContents:
    """Made in the event loop, and asked from another thread. Each question is a transaction of its own."""

    def __init__(self, site: Site, store: Store, blog: Blog, clock: Clock) -> None:
        self.site = site
        self._store = store
        self._blog = blog
        self._clock = clock
        self._loop = asyncio.get_running_loop()

    def stamps(self) -> Sequence[Stamp]:
        return self._answer(self._stamps())

    def sizes(self) -> Mapping[Label, int]:
        return self._answer(self._sizes())

    def windows(self, labels: Collection[Label]) -> Mapping[Label, Window]:
        return self._answer(self._windows(labels)) if labels else {}

    def labels(self, ids: Collection[int]) -> set[Label]:
        return self._answer(self._labels(list(ids)))

    def updated(self, ids: Collection[int]) -> Mapping[int, datetime]:
        return self._answer(self._updated(list(ids))) if ids else {}

    def departures(self) -> Mapping[Label | None, datetime]:
        return self._answer(self._blog.departures())

    def naming(self, ids: Collection[int]) -> set[int]:
        return self._answer(self._naming(list(ids)))

    def posts(self, ids: Collection[int]) -> Mapping[int, Post]:
        return self._answer(self._blog.posts(list(ids))) if ids else {}

    def outlines(self, ids: Collection[int]) -> Mapping[int, Post]:
        return self._answer(self._outlines(list(ids))) if ids else {}

    def related(self, ids: Collection[int]) -> Mapping[int, Sequence[Related]]:
        return self._answer(self._blog.relatives(list(ids))) if ids else {}

    def dates(self) -> str:
        return self._answer(self._dates())

    def events(self) -> Sequence[Event]:
        return self._answer(self._blog.events())

    def occurrences(self) -> Sequence[Occurrence]:
        return self._answer(self._blog.upcoming(limit=UPCOMING)).items

    def _answer(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()

    async def _stamps(self) -> list[Stamp]:
        async with self._store.read() as tx:
            return await tx.posts.stamps()

    async def _sizes(self) -> dict[Label, int]:
        async with self._store.read() as tx:
            return await tx.posts.sizes()

    async def _windows(self, labels: Collection[Label]) -> dict[Label, Window]:
        async with self._store.read() as tx:
            return await tx.posts.windows(labels, NEWEST)

    async def _labels(self, ids: Sequence[int]) -> set[Label]:
        async with self._store.read() as tx:
            return await tx.posts.labels(ids)

    async def _updated(self, ids: Sequence[int]) -> dict[int, datetime]:
        async with self._store.read() as tx:
            return await tx.posts.updated(ids)

    async def _naming(self, ids: Sequence[int]) -> set[int]:
        async with self._store.read() as tx:
            return await tx.posts.naming(ids)

    async def _outlines(self, ids: Sequence[int]) -> dict[int, Post]:
        async with self._store.read() as tx:
            return await tx.posts.outlines(ids)

    async def _dates(self) -> str:
        """Changes with the hour too: past events leave the feeds."""
        async with self._store.read() as tx:
            stamp = await tx.events.stamp()
        return f"{stamp} {self._clock.now():%Y-%m-%dT%H}"
