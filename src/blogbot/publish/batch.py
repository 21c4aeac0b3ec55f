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
from types import TracebackType

from blogbot.errors import PublishError
from blogbot.publish.register import Kept

PART = ".part"
"""How the name of a file ends that is not in its place yet; it begins with a dot."""

_AT_ONCE = 8
_MOST = 4 * _AT_ONCE
"""So many files are in memory, or on the disk twice, at once, so that even a whole tree needs little room."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_FULL = "make room there, and publish again; until then each feed stays whole"
_REFUSED = "let blogbot write there, or name another folder"


class Batch:
    """A context: whatever was written within it is in its place at its end. After an error or a crash each place is old or new.

    Raises PublishError with the place and the reason, perhaps only for one of the next files, or at the end.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="write")
        self._written: deque[Future[Kept]] = deque()
        self._ending = f".{secrets.token_hex(4)}{PART}"

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while error is None and self._written:
                self._wait()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def write(
        self, place: str, content: bytes, modified: int | None = None, without: Sequence[str] = ()
    ) -> Future[Kept]:
        """Has `content` come to `place`, with the rights that the umask leaves; how it is kept there, once it is.

        No place is written twice. `modified` is the time that the file shall have, in nanoseconds. What lies `without` is
        taken away just before.
        """
        if len(self._written) >= _MOST:
            self._wait()
        folder, _, name = place.rpartition("/")
        written = self._pool.submit(_write, f"{folder}/.{name}{self._ending}", place, content, modified, without)
        self._written.append(written)
        return written

    def _wait(self) -> None:
        """Until the first that was written is in its place."""
        self._written[0].result()
        self._written.popleft()


def _write(part: str, place: str, content: bytes, modified: int | None, without: Iterable[str]) -> Kept:
    """Leaves nothing beside the place where it fails."""
    with reported(place):
        # By the system's own calls, since at each one threads wait for each other, and Python's files make more of them.
        file = _new(part)
        try:
            try:
                left = memoryview(content)
                while left:
                    left = left[os.write(file, left) :]
                if modified is not None:
                    os.utime(file, ns=(modified, modified))
                kept = Kept.of(os.fstat(file))
                os.fsync(file)
            finally:
                os.close(file)
            for other in without:
                with suppress(FileNotFoundError):
                    os.unlink(other)
            os.replace(part, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise
    return kept


def _new(part: str) -> int:
    """A new file to write into, in a new folder where there is none."""
    try:
        return os.open(part, _NEW, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(part), exist_ok=True)
        return os.open(part, _NEW, 0o666)


@contextmanager
def reported(place: object) -> Iterator[None]:
    """What the system says of `place`, as an error that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = _FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else _REFUSED
        raise PublishError(f"{place}: cannot be written ({reason}); {advice}") from error
