"""The places at which a process kills itself. Each wraps one method of the app; the app knows nothing of it.

All are reached only once the app is ready: nothing is sent before.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

from blogbot.bot.request import AiohttpRequest
from blogbot.delivery.journal import Journal
from blogbot.delivery.mailing import Mailing
from blogbot.store.announcements import Announcements

SLOW = 0.15
"""Seconds after which a call counts as accepted and not answered: the sandbox holds its answer back for longer."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, passes: int, counts: Callable[[Any], object] = lambda _: True) -> None:
    """Dies as the method ends for the `passes`-th time; `counts` says of a result whether it is one."""
    original, left = getattr(owner, name), [passes]

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        left[0] -= bool(counts(result))
        if left[0] <= 0:
            die()
        return result

    setattr(owner, name, wrapped)


def before(owner: Any, name: str, passes: int) -> None:
    """Dies as the method begins for the `passes`-th time."""
    original, left = getattr(owner, name), [passes]

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            die()
        return await original(*args, **kwargs)

    setattr(owner, name, wrapped)


def between_acceptance_and_reply(passes: int) -> None:
    """Dies while a message is accepted and its answer is held back."""
    original = AiohttpRequest._exchange

    async def wrapped(self: AiohttpRequest, method: str, url: str, *args: Any) -> Any:
        call = asyncio.ensure_future(original(self, method, url, *args))
        if url.lower().endswith("/sendmessage"):
            await asyncio.wait({call}, timeout=SLOW)
            if not call.done():
                die()
        return await call

    AiohttpRequest._exchange = wrapped  # type: ignore[method-assign,assignment]  # that is what this is for


UNANSWERED = "accepted, no reply yet"

POINTS: dict[str, Callable[[int], None]] = {
    "after the lease": lambda _: after(Mailing, "_take", 1, lambda taken: taken[0]),
    "before the call": lambda passes: after(Journal, "begin", passes),
    UNANSWERED: between_acceptance_and_reply,
    "replied, not committed": lambda passes: before(Journal, "sent", passes),
    "inside the fan-out": lambda passes: after(Announcements, "_queue", 1),
}
