"""A webhook gets every update once it takes them, in the order of each chat, under its secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.sandboxes import Sandbox, running

SECRET = "X-Telegram-Bot-Api-Secret-Token"


class Receiver:
    """A bot's web server. `answer` decides what each request gets; what was taken stands in `taken`."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: list[int] = []
        self.reply: dict[str, Any] | None = None
        self.taken: asyncio.Queue[tuple[str | None, dict[str, Any]]] = asyncio.Queue()
        self.gate: Callable[[], Awaitable[Any]] | None = None

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        if self.gate is not None:
            await self.gate()
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.taken.put_nowait((request.headers.get(SECRET), update))
        return web.json_response(self.reply, status=status)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as sandbox:
        yield sandbox


async def text(receiver: Receiver) -> str:
    async with asyncio.timeout(20):
        _, update = await receiver.taken.get()
    said: str = update["message"]["text"]
    return said


async def test_updates_come_to_the_webhook_with_its_secret(sandbox: Sandbox, receiver: Receiver) -> None:
    chat = await sandbox.chat()
    await sandbox.post(f"chats/{chat}/messages", text="before")
    assert await sandbox.result("setWebhook", url=receiver.url, secret_token="s3cret")
    await sandbox.post(f"chats/{chat}/messages", text="after")
    async with asyncio.timeout(20):
        taken = [await receiver.taken.get() for _ in range(2)]
    assert [(secret, update["message"]["text"]) for secret, update in taken] == [
        ("s3cret", "before"),
        ("s3cret", "after"),
    ]


async def test_an_update_that_was_not_taken_comes_again_before_the_next(sandbox: Sandbox, receiver: Receiver) -> None:
    chat, other = await sandbox.chat(), await sandbox.chat()
    receiver.statuses = [500, 302]
    await sandbox.result("setWebhook", url=receiver.url)
    for said in "abc":
        await sandbox.post(f"chats/{chat}/messages", text=said)
    assert [await text(receiver) for _ in "abc"] == list("abc")
    await sandbox.post(f"chats/{other}/messages", text="d")
    assert await text(receiver) == "d"
    info = await sandbox.result("getWebhookInfo")
    assert info["last_error_message"].startswith("Wrong response from the webhook: 302")
    assert info["url"] == receiver.url


async def test_chats_do_not_wait_for_each_other(sandbox: Sandbox, receiver: Receiver) -> None:
    one, two = await sandbox.chat(), await sandbox.chat()
    both = asyncio.Barrier(2)
    receiver.gate = both.wait
    await sandbox.result("setWebhook", url=receiver.url)
    await sandbox.post(f"chats/{one}/messages", text="a")
    await sandbox.post(f"chats/{two}/messages", text="b")
    assert {await text(receiver), await text(receiver)} == {"a", "b"}


async def test_a_webhook_may_answer_with_a_call(sandbox: Sandbox, receiver: Receiver) -> None:
    chat = await sandbox.chat()
    receiver.reply = {"method": "sendMessage", "chat_id": chat, "text": "answer"}
    await sandbox.result("setWebhook", url=receiver.url)
    await sandbox.post(f"chats/{chat}/messages", text="question")
    await text(receiver)
    async with asyncio.timeout(20):
        while len(messages := await sandbox.get(f"chats/{chat}/messages")) < 2:
            pass
    assert messages[1]["text"] == "answer"


async def test_polling_and_a_webhook_exclude_each_other(sandbox: Sandbox, receiver: Receiver) -> None:
    chat = await sandbox.chat()
    receiver.statuses = [503] * 1000
    await sandbox.result("setWebhook", url=receiver.url)
    status, reason = await sandbox.refusal("getUpdates")
    assert (status, reason[:33]) == (409, "Conflict: can't use getUpdates me")
    await sandbox.post(f"chats/{chat}/messages", text="kept")
    assert (await sandbox.result("getWebhookInfo"))["pending_update_count"] == 1
    assert await sandbox.result("deleteWebhook")
    assert [update["message"]["text"] for update in await sandbox.updates()] == ["kept"]
    assert (await sandbox.result("getWebhookInfo"))["url"] == ""


async def test_waiting_updates_may_be_dropped(sandbox: Sandbox, receiver: Receiver) -> None:
    chat = await sandbox.chat()
    await sandbox.post(f"chats/{chat}/messages", text="old")
    await sandbox.result(
        "setWebhook", url=receiver.url, drop_pending_updates=True, allowed_updates=json.dumps(["message"])
    )
    await sandbox.post(f"chats/{chat}/messages", text="new")
    assert await text(receiver) == "new"
    assert (await sandbox.result("getWebhookInfo"))["allowed_updates"] == ["message"]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"url": "http://example.org/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "hook"}, "bad webhook: invalid webhook URL specified"),
        ({"url": "https://[x/"}, "bad webhook: invalid webhook URL specified"),
        ({"url": "http://127.0.0.1/", "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ],
)
async def test_a_wrong_webhook_is_refused(sandbox: Sandbox, params: dict[str, Any], reason: str) -> None:
    assert await sandbox.refusal("setWebhook", **params) == (400, f"Bad Request: {reason}")
