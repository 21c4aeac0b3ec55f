"""What feeds ask of all posts: how each stands, which labels there are, and which posts are a label's newest.

Nearly all of it comes from indexes alone, so that it costs little however long the posts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, and_, bindparam, func, select

from blogbot.model import Label, LabelKind, Stamp, Window
from blogbot.store.kinship import Kinship
from blogbot.store.lists import among, gathered
from blogbot.store.noun import chunks, paged, within
from blogbot.store.tables import EDITOR, departures, post_authors, post_tags, posts, related

_LISTED = posts.c.gone.is_(None)
_TAGGED = and_(post_tags.c.origin == EDITOR, post_tags.c.published.is_not(None))
_WRITTEN = post_authors.c.published.is_not(None)
_SORTED = {
    LabelKind.TAG: (post_tags, post_tags.c.tag_slug, _TAGGED),
    LabelKind.AUTHOR: (post_authors, post_authors.c.slug, _WRITTEN),
}
_COUNTED = {
    kind: select(slug, func.count().label("posts")).where(fits).group_by(slug).subquery()
    for kind, (_, slug, fits) in _SORTED.items()
}
_SHOWN = {
    kind: paged(
        select(table.c.post_id, table.c.name, posts.c.updated)
        .join(posts)
        .where(fits, slug == bindparam("slug"))
        .order_by(table.c.published.desc(), table.c.post_id.desc())
    ).subquery()
    for kind, (table, slug, fits) in _SORTED.items()
}
_STANDING = (
    select(posts.c.id, posts.c.revision, posts.c.kin).where(_LISTED).order_by(posts.c.published, posts.c.id).subquery()
)
# One row of lists each: to fetch many rows takes longer than to find them, as at each of them threads wait for each other.
_STAMPS = select(*map(gathered, _STANDING.c))
_SIZES = {kind: select(*map(gathered, counted.c)) for kind, counted in _COUNTED.items()}
_WINDOWS = {
    kind: select(gathered(shown.c.post_id), gathered(shown.c.name), func.max(shown.c.updated))
    for kind, shown in _SHOWN.items()
}
# Weighed, so that one post that goes and another that comes back do not look like none.
_WEIGHED = (func.coalesce(func.sum(posts.c.id * each), 0) for each in (posts.c.revision, posts.c.kin))
_STAMP = select(func.count(), func.max(posts.c.id), *_WEIGHED).where(_LISTED)
_LABELS = {
    kind: select(slug).distinct().where(fits, among(table.c.post_id)) for kind, (table, slug, fits) in _SORTED.items()
}
_UPDATED = select(posts.c.id, posts.c.updated).where(_LISTED, among(posts.c.id))
_DEPARTURES = select(departures.c.kind, departures.c.slug, departures.c.at)


class Channels(Kinship):
    async def stamps(self) -> dict[int, Stamp]:
        """How every post that is not gone stands, by id, the oldest first."""
        ids, revisions, kins = await self._lists(_STAMPS)
        return dict(zip(ids, zip(revisions, kins, strict=True), strict=True))

    async def stamp(self) -> tuple[int, ...]:
        """Differs when the posts, or what is related to them, differ; cheap enough to look at every few seconds."""
        return tuple(int(value or 0) for value in (await self._rows(_STAMP))[0])

    async def sizes(self) -> dict[Label, int]:
        """How many posts each label has; one without any is missing."""
        found: dict[Label, int] = {}
        for kind, query in _SIZES.items():
            slugs, sizes = await self._lists(query)
            found |= {Label(kind, slug): size for slug, size in zip(slugs, sizes, strict=True)}
        return found

    async def windows(self, labels: Iterable[Label], limit: int) -> dict[Label, Window]:
        """The newest posts with each of these labels; a label without any is missing."""
        found = {}
        for label in labels:
            given = {"slug": label.slug, "limit": within(limit), "offset": 0}
            ((ids, names, updated),) = await self._rows(_WINDOWS[label.kind], given)
            if ids:
                found[label] = Window(names[0], tuple(ids), updated)
        return found

    async def labels(self, ids: Sequence[int]) -> set[Label]:
        """The labels that any of these posts has."""
        return {
            Label(kind, slug)
            for kind, query in _LABELS.items()
            for some in chunks(ids)
            for (slug,) in await self._rows(query, {"ids": some})
        }

    async def updated(self, ids: Sequence[int]) -> dict[int, datetime]:
        """When each of these posts changed last; those that are gone are missing."""
        return {
            post_id: updated
            for some in chunks(sorted(set(ids)))
            for post_id, updated in await self._rows(_UPDATED, {"ids": some})
        }

    async def departures(self) -> dict[Label | None, datetime]:
        """When a post last left each label, and for None the blog: it was withdrawn, or has the label no more."""
        rows = await self._rows(_DEPARTURES)
        return {Label(LabelKind(kind), slug) if kind else None: at for kind, slug, at in rows}

    async def naming(self, ids: Sequence[int]) -> set[int]:
        """The posts that have any of these among their related ones."""
        return {
            row.post_id
            for some in chunks(ids)
            for row in await self._rows(select(related.c.post_id).distinct().where(related.c.other_id.in_(some)))
        }

    async def _lists(self, query: Executable) -> list[list[Any]]:
        """The lists in the one row that `query` gives."""
        (row,) = await self._rows(query)
        return [column or [] for column in row]
