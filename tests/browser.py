"""A real Chromium for the browser tests: found on this machine, started once.

A test module gets the fixture `browser` by importing `chromium_browser`. Where no Chromium is found, its tests are skipped
with a word on how to get one; in CI, where nobody would notice that, they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
ADVICE = (
    "No Chromium was found, so the browser tests cannot run. Install one (Debian and Ubuntu: apt-get install chromium; "
    "anywhere: .venv/bin/playwright install chromium), or name one in BLOGBOT_TEST_CHROMIUM."
)
# The first two are pages with which each new window would fill its address bar. The others Playwright itself switches off, in
# a list whose place this one takes.
SWITCHED_OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
# No sandbox of its own (root has none to give), no errands to its makers' servers, and one process for all pages of a context.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    f"--disable-features={','.join(SWITCHED_OFF)}",
)
AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
# All rules, but of what they find no more than is read.
BROKEN = """axe.run({resultTypes: ["violations"], selectors: false})
    .then(report => report.violations.map(each => `${each.id}: ${each.nodes[0].html}`))"""
PATIENCE = 15_000
"""Milliseconds until something that should happen has not; generous, for machines with much else to do."""


def chromium(playwright: Playwright) -> str | None:
    """The path of a Chromium: the one named, one on the path, one in its usual place, or Playwright's own."""
    named = os.environ.get("BLOGBOT_TEST_CHROMIUM")
    if named:
        return named
    found = (path for name in NAMES if (path := shutil.which(name)))
    places = (place for place in (*PLACES, playwright.chromium.executable_path) if Path(place).is_file())
    return next(found, None) or next(places, None)


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="browser")
async def chromium_browser() -> AsyncIterator[Browser]:
    """A Chromium for all tests of a run, which share its loop: mark them with asyncio(loop_scope="session")."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        path = chromium(playwright)
        if path is None and os.environ.get("CI"):
            pytest.fail(ADVICE)
        if path is None:
            pytest.skip(ADVICE)
        opened = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        usual = await _context(opened, {})
        await usual.new_page()  # while a page is open, its process is there for the next
        yield opened
        await opened.close()


@asynccontextmanager
async def looking_at(
    browser: Browser, url: str, *, errors: tuple[str, ...] = (), clock: bool = False, **options: Any
) -> AsyncIterator[Page]:
    """A page opened as by somebody new; `options` are those of a browser context, `clock` says whether its clock is moved.

    At the end, an error in its console (a refusal by the content security policy, too) fails the test, unless it
    contains one of `errors`.
    """
    said: list[str] = []
    asked: set[str] = set()
    # A context of its own costs several times what a page does.
    usual = not options and not clock
    context = browser.contexts[0] if usual else await _context(browser, options)

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(error in message.text for error in errors):
            said.append(message.text)

    page = await context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))
    await page.goto(url)
    try:
        yield page
    finally:
        await (_forget(context, asked) if usual else context.close())
    assert said == []


async def barriers(page: Page) -> list[str]:
    """What keeps people with a screen reader or a keyboard out of a page: the rules that it breaks, each with an example."""
    # By the driver, since the pages' own policy lets in no script of others.
    await page.evaluate(AXE)
    found: list[str] = await page.evaluate(BROKEN)
    return found


async def _forget(context: BrowserContext, asked: Set[str]) -> None:
    """Closes all pages but the first, and forgets what those that were asked left behind."""
    first, *visited = context.pages
    for page in visited:
        await page.close()
    session = await context.new_cdp_session(first)
    for origin in {urljoin(url, "/").rstrip("/") for url in asked if urlsplit(url).netloc}:
        await session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    await session.send("Network.clearBrowserCache")
    await session.detach()


async def _context(browser: Browser, options: dict[str, Any]) -> BrowserContext:
    usual = {"locale": "en-GB", "timezone_id": "Europe/London", "viewport": {"width": 1280, "height": 800}}
    context = await browser.new_context(**(usual | options))
    context.set_default_timeout(PATIENCE)
    return context
