"""The script for the organisation's own pages, in a real Chromium, on a page of another origin: it fills what is empty, and is no trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.browser import barriers, looking_at
from tests.browser import chromium_browser as chromium_browser
from tests.pages_site import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = (Path(__file__).parent / "own_site.html").read_text("utf-8")
STYLE = """body { font: 18px/1.6 sans-serif; margin: 2rem } .columns { display: flex; gap: 2rem } main { flex: 3 }
aside { flex: 1; order: 2 } ul { list-style: none; padding: 0 }"""
TEXT = "<p>We asked everyone what they would keep, and wrote down what they said. Then we asked again.</p>" * 25
# What the browser itself says of a request that led to nothing.
NETWORK = ("Failed to load resource",)
# Shifts of what a reader sees, as Chromium itself counts them.
WATCH = """new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted = (window.shifted || 0) + entry.value;
}).observe({type: "layout-shift", buffered: true})"""


class OwnSite:
    """The organisation's site: one page, as the test wants it, under a strict policy."""

    def __init__(self) -> None:
        self.page = ""
        self.policy = ""
        self.bot = ""

    def routes(self) -> list[Route]:
        return [Route("/own-site", self._page), Route("/own-site.css", self._style)]

    def show(self, page: str = PAGE, *, said: str = "", canonical: str = "", bot: str = "") -> str:
        """The page's address, on another origin than the bot's. `said` are attributes of the script."""
        bot = bot or self.bot
        tag = f'<script src="{bot}boxes.js" async {said}></script>'
        canonical = canonical or f"{self.bot}posts/first-hundred-days"
        self.page = page.replace("{script}", tag).replace("{canonical}", canonical).replace("{text}", TEXT)
        self.policy = f"default-src 'none'; style-src 'self'; script-src {bot}; connect-src {bot}"
        return self.bot.replace("127.0.0.1", "localhost") + "own-site"

    async def _page(self, _: Request) -> Response:
        return Response(self.page, media_type="text/html", headers={"Content-Security-Policy": self.policy})

    async def _style(self, _: Request) -> Response:
        return Response(STYLE, media_type="text/css")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnSite]:
    site = OwnSite()
    async with served(tmp_path_factory.mktemp("site"), extra=site.routes()) as address:
        site.bot = address
        yield site


def wrapped(body: str) -> str:
    return f'<!DOCTYPE html><html lang="en"><head><title>A page</title><link rel="canonical" href="{{canonical}}">{{script}}</head><body>{body}</body></html>'


async def settle(page: Page) -> None:
    """Until all answers are there and written."""
    await page.wait_for_load_state("networkidle")
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def test_the_empty_boxes_of_a_page_are_filled(browser: Browser, own_site: OwnSite) -> None:
    async with looking_at(browser, own_site.show()) as page:
        related = page.get_by_role("list", name="Related Blog Articles")
        tags = page.get_by_role("list", name="Tags assigned to this article:")
        await expect(related.get_by_role("listitem")).not_to_have_count(0)
        await expect(tags.get_by_role("link", name="Leadership")).to_have_attribute(
            "href", f"{own_site.bot}tags/leadership"
        )
        hrefs = await related.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
        assert hrefs
        assert all(href.startswith("http") for href in hrefs)
        event = page.locator("aside .widget").first
        await expect(event.locator("a")).to_have_count(1)
        assert "2026-11-" in (await event.locator("time").get_attribute("datetime") or "")
        assert "Nov 2026" in await event.locator("time").inner_text()
        await expect(page.get_by_role("heading")).to_have_count(4)
        assert await page.evaluate("document.activeElement === document.body"), "the focus stays where it was"
        assert await barriers(page) == []


@pytest.mark.parametrize("scrolled", [False, True], ids=["at the top", "at the end"])
async def test_nothing_that_is_read_moves(browser: Browser, own_site: OwnSite, scrolled: bool) -> None:
    below = PAGE.replace('<div class="widget"><h3>Next Upcoming Event</h3></div>\n', "")
    async with looking_at(browser, "about:blank") as page:
        await page.add_init_script(WATCH)
        held = await hold(page)
        await page.goto(own_site.show(below))
        if scrolled:
            await page.mouse.wheel(0, 300)
        await held.let_go()
        await settle(page)
        await expect(page.locator("main ul")).to_have_count(2)
        assert (await page.evaluate("window.shifted") or 0) < 0.01


async def test_on_a_phone_the_event_has_its_room_before_it_is_there(browser: Browser, own_site: OwnSite) -> None:
    body = "<aside><h3>Next Upcoming Event</h3></aside><main><h1>What we learnt</h1>{text}</main>"
    phone: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    async with looking_at(browser, "about:blank", **phone) as page:
        await page.add_init_script(WATCH)
        # Nothing is drawn without the style, which comes once the script has run and asked.
        answers, style = await hold(page), await hold(page, "**/own-site.css")
        viewport = (
            '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/own-site.css"></head>'
        )
        async with page.expect_request("**/api/next"):
            await page.goto(own_site.show(wrapped(body).replace("</head>", viewport)), wait_until="commit")
        await style.let_go()
        await page.wait_for_load_state()
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        await answers.let_go()
        await expect(page.locator("aside time")).to_be_in_viewport()
        await settle(page)
        assert (await page.evaluate("window.shifted") or 0) == 0


class Held:
    """Requests, kept waiting until they are let go: to the API, until the page has been painted."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.open = False

    async def take(self, route: Any) -> None:
        if self.open:
            await route.continue_()
        else:
            self.waiting.append(route)

    async def let_go(self) -> None:
        self.open = True
        for route in self.waiting:
            await route.continue_()


async def hold(page: Page, what: str = "**/api/*") -> Held:
    held = Held()
    await page.route(what, held.take)
    return held


FULL = (
    "<h3>Tags</h3><ul><li>Ours</li></ul>",
    "<h3>Tags</h3>\n<p>None.</p>",
    "<div><h3>Tags</h3></div><div><a href='/x'>Ours</a></div>",
    "<h3>Related articles</h3><h4><a href='/x'>Ours</a></h4>",
    "<h3>Related articles</h3><article><p>Ours, on</p><b>Tags</b></article>",
    "<div><h2>Related articles</h2></div><div><h3><a href='/x'>Ours</a></h3></div>",
    "<h3>Tags</h3><svg></svg>",
    "<p><strong>Tags:</strong> <a href='/x'>ours</a></p>",
    "<h3>Next upcoming event</h3>Tue, 9 July",
    "<div data-blogbot='tags'><h3>Topics</h3>ours</div>",
    "<nav><a href='/x'>Ours</a> <b>Tags</b></nav>",
    "<a href='/x'><b>Tags</b></a>",
    "<dl><dt><b>Tags</b></dt><dd>Ours</dd></dl>",
    "<table><tbody><tr><th><b>Tags</b></th></tr></tbody></table>",
    "<h3>Other</h3>",
    "<h3></h3>",
    "<div data-blogbot='unknown'></div>",
)


@pytest.mark.parametrize("body", FULL)
async def test_what_holds_anything_stays_as_it_is(browser: Browser, own_site: OwnSite, body: str) -> None:
    async with looking_at(browser, own_site.show(wrapped(f"<main>{body}</main>"))) as page:
        before = await page.locator("main").evaluate("node => node.outerHTML")
        await settle(page)
        assert await page.locator("main").evaluate("node => node.outerHTML") == before


EMPTY = (
    ("<h3>Tags</h3><ul></ul>", "h3 + ul > li a"),
    ("<h3>Tags:</h3><!-- none --><p> </p><footer>Ours</footer>", "h3 + ul[role=list] > li a"),
    ("<h3>TAGS</h3><h3>Related articles</h3>", "h3 + ul > li a"),
    ("<header><h3>Tags</h3></header><ul></ul>", "header + ul > li a"),
    ("<h3>Tags</h3><div><h3>Next event</h3></div>", "h3 + ul > li a"),
    ("<div data-blogbot='tags'></div>", "div > ul > li a"),
    ("<ul data-blogbot='tags'></ul>", "ul > li a"),
    ("<section hidden data-blogbot='related'><h2>More</h2></section>", "section:not([hidden]) > h2 + ul > li a"),
    ("<ul data-blogbot='next'></ul>", "ul > li a + time"),
    ("<h2>Schlagwörter:</h2>", "h2 + ul > li a"),
    ("<dl><dt><b>Tags</b></dt><dd></dd></dl>", "dt + dd > ul > li a"),
    ("<table><tbody><tr><th><b>Tags</b></th><td> </td></tr></tbody></table>", "th + td > ul > li a"),
)


@pytest.mark.parametrize(("body", "filled"), EMPTY)
async def test_what_is_empty_is_filled_where_it_stands(
    browser: Browser, own_site: OwnSite, body: str, filled: str
) -> None:
    address = own_site.show(wrapped(f"<main>{body}</main>"), said='data-tags="Themen|Schlagwörter"')
    async with looking_at(browser, address) as page:
        await expect(page.locator("main").locator(filled).first).to_be_visible()


async def test_pasted_twice_it_fills_once(browser: Browser, own_site: OwnSite) -> None:
    twice = wrapped("<main><h3>Tags</h3></main>{script}")
    async with looking_at(browser, own_site.show(twice)) as page:
        await expect(page.locator("main li").first).to_be_visible()
        await settle(page)
        await expect(page.locator("main ul")).to_have_count(1)


async def test_a_wrong_canonical_address_does_no_harm(browser: Browser, own_site: OwnSite) -> None:
    # Nor does anything stand in the console of readers for what is not known here.
    async with looking_at(browser, own_site.show(canonical="https://elsewhere.example/")) as page:
        await expect(page.locator("aside time")).to_be_visible()
        await settle(page)
        await expect(page.locator("main ul")).to_have_count(0)


@pytest.mark.parametrize("away", ["abort", "failure", "nonsense", "hostile"])
async def test_a_page_is_no_worse_for_a_server_that_is_away(browser: Browser, own_site: OwnSite, away: str) -> None:
    hostile = '[{"title": "<img src=x onerror=alert(1)>", "name": "x", "url": "javascript:alert(1)"}]'

    async def answer(route: Any) -> None:
        if away == "abort":
            await route.abort()
        else:
            body = {"failure": "{}", "nonsense": "<p>", "hostile": hostile}[away]
            allow = {"Access-Control-Allow-Origin": "*"}
            status = 500 if away == "failure" else 200
            await route.fulfill(status=status, body=body, headers=allow, content_type="application/json")

    async with looking_at(browser, "about:blank", errors=NETWORK) as page:
        await page.route("**/api/*", answer)
        await page.goto(own_site.show())
        await settle(page)
        await expect(page.locator("main img, main a")).to_have_count(0)
        await expect(page.locator("main ul")).to_have_count(2 if away == "hostile" else 0)
        await expect(page.locator("aside p")).to_have_count(1)


async def test_a_page_is_no_worse_for_a_script_that_cannot_be_had(browser: Browser, own_site: OwnSite) -> None:
    async with looking_at(browser, own_site.show(bot="http://127.0.0.1:9/"), errors=NETWORK) as page:
        await settle(page)
        await expect(page.locator("main ul")).to_have_count(0)
