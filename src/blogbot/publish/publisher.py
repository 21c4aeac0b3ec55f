"""Writes the feed tree into a folder: only what changed, by rename, so that a reader sees the old file or the new one.

It knows the disk and no format. It takes away only what it wrote itself, by a list that it keeps in the folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from blogbot.errors import PublishError
from blogbot.i18n import words
from blogbot.model import Site
from blogbot.publish.catalogue import Catalogue
from blogbot.publish.tree import File, Tree

MANIFEST = ".blogbot.json"

_PATH = re.compile(r"(?:tags/[a-z0-9]+(?:-[a-z0-9]+)*/|events/)?[a-z]+\.(?:xml|json|ics|opml|html|css)")
# A path that long is none of ours, nor is a longer list.
_LONGEST_MANIFEST = 64 * 2**20
# So many files are held in memory and written side by side.
_AT_ONCE = 8
_PART = ".part"
# A part that old was left by a crash; a younger one may be under way in another process.
_STALE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Written:
    """What one publishing did, in files."""

    written: int
    unchanged: int
    removed: int


class Publisher:
    """Publishes catalogues of `site` into `directory`, which is made where it is missing.

    It works on the disk and takes a while: call it from a thread. Two at once in one folder leave every file whole, but the
    later one wins.
    """

    def __init__(self, directory: Path, site: Site) -> None:
        self._directory = directory
        self._words = words(site.language)

    def publish(self, catalogue: Catalogue) -> Written:
        """Writes every feed whose bytes change and removes those of tags that vanished.

        Raises PublishError, naming the path and the reason; whatever was written until then is whole.
        """
        tree = Tree(catalogue, self._words)
        wanted = set(tree.paths)
        with _reported(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)
        known = self._known()
        self._sweep(known)
        # Before the first of them is there, so that after a crash none is forgotten.
        if not wanted <= known:
            self._remember(known | wanted)
        written = self._write_all(iter(tree))
        removed = sum(self._remove(path) for path in sorted(known - wanted))
        if known - wanted:
            self._remember(wanted)
        return Written(written=written, unchanged=len(wanted) - written, removed=removed)

    def _place(self, path: str) -> Path:
        """Where `path` lies; its folder is really inside ours, also where a link stands in the way."""
        place = self._directory / PurePosixPath(path)
        own = self._directory.resolve()
        if not _PATH.fullmatch(path) or not place.parent.resolve().is_relative_to(own):
            raise PublishError(f"{place}: this would be outside {own}; take the link away that leads there")
        return place

    def _write_all(self, files: Iterator[File]) -> int:
        """Writes `files`, many at a time: nearly all the time goes by waiting until each is on the disk."""
        written = 0
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish") as pool:
            while batch := list(islice(files, _AT_ONCE)):
                written += sum(pool.map(self._write, *zip(*batch, strict=True)))
        return written

    def _write(self, path: str, content: bytes) -> bool:
        place = self._place(path)
        with _reported(place):
            if _holds(place, content):
                return False
            place.parent.mkdir(parents=True, exist_ok=True)
            _replace(place, content)
        return True

    def _remove(self, path: str) -> bool:
        place = self._place(path)
        with _reported(place):
            try:
                place.unlink()
            except FileNotFoundError:
                return False
            # The folder goes with its last file; somebody else's file in it keeps it.
            with suppress(OSError):
                place.parent.rmdir()
        return True

    def _known(self) -> set[str]:
        """The paths that earlier publishings wrote. A list that cannot be read is taken for none: then nothing is removed."""
        place = self._directory / MANIFEST
        with suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
            if place.stat().st_size <= _LONGEST_MANIFEST:
                listed = json.loads(place.read_bytes())
                return {path for path in listed["files"] if isinstance(path, str) and _PATH.fullmatch(path)}
        return set()

    def _remember(self, paths: Iterable[str]) -> None:
        place = self._directory / MANIFEST
        with _reported(place):
            _replace(place, json.dumps({"files": sorted(paths)}, indent=0).encode() + b"\n")

    def _sweep(self, known: Iterable[str]) -> None:
        """Takes away the parts that a crash left."""
        before = time.time() - _STALE_SECONDS
        for folder in {self._directory, *(self._place(path).parent for path in known)}:
            for part in folder.glob(f".*{_PART}"):
                with suppress(OSError):
                    if part.lstat().st_mtime < before:
                        part.unlink()


def _holds(place: Path, content: bytes) -> bool:
    """Whether `place` is a file with just these bytes; its size is asked first, because that is cheap."""
    try:
        return not place.is_symlink() and place.stat().st_size == len(content) and place.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(place: Path, content: bytes) -> None:
    """Puts `content` at `place` in one step, on the disk before it is seen; with the rights that the umask leaves."""
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}{_PART}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
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
