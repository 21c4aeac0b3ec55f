"""Every accepted call of the Bot API, in order, up to a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

KEEP: Final = 200_000


class Entry(NamedTuple):
    """One accepted call: when (Unix seconds), whose, what, and its parameters as they were sent."""

    id: int
    at: float
    token: str
    method: str
    params: Mapping[str, Any]


class CallLog:
    """The last `keep` calls."""

    def __init__(self, keep: int = KEEP) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, at: float, token: str, method: str, params: Mapping[str, Any]) -> None:
        """Notes a call."""
        self._last += 1
        self._entries.append(Entry(self._last, at, token, method, params))

    def entries(self, after: int = 0, method: str = "") -> Iterator[dict[str, Any]]:
        """The calls behind the id `after`, of one method (any case) or of all."""
        wanted = method.lower()
        for entry in list(self._entries):
            if entry.id > after and wanted in ("", entry.method.lower()):
                yield entry._asdict()

    def clear(self) -> None:
        """Forgets every call."""
        self._entries.clear()
