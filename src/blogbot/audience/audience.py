"""What chats wish to hear of and how, kept as soon as they say it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from blogbot import metrics
from blogbot.audience.calendars import OwnCalendars
from blogbot.clock import Clock
from blogbot.config import valid_zone
from blogbot.model import (
    Announcement,
    AnnouncementKind,
    Chat,
    ChatKind,
    Digest,
    Filter,
    Follow,
    NotificationState,
    Offset,
    ReminderRule,
)
from blogbot.store import Store, Subject, Told, Transaction, reasons

CHANGES = (AnnouncementKind.MOVED, AnnouncementKind.CANCELLED)

DEFAULT_OFFSETS = (Offset(days=1), Offset(minutes=60))

Wish = Follow | ReminderRule


@dataclass(frozen=True, slots=True)
class Why:
    """What one message told a chat, each thing with the wishes that it still answers to: none where they have ended."""

    chat: Chat
    told: tuple[tuple[Announcement, tuple[Wish, ...]], ...]


class Audience:
    """What chats wish, kept as soon as they say it.

    Whenever a chat changes what it wants to be told, or how, what waits for it is looked at anew in the same transaction.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.calendars = OwnCalendars(store, clock)

    async def join(self, telegram_id: int, kind: ChatKind, title: str, thread_id: int = 0, language: str = "") -> Chat:
        """The chat, new or known; one that was out of reach is back. Writes only where something is new."""
        async with self._store.read() as tx:
            chat = await tx.chats.by_telegram(telegram_id, thread_id)
        if chat is not None and chat.active and chat.kind == kind and chat.title == title:
            return chat
        async with self._store.write() as tx:
            chat = await tx.chats.by_telegram(telegram_id, thread_id)
            if chat is None:
                return await tx.chats.insert(telegram_id, kind, title, thread_id, language, self._clock.now())
            return await tx.chats.change(chat.id, active=True, kind=kind, title=title) or chat

    async def leave(self, telegram_id: int) -> None:
        """The bot cannot reach the chat any more; its wishes are kept for when it comes back."""
        async with self._store.write() as tx:
            await tx.chats.deactivate(telegram_id)

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup, with a new Telegram id."""
        async with self._store.write() as tx:
            await tx.chats.migrate(old, new)

    # --- What they hear of ---

    async def follow(self, chat: Chat, follow: Follow) -> bool:
        """Whether this is new; one that is there stays as urgent as it was."""
        async with self._of(chat) as tx:
            if follow in await tx.follows.of(chat.id):
                return False
            return await tx.follows.add(chat.id, follow, self._clock.now())

    async def unfollow(self, chat: Chat, follow: Follow) -> bool:
        """Whether it was followed."""
        async with self._of(chat) as tx:
            ended = await tx.follows.remove(chat.id, follow)
            await self._let_go(tx, chat)
            return ended

    async def unfollow_all(self, chat: Chat) -> int:
        """How many follows ended."""
        async with self._of(chat) as tx:
            ended = await tx.follows.clear(chat.id)
            await self._let_go(tx, chat)
            return ended

    async def follows(self, chat: Chat) -> list[Follow]:
        async with self._store.read() as tx:
            return await tx.follows.of(chat.id)

    async def remind(self, chat: Chat, rule: ReminderRule) -> bool:
        """Whether this is new; one that is there stays as urgent as it was."""
        async with self._of(chat) as tx:
            if rule in await tx.rules.of(chat.id):
                return False
            return await tx.rules.add(chat.id, rule, self._clock.now())

    async def forget(self, chat: Chat, rule: ReminderRule) -> bool:
        """Whether there was such a rule."""
        async with self._of(chat) as tx:
            ended = await tx.rules.remove(chat.id, rule)
            await self._let_go(tx, chat)
            return ended

    async def forget_all(self, chat: Chat) -> int:
        """How many rules ended."""
        async with self._of(chat) as tx:
            ended = await tx.rules.clear(chat.id)
            await self._let_go(tx, chat)
            return ended

    async def rules(self, chat: Chat) -> list[ReminderRule]:
        async with self._store.read() as tx:
            return await tx.rules.of(chat.id)

    async def mark(self, chat: Chat, wish: Wish, *, urgent: bool) -> bool:
        """Makes a wish urgent, or not any more; False where the chat has no such wish (any more)."""
        now = self._clock.now()
        async with self._of(chat) as tx:
            if isinstance(wish, Follow):
                if wish not in await tx.follows.of(chat.id):
                    return False
                await tx.follows.add(chat.id, replace(wish, urgent=urgent), now)
            else:
                if wish not in await tx.rules.of(chat.id):
                    return False
                await tx.rules.add(chat.id, replace(wish, urgent=urgent), now)
            await tx.notifications.reconsider(chat.id)
            return True

    async def add_filter(self, chat: Chat, filter_: Filter) -> bool:
        """Whether this changes anything."""
        async with self._of(chat) as tx:
            return await tx.filters.add(chat.id, filter_, self._clock.now())

    async def remove_filter(self, chat: Chat, filter_: Filter) -> bool:
        """Whether it was there."""
        async with self._of(chat) as tx:
            return await tx.filters.remove(chat.id, filter_)

    async def remove_filters(self, chat: Chat) -> int:
        """How many ended."""
        async with self._of(chat) as tx:
            return await tx.filters.clear(chat.id)

    async def filters(self, chat: Chat) -> list[Filter]:
        async with self._store.read() as tx:
            return await tx.filters.of(chat.id)

    # --- How they are told ---

    async def set_timezone(self, chat: Chat, zone: str) -> Chat:
        """Raises ValueError, with advice, where no zone has this name."""
        return await self._change(chat, timezone=valid_zone(zone), zone_asked=True)

    async def asks_zone(self, chat: Chat) -> bool:
        """Whether to ask the chat for its time zone now, which is done once: the next time it is False."""
        if chat.timezone or chat.zone_asked:
            return False
        await self._change(chat, zone_asked=True)
        return True

    async def set_language(self, chat: Chat, code: str) -> Chat:
        return await self._change(chat, language=code)

    async def pause(self, chat: Chat, paused: bool) -> Chat:
        """A paused chat hears nothing unasked, and keeps its wishes."""
        return await self._change(chat, paused=paused)

    async def set_terms(self, chat: Chat, **terms: object) -> Chat:
        """Changes some of the chat's terms (fields of Terms); the others stay as they are."""
        return await self._change(chat, **terms)

    async def set_topic(self, chat: Chat, topic_id: int) -> Chat:
        """Has the news of a whole forum go into one of its topics; 0: to where everything else is. Gives the forum's chat."""
        async with self._store.write() as tx:
            forum = await tx.chats.by_telegram(chat.telegram_id)
            if forum is None:
                forum = await tx.chats.insert(chat.telegram_id, chat.kind, chat.title, now=self._clock.now())
            return await tx.chats.change(forum.id, topic_id=topic_id) or forum

    async def whole(self, chat: Chat) -> Chat:
        """The forum that a topic is part of, where blogbot knows it; else the chat itself."""
        if not chat.thread_id:
            return chat
        async with self._store.read() as tx:
            return await tx.chats.by_telegram(chat.telegram_id) or chat

    # --- What they were told ---

    async def history(self, chat: Chat, limit: int) -> list[Told]:
        """What the chat was told unasked, the latest first."""
        async with self._store.read() as tx:
            return await tx.notifications.history(chat.id, limit)

    async def why(self, chat: Chat, message_id: int | None = None) -> Why | None:
        """Which wishes sent a message (None: the last one); None where it told the chat nothing unasked.

        In a topic it may be news of the whole forum, which is a chat of its own.
        """
        async with self._store.read() as tx:
            forum = await tx.chats.by_telegram(chat.telegram_id) if chat.thread_id else None
            for hearer in (chat, forum):
                told = await _told(tx, hearer, message_id) if hearer is not None else []
                if hearer is not None and told:
                    return Why(hearer, await _reasons(tx, hearer, told))
        return None

    # --- How it is done ---

    @asynccontextmanager
    async def _of(self, chat: Chat) -> AsyncIterator[Transaction]:
        """A transaction on one chat's wishes and terms. Who leases for the chat goes by them either before or after it."""
        async with self._store.write() as tx:
            await tx.chats.lock(chat.id)
            yield tx

    async def _change(self, chat: Chat, **columns: object) -> Chat:
        """Changes fields of the chat or of its terms. What it holds back from now on lives on meanwhile."""
        now = self._clock.now()
        async with self._of(chat) as tx:
            changed = await tx.chats.change(chat.id, **columns) or chat
            terms = changed.terms
            if terms.digest is not Digest.INSTANT or terms.muted_until is not None:
                await tx.notifications.prolong(chat.id, max(now, terms.muted_until or now))
            await tx.notifications.reconsider(chat.id)
            return changed

    async def _let_go(self, tx: Transaction, chat: Chat) -> None:
        """What waits for a chat and no wish of its brings any more is not told."""
        follows, rules = await tx.follows.of(chat.id), await tx.rules.of(chat.id)
        ended = []
        for announcement in await tx.notifications.waiting_for(chat.id):
            subject = await tx.announcements.subject(announcement)
            wished = reasons(announcement, subject, follows, rules)
            if not wished and not (announcement.kind in CHANGES and await _was_told(tx, chat, subject)):
                ended.append(announcement.id)
        metrics.EXPIRED.inc(
            await tx.notifications.let_go(chat.id, ended, "the wish for it has ended", self._clock.now())
        )


async def _was_told(tx: Transaction, chat: Chat, subject: Subject) -> bool:
    """Whether the chat was told of the event: then it hears of its changes, whatever it wishes."""
    for earlier in subject.told:
        state, _ = await tx.notifications.message_of(earlier, chat.id) or (None, None)
        if state in (NotificationState.SENT, NotificationState.UNCERTAIN):
            return True
    return False


async def _told(tx: Transaction, chat: Chat, message_id: int | None) -> list[Announcement]:
    if message_id is not None:
        return await tx.notifications.told(chat.id, message_id)
    last = await tx.notifications.history(chat.id, 1)
    if not last or last[0].message_id is None:
        return [each.announcement for each in last]
    return await tx.notifications.told(chat.id, last[0].message_id)


async def _reasons(
    tx: Transaction, chat: Chat, told: list[Announcement]
) -> tuple[tuple[Announcement, tuple[Wish, ...]], ...]:
    follows, rules = await tx.follows.of(chat.id), await tx.rules.of(chat.id)
    found = []
    for announcement in told:
        subject = await tx.announcements.subject(announcement)
        found.append((announcement, tuple(reasons(announcement, subject, follows, rules))))
    return tuple(found)
