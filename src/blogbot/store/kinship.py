"""What connects posts: the lists of related ones, the links in their texts, and the index terms that both come from."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from blogbot.model import Origin, Related
from blogbot.store.listing import Listing
from blogbot.store.lists import among
from blogbot.store.noun import chunks, within
from blogbot.store.tables import post_links, posts, related
from blogbot.text import address_key
from blogbot.text import slug as slug_of

_LISTED = posts.c.gone.is_(None)
_RELATED = (
    select(related.c.other_id, related.c.origin, related.c.score)
    .join(posts, posts.c.id == related.c.other_id)
    .where(_LISTED, related.c.post_id == bindparam("id"))
    .order_by(related.c.position)
    .limit(bindparam("limit"))
)
_LISTS = (
    select(related.c.post_id, related.c.other_id, related.c.origin, related.c.score)
    .join(posts, posts.c.id == related.c.other_id)
    .where(_LISTED, among(related.c.post_id))
    .order_by(related.c.post_id, related.c.position)
)
_BATCH = 100
_SHIFT = 0.05
"""By less a score stays as it is kept. Every new post shifts the scores of others a little, and feeds that name them would change."""

Kin = tuple[int, Origin, float]
"""A related post: its id, who says so, how strongly."""

List = list[Kin]


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


class Name(NamedTuple):
    """A name that a post goes by. `strong`: its address or its slug; else what only an editor calls it, its id or its title."""

    post_id: int
    name: str
    strong: bool


def pack(terms: Mapping[str, int]) -> bytes:
    """Terms as they are kept."""
    return zlib.compress(json.dumps(terms, separators=(",", ":")).encode(), 1)


def _unpack(data: bytes) -> dict[str, int]:
    unpacked: dict[str, int] = json.loads(zlib.decompress(data))
    return unpacked


class Kinship(Listing):
    async def related(self, post_id: int, limit: int) -> list[Related]:
        """What belongs beside a post, best first; posts that are gone are left out."""
        rows = await self._rows(_RELATED, {"id": post_id, "limit": within(limit)})
        found = await self.many([row.other_id for row in rows])
        return [Related(found[row.other_id], row.origin, row.score) for row in rows]

    async def lists(self, ids: Sequence[int], limit: int) -> dict[int, List]:
        """For each of these posts the ids of its related ones, best first; a post without any is missing."""
        found: dict[int, List] = {}
        for some in chunks(sorted(set(ids))):
            for post_id, *kin in await self._rows(_LISTS, {"ids": some}):
                mine = found.setdefault(post_id, [])
                if len(mine) < limit:
                    mine.append((kin[0], kin[1], kin[2]))
        return found

    async def save_related(self, lists: Mapping[int, Sequence[Kin]]) -> None:
        """Replaces the lists of these posts. Where that changes what people see, the post's `kin` grows."""
        for some in chunks(sorted(lists)):
            old = await self._kept(some)
            changed = [post_id for post_id in some if _differs(old.get(post_id, ()), lists[post_id])]
            await self._run(delete(related).where(related.c.post_id.in_(changed)))
            await self._run(update(posts).where(posts.c.id.in_(changed)).values(kin=posts.c.kin + 1))
            rows = [
                {"post_id": post_id, "position": position, "other_id": other_id, "origin": origin, "score": score}
                for post_id in changed
                for position, (other_id, origin, score) in enumerate(lists[post_id])
            ]
            if rows:
                await self._run(insert(related), rows)

    async def _kept(self, ids: Sequence[int]) -> dict[int, List]:
        """The lists as they are kept, with those that are gone."""
        query = select(related.c.post_id, related.c.other_id, related.c.origin, related.c.score)
        found: dict[int, List] = {}
        for row in await self._rows(query.where(related.c.post_id.in_(ids)).order_by(related.c.position)):
            found.setdefault(row.post_id, []).append((row.other_id, row.origin, row.score))
        return found

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

    async def links(self, ids: Sequence[int] | None = None) -> list[Link]:
        """What these posts, or all, point to, post by post, in order: first what the editor names, then the text's links."""
        if ids is None:
            return await self._links()
        return [link for some in chunks(sorted(set(ids))) for link in await self._links(post_links.c.post_id.in_(some))]

    async def names(self, ids: Sequence[int] | None = None) -> list[Name]:
        """By what names these posts, or all, can be pointed to, in order of id."""
        query = select(posts.c.id, posts.c.slug, posts.c.address, posts.c.key, posts.c.title)
        query = query.where(_LISTED).order_by(posts.c.id)
        parts = [query] if ids is None else [query.where(posts.c.id.in_(some)) for some in chunks(sorted(set(ids)))]
        return [name for part in parts for row in await self._rows(part) for name in _names(*row)]

    async def _links(self, condition: ColumnElement[bool] | None = None) -> list[Link]:
        query = select(post_links.c.post_id, post_links.c.target, post_links.c.by_editor)
        query = query.join(posts, posts.c.id == post_links.c.post_id).where(_LISTED)
        if condition is not None:
            query = query.where(condition)
        rows = await self._rows(query.order_by(post_links.c.post_id, post_links.c.position))
        return [Link(*row) for row in rows]


def _differs(old: Sequence[Kin], new: Sequence[Kin]) -> bool:
    """Whether people would see the difference."""
    return len(old) != len(new) or any(
        was[:2] != now[:2] or abs(was[2] - now[2]) >= _SHIFT for was, now in zip(old, new, strict=True)
    )


def _names(post_id: int, slug: str, address: str, key: str, title: str) -> Iterator[Name]:
    """What says the same as the slug is left out: most ids and titles do, and all names are held in memory."""
    scheme, _, rest = key.partition(":")
    own = address_key(key) if scheme in ("http", "https") else ""
    for name in dict.fromkeys((slug, address, own)):
        if name:
            yield Name(post_id, name, strong=True)
    given = address_key(rest) if scheme == "markdown" else ""
    file = given.rpartition("/")[2].lower()
    derived = file.endswith(slug) or slug_of(file, 100).endswith(slug)
    for name in dict.fromkeys(("" if derived else given, slug_of(title))):
        if name and name != slug:
            yield Name(post_id, name, strong=False)
