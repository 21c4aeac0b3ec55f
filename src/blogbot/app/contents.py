"""The store's posts and events as contents to publish, asked for from the thread in which feeds are written."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from blogbot.blog import Blog
from blogbot.clock import Clock
from blogbot.model import Event, Label, Occurrence, Post, Related, Site, Stamp, Standing, Window
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

    def standing(self) -> Standing:
        return self._answer(self._standing())

    def windows(self, labels: Collection[Label]) -> Mapping[Label, Window]:
        return self._answer(self._windows(labels)) if labels else {}

    def labels(self, ids: Collection[int]) -> set[Label]:
        return self._answer(self._labels(list(ids)))

    def updated(self, ids: Collection[int]) -> Mapping[int, datetime]:
        return self._answer(self._updated(list(ids))) if ids else {}

    def naming(self, ids: Collection[int]) -> set[int]:
        return self._answer(self._naming(list(ids)))

    def articles(self, ids: Collection[int]) -> Mapping[int, tuple[Post, Sequence[Related]]]:
        return self._answer(self._articles(list(ids))) if ids else {}

    def outlines(self, ids: Collection[int]) -> Mapping[int, Post]:
        return self._answer(self._outlines(list(ids))) if ids else {}

    def events(self) -> Sequence[Event]:
        return self._answer(self._blog.events())

    def occurrences(self) -> Sequence[Occurrence]:
        return self._answer(self._blog.upcoming(limit=UPCOMING)).items

    def _answer(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()

    async def _standing(self) -> Standing:
        # At the same time, because the database takes a while for each. What changes in between differs the next time too.
        stamps, (sizes, departures, dates) = await asyncio.gather(self._stamps(), self._counts())
        return Standing(stamps, sizes, departures, dates)

    async def _stamps(self) -> dict[int, Stamp]:
        async with self._store.read() as tx:
            return await tx.posts.stamps()

    async def _counts(self) -> tuple[dict[Label, int], dict[Label | None, datetime], str]:
        async with self._store.read() as tx:
            sizes, departures, dates = await tx.posts.sizes(), await tx.posts.departures(), await tx.events.stamp()
        # With the hour too: past events leave the feeds.
        return sizes, departures, f"{dates} {self._clock.now():%Y-%m-%dT%H}"

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

    async def _articles(self, ids: Sequence[int]) -> dict[int, tuple[Post, Sequence[Related]]]:
        posts, related = await asyncio.gather(self._blog.posts(ids), self._blog.relatives(ids))
        return {id_: (post, related.get(id_, ())) for id_, post in posts.items()}

    async def _outlines(self, ids: Sequence[int]) -> dict[int, Post]:
        async with self._store.read() as tx:
            return await tx.posts.outlines(ids)
