"""The sandbox serves this machine only, and a stock python-telegram-bot takes it for Telegram."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from blogbot.sandbox import Telegram, create_sandbox, sandbox_routes, serve
from tests.sandboxes import TOKEN, Sandbox, running


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as sandbox:
        yield sandbox


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{sandbox.url}bot", base_file_url=f"{sandbox.url}file/bot") as bot:
        yield bot


async def test_a_stock_bot_writes_edits_and_sends_a_file(sandbox: Sandbox, bot: Bot) -> None:
    chat = await sandbox.chat()
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    html = 'On <tg-time unix="1800000000" format="wDT">Friday</tg-time>: <b>é😀</b> &amp; more'
    sent = await bot.send_message(chat, html, ParseMode.HTML, reply_markup=keyboard)
    assert sent.text == "On Friday: é😀 & more"
    assert [entity.type for entity in sent.entities] == [MessageEntity.DATE_TIME, MessageEntity.BOLD]
    assert sent.entities[0].unix_time == datetime.fromtimestamp(1_800_000_000, UTC)
    edited = await bot.edit_message_text("new", chat, sent.message_id, reply_markup=keyboard)
    assert isinstance(edited, Message)
    assert edited.text == "new"
    document = (await bot.send_document(chat, b"BEGIN:VCALENDAR", filename="event.ics", caption="Add it")).document
    assert document is not None
    file = await bot.get_file(document)
    assert (document.file_name, bytes(await file.download_as_bytearray())) == ("event.ics", b"BEGIN:VCALENDAR")
    assert await bot.delete_message(chat, sent.message_id)


async def test_a_stock_bot_gets_and_answers_a_tap(sandbox: Sandbox, bot: Bot) -> None:
    chat = await sandbox.chat()
    await sandbox.post(f"chats/{chat}/messages", text="/start post-1")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    sent = await bot.send_message(chat, "x", reply_markup=keyboard)
    await sandbox.post(f"chats/{chat}/taps", message_id=sent.message_id, data="more")
    message, tap = await bot.get_updates(timeout=1)
    assert message.message is not None
    assert message.message.parse_entities([MessageEntity.BOT_COMMAND]) == {message.message.entities[0]: "/start"}
    assert tap.callback_query is not None
    assert tap.callback_query.message is not None
    assert tap.callback_query.message.message_id == sent.message_id
    assert await tap.callback_query.get_bot().answer_callback_query(tap.callback_query.id, "Done")
    assert [toast["text"] for toast in await sandbox.get(f"chats/{chat}/toasts")] == ["Done"]


async def test_a_stock_bot_says_who_it_is(sandbox: Sandbox, bot: Bot) -> None:
    chat = await sandbox.chat()
    assert (await bot.get_me()).username == "sandbox_123456_bot"
    assert await bot.set_my_commands([BotCommand("next", "Next event")], BotCommandScopeChat(chat), "en")
    assert await bot.get_my_commands(BotCommandScopeChat(chat), "en") == (BotCommand("next", "Next event"),)
    assert await bot.set_my_description("Tells the news")
    assert (await bot.get_my_description()).description == "Tells the news"
    assert (await bot.get_chat(chat)).first_name == "Alex"
    assert (await bot.get_chat_member(chat, chat)).status == "member"
    assert await bot.set_webhook("https://example.org/hook", secret_token="s")
    with pytest.raises(Conflict):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    assert await bot.delete_webhook()


async def test_a_stock_bot_understands_every_refusal(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the library warns of its own future
    chat = await sandbox.chat()
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities"):
        await bot.send_message(chat, "<p>x</p>", ParseMode.HTML)
    await sandbox.post("faults", method="sendMessage", error_code=429, retry_after=3)
    with pytest.raises(RetryAfter):
        await bot.send_message(chat, "x")
    await sandbox.post("faults", method="sendMessage", drop_reply=True)
    with pytest.raises(NetworkError):
        await bot.send_message(chat, "x")
    await sandbox.post(f"chats/{chat}/block")
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(chat, "x")
    with pytest.raises(InvalidToken):
        async with Bot("1:x", base_url=f"{sandbox.url}bot"):
            pass


# The server


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::", ""])
async def test_other_machines_are_not_served(host: str) -> None:
    with pytest.raises(ValueError, match="listens on this machine only"):
        await serve(host)


async def test_a_taken_port_is_an_error_of_its_own() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"[Aa]ddress"):
            await serve(port=taken.getsockname()[1])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_free_port_is_found_and_told(host: str) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(host, on_ready=ready.set_result, stop=stop))
    url = await ready
    assert url.startswith("http://127.0.0.1:")
    stop.set()
    await serving


async def test_the_routes_may_stand_beside_others() -> None:
    telegram = Telegram()
    app = Starlette(routes=[*sandbox_routes(telegram), Mount("/", Starlette())])
    app.state.telegram = telegram
    async with running(app) as sandbox:
        chat = await sandbox.chat()
        assert (await sandbox.result("sendMessage", chat_id=chat, text="x"))["message_id"] == 1


async def test_stopping_does_not_wait_for_a_poll() -> None:
    app = create_sandbox()
    events = app.state.telegram.broadcast.listen(pause=60)
    assert await anext(events) == ("hello", {})
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app=app, on_ready=ready.set_result, stop=stop))
    async with aiohttp.ClientSession(await ready) as session, asyncio.timeout(40):
        sandbox = Sandbox("", session, app)
        poll = asyncio.create_task(sandbox.result("getUpdates", timeout=50))
        assert await anext(events) == ("bots", {}), "the call has arrived"
        stop.set()
        assert await poll == []
        await serving
    await events.aclose()
