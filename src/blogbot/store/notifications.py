"""The ledger: one announcement for one chat, from the queue to its end.

Leases, outcomes and what waits for one chat stand in files of their own; here is what can be asked of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Select, and_, func, literal, or_, select, tuple_, type_coerce

from blogbot.model import Announcement, Chat, Lane, NotificationState
from blogbot.store.chats import chat_from
from blogbot.store.columns import LARGEST
from blogbot.store.fan_out import announcement_from
from blogbot.store.leases import Leases
from blogbot.store.noun import within
from blogbot.store.outcomes import Outcomes
from blogbot.store.tables import NO, QUEUED, SENDING, TOLD, TROUBLE, YES, announcements, chats, notifications
from blogbot.store.waiting import Waiting

_l = notifications.c
TROUBLED = (NotificationState.FAILED, NotificationState.UNCERTAIN)

# Asked at each turn, so put together once.
_ANY_READY = select(literal(1)).where(_l.state == QUEUED, _l.parked == NO).limit(1)
_FIRST_PARKED = select(func.min(_l.not_before)).where(_l.state == QUEUED, _l.parked == YES)


@dataclass(frozen=True, slots=True)
class Told:
    """What a chat was told, or may have been: when, and in which of its messages."""

    announcement: Announcement
    state: NotificationState
    message_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A notification that failed, or of which nobody knows whether it arrived."""

    announcement: Announcement
    chat: Chat
    state: NotificationState
    attempts: int
    reason: str
    at: datetime


class Notifications(Leases, Outcomes, Waiting):
    async def told(self, chat_id: int, message_id: int) -> list[Announcement]:
        """What a message that was sent carried, the earliest due first."""
        query = (
            select(announcements)
            .join(notifications, _l.announcement_id == announcements.c.id)
            .where(_l.chat_id == chat_id, _l.message_id == message_id, TOLD)
            .order_by(announcements.c.due, announcements.c.id)
        )
        return [found for row in await self._rows(query) if not (found := announcement_from(row)).kind.edits]

    async def message_of(self, announcement_id: int, chat_id: int) -> tuple[NotificationState, int | None] | None:
        """How a notification stands, and the message that it came in; None where there is none."""
        query = select(_l.state, _l.message_id).where(_l.announcement_id == announcement_id, _l.chat_id == chat_id)
        row = await self._first(query)
        return None if row is None else (row.state, row.message_id)

    async def on_its_way(self, announcement_id: int, chat_id: int) -> bool:
        """Whether a process has it in its hands: it may yet arrive as it was made up some time ago. What merely waits will be
        made from what is true then."""
        leased = or_(_l.state == SENDING, and_(_l.state == QUEUED, _l.lease_until.is_not(None)))
        mine = and_(_l.announcement_id == announcement_id, _l.chat_id == chat_id)
        return bool(await self._value(select(literal(1)).where(mine, leased)))

    async def history(self, chat_id: int, limit: int) -> list[Told]:
        """What a chat was told, the latest first. Edits of a message are not told anew."""
        query = (
            select(*announcements.c, _l.state, _l.message_id, _l.at)
            .join(notifications, _l.announcement_id == announcements.c.id)
            .where(_l.chat_id == chat_id, TOLD, announcements.c.corrects.is_(None))
            .order_by(_l.at.desc(), announcements.c.id.desc())
            .limit(within(limit))
        )
        return [Told(announcement_from(row), row.state, row.message_id, row.at) for row in await self._rows(query)]

    async def troubled(self, limit: int, states: Sequence[NotificationState] = TROUBLED) -> list[Trouble]:
        """What failed or is uncertain, the latest first."""
        query = (
            select(_l.announcement_id, _l.chat_id, _l.state, _l.attempts, _l.reason, _l.at)
            .where(TROUBLE, _l.state.in_(states))
            .order_by(_l.at.desc(), _l.announcement_id, _l.chat_id)
            .limit(within(limit))
        )
        rows = await self._rows(query)
        about = {each.id: each for each in await self._announcements([row.announcement_id for row in rows])}
        hearers = {each.id: each for each in await self._chats([row.chat_id for row in rows])}
        return [
            Trouble(about[row.announcement_id], hearers[row.chat_id], row.state, row.attempts, row.reason, row.at)
            for row in rows
            if row.chat_id in hearers
        ]

    async def counts(self) -> dict[tuple[Lane, NotificationState], int]:
        """How many there are of each kind in the whole ledger; reads all of it, so ask seldom."""
        query = select(_l.lane, _l.state, func.count())
        rows = await self._rows(query.group_by(_l.lane, _l.state))
        return {(Lane(lane), state): count for lane, state, count in rows}

    async def outcomes(self, announcement_id: int) -> dict[NotificationState, int]:
        """How one announcement's notifications stand."""
        query = select(_l.state, func.count()).where(_l.announcement_id == announcement_id).group_by(_l.state)
        return {row[0]: row[1] for row in await self._rows(query)}

    async def waiting(self) -> dict[Lane, int]:
        """How many could be sent now, by lane; what is parked for later is not counted."""
        query = select(_l.lane, func.count()).where(_l.state == QUEUED, _l.parked == NO).group_by(_l.lane)
        return {Lane(lane): count for lane, count in await self._rows(query)}

    async def oldest_due(self, now: datetime) -> dict[Lane, datetime]:
        """For each lane in which something can be sent now, when the one that has been due for longest was due.

        Of each announcement one is looked at: they were due together, but for those who asked for a reminder after an early
        beginning.
        """
        found = {}
        for lane in Lane:
            due = await self._value(_earliest_due(lane))
            if due is not None and due <= now:
                found[lane] = due
        return found

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one may be sent: `now` where one waits already, None where nothing is queued."""
        if await self._value(_ANY_READY):
            return now
        return await self.next_parked()

    async def next_parked(self) -> datetime | None:
        """When the first of those that are parked may be sent, or might have been; None where none is."""
        due: datetime | None = await self._value(_FIRST_PARKED)
        return due

    async def _announcements(self, ids: Sequence[int]) -> list[Announcement]:
        rows = await self._rows(select(announcements).where(announcements.c.id.in_(set(ids))))
        return [announcement_from(row) for row in rows]

    async def _chats(self, ids: Sequence[int]) -> list[Chat]:
        return [chat_from(row) for row in await self._rows(select(chats).where(chats.c.id.in_(set(ids))))]


def _earliest_due(lane: Lane) -> Select[datetime]:
    """The earliest due of a lane's ready rows. The queue may hold a million, but of few announcements: it is read in leaps
    from the first row of one to the first row of the next, each a step in its index."""
    ready = and_(_l.state == QUEUED, _l.parked == NO, _l.lane == int(lane))
    place, order = (_l.deadline, _l.announcement_id), (_l.deadline, _l.announcement_id, _l.chat_id)
    first = select(*place).where(ready).order_by(*order).limit(1).subquery()
    leaps = select(first).cte("leaps", recursive=True)
    # SQLite leaps only past a whole row of its index, and only to values that have no affinity of their own, as sums have.
    end = (type_coerce(leaps.c.deadline, BigInteger) + 0, leaps.c.announcement_id + 0, literal(LARGEST))
    beyond = and_(ready, tuple_(*order) > tuple_(*end))
    following = [select(column).where(beyond).order_by(*order).limit(1).scalar_subquery() for column in place]
    leaps = leaps.union_all(select(*following).where(leaps.c.announcement_id.is_not(None)))
    same = and_(ready, _l.deadline == leaps.c.deadline, _l.announcement_id == leaps.c.announcement_id)
    due = select(_l.due).where(same).order_by(_l.chat_id).limit(1).scalar_subquery()
    return select(func.min(due)).select_from(leaps)
