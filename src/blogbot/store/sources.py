"""What was seen where: each source's last look, and for each of its entries what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from blogbot.model import Validators
from blogbot.store.noun import Noun
from blogbot.store.tables import source_entries, source_looks


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as it was read last: its fingerprint then, and the ids of the posts and events it gave."""

    fingerprint: str
    posts: tuple[int, ...] = ()
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LastLook:
    """How a source was looked at: its `context` then (`Source.context`), and what its server said."""

    context: str
    validators: Validators


class Sources(Noun):
    async def last_look(self, source: str) -> LastLook | None:
        """How the source was looked at last; None where it never was."""
        columns = (source_looks.c.context, source_looks.c.etag, source_looks.c.last_modified)
        row = await self._first(select(*columns).where(source_looks.c.source == source))
        return None if row is None else LastLook(row.context, Validators(row.etag, row.last_modified))

    async def save_look(self, source: str, look: LastLook, now: datetime) -> None:
        """Notes that the source was looked at, how, and what its server said."""
        said = look.validators
        row = {"context": look.context, "etag": said.etag, "last_modified": said.last_modified, "looked": now}
        statement = self._insert(source_looks).values(source=source, **row)
        await self._run(statement.on_conflict_do_update(index_elements=["source"], set_=row))

    async def given_elsewhere(self, source: str) -> tuple[set[int], set[int]]:
        """The posts and the events that other sources gave when they were looked at last. Reads all of their entries."""
        query = select(source_entries.c.posts, source_entries.c.events).where(source_entries.c.source != source)
        rows = await self._rows(query)
        return {id_ for row in rows for id_ in row.posts}, {id_ for row in rows for id_ in row.events}

    async def seen(self, source: str) -> dict[str, Seen]:
        """Every entry of the source that was read and not forgotten, by its `where`."""
        query = select(source_entries).where(source_entries.c.source == source).order_by(source_entries.c.entry)
        return {
            row.entry: Seen(row.fingerprint, tuple(row.posts), tuple(row.events)) for row in await self._rows(query)
        }

    async def save_seen(
        self, source: str, where: str, fingerprint: str, posts: Sequence[int], events: Sequence[int]
    ) -> None:
        row = {"fingerprint": fingerprint, "posts": list(posts), "events": list(events)}
        statement = self._insert(source_entries).values(source=source, entry=where, **row)
        await self._run(statement.on_conflict_do_update(index_elements=["source", "entry"], set_=row))

    async def forget(self, source: str, where: str) -> None:
        """What is forgotten is new when it comes again."""
        those = (source_entries.c.source == source) & (source_entries.c.entry == where)
        await self._run(delete(source_entries).where(those))
