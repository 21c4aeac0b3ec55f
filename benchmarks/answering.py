"""The bots that `answers` measures, each in a process of its own: ours with many posts, and a bare echo.

`python -m benchmarks.answering ours|echo ADDRESS` polls the sandbox at ADDRESS, and prints a line once it does.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.material import items
from blogbot.app.core import Core, open_core
from blogbot.bot.application import UPDATES, create_bot
from blogbot.bot.limiter import Lanes
from blogbot.bot.poller import Poller
from blogbot.bot.processor import ChatsInOrder, handle
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.schedule import Limits
from blogbot.config import load
from blogbot.intake import events, posts
from blogbot.intake.herald import Herald
from blogbot.model import EventItem

POSTS = 10_000
TOKEN = "1234567:a-token-for-the-benchmark-only"
BATCH = 500

UNLIMITED = Limits(rate=100_000, spacing=0.0, burst=100_000, group=100_000, group_reserve=0)
"""What is measured is the bot; Telegram's limits, which are slower than any of this, are kept out of the way."""


async def ours(address: str) -> None:
    """blogbot's conversation over a store of many posts."""
    with tempfile.TemporaryDirectory() as name:
        settings = load(database_url=f"sqlite+aiosqlite:///{name}/bench.db", feeds_dir=Path(name) / "feeds", sources=())
        async with open_core(settings) as core:
            await fill(core)
            application = create_bot(
                token=TOKEN,
                api_url=address,
                blog=core.blog,
                audience=core.audience,
                site=core.site,
                clock=core.clock,
                feeds_dir=str(settings.feeds_dir),
                request=AiohttpRequest(),
                updates_request=AiohttpRequest(),
                limiter=Lanes(UNLIMITED),
                processor=ChatsInOrder(),
            )
            async with application:
                await application.start()
                poller = Poller(application.bot, handle(application), allowed_updates=UPDATES)
                print("ready", flush=True)
                await poller.run()


async def fill(core: Core) -> None:
    """Many posts, searchable and tagged, and an event."""
    now = core.clock.now()
    drafts = [posts.draft(item) for item in items(POSTS)]
    for start in range(0, POSTS, BATCH):
        async with core.store.write() as tx:
            for draft in drafts[start : start + BATCH]:
                await posts.save(Herald(tx, now, quiet=True), draft, now=now)
    starts = (datetime.now(UTC) + timedelta(days=3)).replace(tzinfo=None)
    item = EventItem("talk", "A talk", starts, starts + timedelta(hours=1), "UTC", location="Room 1")
    async with core.store.write() as tx:
        await events.save(Herald(tx, now, quiet=True), item, untitled="Upcoming event", now=now)


async def echo(address: str) -> None:
    """The least that a python-telegram-bot bot can do: everything stock, and no work."""

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.effective_message and update.effective_message.text:
            await update.effective_message.reply_text(update.effective_message.text)

    application = Application.builder().token(TOKEN).base_url(f"{address}/bot").concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run({"ours": ours, "echo": echo}[sys.argv[1]](sys.argv[2]))
