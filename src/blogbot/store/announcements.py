"""Announcements: each thing said once, and turned into notifications page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, or_, select, update

from blogbot import metrics
from blogbot.model import Announcement, AnnouncementKind, NotificationState, Offset
from blogbot.store.columns import bounded
from blogbot.store.fan_out import FansOut, announcement_from
from blogbot.store.ledger import OPEN, closed, keys_of, named
from blogbot.store.noun import chunks, within
from blogbot.store.progress import Progressing
from blogbot.store.tables import QUEUED, SENDING, announcements, notifications

_PENDING = announcements.c.done.is_(None)
_ROWS = 500

FARTHEST = timedelta(minutes=1)
"""How far ahead anything but a reminder is due at most; corrections are, by some seconds."""

AT_ONCE = 10_000
"""How many rows one transaction closes: about what a page of the fan-out makes."""


@dataclass(frozen=True, slots=True)
class NewAnnouncement:
    """An announcement that is not kept yet; the fields are those of `Announcement`."""

    key: str
    kind: AnnouncementKind
    due: datetime
    expires: datetime
    post_id: int | None = None
    event_id: int | None = None
    occurrence_id: int | None = None
    offset: Offset | None = None
    detail: dict[str, str] = field(default_factory=dict)
    corrects: int | None = None


class Announcements(FansOut, Progressing):
    async def add(
        self,
        key: str,
        kind: AnnouncementKind,
        due: datetime,
        expires: datetime,
        *,
        post_id: int | None = None,
        event_id: int | None = None,
        occurrence_id: int | None = None,
        offset: Offset | None = None,
        detail: dict[str, str] | None = None,
        corrects: int | None = None,
        now: datetime,
    ) -> int | None:
        """The new announcement's id, or None where the same key was announced already.

        One that was withdrawn is taken up again, for those who have not heard it.
        """
        new = NewAnnouncement(key, kind, due, expires, post_id, event_id, occurrence_id, offset, detail or {}, corrects)
        added = await self._add([new])
        return added[0] if added else None

    async def add_many(self, rows: Sequence[NewAnnouncement], *, now: datetime) -> int:
        """How many of them were not announced before."""
        distinct = list({bounded(row.key): row for row in rows}.values())
        return sum([len(await self._add(some)) for some in chunks(distinct, _ROWS)])

    async def reopen(self, nominal: Sequence[tuple[str, datetime]]) -> int:
        """Reminders that began before they were due, because they are so many, are due now: fans them out once more, for
        those who have asked for them meanwhile. Nobody is told twice. How many were; once reopened, they are not again.
        """
        count = 0
        for key, due in nominal:
            early = and_(announcements.c.key == key, announcements.c.due < due, announcements.c.withdrawn.is_(None))
            count += await self._count(update(announcements).where(early).values(due=due, done=None, cursor=0))
        return count

    async def by_id(self, announcement_id: int) -> Announcement | None:
        row = await self._first(select(announcements).where(announcements.c.id == announcement_id))
        return None if row is None else announcement_from(row)

    async def many(self, ids: Sequence[int]) -> dict[int, Announcement]:
        found: dict[int, Announcement] = {}
        for some in chunks(sorted(set(ids))):
            rows = await self._rows(select(announcements).where(announcements.c.id.in_(some)))
            found.update((row.id, announcement_from(row)) for row in rows)
        return found

    async def of_post(self, post_id: int, kinds: Sequence[AnnouncementKind]) -> list[Announcement]:
        """What was announced of a post, the earliest first; what was withdrawn is not."""
        return await self._of(announcements.c.post_id == post_id, kinds)

    async def of_event(self, event_id: int, kinds: Sequence[AnnouncementKind]) -> list[Announcement]:
        """The same of an event."""
        return await self._of(announcements.c.event_id == event_id, kinds)

    async def _of(self, which: ColumnElement[bool], kinds: Sequence[AnnouncementKind]) -> list[Announcement]:
        query = select(announcements).where(which, announcements.c.kind.in_(kinds), announcements.c.withdrawn.is_(None))
        return [announcement_from(row) for row in await self._rows(query.order_by(announcements.c.id))]

    async def pending(self, now: datetime, limit: int) -> list[Announcement]:
        """The announcements that are due and have chats left to pass, the most urgent first.

        Only a reminder is planned far ahead: what else is due so much later was announced by a clock that was set back, and
        is due now.
        """
        from_ahead = and_(announcements.c.kind != AnnouncementKind.REMINDER, announcements.c.due > now + FARTHEST)
        query = select(announcements).where(_PENDING, or_(announcements.c.due <= now, from_ahead))
        order = (announcements.c.lane, announcements.c.due, announcements.c.id)
        return [announcement_from(row) for row in await self._rows(query.order_by(*order).limit(within(limit)))]

    async def withdraw(
        self,
        event_id: int | None = None,
        occurrence_ids: Sequence[int] | None = None,
        kinds: Sequence[AnnouncementKind] | None = None,
        *,
        post_id: int | None = None,
        reason: str,
        now: datetime,
    ) -> int:
        """Takes back what was not sent yet of a post, an event, or some of its dates; how many announcements that were.

        What is queued expires with `reason`; what is being sent goes on, but is not tried again. Where neither is named,
        nothing is withdrawn.
        """
        stopped = 0
        for which in _matching(post_id, event_id, occurrence_ids):
            condition = which if kinds is None else and_(which, announcements.c.kind.in_(kinds))
            still_open = exists().where(
                notifications.c.announcement_id == announcements.c.id, notifications.c.state.in_(OPEN)
            )
            query = select(announcements.c.id).where(
                condition, announcements.c.withdrawn.is_(None), or_(_PENDING, still_open)
            )
            # Before their rows and in one order, as `expire` takes them, so that no two wait for each other.
            ids = [row.id for row in await self._rows(query.order_by(announcements.c.id).with_for_update())]
            for some in chunks(ids):
                await self._stop(some, reason, now)
            stopped += len(ids)
        return stopped

    async def _add(self, rows: Sequence[NewAnnouncement]) -> list[int]:
        statement = self._insert(announcements).values([_row(row) for row in rows])
        names = (
            "kind",
            "lane",
            "due",
            "expires",
            "post_id",
            "event_id",
            "occurrence_id",
            "days",
            "minutes",
            "detail",
            "corrects",
            "sweep",
        )
        again = {name: statement.excluded[name] for name in names} | {"cursor": 0, "done": None, "withdrawn": None}
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_=again, where=announcements.c.withdrawn.is_not(None)
        )
        added = [row.id for row in await self._rows(statement.returning(announcements.c.id))]
        if added:  # of those taken up again, what had expired by the withdrawal, or was about to, makes room
            gone = (NotificationState.EXPIRED, NotificationState.QUEUED)
            dropped = and_(notifications.c.announcement_id.in_(added), notifications.c.state.in_(gone))
            await self._run(delete(notifications).where(dropped))
            # What is being sent may have to be sent again, and then until the new end.
            under_way = and_(notifications.c.announcement_id.in_(added), notifications.c.state == SENDING)
            end = select(announcements.c.expires).where(announcements.c.id == notifications.c.announcement_id)
            await self._run(update(notifications).where(under_way).values(expires=end.scalar_subquery()))
        return added

    async def _stop(self, ids: Sequence[int], reason: str, now: datetime) -> None:
        which = announcements.c.id.in_(ids)
        done = func.coalesce(announcements.c.done, literal(now, announcements.c.done.type))
        await self._run(update(announcements).where(which).values(done=done, withdrawn=reason))
        row = closed(NotificationState.EXPIRED, reason, now)
        queued = (
            select(notifications.c.announcement_id, notifications.c.chat_id)
            .where(notifications.c.announcement_id.in_(ids), notifications.c.state == QUEUED)
            .limit(AT_ONCE)
        )
        keys = keys_of(await self._rows(queued))
        for some in named(keys):
            closing = update(notifications).where(some, notifications.c.state == QUEUED).values(row)
            metrics.EXPIRED.inc(await self._count(closing))
        if len(keys) == AT_ONCE:
            # The rest of so many follows page by page, with what is too late.
            await self._run(update(announcements).where(which).values(sweep=now))


def _row(new: NewAnnouncement) -> dict[str, Any]:
    return {
        "key": new.key,
        "kind": new.kind,
        "lane": int(new.kind.lane),
        "due": new.due,
        "expires": new.expires,
        "post_id": new.post_id,
        "event_id": new.event_id,
        "occurrence_id": new.occurrence_id,
        "days": None if new.offset is None else new.offset.days,
        "minutes": None if new.offset is None else new.offset.minutes,
        "detail": new.detail,
        "cursor": 0,
        "corrects": new.corrects,
        "sweep": new.expires,
    }


def _matching(
    post_id: int | None, event_id: int | None, occurrence_ids: Sequence[int] | None
) -> list[ColumnElement[bool]]:
    """What to withdraw, as conditions that no announcement fits twice; both given, both must fit."""
    if post_id is not None:
        return [announcements.c.post_id == post_id]
    of_event = [] if event_id is None else [announcements.c.event_id == event_id]
    if occurrence_ids is None:
        return [*of_event]
    some = chunks(sorted(set(occurrence_ids)))
    return [and_(announcements.c.occurrence_id.in_(ids), *of_event) for ids in some]
