"""The bot's machinery against a Telegram over real HTTP: the sandbox, as strict as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram import Update
from telegram.ext import ExtBot

from blogbot import errors
from blogbot.bot.limiter import Lanes
from blogbot.bot.poller import Poller
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.sender import TelegramSender
from blogbot.model import Button, Chat, ChatKind, Lane, Message
from blogbot.sandbox import serve
from tests.offline import TOKEN


class World:
    """A sandbox, a bot in it, and the person's side."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self._session = session
        self.bot = ExtBot[Any](
            TOKEN,
            base_url=f"{base}/bot",
            request=AiohttpRequest(),
            get_updates_request=AiohttpRequest(1),
            rate_limiter=Lanes(rest=lambda: 0.0),
        )
        self.sender = TelegramSender(self.bot)

    async def person(self, path: str, body: Any = None) -> Any:
        """Asks the person's side: POST with a body, GET without."""
        method = "GET" if body is None else "POST"
        async with self._session.request(method, f"{self.base}/sandbox{path}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def chat(self, kind: ChatKind = ChatKind.PRIVATE) -> Chat:
        made = await self.person("/chats", {"type": kind.value, "title": "Ada"})
        return Chat(id=1, telegram_id=made["id"], kind=kind, title="Ada")

    async def messages(self, chat: Chat) -> list[dict[str, Any]]:
        return list(await self.person(f"/chats/{chat.telegram_id}/messages"))

    async def accepted(self, method: str) -> int:
        return sum(call["method"].lower() == method.lower() for call in await self.person("/log"))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(port=0, stop=stop, on_ready=ready.set_result))
    base = (await ready).rstrip("/")
    async with aiohttp.ClientSession() as session:
        made = World(base, session)
        async with made.bot:
            yield made
    stop.set()
    await server


async def test_a_message_arrives_with_its_buttons_and_is_edited_in_place(world: World) -> None:
    chat = await world.chat()
    message = Message(
        "<b>Grüße</b> &amp; co", ((Button("More", data="1:m"), Button("Read", url="https://x.example/")),)
    )
    number = await world.sender.send(chat, message, Lane.POST)
    [shown] = await world.messages(chat)
    assert (shown["message_id"], shown["text"]) == (number, "Grüße & co")
    assert shown["entities"][0]["type"] == "bold"
    assert [button["text"] for button in shown["reply_markup"]["inline_keyboard"][0]] == ["More", "Read"]
    assert await world.sender.edit(chat, number, Message("New")) is True
    assert await world.sender.edit(chat, number, Message("New")) is False
    [shown] = await world.messages(chat)
    assert shown["text"] == "New"


async def test_a_document_arrives_whole(world: World) -> None:
    chat = await world.chat()
    await world.sender.send_document(chat, "Über uns.ics", b"BEGIN:VCALENDAR\r\n" * 1000, Message("<i>Here</i>"))
    [shown] = await world.messages(chat)
    assert (shown["document"]["file_name"], shown["caption"]) == ("Über uns.ics", "Here")
    file = await world.bot.get_file(shown["document"]["file_id"])
    assert file.file_size == len(b"BEGIN:VCALENDAR\r\n" * 1000)


@pytest.mark.parametrize("html", ["<b>never closed", "<madeup>x</madeup>", "a < b"])
async def test_what_telegram_cannot_read_arrives_as_plain_text(world: World, html: str) -> None:
    chat = await world.chat()
    await world.sender.send(chat, Message(html), Lane.POST)
    [shown] = await world.messages(chat)
    assert shown["text"]
    assert "entities" not in shown


async def test_what_is_too_long_arrives_cut(world: World) -> None:
    chat = await world.chat()
    await world.sender.send(chat, Message("<b>" + "\U0001f600 word " * 2000 + "</b>"), Lane.POST)
    [shown] = await world.messages(chat)
    assert 3500 < len(shown["text"].encode("utf-16-le")) // 2 <= 4096


@pytest.mark.parametrize(
    ("fault", "kind", "arrives"),
    [
        ({"error_code": 403, "description": "Forbidden: bot was blocked by the user"}, errors.ChatGone, 0),
        ({"error_code": 400, "description": "Bad Request: chat not found"}, errors.ChatGone, 0),
        ({"error_code": 429, "retry_after": 3}, errors.RetryLater, 0),
        ({"error_code": 500}, errors.RetryLater, 0),
        ({"error_code": 400, "migrate_to_chat_id": -1007}, errors.ChatMigrated, 0),
        ({"error_code": 401, "description": "Unauthorized"}, errors.TokenRejected, 0),
        ({"drop_reply": True}, errors.InDoubt, 1),
    ],
)
async def test_each_fault_has_its_meaning(
    world: World, fault: dict[str, Any], kind: type[errors.DeliveryError], arrives: int
) -> None:
    chat = await world.chat()
    await world.person("/faults", {"method": "sendMessage", "chat_id": chat.telegram_id, **fault})
    with pytest.raises(kind):
        await world.sender.send(chat, Message("Hi"), Lane.REMINDER)
    assert len(await world.messages(chat)) == arrives
    assert await world.accepted("sendMessage") == arrives


async def test_a_blocked_bot_is_told_so(world: World) -> None:
    chat = await world.chat()
    await world.person(f"/chats/{chat.telegram_id}/block", {})
    with pytest.raises(errors.ChatGone):
        await world.sender.send(chat, Message("Hi"), Lane.POST)


async def test_a_reply_that_comes_too_late_leaves_a_doubt(world: World) -> None:
    chat = await world.chat()
    await world.person("/faults", {"method": "sendMessage", "delay": 1.0})
    request = AiohttpRequest(read_timeout=0.2)
    bot = ExtBot[Any](
        TOKEN, base_url=f"{world.base}/bot", request=request, get_updates_request=request, rate_limiter=Lanes()
    )
    async with bot:
        with pytest.raises(errors.InDoubt):
            await TelegramSender(bot).send(chat, Message("Hi"), Lane.POST)


async def test_an_answer_waits_out_its_chats_pause_while_others_go_on(world: World) -> None:
    chat, other = await world.chat(), await world.chat()
    fault = {"method": "sendMessage", "chat_id": chat.telegram_id, "error_code": 429, "retry_after": 3}
    await world.person("/faults", fault)
    answer = asyncio.create_task(world.sender.send(chat, Message("Hi"), Lane.ANSWER))
    async with asyncio.timeout(2.5):
        await world.sender.send(other, Message("Hi"), Lane.POST)
    assert not answer.done()
    await answer
    assert len(await world.messages(chat)) == 1


@pytest.mark.parametrize("code", [500, 502, 503])
async def test_an_answer_outlives_two_errors_of_the_server(world: World, code: int) -> None:
    chat = await world.chat()
    await world.person("/faults", {"method": "sendMessage", "error_code": code, "times": 2})
    number = await world.sender.send(chat, Message("Hi"), Lane.ANSWER)
    assert [shown["message_id"] for shown in await world.messages(chat)] == [number]


@pytest.mark.parametrize("method", ["sendMessage", "sendDocument"])
async def test_an_answer_that_may_have_arrived_is_not_said_twice(world: World, method: str) -> None:
    chat = await world.chat()
    await world.person("/faults", {"method": method, "drop_reply": True})
    sender, hi = world.sender, Message("Hi")
    sending = (
        sender.send(chat, hi, Lane.ANSWER) if method == "sendMessage" else sender.send_document(chat, "x", b"x", hi)
    )
    with pytest.raises(errors.InDoubt):
        await sending
    assert len(await world.messages(chat)) == 1


async def test_a_mailing_stays_below_telegrams_limits(world: World) -> None:
    limits = {"per_second": 30, "per_chat_per_second": 1, "per_group_per_minute": 20}
    chats = [await world.chat() for _ in range(75)]
    await world.person("/limits", limits)
    await asyncio.gather(*(world.sender.send(chat, Message("Hi"), Lane.POST) for chat in chats))
    assert await world.accepted("sendMessage") == len(chats)


async def test_polling_takes_what_people_write(world: World) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def note(update: Update) -> None:
        assert update.effective_message is not None
        await seen.put(update.effective_message.text or "")

    poller = Poller(world.bot, note)
    running = asyncio.create_task(poller.run())
    chat = await world.chat()
    async with asyncio.timeout(10):
        for text in ("one", "two"):
            await world.person(f"/chats/{chat.telegram_id}/messages", {"text": text})
            assert await seen.get() == text
        await poller.stop()
        await running
    again = await world.bot.get_updates(timeout=0)
    assert again == ()
