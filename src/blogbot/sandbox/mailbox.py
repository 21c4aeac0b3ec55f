"""The updates that wait for one bot, until it fetches and confirms them, or its webhook takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from .errors import ApiError

Update = dict[str, Any]

BOUND: Final = 100_000
"""How many updates wait at most; Telegram keeps them for a day, the sandbox forgets the oldest."""

_ON_REQUEST: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot gets only if it names them in `allowed_updates`."""


class Mailbox:
    """Updates in order under their ids. At most one poll waits at a time; a second ends the first with 409."""

    def __init__(self) -> None:
        self.pending: dict[int, Update] = {}
        self.allowed: frozenset[str] = frozenset()
        self.notify: Callable[[Update], None] | None = None
        """Takes each new update at once: the webhook's way."""
        self._last = 0
        self._waiting: asyncio.Future[bool] | None = None
        self._closed = False

    def put(self, kind: str, content: dict[str, Any]) -> None:
        """Adds an update, if the bot wishes to see its kind."""
        if (kind not in self.allowed) if self.allowed else (kind in _ON_REQUEST):
            return
        self._last += 1
        update = {"update_id": self._last, kind: content}
        self.pending[self._last] = update
        if len(self.pending) > BOUND:
            del self.pending[next(iter(self.pending))]
        if self.notify is not None:
            self.notify(update)
        self._wake(more=True)

    def confirm(self, offset: int) -> None:
        """Forgets the updates before `offset`; a negative one keeps that many of the last."""
        if offset < 0:
            gone = list(self.pending)[:offset]
        else:
            gone = []
            for update_id in self.pending:
                if update_id >= offset:
                    break
                gone.append(update_id)
        for update_id in gone:
            del self.pending[update_id]

    def drop(self, update_id: int) -> None:
        """Forgets one update."""
        self.pending.pop(update_id, None)

    def clear(self) -> None:
        """Forgets them all."""
        self.pending.clear()

    async def fetch(self, limit: int, wait: float) -> list[Update]:
        """The first `limit` updates, waiting up to `wait` seconds for one. Raises ApiError 409 if another fetch begins."""
        self.interrupt()
        if not self.pending and wait > 0 and not self._closed:
            await self._wait(wait)
        return [update for _, update in zip(range(limit), self.pending.values(), strict=False)]

    def interrupt(self) -> None:
        """Ends a waiting fetch with 409."""
        self._wake(more=False)

    def close(self) -> None:
        """Ends a waiting fetch without updates and lets none wait any more."""
        self._closed = True
        self._wake(more=True)

    async def _wait(self, seconds: float) -> None:
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                undisturbed = await waiting
        except TimeoutError:
            return
        finally:
            if self._waiting is waiting:
                self._waiting = None
        if not undisturbed:
            reason = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise ApiError(409, f"Conflict: {reason}")

    def _wake(self, *, more: bool) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(more)
        self._waiting = None


def allowed_kinds(names: Iterable[Any]) -> frozenset[str]:
    """The update kinds that a bot named; empty for the usual ones."""
    return frozenset(str(name) for name in names)
