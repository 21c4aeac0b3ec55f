"""The bot as one thing, against a Telegram over HTTP: what it is set up with, and how it gets its updates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from telegram import Update
from telegram.ext import TypeHandler

from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.bot import BotService
from blogbot.bot.passage import at_once
from blogbot.clock import MovableClock
from blogbot.model import Chat, ChatKind, Lane, Message, Site
from blogbot.store import Store
from tests.sandboxes import TOKEN, Sandbox
from tests.sandboxes import running as sandbox


def service(store: Store, clock: MovableClock, url: str, rate: float = 30, paid: Collection[Lane] = ()) -> BotService:
    return BotService(
        token=TOKEN,
        api_url=url.rstrip("/"),
        blog=Blog(store, clock),
        audience=Audience(store, clock),
        site=Site("Helping Hands", "https://helping.example.org"),
        clock=clock,
        feeds_dir="feeds",
        rate=rate,
        paid=paid,
    )


@asynccontextmanager
async def started(bot: BotService) -> AsyncIterator[asyncio.Queue[Update]]:
    """The bot at work, stopped at the end; the updates that it has worked on."""
    done: asyncio.Queue[Update] = asyncio.Queue()

    async def note(update: Update, _: object) -> None:
        done.put_nowait(update)

    bot._application.add_handler(TypeHandler(Update, note), group=1)  # after the conversation's own group
    await bot.start()
    listening = asyncio.create_task(bot.listen())
    try:
        async with asyncio.timeout(20):
            yield done
    finally:
        await bot.stop()
        await listening


async def said(telegram: Sandbox, chat: int) -> list[str]:
    """What the bot said in a chat."""
    messages = await telegram.get(f"chats/{chat}/messages?after=0")
    return [message["text"] for message in messages if message["from"]["is_bot"]]


async def test_it_answers_and_goes_on_answering_when_its_polls_get_fresh_connections(
    sqlite_store: Store, clock: MovableClock
) -> None:
    async with sandbox() as telegram:
        bot = service(sqlite_store, clock, telegram.url)
        async with started(bot) as done:
            ada = await telegram.chat()
            await telegram.post(f"chats/{ada}/messages", text="/latest")
            await done.get()
            await bot._reconnect()
            await telegram.post(f"chats/{ada}/messages", text="/tags")
            await done.get()
            assert len(await said(telegram, ada)) == 2


async def test_it_is_ready_once_it_listens_and_not_before(sqlite_store: Store, clock: MovableClock) -> None:
    async with sandbox() as telegram:
        bot = service(sqlite_store, clock, telegram.url)
        assert (bot.ready, bot.username) == (False, "")
        async with started(bot) as done:
            await telegram.post(f"chats/{await telegram.chat()}/messages", text="/latest")
            await done.get()
            assert (bot.ready, bot.username) == (True, "sandbox_123456_bot")


@pytest.mark.parametrize(
    ("lane", "paid_for"), [(Lane.CHANGE, True), (Lane.REMINDER, True), (Lane.POST, False), (Lane.ANSWER, False)]
)
async def test_only_the_lanes_that_the_operator_named_are_paid_for(
    sqlite_store: Store, clock: MovableClock, lane: Lane, paid_for: bool
) -> None:
    async with sandbox() as telegram:
        bot = service(sqlite_store, clock, telegram.url, rate=100, paid=(Lane.CHANGE, Lane.REMINDER))
        async with started(bot):
            ada = await telegram.chat()
            chat = Chat(id=1, telegram_id=ada, kind=ChatKind.PRIVATE, title="Ada")
            await bot.sender.send(chat, Message("Hello"), lane, at_once)
            sent = [call for call in await telegram.get("log") if call["method"].lower() == "sendmessage"]
        assert bool(sent[-1]["params"].get("allow_paid_broadcast")) is paid_for
        assert bot.sender.rate == 100
