"""What feeds ask of all posts: how each stands, which labels there are, and which posts are a label's newest.

All of it comes from indexes alone, so that it costs little however long the posts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select

from blogbot.model import Label, LabelKind, Stamp, Window
from blogbot.store.kinship import Kinship
from blogbot.store.noun import chunks, paged, within
from blogbot.store.tables import EDITOR, departures, post_authors, post_tags, posts, related

_LISTED = posts.c.gone.is_(None)
_TAGGED = and_(post_tags.c.origin == EDITOR, post_tags.c.published.is_not(None))
_WRITTEN = post_authors.c.published.is_not(None)
_SORTED = {
    LabelKind.TAG: (post_tags, post_tags.c.tag_slug, _TAGGED),
    LabelKind.AUTHOR: (post_authors, post_authors.c.slug, _WRITTEN),
}
_WINDOWS = {
    kind: paged(
        select(table.c.post_id, table.c.name)
        .where(listed, slug == bindparam("slug"))
        .order_by(table.c.published.desc(), table.c.post_id.desc())
    )
    for kind, (table, slug, listed) in _SORTED.items()
}


class Channels(Kinship):
    async def stamps(self) -> list[Stamp]:
        """How every post that is not gone stands, the oldest first."""
        query = select(posts.c.id, posts.c.revision, posts.c.kin).where(_LISTED)
        return [Stamp(*row) for row in await self._rows(query.order_by(posts.c.published, posts.c.id))]

    async def stamp(self) -> tuple[int, ...]:
        """Differs when the posts, or what is related to them, differ; cheap enough to look at every few seconds."""
        # Weighted, so that one post that goes and another that comes back do not look like none.
        weighed = (func.coalesce(func.sum(posts.c.id * each), 0) for each in (posts.c.revision, posts.c.kin))
        rows = await self._rows(select(func.count(), func.max(posts.c.id), *weighed).where(_LISTED))
        return tuple(int(value or 0) for value in rows[0])

    async def sizes(self) -> dict[Label, int]:
        """How many posts each label has; one without any is missing."""
        found: dict[Label, int] = {}
        for kind, (_, slug, listed) in _SORTED.items():
            rows = await self._rows(select(slug, func.count()).where(listed).group_by(slug))
            found.update((Label(kind, each), count) for each, count in rows)
        return found

    async def windows(self, labels: Iterable[Label], limit: int) -> dict[Label, Window]:
        """The newest posts with each of these labels; a label without any is missing."""
        found = {}
        for label in labels:
            rows = await self._rows(_WINDOWS[label.kind], {"slug": label.slug, "limit": within(limit), "offset": 0})
            if rows:
                found[label] = Window(rows[0].name, tuple(row.post_id for row in rows))
        return found

    async def labels(self, ids: Sequence[int]) -> set[Label]:
        """The labels that any of these posts has."""
        return {
            Label(kind, row[0])
            for kind, (table, slug, listed) in _SORTED.items()
            for some in chunks(ids)
            for row in await self._rows(select(slug).distinct().where(listed, table.c.post_id.in_(some)))
        }

    async def updated(self, ids: Sequence[int]) -> dict[int, datetime]:
        """When each of these posts changed last; those that are gone are missing."""
        return {
            post_id: updated
            for some in chunks(sorted(set(ids)))
            for post_id, updated in await self._rows(
                select(posts.c.id, posts.c.updated).where(_LISTED, posts.c.id.in_(some))
            )
        }

    async def departures(self) -> dict[Label | None, datetime]:
        """When a post last left each label, and for None the blog: it was withdrawn, or has the label no more."""
        rows = await self._rows(select(departures.c.kind, departures.c.slug, departures.c.at))
        return {Label(LabelKind(kind), slug) if kind else None: at for kind, slug, at in rows}

    async def naming(self, ids: Sequence[int]) -> set[int]:
        """The posts that have any of these among their related ones."""
        return {
            row.post_id
            for some in chunks(ids)
            for row in await self._rows(select(related.c.post_id).distinct().where(related.c.other_id.in_(some)))
        }
