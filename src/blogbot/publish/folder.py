"""The folder on the disk: whole files by rename, their compressed siblings, nothing outside, nothing of others.

It knows no format. A reader sees the old file or the new one; a sibling belongs to its file while both have the same time.
"""

from __future__ import annotations

import gzip
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import brotli

from blogbot.errors import PublishError
from blogbot.publish.register import PATH, Kept

WORTH = 500
"""Bytes. Below, a compressed form saves no packet."""

_PART = ".part"
# A part that old was left by a crash; a younger one may be under way in another process.
_STALE_SECONDS = 3600
_GZIP_LEVEL = 6
# Between gzip's best in time and much more than that in size.
_BROTLI_LEVEL = 5


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

    def prepare(self) -> None:
        with _reported(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)

    def read(self, path: str, kept: Kept | None) -> bytes | None:
        """What the file holds, where it is as it was kept."""
        if kept is None or not self.holds(path, kept):
            return None
        with suppress(OSError):
            return self._place(path).read_bytes()
        return None

    def holds(self, path: str, kept: Kept) -> bool:
        """Whether the file is as it was kept; its content is not looked at."""
        with suppress(OSError):
            found = os.lstat(f"{self._directory}/{path}")
            return (found.st_size, found.st_mtime_ns) == (kept.size, kept.modified)
        return False

    def write(self, path: str, content: bytes) -> tuple[Kept, bool]:
        """Puts `content` there unless it is there already; how it is kept now, and whether it was written."""
        place = self._place(path)
        with _reported(place):
            anew = not _has(place, content)
            if anew:
                place.parent.mkdir(parents=True, exist_ok=True)
                _replace(place, content)
            found = place.stat()
        return Kept(found.st_size, found.st_mtime_ns), anew

    def lacks_siblings(self, path: str, kept: Kept) -> bool:
        """Whether the file's siblings are missing, not its own, or too much for so short a file."""
        place = f"{self._directory}/{path}"
        if kept.size < WORTH:
            return any(os.path.lexists(f"{place}{ending}") for ending in SIBLINGS)
        return any(not _belongs(f"{place}{ending}", kept) for ending in SIBLINGS)

    def pack(self, path: str, kept: Kept) -> None:
        """Writes the file's siblings, or takes them away where it has become too short."""
        place = self._place(path)
        with _reported(place):
            if kept.size < WORTH:
                _drop_siblings(place)
                return
            content = place.read_bytes()
            for ending in SIBLINGS:
                if not _belongs(f"{place}{ending}", kept):
                    _replace(_sibling(place, ending), SIBLINGS[ending](content), modified=kept.modified)

    def remove(self, path: str) -> bool:
        """Takes the file away with its siblings, and the folder with its last file; somebody else's file in it keeps it."""
        place = self._place(path)
        with _reported(place):
            _drop_siblings(place)
            try:
                place.unlink()
            except FileNotFoundError:
                return False
            with suppress(OSError):
                place.parent.rmdir()
                if place.parent.parent != self._directory:
                    place.parent.parent.rmdir()
        return True

    def sweep(self, paths: Iterable[str]) -> None:
        """Takes away the parts that a crash left beside these files."""
        before = time.time() - _STALE_SECONDS
        for folder in {"", *(path.rpartition("/")[0] for path in paths)}:
            with suppress(OSError), os.scandir(self._directory / folder) as found:
                for part in found:
                    if part.name.startswith(".") and part.name.endswith(_PART):
                        self._discard(part, before)

    def _discard(self, part: os.DirEntry[str], before: float) -> None:
        """Takes away what lay there before."""
        if part.stat(follow_symlinks=False).st_mtime < before:
            os.unlink(part)

    def note(self, name: str, content: bytes) -> os.stat_result:
        """Writes a file of the folder's own, that is no feed."""
        place = self._directory / name
        with _reported(place):
            _replace(place, content)
            return place.stat()

    def _place(self, path: str) -> Path:
        """Where `path` lies; its folder is really inside ours, also where a link stands in the way."""
        place = self._directory / PurePosixPath(path)
        own = self._directory.resolve()
        if not PATH.fullmatch(path) or not place.parent.resolve().is_relative_to(own):
            raise PublishError(f"{place}: this would be outside {own}; take the link away that leads there")
        return place


def _sibling(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _drop_siblings(place: Path) -> None:
    for ending in SIBLINGS:
        _sibling(place, ending).unlink(missing_ok=True)


def _belongs(sibling: str, kept: Kept) -> bool:
    """Whether the sibling is there, and was made from the file as it is."""
    with suppress(OSError):
        return os.lstat(sibling).st_mtime_ns == kept.modified
    return False


def _has(place: Path, content: bytes) -> bool:
    """Whether `place` is a file with just these bytes; its size is asked first, because that is cheap."""
    try:
        return not place.is_symlink() and place.stat().st_size == len(content) and place.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(place: Path, content: bytes, modified: int | None = None) -> None:
    """Puts `content` at `place` in one step, on the disk before it is seen; with the rights that the umask leaves."""
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}{_PART}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if modified is not None:
            os.utime(part, ns=(modified, modified))
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _reported(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PublishError(
            f"{place}: cannot be written ({reason}); let blogbot write there, or name another folder"
        ) from error
