"""Every accepted call of the Bot API, in order, up to a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

KEEP: Final = 200_000


class Entry(NamedTuple):
    """One accepted call: when (Unix seconds), whose, what, and its parameters as they were sent.

    `reply` says where a fault struck its answer: "late" or "lost", else "".
    """

    id: int
    at: float
    token: str
    method: str
    params: Mapping[str, Any]
    reply: str = ""


class CallLog:
    """The last `keep` calls."""

    def __init__(self, keep: int = KEEP) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, at: float, token: str, method: str, params: Mapping[str, Any], reply: str = "") -> None:
        """Notes a call."""
        self._last += 1
        self._entries.append(Entry(self._last, at, token, method, params, reply))

    def entries(self, after: int = 0, method: str = "") -> Iterator[dict[str, Any]]:
        """The calls behind the id `after`, of one method (any case) or of all."""
        wanted = method.lower()
        for entry in list(self._entries):
            if entry.id > after and wanted in ("", entry.method.lower()):
                shown = entry._asdict()
                yield shown if entry.reply else {name: value for name, value in shown.items() if name != "reply"}

    def clear(self) -> None:
        """Forgets every call."""
        self._entries.clear()
