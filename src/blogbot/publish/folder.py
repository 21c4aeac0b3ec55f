"""The folder on the disk: whole files by rename, their compressed siblings, nothing outside, nothing of others.

It knows no format. A reader sees the old file or the new one; a sibling belongs to its file while both have the same time.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from blogbot.errors import PublishError
from blogbot.publish.batch import PART, Batch, reported
from blogbot.publish.coding import ENDINGS, WORTH_IT, encode
from blogbot.publish.register import PATH, Kept

# A part that old was left by a crash; a younger one may be under way in another process.
_STALE_SECONDS = 3600
# Compressing keeps a core busy, and somebody else may want one.
_PACKED_AT_ONCE = 2
# So many files are compressed ahead of the one that is written, so that neither waits for the other.
_PACKED_AHEAD = 8

# A link is none of ours, nor a pipe, which is not waited for.
_OLD = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_Sibling = tuple[str, bytes, int]
"""Where a compressed form comes to, what is in it, and its file's time."""


class Folder:
    """All of its methods take paths relative to it, and raise PublishError with the place and the reason."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._root = str(directory)
        # As `dirname` writes it, which leaves "/" no end to cut off.
        self._top = os.path.dirname(f"{self._root}/")
        self._inside = {self._top}
        self._places: dict[str, str] = {}
        self._lengths: dict[str, int] = {}
        self._swept = 0.0

    def prepare(self) -> None:
        """Makes it where it is missing. What stood in its folders may have changed since the last time."""
        self._inside, self._places, self._lengths = {self._top}, {}, {}
        with reported(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)

    def read(self, path: str, kept: Kept | None) -> bytes | None:
        """What the file holds, where it is as it was kept."""
        if kept is None:
            return None
        # By the system's own calls: Python's files would ask it more, and wait for other threads each time.
        with suppress(OSError):
            file = os.open(self._place(path), _OLD)
            try:
                content = os.read(file, kept.size) if Kept.of(os.fstat(file)) == kept else b""
            finally:
                os.close(file)
            if len(content) == kept.size:
                self._lengths[path] = kept.size
                return content
        return None

    def holds(self, path: str, kept: Kept) -> bool:
        """Whether the file is as it was kept; its content is not looked at."""
        try:
            return Kept.of(os.lstat(f"{self._root}/{path}")) == kept
        except OSError:
            return False

    def has(self, path: str) -> bool:
        """Whether anything is there, whoever put it there."""
        return os.path.lexists(f"{self._root}/{path}")

    def kept(self, path: str, content: bytes) -> Kept | None:
        """How the file is kept where it has just these bytes already."""
        place = self._place(path)
        if self._lengths.get(path, len(content)) != len(content):
            # It was read just now, and was of another length.
            return None
        with reported(place):
            return _kept_as(place, content)

    def write(self, path: str, content: bytes, batch: Batch) -> Future[Kept]:
        """Has `batch` put `content` there; how it is kept, once it is there."""
        place = self._place(path)
        # Some web servers send a sibling whatever its time says, so no old one may stand beside the new file.
        return batch.write(place, content, without=_siblings_of(place))

    def pack(self, files: Mapping[str, Kept | None]) -> None:
        """Gives each file its siblings, and takes them away where it has become too short."""
        lacking = [(path, kept) for path, kept in files.items() if kept and self._lacks_siblings(path, kept)]
        if not lacking:
            return
        with ThreadPoolExecutor(_PACKED_AT_ONCE, thread_name_prefix="pack") as pool, Batch() as batch:
            for siblings in self._packed(pool, lacking):
                for place, content, modified in siblings:
                    batch.write(place, content, modified)

    def _packed(self, pool: ThreadPoolExecutor, files: Iterable[tuple[str, Kept]]) -> Iterator[list[_Sibling]]:
        """The siblings that each file lacks, made by `pool`, a few files ahead."""
        ahead: deque[Future[list[_Sibling]]] = deque()
        for path, kept in files:
            ahead.append(pool.submit(self._siblings, path, kept))
            if len(ahead) > _PACKED_AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def _lacks_siblings(self, path: str, kept: Kept) -> bool:
        """Whether the file's siblings are missing, not its own, or too much for so short a file."""
        siblings = _siblings_of(f"{self._root}/{path}")
        if kept.size < WORTH_IT:
            return any(map(os.path.lexists, siblings))
        return not all(_belongs(sibling, kept) for sibling in siblings)

    def _siblings(self, path: str, kept: Kept) -> list[_Sibling]:
        """Those that the file lacks; those that it should not have are gone."""
        place = self._place(path)
        with reported(place):
            if kept.size < WORTH_IT:
                _drop_siblings(place)
                return []
            with open(place, "rb", buffering=0) as whole:
                content = whole.read()
        return [
            (sibling, encode(content, coding, quick=True), kept.modified)
            for coding, ending in ENDINGS.items()
            if not _belongs(sibling := f"{place}{ending}", kept)
        ]

    def remove(self, path: str) -> bool:
        """Takes the file away with its siblings, and the folder with its last file; somebody else's file in it keeps it."""
        place = self._place(path)
        with reported(place):
            _drop_siblings(place)
            try:
                os.unlink(place)
            except FileNotFoundError:
                return False
            with suppress(OSError):
                while path := os.path.dirname(path):
                    os.rmdir(f"{self._root}/{path}")
        return True

    def sweep(self, paths: Iterable[str]) -> None:
        """Takes away the parts that a crash left beside these files, as often as there may be another that is old enough."""
        now = time.time()
        if abs(now - self._swept) < _STALE_SECONDS:
            return
        self._swept, before = now, now - _STALE_SECONDS
        for folder in {"", *(path.rpartition("/")[0] for path in paths)}:
            with suppress(OSError), os.scandir(self._directory / folder) as found:
                for part in found:
                    if part.name.startswith(".") and part.name.endswith(PART):
                        self._discard(part, before)

    def _discard(self, part: os.DirEntry[str], before: float) -> None:
        """Takes away what lay there before."""
        if part.stat(follow_symlinks=False).st_mtime < before:
            os.unlink(part)

    def note(self, name: str, content: bytes) -> os.stat_result:
        """Writes a file of the folder's own, that is no feed."""
        place = f"{self._root}/{name}"
        with Batch() as batch:
            batch.write(place, content)
        with reported(place):
            return os.stat(place)

    def _place(self, path: str) -> str:
        """Where `path` lies; its folder is really inside ours, also where a link stands in the way."""
        if path not in self._places:
            place = f"{self._root}/{path}"
            if not PATH.fullmatch(path) or not self._is_inside(os.path.dirname(place)):
                raise PublishError(
                    f"{place}: this would be outside {self._directory}; take the link away that leads there"
                )
            self._places[path] = place
        return self._places[path]

    def _is_inside(self, folder: str) -> bool:
        if folder not in self._inside:
            if os.path.islink(folder):
                inside = Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(self._root))
            else:
                inside = self._is_inside(os.path.dirname(folder))
            if not inside:
                return False
            self._inside.add(folder)
        return True


def _siblings_of(place: str) -> list[str]:
    return [f"{place}{ending}" for ending in ENDINGS.values()]


def _drop_siblings(place: str) -> None:
    for sibling in _siblings_of(place):
        with suppress(FileNotFoundError):
            os.unlink(sibling)


def _belongs(sibling: str, kept: Kept) -> bool:
    """Whether the sibling is there, and was made from the file as it is."""
    try:
        return os.lstat(sibling).st_mtime_ns == kept.modified
    except OSError:
        return False


def _kept_as(place: str, content: bytes) -> Kept | None:
    """How the file there is kept, if it has just these bytes; its size is asked first, because that is cheap."""
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        return None
    if found.st_size != len(content) or stat.S_ISLNK(found.st_mode):
        return None
    with open(place, "rb", buffering=0) as file:
        return Kept.of(found) if file.read() == content else None
