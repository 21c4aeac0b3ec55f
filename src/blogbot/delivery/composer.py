"""What a notification says, in its chat's own language and time zone, from the present state of what it is about."""

from __future__ import annotations

from blogbot.cards import Cards
from blogbot.clock import Clock
from blogbot.model import AnnouncementKind, EventStatus, Message, Occurrence, Parcel, Post, Site
from blogbot.store import Store


class Composer:
    def __init__(self, store: Store, site: Site, clock: Clock) -> None:
        self._store = store
        self._site = site
        self._clock = clock

    async def compose(self, parcel: Parcel) -> Message | None:
        """The message, or None where what it is about has gone or would be wrong to say now."""
        announcement, chat = parcel.announcement, parcel.chat
        if chat.paused:  # since it was queued
            return None
        post: Post | None = None
        occurrence: Occurrence | None = None
        async with self._store.read() as tx:
            if announcement.post_id is not None:
                post = await tx.posts.by_id(announcement.post_id)
            if announcement.occurrence_id is not None:
                occurrence = await tx.events.occurrence(announcement.occurrence_id)
        if not _worth_saying(announcement.kind, post, occurrence):
            return None
        cards = Cards.of(chat, self._site, self._clock.now())
        return cards.announcement(announcement, post=post, occurrence=occurrence)


def _worth_saying(kind: AnnouncementKind, post: Post | None, occurrence: Occurrence | None) -> bool:
    if kind is AnnouncementKind.POST:
        return post is not None
    if occurrence is None:
        return False
    return (kind is AnnouncementKind.CANCELLED) == (occurrence.status is EventStatus.CANCELLED)
