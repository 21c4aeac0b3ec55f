"""How long people wait for the first byte of a page, for each kind of page, over real HTTP.

A page is asked for as a browser does, compressed, and each time by an address that nobody asked for before, so that it is made anew;
last, one that somebody had a moment ago. Beside the wait stands the server's own processor time, in which nobody else on the machine
has a part.
"""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from benchmarks.material import AUTHORS, fill, items, relate
from benchmarks.table import Row, compared, percentile
from benchmarks.web import Reader, blogbot, processor_time, running
from blogbot.app.core import open_core
from blogbot.config import only
from blogbot.intake import events
from blogbot.intake.herald import Herald
from blogbot.model import EventItem
from blogbot.web.pages import POSTS

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "home": "/",
        "a list of articles": "/posts/?page={page}",
        "an article": "/posts/post-{post}",
        "all topics": "/tags/",
        "a topic": "/tags/topic-{tag}",
        "an author": "/authors/author-{author}",
        "events": "/events",
        "a month": "/events?month={month}",
        "an event": "/events/{event}",
        "a search": "/search?q={word}",
        "all feeds": "/feeds/",
        "a feed of one's own": "/feeds/custom/atom.xml?tag=topic-{tag}&author=author-{author}",
    }
)
AIM = 10.0
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many posts and events there are, and how often each kind of page is asked for."""

    posts: int = 10_000
    events: int = 400
    times: int = 200


def rows(size: Size = Size()) -> list[Row]:
    """The measured rows; most of the time goes by with the making of posts."""
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as name:
        feeds = Path(name) / "feeds"
        feeds.mkdir()
        asyncio.run(_make(Path(name), size))
        with running(blogbot, feeds) as (process, port), Reader(port) as reader:
            visits = _Visits(size, process.pid, reader)
            made = [row for kind, path in KINDS.items() for row in visits.rows(kind, path)]
            return [*made, *visits.rows("home again", "/", new=False)]


class _Visits:
    def __init__(self, size: Size, pid: int, reader: Reader) -> None:
        self._size = size
        self._pid = pid
        self._reader = reader
        self._draw = random.Random(1)
        some = items(min(size.posts, 50))
        self._tags = [tag.rpartition(" ")[2] for item in some for tag in item.tags]
        self._words = [word for item in some for word in item.title.split()]

    def rows(self, kind: str, path: str, *, new: bool = True) -> Iterator[Row]:
        """Of pages that are made, or, if not `new`, of one that was."""
        self._wait(path)  # what is loaded and compiled when it is needed first
        before = processor_time(self._pid)
        marks = (f"{'&' if '?' in path else '?'}visit={number}" if new else "" for number in range(self._size.times))
        waited = [self._wait(path + mark) for mark in marks]
        had = (processor_time(self._pid) - before) / self._size.times * 1000
        what = f"{kind} among {self._size.posts:,} posts, first byte"
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            yield compared(f"{what}, {name}", percentile(waited, share), "ms", "the aim", AIM)
        yield Row("of which processor time", had, "ms")

    def _wait(self, path: str) -> float:
        """Milliseconds until the first byte of some page of a kind."""
        path = self._drawn(path)
        begun = time.perf_counter()
        self._reader.say(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n".encode())
        self._reader.first()
        waited = (time.perf_counter() - begun) * 1000
        status = self._reader.hear()[":status"]
        if status != "200":
            raise RuntimeError(f"{path} was answered with {status}")
        return waited

    def _drawn(self, path: str) -> str:
        draw, size = self._draw, self._size
        return path.format(
            page=draw.randrange(math.ceil(size.posts / POSTS)) + 1,
            post=draw.randrange(size.posts),
            tag=draw.choice(self._tags),
            author=draw.randrange(min(size.posts, AUTHORS)),
            month=f"{datetime.now(UTC) + timedelta(days=draw.randrange(-size.events // 2, size.events // 2)):%Y-%m}",
            event=draw.randrange(size.events) + 1,
            word=draw.choice(self._words),
        )


async def _make(folder: Path, size: Size) -> None:
    settings = only(database_url=f"sqlite:///{folder}/blogbot.db", feeds_dir=folder / "feeds")
    async with open_core(settings) as core:
        await fill(core, size.posts)
        await relate(core)
        now = core.clock.now()
        async with core.store.write() as tx:
            for number in range(size.events):
                await events.save(Herald(tx, now, quiet=True), _event(number, size, now), untitled="", now=now)


def _event(number: int, size: Size, now: datetime) -> EventItem:
    """One a day, half of them over; each tenth comes again every week."""
    starts = (now + timedelta(days=number - size.events // 2)).replace(tzinfo=None, microsecond=0)
    recurrence = () if number % 10 else ("RRULE:FREQ=WEEKLY;COUNT=20",)
    title, ends = f"Meeting {number}", starts + timedelta(hours=1)
    return EventItem(f"meeting-{number}", title, starts, ends, "UTC", location="Room 1", recurrence=recurrence)
