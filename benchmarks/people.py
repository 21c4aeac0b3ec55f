"""People in the sandbox who ask, and know the moment at which the answer stands in their chat."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

LONGEST = 300.0
"""Seconds until an answer that does not come is given up."""


class People:
    """Asks by HTTP; the sandbox's stream of events tells of the answers."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def join(self, count: int) -> list[int]:
        """So many new people's chats."""
        return [await self._join(number) for number in range(count)]

    async def ask(self, chat: int, question: str) -> float:
        """Seconds until the answer."""
        answered = self._waiting[chat] = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        async with self._http.post(f"/sandbox/chats/{chat}/messages", json={"text": question}) as reply:
            reply.raise_for_status()
        await asyncio.wait_for(answered, LONGEST)
        return time.perf_counter() - started

    async def _join(self, number: int) -> int:
        async with self._http.post("/sandbox/chats", json={"type": "private", "title": f"Person {number}"}) as reply:
            chat: int = (await reply.json())["id"]
            return chat

    async def listen(self, ready: asyncio.Event) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._http.get("/sandbox/events", timeout=timeout) as stream:
            ready.set()
            async for line in stream.content:
                if line.startswith(b"data:"):
                    self._hear(json.loads(line[5:]))

    def _hear(self, event: dict[str, object]) -> None:
        message, chat = event.get("message"), event.get("chat_id")
        if isinstance(message, dict) and isinstance(chat, int) and message.get("from", {}).get("is_bot"):
            answered = self._waiting.get(chat)
            if answered is not None and not answered.done():
                answered.set_result(None)


@asynccontextmanager
async def gathered(address: str) -> AsyncIterator[People]:
    """People at one sandbox."""
    async with aiohttp.ClientSession(address) as http:
        people, ready = People(http), asyncio.Event()
        listening = asyncio.create_task(people.listen(ready))
        try:
            await asyncio.wait_for(ready.wait(), LONGEST)
            yield people
        finally:
            listening.cancel()
            await asyncio.wait({listening})
