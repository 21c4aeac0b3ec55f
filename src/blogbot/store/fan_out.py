"""Fan-out: an announcement becomes notifications, a page of chats at a time, each page in one statement.

Who hears of it is decided inside that statement: the branches of `audience.py`, what the chats filter, who reads digests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    update,
)

from blogbot.model import Announcement, AnnouncementKind, Digest, FilterKind, Lane, NotificationState, Offset, Parcel
from blogbot.store import audience
from blogbot.store.columns import MICROSECOND
from blogbot.store.filters import Filters
from blogbot.store.noun import AnyRow, Noun
from blogbot.store.tables import (
    EDITOR,
    announcements,
    chats,
    event_tags,
    events,
    filters,
    notifications,
    post_authors,
    post_tags,
    posts,
)
from blogbot.text import mentioned, plain

HELD = timedelta(days=8)
"""So much longer than what holds it back lives an article's news: a weekly digest, and the quiet hours after it."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """What one page of a fan-out did: how many notifications it made, and whether every chat is passed now."""

    inserted: int
    done: bool


class FansOut(Noun):
    async def fan_out(self, announcement: Announcement, now: datetime, page: int = 10_000) -> FanOut:
        """Queues the announcement for the next `page` chats of its audience, in one statement.

        Called again until `done`. One that has expired is done at once; a chat is never queued twice.
        """
        row = await self._first(select(announcements).where(announcements.c.id == announcement.id).with_for_update())
        if row is None or row.done is not None:
            return FanOut(0, True)
        if row.expires <= now:
            await self._pass(row.id, cursor=row.cursor, done=now)
            return FanOut(0, True)
        announcement = announcement_from(row)
        subject = await self.subject(announcement)
        ways = audience.branches(announcement, subject)
        chats_ahead = audience.ahead(ways, row.cursor, page)
        count, last = (await self._rows(select(func.count(), func.max(chats_ahead.c.chat_id))))[0]
        inserted = await self._queue(announcement, subject, ways, row.cursor, last, now) if count else 0
        done = count < page
        cursor, sweep = (last if count else row.cursor), (row.sweep or row.expires)
        await self._pass(row.id, cursor=cursor, done=now if done else None, sweep=sweep)
        return FanOut(inserted, done)

    async def begun(self, announcement_id: int) -> bool:
        """Whether some chats of its audience are passed already."""
        cursor = await self._value(select(announcements.c.cursor).where(announcements.c.id == announcement_id))
        return bool(cursor)

    async def audience_size(self, announcement: Announcement) -> int:
        """How many chats may hear of it; a few less will, for some filter it or have left."""
        ways = audience.branches(announcement, await self.subject(announcement))
        size: int = await self._value(select(func.count()).select_from(audience.between(ways, 0)))
        return size

    async def subject(self, announcement: Announcement) -> audience.Subject:
        """What the announcement is about, as those who may hear of it know it."""
        if announcement.post_id is not None:
            post_id = announcement.post_id
            tagged = and_(post_tags.c.post_id == post_id, post_tags.c.origin == EDITOR)
            return audience.Subject(
                tags=await self._texts(post_tags.c.tag_slug, tagged),
                authors=await self._texts(post_authors.c.slug, post_authors.c.post_id == post_id),
            )
        event_id = announcement.event_id
        return audience.Subject(
            tags=await self._texts(event_tags.c.tag_slug, event_tags.c.event_id == event_id),
            event_uid=await self._value(select(events.c.uid).where(events.c.id == event_id)) or "",
            told=await self._texts(announcements.c.id, await self._told_before(announcement)),
        )

    async def _told_before(self, announcement: Announcement) -> ColumnElement[bool]:
        """What was announced of the same event that makes a change of it worth knowing; that it takes place after all, only
        to those who heard that it was cancelled since that was said last."""
        of_event = announcements.c.event_id == announcement.event_id
        if not audience.takes_place_again(announcement):
            return and_(of_event, announcements.c.kind.in_((AnnouncementKind.REMINDER, AnnouncementKind.EVENT)))
        said = and_(of_event, announcements.c.key.like("again:%"), announcements.c.withdrawn.is_(None))
        last = select(func.max(announcements.c.id)).where(said, announcements.c.id < announcement.id)
        cancelled = and_(of_event, announcements.c.kind == AnnouncementKind.CANCELLED)
        return and_(cancelled, announcements.c.id > (await self._value(last) or 0))

    async def overtaken(self, parcels: Sequence[Parcel], now: datetime, *, urgent: bool = False) -> list[Parcel]:
        """Of parcels with a reminder, those whose chat is reminded of the same date by a later one, which is due by now as well.

        `urgent`: only those where that later one is urgent, for others are held back at the moment.
        """
        by_announcement: dict[int, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            by_announcement[parcel.announcement.id].append(parcel)
        found: list[Parcel] = []
        for some in by_announcement.values():
            announcement = some[0].announcement
            later = await self._later(announcement, now)
            if later:
                uid = (await self.subject(announcement)).event_uid
                passed = audience.superseded(chats.c.id, uid, later, urgent=urgent)
                ids = await self._texts(chats.c.id, and_(chats.c.id.in_([each.chat.id for each in some]), passed))
                found += [each for each in some if each.chat.id in ids]
        return found

    async def _pass(self, announcement_id: int, **row: Any) -> None:
        await self._run(update(announcements).where(announcements.c.id == announcement_id).values(row))

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
        if self._dialect == "postgresql":  # SQLite lets one write at a time
            await self._keep_chats(hearers, first, last)
        values = _values(announcement, now)
        columns = [
            (value if isinstance(value, ColumnElement) else literal(value, notifications.c[name].type)).label(name)
            for name, value in values.items()
        ]
        willing = _willing(announcement, hearers.c.chat_id)
        if self._dialect == "postgresql":  # which reads all chats unless it is told where these are
            willing = and_(willing, chats.c.id > first, chats.c.id <= last)
        query = select(hearers.c.chat_id, *columns).join(chats, willing)
        query = query.order_by(hearers.c.chat_id)
        if announcement.kind is AnnouncementKind.REMINDER:
            later = await self._later(announcement, now)
            if later:
                # What is urgent is not left to one that may be held back.
                urgent = audience.marked_urgent(hearers.c.chat_id, subject.event_uid, announcement.offset or Offset())
                passed = [
                    audience.superseded(hearers.c.chat_id, subject.event_uid, later, urgent=only)
                    for only in (False, True)
                ]
                query = query.where(~or_(and_(passed[0], ~urgent), passed[1]))
        if announcement.kind.gathers and await self._value(select(filters.c.chat_id).limit(1)) is not None:
            words = await self._filtered_words(announcement)
            query = query.where(not_(_hidden(hearers.c.chat_id, words, subject.authors)))
        statement = self._insert(notifications).from_select(["chat_id", *values], query)
        return await self._count(statement.on_conflict_do_nothing())

    async def _keep_chats(self, hearers: Subquery, first: int, last: int) -> None:
        """Who changes a wish or terms does so before the page is made or after it is committed, and so overlooks nothing of it:
        as `Chats.lock`. Only a later statement sees what those have done who were waited for."""
        these = select(chats.c.id).where(
            chats.c.id.in_(select(hearers.c.chat_id)), chats.c.id > first, chats.c.id <= last
        )
        kept = these.order_by(chats.c.id).with_for_update(read=True).subquery()
        await self._run(select(func.count()).select_from(kept))

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

    async def _filtered_words(self, announcement: Announcement) -> list[str]:
        """Of the words that chats filter by, those that stand in what is announced."""
        words = await Filters(self._connection, self._dialect).words()
        return mentioned(await self._text(announcement), words) if words else []

    async def _text(self, announcement: Announcement) -> str:
        """All that people would find a word in: title, summary, text, place, names of tags."""
        if announcement.post_id is not None:
            table, named = posts, select(post_tags.c.name).where(post_tags.c.post_id == announcement.post_id)
            row = await self._first(select(posts).where(posts.c.id == announcement.post_id))
        else:
            table, named = events, select(event_tags.c.name).where(event_tags.c.event_id == announcement.event_id)
            row = await self._first(select(events).where(events.c.id == announcement.event_id))
        if row is None:
            return ""
        place = row.location if table is events else ""
        tags = [tag.name for tag in await self._rows(named)]
        return "\n".join((row.title, row.summary, plain(row.html), place, *tags))

    async def _texts(self, column: ColumnElement[Any], condition: ColumnElement[bool]) -> list[Any]:
        return [row[0] for row in await self._rows(select(column).where(condition))]


def _values(announcement: Announcement, now: datetime) -> dict[str, Any]:
    """The ledger's row; what differs between chats stands as a column."""
    kind, lane, expires = announcement.kind, announcement.kind.lane, announcement.expires
    values: dict[str, Any] = {
        "announcement_id": announcement.id,
        "lane": int(lane),
        "state": NotificationState.QUEUED,
        "due": announcement.due,
        "deadline": expires if kind is AnnouncementKind.REMINDER else announcement.due,
        "not_before": announcement.due,
        "expires": expires,
        "parked": 0,
        "attempts": 0,
        "doubts": 0,
        "reason": "",
        "at": now,
    }
    if kind.gathers:
        values["lane"] = case((chats.c.digest != Digest.INSTANT, int(Lane.DIGEST)), else_=int(lane))
    if kind is AnnouncementKind.POST:
        values["expires"] = _outlives_its_wait(expires)
    return values


def _outlives_its_wait(expires: datetime) -> ColumnElement[datetime]:
    """When an article's news is too old for a chat: later where the chat reads digests, and the later of both where it is muted."""
    instant = notifications.c.expires.type
    after_mute = type_coerce(type_coerce(chats.c.muted_until, BigInteger) + HELD // MICROSECOND, instant)
    until = case((chats.c.digest != Digest.INSTANT, literal(expires + HELD, instant)), else_=literal(expires, instant))
    return case((after_mute > until, after_mute), else_=until)


def _willing(announcement: Announcement, chat: ColumnElement[int]) -> ColumnElement[bool]:
    """Chats that can be reached and want to be told; an edit makes no sound, so it goes to those who pause, too."""
    here = and_(chats.c.id == chat, chats.c.active.is_(True))
    return here if announcement.kind.edits else and_(here, chats.c.paused.is_(False))


def _hidden(chat: ColumnElement[int], words: Sequence[str], authors: Sequence[str]) -> ColumnElement[bool]:
    """Whether a chat's filters keep this from it."""
    by_word = and_(filters.c.kind == FilterKind.WORD, filters.c.value.in_(words))
    by_author = and_(filters.c.kind == FilterKind.AUTHOR, filters.c.value.in_(authors))
    matches = or_(by_word, by_author)
    own = exists().where(filters.c.chat_id == chat)
    only = own.where(filters.c.only.is_(True))
    return or_(own.where(filters.c.only.is_(False), matches), and_(only, not_(only.where(matches))))


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
