"""Files that come onto the disk together: written beside their places, made to last, and only then put there by rename.

To wait for the disk once for many files takes little longer than to wait for one. It knows places, and no folder of ours.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import NamedTuple

from blogbot.errors import PublishError
from blogbot.publish.register import Kept

PART = ".part"
"""How the name of a file ends that is not in its place yet; it begins with a dot."""

MOST = 64
"""So many files wait for the disk at once, so that even a whole tree needs little room twice."""

_FLUSHED_AT_ONCE = 8
_FULL = "make room there, and publish again; until then each feed stays whole"
_REFUSED = "let blogbot write there, or name another folder"


class _Part(NamedTuple):
    name: str
    place: str


class Batch:
    """A context: whatever was written within it is in its place at its end, or after an error as it was before.

    Raises PublishError with the place and the reason. A crash leaves each place old or new.
    """

    def __init__(self) -> None:
        self._parts: deque[_Part] = deque()

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._settle()
        finally:
            self._discard()

    def write(self, place: str, content: bytes, modified: int | None = None) -> Kept:
        """Has `content` come to `place`, with the rights that the umask leaves; how it will be kept there.

        `modified` is the time that the file shall have, in nanoseconds.
        """
        if len(self._parts) >= MOST:
            self._settle()
        folder, _, name = place.rpartition("/")
        part = _Part(f"{folder}/.{name}.{secrets.token_hex(4)}{PART}", place)
        with reported(place):
            self._parts.append(part)
            return _write(part.name, content, modified)

    def _settle(self) -> None:
        """Puts what waits into its places, in order."""
        with ThreadPoolExecutor(_FLUSHED_AT_ONCE, thread_name_prefix="flush") as pool:
            for _ in pool.map(_flush, self._parts):
                pass
        while self._parts:
            part = self._parts[0]
            with reported(part.place):
                os.replace(part.name, part.place)
            self._parts.popleft()

    def _discard(self) -> None:
        for part in self._parts:
            with suppress(OSError):
                os.unlink(part.name)
        self._parts.clear()


def _write(name: str, content: bytes, modified: int | None) -> Kept:
    """A new file, on its way to the disk."""
    with open(name, "xb", buffering=0) as file:
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]
        if hasattr(os, "posix_fadvise"):
            # Linux begins to write at once then, so that little is left to wait for.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if modified is not None:
            os.utime(file.fileno(), ns=(modified, modified))
        found = os.fstat(file.fileno())
    return Kept(found.st_size, found.st_mtime_ns)


def _flush(part: _Part) -> None:
    with reported(part.place), open(part.name, "r+b", buffering=0) as file:
        os.fsync(file.fileno())


@contextmanager
def reported(place: object) -> Iterator[None]:
    """What the system says of `place`, as an error that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = _FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else _REFUSED
        raise PublishError(f"{place}: cannot be written ({reason}); {advice}") from error
