"""The processes that send for one bot, and what they learnt of Telegram's limits: the rate is one, however many send."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
        # One that was seen in the far future is of a clock that was set back.
        lost = or_(senders.c.seen < now - REMEMBERED, senders.c.seen > now + REMEMBERED)
        await self._run(delete(senders).where(senders.c.bot == bot, lost))
        rows = await self._rows(select(senders).where(senders.c.bot == bot))
        paces = {row.process: Pace(row.rate, row.refused, row.paused_until, row.failures) for row in rows}
        for each, learnt in paces.items():
            paces[each] = learnt.sound(now)
            if paces[each] != learnt:  # written down, so that it was learnt now once, and not again at each look
                mended = update(senders).where(senders.c.bot == bot, senders.c.process == each)
                await self._run(mended.values(asdict(paces[each])))
        alive = [row for row in rows if abs(row.seen - now) <= ALIVE and row.process != process]
        return Standing(Pace.merged(paces.values()), len(alive))

    async def leave(self, bot: str, process: str) -> None:
        """The process ends: its share of the rate goes to the others at once; what it learnt stays for a day."""
        mine = (senders.c.bot == bot) & (senders.c.process == process)
        row = await self._first(select(senders.c.seen).where(mine))
        if row is not None:
            await self._run(update(senders).where(mine).values(seen=row.seen - 2 * ALIVE))
