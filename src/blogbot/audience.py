"""The chats: who is here, what they follow, when they want to be reminded, in which zone and language they read.

Who hears of an announcement is decided by the store's fan-out from what is kept here.
"""

from __future__ import annotations

from dataclasses import replace

from blogbot.clock import Clock
from blogbot.config import valid_zone
from blogbot.model import Chat, ChatKind, Follow, Offset, ReminderRule
from blogbot.store import Store

DEFAULT_OFFSETS = (Offset(days=1), Offset(minutes=60))


class Audience:
    """What chats wish, kept as soon as they say it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

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
            chat = replace(chat, active=True, kind=kind, title=title)
            await tx.chats.save(chat)
            return chat

    async def leave(self, telegram_id: int) -> None:
        """The bot cannot reach the chat any more; its wishes are kept for when it comes back."""
        async with self._store.write() as tx:
            await tx.chats.deactivate(telegram_id)

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup, with a new Telegram id."""
        async with self._store.write() as tx:
            await tx.chats.migrate(old, new)

    async def follow(self, chat: Chat, follow: Follow) -> bool:
        """Whether this is new."""
        async with self._store.write() as tx:
            return await tx.follows.add(chat.id, follow, self._clock.now())

    async def unfollow(self, chat: Chat, follow: Follow) -> bool:
        """Whether it was followed."""
        async with self._store.write() as tx:
            return await tx.follows.remove(chat.id, follow)

    async def unfollow_all(self, chat: Chat) -> int:
        """How many follows ended."""
        async with self._store.write() as tx:
            return await tx.follows.clear(chat.id)

    async def follows(self, chat: Chat) -> list[Follow]:
        async with self._store.read() as tx:
            return await tx.follows.of(chat.id)

    async def remind(self, chat: Chat, rule: ReminderRule) -> bool:
        """Whether this is new."""
        async with self._store.write() as tx:
            return await tx.rules.add(chat.id, rule, self._clock.now())

    async def forget(self, chat: Chat, rule: ReminderRule) -> bool:
        """Whether there was such a rule."""
        async with self._store.write() as tx:
            return await tx.rules.remove(chat.id, rule)

    async def forget_all(self, chat: Chat) -> int:
        """How many rules ended."""
        async with self._store.write() as tx:
            return await tx.rules.clear(chat.id)

    async def rules(self, chat: Chat) -> list[ReminderRule]:
        async with self._store.read() as tx:
            return await tx.rules.of(chat.id)

    async def set_timezone(self, chat: Chat, zone: str) -> Chat:
        """Raises ValueError, with advice, where no zone has this name."""
        return await self._change(chat, timezone=valid_zone(zone))

    async def set_language(self, chat: Chat, code: str) -> Chat:
        return await self._change(chat, language=code)

    async def pause(self, chat: Chat, paused: bool) -> Chat:
        """A paused chat hears nothing unasked, and keeps its wishes."""
        return await self._change(chat, paused=paused)

    async def _change(self, chat: Chat, **changes: object) -> Chat:
        async with self._store.write() as tx:
            fresh = replace(await tx.chats.by_id(chat.id) or chat, **changes)  # type: ignore[arg-type]  # fields of Chat
            await tx.chats.save(fresh)
            return fresh
