"""How a message passes the rate limiter: in which lane, and what has to be done right before its call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from blogbot.model import Lane


async def at_once() -> None:
    """Nothing has to be done before the call."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a call tells the limiter. `begin` is awaited when the turn has come; what it raises ends the call unsent."""

    lane: Lane = Lane.ANSWER
    begin: Callable[[], Awaitable[None]] = at_once
