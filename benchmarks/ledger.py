"""How fast messages go through the whole ledger: leased, begun, called, and each outcome committed, by one process.

The real sender and limiter (with no limit) send to the sandbox, in a process of its own; beside it the same sends without a
ledger, in the same run. Once on SQLite, once on a PostgreSQL with the settings that a user's server has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from telegram.ext import ExtBot

from benchmarks.answering import UNLIMITED
from benchmarks.databases import DATABASES
from benchmarks.sandbox import TOKEN, open_crowd, sandbox
from benchmarks.table import Row, compared
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


def rows(count: int = CHATS) -> list[Row]:
    """The measured rows; about two minutes."""
    table = []
    with sandbox() as base:
        numbers = asyncio.run(open_crowd(base, count))
        for name, opened in DATABASES.items():
            with opened() as url:
                ledger, bare = asyncio.run(measure(base, url, numbers))
            table.append(compared(f"through the ledger on {name}", ledger, "messages/s", "the same without one", bare))
    return table


async def measure(base: str, url: str, numbers: Sequence[int]) -> tuple[float, float]:
    """Messages a second through the ledger, and by the sender alone."""
    store = await Store.open(url, clock=Clock())
    try:
        await store.upgrade()
        await fill(store, numbers)
        async with sending(base) as sender:
            return await mail(store, sender, len(numbers)), await send(sender, numbers)
    finally:
        await store.close()


@asynccontextmanager
async def sending(base: str) -> AsyncIterator[TelegramSender]:
    bot = ExtBot[Any](
        TOKEN,
        base_url=f"{base}/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(1),
        rate_limiter=Lanes(UNLIMITED),
    )
    async with bot:
        yield TelegramSender(bot)


async def fill(store: Store, numbers: Sequence[int]) -> None:
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
        await tx.chats._run(insert(follows), [{"chat_id": number + 1} | wish for number in range(len(numbers))])
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


async def mail(store: Store, sender: TelegramSender, count: int) -> float:
    """A turn of delivery, until everybody is told."""
    delivery = Delivery(store, sender, SITE, store.clock)
    began = time.perf_counter()
    await delivery.turn()
    took = time.perf_counter() - began
    async with store.read() as tx:
        counts = await tx.notifications.counts()
    assert counts == {(Lane.POST, NotificationState.SENT): count}, counts
    return count / took


async def send(sender: TelegramSender, numbers: Sequence[int]) -> float:
    """The same messages, as many at once as the limiter lets through, and nothing written down."""
    message = Cards.of(Chat(1, 1, ChatKind.PRIVATE, ""), SITE, Clock().now()).says(["A new article", "Its text."])
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(telegram_id: int) -> None:
        async with turns:
            await sender.send(Chat(1, telegram_id, ChatKind.PRIVATE, ""), message, Lane.POST)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in numbers))
    return len(numbers) / (time.perf_counter() - began)
