"""What a parcel says, in its chat's own language and time zone, from the present state of what it is about.

What is leased together is composed together: what they are about is read once, and chats with the same language and
zone share one rendering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from blogbot.cards import Cards, Item
from blogbot.clock import Clock
from blogbot.delivery.terms import wanted
from blogbot.errors import RetryLater
from blogbot.i18n import zone_of
from blogbot.model import (
    Announcement,
    AnnouncementKind,
    Chat,
    Digest,
    EventStatus,
    Message,
    NotificationState,
    Occurrence,
    Parcel,
    Post,
    Site,
    Terms,
)
from blogbot.store import Store, Transaction

SOON = 5.0
"""Seconds until an edit looks again for the message that it is to change, which is still on its way."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it is to be sent, or to take the place of the message `edits`."""

    message: Message
    edits: int | None = None


class Composer:
    def __init__(self, store: Store, site: Site, clock: Clock) -> None:
        self._store = store
        self._site = site
        self._clock = clock

    async def compose(self, parcels: Sequence[Parcel]) -> list[Draft | Exception | None]:
        """For each parcel its draft; None where what it is about has gone or would be wrong to say now.

        An edit whose message is still on its way has RetryLater in its place. What could not be made has its error there,
        so that it stops no other.
        """
        async with self._store.read() as tx:
            batch = _Batch(tx, self._site, self._clock)
            return [await batch.draft(parcel) for parcel in parcels]


class _Batch:
    """One moment's reading, shared by the parcels of one lease."""

    def __init__(self, tx: Transaction, site: Site, clock: Clock) -> None:
        self._tx = tx
        self._site = site
        self._now = clock.now()
        self._posts: dict[int, Post | None] = {}
        self._outlines: dict[int, Post | None] = {}
        self._occurrences: dict[int, Occurrence | None] = {}
        self._rendered: dict[tuple[object, ...], Message | None] = {}

    async def draft(self, parcel: Parcel) -> Draft | Exception | None:
        try:
            return await (self._edit(parcel) if parcel.announcement.kind.edits else self._news(parcel))
        except Exception as error:
            return error

    async def _news(self, parcel: Parcel) -> Draft | None:
        if parcel.chat.paused:  # since it was queued
            return None
        message = await self._say(parcel, await self._items(parcel.announcements, parcel.chat))
        return None if message is None else Draft(message)

    async def _edit(self, parcel: Parcel) -> Draft | None:
        """The message that was sent, as it would read now."""
        chat, corrected = parcel.chat, parcel.announcement.corrects or 0
        if await self._tx.notifications.on_its_way(corrected, chat.id):
            raise RetryLater("the message to correct is still on its way", seconds=SOON)
        _, message_id = await self._tx.notifications.message_of(corrected, chat.id) or (None, None)
        if message_id is None:
            return None
        carried = await self._tx.notifications.told(chat.id, message_id)
        message = await self._say(parcel, await self._items(carried, chat), again=True)
        return None if message is None else Draft(message, message_id)

    async def _say(self, parcel: Parcel, items: Sequence[Item], *, again: bool = False) -> Message | None:
        """Renders once for all who read the same. `again`: it stands there already, so what has gone is shown as gone."""
        chat = parcel.chat
        said = tuple((item.announcement.id, *sorted(item.announcement.detail.items())) for item in items)
        since = self._wanted(chat, items[0].announcement) if items else None
        key = (said, again, chat.language, chat.timezone, chat.terms.digest, since)
        if key not in self._rendered:
            cards = Cards.of(chat, self._site, self._now)
            self._rendered[key] = _render(cards, chat.terms.digest, items, again=again, wanted=since)
        return self._rendered[key]

    def _wanted(self, chat: Chat, announcement: Announcement) -> datetime | None:
        """When the chat's own terms first let it come, where they held it back."""
        if chat.terms == Terms():
            return None
        return wanted(chat, announcement, self._now, zone=zone_of(chat, self._site))

    async def _items(self, announcements: Sequence[Announcement], chat: Chat) -> list[Item]:
        """What is told together is named by its title: texts are read only of what is told alone."""
        alone = len(announcements) == 1
        read, posts = self._tx.posts, self._posts if alone else self._outlines
        missing = {each.post_id for each in announcements if each.post_id is not None} - posts.keys()
        if missing:
            found = await (read.many if alone else read.outlines)(sorted(missing))
            posts |= {post_id: found.get(post_id) for post_id in missing}
        return [await self._about(each, chat, posts) for each in announcements]

    async def _about(self, announcement: Announcement, chat: Chat, posts: Mapping[int, Post | None]) -> Item:
        if "after" in announcement.detail:
            announcement = await self._with_what_was_withdrawn(announcement, chat)
        post, occurrence, gone = None, None, ""
        if announcement.post_id is not None:
            post = posts[announcement.post_id]
            if post is None:
                gone = await self._tx.posts.gone_title(announcement.post_id)
        if announcement.occurrence_id is not None:
            if announcement.occurrence_id not in self._occurrences:
                found = await self._tx.events.occurrence(announcement.occurrence_id)
                self._occurrences[announcement.occurrence_id] = found
            occurrence = self._occurrences[announcement.occurrence_id]
        return Item(announcement, post, occurrence, gone)

    async def _with_what_was_withdrawn(self, announcement: Announcement, chat: Chat) -> Announcement:
        """A change as it is news to one chat: with the earlier changes (`after`) that were taken back before it was told."""
        detail, earlier = dict(announcement.detail), announcement.detail.get("after", "")
        dates = announcement.dates
        while earlier:
            found = await self._tx.notifications.message_of(int(earlier), chat.id)
            if found is None or found[0] is not NotificationState.EXPIRED:
                break
            before = (await self._tx.announcements.many([int(earlier)]))[int(earlier)]
            detail |= {name: before.detail[name] for name in ("was", "was_location", "again") if name in before.detail}
            dates = max(dates, before.dates)
            earlier, detail["gathered"] = before.detail.get("after", ""), "1"
        if dates > announcement.dates:  # Others moved with this one then, and may be elsewhere still.
            detail |= {"dates": str(dates), "others": "1"}
        return replace(announcement, detail=detail)


def _render(
    cards: Cards, rhythm: Digest, items: Sequence[Item], *, again: bool, wanted: datetime | None
) -> Message | None:
    """One thing as its own card. What is told together is a digest, even if one thing alone of it is still true: so it keeps
    its form when it is edited."""
    shown = [item for item in items if worth_saying(item) or (again and _stands(item, items))]
    if not shown:
        return None
    if len(items) > 1:
        return cards.digest(shown, rhythm)
    only = shown[0]
    if only.gone:
        return cards.withdrawn(only.gone)
    return cards.announcement(only.announcement, post=only.post, occurrence=only.occurrence, again=again, wanted=wanted)


def _stands(item: Item, items: Sequence[Item]) -> bool:
    """Whether what is not true any more is still shown, as gone, or among others as cancelled."""
    return bool(item.gone) or (len(items) > 1 and item.occurrence is not None)


def worth_saying(item: Item) -> bool:
    """Whether an announcement is still true of what it is about."""
    if item.announcement.kind is AnnouncementKind.POST:
        return item.post is not None
    if item.occurrence is None:
        return False
    if "gathered" in item.announcement.detail and _as_it_was(item.announcement, item.occurrence):
        return False
    cancelled = item.occurrence.status is EventStatus.CANCELLED
    if item.announcement.kind is AnnouncementKind.MOVED and item.announcement.dates > 1:
        # It is of others too, which may take place where its own date does not.
        cancelled = item.occurrence.event.status is EventStatus.CANCELLED
    return cancelled == (item.announcement.kind is AnnouncementKind.CANCELLED)


def _as_it_was(change: Announcement, occurrence: Occurrence) -> bool:
    """Whether all that moved was moved there and back, so that who was told of neither need not know."""
    was, place = change.detail.get("was", ""), change.detail.get("was_location", occurrence.location)
    once = "again" not in change.detail and "others" not in change.detail
    return once and was == occurrence.starts.isoformat() and place == occurrence.location
