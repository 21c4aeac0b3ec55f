"""The site's pages in a real Chromium, on a phone and on a desk: nothing is refused, everybody gets on, every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Response, Route, expect

from blogbot.i18n import words
from tests.browser import barriers, looking_at
from tests.browser import chromium_browser as chromium_browser
from tests.pages_site import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "", "posts/", "posts/first-hundred-days", "tags/", "tags/leadership", "authors/rosa-lindqvist", "events",
    "events?month=2026-11", "events/1", "search?q=budget", "search?q=xylophone", "feeds/", "feeds/tags/", "feeds/authors/?q=rosa", "nowhere",
)  # fmt: skip
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
}
DESK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
# What a browser itself says of the page for what is not there.
MISSING = ("status of 404",)
BUDGET = 50_000
"""Bytes of a first visit."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(folder: Path) -> AsyncIterator[str]:
    async with served(folder) as address:
        yield address


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
async def test_everybody_gets_on_with_every_page(browser: Browser, site: str, device: dict[str, Any]) -> None:
    found: dict[str, list[str]] = {}
    async with looking_at(browser, site, errors=MISSING, **device) as page:
        await page.route("http://pictures.example/**", draw)
        for path in (*PAGES, "posts/untidy"):
            await page.goto(site + path)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide"
            if broken := await barriers(page):
                found[path] = broken
    assert found == {}


async def draw(route: Route) -> None:
    """A picture, whatever was asked for."""
    await route.fulfill(
        content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )


async def test_a_picture_at_an_http_address_is_shown_on_an_http_page(browser: Browser, site: str) -> None:
    async with looking_at(browser, "about:blank") as page:
        await page.route("http://pictures.example/**", draw)
        await page.goto(f"{site}posts/untidy")
        assert await page.locator(".prose img").evaluate("picture => picture.naturalWidth") == 9


async def test_a_first_visit_is_light_and_asks_nobody_else(browser: Browser, site: str) -> None:
    for path in PAGES:
        responses: list[Response] = []

        def note(response: Response, responses: list[Response] = responses) -> None:
            responses.append(response)

        async with looking_at(browser, "about:blank", errors=MISSING) as page:
            page.on("response", note)
            await page.goto(site + path, wait_until="networkidle")
            weights = {response.url: len(await response.body()) for response in responses}
        assert {urlsplit(url).netloc for url in weights} == {urlsplit(site).netloc}
        assert len(weights) >= 2, "at least the page and its style"
        assert sum(weights.values()) < BUDGET, weights


async def test_every_link_leads_somewhere(browser: Browser, site: str) -> None:
    async with looking_at(browser, site) as page:
        waiting, seen, dead = [site], {site}, []
        while waiting:
            address = waiting.pop()
            answer = await page.request.get(address)
            if answer.status != 200:
                dead.append(address)
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            text = await answer.text()
            for link in re.findall(r'(?:href|src)="([^"]+)"', text):
                target, anchor = urldefrag(urljoin(address, link.replace("&amp;", "&")))
                if anchor and target == urldefrag(address)[0]:
                    assert f'id="{anchor}"' in text, link
                if target.startswith(site) and target not in seen:
                    seen.add(target)
                    waiting.append(target)
    assert dead == []
    assert len(seen) > 100


LEFT = {
    timedelta(days=800): "in 2 years", timedelta(days=729): "in 24 months", timedelta(days=61): "in 2 months",
    timedelta(days=60): "in 8 weeks", timedelta(days=13, hours=23): "in 2 weeks", timedelta(days=13, hours=22): "in 13 days",
    timedelta(hours=47, minutes=56): "in 2 days", timedelta(hours=47, minutes=54): "in 47 hours", timedelta(hours=25): "in 25 hours",
    timedelta(hours=24): "in 1 day", timedelta(hours=23, minutes=50): "in 23 hours", timedelta(hours=1, minutes=56): "in 2 hours",
    timedelta(hours=1, minutes=54): "in 114 minutes", timedelta(hours=1): "in 1 hour", timedelta(minutes=59, seconds=20): "in 59 minutes",
    timedelta(seconds=31): "in 1 minute", timedelta(seconds=29): "now",
}  # fmt: skip
"""How long it is until an event, longest first, and how a page says it."""


async def test_who_looks_next_is_somebody_new(browser: Browser, site: str) -> None:
    """For the tests themselves, which share what is costly to open."""
    left = "[document.cookie, localStorage.length, sessionStorage.length]"
    async with looking_at(browser, site) as page:
        await page.evaluate("document.cookie = 'was=here'; localStorage.was = sessionStorage.was = 'here'")
        assert await page.evaluate(left) == ["was=here", 1, 1]
        async with page.expect_popup():
            await page.evaluate("open('/')")
    async with looking_at(browser, site) as page:
        assert await page.evaluate(left) == ["", 0, 0]
        assert len(page.context.pages) == 2


async def test_the_countdown_counts_and_rounds_as_the_server_does(browser: Browser, site: str) -> None:
    starts = datetime(2026, 11, 5, 12, tzinfo=UTC)
    async with looking_at(browser, "about:blank", clock=True) as page:
        await page.clock.install(time=starts - timedelta(days=900))
        await page.goto(site)
        for left, said in LEFT.items():
            assert words("en").relative(left) == said, "what the server says"
            await page.clock.pause_at(starts - left)
            await expect(page.locator(".countdown")).to_have_text(said)
        for left, said in ((timedelta(0), "On now"), (timedelta(hours=-1), "It is over")):
            await page.clock.pause_at(starts - left)
            await expect(page.locator(".countdown")).to_have_text(said)


async def test_addresses_of_feeds_are_copied(browser: Browser, site: str) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    async with looking_at(browser, f"{site}feeds/", permissions=permissions) as page:
        await page.get_by_role("button", name="Copy the address: leadership: RSS").click()
        await expect(page.get_by_role("status")).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == f"{site}feeds/tags/leadership/rss.xml"
        listed = await page.locator(".links a[type]").count()
        assert await page.get_by_role("button", name="Copy the address").count() == listed


async def test_without_scripts_nothing_is_missing_but_convenience(browser: Browser, site: str) -> None:
    async with looking_at(browser, site, java_script_enabled=False) as page:
        await expect(page.locator(".countdown")).to_have_text("in 26 hours")
        await page.goto(f"{site}feeds/")
        await expect(page.get_by_text("Press and hold it")).to_be_visible()
        await expect(page.get_by_role("button", name="Copy")).to_have_count(0)


async def test_by_keyboard_the_content_is_one_step_away_and_the_focus_is_seen(browser: Browser, site: str) -> None:
    async with looking_at(browser, site) as page:
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        focused = page.locator("main :focus")
        await expect(focused).to_have_count(1)
        assert await focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
async def test_home_is_seen_in_the_order_in_which_the_keyboard_goes_through_it(
    browser: Browser, site: str, device: dict[str, Any]
) -> None:
    async with looking_at(browser, site, **device) as page:
        parts = page.locator(".top, .hello, .columns > section")
        places = await parts.evaluate_all("parts => parts.map(part => [part.offsetTop, part.offsetLeft])")
        assert len(places) == 5
        assert places == sorted(places)
        height = await page.locator(".top").evaluate("top => top.offsetHeight")
        assert height < 110, "on a phone the header leaves room for the page"


async def test_on_paper_stands_the_article_alone(browser: Browser, site: str) -> None:
    async with looking_at(browser, f"{site}posts/first-hundred-days", color_scheme="dark") as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_role("navigation").first).to_be_hidden()
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


async def test_on_paper_a_month_keeps_its_name(browser: Browser, site: str) -> None:
    async with looking_at(browser, f"{site}events?month=2026-11") as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="November 2026")).to_be_visible()
        await expect(page.get_by_role("link", name="December 2026")).to_be_hidden()


async def test_the_days_of_a_month_stand_beneath_each_other(browser: Browser, site: str) -> None:
    async with looking_at(browser, f"{site}events?month=2026-11") as page:
        where = """() => [2, 9, 23, 30].map((day) => {
          const range = document.createRange();
          range.selectNodeContents([...document.querySelectorAll(".day")].find((node) => node.textContent == day));
          return Math.round(range.getBoundingClientRect().left);
        })"""
        assert len(set(await page.evaluate(where))) == 1


async def test_from_right_to_left_a_title_of_another_script_stands_where_lines_begin(
    browser: Browser, site: str
) -> None:
    async with looking_at(browser, site) as page:
        await page.evaluate("document.documentElement.dir = 'rtl'")
        title = page.get_by_role("heading", level=1)
        assert await title.evaluate("node => getComputedStyle(node).textAlign") == "right"


FEEDS = (
    ("atom.xml", "entry > title", "entry > content", "This is a feed"),
    ("tags/leadership/summary/atom.xml", "entry > summary", "entry > id", "This is a feed"),
    ("rss.xml", "item > title", "item > guid", "This is a feed"),
)
LISTS = (("feeds.opml", "outline", "dateModified", "This is a list of feeds"),)


@pytest.mark.parametrize(("path", "shown", "hidden", "said"), FEEDS + LISTS)
async def test_a_feed_opened_in_a_browser_is_a_list_to_read(
    browser: Browser, site: str, path: str, shown: str, hidden: str, said: str
) -> None:
    async with looking_at(browser, f"{site}feeds/{path}", errors=MISSING, **PHONE) as page:
        await _reads_well(page, shown, hidden, said)
        # What a phone shows as wide as a desk is large enough to be read.
        assert await page.evaluate(
            "parseFloat(getComputedStyle(document.documentElement).fontSize) / innerWidth > 0.04"
        )


@pytest.mark.parametrize(("path", "shown", "hidden", "said"), FEEDS)
async def test_so_it_is_where_the_folder_stands_alone(
    browser: Browser, site: str, folder: Path, path: str, shown: str, hidden: str, said: str
) -> None:
    async with looking_at(browser, (folder / "feeds" / path).as_uri()) as page:
        await _reads_well(page, shown, hidden, said)


async def _reads_well(page: Page, shown: str, hidden: str, said: str) -> None:
    look = "([selector, part, name]) => getComputedStyle(document.querySelector(selector), part)[name]"
    assert await page.evaluate(look, [shown, None, "display"]) != "none"
    assert await page.evaluate(look, [hidden, None, "display"]) == "none"
    assert said in await page.evaluate(look, [":root", "::before", "content"])
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_page_of_a_folder_alone_offers_addresses_to_copy(browser: Browser, site: str, folder: Path) -> None:
    async with looking_at(browser, (folder / "feeds" / "index.html").as_uri()) as page:
        listed = await page.locator(".links a[type]").count()
        await expect(page.get_by_role("button", name="Copy the address")).to_have_count(listed)
