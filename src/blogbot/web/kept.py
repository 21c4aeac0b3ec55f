"""What is kept in memory so that it is not made twice: what was asked for last, within so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

Standing = Callable[[], Hashable | None]
"""Differs when posts or events do, as far as is known without asking the database; None where nobody keeps looking."""

EVER = datetime.max.replace(tzinfo=UTC)


class Kept(Generic[T]):
    """Things by name. One that takes more than a quarter of `room` is not kept: it would push out all others."""

    def __init__(self, room: int) -> None:
        self._things: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._largest, self._free = room // 4, room

    def get(self, name: Hashable) -> T | None:
        found = self._things.get(name)
        if found is None:
            return None
        self._things.move_to_end(name)
        return found[0]

    def keep(self, name: Hashable, thing: T, size: int) -> None:
        before = self._things.pop(name, None)
        self._free += before[1] if before else 0
        if size <= self._largest:
            self._things[name] = (thing, size)
            self._free -= size
        while self._free < 0:
            self._free += self._things.popitem(last=False)[1][1]


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer of so many bytes, and until when it is right where nothing changes."""

    answer: T
    size: int
    until: datetime = EVER


class _Made(NamedTuple, Generic[T]):
    answer: Answer[T]
    standing: Hashable
    at: datetime


class Answers(Generic[T]):
    """What was answered, for those who ask the same while posts and events stand as they did."""

    def __init__(self, room: int, standing: Standing, now: Callable[[], datetime]) -> None:
        self._kept: Kept[_Made[T]] = Kept(room)
        self._standing = standing
        self._now = now

    async def once(self, name: tuple[str | bytes, ...], make: Callable[[], Awaitable[Answer[T]]]) -> T:
        """The answer to `name`, made where none is kept that is right. The name's own length counts too: anybody may choose it."""
        # As it was before: what changes while one is made may be in it, or not.
        standing, now = self._standing(), self._now()
        kept = self._kept.get(name)
        # What is of a later time was made before the clock was set back.
        if (
            kept is not None
            and standing is not None
            and kept.standing == standing
            and kept.at <= now < kept.answer.until
        ):
            return kept.answer.answer
        made = await make()
        if standing is not None and now < made.until:
            self._kept.keep(name, _Made(made, standing, now), made.size + sum(map(len, name)))
        return made.answer
