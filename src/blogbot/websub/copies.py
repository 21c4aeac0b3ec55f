"""The feeds as they lie in the folder, read once for many subscribers."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from blogbot.publish.topics import digest_of

AT_HAND = 4
"""Feeds that are kept in memory: pushes of one feed go out one after the other."""


class Copy(NamedTuple):
    content: bytes
    digest: str


class Copies:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._load = lru_cache(AT_HAND)(_load)

    async def of(self, topic: str) -> Copy | None:
        """What the feed at the path `topic` holds now; None where it cannot be read."""
        return await asyncio.to_thread(self._read, self._folder / topic)

    def _read(self, place: Path) -> Copy | None:
        try:
            found = place.stat()
            return self._load(place, (found.st_ino, found.st_size, found.st_mtime_ns))
        except OSError:
            return None


def _load(place: Path, _identity: tuple[int, ...]) -> Copy:
    content = place.read_bytes()
    return Copy(content, digest_of(content))
