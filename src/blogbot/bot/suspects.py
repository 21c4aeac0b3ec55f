"""Whose limit a 429 speaks of. Telegram does not say. Pure: it is told the time."""

from __future__ import annotations

from blogbot.bot.schedule import ChatKey, is_group

WATCHED = 60.0
"""Seconds in which refusals of two private chats speak of a rate a little too high. A chat's own limit is kept here."""


class Suspects:
    """The chats that were refused of late.

    A first refusal is taken for the chat's own, and a group's always is (20 a minute): one chat must never halt the bot. It is
    everyone's where a second private chat is refused before its pause is over, and nothing was accepted in between.
    """

    def __init__(self) -> None:
        self._until: dict[ChatKey, float] = {}
        self._seen: dict[ChatKey, float] = {}
        self._last = 0.0

    def accepted(self, started: float) -> None:
        """A call that began at `started` was accepted: if that was after a refusal, then not everyone is refused."""
        if self._until and started > self._last:
            self._until.clear()

    def refused(self, chat: ChatKey, until: float, now: float) -> float | None:
        """Until when everyone has to wait; None where it is this chat alone."""
        if is_group(chat):
            return None
        self._until = {key: end for key, end in self._until.items() if end > now} | {chat: until}
        self._seen = {key: at for key, at in self._seen.items() if at > now - WATCHED} | {chat: now}
        self._last = now
        if len(self._until) == 1:
            return None
        self._seen.clear()
        # The shortest of them: a chat with a longer pause of its own keeps that one for itself.
        return min(self._until.values())

    def first(self, chat: ChatKey) -> bool:
        """Whether this chat alone is suspected."""
        return list(self._until) == [chat]

    def too_many(self) -> bool:
        """Whether refusals come too often to be the chats' own: the rate is a little too high. Asked once for each two."""
        if len(self._seen) < 2:
            return False
        self._seen.clear()
        return True
