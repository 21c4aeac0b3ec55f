"""The ledger: one announcement for one chat, from the queue to its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, select, text, update

from blogbot.model import Announcement, Lane, NotificationState, Parcel
from blogbot.store.announcements import Announcements, announcement_from
from blogbot.store.chats import chat_from
from blogbot.store.noun import CHUNK, Noun, chunks, within
from blogbot.store.tables import QUEUED, SENDING, announcements, chats, notifications

_LEASING = (
    0x626C6F67  # any number of our own: who leases on PostgreSQL holds this lock, so that no two see one chat idle
)
_AGAIN = (Lane.CHANGE, Lane.REMINDER)  # worth a second time when in doubt; news is not

_OPEN = notifications.c.state.in_((NotificationState.QUEUED, NotificationState.SENDING))


class Notifications(Noun):
    async def lease(self, now: datetime, limit: int, lease_until: datetime) -> list[Parcel]:
        """Takes the most urgent that may be sent now: from the queue into `sending`, until `lease_until`.

        At most one for a chat, and none for a chat that is being sent something, so that its messages stay in order.
        At most 1,000 at a time. `attempts` counts this one.
        """
        if self._dialect == "postgresql":
            await self._run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LEASING})
        pairs = await self._ready(now, min(within(limit), CHUNK))
        attempts = await self._take(pairs, now, lease_until)
        return await self._loaded([(*pair, attempts[pair]) for pair in pairs if pair in attempts])

    async def sent(self, parcel: Parcel, message_id: int, now: datetime) -> None:
        await self._settle(parcel, now, state=NotificationState.SENT, message_id=message_id, reason="")

    async def retry(self, parcel: Parcel, not_before: datetime, reason: str) -> None:
        """Back into the queue, not to be sent before `not_before`; expired where it was withdrawn while it was being sent."""
        row = {"state": NotificationState.QUEUED, "not_before": not_before, "reason": reason, "lease_until": None}
        await self._run(update(notifications).where(_is(parcel)).values(row))
        await self._drop_withdrawn(and_(_is(parcel), notifications.c.state == QUEUED))

    async def failed(self, parcel: Parcel, reason: str, now: datetime) -> None:
        await self._settle(parcel, now, state=NotificationState.FAILED, reason=reason)

    async def expired(self, parcel: Parcel, reason: str, now: datetime) -> None:
        await self._settle(parcel, now, state=NotificationState.EXPIRED, reason=reason)

    async def uncertain(self, parcel: Parcel, reason: str, now: datetime) -> None:
        await self._settle(parcel, now, state=NotificationState.UNCERTAIN, reason=reason)

    async def expire(self, now: datetime) -> int:
        """Closes what is still queued past its time; how many."""
        late = and_(notifications.c.state == QUEUED, notifications.c.expires <= now)
        row = {"state": NotificationState.EXPIRED, "reason": "too late", "at": now}
        return await self._count(update(notifications).where(late).values(row))

    async def recover(self, now: datetime) -> tuple[int, int]:
        """Settles leases that ran out, as after a crash: how many are queued again, how many stay uncertain.

        Whether those messages arrived is unknown. Reminders and changes are said again; news is not said twice.
        """
        lost = and_(notifications.c.state == SENDING, notifications.c.lease_until <= now)
        await self._drop_withdrawn(lost)
        reason = "the process that was sending it stopped"
        again = update(notifications).where(lost, notifications.c.lane.in_(_AGAIN))
        requeued = await self._count(
            again.values(state=NotificationState.QUEUED, lease_until=None, reason=reason, at=now)
        )
        rest = update(notifications).where(lost)
        row = {"state": NotificationState.UNCERTAIN, "lease_until": None, "reason": reason, "at": now}
        return requeued, await self._count(rest.values(row))

    async def drop_chat(self, chat_id: int, reason: str, now: datetime) -> int:
        """Closes everything that is open for a chat that cannot be reached; how many."""
        row = {"state": NotificationState.FAILED, "lease_until": None, "reason": reason, "at": now}
        return await self._count(update(notifications).where(notifications.c.chat_id == chat_id, _OPEN).values(row))

    async def counts(self) -> dict[tuple[Lane, NotificationState], int]:
        """How many there are of each kind in the whole ledger; reads all of it, so ask seldom."""
        query = select(notifications.c.lane, notifications.c.state, func.count())
        rows = await self._rows(query.group_by(notifications.c.lane, notifications.c.state))
        return {(Lane(lane), state): count for lane, state, count in rows}

    async def oldest_due(self, now: datetime) -> dict[Lane, datetime]:
        """For each lane in which something waits, when the one that waits longest was due."""
        oldest = select(func.min(notifications.c.due)).where(notifications.c.state == QUEUED)
        # One seek in the index of the queue for each lane.
        waiting = [oldest.where(notifications.c.lane == int(lane)).scalar_subquery() for lane in Lane]
        row = (await self._rows(select(*waiting)))[0]
        return {lane: due for lane, due in zip(Lane, row, strict=True) if due is not None and due <= now}

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one may be sent: `now` where one waits already, None where nothing is queued."""
        queued = notifications.c.state == QUEUED
        ready = select(literal(1)).where(queued, notifications.c.not_before <= now).limit(1)
        if await self._value(ready):
            return now
        due: datetime | None = await self._value(select(func.min(notifications.c.not_before)).where(queued))
        return due

    async def of_chat(
        self, chat_id: int, limit: int
    ) -> list[tuple[Announcement, NotificationState, int | None, datetime]]:
        """What a chat was to be told, the latest change first: with state, message id and when it got there."""
        ledger = notifications
        query = (
            select(*announcements.c, ledger.c.state, ledger.c.message_id, ledger.c.at)
            .join(ledger, ledger.c.announcement_id == announcements.c.id)
            .where(ledger.c.chat_id == chat_id)
            .order_by(ledger.c.at.desc(), announcements.c.id.desc())
            .limit(within(limit))
        )
        return [(announcement_from(row), row.state, row.message_id, row.at) for row in await self._rows(query)]

    async def _ready(self, now: datetime, limit: int) -> list[tuple[int, int]]:
        """(announcement id, chat id) of what to send next, one for a chat, the most urgent first."""
        ledger = notifications
        sending = notifications.alias()
        busy = exists().where(sending.c.chat_id == ledger.c.chat_id, sending.c.state == SENDING)
        query = (
            select(ledger.c.announcement_id, ledger.c.chat_id)
            .where(ledger.c.state == QUEUED, ledger.c.not_before <= now, ledger.c.expires > now, ~busy)
            .order_by(ledger.c.lane, ledger.c.deadline, ledger.c.announcement_id, ledger.c.chat_id)
            .limit(2 * limit)  # some may be a chat's second
        )
        first: dict[int, int] = {}
        for announcement_id, chat_id in await self._rows(query):
            first.setdefault(chat_id, announcement_id)
        return [(announcement_id, chat_id) for chat_id, announcement_id in first.items()][:limit]

    async def _take(
        self, pairs: Sequence[tuple[int, int]], now: datetime, lease_until: datetime
    ) -> dict[tuple[int, int], int]:
        """Sets rows to `sending`; their attempts, for those that were still queued."""
        by_announcement: dict[int, list[int]] = defaultdict(list)
        for announcement_id, chat_id in pairs:
            by_announcement[announcement_id].append(chat_id)
        ledger, taken = notifications, {}
        row = {
            "state": NotificationState.SENDING,
            "lease_until": lease_until,
            "attempts": ledger.c.attempts + 1,
            "at": now,
        }
        # A statement for each announcement: they are few, and SQLite would scan its queue for a list of pairs.
        for announcement_id, chat_ids in sorted(by_announcement.items()):
            those = (ledger.c.announcement_id == announcement_id, ledger.c.chat_id.in_(chat_ids))
            statement = update(ledger).where(*those, ledger.c.state == QUEUED).values(row)
            for chat_id, attempts in await self._rows(statement.returning(ledger.c.chat_id, ledger.c.attempts)):
                taken[announcement_id, chat_id] = attempts
        return taken

    async def _loaded(self, leased: Sequence[tuple[int, int, int]]) -> list[Parcel]:
        about = await Announcements(self._connection, self._dialect).many([each[0] for each in leased])
        hearers = {}
        for some in chunks([each[1] for each in leased]):
            for row in await self._rows(select(chats).where(chats.c.id.in_(some))):
                hearers[row.id] = chat_from(row)
        return [
            Parcel(hearers[chat_id], (about[announcement_id],), about[announcement_id].kind.lane, attempts)
            for announcement_id, chat_id, attempts in leased
        ]

    async def _drop_withdrawn(self, which: ColumnElement[bool]) -> None:
        """Expires those whose announcement was taken back: what they say is not true any more."""
        taken_back = exists().where(
            announcements.c.id == notifications.c.announcement_id, announcements.c.withdrawn.is_not(None)
        )
        row = {"state": NotificationState.EXPIRED, "lease_until": None, "reason": "withdrawn"}
        await self._run(update(notifications).where(which, taken_back).values(row))

    async def _settle(self, parcel: Parcel, now: datetime, **row: Any) -> None:
        await self._run(update(notifications).where(_is(parcel)).values(at=now, lease_until=None, **row))


def _is(parcel: Parcel) -> Any:
    carried = [announcement.id for announcement in parcel.announcements]
    return and_(notifications.c.announcement_id.in_(carried), notifications.c.chat_id == parcel.chat.id)
