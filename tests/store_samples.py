"""Short ways to fill a store, for the tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from blogbot.model import (
    Announcement,
    AnnouncementKind,
    Chat,
    ChatKind,
    Event,
    EventItem,
    EventStatus,
    Follow,
    FollowKind,
    NotificationState,
    Occurrence,
    Offset,
    Parcel,
    Post,
    PostItem,
    ReminderRule,
    Tag,
)
from blogbot.store import PostRecord, Store, Transaction
from blogbot.store.tables import announcements, notifications

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = NOW + MINUTE

EVERYTHING = Follow(FollowKind.EVERYTHING)
QUEUED, SENDING, SENT = NotificationState.QUEUED, NotificationState.SENDING, NotificationState.SENT
FAILED, EXPIRED, UNCERTAIN = NotificationState.FAILED, NotificationState.EXPIRED, NotificationState.UNCERTAIN


def tags(*names: str) -> tuple[Tag, ...]:
    return tuple(Tag(name.lower(), name) for name in names)


def post_item(key: str, /, **fields: Any) -> PostItem:
    return PostItem(**{"key": key, "slug": key, "title": key.title(), "html": f"<p>{key}</p>"} | fields)


def record(item: PostItem, **fields: Any) -> PostRecord:
    """What `insert` and `update` take."""
    given: dict[str, Any] = {"slug": item.slug, "summary": item.summary, "published": NOW, "updated": NOW}
    return PostRecord(item, **(given | fields))


async def add_post(tx: Transaction, key: str, *, item: dict[str, Any] | None = None, **fields: Any) -> Post:
    post_id = await tx.posts.insert(record(post_item(key, **(item or {})), **fields))
    return (await tx.posts.many([post_id]))[post_id]


async def change_post(tx: Transaction, post_id: int, item: PostItem, **fields: Any) -> Post:
    await tx.posts.update(post_id, record(item, **fields))
    return (await tx.posts.many([post_id]))[post_id]


def event_item(uid: str, /, **fields: Any) -> EventItem:
    start = datetime(2026, 3, 12, 10)  # local in the event's zone
    given: dict[str, Any] = {
        "uid": uid,
        "title": uid.title(),
        "starts": start,
        "ends": start + HOUR,
        "timezone": "Europe/London",
    }
    return EventItem(**(given | fields))


async def add_event(tx: Transaction, uid: str, *, labels: Sequence[Tag] = (), **fields: Any) -> Event:
    item = event_item(uid, **fields)
    return await tx.events.insert(item, title=item.title, tags=labels, now=NOW)


def date_of(event: Event, starts: datetime, *, key: str = "", **fields: Any) -> Occurrence:
    given: dict[str, Any] = {
        "title": event.title,
        "location": event.location,
        "status": EventStatus.CONFIRMED,
        "known": NOW,
    }
    given |= {"id": 0, "event": event, "key": key, "starts": starts, "ends": starts + HOUR}
    return Occurrence(**(given | fields))


async def add_dates(
    tx: Transaction,
    event: Event,
    *given: Occurrence,
    now: datetime = NOW,
    window: tuple[datetime, datetime] | None = None,
) -> list[Occurrence]:
    after, before = window or (NOW - 400 * DAY, NOW + 400 * DAY)
    await tx.events.save_occurrences(event.id, given, now, after=after, before=before)
    return await tx.events.occurrences_of(event.id)


async def add_chat(tx: Transaction, telegram_id: int, *wishes: Follow | ReminderRule, at: datetime = NOW) -> Chat:
    chat = await tx.chats.insert(telegram_id, ChatKind.PRIVATE, f"chat {telegram_id}")
    for wish in wishes:
        if isinstance(wish, Follow):
            await tx.follows.add(chat.id, wish, at)
        else:
            await tx.rules.add(chat.id, wish, at)
    return chat


async def announce(
    tx: Transaction,
    key: str,
    kind: AnnouncementKind = AnnouncementKind.POST,
    *,
    due: datetime = NOW,
    expires: datetime = NOW + DAY,
    **about: Any,
) -> Announcement:
    added = await tx.announcements.add(key, kind, due, expires, now=NOW, **about)
    assert added is not None
    found = await tx.announcements.by_id(added)
    assert found is not None
    return found


async def fan_out(tx: Transaction, announcement: Announcement, now: datetime = NOW, page: int = 10_000) -> int:
    """Every page; how many notifications that made."""
    made = 0
    while True:
        result = await tx.announcements.fan_out(announcement, now, page)
        made += result.inserted
        if result.done:
            return made


async def queue(tx: Transaction, key: str, kind: AnnouncementKind = AnnouncementKind.POST, **fields: datetime) -> int:
    """One more announcement for everyone who follows everything; its id."""
    about: dict[str, Any] = {}
    if kind is AnnouncementKind.POST:
        about["post_id"] = (await add_post(tx, key)).id
    else:
        event = await tx.events.by_uid("party") or await add_event(tx, "party")
        about["event_id"] = event.id
    offset = Offset() if kind is AnnouncementKind.REMINDER else None
    announcement = await announce(tx, key, kind, **about, offset=offset, **fields)
    await fan_out(tx, announcement, now=fields.get("due", NOW))
    return announcement.id


async def hearers(store: Store, announcement: Announcement) -> list[int]:
    """The Telegram ids of the chats that have a notification of this announcement."""
    found = []
    async with store.read() as tx:
        for chat_id in range(1, 100):
            chat = await tx.chats.by_id(chat_id)
            if chat is not None and await tx.notifications.message_of(announcement.id, chat_id) is not None:
                found.append(chat.telegram_id)
    return found


async def states(store: Store) -> dict[NotificationState, int]:
    """How many notifications are in each state, over all lanes."""
    totals: dict[NotificationState, int] = {}
    async with store.read() as tx:
        for (_, state), count in (await tx.notifications.counts()).items():
            totals[state] = totals.get(state, 0) + count
    return totals


async def ledger(tx: Transaction, chat_id: int) -> list[tuple[str, NotificationState, int | None, datetime]]:
    """A chat's rows in the order of their announcements: the key, the state, the message id, and since when."""
    query = (
        select(announcements.c.key, notifications.c.state, notifications.c.message_id, notifications.c.at)
        .join(announcements, announcements.c.id == notifications.c.announcement_id)
        .where(notifications.c.chat_id == chat_id)
        .order_by(announcements.c.id)
    )
    rows = await tx.notifications._rows(query)
    return [(row.key, row.state, row.message_id, row.at) for row in rows]


async def begin(tx: Transaction, *parcels: Parcel, now: datetime = NOW) -> None:
    """The calls for these parcels are under way."""
    assert len((await tx.notifications.begin(parcels, now)).going) == len(parcels)


def rule(days: int = 0, minutes: int = 0, uid: str = "") -> ReminderRule:
    return ReminderRule(Offset(days, minutes), uid)
