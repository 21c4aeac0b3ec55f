"""How fast a person is answered with 10,000 posts, beside a bare echo bot: same sandbox, over HTTP, in the same run.

Sandbox, bot and measuring each have a process of their own. An answer's time runs from the person's message to the
moment at which it stands in the chat. First one question at a time, then 64 chats at once.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.answering import POSTS
from benchmarks.material import items
from benchmarks.sends import sandbox
from benchmarks.table import Row, compared, plain

ALONE = 150
CROWD = 64
ROUNDS = 12
WAIT = 60.0

SAMPLE = items(1)[0].title.split()[0]
QUESTIONS = ("/latest", "/tag topic 1", f"/search {SAMPLE}", "/next")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each answer to each question asked alone, and answers a second when all ask at once."""

    alone: dict[str, list[float]]
    per_second: float


def rows() -> list[Row]:
    """The measured rows; about a minute and a half, most of it the making of the posts."""
    ours, echo = (asyncio.run(_measure(bot)) for bot in ("ours", "echo"))
    table = []
    for question in QUESTIONS:
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            mine, bare = (_at(each.alone[question], share) * 1000 for each in (ours, echo))
            table.append(
                compared(f"{question.split()[0]} with {POSTS:,} posts, {name}", mine, "ms", "bare echo bot", bare)
            )
    table.append(
        compared(f"answers, {CROWD} chats at once", ours.per_second, "updates/s", "bare echo bot", echo.per_second)
    )
    return table


async def _measure(name: str) -> Measured:
    with sandbox() as address, _bot(name, address):
        async with aiohttp.ClientSession(address) as http, _answers(http) as answers:
            chats = [await _new_chat(http) for _ in range(CROWD)]
            for chat in chats:
                await answers.ask(chat, "/next")
            alone = {
                question: [await answers.ask(chats[turn % CROWD], question) for turn in range(ALONE)]
                for question in QUESTIONS
            }
            started = time.perf_counter()
            await asyncio.gather(*(_many(answers, chat, number) for number, chat in enumerate(chats)))
            return Measured(alone, CROWD * ROUNDS / (time.perf_counter() - started))


async def _many(answers: Answers, chat: int, number: int) -> None:
    for turn in range(ROUNDS):
        await answers.ask(chat, QUESTIONS[(number + turn) % len(QUESTIONS)])


class Answers:
    """Asks, and knows from the sandbox's stream of events when the answer stands in the chat."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def ask(self, chat: int, question: str) -> float:
        """Seconds until the answer."""
        answered = self._waiting[chat] = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        async with self._http.post(f"/sandbox/chats/{chat}/messages", json={"text": question}) as reply:
            reply.raise_for_status()
        await asyncio.wait_for(answered, WAIT)
        return time.perf_counter() - started

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
async def _answers(http: aiohttp.ClientSession) -> AsyncIterator[Answers]:
    answers, ready = Answers(http), asyncio.Event()
    listening = asyncio.create_task(answers.listen(ready))
    await asyncio.wait_for(ready.wait(), WAIT)
    yield answers
    listening.cancel()
    await asyncio.wait({listening})


async def _new_chat(http: aiohttp.ClientSession) -> int:
    async with http.post("/sandbox/chats", json={"type": "private", "title": "A person"}) as reply:
        number: int = (await reply.json())["id"]
        return number


@contextmanager
def _bot(name: str, address: str) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.answering", name, address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the bot {name!r} did not start")
        yield
    finally:
        process.terminate()
        process.wait(15)
        process.stdout.close()


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    print(plain(rows()))
