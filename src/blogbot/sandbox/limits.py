"""The flood limits of the sandbox: how many messages a bot may send in a second, to one chat, to one group.

Windows slide: a call is refused while the window before it holds the limit. What they count is
decided by the caller; Telegram's own figures stand in its bots FAQ, "How can I message all of my bot's subscribers".
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final

from .errors import ApiError

PAID_PER_SECOND: Final = 1000
"""What a paid broadcast may send instead of `per_second` (Bot API, `allow_paid_broadcast`)."""

_SWEEP: Final = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a bot may send; None is without limit."""

    per_second: int | None = None
    per_chat_per_second: int | None = None
    per_group_per_minute: int | None = None


NAMES: Final = tuple(field.name for field in fields(Limits))

Key = tuple[str, int, str]
"""Whose window: the bot's token, the chat's id (0 for all), and which limit."""


class LimitBook:
    """Remembers what was sent and refuses what is too much. `ticks` gives seconds that never go back."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self.limits = Limits()
        self._ticks = ticks
        self._windows: dict[Key, deque[float]] = {}

    def set(self, limits: Limits) -> None:
        """Puts other limits in force; what was sent so far no longer counts."""
        self.limits = limits
        self._windows.clear()

    def check(self, token: str, chat_id: int, *, group: bool, paid: bool = False) -> None:
        """Raises ApiError 429 with `retry_after` (whole seconds, at least 1) if a message to this chat is too much now."""
        now = self._ticks()
        wait = 0.0
        for key, limit, length in self._rules(token, chat_id, group=group, paid=paid):
            window = self._windows.get(key)
            if window is None:
                continue
            while window and window[0] <= now - length:
                window.popleft()
            if len(window) >= limit:
                wait = max(wait, window[-limit] + length - now)
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})

    def count(self, token: str, chat_id: int, *, group: bool, paid: bool = False) -> None:
        """Notes that a message went to the chat."""
        now = self._ticks()
        for key, _, _ in self._rules(token, chat_id, group=group, paid=paid):
            window = self._windows.get(key)
            if window is None:
                self._sweep(now)
                window = self._windows[key] = deque()
            window.append(now)

    def _rules(self, token: str, chat_id: int, *, group: bool, paid: bool) -> Iterator[tuple[Key, int, float]]:
        limits = self.limits
        if limits.per_second is not None:
            yield (token, 0, "paid" if paid else "all"), PAID_PER_SECOND if paid else limits.per_second, 1.0
        if limits.per_chat_per_second is not None:
            yield (token, chat_id, "chat"), limits.per_chat_per_second, 1.0
        if limits.per_group_per_minute is not None and group:
            yield (token, chat_id, "group"), limits.per_group_per_minute, 60.0

    def _sweep(self, now: float) -> None:
        """Forgets windows in which nothing happened for a minute, so that a million chats need not all be remembered."""
        if len(self._windows) and len(self._windows) % _SWEEP == 0:
            for key in [key for key, window in self._windows.items() if not window or window[-1] <= now - 60]:
                del self._windows[key]
