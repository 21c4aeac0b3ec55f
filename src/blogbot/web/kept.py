"""What is kept in memory so that it is not made twice: what was asked for last, within so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


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
