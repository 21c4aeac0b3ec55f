"""Taking notifications out of the queue: leased, put back, parked, begun.

A lease leaves a row `queued`: who dies with it has told nobody anything. `begin` makes it `sending`, right before the
call; only such rows are in doubt after a crash.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, case, exists, not_, or_, select, text, update

from blogbot.model import Announcement, Lane, NotificationState, Parcel
from blogbot.store.announcements import Announcements
from blogbot.store.chats import chat_from
from blogbot.store.ledger import OPEN, UNLEASED, Key, closed, grouped, in_time, keys_of, uncounted, withdrawn
from blogbot.store.noun import CHUNK, chunks, within
from blogbot.store.queue import Queue, free
from blogbot.store.tables import QUEUED, SENDING, chats, notifications

# Any number of our own: who leases on PostgreSQL holds this lock, so that no two see one chat idle.
_LEASING = 0x626C6F67

_l = notifications.c
_OTHER = notifications.alias()


@dataclass(frozen=True, slots=True)
class Begun:
    """Which of some parcels may go, attempts raised; and of those that may not, the rows that expired now and those that
    wait again. What is in neither is not theirs any more."""

    going: list[Parcel]
    expired: set[Key]
    back: set[Key]


class Leases(Queue):
    async def lease(
        self,
        now: datetime,
        limit: int,
        lease_until: datetime,
        *,
        lowest: int = 0,
        alone: bool = True,
        young: bool = False,
    ) -> list[Parcel]:
        """Takes the most urgent that may be sent now, until `lease_until`; at most 1,000 at a time.

        One for a chat, and none for a chat that is being sent something, so that its messages stay in order. Where this
        process is not `alone`, also none for one that was sent something a second ago, maybe by another process; and where
        it is so `young` that it may not know all of the last minute, none for a group that has had its minute's. Of the
        `limit` places, `lowest` belong to the lowest lane in which something is ready.
        """
        if self._dialect == "postgresql":
            await self._run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LEASING})
        limit = min(within(limit), CHUNK)
        first = await self._of_lowest(now, min(lowest, limit), alone, young) if lowest > 0 else {}
        for chat_id, announcement_id in (await self._ready(now, limit, alone, young)).items():
            if len(first) < limit:
                first.setdefault(chat_id, announcement_id)
        return await self._take(
            [(announcement_id, chat_id) for chat_id, announcement_id in first.items()], now, lease_until
        )

    async def gather(
        self, parcels: Sequence[Parcel], now: datetime, lease_until: datetime, *, least: int = 2
    ) -> list[Parcel]:
        """Each parcel with its chat's other waiting news in the same lease, the earliest due first.

        Where that would be fewer than `least` in all, it stays as it is.
        """
        if not parcels:
            return []
        waiting = await self._waiting_news([parcel.chat.id for parcel in parcels], now)
        carried = {row for parcel in parcels for row in _rows_of(parcel)}
        rows: list[Key] = []
        for parcel in parcels:
            others = [(each, parcel.chat.id) for each in waiting.get(parcel.chat.id, ())]
            others = [row for row in others if row not in carried]
            rows += others if len(parcel.announcements) + len(others) >= least else []
        taken = await self._mark(rows, now, lease_until, {parcel.chat.id: parcel.lease for parcel in parcels})
        about = await Announcements(self._connection, self._dialect).many([row[0] for row in taken])
        return [
            replace(
                parcel,
                announcements=_in_order([*parcel.announcements, *(about[a] for a, c in taken if c == parcel.chat.id)]),
            )
            for parcel in parcels
        ]

    async def begin(self, parcels: Sequence[Parcel], now: datetime) -> Begun:
        """From the lease into `sending`, to be committed before the call is made.

        Not so what was withdrawn or has become too late, which expires, what is not leased by this parcel any more, and what
        would be a chat's second call at once. One that is `sending` under this lease already may go again (in a simpler form),
        and is not counted anew.
        """
        begun: dict[Key, int] = {}
        row = {
            "state": NotificationState.SENDING,
            "attempts": case((_l.state == QUEUED, _l.attempts + 1), else_=_l.attempts),
            "at": now,
        }
        for announcement_id, ours in _held_by(parcels):
            fit = and_(_l.state.in_(OPEN), in_time(now), ~withdrawn(), ~_called_by_others())
            statement = update(notifications).where(ours, fit)
            found = await self._rows(statement.values(row).returning(_l.chat_id, _l.attempts))
            begun |= {(announcement_id, each.chat_id): each.attempts for each in found}
        going, stopped = [], []
        for parcel in parcels:
            attempts = [begun.get(row) for row in _rows_of(parcel)]
            whole = [each for each in attempts if each is not None]
            if len(whole) == len(attempts):
                going.append(replace(parcel, attempts=max(whole)))
            else:
                stopped.append(parcel)
        return Begun(going, *await self._stop(stopped, now))

    async def hold(self, parcels: Sequence[tuple[Parcel, datetime]], now: datetime) -> None:
        """Gives leases back; each parcel is parked until its instant."""
        for until, some in groupby(sorted(parcels, key=lambda each: each[1]), key=lambda each: each[1]):
            held = [parcel for parcel, _ in some]
            await self._give_back(held, {"not_before": until, "parked": 1, "reason": "", "at": now})

    async def release(self, parcels: Sequence[Parcel]) -> None:
        """Gives leases back, free at once: what was not begun is not in doubt."""
        await self._give_back(parcels, {})

    async def renew(self, parcels: Sequence[Parcel], lease_until: datetime) -> None:
        """The process still lives: its leases go on."""
        for _, ours in _held_by(parcels):
            statement = update(notifications).where(ours, _l.state.in_(OPEN))
            await self._run(statement.values(lease_until=lease_until))

    # --- Taking ---

    async def _take(self, rows: Sequence[Key], now: datetime, lease_until: datetime) -> list[Parcel]:
        if self._dialect == "postgresql":
            await self._keep_chats(sorted({chat_id for _, chat_id in rows}))
        lease = secrets.randbits(62)
        taken = await self._mark(rows, now, lease_until, {chat_id: lease for _, chat_id in rows})
        return await self._loaded([(*row, *taken[row]) for row in rows if row in taken], lease, now)

    async def _keep_chats(self, chat_ids: Sequence[int]) -> None:
        """Whose terms and wishes are about to be gone by changes them before or after this transaction, not meanwhile: what it
        puts back until they end would not be looked at anew. Before any row of theirs, as `Chats.lock`, and in one order."""
        for some in chunks(chat_ids):
            these = select(chats.c.id).where(chats.c.id.in_(some)).order_by(chats.c.id)
            await self._run(these.with_for_update(read=True))

    async def _mark(
        self, rows: Sequence[Key], now: datetime, lease_until: datetime, leases: dict[int, int]
    ) -> dict[Key, tuple[int, int, int]]:
        """Leases rows that are still free; the lane, the attempts and the doubts of those that were."""
        taken = {}
        by_lease = (((announcement_id, leases[chat_id]), chat_id) for announcement_id, chat_id in rows)
        for (announcement_id, lease), chat_ids in grouped(by_lease):
            which = and_(_l.announcement_id == announcement_id, _l.chat_id.in_(chat_ids), _l.state == QUEUED, free(now))
            statement = update(notifications).where(which).values(lease_until=lease_until, lease=lease, at=now)
            for row in await self._rows(statement.returning(_l.chat_id, _l.lane, _l.attempts, _l.doubts)):
                taken[announcement_id, row.chat_id] = (row.lane, row.attempts, row.doubts)
        return taken

    async def _loaded(
        self, leased: Sequence[tuple[int, int, int, int, int]], lease: int, now: datetime
    ) -> list[Parcel]:
        about = await Announcements(self._connection, self._dialect).many([each[0] for each in leased])
        hearers = {}
        for some in chunks([each[1] for each in leased]):
            for row in await self._rows(select(chats).where(chats.c.id.in_(some), chats.c.active.is_(True))):
                hearers[row.id] = chat_from(row)
        await self._drop([(each[0], each[1]) for each in leased if each[1] not in hearers], now)
        return [
            Parcel(hearers[chat_id], (about[announcement_id],), Lane(lane), attempts, doubts, lease)
            for announcement_id, chat_id, lane, attempts, doubts in leased
            if chat_id in hearers
        ]

    async def _drop(self, rows: Sequence[Key], now: datetime) -> None:
        """Their chats left since they were queued."""
        over = closed(NotificationState.FAILED, "the chat cannot be reached", now)
        for announcement_id, chat_id in sorted(rows):
            mine = and_(_l.announcement_id == announcement_id, _l.chat_id == chat_id)
            await self._run(update(notifications).where(mine).values(over))

    async def _give_back(self, parcels: Sequence[Parcel], row: dict[str, Any]) -> None:
        for _, ours in _held_by(parcels):
            await self._run(update(notifications).where(ours, _l.state == QUEUED).values(row | UNLEASED))

    async def _stop(self, parcels: Sequence[Parcel], now: datetime) -> tuple[set[Key], set[Key]]:
        """What could not begin: untrue or too late, or else back into the queue for whoever takes it next; which is which."""
        expired: set[Key] = set()
        back: set[Key] = set()
        over = {"state": NotificationState.EXPIRED, "reason": case((withdrawn(), "withdrawn"), else_="too late")}
        not_called = {"state": NotificationState.QUEUED, "attempts": uncounted()}
        for _, ours in _held_by(parcels):
            ended = and_(ours, _l.state.in_(OPEN), or_(not_(in_time(now)), withdrawn()))
            closing = update(notifications).where(ended).values(over | UNLEASED | {"at": now, "parked": 0})
            expired |= await self._changed(closing)
            rest = update(notifications).where(ours, _l.state.in_(OPEN))
            back |= await self._changed(rest.values(not_called | UNLEASED | {"at": now}))
        return expired, back

    async def _changed(self, statement: Update) -> set[Key]:
        returning = statement.returning(_l.announcement_id, _l.chat_id)
        return set(keys_of(await self._rows(returning)))


def _in_order(found: Sequence[Announcement]) -> tuple[Announcement, ...]:
    return tuple(sorted(found, key=lambda announcement: (announcement.due, announcement.id)))


def _rows_of(parcel: Parcel) -> list[Key]:
    return [(announcement.id, parcel.chat.id) for announcement in parcel.announcements]


def _held_by(parcels: Iterable[Parcel]) -> Iterator[tuple[int, ColumnElement[bool]]]:
    """For each announcement and lease, the rows of it that these parcels hold."""
    rows = (((about.id, parcel.lease), parcel.chat.id) for parcel in parcels for about in parcel.announcements)
    for (announcement_id, lease), chat_ids in grouped(rows):
        yield announcement_id, and_(_l.announcement_id == announcement_id, _l.chat_id.in_(chat_ids), _l.lease == lease)


def _called_by_others() -> ColumnElement[bool]:
    """Whether the row's chat is being sent something under another lease: this one has run out, unnoticed."""
    other = _OTHER
    leased = and_(other.c.chat_id == _l.chat_id, other.c.lease_until.is_not(None), other.c.lease != _l.lease)
    return exists().where(leased, other.c.state == SENDING)
