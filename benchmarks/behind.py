"""How long a person waits for an answer while a mailing is under way: a million notifications in our ledger, at 30 a second.

A real `blogbot run` on SQLite, in a process of its own, as are the sandbox and the one who asks. Beside it a bare echo bot with
python-telegram-bot's own rate limiter (which needs aiolimiter, of the extra `bench`) that was handed nine hundred messages:
what it holds in memory at once. Run alone with `python -m benchmarks.behind`.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from telegram import Update
from telegram.ext import AIORateLimiter, Application, ContextTypes, MessageHandler, filters

from benchmarks.answers import Answers
from benchmarks.sends import sandbox
from benchmarks.table import Row, compared, plain
from blogbot.app.core import open_core
from blogbot.config import only

CHATS = 1_000_000
QUEUED = 900
FIRST_CHAT = 2_000_000_000
PEOPLE = 20
QUESTIONS = 300
STOCK_QUESTIONS = 20
QUESTION = "/latest"
BETWEEN = 0.2
"""Seconds between two questions, on average."""

WAIT = 300.0
LONGEST_FAN_OUT = 120.0
TOKEN = "1234567:a-token-for-the-benchmark-only"

_CHATS = """WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ? - 1)
    INSERT INTO chats (telegram_id, thread_id, kind, title, language, timezone, paused, active, digest, digest_hour,
        digest_day, topic_id, zone_asked)
    SELECT ? + n, 0, 'private', 'A reader', 'en', '', 0, 1, 'instant', 8, 0, 0, 0 FROM numbers"""
_FOLLOWS = "INSERT INTO follows (chat_id, kind, value, created, urgent) SELECT id, 'everything', '', 0, 0 FROM chats"
_COUNT = "SELECT count(*) FROM notifications WHERE state = ?"
POST = "---\ntitle: {title}\ndate: {date}\n---\nWhat happened, in a few words.\n"


def rows() -> list[Row]:
    """The measured rows; about three minutes."""
    with sandbox() as address:
        mine, per_second, left = asyncio.run(_behind_ours(address))
    with sandbox() as address:
        theirs = asyncio.run(_behind_stock(address))
    what = f"an answer while {left:,} notifications wait"
    against = f"stock limiter, {QUEUED} queued"
    return [
        *(
            compared(f"{what}, {name}", 1000 * _at(mine, share), "ms", against, 1000 * _at(theirs, share))
            for name, share in (("p50", 0.5), ("p99", 0.99))
        ),
        Row("sent meanwhile, answers among it", per_second, "messages/s"),
    ]


# --- Ours ------------------------------------------------------------------------------------------------------------


async def _behind_ours(address: str) -> tuple[list[float], float, int]:
    """Seconds of each answer, messages a second meanwhile, and how many notifications waited in the end."""
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as name:
        folder = Path(name)
        await _make(folder)
        async with aiohttp.ClientSession(address) as http:
            await _open_crowd(http, CHATS)
            with _running(folder, address):
                await _until_fanned_out(folder)
                before, started = _rows(folder, "sent"), time.monotonic()
                seconds = await _ask(http, QUESTIONS, BETWEEN)
                sent = _rows(folder, "sent") - before + len(seconds)
                return seconds, sent / (time.monotonic() - started), _rows(folder, "queued")


async def _make(folder: Path) -> None:
    """A blog with one old article, a million chats that follow it, and a new article."""
    (folder / "posts").mkdir()
    (folder / "posts" / "old.md").write_text(POST.format(title="An old article", date="2020-01-01"))
    (folder / "blogbot.toml").write_text('[[sources]]\nlocation = "posts"\ninterval = 1\n')
    async with open_core(only(database_url=f"sqlite:///{folder}/blogbot.db", feeds_dir=folder / "feeds")):
        pass
    with sqlite3.connect(folder / "blogbot.db") as database:
        database.execute(_CHATS, (CHATS, FIRST_CHAT))
        database.execute(_FOLLOWS)
    database.close()


@contextmanager
def _running(folder: Path, address: str) -> Iterator[None]:
    """`blogbot run`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BLOGBOT_")}
    settings = {"TOKEN": TOKEN, "API_URL": address, "PORT": port}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "blogbot", "run"],
            cwd=folder, env=clean | {f"BLOGBOT_{name}": value for name, value in settings.items()}, stderr=log,
        )  # fmt: skip
        try:
            yield
        finally:
            process.kill()  # nothing of it is needed any more
            process.wait(10)


async def _until_fanned_out(folder: Path) -> None:
    """Publishes an article once the old one was seen, and waits until it waits for everybody."""
    end = time.monotonic() + LONGEST_FAN_OUT
    while not (folder / "feeds" / "atom.xml").exists():
        await _again(end, "the feeds were not written")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    (folder / "posts" / "new.md").write_text(POST.format(title="The newest article", date=today))
    while _rows(folder, "queued") < 0.99 * CHATS or not _rows(folder, "sent"):
        await _again(end, "the fan-out did not end")


async def _again(end: float, what: str) -> None:
    if time.monotonic() > end:
        raise TimeoutError(what)
    await asyncio.sleep(1)


def _rows(folder: Path, state: str) -> int:
    database = sqlite3.connect(folder / "blogbot.db", timeout=30)
    try:
        [number] = database.execute(_COUNT, (state,)).fetchone()
    finally:
        database.close()
    return int(number)


# --- The stock limiter -----------------------------------------------------------------------------------------------


async def _behind_stock(address: str) -> list[float]:
    """Seconds of each answer of an echo bot that was just given a mailing."""
    async with aiohttp.ClientSession(address) as http:
        await _open_crowd(http, QUEUED)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.behind", "stock", address, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            if (await process.stdout.readline()).strip() != b"ready":
                raise RuntimeError("the stock bot did not start")
            return await _ask(http, STOCK_QUESTIONS, BETWEEN, at_once=True)
        finally:
            process.terminate()
            await process.communicate()


async def stock(address: str) -> None:
    """An echo bot that sends a mailing, and says so."""

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.effective_message is not None:
            await update.effective_message.reply_text("An answer")

    limiter = AIORateLimiter(max_retries=10)
    builder = Application.builder().token(TOKEN).base_url(f"{address}/bot").connection_pool_size(1000)
    application = builder.pool_timeout(WAIT).rate_limiter(limiter).concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        numbers = range(FIRST_CHAT, FIRST_CHAT + QUEUED)
        mailing = asyncio.gather(*(application.bot.send_message(number, "A new article") for number in numbers))
        await asyncio.sleep(1)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await mailing
        await asyncio.Event().wait()


# --- Asking ----------------------------------------------------------------------------------------------------------


async def _open_crowd(http: aiohttp.ClientSession, count: int) -> None:
    crowd = {"type": "private", "first_id": FIRST_CHAT, "count": count}
    async with http.post("/sandbox/crowds", json=crowd) as response:
        response.raise_for_status()


async def _ask(http: aiohttp.ClientSession, count: int, between: float, *, at_once: bool = False) -> list[float]:
    """Seconds of each answer. People ask one after the other or, where answers take long, without waiting for each other."""
    draw = random.Random(1)
    async with _listening(http) as answers:
        people = [await _person(http, number) for number in range(STOCK_QUESTIONS if at_once else PEOPLE)]
        asked = []
        for number in range(count):
            task = asyncio.create_task(answers.ask(people[number % len(people)], QUESTION))
            asked.append(task)
            if not at_once:
                await asyncio.wait({task})
            await asyncio.sleep(draw.uniform(0, 2 * between))
        return await asyncio.gather(*asked)


async def _person(http: aiohttp.ClientSession, number: int) -> int:
    async with http.post("/sandbox/chats", json={"type": "private", "title": f"Person {number}"}) as response:
        chat: int = (await response.json())["id"]
        return chat


@asynccontextmanager
async def _listening(http: aiohttp.ClientSession) -> AsyncIterator[Answers]:
    answers, ready = Answers(http), asyncio.Event()
    listening = asyncio.create_task(answers.listen(ready))
    await asyncio.wait_for(ready.wait(), WAIT)
    try:
        yield answers
    finally:
        listening.cancel()
        await asyncio.wait({listening})


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    if sys.argv[1:2] == ["stock"]:
        asyncio.run(stock(sys.argv[2]))
    else:
        print(plain(rows()))
