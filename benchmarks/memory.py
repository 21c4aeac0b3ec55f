"""How much memory blogbot needs with a million chats and ten thousand posts: a real `blogbot run`, in a process of its own.

It is looked at once it is ready and its feeds are written, after some hundred answers, and after a fan-out to all chats; it
sends one message a second, so that the million waits. Beside it a bare echo bot, in the same run. Run alone with
`python -m benchmarks.memory`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from benchmarks.answering import POSTS, fill
from benchmarks.sends import sandbox
from benchmarks.table import Row, compared, plain
from blogbot.app.core import open_core
from blogbot.config import only

CHATS = 1_000_000
PEOPLE = 20
QUESTIONS = ("/latest", "/tags", "/tag topic 1", "/search topic", "/next", "/events", "/following", "/settings")
ROUNDS = 2
WAIT = 300.0
"""Seconds until what does not come is given up."""

TOKEN = "1234567:a-token-for-the-benchmark-only"

_CHATS = """WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    INSERT INTO chats (telegram_id, thread_id, kind, title, language, timezone, paused, active, digest, digest_hour,
        digest_day, topic_id, zone_asked)
    SELECT 1000000000 + n, 0, 'private', 'A reader', 'en', '', 0, 1, 'instant', 8, 0, 0, 0 FROM numbers"""
_FOLLOWS = "INSERT INTO follows (chat_id, kind, value, created, urgent) SELECT id, 'everything', '', 0, 0 FROM chats"

POST = "---\ntitle: {title}\ndate: {date}\n---\nWhat happened, in a few words.\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """Megabytes in memory at each moment, and the most at any time."""

    started: float
    answered: float
    fanned_out: float
    most: float


def rows() -> list[Row]:
    """The measured rows; several minutes, most of it the making of posts and chats."""
    found, bare = _ours(), _echo()
    what = f"{CHATS:,} chats and {POSTS:,} posts"
    moments = {
        f"memory with {what}, feeds written": found.started,
        f"the same after {PEOPLE * ROUNDS * len(QUESTIONS)} answers": found.answered,
        f"the same after a fan-out to {CHATS:,} chats": found.fanned_out,
        "the most at any time": found.most,
    }
    return [compared(name, value, "MB", "bare echo bot", bare) for name, value in moments.items()]


def _ours() -> Measured:
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as name, sandbox() as telegram:
        folder = Path(name)
        asyncio.run(_make(folder))
        with _running(folder, telegram) as (process, port):
            _until(lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
            _until((folder / "feeds" / "atom.xml").exists)
            started = _memory(process)
            asyncio.run(_ask(telegram))
            answered = _memory(process)
            today = datetime.now(UTC).strftime("%Y-%m-%d")
            (folder / "posts" / "new.md").write_text(POST.format(title="The newest article", date=today))
            _until(lambda: _notifications(folder) >= CHATS)
            time.sleep(5)  # the sends have begun by then
            return Measured(started, answered, _memory(process), _memory(process, "VmHWM"))


async def _make(folder: Path) -> None:
    """The posts through blogbot itself, the chats by SQL."""
    (folder / "posts").mkdir()
    (folder / "posts" / "old.md").write_text(POST.format(title="An old article", date="2020-01-01"))
    (folder / "blogbot.toml").write_text('[[sources]]\nlocation = "posts"\ninterval = 1\n')
    settings = only(database_url=f"sqlite:///{folder}/blogbot.db", feeds_dir=folder / "feeds")
    async with open_core(settings) as core:
        await fill(core)
    with sqlite3.connect(folder / "blogbot.db") as database:
        database.execute(_CHATS, (CHATS,))
        database.execute(_FOLLOWS)
    database.close()


@contextmanager
def _running(folder: Path, telegram: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`blogbot run`, at one message a second."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BLOGBOT_")}
    settings = {"TOKEN": TOKEN, "API_URL": telegram, "PORT": str(port), "RATE": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "blogbot", "run"],
            cwd=folder, env=clean | {f"BLOGBOT_{name}": value for name, value in settings.items()}, stderr=log,
        )  # fmt: skip
        try:
            yield process, port
        finally:
            process.kill()  # nothing of it is needed any more
            process.wait(10)


async def _ask(telegram: str) -> None:
    """Some people ask everything, each waiting for an answer before the next question."""
    async with aiohttp.ClientSession(telegram) as http:
        await asyncio.gather(*(_person(http, number) for number in range(PEOPLE)))


async def _person(http: aiohttp.ClientSession, number: int) -> None:
    async with http.post("/sandbox/chats", json={"type": "private", "title": f"Reader {number}"}) as response:
        chat = (await response.json())["id"]
    seen = 0
    for question in QUESTIONS * ROUNDS:
        async with http.post(f"/sandbox/chats/{chat}/messages", json={"text": question}) as response:
            seen = (await response.json())["message_id"]
        end = time.monotonic() + WAIT
        while not await _heard(http, chat, seen):
            if time.monotonic() > end:
                raise TimeoutError(f"{question} was not answered")
            await asyncio.sleep(0.05)


async def _heard(http: aiohttp.ClientSession, chat: int, after: int) -> bool:
    async with http.get(f"/sandbox/chats/{chat}/messages?after={after}") as response:
        return bool(await response.json())


def _echo() -> float:
    """A bare echo bot's megabytes, once it polls."""
    with sandbox() as telegram:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.answering", "echo", telegram], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            process.stdout.readline()
            return _memory(process)
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()


def _memory(process: subprocess.Popen[bytes], field: str = "VmRSS") -> float:
    """Megabytes, as the kernel counts them."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the process is over: {process.poll()}")


def _notifications(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder / 'blogbot.db'}?mode=ro", uri=True) as database:
        count: int = database.execute("SELECT count(*) FROM notifications").fetchone()[0]
    database.close()
    return count


def _answers(url: str) -> bool:
    async def ask() -> bool:
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            return response.status == 200

    try:
        return asyncio.run(ask())
    except aiohttp.ClientError:
        return False


def _until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not there():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.2)


if __name__ == "__main__":
    print(plain(rows()))
