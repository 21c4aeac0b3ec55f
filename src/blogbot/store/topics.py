"""The feeds as hubs and subscribers were last told of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from blogbot.store.noun import Noun, chunks
from blogbot.store.tables import topics


class Topics(Noun):
    async def digests(self) -> dict[str, str]:
        """What each feed held, by its path."""
        return {row.path: row.digest for row in await self._rows(select(topics.c.path, topics.c.digest))}

    async def learn(self, digests: Mapping[str, str]) -> list[str]:
        """Remembers what these feeds hold now; the paths of those that held something else, or are new.

        Where two processes learn of one change, it is new to one of them.
        """
        statement = self._insert(topics)
        anew = statement.excluded.digest
        statement = statement.on_conflict_do_update(
            index_elements=["path"], set_={"digest": anew}, where=topics.c.digest != anew
        )
        found: list[str] = []
        for some in chunks(sorted(digests.items())):
            rows = [{"path": path, "digest": digest} for path, digest in some]
            found += [row.path for row in await self._rows(statement.values(rows).returning(topics.c.path))]
        return sorted(found)

    async def forget(self, paths: Collection[str]) -> None:
        for some in chunks(sorted(paths)):
            await self._run(delete(topics).where(topics.c.path.in_(some)))

    async def digest(self, path: str, *, hold: bool = False) -> str | None:
        """What a feed held when it was last told of; None where there is none. `hold`: nobody tells of a change of it before this
        transaction ends, as SQLite has it anyway."""
        one = select(topics.c.digest).where(topics.c.path == path)
        row = await self._first(one.with_for_update(read=True) if hold else one)
        return None if row is None else str(row.digest)
