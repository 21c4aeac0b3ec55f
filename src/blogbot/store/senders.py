"""The processes that send for one bot, and what they learnt of Telegram's limits: the rate is one, however many send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from blogbot.model import Pace
from blogbot.store.noun import Noun
from blogbot.store.tables import senders

ALIVE = timedelta(seconds=6)
"""A process that was not seen for so long sends no more; each says so every other second."""

REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What all processes know together, and how many `others` there are."""

    pace: Pace
    others: int


class Senders(Noun):
    async def report(self, bot: str, process: str, pace: Pace, now: datetime) -> Standing:
        """Notes that a process lives and what it learnt; what all of them did."""
        row = {"bot": bot, "process": process, "seen": now} | asdict(pace)
        statement = self._insert(senders).values(row)
        again = {name: statement.excluded[name] for name in row if name not in ("bot", "process")}
        await self._run(statement.on_conflict_do_update(index_elements=["bot", "process"], set_=again))
        # One that was seen in the future is of a clock that was set back.
        lost = or_(senders.c.seen < now - REMEMBERED, senders.c.seen > now + REMEMBERED)
        await self._run(delete(senders).where(senders.c.bot == bot, lost))
        rows = await self._rows(select(senders).where(senders.c.bot == bot))
        paces = [Pace(row.rate, row.refused, row.paused_until, row.failures) for row in rows]
        alive = [row for row in rows if abs(row.seen - now) <= ALIVE and row.process != process]
        return Standing(merged(paces), len(alive))

    async def leave(self, bot: str, process: str) -> None:
        """The process ends: its share of the rate goes to the others at once; what it learnt stays for a day."""
        mine = (senders.c.bot == bot) & (senders.c.process == process)
        row = await self._first(select(senders.c.seen).where(mine))
        if row is not None:
            await self._run(update(senders).where(mine).values(seen=row.seen - 2 * ALIVE))


def merged(paces: Sequence[Pace]) -> Pace:
    """What was learnt last counts; the longest pause holds for all."""
    refused = [pace for pace in paces if pace.refused is not None]
    newest = max(refused, key=lambda pace: (pace.refused, pace.failures), default=Pace())
    pauses = [pace.paused_until for pace in paces if pace.paused_until is not None]
    return replace(newest, paused_until=max(pauses, default=None))
