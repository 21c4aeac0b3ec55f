"""How updates are worked on: those of one chat in order, chats side by side, and none for ever.

It must not know what an update asks for, nor where it came from (a poll or a webhook).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.ext import Application, BaseUpdateProcessor

from blogbot import metrics

log = structlog.get_logger(__name__)

QUEUE = 10_000
"""How many updates may be taken in and wait for their chat's earlier ones."""

Handle = Callable[[Update], Awaitable[None]]
"""Works on one update until it is done. Raises nothing but CancelledError."""


class ChatsInOrder(BaseUpdateProcessor):
    """Works on at most `at_once` updates side by side, and on one at a time of each chat.

    What belongs to no chat (inline queries) goes by user. An update that takes longer than `longest` seconds is given up
    and logged, so that its chat is not stuck behind it.
    """

    __slots__ = ("_at_once", "_lines", "_longest")

    def __init__(self, at_once: int = 64, *, longest: float = 60.0) -> None:
        # The base class's own bound also counts those that only wait for their chat: one chat's flood would stop all.
        super().__init__(max_concurrent_updates=QUEUE)
        self._at_once = asyncio.Semaphore(at_once)
        self._longest = longest
        self._lines: dict[object, _Line] = {}

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Awaits `coroutine` when the earlier updates of its chat are done."""
        try:
            await self._in_line(update, coroutine)
        finally:
            # Where this was cancelled before its turn came, nobody will await the coroutine any more.
            if isinstance(coroutine, Coroutine):
                coroutine.close()

    async def _in_line(self, update: object, coroutine: Awaitable[Any]) -> None:
        key = line_of(update)
        if key is None:
            await self._work(update, coroutine)
            return
        line = self._lines.setdefault(key, _Line())
        line.members += 1
        try:
            async with line.lock:
                await self._work(update, coroutine)
        finally:
            line.members -= 1
            if not line.members:
                del self._lines[key]

    async def _work(self, update: object, coroutine: Awaitable[Any]) -> None:
        async with self._at_once:
            try:
                async with asyncio.timeout(self._longest) as limit:
                    await coroutine
            except TimeoutError:
                if not limit.expired():
                    raise
                metrics.STEPPED_OVER.inc()
                log.error("an update took too long and was given up", update_id=getattr(update, "update_id", None))


class _Line:
    """The updates of one chat; `members` counts those in work or waiting, so that an empty line can be forgotten."""

    __slots__ = ("lock", "members")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.members = 0


def line_of(update: object) -> object | None:
    """What an update has to keep in order with: its chat, else its user; None for nothing."""
    if not isinstance(update, Update):
        return None
    if update.effective_chat is not None:
        return "chat", update.effective_chat.id
    if update.effective_user is not None:
        return "user", update.effective_user.id
    return None


def handle(application: Application[Any, Any, Any, Any, Any, Any]) -> Handle:
    """Has `application` work on an update. Handlers' errors go to its error handlers; one that escapes is logged."""

    async def work(update: Update) -> None:
        try:
            await application.update_processor.process_update(update, application.process_update(update))
        except Exception:
            metrics.STEPPED_OVER.inc()
            log.exception("an update could not be worked on", update_id=update.update_id)

    return work


async def count_failure(_update: object, _context: object) -> None:
    """An error handler for an application, beside those that log and apologise: its handlers' errors never come out."""
    metrics.STEPPED_OVER.inc()


def read(raw: object, bot: Bot) -> Update | None:
    """One update out of Telegram's JSON; None, and a line in the log, for one that cannot be read.

    Each is read by itself, since one that python-telegram-bot cannot parse must not hold up all that come after it.
    """
    update_id = raw.get("update_id") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and isinstance(update_id, int):
        try:
            return Update.de_json(raw, bot)
        except Exception as cause:
            metrics.STEPPED_OVER.inc()
            # Only the error's kind: its text may quote what a person wrote.
            log.error("an update cannot be read and is stepped over", update_id=update_id, error=type(cause).__name__)
            return None
    metrics.STEPPED_OVER.inc()
    log.error("an update has no number and is stepped over")
    return None
