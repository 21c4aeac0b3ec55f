"""How long an announcement takes to reach a million chats' queues, and how people are answered meanwhile: questions and
small changes are put to the store in the same process and event loop, as the bot's own would be, but without Telegram.

Beside it, on the same database in the same run, one plain INSERT ... SELECT of a million such rows: what the database needs
for the rows themselves. The PostgreSQL is a real one that syncs to the disk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from benchmarks.databases import DATABASES
from benchmarks.table import Row, compared, percentile
from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.model import AnnouncementKind, ChatKind, PostItem, Tag
from blogbot.store import PostRecord, Store

CHATS = 1_000_000
PAGE = 10_000
POSTS = 200
BETWEEN_QUESTIONS = 0.01
LEASE, LEASES = 64, 50
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count) "
_FILL = (
    """INSERT INTO chats (telegram_id, thread_id, kind, title, language, timezone, paused, active, digest, digest_hour,
        digest_day, topic_id, zone_asked)
    SELECT n, 0, 'private', 'A reader', 'en', '', false, true, 'instant', 8, 0, 0, false FROM numbers""",
    "INSERT INTO follows (chat_id, kind, value, created, urgent) SELECT n, 'everything', '', 0, false FROM numbers",
)
_PLAIN = """
    INSERT INTO notifications (announcement_id, chat_id, lane, state, due, deadline, not_before, expires, parked, attempts,
        reason, at)
    SELECT :announcement, id, 3, 'queued', 0, 0, 0, 1, 0, 0, '', 0 FROM chats ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds: of the whole fan-out, of the plain statement, and of each question and each small change meanwhile, and
    of each lease afterwards."""

    fan_out: float
    plain: float
    reads: list[float]
    writes: list[float]
    leases: list[float]


def rows(chats: int = CHATS) -> list[Row]:
    """The measured rows; about two minutes, most of it the making of the chats."""
    table = []
    for name, opened in DATABASES.items():
        with opened() as url:
            found = asyncio.run(measure(url, chats))
        table.append(
            compared(f"fan-out to {chats:,} chats, {name}", found.fan_out, "s", "one plain INSERT", found.plain)
        )
        table.append(Row(f"/latest meanwhile, p99, {name}", 1000 * percentile(found.reads, 0.99), "ms"))
        table.append(Row(f"a change meanwhile, p99, {name}", 1000 * percentile(found.writes, 0.99), "ms"))
        table.append(Row(f"a lease of {LEASE} of {chats:,}, p99, {name}", 1000 * percentile(found.leases, 0.99), "ms"))
    return table


# --- Measuring -------------------------------------------------------------------------------------------------------


async def measure(url: str, chats: int) -> Measured:
    clock = MovableClock(NOW)
    store = await Store.open(url, clock=clock)
    try:
        await store.upgrade()
        await _fill(store, chats)
        one, two = await _announce(store, "one"), await _announce(store, "two")
        reads: list[float] = []
        writes: list[float] = []
        blog = Blog(store, clock)
        async with _meanwhile(blog.latest, reads), _meanwhile(_change(store), writes):
            fan_out = await _fan_out(store, one, chats)
        leases = [await _timed(_lease(store)) for _ in range(LEASES)]
        started = time.perf_counter()
        await _execute(store, _PLAIN, announcement=two)
        return Measured(fan_out, time.perf_counter() - started, reads, writes, leases)
    finally:
        await store.close()


async def _fill(store: Store, chats: int) -> None:
    for statement in _FILL:
        await _execute(store, _NUMBERS + statement, count=chats)
    async with store.write() as tx:
        for number in range(POSTS):
            item = PostItem(
                f"post-{number}", f"post-{number}", f"Post {number}", "<p>What it says.</p>", authors=("Ann",)
            )
            published = NOW - timedelta(hours=number)
            given = PostRecord(
                item, item.slug, "", published, published, tags=(Tag("art", "Art"), Tag("bread", "Bread"))
            )
            await tx.posts.insert(given)
    if store.dialect == "postgresql":  # as autovacuum would have by then
        await _execute(store, "ANALYZE")


async def _announce(store: Store, key: str) -> int:
    async with store.write() as tx:
        post_id = (await tx.posts.latest(1, 0)).items[0].id
        expires = NOW + timedelta(days=1)
        added = await tx.announcements.add(key, AnnouncementKind.POST, NOW, expires, post_id=post_id, now=NOW)
        assert added is not None
        return added


async def _fan_out(store: Store, announcement_id: int, chats: int) -> float:
    started, made, done = time.perf_counter(), 0, False
    while not done:
        async with store.write() as tx:
            announcement = await tx.announcements.by_id(announcement_id)
            assert announcement is not None
            page = await tx.announcements.fan_out(announcement, NOW, PAGE)
        made, done = made + page.inserted, page.done
    if made != chats:
        raise RuntimeError(f"{made:,} notifications for {chats:,} chats")
    return time.perf_counter() - started


def _change(store: Store) -> Callable[[], Awaitable[None]]:
    """What a person's /start writes, always for the same chat."""

    async def change() -> None:
        async with store.write() as tx:
            await tx.chats.insert(1, ChatKind.PRIVATE, "A reader")

    return change


def _lease(store: Store) -> Callable[[], Awaitable[None]]:
    async def lease() -> None:
        async with store.write() as tx:
            parcels = await tx.notifications.lease(NOW, LEASE, NOW + timedelta(minutes=1), lowest=6)
            assert len(parcels) == LEASE
            await tx.notifications.begin(parcels, NOW)

    return lease


async def _timed(ask: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await ask()
    return time.perf_counter() - started


@asynccontextmanager
async def _meanwhile(ask: Callable[[], Awaitable[object]], times: list[float]) -> AsyncIterator[None]:
    """Asks again and again in the background, and notes how long each took; also the last, which may be the slowest."""
    over = asyncio.Event()

    async def go_on() -> None:
        while True:
            times.append(await _timed(ask))
            if over.is_set():
                return
            await asyncio.sleep(BETWEEN_QUESTIONS)

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        over.set()
        await task


async def _execute(store: Store, statement: str, **parameters: int) -> None:
    async with store._engines.writer.begin() as connection:
        await connection.execute(text(statement), parameters)
