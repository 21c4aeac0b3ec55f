"""Posts as people ask for them: one, a page of the newest, by tag, by author, by words. A gone post is in no answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from sys import intern
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from blogbot.model import Author, Found, Page, Post, Tag
from blogbot.store.lists import among
from blogbot.store.noun import AnyRow, Listed, Noun, chunks, paged, within
from blogbot.store.search import Search
from blogbot.store.tables import EDITOR, event_tags, post_authors, post_tags, posts, tags

_COLUMNS = [column for column in posts.c if column.name not in {"terms", "address", "gone", "kin"}]
_OUTLINE = [literal("").label(column.name) if column.name in {"html", "summary"} else column for column in _COLUMNS]
_LISTED = posts.c.gone.is_(None)
_TAGGED = and_(post_tags.c.origin == EDITOR, post_tags.c.published.is_not(None))
_WRITTEN = post_authors.c.published.is_not(None)
_AUTHOR = "author"
_NEWEST = (posts.c.published.desc(), posts.c.id.desc())


def _the(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The one post that fulfils the conditions; of several the last that came in."""
    return select(*_COLUMNS).where(*conditions).order_by(posts.c.id.desc()).limit(1)


def _labelled(table: FromClause, *conditions: ColumnElement[bool]) -> Listed:
    """The ids of posts through a table of labels, whose index gives them in order. A label stands once on a post."""
    return Listed.of(select(table.c.post_id), table, (table.c.published.desc(), table.c.post_id.desc()), *conditions)


# What a page asks is put together once: that takes longer than the answer.
_BY_ID = _the(posts.c.id == bindparam("id"))
_PRESENT_BY_ID = _BY_ID.where(_LISTED)
_BY_SLUG = _the(_LISTED, posts.c.slug == bindparam("slug"))
_BY_ADDRESS = _the(_LISTED, posts.c.address == bindparam("address"))
_LATEST = paged(select(*_COLUMNS).where(_LISTED).order_by(*_NEWEST))
_COUNT = select(func.count()).select_from(posts).where(_LISTED)
_OF_TAG = _labelled(post_tags, _TAGGED, post_tags.c.tag_slug == bindparam("slug"))
_OF_AUTHOR = _labelled(post_authors, _WRITTEN, post_authors.c.slug == bindparam("slug"))
_MANY = select(*_COLUMNS).where(_LISTED, among(posts.c.id))
_OUTLINES = select(*_OUTLINE).where(_LISTED, among(posts.c.id))
_BOTH = union_all(
    select(post_tags.c.post_id, post_tags.c.origin, post_tags.c.tag_slug, post_tags.c.name, post_tags.c.position)
    .where(among(post_tags.c.post_id)),
    select(post_authors.c.post_id, literal(_AUTHOR), post_authors.c.slug, post_authors.c.name, post_authors.c.position)
    .where(among(post_authors.c.post_id)),
).subquery()  # fmt: skip
_LABELS = select(*list(_BOTH.c)[:4]).order_by(_BOTH.c.position)
_TAG = select(tags.c.slug, tags.c.name).where(tags.c.slug == bindparam("slug"), tags.c.by_editor.is_(True))
_AUTHORS_NAME = select(func.min(post_authors.c.name)).where(_WRITTEN, post_authors.c.slug == bindparam("slug"))


@cache
def _with_all(count: int, *, written: bool) -> Select[Any]:
    """The newest posts with as many tags, "tag0" and so on, and, if `written`, by any of "authors"."""
    wanted = [
        select(post_tags.c.post_id).where(_TAGGED, post_tags.c.tag_slug == bindparam(f"tag{each}"))
        for each in range(count)
    ]
    if written:
        by_any = post_authors.c.slug.in_(bindparam("authors", expanding=True))
        wanted.append(select(post_authors.c.post_id).where(_WRITTEN, by_any))
    fits = (posts.c.id.in_(ids) for ids in wanted)
    return select(*_COLUMNS).where(_LISTED, *fits).order_by(*_NEWEST).limit(bindparam("limit"))


class Known(NamedTuple):
    """A post that came in before, and whether it is gone."""

    post: Post
    gone: bool


class Listing(Noun):
    async def by_id(self, post_id: int) -> Post | None:
        return await self._one(_PRESENT_BY_ID, {"id": post_id})

    async def gone_title(self, post_id: int) -> str:
        """The title of a post that is gone; "" where there is none."""
        query = select(posts.c.title).where(posts.c.id == post_id, posts.c.gone.is_not(None))
        return str(await self._value(query) or "")

    async def withdrawn(self, slug: str, address: str = "") -> str | None:
        """The title of the post with this slug or address (`text.address_key`) that is gone; None where none is."""
        same = posts.c.slug == slug
        if address:
            same = or_(same, posts.c.address == address)
        title = await self._value(select(posts.c.title).where(same, posts.c.gone.is_not(None)).limit(1))
        return None if title is None else str(title)

    async def tag_vanished(self, slug: str) -> bool:
        """Whether an editor used this tag once, and no post and no event has it now."""
        on_posts = exists().where(_TAGGED, post_tags.c.tag_slug == slug)
        on_events = exists().where(event_tags.c.tag_slug == slug)
        query = select(tags.c.slug).where(tags.c.slug == slug, tags.c.by_editor.is_(True), ~on_posts, ~on_events)
        return await self._value(query) is not None

    async def author_vanished(self, slug: str) -> bool:
        """Whether somebody of this name wrote posts that are gone, and none that is not."""
        written, listed = post_authors.alias(), exists().where(_WRITTEN, post_authors.c.slug == slug)
        query = select(written.c.slug).where(written.c.slug == slug, ~listed)
        return await self._value(query.limit(1)) is not None

    async def by_slug(self, slug: str) -> Post | None:
        return await self._one(_BY_SLUG, {"slug": slug})

    async def known(self, key: str, address: str = "") -> Known | None:
        """The post with this stable id, also one that is gone; else the present one with this address (`text.address_key`)."""
        same = posts.c.key == key
        if address:
            same = or_(same, and_(_LISTED, posts.c.address == address))
        query = select(posts.c.id, posts.c.gone).where(same).order_by((posts.c.key == key).desc(), posts.c.id.desc())
        row = await self._first(query.limit(1))
        post = None if row is None else await self._one(_BY_ID, {"id": row.id})
        return None if row is None or post is None else Known(post, row.gone is not None)

    async def by_address(self, address_key: str) -> Post | None:
        """The post whose address or slug is this (`text.address_key`); the address goes first."""
        if not address_key:
            return None
        return await self._one(_BY_ADDRESS, {"address": address_key}) or await self.by_slug(address_key)

    async def many(self, ids: Sequence[int]) -> dict[int, Post]:
        """The posts with these ids; those that are gone or unknown are missing."""
        return await self._these(_MANY, ids)

    async def outlines(self, ids: Sequence[int]) -> dict[int, Post]:
        """As `many`, but without texts and summaries, which are "": for lists that show titles alone."""
        return await self._these(_OUTLINES, ids)

    async def latest(self, limit: int, offset: int) -> Page[Post]:
        rows = await self._rows(_LATEST, {"limit": within(limit), "offset": within(offset)})
        return Page(tuple(await self._filled(rows)), offset, await self._value(_COUNT))

    async def by_tag(self, slug: str, limit: int, offset: int) -> Page[Post]:
        """The posts that an editor gave this tag, newest first; a suggested tag does not count."""
        return await self._labelled(_OF_TAG, slug, limit, offset)

    async def by_author(self, author_slug: str, limit: int, offset: int) -> Page[Post]:
        return await self._labelled(_OF_AUTHOR, author_slug, limit, offset)

    async def selected(self, tag_slugs: Sequence[str], author_slugs: Sequence[str], limit: int) -> list[Post]:
        """The newest posts that have all these tags and were written by any of these authors; none of either asks for nothing."""
        query = _with_all(len(tag_slugs), written=bool(author_slugs))
        named = {f"tag{each}": slug for each, slug in enumerate(tag_slugs)}
        return await self._filled(
            await self._rows(query, {**named, "authors": list(author_slugs), "limit": within(limit)})
        )

    async def search(self, query: str, limit: int, offset: int) -> Found[Post]:
        """The posts that hold all these words, else any of them; best first, of equals the newest."""
        ids, total, every = await Search(self._connection, self._dialect).find(query, within(limit), within(offset))
        found = await self.many(ids)
        return Found(tuple(found[post_id] for post_id in ids if post_id in found), offset, total, every)

    async def tags(self) -> list[tuple[Tag, int]]:
        """The editors' tags and how many posts each has, the most used first."""
        # Counted before they are named: the index alone gives the counts, and few names are looked up.
        counted = select(post_tags.c.tag_slug, func.count().label("n")).where(_TAGGED).group_by(post_tags.c.tag_slug)
        each = counted.subquery()
        query = select(tags.c.slug, tags.c.name, each.c.n).join(each, each.c.tag_slug == tags.c.slug)
        found = [(Tag(slug, name), n) for slug, name, n in await self._rows(query)]
        return sorted(found, key=lambda each: (-each[1], each[0].name.casefold(), each[0].slug))

    async def tag(self, slug: str) -> Tag | None:
        """A tag that some editor used, under the name that lists show."""
        row = await self._first(_TAG, {"slug": slug})
        return None if row is None else Tag(row.slug, row.name)

    async def author(self, slug: str) -> Author | None:
        """The author of some post that is not gone, under the name that lists show."""
        name = await self._value(_AUTHORS_NAME, {"slug": slug})
        return None if name is None else Author(slug, name)

    async def authors(self) -> list[tuple[Author, int]]:
        """Every author with the number of their posts, those who wrote most first."""
        query = (
            select(post_authors.c.slug, func.min(post_authors.c.name), func.count())
            .where(_WRITTEN)
            .group_by(post_authors.c.slug)
        )
        found = [(Author(slug, name), n) for slug, name, n in await self._rows(query)]
        return sorted(found, key=lambda each: (-each[1], each[0].name.casefold(), each[0].slug))

    async def _these(self, query: Select[Any], ids: Sequence[int]) -> dict[int, Post]:
        found: dict[int, Post] = {}
        for some in chunks(sorted(set(ids))):
            rows = await self._rows(query, {"ids": some})
            found.update((post.id, post) for post in await self._filled(rows))
        return found

    async def _one(self, query: Select[Any], given: Mapping[str, Any]) -> Post | None:
        row = await self._first(query, given)
        return None if row is None else (await self._filled([row]))[0]

    async def _labelled(self, listed: Listed, slug: str, limit: int, offset: int) -> Page[Post]:
        rows, total = await self._some(listed, {"slug": slug}, limit, offset)
        found = await self.many([row.post_id for row in rows])
        return Page(tuple(found[row.post_id] for row in rows if row.post_id in found), offset, total)

    async def _filled(self, rows: Sequence[AnyRow]) -> list[Post]:
        """Posts from their rows, with authors and tags, in the rows' order."""
        authors: dict[int, list[str]] = defaultdict(list)
        labels: dict[tuple[int, str], list[Tag]] = defaultdict(list)
        tag = cache(Tag)  # many posts share few
        for post_id, kind, slug, name in await self._labels([row.id for row in rows]):
            if kind == _AUTHOR:
                authors[post_id].append(intern(name))
            else:
                labels[post_id, kind].append(tag(slug, name))
        return [
            Post(
                **row._mapping,
                authors=tuple(authors[row.id]),
                tags=tuple(labels[row.id, "editor"]),
                suggested=tuple(labels[row.id, "suggested"]),
            )
            for row in rows
        ]

    async def _labels(self, ids: Sequence[int]) -> Sequence[AnyRow]:
        """(post id, kind, slug, name) of authors and tags, in the order they have on each post."""
        return await self._rows(_LABELS, {"ids": list(ids)}) if ids else []
