"""The sandbox's chat page before a real sandbox, for the browser tests; the bot is a script of HTTP calls.

A test module gets the fixture `sandbox` by importing `harbour`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from .browser import looking_at
from .sandboxes import Sandbox, running

YOU, SAM, GROUP = 100_001, 100_002, -4_000_001
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
COMMANDS = [
    {"command": "latest", "description": "the newest articles"},
    {"command": "next", "description": "the next event"},
    {"command": "news", "description": "what is new"},
    {"command": "help", "description": "what I can do"},
]


@pytest_asyncio.fixture(loop_scope="session", name="sandbox")
async def harbour() -> AsyncIterator[Sandbox]:
    async with running() as served:
        await served.result("setMyName", name="Harbour Notes")
        await served.result("setMyCommands", commands=COMMANDS)
        yield served


@asynccontextmanager
async def chatting(browser: Browser, sandbox: Sandbox, **options: Any) -> AsyncIterator[Page]:
    """The page with Alex's chat open."""
    async with looking_at(browser, f"{sandbox.url}sandbox/", **options) as page:
        await page.locator("#roster a").nth(2).wait_for()
        if "is_mobile" in options:
            await page.get_by_role("link", name="Alex (you)").click()
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        yield page


async def say(page: Page, text: str) -> None:
    """Types into the field and sends."""
    await page.locator("#text").fill(text)
    await page.locator("#text").press("Enter")
    await expect(page.locator("#text")).to_have_value("")


async def reply(sandbox: Sandbox, text: str, chat: int = YOU, **params: Any) -> int:
    """The bot's message; gives its id."""
    return int((await sandbox.result("sendMessage", chat_id=chat, text=text, **params))["message_id"])


async def next_update(sandbox: Sandbox, kind: str) -> Any:
    """The next update of a kind that the bot gets."""
    while True:
        updates = await sandbox.updates(timeout=10)
        for update in updates:
            if kind in update:
                return update[kind]


def bubble(page: Page, message: int) -> Locator:
    """The node of a message."""
    return page.locator(f'[data-id="{message}"]')


def keys(*rows: dict[str, str] | list[dict[str, Any]]) -> dict[str, Any]:
    """An inline keyboard; a row is a list of buttons, or a dict of labels and callback data."""
    lines = [
        row if isinstance(row, list) else [{"text": text, "callback_data": data} for text, data in row.items()]
        for row in rows
    ]
    return {"inline_keyboard": lines}
