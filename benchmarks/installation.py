"""A whole blogbot as a user has it, with many followers: a folder with posts, its database, and `blogbot run` on it."""

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
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.material import fill
from benchmarks.sandbox import FIRST_CHAT, TOKEN
from blogbot.app.core import open_core
from blogbot.config import only

LONGEST = 300.0
"""Seconds until what does not come is given up."""

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ? - 1) "
_CHATS = f"""{_NUMBERS} INSERT INTO chats (telegram_id, thread_id, kind, title, language, timezone, paused, active, digest,
        digest_hour, digest_day, topic_id, zone_asked)
    SELECT {FIRST_CHAT} + n, 0, 'private', 'A reader', 'en', '', 0, 1, 'instant', 8, 0, 0, 0 FROM numbers"""
_FOLLOWS = "INSERT INTO follows (chat_id, kind, value, created, urgent) SELECT id, 'everything', '', 0, 0 FROM chats"
_POST = "---\ntitle: {title}\ndate: {date}\n---\nWhat happened, in a few words.\n"


@dataclass(frozen=True, slots=True)
class Installation:
    folder: Path

    @contextmanager
    def running(self, telegram: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """`blogbot run`, once it is ready and has written its feeds."""
        port = free_port()
        given = {"TOKEN": TOKEN, "API_URL": telegram, "PORT": str(port), **settings}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BLOGBOT_")}
        with (self.folder / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "blogbot", "run"], stderr=log,
                cwd=self.folder, env=clean | {f"BLOGBOT_{name}": value for name, value in given.items()},
            )  # fmt: skip
            try:
                until(lambda: _ready(port) and (self.folder / "feeds" / "atom.xml").exists(), process)
                yield process
            finally:
                process.kill()  # nothing of it is needed any more
                process.wait(10)

    def publish(self) -> None:
        """A new article, which is news to all who follow."""
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        (self.folder / "posts" / "new.md").write_text(_POST.format(title="The newest article", date=today))

    def notifications(self, state: str = "%") -> int:
        """How many there are, of all or in one state."""
        with closing(sqlite3.connect(self.folder / "blogbot.db", timeout=30)) as database:
            question = "SELECT count(*) FROM notifications WHERE state LIKE ?"
            count: int = database.execute(question, (state,)).fetchone()[0]
            return count


@contextmanager
def installed(followers: int, posts: int = 0) -> Iterator[Installation]:
    """On SQLite, with one old article in its source, and what else is wanted: the posts go through blogbot, the chats by SQL."""
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as name:
        folder = Path(name)
        asyncio.run(_make(folder, posts))
        with closing(sqlite3.connect(folder / "blogbot.db")) as database, database:
            database.execute(_CHATS, (followers,))
            database.execute(_FOLLOWS)
        yield Installation(folder)


async def _make(folder: Path, posts: int) -> None:
    (folder / "posts").mkdir()
    (folder / "posts" / "old.md").write_text(_POST.format(title="An old article", date="2020-01-01"))
    (folder / "blogbot.toml").write_text('[[sources]]\nlocation = "posts"\ninterval = 1\n')
    async with open_core(only(database_url=f"sqlite:///{folder}/blogbot.db", feeds_dir=folder / "feeds")) as core:
        if posts:
            await fill(core, posts)


def until(there: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Waits for what a process does. Raises where it ends or takes too long."""
    end = time.monotonic() + LONGEST
    while not there():
        if process.poll() is not None:
            raise RuntimeError(f"`blogbot run` ended with {process.returncode}")
        if time.monotonic() > end:
            raise TimeoutError("`blogbot run` did not do what was waited for")
        time.sleep(0.2)


def _ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
