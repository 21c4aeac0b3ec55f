"""Rendered posts, kept for the channels that come next, within bounds: what has no room is rendered anew."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence

from blogbot.publish.press import Parts

ROOM = 2 * 2**20
"""Bytes."""

_AT_ONCE = 20
"""So many posts are held with their texts while they are rendered."""

Make = Callable[[Sequence[int], Collection[str]], dict[int, Parts]]


class Shelf:
    """`make` renders posts, by id, in some formats; those that are gone are missing from what it gives."""

    def __init__(self, make: Make, room: int = ROOM) -> None:
        self._make = make
        self._room = room
        self._kept: OrderedDict[int, Parts] = OrderedDict()
        self._size = 0

    def take(self, ids: Sequence[int], names: Collection[str]) -> dict[int, Parts]:
        """These posts in these formats at least; those that are gone are missing."""
        found = {id_: self._kept[id_] for id_ in ids if id_ in self._kept and self._kept[id_].keys() >= set(names)}
        missing = [id_ for id_ in ids if id_ not in found]
        for start in range(0, len(missing), _AT_ONCE):
            found |= self._make(missing[start : start + _AT_ONCE], names)
        for id_ in missing:
            if id_ in found:
                self._keep(id_, found[id_])
        return found

    def _keep(self, id_: int, parts: Parts) -> None:
        self._size += _size(parts.values()) - _size(self._kept.pop(id_, {}).values())
        self._kept[id_] = parts
        while self._size > self._room:
            _, oldest = self._kept.popitem(last=False)
            self._size -= _size(oldest.values())


def _size(parts: Iterable[bytes]) -> int:
    return sum(map(len, parts))
