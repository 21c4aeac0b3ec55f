"""Keeps the lists of related articles and the suggested tags in step with the posts.

The similarity index is held in memory from the first use on, and learns by the posts' revisions what it does not know
yet, also what another process wrote. A new post changes its own list and its neighbours', no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from blogbot.intake.links import LinkMap
from blogbot.intake.posts import tags_of
from blogbot.model import Origin, Site, Tag
from blogbot.related import Document, Index, suggest_tags
from blogbot.store import Store, Terms
from blogbot.text import plain

KEPT = 10
"""How many related articles are kept for each post."""

MOST = 0.2
"""When this share of the posts is new, all lists are worked out: finding out which ones differ would take as long."""

PORTION = 100
"""How many lists are worked out and saved at once."""

Lists = dict[int, list[tuple[int, Origin, float]]]


class Neighbourhood:
    def __init__(self, store: Store, site: Site) -> None:
        self._store = store
        self._index = Index()
        self._links = LinkMap(urlsplit(address).hostname for address in (site.url, site.public_url))
        self._revisions: dict[int, int] = {}

    async def settle(self, touched: set[int]) -> None:
        """Brings index, lists and suggestions up to date with the posts that were just saved or removed."""
        if not touched:
            return
        affected = await self._learn(touched) & self._revisions.keys()
        for portion in _portions(sorted(affected), PORTION):
            lists = await asyncio.to_thread(self._lists, portion)
            async with self._store.write() as tx:
                await tx.posts.save_related(lists)
        await self._suggest(touched & self._revisions.keys())

    async def _learn(self, touched: set[int]) -> set[int]:
        """Takes in what changed since the last time; the posts whose lists are not right any more."""
        first = not self._revisions
        async with self._store.read() as tx:
            revisions = await tx.posts.revisions()
            changed = {id_ for id_, revision in revisions.items() if self._revisions.get(id_) != revision}
            gone = self._revisions.keys() - revisions.keys()
            which = None if first else sorted(changed)
            names, links = await tx.posts.names(which), await tx.posts.links(which)
            relinked = self._links.update(changed, gone, names, links)
            every = len(touched if first else relinked) > len(revisions) * MOST
            # Also what a post was like before it changed, and what it linked to, are to be asked anew.
            affected = set() if every else self._affected((changed | gone | relinked) & self._revisions.keys())
            for id_ in gone:
                self._index.remove(id_)
            async for terms in tx.posts.terms(which):
                await asyncio.to_thread(self._add, terms)
        for id_ in relinked - changed:
            self._index.relink(id_, *self._links.of(id_))
        self._revisions = revisions
        return set(revisions) if every else affected | self._affected(touched if first else relinked)

    def _affected(self, ids: Iterable[int]) -> set[int]:
        return {each for id_ in ids for each in (id_, *self._index.affected(id_))}

    def _add(self, terms: Iterable[Terms]) -> None:
        for id_, counts, published in terms:
            pointed = self._links.of(id_)
            self._index.add(Document(id_, counts, published, links=pointed.links, pins=pointed.pins))

    def _lists(self, ids: Iterable[int]) -> Lists:
        return {id_: [(n.id, n.origin, n.score) for n in self._index.related(id_, KEPT)] for id_ in ids}

    async def _suggest(self, ids: set[int]) -> None:
        """Tags for posts whose editor gave none, found in their text and by what they are alike to."""
        async with self._store.read() as tx:
            bare = [post for post in (await tx.posts.many(sorted(ids))).values() if not post.tags]
            known = {tag.slug: tag.name for tag, _ in await tx.posts.tags()}
        suggestions: dict[int, tuple[Tag, ...]] = {}
        for post in bare:
            names = await asyncio.to_thread(suggest_tags, post.title, plain(post.html), known, self._index)
            suggestions[post.id] = tags_of(tuple(names))
        if suggestions:
            async with self._store.write() as tx:
                await tx.posts.save_suggested(suggestions)


def _portions(ids: list[int], size: int) -> Iterator[list[int]]:
    iterator = iter(ids)
    while portion := list(islice(iterator, size)):
        yield portion
