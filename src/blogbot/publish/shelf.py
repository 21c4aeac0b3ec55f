"""Rendered posts, kept for the channels that come next: few in memory, many in a file without a name, so that none is rendered twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile

from blogbot.publish.batch import reported
from blogbot.publish.press import Parts

ROOM = 2**19
"""Bytes that are held in memory before all go into the file."""

_AT_ONCE = 20
"""So many posts are held with their texts while they are rendered."""

Make = Callable[[Sequence[int], Collection[str]], Mapping[int, Parts]]


class Shelf:
    """Raises PublishError where its file finds no room. `make` renders posts, by id, in some formats at least; those that are gone are missing from what it gives.

    The file lies in `directory`, or where the system has its own; nobody else sees it, and it is gone when it is closed.
    """

    def __init__(self, make: Make, directory: Path | None = None, room: int = ROOM) -> None:
        self._make = make
        self._file = SpooledTemporaryFile(room, dir=str(directory) if directory else None)  # noqa: SIM115  # see close
        self._place = directory or "the folder for temporary files"
        self._end = 0
        self._kept: dict[int, dict[str, tuple[int, int]]] = {}

    def close(self) -> None:
        with suppress(OSError):  # of what is thrown away
            self._file.close()

    def take(self, ids: Sequence[int], names: Collection[str], again: Container[int] = ()) -> dict[int, Parts]:
        """These posts in these formats at least; those that are gone are missing. Those in `again` are kept."""
        found = {id_: self._read(id_, names) for id_ in ids if self._kept.get(id_, {}).keys() >= set(names)}
        missing = [id_ for id_ in ids if id_ not in found]
        for start in range(0, len(missing), _AT_ONCE):
            made = self._make(missing[start : start + _AT_ONCE], names)
            found |= made
            self._keep((id_, parts) for id_, parts in made.items() if id_ in again)
        return found

    def _read(self, id_: int, names: Collection[str]) -> Parts:
        parts = {}
        with reported(self._place):
            for name in names:
                start, length = self._kept[id_][name]
                self._file.seek(start)
                parts[name] = self._file.read(length)
        return parts

    def _keep(self, made: Iterable[tuple[int, Parts]]) -> None:
        with reported(self._place):
            self._file.seek(self._end)
            for id_, parts in made:
                places = self._kept[id_] = {}
                for name, part in parts.items():
                    self._file.write(part)
                    places[name] = (self._end, len(part))
                    self._end += len(part)
