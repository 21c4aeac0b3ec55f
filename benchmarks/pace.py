"""How much of a limit that nobody told us of is used, and how often Telegram has to say no on the way there.

Each sandbox, in a process of its own, takes so many messages a second and refuses the rest; the bot believes that it may
send 30. Beside ours, python-telegram-bot's own rate limiter (which needs aiolimiter, of the extra `bench`), as a bot of its
own against the same sandboxes at the same time. Run alone with `python -m benchmarks.pace`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import aiohttp
from telegram import error
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest, RequestData

from benchmarks.sends import sandbox
from benchmarks.table import Row, compared, plain
from blogbot.bot.limiter import Lanes
from blogbot.bot.request import AiohttpRequest, Flood
from blogbot.bot.sender import TelegramSender
from blogbot.errors import RetryLater
from blogbot.model import Chat, ChatKind, Lane, Message

LIMITS = (20, 25, 30)
SECONDS = 60.0
AT_ONCE = 64
FIRST_CHAT, CHATS = 2_000_000_000, 100_000
Once = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Found:
    """Messages that were taken within the time, and calls that were refused."""

    taken: int = 0
    refused: int = 0

    @property
    def percent_refused(self) -> float:
        return 100 * self.refused / (self.taken + self.refused)


def rows() -> list[Row]:
    """The measured rows; a little over a minute."""
    with ExitStack() as stack, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        addresses = [stack.enter_context(sandbox()) for _ in LIMITS]
        asyncio.run(_prepare(addresses))
        ours, stock = processes.submit(measure, "ours", addresses), processes.submit(measure, "stock", addresses)
        table = []
        for limit, mine, theirs in zip(LIMITS, ours.result(), stock.result(), strict=True):
            shares = [100 * found.taken / (limit * SECONDS) for found in (mine, theirs)]
            table.append(compared(f"goodput, hidden limit {limit}/s", shares[0], "%", "stock limiter", shares[1]))
            refused = mine.percent_refused, theirs.percent_refused
            table.append(compared(f"429s, hidden limit {limit}/s", refused[0], "%", "stock limiter", refused[1]))
    return table


async def _prepare(addresses: list[str]) -> None:
    async with aiohttp.ClientSession() as session:
        for address, limit in zip(addresses, LIMITS, strict=True):
            crowd = {"type": "private", "first_id": FIRST_CHAT, "count": CHATS}
            for path, body in (("limits", {"per_second": limit}), ("crowds", crowd)):
                async with session.post(f"{address}/sandbox/{path}", json=body) as response:
                    response.raise_for_status()


# --- One process -----------------------------------------------------------------------------------------------------


def measure(name: str, addresses: list[str]) -> list[Found]:
    """What one bot reached at each address, all at the same time."""
    bot = {"ours": ours, "stock": stock}[name]

    async def every() -> list[Found]:
        return await asyncio.gather(*(bot(address) for address in addresses))

    return asyncio.run(every())


async def ours(address: str) -> Found:
    """Our sender, limiter and request. What is refused comes back later, as from the ledger."""
    found, paused_until = Found(), 0.0

    class Counting(AiohttpRequest):
        async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
            try:
                return await super().do_request(*args, **kwargs)
            except Flood:
                found.refused += 1
                raise

    bot = ExtBot[Any](
        "1234567:a-token-for-the-benchmark-only",
        base_url=f"{address}/bot",
        request=Counting(),
        get_updates_request=AiohttpRequest(1),
        rate_limiter=Lanes(),
    )

    async def once(number: int) -> None:
        nonlocal paused_until
        await asyncio.sleep(max(0.0, paused_until - time.monotonic()))
        try:
            await sender.send(Chat(number, number, ChatKind.PRIVATE, ""), Message("A new article"), Lane.POST)
        except RetryLater as refusal:
            if refusal.everyone:
                paused_until = time.monotonic() + refusal.seconds
            raise

    async with bot:
        sender = TelegramSender(bot)
        await _mail(once, found)
    return found


async def stock(address: str) -> Found:
    """python-telegram-bot as its documentation sets it up for many messages."""
    found = Found()

    class Counting(HTTPXRequest):
        async def do_request(
            self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
        ) -> tuple[int, bytes]:
            status, payload = await super().do_request(url, method, request_data, *args, **kwargs)
            found.refused += status == 429
            return status, payload

    bot = ExtBot[Any](
        "7654321:a-token-for-the-benchmark-only",
        base_url=f"{address}/bot",
        request=Counting(connection_pool_size=256),
        get_updates_request=HTTPXRequest(1),
        rate_limiter=AIORateLimiter(max_retries=10),
    )

    async def once(number: int) -> None:
        await bot.send_message(number, "A new article")

    async with bot:
        await _mail(once, found)
    return found


async def _mail(once: Once, found: Found) -> None:
    """Sends to one chat after the other for the whole time, some at once."""
    numbers, end = itertools.count(FIRST_CHAT), time.monotonic() + SECONDS

    async def one_after_another() -> None:
        while True:
            try:
                await once(next(numbers))
            except (error.RetryAfter, RetryLater):
                continue
            found.taken += time.monotonic() < end

    workers = [asyncio.create_task(one_after_another()) for _ in range(AT_ONCE)]
    await asyncio.wait(workers, timeout=SECONDS)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


if __name__ == "__main__":
    print(plain(rows()))
