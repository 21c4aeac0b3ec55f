"""How fast the bot puts messages into chats: its own request beside python-telegram-bot's, same messages, same server.

The server is the sandbox, in a process of its own; 64 messages are under way at any time. Only the sending side's
processor time counts. Run alone with `python -m benchmarks.sends`.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from benchmarks.table import Row, compared, plain
from blogbot.bot.request import AiohttpRequest

AT_ONCE = 64
SECONDS = 3.0
WARM_UP = 0.5
TOKEN = "1234567:a-token-for-the-benchmark-only"

SANDBOX = """
import asyncio
from blogbot.sandbox import serve
asyncio.run(serve(port=0, on_ready=lambda address: print(address, flush=True)))
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages a second, and the sending process's milliseconds of processor time for each."""

    per_second: float
    cpu_ms: float


def rows() -> list[Row]:
    """The measured rows; about eight seconds."""
    with sandbox() as base:
        stock, ours = asyncio.run(compare(base))
    return [
        compared("sends, 64 at once", ours.per_second, "messages/s", "stock httpx request", stock.per_second),
        compared("processor time a send", ours.cpu_ms, "ms", "stock httpx request", stock.cpu_ms),
    ]


@contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox in a process of its own; gives its address."""
    process = subprocess.Popen([sys.executable, "-c", SANDBOX], stdout=subprocess.PIPE, text=True)
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


async def compare(base: str) -> tuple[Pace, Pace]:
    """The stock request's pace, and ours."""
    chats = await open_chats(base)
    return await pace(base, HTTPXRequest(), chats), await pace(base, AiohttpRequest(), chats)


async def open_chats(base: str) -> list[int]:
    """As many people as there are messages under way."""
    async with aiohttp.ClientSession() as session:
        chats = []
        for number in range(AT_ONCE):
            chat = {"type": "private", "title": f"Reader {number}"}
            async with session.post(f"{base}/sandbox/chats", json=chat) as response:
                response.raise_for_status()
                chats.append(int((await response.json())["id"]))
        return chats


async def pace(base: str, request: BaseRequest, chats: list[int]) -> Pace:
    """Sends for a while, each of the chats waiting for its answer before its next message."""
    async with request:
        bot = Bot(TOKEN, base_url=f"{base}/bot", request=request, get_updates_request=request)
        await send_for(bot, chats, WARM_UP)
        wall, cpu = time.perf_counter(), time.process_time()
        count = await send_for(bot, chats, SECONDS)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Pace(count / wall, 1000 * cpu / count)


async def send_for(bot: Bot, chats: list[int], seconds: float) -> int:
    """How many messages arrived in `seconds`."""
    end = time.perf_counter() + seconds

    async def send(chat: int) -> int:
        for count in itertools.count():
            if time.perf_counter() >= end:
                return count
            await bot.send_message(chat, f"<b>A new article</b> for you, number {count}", parse_mode="HTML")
        raise AssertionError("unreachable")

    return sum(await asyncio.gather(*(send(chat) for chat in chats)))


if __name__ == "__main__":
    print(plain(rows()))
