"""How long a person waits for an answer while a mailing is under way: a million notifications in our ledger, at 30 a second.

A real `blogbot run` on SQLite, in a process of its own, as are the sandbox and those who ask. Beside it a bare echo bot with
python-telegram-bot's own rate limiter that was handed nine hundred messages: what it holds in memory at once.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

from benchmarks.answering import answering
from benchmarks.installation import installed, until
from benchmarks.people import gathered
from benchmarks.sandbox import open_crowd, sandbox
from benchmarks.table import Row, compared, percentile

QUESTION = "/latest"
BETWEEN = 0.2
"""Seconds between two questions, on average."""

SHARES = {"p50": 0.5, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Size:
    """How many chats are told, and how many questions how many people ask meanwhile; the same of the stock bot."""

    chats: int = 1_000_000
    people: int = 20
    questions: int = 300
    stock_queued: int = 900
    stock_questions: int = 20


def rows(size: Size = Size()) -> list[Row]:
    """The measured rows; about three minutes."""
    mine, per_second, left = _behind_ours(size)
    theirs = _behind_stock(size)
    what, against = f"an answer while {left:,} notifications wait", f"stock limiter, {size.stock_queued} queued"
    times = {name: (1000 * percentile(mine, at), 1000 * percentile(theirs, at)) for name, at in SHARES.items()}
    return [
        *(compared(f"{what}, {name}", ours, "ms", against, stock) for name, (ours, stock) in times.items()),
        Row("sent meanwhile, answers among it", per_second, "messages/s"),
    ]


def _behind_ours(size: Size) -> tuple[list[float], float, int]:
    """Seconds of each answer, messages a second meanwhile, and how many notifications waited in the end."""
    with sandbox() as address, installed(size.chats) as ours:
        asyncio.run(open_crowd(address, size.chats))
        with ours.running(address) as process:
            ours.publish()
            until(lambda: ours.notifications() == size.chats and bool(ours.notifications("sent")), process)
            before, started = ours.notifications("sent"), time.monotonic()
            seconds = asyncio.run(_ask(address, size.people, size.questions))
            sent = ours.notifications("sent") - before + len(seconds)
            return seconds, sent / (time.monotonic() - started), ours.notifications("queued")


def _behind_stock(size: Size) -> list[float]:
    """Seconds of each answer of an echo bot that was just given a mailing."""
    with sandbox() as address:
        asyncio.run(open_crowd(address, size.stock_queued))
        with answering("stock", address, size.stock_queued):
            return asyncio.run(_ask(address, size.stock_questions, size.stock_questions))


async def _ask(address: str, count: int, questions: int) -> list[float]:
    """Seconds of each answer. Questions come at random, each person's once the one before is answered."""
    draw = random.Random(1)
    async with gathered(address) as people:
        chats = await people.join(count)
        turns = [asyncio.Lock() for _ in chats]

        async def one(number: int) -> float:
            async with turns[number % count]:
                return await people.ask(chats[number % count], QUESTION)

        asked: list[asyncio.Task[float]] = []
        for number in range(questions):
            asked.append(asyncio.create_task(one(number)))
            await asyncio.sleep(draw.uniform(0, 2 * BETWEEN))
        return await asyncio.gather(*asked)
