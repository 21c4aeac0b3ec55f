"""Files that come onto the disk together: each is written beside its place, made to last, and only then put there by rename.

The disk is waited for while the next files are made, and for several at once. It knows places, and no folder of ours.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import FileIO
from types import TracebackType
from typing import NamedTuple

from blogbot.errors import PublishError
from blogbot.publish.register import Kept

PART = ".part"
"""How the name of a file ends that is not in its place yet; it begins with a dot."""

_MOST = 64
"""So many files wait for the disk at once, so that even a whole tree needs little room twice."""

_SETTLED_AT_ONCE = 8
_FULL = "make room there, and publish again; until then each feed stays whole"
_REFUSED = "let blogbot write there, or name another folder"


class _Part(NamedTuple):
    name: str
    file: FileIO
    settled: Future[None]


class Batch:
    """A context: whatever was written within it is in its place at its end. After an error or a crash each place is old or new.

    Raises PublishError with the place and the reason, perhaps only for one of the next files, or at the end.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_SETTLED_AT_ONCE, thread_name_prefix="settle")
        self._parts: deque[_Part] = deque()
        self._ending = f".{secrets.token_hex(4)}{PART}"

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while error is None and self._parts:
                self._wait()
        finally:
            self._pool.shutdown(cancel_futures=True)
            for part in self._parts:
                part.file.close()
                _discard(part.name)

    def write(self, place: str, content: bytes, modified: int | None = None, without: Sequence[str] = ()) -> Kept:
        """Has `content` come to `place`, with the rights that the umask leaves; how it will be kept there.

        No place is written twice. `modified` is the time that the file shall have, in nanoseconds. What lies `without` is
        taken away just before.
        """
        if len(self._parts) >= _MOST:
            self._wait()
        folder, _, name = place.rpartition("/")
        part = f"{folder}/.{name}{self._ending}"
        with reported(place):
            file, kept = _written(part, content, modified)
        self._parts.append(_Part(part, file, self._pool.submit(_settle, file, part, place, without)))
        return kept

    def _wait(self) -> None:
        """Until the first that was written is in its place."""
        self._parts[0].settled.result()
        self._parts.popleft()


def _written(name: str, content: bytes, modified: int | None) -> tuple[FileIO, Kept]:
    """A new file, whole or not there."""
    file = open(name, "xb", buffering=0)  # noqa: SIM115 - it is closed once it is on the disk
    try:
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]
        if modified is not None:
            os.utime(file.fileno(), ns=(modified, modified))
        found = os.fstat(file.fileno())
    except BaseException:
        file.close()
        _discard(name)
        raise
    return file, Kept(found.st_size, found.st_mtime_ns)


def _settle(file: FileIO, name: str, place: str, without: Iterable[str]) -> None:
    with reported(place):
        with file:
            os.fsync(file.fileno())
        for other in without:
            with suppress(FileNotFoundError):
                os.unlink(other)
        os.replace(name, place)


def _discard(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)


@contextmanager
def reported(place: object) -> Iterator[None]:
    """What the system says of `place`, as an error that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = _FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else _REFUSED
        raise PublishError(f"{place}: cannot be written ({reason}); {advice}") from error
