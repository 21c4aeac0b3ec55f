"""How fast the bot puts messages into chats: its own request beside python-telegram-bot's, same messages, same server.

The server is the sandbox, in a process of its own; 64 messages are under way at any time. Only the sending side's
processor time counts.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from benchmarks.sandbox import TOKEN, open_crowd, sandbox
from benchmarks.table import Row, compared
from blogbot.bot.request import AiohttpRequest

AT_ONCE = 64
SECONDS = 3.0
"""How long each sends; a sixth of that before it, to warm up."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages a second, and the sending process's milliseconds of processor time for each."""

    per_second: float
    cpu_ms: float


def rows(seconds: float = SECONDS) -> list[Row]:
    """The measured rows; about eight seconds."""
    with sandbox() as base:
        stock, ours = asyncio.run(compare(base, seconds))
    return [
        compared("sends, 64 at once", ours.per_second, "messages/s", "stock httpx request", stock.per_second),
        compared("processor time a send", ours.cpu_ms, "ms", "stock httpx request", stock.cpu_ms),
    ]


async def compare(base: str, seconds: float) -> tuple[Pace, Pace]:
    """The stock request's pace, and ours."""
    chats = await open_crowd(base, AT_ONCE)
    return await pace(base, HTTPXRequest(), chats, seconds), await pace(base, AiohttpRequest(), chats, seconds)


async def pace(base: str, request: BaseRequest, chats: Sequence[int], seconds: float) -> Pace:
    """Sends for a while, each of the chats waiting for its answer before its next message."""
    async with request:
        bot = Bot(TOKEN, base_url=f"{base}/bot", request=request, get_updates_request=request)
        await send_for(bot, chats, seconds / 6)
        wall, cpu = time.perf_counter(), time.process_time()
        count = await send_for(bot, chats, seconds)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Pace(count / wall, 1000 * cpu / count)


async def send_for(bot: Bot, chats: Sequence[int], seconds: float) -> int:
    """How many messages arrived in `seconds`."""
    end = time.perf_counter() + seconds

    async def send(chat: int) -> int:
        for count in itertools.count():
            if time.perf_counter() >= end:
                return count
            await bot.send_message(chat, f"<b>A new article</b> for you, number {count}", parse_mode="HTML")
        raise AssertionError("unreachable")

    return sum(await asyncio.gather(*(send(chat) for chat in chats)))
