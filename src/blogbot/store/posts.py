"""Posts as they are written: inserted, changed, marked as gone. What is asked of them stands in the classes beneath."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from blogbot.model import Label, LabelKind, PostItem, Tag
from blogbot.store.channels import Channels
from blogbot.store.columns import KEY_BYTES, bounded
from blogbot.store.kinship import pack
from blogbot.store.labels import Labels
from blogbot.store.search import Search
from blogbot.store.tables import departures, post_authors, post_links, post_tags, posts
from blogbot.text import address_key
from blogbot.text import slug as slug_of

_MOST_LINKS = 1_000


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post as it is to be kept: the item, and what intake made of it. `text` is the body as people read it."""

    item: PostItem
    slug: str
    summary: str
    published: datetime
    updated: datetime
    tags: Sequence[Tag] = ()
    suggested: Sequence[Tag] = ()
    terms: Mapping[str, int] = field(default_factory=dict)
    text: str = ""


class Posts(Channels):
    async def insert(self, record: PostRecord) -> int:
        """Keeps a new post, as revision 1, and gives its id. Its slug and its item's key must be free."""
        row = _row(record) | {"key": record.item.key, "revision": 1, "kin": 0}
        post_id: int = await self._value(insert(posts).values(row).returning(posts.c.id))
        await self._attach(post_id, record)
        return post_id

    async def update(self, post_id: int, record: PostRecord) -> None:
        """Replaces all of a post but its key, as its next revision. One that was gone is back."""
        row: dict[str, Any] = _row(record)
        row |= {"gone": None, "revision": posts.c.revision + 1}
        await self._depart(await self.labels([post_id]) - _labels(record), record.updated)
        await self._run(update(posts).where(posts.c.id == post_id).values(row))
        for table in (post_tags, post_authors, post_links):
            await self._run(delete(table).where(table.c.post_id == post_id))
        await Search(self._connection, self._dialect).remove(post_id)
        await self._attach(post_id, record)

    async def points_alike(self, post_id: int, item: PostItem) -> bool:
        """Whether a post points to the same as the item does, and its editor named the same."""
        query = select(post_links.c.target, post_links.c.by_editor).where(post_links.c.post_id == post_id)
        kept = [row._asdict() for row in await self._rows(query.order_by(post_links.c.position))]
        return kept == [*_links(item)]

    async def save_suggested(self, suggestions: Mapping[int, Sequence[Tag]]) -> None:
        """Replaces the suggested tags of these posts. That is no revision: what the editor gave is as it was."""
        labels = Labels(self._connection, self._dialect)
        for post_id, tags in suggestions.items():
            mine = (post_tags.c.post_id == post_id) & (post_tags.c.origin == "suggested")
            await self._run(delete(post_tags).where(mine))
            await labels.keep(tags, by_editor=False)
            published = await self._value(select(posts.c.published).where(posts.c.id == post_id))
            rows = _tagged(post_id, published, "suggested", tags)
            if rows:
                await self._run(insert(post_tags), rows)

    async def remove(self, post_id: int, now: datetime) -> None:
        """Marks a post as gone: neither listed nor found, but kept, and known by its key."""
        marked = update(posts).where(posts.c.id == post_id, posts.c.gone.is_(None))
        labels = await self.labels([post_id])
        if await self._count(marked.values(gone=now, revision=posts.c.revision + 1)):
            await self._depart([None, *labels], now)
            for table in (post_tags, post_authors):
                await self._run(update(table).where(table.c.post_id == post_id).values(published=None))
            await Search(self._connection, self._dialect).remove(post_id)

    async def _depart(self, labels: Collection[Label | None], at: datetime) -> None:
        """Notes that a post leaves these labels, and for None the blog."""
        statement = self._insert(departures)
        statement = statement.on_conflict_do_update(
            index_elements=[departures.c.kind, departures.c.slug],
            set_={"at": statement.excluded.at},
            where=departures.c.at < statement.excluded.at,
        )
        # In one order always, so that two writers never wait for each other.
        rows = [{"kind": kind, "slug": slug, "at": at} for kind, slug in sorted(label or ("", "") for label in labels)]
        if rows:
            await self._run(statement, rows)

    async def free_slug(self, wish: str) -> str:
        """`wish`, or the first of `wish-2`, `wish-3` ... that no post has; gone posts keep theirs."""
        wish = wish[: KEY_BYTES - 16]
        # "." follows "-" in the alphabet, so this range holds just what begins with the wish and a hyphen.
        near = (posts.c.slug >= f"{wish}-") & (posts.c.slug < f"{wish}.")
        taken = {row.slug for row in await self._rows(select(posts.c.slug).where((posts.c.slug == wish) | near))}
        number, free = 1, wish
        while free in taken:
            number += 1
            free = f"{wish}-{number}"
        return free

    async def _attach(self, post_id: int, record: PostRecord) -> None:
        """Everything of a post that lies outside its row."""
        item, published, tags = record.item, record.published, record.tags
        labels = Labels(self._connection, self._dialect)
        await labels.keep(tags, by_editor=True)
        await labels.keep(record.suggested, by_editor=False)
        tagged = _tagged(post_id, published, "editor", tags) + _tagged(
            post_id, published, "suggested", record.suggested
        )
        if tagged:
            await self._run(insert(post_tags), tagged)
        if item.authors:
            # Two spellings of one author are both shown, but the post is listed once.
            first = {slug_of(name): name for name in reversed(item.authors)}
            written = [
                {"post_id": post_id, "position": position, "slug": slug_of(name), "name": name}
                | {"published": published if first[slug_of(name)] == name else None}
                for position, name in enumerate(dict.fromkeys(item.authors))
            ]
            await self._run(insert(post_authors), written)
        links = [{"post_id": post_id, "position": n, **link} for n, link in enumerate(_links(item))]
        if links:
            await self._run(insert(post_links), links)
        await Search(self._connection, self._dialect).put(
            post_id,
            language=item.language,
            title=item.title,
            tags=" ".join(tag.name for tag in tags),
            summary=record.summary,
            body=record.text,
        )


def _labels(record: PostRecord) -> set[Label]:
    tags = {Label(LabelKind.TAG, tag.slug) for tag in record.tags}
    return tags | {Label(LabelKind.AUTHOR, slug_of(name)) for name in record.item.authors}


def _once(tags: Sequence[Tag]) -> Iterable[Tag]:
    """The tags in order, each slug once, in its first spelling."""
    first = {tag.slug: tag for tag in reversed(tags)}
    return [first[slug] for slug in dict.fromkeys(tag.slug for tag in tags)]


def _tagged(post_id: int, published: datetime, origin: str, tags: Sequence[Tag]) -> list[dict[str, Any]]:
    return [
        {"post_id": post_id, "published": published, "origin": origin, "position": position}
        | {"tag_slug": tag.slug, "name": tag.name}
        for position, tag in enumerate(_once(tags))
    ]


def _row(record: PostRecord) -> dict[str, Any]:
    item = record.item
    return {
        "slug": record.slug,
        "url": item.url,
        "address": address_key(item.url),
        "title": item.title,
        "summary": record.summary,
        "html": item.html,
        "language": item.language,
        "image": item.image,
        "published": record.published,
        "updated": record.updated,
        "terms": pack(record.terms),
    }


def _links(item: PostItem) -> Iterable[dict[str, Any]]:
    """What the post points to, the editor's own list first; each address once."""
    seen: set[str] = set()
    for by_editor, addresses in ((True, item.curated), (False, item.links)):
        for address in addresses[:_MOST_LINKS]:
            target = bounded(address_key(address))
            if target and target not in seen:
                seen.add(target)
                yield {"target": target, "by_editor": by_editor}
