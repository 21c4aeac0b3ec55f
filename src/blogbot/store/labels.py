"""Tags as posts and events carry them: kept with each in its own spelling, and once for all lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from blogbot.model import Tag
from blogbot.store.noun import IDS, Noun, chunks
from blogbot.store.tables import event_tags, tags

_OF_EVENTS = (
    select(event_tags.c.event_id, event_tags.c.tag_slug, event_tags.c.name)
    .where(event_tags.c.event_id.in_(IDS))
    .order_by(event_tags.c.event_id, event_tags.c.position)
)


class Labels(Noun):
    async def keep(self, given: Sequence[Tag], *, by_editor: bool) -> None:
        """Makes tags known. The first name that an editor gave stays; a suggested one yields to it."""
        statement = self._insert(tags)
        statement = statement.on_conflict_do_update(
            index_elements=[tags.c.slug],
            set_={"name": statement.excluded.name, "by_editor": True},
            where=tags.c.by_editor.is_(False) & statement.excluded.by_editor,
        )
        # In one order always, so that two writers never wait for each other.
        rows = [{"slug": tag.slug, "name": tag.name, "by_editor": by_editor} for tag in sorted(given)]
        if rows:
            await self._run(statement, rows)

    async def of_events(self, ids: Sequence[int]) -> dict[int, tuple[Tag, ...]]:
        """The tags of these events, in their order."""
        found: dict[int, list[Tag]] = defaultdict(list)
        for some in chunks(sorted(set(ids))):
            for event_id, slug, name in await self._rows(_OF_EVENTS, {"ids": some}):
                found[event_id].append(Tag(slug, name))
        return {event_id: tuple(those) for event_id, those in found.items()}
