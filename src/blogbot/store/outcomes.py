"""What became of notifications: outcomes of calls, what was too late, what a crash left behind, and what an operator decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, exists, func, literal, or_, select, update

from blogbot.model import MOST_IN_DOUBT, AnnouncementKind, Lane, NotificationState, Parcel
from blogbot.store.announcements import AT_ONCE
from blogbot.store.ledger import OPEN, UNLEASED, Key, closed, keys_of, named, of_a_date, past, uncounted, withdrawn
from blogbot.store.noun import AnyRow, Noun, chunks, within
from blogbot.store.queue import run_out
from blogbot.store.tables import QUEUED, SENDING, TROUBLE, announcements, notifications

_AGAIN = tuple(kind for kind in AnnouncementKind if kind.bears_repeating)
_EDITS = tuple(kind for kind in AnnouncementKind if kind.edits)
_OVER = (NotificationState.SENT, NotificationState.FAILED, NotificationState.EXPIRED, NotificationState.UNCERTAIN)

SECOND_CHANCE = timedelta(days=1)
"""How long what an operator sends again is worth sending."""

UNDER_WAY = timedelta(minutes=1)
"""When to look again at an announcement that has expired while some of it is being sent."""

_l = notifications.c


@dataclass(frozen=True, slots=True)
class Recovered:
    """A notification whose call a crash had left in the middle, and what became of it: queued again, uncertain, or expired
    because it was withdrawn. `announcement` is the key by which the log knows it."""

    announcement: str
    chat_id: int
    lane: Lane
    state: NotificationState


class Outcomes(Noun):
    async def sent(self, outcomes: Sequence[tuple[Parcel, int]], now: datetime) -> None:
        """Parcels that arrived, with the ids of their messages. That wins over whatever was thought of them meanwhile."""
        rows = [
            {"a": announcement.id, "c": parcel.chat.id, "m": message_id}
            for parcel, message_id in outcomes
            for announcement in parcel.announcements
        ]
        if not rows:
            return
        which = and_(_l.announcement_id == bindparam("a"), _l.chat_id == bindparam("c"))
        row = closed(NotificationState.SENT, "", now) | {"message_id": bindparam("m")}
        await self._run(update(notifications).where(which, _l.state != NotificationState.SENT).values(row), rows)

    async def retry(
        self, parcel: Parcel, not_before: datetime, reason: str, *, counts: bool = True, doubt: bool = False
    ) -> None:
        """Back into the queue, not to be sent before `not_before`; expired where it was withdrawn while it was being sent.

        `counts`: whether this try says anything of the message. `doubt`: whether it may have arrived after all.
        """
        mine = _mine(parcel)
        await self._drop_withdrawn(mine)
        row: dict[str, Any] = {"not_before": not_before, "parked": 1, "reason": reason}
        row |= _again(doubt) if counts else _again(doubt) | {"attempts": uncounted()}
        await self._run(update(notifications).where(mine).values(row))

    async def failed(self, parcel: Parcel, reason: str, now: datetime) -> None:
        await self._settle(parcel, NotificationState.FAILED, reason, now)

    async def expired(self, parcel: Parcel, reason: str, now: datetime) -> None:
        await self._settle(parcel, NotificationState.EXPIRED, reason, now)

    async def uncertain(self, parcel: Parcel, reason: str, now: datetime) -> None:
        await self._settle(parcel, NotificationState.UNCERTAIN, reason, now)

    async def drop_chat(self, chat_id: int, reason: str, now: datetime) -> int:
        """Closes everything that is open for a chat that cannot be reached; how many."""
        which = and_(_l.chat_id == chat_id, _l.announcement_id.in_(_open_announcements()), _l.state.in_(OPEN))
        return await self._count(
            update(notifications).where(which).values(closed(NotificationState.FAILED, reason, now))
        )

    # --- What time does ---

    async def needs_care(self, now: datetime) -> bool:
        """Whether there is anything for `expire` or `recover`; reads only, and little."""
        late = exists().where(announcements.c.sweep <= now)
        return bool(await self._value(select(or_(late, exists().where(_lost(now))))))

    async def expire(self, now: datetime, limit: int = AT_ONCE) -> Counter[str]:
        """Closes what is still queued past its time, or though it was withdrawn, at most `limit`; how many, by the keys of
        their announcements.

        Where that is `limit`, there may be more: each page is a transaction of its own, so that nobody waits long.
        """
        late = await self._kept(announcements.c.sweep <= now)
        ended: Counter[str] = Counter()
        for row in sorted(late, key=lambda row: row.sweep):
            if ended.total() >= limit:
                break
            ended[row.key] += await self._sweep(row.id, now, limit - ended.total())
        return +ended

    async def recover(self, now: datetime) -> list[Recovered]:
        """Settles calls whose lease ran out, as after a crash.

        Whether those messages arrived is unknown. Reminders and changes are said again, a few times at most: what each call
        of crashes would be said for ever. Corrections are made again; news is not said twice.
        """
        lost, reason = _lost(now), "the process that was sending it stopped"
        seldom = or_(announcements.c.kind.in_(_EDITS), _l.doubts + 1 < MOST_IN_DOUBT)
        about = announcements.c.id == _l.announcement_id
        worth_it = exists().where(about, announcements.c.kind.in_(_AGAIN), seldom)
        again = {"reason": reason, "at": now, "parked": 0} | _again(doubt=True)
        changes = (
            update(notifications).where(lost, withdrawn()).values(_WITHDRAWN),
            update(notifications).where(lost, worth_it).values(again),
            update(notifications).where(lost).values(closed(NotificationState.UNCERTAIN, reason, now)),
        )
        found = [
            row
            for change in changes
            for row in await self._rows(change.returning(_l.announcement_id, _l.chat_id, _l.lane, _l.state))
        ]
        named = select(announcements.c.id, announcements.c.key).where(
            announcements.c.id.in_({row.announcement_id for row in found})
        )
        keys = {row.id: row.key for row in await self._rows(named)} if found else {}
        return [Recovered(keys[row.announcement_id], row.chat_id, Lane(row.lane), row.state) for row in found]

    async def prune(self, before: datetime, limit: int = 10_000) -> int:
        """Forgets what was over before an instant, at most `limit`; how many. What a chat was told lately stays."""
        old = select(announcements.c.id).where(announcements.c.sweep.is_(None), announcements.c.expires < before)
        rows = select(_l.announcement_id, _l.chat_id).where(
            _l.announcement_id.in_(old), _l.state.in_(_OVER), _l.at < before
        )
        keys = keys_of(await self._rows(rows.limit(within(limit))))
        for some in named(keys):
            await self._run(delete(notifications).where(some))
        return len(keys)

    # --- What an operator decides ---

    async def in_trouble(self, after: Key = (0, 0), limit: int = AT_ONCE) -> list[Key]:
        """A page of the keys of what failed or is uncertain, in their order: those after `after`."""
        behind = or_(_l.announcement_id > after[0], and_(_l.announcement_id == after[0], _l.chat_id > after[1]))
        keys = select(_l.announcement_id, _l.chat_id).where(TROUBLE, behind).order_by(_l.announcement_id, _l.chat_id)
        return keys_of(await self._rows(keys.limit(within(limit))))

    async def retry_by_hand(self, keys: Sequence[Key], now: datetime) -> int:
        """Queues again those of `keys` that failed or are uncertain; how many.

        News gets another day. What is about a date is not sent after it began, so it stays as it is where that is over.
        """
        later = literal(now + SECOND_CHANCE, _l.expires.type)
        row = {
            "state": NotificationState.QUEUED,
            "reason": "sent again by the operator",
            "parked": 0,
            "not_before": now,
            "expires": case((and_(_l.expires < later, ~of_a_date()), later), else_=_l.expires),
            "at": now,
            "attempts": 0,
            "doubts": 0,
        }
        count = 0
        for some in chunks(sorted({announcement_id for announcement_id, _ in keys})):
            await self._kept(announcements.c.id.in_(some))
        for these in named(keys):
            which = and_(these, TROUBLE)
            ids = [
                each.announcement_id
                for each in await self._rows(select(_l.announcement_id).where(which, ~past(now)).distinct())
            ]
            count += await self._count(update(notifications).where(which, ~past(now)).values(row | UNLEASED))
            sweep = func.coalesce(announcements.c.sweep, later)
            await self._run(update(announcements).where(announcements.c.id.in_(ids)).values(sweep=sweep))
        return count

    async def drop_by_hand(self, keys: Sequence[Key], now: datetime) -> int:
        """Lets go of those of `keys` that failed or are uncertain; how many."""
        row = {"state": NotificationState.EXPIRED, "reason": "dropped by the operator", "at": now}
        dropping = [update(notifications).where(some, TROUBLE).values(row) for some in named(keys)]
        return sum([await self._count(each) for each in dropping])

    # --- How it is done ---

    async def _kept(self, which: ColumnElement[bool]) -> Sequence[AnyRow]:
        """Announcements that are about to change, kept for this transaction: before their rows and in one order, as whoever
        withdraws them takes them, so that no two wait for each other."""
        kept = select(announcements.c.id, announcements.c.key, announcements.c.sweep).where(which)
        in_order = announcements.c.id + 0  # so that they are found by `which`, not by reading all of them in this order
        return await self._rows(kept.order_by(in_order).with_for_update())

    async def _sweep(self, announcement_id: int, now: datetime, limit: int) -> int:
        mine = _l.announcement_id == announcement_id
        late = and_(mine, _l.state == QUEUED, or_(_l.expires <= now, withdrawn()))
        some = select(_l.chat_id).where(late).limit(within(limit))
        why = select(func.coalesce(announcements.c.withdrawn, "too late")).where(announcements.c.id == announcement_id)
        row = closed(NotificationState.EXPIRED, "", now) | {"reason": why.scalar_subquery()}
        ended = await self._count(update(notifications).where(mine, _l.chat_id.in_(some)).values(row))
        if ended < limit:
            next_one = await self._value(select(func.min(_l.expires)).where(mine, _l.state.in_(OPEN)))
            sweep = None if next_one is None else max(next_one, now + UNDER_WAY)
            await self._run(update(announcements).where(announcements.c.id == announcement_id).values(sweep=sweep))
        return ended

    async def _drop_withdrawn(self, which: ColumnElement[bool]) -> None:
        """Expires those whose announcement was taken back: what they say is not true any more."""
        await self._run(update(notifications).where(which, withdrawn()).values(_WITHDRAWN))

    async def _settle(self, parcel: Parcel, state: NotificationState, reason: str, now: datetime) -> None:
        mine = _mine(parcel)
        await self._run(update(notifications).where(mine).values(closed(state, reason, now)))


_WITHDRAWN = {"state": NotificationState.EXPIRED, "reason": "withdrawn", "parked": 0} | UNLEASED


def _again(doubt: bool) -> dict[str, Any]:
    """What a row says that waits once more after a call."""
    return {"state": NotificationState.QUEUED, "doubts": _l.doubts + int(doubt)} | UNLEASED


def _mine(parcel: Parcel) -> ColumnElement[bool]:
    """The parcel's rows, as long as they are open and nobody else has taken them."""
    carried = [announcement.id for announcement in parcel.announcements]
    lease = _l.lease == parcel.lease if parcel.lease else _l.lease.is_(None)
    return and_(_l.announcement_id.in_(carried), _l.chat_id == parcel.chat.id, _l.state.in_(OPEN), lease)


def _lost(now: datetime) -> ColumnElement[bool]:
    """Being sent by nobody any more."""
    return and_(_l.state == SENDING, _l.lease_until.is_not(None), run_out(_l.lease_until, now))


def _open_announcements() -> Any:
    return select(announcements.c.id).where(announcements.c.sweep.is_not(None))
