"""When not to send to anyone: Telegram asked for a pause, or takes nothing at all at the moment. Pure: told the time."""

from __future__ import annotations

from datetime import datetime, timedelta

FEW = 5
"""So many chats refused for now, with nothing taken between them, are no accident of theirs."""

LONGEST = timedelta(minutes=1)
"""The longest rest before it is tried with one message whether Telegram takes anything again."""


class Outage:
    """While Telegram has trouble, each of a million messages would use up its tries: one is enough to find out."""

    def __init__(self) -> None:
        self._refused: set[int] = set()
        self._rests = 0
        self._until: datetime | None = None

    @property
    def trying(self) -> bool:
        """Whether nothing was answered since the last rest: then one message at a time."""
        return self._rests > 0

    def holds(self, now: datetime) -> bool:
        """Whether nothing may be sent now."""
        return self.rest(now) > timedelta()

    def rest(self, now: datetime) -> timedelta:
        """How long nothing may be sent yet."""
        return timedelta() if self._until is None else max(self._until - now, timedelta())

    def answered(self) -> None:
        """Telegram took a message, or said what is wrong with that one: it works."""
        self._refused.clear()
        self._rests = 0

    def refused(self, chat_id: int, now: datetime, *, everyone: bool = False, among: int = FEW) -> None:
        """Telegram took a message for now not, or said nothing. What was under way when a rest began does not make it longer.

        `everyone`: no other chat's message would have fared better. `among`: where fewer are called than are few, so many in
        trouble are all of them.
        """
        if self.holds(now):
            return
        self._refused.add(chat_id)
        if everyone or self.trying or len(self._refused) >= min(among, FEW):
            self._refused.clear()
            self.pause(now + min(timedelta(seconds=2**self._rests), LONGEST))
            self._rests = min(self._rests + 1, 10)

    def pause(self, until: datetime) -> None:
        """Nothing before `until`. A pause is never shortened."""
        self._until = until if self._until is None else max(until, self._until)

    def forget(self) -> None:
        """The clock was set back: what was learnt by it is not true any more."""
        self._until = None
