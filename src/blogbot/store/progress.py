"""How far reminders are: what of them is still to be sent, so that nobody reckons with what was sent long ago.

It is asked every few seconds while a million may wait, so it reads what waits by its indexes, and never what is settled but
while a fan-out goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from blogbot.model import Lane
from blogbot.store.ledger import OPEN
from blogbot.store.noun import Noun, chunks
from blogbot.store.tables import NO, QUEUED, YES, announcements, notifications

_l = notifications.c
_LANE = int(Lane.REMINDER)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reminder is that was announced: whether all its chats are passed, how many notifications wait and can
    still go in time, and (while not all are passed) how many are settled."""

    due: datetime
    passed: bool
    waiting: int
    settled: int

    def left(self, audience: int) -> int:
        """How many are still to be told, of so many who want to be."""
        return self.waiting if self.passed else max(audience - self.settled, self.waiting)


class Progressing(Noun):
    async def progress(self, keys: Sequence[str]) -> dict[str, Progress]:
        """How far each of these reminders is; those that were not announced, or withdrawn, are not in it.

        What is being sent at this moment counts as sent.
        """
        known = [row for some in chunks(keys) for row in await self._rows(_announced(some))]
        if not known:
            return {}
        waiting: Counter[int] = Counter()
        for query in (_ready(), _parked(max(row.expires for row in known))):
            for number, count in await self._rows(query):
                waiting[number] += int(count)
        settled = {row[0]: row[1] for row in await self._rows(_settled([row.id for row in known if row.done is None]))}
        return {
            row.key: Progress(row.due, row.done is not None, waiting[row.id], settled.get(row.id, 0)) for row in known
        }


def _announced(keys: Sequence[str]) -> Select[Any]:
    return select(announcements).where(announcements.c.key.in_(keys), announcements.c.withdrawn.is_(None))


def _ready() -> Select[Any]:
    """How many notifications of each reminder may go now, counted in the order of the queue's index."""
    ready = and_(_l.state == QUEUED, _l.parked == NO, _l.lane == _LANE)
    return select(_l.announcement_id, func.count()).where(ready).group_by(_l.deadline, _l.announcement_id)


def _parked(last: datetime) -> Select[Any]:
    """How many of each may go later, but before its date begins; counted in order, too, and joined then."""
    parked = and_(_l.state == QUEUED, _l.parked == YES, _l.not_before < last)
    grouped = (_l.not_before, _l.announcement_id)
    held = select(*grouped, func.count().label("count")).where(parked).group_by(*grouped).subquery()
    in_time = and_(announcements.c.lane == _LANE, held.c.not_before < announcements.c.expires)
    joined = select(held.c.announcement_id, func.sum(held.c.count)).join(
        announcements, announcements.c.id == held.c.announcement_id
    )
    return joined.where(in_time).group_by(held.c.announcement_id)


def _settled(ids: Sequence[int]) -> Select[Any]:
    """How many of each need nothing more."""
    these = and_(_l.announcement_id.in_(ids), _l.state.not_in(OPEN))
    return select(_l.announcement_id, func.count()).where(these).group_by(_l.announcement_id)
