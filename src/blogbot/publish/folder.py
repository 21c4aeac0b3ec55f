"""The folder on the disk: whole files by rename, their compressed siblings, nothing outside, nothing of others.

It knows no format. A reader sees the old file or the new one; a sibling belongs to its file while both have the same time.
"""

from __future__ import annotations

import gzip
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import brotli

from blogbot.errors import PublishError
from blogbot.publish.batch import MOST, PART, Batch, reported
from blogbot.publish.register import PATH, Kept

WORTH = 500
"""Bytes. Below, a compressed form saves no packet."""

# A part that old was left by a crash; a younger one may be under way in another process.
_STALE_SECONDS = 3600
# Half the time of the usual levels, 6 and 5, for a twentieth more in size: feeds are compressed as often as they change.
_GZIP_LEVEL = 4
_BROTLI_LEVEL = 4
# Compressing keeps a core busy, and somebody else may want one.
_PACKED_AT_ONCE = 2
_PACKED_TOGETHER = MOST // 2


def _gzip(content: bytes) -> bytes:
    # No time in it: the same content, the same bytes.
    return gzip.compress(content, _GZIP_LEVEL, mtime=0)


def _brotli(content: bytes) -> bytes:
    # A window as long as the content holds as much as any, and takes memory for no more.
    window = min(max(len(content).bit_length(), 16), 20)
    packed: bytes = brotli.compress(content, quality=_BROTLI_LEVEL, lgwin=window)
    return packed


SIBLINGS: Mapping[str, Callable[[bytes], bytes]] = {".gz": _gzip, ".br": _brotli}
"""The endings of the compressed siblings, and what makes them."""


class Folder:
    """All of its methods take paths relative to it, and raise PublishError with the place and the reason."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._inside: set[str] = set()

    def prepare(self) -> None:
        """Makes it where it is missing. What stood in its folders may have changed since the last time."""
        self._inside = set()
        with reported(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)

    def read(self, path: str, kept: Kept | None) -> bytes | None:
        """What the file holds, where it is as it was kept."""
        if kept is None or not self.holds(path, kept):
            return None
        with suppress(OSError), open(self._place(path), "rb", buffering=0) as file:
            return file.read()
        return None

    def holds(self, path: str, kept: Kept) -> bool:
        """Whether the file is as it was kept; its content is not looked at."""
        with suppress(OSError):
            found = os.lstat(f"{self._directory}/{path}")
            return (found.st_size, found.st_mtime_ns) == (kept.size, kept.modified)
        return False

    def has(self, path: str) -> bool:
        """Whether anything is there, whoever put it there."""
        return os.path.lexists(f"{self._directory}/{path}")

    def write(self, path: str, content: bytes, batch: Batch) -> tuple[Kept, bool]:
        """Has `batch` put `content` there unless it is there already; how it will be kept, and whether it is written."""
        place = self._place(path)
        with reported(place):
            if kept := _kept(place, content):
                return kept, False
            if not os.path.isdir(folder := os.path.dirname(place)):
                os.makedirs(folder, exist_ok=True)
            # Some web servers send a sibling whatever its time says, so no old one may stand beside the new file.
            _drop_siblings(place)
        return batch.write(place, content), True

    def pack(self, files: Mapping[str, Kept | None]) -> None:
        """Gives each file its siblings, and takes them away where it has become too short."""
        lacking = [(path, kept) for path, kept in files.items() if kept and self._lacks_siblings(path, kept)]
        if not lacking:
            return
        with ThreadPoolExecutor(_PACKED_AT_ONCE, thread_name_prefix="pack") as pool:
            for start in range(0, len(lacking), _PACKED_TOGETHER):
                some = lacking[start : start + _PACKED_TOGETHER]
                with Batch() as batch:
                    for (path, kept), packed in zip(some, pool.map(self._packed, some), strict=True):
                        for ending, content in packed.items():
                            batch.write(f"{self._place(path)}{ending}", content, kept.modified)

    def _lacks_siblings(self, path: str, kept: Kept) -> bool:
        """Whether the file's siblings are missing, not its own, or too much for so short a file."""
        place = f"{self._directory}/{path}"
        if kept.size < WORTH:
            return any(os.path.lexists(f"{place}{ending}") for ending in SIBLINGS)
        return any(not _belongs(f"{place}{ending}", kept) for ending in SIBLINGS)

    def _packed(self, file: tuple[str, Kept]) -> dict[str, bytes]:
        """The siblings that the file lacks, by their endings; those that it should not have are gone."""
        path, kept = file
        place = self._place(path)
        with reported(place):
            if kept.size < WORTH:
                _drop_siblings(place)
                return {}
            with open(place, "rb", buffering=0) as whole:
                content = whole.read()
            return {
                ending: pack(content) for ending, pack in SIBLINGS.items() if not _belongs(f"{place}{ending}", kept)
            }

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
                    os.rmdir(f"{self._directory}/{path}")
        return True

    def sweep(self, paths: Iterable[str]) -> None:
        """Takes away the parts that a crash left beside these files."""
        before = time.time() - _STALE_SECONDS
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
        place = f"{self._directory}/{name}"
        with Batch() as batch:
            batch.write(place, content)
        with reported(place):
            return os.stat(place)

    def _place(self, path: str) -> str:
        """Where `path` lies; its folder is really inside ours, also where a link stands in the way."""
        place = f"{self._directory}/{path}"
        folder = os.path.dirname(place)
        if not PATH.fullmatch(path) or not (folder in self._inside or self._is_inside(folder)):
            raise PublishError(f"{place}: this would be outside {self._directory}; take the link away that leads there")
        self._inside.add(folder)
        return place

    def _is_inside(self, folder: str) -> bool:
        return Path(folder).resolve().is_relative_to(self._directory.resolve())


def _drop_siblings(place: str) -> None:
    for ending in SIBLINGS:
        with suppress(FileNotFoundError):
            os.unlink(f"{place}{ending}")


def _belongs(sibling: str, kept: Kept) -> bool:
    """Whether the sibling is there, and was made from the file as it is."""
    with suppress(OSError):
        return os.lstat(sibling).st_mtime_ns == kept.modified
    return False


def _kept(place: str, content: bytes) -> Kept | None:
    """How `place` is kept if it is a file with just these bytes; its size is asked first, because that is cheap."""
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        return None
    if found.st_size != len(content) or stat.S_ISLNK(found.st_mode):
        return None
    with open(place, "rb", buffering=0) as file:
        return Kept(found.st_size, found.st_mtime_ns) if file.read() == content else None
