"""Turns at a folder: whoever writes into it does so alone, whichever process or thread it is in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from blogbot.publish.batch import reported

LOCK = ".blogbot.lock"

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


@contextmanager
def turn(directory: Path) -> Iterator[None]:
    """Waits until nobody else is at work in the folder. The system ends the turn of a process that ends, however it does.

    Where a disk knows no locks, as some in a network, nobody waits.
    """
    place = directory / LOCK
    with reported(place), place.open("ab") as file:
        with suppress(OSError):
            _take(file)
        yield
