"""The queue: which notifications may be sent now, in which order, and which are parked until later.

It only looks and puts rows in and out of sight; taking them stands in `leases.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select, update

from blogbot.model import AnnouncementKind, Chat, Lane
from blogbot.store.chats import TERMS, chat_from
from blogbot.store.ledger import in_time, keys_of, named
from blogbot.store.noun import Noun, chunks, within
from blogbot.store.tables import NO, QUEUED, SENDING, SENT, UNCERTAIN, YES, announcements, chats, notifications

LONGEST_LEASE = timedelta(minutes=10)
"""Nobody leases for longer: a lease that ends later is one of a clock that was set back, and counts for nothing."""

SPACING = timedelta(seconds=1)
"""Between two messages to one chat, whichever process sends them (Bot API FAQ)."""

MINUTE = timedelta(minutes=1)
GROUP = 16
"""Notifications to one group in any minute, whichever process sends them: Telegram's 20, but for those kept for answers."""

GATHERING = tuple(kind for kind in AnnouncementKind if kind.gathers)

_l = notifications.c
_PARKED = and_(_l.state == QUEUED, _l.parked == YES)
# Made once: an alias has every column anew.
_OTHER, _TOLD = notifications.alias(), notifications.alias()
_MINE, _TOPIC = chats.alias(), chats.alias()
_ANEW = {"not_before": _l.due, "parked": 0}

_HOURS = (chats.c.timezone, *(chats.c[name] for name in TERMS))
"""What decides until when a chat's terms hold something back."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the terms of some chats hold back until one instant; `chat` is one of them, the others have the same zone and terms."""

    until: datetime
    chat: Chat


class Queue(Noun):
    async def wake(self, now: datetime, limit: int) -> int:
        """Puts parked ones back into the queue whose time has come, at most `limit`; how many."""
        return await self._page(_l.not_before <= now, limit, {"parked": 0})

    async def reconsider(self, chat_id: int) -> int:
        """Looks anew at what is parked for a chat, as its terms changed; what waits out a refusal is no matter of these, and
        waits on."""
        open_ones = select(announcements.c.id).where(announcements.c.sweep.is_not(None))
        mine = and_(_l.chat_id == chat_id, _l.announcement_id.in_(open_ones), _l.reason == "")
        return await self._count(update(notifications).where(_PARKED, mine).values(_ANEW))

    async def held(self) -> list[Held]:
        """What chats' terms hold back, by the instant until which and by these terms. Reads all of it, so ask seldom."""
        mine = and_(chats.c.id == _l.chat_id, _PARKED, _l.reason == "")
        query = select(_l.not_before, func.min(chats.c.id).label("chat_id")).where(mine)
        rows = await self._rows(query.group_by(_l.not_before, *_HOURS))
        found: dict[int, Chat] = {}
        for some in chunks(sorted({row.chat_id for row in rows})):
            found |= {row.id: chat_from(row) for row in await self._rows(select(chats).where(chats.c.id.in_(some)))}
        return [Held(row.not_before, found[row.chat_id]) for row in rows]

    async def reconsider_held(self, until: datetime, limit: int) -> int:
        """Looks anew at what chats' terms hold back until just then, at most `limit`; how many."""
        return await self._page(and_(_l.not_before == until, _l.reason == ""), limit, _ANEW)

    async def recall(self, now: datetime, limit: int) -> int:
        """Looks anew at what was parked by a clock that was ahead, later than it is now: at most `limit`; how many.

        Also at what waits out a refusal: nobody knows until when, and the limiter still does.
        """
        return await self._page(_l.at > now, limit, _ANEW)

    async def shorten(self, lease_until: datetime) -> None:
        """No lease is longer than this, whatever clock it was given by. Who lives renews its own."""
        longer = and_(_l.lease_until.is_not(None), _l.lease_until > lease_until)
        await self._run(update(notifications).where(longer).values(lease_until=lease_until))

    async def _page(self, which: ColumnElement[bool], limit: int, row: dict[str, Any]) -> int:
        """Changes a page of what is parked, the earliest first; how many it found. What another process changed meanwhile stays
        as that left it, and counts: a full page is not the last."""
        page = select(_l.announcement_id, _l.chat_id).where(_PARKED, which).order_by(_l.not_before)
        keys = keys_of(await self._rows(page.limit(within(limit))))
        # `+ 0`, so that rows are found by their keys: while PostgreSQL knows nothing of the table, it would read all that is parked.
        still = and_(_l.state == QUEUED, _l.parked + 0 == YES, which)
        for some in named(keys):
            await self._run(update(notifications).where(some, still).values(row))
        return len(keys)

    async def _ready(
        self, now: datetime, limit: int, alone: bool, young: bool, lane: Lane | None = None
    ) -> dict[int, int]:
        """Chat ids and the announcement to tell each of first, the most urgent first."""
        where = [_l.state == QUEUED, _l.parked == NO, in_time(now), free(now), ~_busy(now, alone)]
        if young or not alone:
            where.append(~_full(now, self._dialect))
        if lane is not None:
            where.append(_l.lane == int(lane))
        query = (
            select(_l.announcement_id, _l.chat_id)
            .where(*where)
            .order_by(_l.lane, _l.deadline, _l.announcement_id, _l.chat_id)
            .limit(2 * limit)  # some may be a chat's second
        )
        first: dict[int, int] = {}
        for announcement_id, chat_id in await self._rows(query):
            first.setdefault(chat_id, announcement_id)
        return dict(list(first.items())[:limit])

    async def _of_lowest(self, now: datetime, limit: int, alone: bool, young: bool) -> dict[int, int]:
        for lane in sorted(Lane, reverse=True):
            found = await self._ready(now, limit, alone, young, lane)
            if found:
                return found
        return {}

    async def _waiting_news(self, chat_ids: Sequence[int], now: datetime) -> dict[int, list[int]]:
        """The announcements of kinds that gather which wait for these chats, the earliest due first."""
        news = select(announcements.c.id).where(announcements.c.sweep.is_not(None), announcements.c.kind.in_(GATHERING))
        found: dict[int, list[int]] = defaultdict(list)
        for some in chunks(sorted(set(chat_ids))):
            query = select(_l.announcement_id, _l.chat_id).where(
                _l.announcement_id.in_(news), _l.chat_id.in_(some), _l.state == QUEUED, in_time(now), free(now)
            )
            for announcement_id, chat_id in await self._rows(query.order_by(_l.due, _l.announcement_id)):
                found[chat_id].append(announcement_id)
        return found


def free(now: datetime) -> ColumnElement[bool]:
    return or_(_l.lease_until.is_(None), run_out(_l.lease_until, now))


def run_out(lease_until: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Whether a lease is over, or of a clock that was set back."""
    return or_(lease_until <= now, lease_until > now + LONGEST_LEASE)


def _busy(now: datetime, alone: bool) -> ColumnElement[bool]:
    """Whether the row's chat is being sent something, is about to be, or (not `alone`) was a moment ago."""
    other, told = _OTHER, _TOLD
    held = and_(other.c.lease_until > now, other.c.lease_until <= now + LONGEST_LEASE)
    leased = exists().where(
        other.c.chat_id == _l.chat_id, other.c.lease_until.is_not(None), or_(held, other.c.state == SENDING)
    )
    if alone:
        return leased
    recent = and_(told.c.at > now - SPACING, told.c.at < now + SPACING)
    just_told = exists().where(told.c.chat_id == _l.chat_id, told.c.state.in_((SENT, UNCERTAIN)), recent)
    return or_(leased, just_told)


def _full(now: datetime, dialect: str) -> ColumnElement[bool]:
    """Whether the row's chat is a group, in whichever of its topics, that was told as much as it takes in a minute."""
    told, mine, topic = _TOLD, _MINE, _TOPIC
    group = select(mine.c.telegram_id).where(mine.c.id == _l.chat_id, mine.c.telegram_id < 0).correlate(notifications)
    topics = select(topic.c.id).where(topic.c.telegram_id == group.scalar_subquery()).correlate(notifications)
    recent = and_(told.c.state.in_((SENT, UNCERTAIN)), told.c.at > now - MINUTE, told.c.at < now + SPACING)
    # As a join PostgreSQL would begin with all that anyone was told, of which it knows nothing yet when a mailing begins.
    own = (
        told.c.chat_id == func.any(func.array(topics.scalar_subquery()))
        if dialect == "postgresql"
        else told.c.chat_id.in_(topics)
    )
    # A digest is several rows, told at one instant; but at that instant other topics may be told something too.
    message = cast(told.c.at, Text) + " " + cast(told.c.chat_id, Text)
    messages = select(func.count(message.distinct())).where(own, recent).correlate(notifications)
    return messages.scalar_subquery() >= GROUP
