"""What connects posts: the lists of related ones, the links in their texts, and the index terms that both come from."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select

from blogbot.model import Origin, Related
from blogbot.store.listing import Listing
from blogbot.store.noun import chunks, within
from blogbot.store.tables import post_links, posts, related

_LISTED = posts.c.gone.is_(None)
_BATCH = 100


class Terms(NamedTuple):
    """The index terms of one post, with their weights."""

    post_id: int
    terms: dict[str, int]
    published: datetime


class Link(NamedTuple):
    """One address (`text.address_key`) that a post points to; `by_editor` where it is named as related, not in the text."""

    post_id: int
    target: str
    by_editor: bool


def pack(terms: Mapping[str, int]) -> bytes:
    """Terms as they are kept."""
    return zlib.compress(json.dumps(terms, separators=(",", ":")).encode(), 1)


def _unpack(data: bytes) -> dict[str, int]:
    unpacked: dict[str, int] = json.loads(zlib.decompress(data))
    return unpacked


class Kinship(Listing):
    async def related(self, post_id: int, limit: int) -> list[Related]:
        """What belongs beside a post, best first; posts that are gone are left out."""
        query = select(related.c.other_id, related.c.origin, related.c.score)
        query = query.join(posts, posts.c.id == related.c.other_id).where(_LISTED, related.c.post_id == post_id)
        rows = await self._rows(query.order_by(related.c.position).limit(within(limit)))
        found = await self.many([row.other_id for row in rows])
        return [Related(found[row.other_id], row.origin, row.score) for row in rows]

    async def all_related(self, limit: int) -> dict[int, list[tuple[int, Origin, float]]]:
        """For every post the ids of its related ones with origin and score, best first; a post without any is missing."""
        others = posts.alias()
        query = (
            select(related.c.post_id, related.c.other_id, related.c.origin, related.c.score)
            .join(posts, posts.c.id == related.c.post_id)
            .join(others, others.c.id == related.c.other_id)
            .where(_LISTED, others.c.gone.is_(None))
            .order_by(related.c.post_id, related.c.position)
        )
        lists: dict[int, list[tuple[int, Origin, float]]] = {}
        for post_id, other_id, origin, score in await self._rows(query):
            those = lists.setdefault(post_id, [])
            if len(those) < limit:
                those.append((other_id, origin, score))
        return lists

    async def save_related(self, lists: Mapping[int, Sequence[tuple[int, Origin, float]]]) -> None:
        """Replaces the lists of these posts."""
        for some in chunks(sorted(lists)):
            await self._run(delete(related).where(related.c.post_id.in_(some)))
        rows = [
            {"post_id": post_id, "position": position, "other_id": other_id, "origin": origin, "score": score}
            for post_id, those in lists.items()
            for position, (other_id, origin, score) in enumerate(those)
        ]
        if rows:
            await self._run(insert(related), rows)

    async def terms(self, ids: Sequence[int] | None = None) -> AsyncIterator[list[Terms]]:
        """The index terms of these posts, or of all, in order of id; a batch at a time, so that memory stays small."""
        wanted = None if ids is None else list(chunks(sorted(set(ids)), _BATCH))
        last = -1
        while wanted is None or wanted:
            query = select(posts.c.id, posts.c.terms, posts.c.published).where(_LISTED).order_by(posts.c.id)
            if wanted is None:
                rows = await self._rows(query.where(posts.c.id > last).limit(_BATCH))
                if not rows:
                    return
                last = rows[-1].id
            else:
                rows = await self._rows(query.where(posts.c.id.in_(wanted.pop(0))))
            yield [Terms(row.id, _unpack(row.terms), row.published) for row in rows]

    async def revisions(self) -> dict[int, int]:
        """The revision of every post that is not gone: by it an index knows what it has not seen yet."""
        return {row.id: row.revision for row in await self._rows(select(posts.c.id, posts.c.revision).where(_LISTED))}

    async def stamp(self) -> tuple[int, ...]:
        """Differs when the posts, or what is related to them, differ; cheap enough to look at every few seconds."""
        rows = await self._rows(
            select(func.count(), func.coalesce(func.sum(posts.c.revision), 0), func.max(posts.c.id))
        )
        weight = func.sum(related.c.other_id * (related.c.position + 1))
        lists = await self._rows(select(func.count(), func.coalesce(weight, 0)).select_from(related))
        return tuple(int(value or 0) for value in (*rows[0], *lists[0]))

    async def links(self, ids: Sequence[int] | None = None) -> list[Link]:
        """What these posts, or all, point to, post by post, in order: first what the editor names, then the text's links."""
        if ids is None:
            return await self._links()
        return [link for some in chunks(sorted(set(ids))) for link in await self._links(post_links.c.post_id.in_(some))]

    async def addresses(self, ids: Sequence[int] | None = None) -> dict[str, int]:
        """Which post each address and each slug belongs to, of these posts or of all; an address goes before a slug."""
        query = select(posts.c.id, posts.c.slug, posts.c.address).where(_LISTED).order_by(posts.c.id)
        parts = [query] if ids is None else [query.where(posts.c.id.in_(some)) for some in chunks(sorted(set(ids)))]
        rows = [row for part in parts for row in await self._rows(part)]
        return {row.slug: row.id for row in rows} | {row.address: row.id for row in rows if row.address}

    async def _links(self, condition: ColumnElement[bool] | None = None) -> list[Link]:
        query = select(post_links.c.post_id, post_links.c.target, post_links.c.by_editor)
        query = query.join(posts, posts.c.id == post_links.c.post_id).where(_LISTED)
        if condition is not None:
            query = query.where(condition)
        rows = await self._rows(query.order_by(post_links.c.post_id, post_links.c.position))
        return [Link(*row) for row in rows]
