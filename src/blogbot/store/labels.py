"""Tags as posts and events carry them: kept with each in its own spelling, and once for all lists."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.model import Tag
from blogbot.store.noun import Noun
from blogbot.store.tables import tags


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
