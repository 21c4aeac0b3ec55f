"""A folder as documents: what is told of a file is worked out once, and again only when the file is another.

Whether it is another is seen by looking at it, each time; it is not opened for that. It knows the disk, and neither
which files are served nor who asks.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import stat
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import brotli

from blogbot.publish.coding import BROTLI, ENDINGS
from blogbot.web.codings import PLAIN
from blogbot.web.document import Changed, Document, Form, Shape, digest
from blogbot.web.kept import Kept

VERSIONS = 4_096
"""Files of which it is remembered what they hold."""

ROOM = 8 * 2**20
"""Bytes of files that are kept in memory, so that what everybody fetches is read once."""

SETTLES = 2
"""Seconds after which nothing else can be written with the date of a file, which HTTP gives in seconds (RFC 9110, 8.8.2.2)."""

Mark = tuple[int, int, int] | None
"""What shows that a file is another: when it was written, its size, its number. None where there is no file."""

Learn = Callable[[str, str, bytes], None]

_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Version:
    """A file and its compressed siblings as they were when `document` was made of them.

    `places` are those that are looked at to see whether that is still so. Where all siblings were right, the file alone: it
    changes before they do, and each is looked at once more when it is read. `settles` is when the document has a date that
    tells it from others, 0 if it has one.
    """

    places: tuple[str, ...]
    marks: tuple[Mark, ...]
    document: Document
    settles: int


class Folder:
    """`learn` is told the name, digest and content of each version of a file that is met, in a thread."""

    def __init__(self, root: Path, learn: Learn, now: Callable[[], float] = time.time) -> None:
        self._root = root
        self._learn = learn
        self._now = now
        self._versions: OrderedDict[str, _Version] = OrderedDict()
        self._bodies: Kept[bytes] = Kept(ROOM)
        self._looking = asyncio.Lock()

    def at_hand(self, path: str) -> Document | None:
        """The document at `path`, where it is known already and its files are as they were."""
        version = self._versions.get(path)
        if version is None:
            return None
        if version.settles and self._now() >= version.settles:
            return None
        for place, mark in zip(version.places, version.marks, strict=True):
            if _mark(place) != mark:
                return None
        self._versions.move_to_end(path)
        return version.document

    async def find(self, path: str, shape: Shape) -> Document | None:
        """The document at `path`, relative and harmless; None where there is no such file in the folder."""
        # One at a time: where many ask for what has just changed, it is read once.
        async with self._looking:
            found = self.at_hand(path)
            if found is not None:
                return found
            version = await asyncio.to_thread(self._look, path, shape)
            if version is None:
                self._versions.pop(path, None)
                return None
            self._versions[path] = version
            while len(self._versions) > VERSIONS:
                self._versions.popitem(last=False)
            return version.document

    def _look(self, path: str, shape: Shape) -> _Version | None:
        place = self._root / path
        places = (str(place), *(f"{place}{ending}" for ending in ENDINGS.values()))
        marks, contents = _read_all(places)
        plain = contents[0]
        if plain is None or marks[0] is None or not place.resolve().is_relative_to(self._root.resolve()):
            return None
        forms = {PLAIN: Form.of(plain)}
        for coding, form in zip(ENDINGS, contents[1:], strict=True):
            # A sibling may be of another version, if only for the moment until it is written too.
            if form is not None and len(form) < len(plain) and _decoded(coding, form) == plain:
                forms[coding] = Form.of(form)
        name = digest(plain)
        self._learn(path, name, plain)
        lying = dict(zip((PLAIN, *ENDINGS), zip(places, marks, strict=True), strict=True))
        written = marks[0][0] // 10**9
        settles = written + SETTLES if self._now() < written + SETTLES else 0
        body = partial(self._body, path, name, forms, lying)
        document = Document(name, 0 if settles else written, shape, forms, body)
        watched = 1 if len(forms) == len(places) else len(places)
        return _Version(places[:watched], marks[:watched], document, settles)

    async def _body(
        self, path: str, name: str, forms: dict[str, Form], lying: dict[str, tuple[str, Mark]], coding: str
    ) -> bytes:
        key = (name, coding, forms[coding])
        content = self._bodies.get(key)
        if content is None:
            place, mark = lying[coding]
            content = await asyncio.to_thread(_read, place)
            if content is None or _mark(place) != mark:
                self._versions.pop(path, None)
                raise Changed
            self._bodies.keep(key, content, len(content))
        return content


def _mark(place: str) -> Mark:
    try:
        found = os.stat(place)
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _marks(places: Sequence[str]) -> tuple[Mark, ...]:
    return tuple(map(_mark, places))


def _read(place: str) -> bytes | None:
    try:
        return Path(place).read_bytes()
    except OSError:
        return None


def _read_all(places: Sequence[str]) -> tuple[tuple[Mark, ...], list[bytes | None]]:
    """Each file as it was at one moment; None for what is no file. Raises Changed where they change on and on."""
    for _ in range(_TRIES):
        marks = _marks(places)
        contents = [None if mark is None else _read(place) for place, mark in zip(places, marks, strict=True)]
        if _marks(places) == marks:
            return marks, contents
    raise Changed


def _decoded(coding: str, form: bytes) -> bytes | None:
    try:
        return brotli.decompress(form) if coding == BROTLI else gzip.decompress(form)
    except (brotli.error, OSError, EOFError, zlib.error):
        return None
