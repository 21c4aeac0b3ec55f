"""How much of a limit that nobody told us of is used, and how often Telegram has to say no on the way there.

Each sandbox, in a process of its own, takes so many messages a second and refuses the rest; the bot believes that it may
send 30. Beside ours, python-telegram-bot's own rate limiter (which needs aiolimiter), as a bot of its own against the same
sandboxes at the same time.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from telegram import error
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest, RequestData

from benchmarks.log import quiet
from benchmarks.sandbox import FIRST_CHAT, TOKEN, open_crowd, sandbox, tell
from benchmarks.table import Row, compared
from blogbot.bot.limiter import Lanes
from blogbot.bot.request import AiohttpRequest, Flood
from blogbot.bot.sender import TelegramSender
from blogbot.errors import RetryLater
from blogbot.model import Chat, ChatKind, Lane, Message

LIMITS = (20, 25, 30)
SECONDS = 60.0
AT_ONCE = 64
CHATS = 100_000
Once = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Found:
    """Messages that were taken within the time, and calls that were refused."""

    taken: int = 0
    refused: int = 0

    @property
    def percent_refused(self) -> float:
        return 100 * self.refused / (self.taken + self.refused)


def rows(limits: Sequence[int] = LIMITS, seconds: float = SECONDS) -> list[Row]:
    """The measured rows; a little over a minute."""
    with ExitStack() as stack:
        addresses = [stack.enter_context(sandbox()) for _ in limits]
        asyncio.run(_prepare(addresses, limits))
        processes = stack.enter_context(ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=quiet))
        ours, stock = (processes.submit(measure, name, addresses, seconds) for name in ("ours", "stock"))
        table = []
        for limit, mine, theirs in zip(limits, ours.result(), stock.result(), strict=True):
            shares = [100 * found.taken / (limit * seconds) for found in (mine, theirs)]
            table.append(compared(f"goodput, hidden limit {limit}/s", shares[0], "%", "stock limiter", shares[1]))
            refused = mine.percent_refused, theirs.percent_refused
            table.append(compared(f"429s, hidden limit {limit}/s", refused[0], "%", "stock limiter", refused[1]))
    return table


async def _prepare(addresses: Sequence[str], limits: Sequence[int]) -> None:
    for address, limit in zip(addresses, limits, strict=True):
        await tell(address, "limits", {"per_second": limit})
        await open_crowd(address, CHATS)


# --- One process -----------------------------------------------------------------------------------------------------


def measure(name: str, addresses: Sequence[str], seconds: float) -> list[Found]:
    """What one bot reached at each address, all at the same time."""
    bot = {"ours": ours, "stock": stock}[name]

    async def every() -> list[Found]:
        return await asyncio.gather(*(bot(address, seconds) for address in addresses))

    return asyncio.run(every())


async def ours(address: str, seconds: float) -> Found:
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
        TOKEN,
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
        await _mail(once, found, seconds)
    return found


async def stock(address: str, seconds: float) -> Found:
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
        f"7{TOKEN}",
        base_url=f"{address}/bot",
        request=Counting(connection_pool_size=256),
        get_updates_request=HTTPXRequest(1),
        rate_limiter=AIORateLimiter(max_retries=10),
    )

    async def once(number: int) -> None:
        await bot.send_message(number, "A new article")

    async with bot:
        await _mail(once, found, seconds)
    return found


async def _mail(once: Once, found: Found, seconds: float) -> None:
    """Sends to one chat after the other for the whole time, some at once."""
    numbers, end = itertools.count(FIRST_CHAT), time.monotonic() + seconds

    async def one_after_another() -> None:
        while True:
            try:
                await once(next(numbers))
            except (error.RetryAfter, RetryLater):
                continue
            found.taken += time.monotonic() < end

    workers = [asyncio.create_task(one_after_another()) for _ in range(AT_ONCE)]
    await asyncio.wait(workers, timeout=seconds)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
