"""Announcements: each thing said once, and turned into notifications page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, or_, select, update

from blogbot.model import Announcement, AnnouncementKind, NotificationState, Offset
from blogbot.store import audience
from blogbot.store.columns import bounded
from blogbot.store.noun import AnyRow, Noun, chunks, within
from blogbot.store.tables import (
    EDITOR,
    QUEUED,
    announcements,
    chats,
    event_tags,
    events,
    notifications,
    post_authors,
    post_tags,
)

_PENDING = announcements.c.done.is_(None)
_OPEN = (NotificationState.QUEUED, NotificationState.SENDING)
_ROWS = 500


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


@dataclass(frozen=True, slots=True)
class FanOut:
    """What one page of a fan-out did: how many notifications it made, and whether every chat is passed now."""

    inserted: int
    done: bool


class Announcements(Noun):
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
        now: datetime,
    ) -> int | None:
        """The new announcement's id, or None where the same key was announced already.

        One that was withdrawn is taken up again, for those who have not heard it.
        """
        new = NewAnnouncement(key, kind, due, expires, post_id, event_id, occurrence_id, offset, detail or {})
        added = await self._add([new])
        return added[0] if added else None

    async def add_many(self, rows: Sequence[NewAnnouncement], *, now: datetime) -> int:
        """How many of them were not announced before."""
        distinct = list({bounded(row.key): row for row in rows}.values())
        return sum([len(await self._add(some)) for some in chunks(distinct, _ROWS)])

    async def by_id(self, announcement_id: int) -> Announcement | None:
        row = await self._first(select(announcements).where(announcements.c.id == announcement_id))
        return None if row is None else announcement_from(row)

    async def many(self, ids: Sequence[int]) -> dict[int, Announcement]:
        found: dict[int, Announcement] = {}
        for some in chunks(sorted(set(ids))):
            rows = await self._rows(select(announcements).where(announcements.c.id.in_(some)))
            found.update((row.id, announcement_from(row)) for row in rows)
        return found

    async def pending(self, now: datetime, limit: int) -> list[Announcement]:
        """The announcements that are due and have chats left to pass, the most urgent first."""
        query = select(announcements).where(_PENDING, announcements.c.due <= now)
        order = (announcements.c.lane, announcements.c.due, announcements.c.id)
        return [announcement_from(row) for row in await self._rows(query.order_by(*order).limit(within(limit)))]

    async def next_due(self) -> datetime | None:
        """When the earliest unfinished announcement is, or was, due."""
        due: datetime | None = await self._value(select(func.min(announcements.c.due)).where(_PENDING))
        return due

    async def fan_out(self, announcement: Announcement, now: datetime, page: int = 10_000) -> FanOut:
        """Queues the announcement for the next `page` chats of its audience, in one statement.

        Called again until `done`. One that has expired is done at once; a chat is never queued twice.
        """
        row = await self._first(select(announcements).where(announcements.c.id == announcement.id).with_for_update())
        if row is None or row.done is not None:
            return FanOut(0, True)
        if row.expires <= now:
            await self._pass(row.id, row.cursor, now)
            return FanOut(0, True)
        announcement = announcement_from(row)
        subject = await self._subject(announcement)
        ways = audience.branches(announcement, subject)
        chats_ahead = audience.ahead(ways, row.cursor, page)
        count, last = (await self._rows(select(func.count(), func.max(chats_ahead.c.chat_id))))[0]
        inserted = await self._queue(announcement, subject, ways, row.cursor, last, now) if count else 0
        done = count < page
        await self._pass(row.id, last if count else row.cursor, now if done else None)
        return FanOut(inserted, done)

    async def withdraw(
        self,
        event_id: int | None = None,
        occurrence_ids: Sequence[int] | None = None,
        kinds: Sequence[AnnouncementKind] | None = None,
        *,
        reason: str,
        now: datetime,
    ) -> int:
        """Takes back what was not sent yet of an event, or of some of its dates; how many announcements that were.

        What is queued expires with `reason`; what is being sent goes on, but is not tried again. Without event and dates
        nothing is withdrawn.
        """
        stopped = 0
        for which in _matching(event_id, occurrence_ids):
            condition = which if kinds is None else and_(which, announcements.c.kind.in_(kinds))
            still_open = exists().where(
                notifications.c.announcement_id == announcements.c.id, notifications.c.state.in_(_OPEN)
            )
            query = select(announcements.c.id).where(
                condition, announcements.c.withdrawn.is_(None), or_(_PENDING, still_open)
            )
            ids = [row.id for row in await self._rows(query)]
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
        if added:  # of those taken up again, what had expired by the withdrawal makes room
            dropped = and_(
                notifications.c.announcement_id.in_(added), notifications.c.state == NotificationState.EXPIRED
            )
            await self._run(delete(notifications).where(dropped))
        return added

    async def _pass(self, announcement_id: int, cursor: int, done: datetime | None) -> None:
        statement = update(announcements).where(announcements.c.id == announcement_id)
        await self._run(statement.values(cursor=cursor, done=done))

    async def _stop(self, ids: Sequence[int], reason: str, now: datetime) -> None:
        which = announcements.c.id.in_(ids)
        done = func.coalesce(announcements.c.done, literal(now, announcements.c.done.type))
        await self._run(update(announcements).where(which).values(done=done, withdrawn=reason))
        queued = and_(notifications.c.announcement_id.in_(ids), notifications.c.state == QUEUED)
        await self._run(
            update(notifications).where(queued).values(state=NotificationState.EXPIRED, reason=reason, at=now)
        )

    async def _queue(
        self,
        announcement: Announcement,
        subject: audience.Subject,
        ways: Sequence[audience.Branch],
        first: int,
        last: int,
        now: datetime,
    ) -> int:
        """One INSERT ... SELECT for the chats after `first` up to `last`."""
        hearers = audience.between(ways, first, last)
        willing = and_(chats.c.id == hearers.c.chat_id, chats.c.active.is_(True), chats.c.paused.is_(False))
        values = {
            "announcement_id": announcement.id,
            "lane": int(announcement.kind.lane),
            "state": NotificationState.QUEUED,
            "due": announcement.due,
            "deadline": announcement.expires if announcement.kind is AnnouncementKind.REMINDER else announcement.due,
            "not_before": announcement.due,
            "expires": announcement.expires,
            "attempts": 0,
            "reason": "",
            "at": now,
        }
        columns = [literal(value, notifications.c[name].type).label(name) for name, value in values.items()]
        query = select(hearers.c.chat_id, *columns).join(chats, willing).order_by(hearers.c.chat_id)
        if announcement.kind is AnnouncementKind.REMINDER:
            later = await self._later(announcement, now)
            if later:
                query = query.where(~audience.superseded(hearers.c.chat_id, subject.event_uid, later))
        statement = self._insert(notifications).from_select(["chat_id", *values], query)
        return await self._count(statement.on_conflict_do_nothing())

    async def _later(self, announcement: Announcement, now: datetime) -> list[tuple[Offset, datetime]]:
        """The reminders of the same date that are due by now, but later than this one."""
        query = select(announcements.c.days, announcements.c.minutes, announcements.c.due).where(
            announcements.c.occurrence_id == announcement.occurrence_id,
            announcements.c.kind == AnnouncementKind.REMINDER,
            announcements.c.due > announcement.due,
            announcements.c.due <= now,
            announcements.c.expires > now,
            announcements.c.withdrawn.is_(None),
        )
        return [(Offset(row.days, row.minutes), row.due) for row in await self._rows(query)]

    async def _subject(self, announcement: Announcement) -> audience.Subject:
        if announcement.post_id is not None:
            post_id = announcement.post_id
            tagged = and_(post_tags.c.post_id == post_id, post_tags.c.origin == EDITOR)
            return audience.Subject(
                tags=await self._texts(post_tags.c.tag_slug, tagged),
                authors=await self._texts(post_authors.c.slug, post_authors.c.post_id == post_id),
            )
        event_id = announcement.event_id
        told = (AnnouncementKind.REMINDER, AnnouncementKind.EVENT)
        earlier = and_(announcements.c.event_id == event_id, announcements.c.kind.in_(told))
        return audience.Subject(
            tags=await self._texts(event_tags.c.tag_slug, event_tags.c.event_id == event_id),
            event_uid=await self._value(select(events.c.uid).where(events.c.id == event_id)) or "",
            told=await self._texts(announcements.c.id, earlier),
        )

    async def _texts(self, column: ColumnElement[Any], condition: ColumnElement[bool]) -> list[Any]:
        return [row[0] for row in await self._rows(select(column).where(condition))]


def announcement_from(row: AnyRow) -> Announcement:
    """An announcement from a row that holds the columns of `announcements`."""
    return Announcement(
        id=row.id,
        key=row.key,
        kind=row.kind,
        due=row.due,
        expires=row.expires,
        post_id=row.post_id,
        event_id=row.event_id,
        occurrence_id=row.occurrence_id,
        offset=None if row.days is None else Offset(row.days, row.minutes),
        detail=row.detail,
        corrects=row.corrects,
    )


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


def _matching(event_id: int | None, occurrence_ids: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """What to withdraw, as conditions that no announcement fits twice; both given, both must fit."""
    of_event = [] if event_id is None else [announcements.c.event_id == event_id]
    if occurrence_ids is None:
        return [*of_event]
    some = chunks(sorted(set(occurrence_ids)))
    return [and_(announcements.c.occurrence_id.in_(ids), *of_event) for ids in some]
