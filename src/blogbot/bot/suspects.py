"""Whose limit a 429 speaks of: the chat's own, or everyone's. Telegram does not say. Pure: it is told the time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from blogbot.bot.schedule import ChatKey, is_group

WATCHED = 60.0
"""Seconds in which refusals of two private chats speak of a rate a little too high. A chat's own limit is kept here."""

WATCHED_GROUPS = 10.0
"""The same for groups, which have limits that nobody here knows of. Much shorter, and one in a hundred would be refused for ever."""

TOGETHER = 2.0
"""Seconds in which a second group must be refused, with nothing accepted in between, to show where the limit is."""

FAR_BELOW = 0.25
"""A group that had no more than this part of its minute's messages did not reach its own limit."""

LONGEST_OF_ALL = 60.0
"""Seconds. Where a group has to wait longer, that is about the group (its slow mode)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A 429 at `at` to a call of `started`, that asks to wait `seconds`.

    `full` is the part of its minute's messages that the chat had; `taken` is how many were accepted of all in the second before.
    """

    chat: ChatKey
    started: float
    at: float
    seconds: float
    full: float
    taken: float


@dataclass(frozen=True, slots=True)
class Finding:
    """The rate is too high. `taken` were accepted in a second; infinite where it is a little too high, by who knows how much.

    Nobody is taken before `until`; None where it is for each chat by itself to wait.
    """

    until: float | None = None
    taken: float = math.inf


class Suspects:
    """The chats that were refused of late. One chat must never halt the bot, so a first refusal is taken for the chat's own.

    A group never makes others wait. But groups that were far below their own 20 a minute tell how fast is too fast.
    """

    def __init__(self) -> None:
        self._people = _Kind(WATCHED)
        self._groups = _Kind(WATCHED_GROUPS)
        self._found = -math.inf

    def accepted(self, started: float) -> None:
        """A call that began at `started` was accepted: if that was after a refusal, then not everyone is refused."""
        self._people.accepted(started)
        self._groups.accepted(started)

    def refused(self, refusal: Refusal) -> Finding | None:
        """What a refusal tells beyond the chat's own pause."""
        if not is_group(refusal.chat):
            finding = self._people.refused(refusal, refusal.at + refusal.seconds)
        elif self._own(refusal):
            finding = None
        else:
            finding = self._groups.refused(refusal, refusal.at + TOGETHER)
        if finding is None:
            return None
        self._found = refusal.at
        if is_group(refusal.chat):
            self._groups.forget()
            return Finding(None, finding.taken)
        return finding

    def _own(self, refusal: Refusal) -> bool:
        """Whether it may be the group's own. What was under way when the rate was found too high tells nothing new either."""
        return refusal.full > FAR_BELOW or refusal.seconds > LONGEST_OF_ALL or refusal.started <= self._found


class _Kind:
    """The chats of one kind. It is the rate where a second one is refused before the first one's time is over and nothing was
    accepted in between, or within `watched` seconds at all."""

    def __init__(self, watched: float) -> None:
        self._watched = watched
        self._until: dict[ChatKey, float] = {}
        self._seen: dict[ChatKey, float] = {}
        self._last = 0.0
        self._taken = math.inf

    def accepted(self, started: float) -> None:
        if self._until and started > self._last:
            self._until.clear()

    def forget(self) -> None:
        self._until.clear()
        self._seen.clear()

    def refused(self, refusal: Refusal, until: float) -> Finding | None:
        now, first = refusal.at, refusal.at - self._watched
        self._until = {key: end for key, end in self._until.items() if end > now} | {refusal.chat: until}
        self._seen = {key: at for key, at in self._seen.items() if at > first} | {refusal.chat: now}
        self._last = now
        if alone := len(self._until) == 1:
            self._taken = refusal.taken
        if alone and len(self._seen) == 1:
            return None
        self._seen.clear()
        # The shortest of them: a chat with a longer pause of its own keeps that one for itself.
        return Finding() if alone else Finding(min(self._until.values()), self._taken)
