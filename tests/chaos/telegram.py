"""Telegram: a sandbox in a process of its own, told to misbehave, and asked in the end what it accepted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.commands import sandbox
from tests.nursery import forked

FIRST_CHAT = 10_000

Call = dict[str, Any]


class Telegram:
    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.address = address
        self._session = session

    async def misbehave(self, faults: Sequence[dict[str, Any]]) -> None:
        """Plans faults; they strike in this order."""
        for fault in faults:
            await self._ask("POST", "faults", fault)

    async def calm(self) -> int:
        """Forgets what is planned; how many calls it would have struck yet."""
        left = await self.left()
        await self._ask("DELETE", "faults")
        return left

    async def calm_again(self) -> bool:
        """Whether all that was planned has struck."""
        return not await self.left()

    async def left(self) -> int:
        """How many calls are to be struck yet."""
        return sum(fault["times"] for fault in await self._ask("GET", "faults"))

    async def calls_taken(self) -> None:
        """Waits until what was written to it before is taken in: it answers in the order of asking, or nearly so."""
        await asyncio.sleep(0.05)
        await self._ask("GET", "faults")

    async def calls(self) -> list[Call]:
        """Every call that it accepted, in order."""
        calls: list[Call] = await self._ask("GET", "log")
        return calls

    async def _ask(self, verb: str, path: str, body: object = None) -> Any:
        async with self._session.request(verb, f"{self.address}/sandbox/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json(content_type=None)


@asynccontextmanager
async def telegram(folder: Path, chats: int) -> AsyncIterator[Telegram]:
    """A Telegram with so many people, the first of whom is `FIRST_CHAT`."""
    with forked(sandbox, folder=folder, environment=os.environ, log=folder / "telegram") as process:
        address = (await asyncio.to_thread(process.stdout.readline)).strip().rstrip("/")
        async with aiohttp.ClientSession() as session:
            opened = Telegram(address, session)
            await opened._ask("POST", "crowds", {"first_id": FIRST_CHAT, "count": chats})
            yield opened
