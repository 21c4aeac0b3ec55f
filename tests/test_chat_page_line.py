"""The chat page when the sandbox goes and comes back, and when the demo's clock moves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from blogbot.sandbox import Telegram, create_sandbox, serve

from .browser import chromium_browser as chromium_browser
from .browser import looking_at
from .chat_page import YOU, chatting, keys, next_update, reply, say
from .chat_page import harbour as harbour
from .sandboxes import Sandbox, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The line to the sandbox


class Standing:
    """A sandbox that a test stops, and stands up again, empty, at the same port."""

    def __init__(self) -> None:
        self.port = 0
        self._stop = asyncio.Event()

    async def up(self) -> Telegram:
        app, ready, self._stop = create_sandbox(), asyncio.Event(), asyncio.Event()

        def on_ready(url: str) -> None:
            self.port = int(url.rstrip("/").rpartition(":")[2])
            ready.set()

        serving = serve(port=self.port, app=app, on_ready=on_ready, stop=self._stop)
        self._serving = asyncio.create_task(serving)
        await ready.wait()
        telegram: Telegram = app.state.telegram
        return telegram

    async def down(self) -> None:
        self._stop.set()
        await self._serving


async def test_a_lost_connection_is_told_and_recovers_by_itself(browser: Browser) -> None:
    standing = Standing()
    await standing.up()
    url = f"http://127.0.0.1:{standing.port}/sandbox/"
    async with looking_at(browser, url, errors=("ERR_", "Failed to load")) as page:
        await say(page, "heard")
        await expect(page.locator(".mine")).to_have_count(1)
        await standing.down()
        await expect(page.locator("#lost")).to_have_text("Connection lost. Trying again…")
        telegram = await standing.up()
        await expect(page.locator("#lost")).to_be_empty()
        await expect(page.locator("#roster a")).to_have_count(3)
        await expect(page.locator(".mine")).to_have_count(0)
        await say(page, "there again")
        await expect(page.locator(".mine")).to_contain_text("there again")
        assert [message.text for message in telegram.chats[YOU].messages.values()] == ["there again"]
    await standing.down()


async def test_without_events_the_page_asks(browser: Browser, sandbox: Sandbox) -> None:
    async with looking_at(browser, "about:blank", errors=("503",)) as page:
        await page.route("**/sandbox/events", lambda route: route.fulfill(status=503))
        await page.goto(f"{sandbox.url}sandbox/")
        await page.get_by_role("button", name="Start", exact=True).click()
        await reply(sandbox, "welcome", reply_markup=keys({"Tap": "t"}))
        await expect(page.locator(".theirs")).to_contain_text("welcome")
        await page.get_by_role("button", name="Tap").click()
        query = await next_update(sandbox, "callback_query")
        await sandbox.result("answerCallbackQuery", callback_query_id=query["id"], text="Good.")
        await expect(page.locator(".toast")).to_have_text("Good.")
        await expect(page.locator("#lost")).to_be_empty()


# The demo's clock


async def test_skipping_shows_the_demos_words_and_clock(browser: Browser) -> None:
    async def skip() -> dict[str, Any]:
        return {"text": "It is 2099.", "now": "2099-03-04T10:00:00+00:00"}

    async with running(skip=skip) as sandbox, chatting(browser, sandbox) as page:
        await expect(page.locator("#demo-clock")).to_be_hidden()
        await page.get_by_role("button", name="Skip to the next reminder").click()
        await expect(page.locator(".toast")).to_have_text("It is 2099.")
        await expect(page.locator("#demo-clock")).to_contain_text("The demo's clock shows Wed")


async def test_without_a_clock_to_move_there_is_no_skipping(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        assert await page.get_by_role("button", name="Skip").count() == 0
