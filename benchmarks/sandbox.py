"""The Telegram that benchmarks send to: a sandbox in a process of its own, and what they set up in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp

TOKEN = "1234567:a-token-for-the-benchmark-only"
FIRST_CHAT = 2_000_000_000

_SERVE = """
import asyncio
from blogbot.sandbox import serve
asyncio.run(serve(port=0, on_ready=lambda address: print(address, flush=True)))
"""


@contextmanager
def sandbox() -> Iterator[str]:
    """Gives its address."""
    process = subprocess.Popen([sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError("the sandbox did not start")
        yield address.rstrip("/")
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


async def open_crowd(address: str, count: int) -> range:
    """Makes so many people; gives their ids."""
    await tell(address, "crowds", {"type": "private", "first_id": FIRST_CHAT, "count": count})
    return range(FIRST_CHAT, FIRST_CHAT + count)


async def tell(address: str, path: str, body: dict[str, Any]) -> None:
    """Asks for something on the person's side."""
    async with aiohttp.ClientSession(address) as http, http.post(f"/sandbox/{path}", json=body) as response:
        response.raise_for_status()
