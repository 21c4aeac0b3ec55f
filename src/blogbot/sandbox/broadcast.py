"""What happens in the chats, as it happens, for pages that look on. It knows neither HTTP nor what the events mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

Event = tuple[str, dict[str, Any]]

BOUND: Final = 1000
"""How many events wait for a slow listener before it is told to start afresh."""


class Broadcast:
    """Events for any number of listeners. Nobody listening costs nothing: ask `heard` before making an event."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._closed = False

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def tell(self, name: str, content: dict[str, Any]) -> None:
        """Hands an event to every listener. One that fell behind gets a single `reset` instead of what it missed."""
        for queue in self._listeners:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(("reset", {}))
            queue.put_nowait((name, content))

    async def listen(self, pause: float) -> AsyncIterator[Event]:
        """The events from now on; a `ping` after every `pause` seconds of silence, so that dead listeners are found."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(BOUND)
        self._listeners.add(queue)
        try:
            yield "hello", {}
            while not self._closed:
                try:
                    async with asyncio.timeout(pause):
                        event = await queue.get()
                except TimeoutError:
                    event = ("ping", {})
                if event is None:
                    return
                yield event
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """Ends every listener's stream."""
        self._closed = True
        for queue in self._listeners:
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
