"""How fast a person is answered with many posts, beside a bare echo bot: same sandbox, over HTTP, in the same run.

Sandbox, bot and measuring each have a process of their own. An answer's time runs from the person's message to the
moment at which it stands in the chat. First one question at a time, then many chats at once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from benchmarks.answering import answering
from benchmarks.material import items
from benchmarks.people import People, gathered
from benchmarks.sandbox import sandbox
from benchmarks.table import Row, compared, percentile

SAMPLE = items(1)[0].title.split()[0]
QUESTIONS = ("/latest", "/tag topic 1", f"/search {SAMPLE}", "/next")


@dataclass(frozen=True, slots=True)
class Size:
    """How many posts there are, how often each question is asked alone, and how many chats ask how often at once."""

    posts: int = 10_000
    alone: int = 150
    crowd: int = 64
    rounds: int = 12


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each answer to each question asked alone, and answers a second when all ask at once."""

    alone: dict[str, list[float]]
    per_second: float


def rows(size: Size = Size()) -> list[Row]:
    """The measured rows; about a minute and a half, most of it the making of the posts."""
    ours, echo = _measured("ours", size), _measured("echo", size)
    table = []
    for question in QUESTIONS:
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            mine, bare = (percentile(each.alone[question], share) * 1000 for each in (ours, echo))
            table.append(
                compared(f"{question.split()[0]} with {size.posts:,} posts, {name}", mine, "ms", "bare echo bot", bare)
            )
    table.append(
        compared(f"answers, {size.crowd} chats at once", ours.per_second, "updates/s", "bare echo bot", echo.per_second)
    )
    return table


def _measured(name: str, size: Size) -> Measured:
    with sandbox() as address, answering(name, address, size.posts):
        return asyncio.run(_measure(address, size))


async def _measure(address: str, size: Size) -> Measured:
    async with gathered(address) as people:
        chats = await people.join(size.crowd)
        for chat in chats:
            await people.ask(chat, "/next")
        alone = {
            question: [await people.ask(chats[turn % size.crowd], question) for turn in range(size.alone)]
            for question in QUESTIONS
        }
        started = time.perf_counter()
        await asyncio.gather(*(_many(people, chat, number, size.rounds) for number, chat in enumerate(chats)))
        return Measured(alone, size.crowd * size.rounds / (time.perf_counter() - started))


async def _many(people: People, chat: int, number: int, rounds: int) -> None:
    for turn in range(rounds):
        await people.ask(chat, QUESTIONS[(number + turn) % len(QUESTIONS)])
