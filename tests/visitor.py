"""A browser for the tests of the web part: asks it, and reads what it answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import Site
from blogbot.store import Store
from blogbot.web import create_web
from tests.content import Written

SITE = Site("The <Network>", url="https://blog.example", public_url="https://bot.example", timezone="Europe/London")

Ask = Callable[..., Awaitable[httpx.Response]]
Open = Callable[..., Ask]
TakeIn = Callable[..., Awaitable[None]]


async def well() -> list[str]:
    """Nothing is wrong."""
    return []


def browser(blog: Blog, feeds: Path, *, root_path: str = "", **given: Any) -> Ask:
    """A way to ask a web part that is made with what is given: `await ask(path)`, or `ask(path, method, ...)`."""
    fields: dict[str, Any] = {
        "blog": blog,
        "site": SITE,
        "feeds_dir": feeds,
        "ready": well,
        "bot_username": lambda: "our_bot",
    }
    transport = httpx.ASGITransport(create_web(**(fields | given)), raise_app_exceptions=False, root_path=root_path)

    async def ask(path: str, method: str = "GET", **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="https://bot.example") as client:
            return await client.request(method, path, **more)

    return ask


class Page(HTMLParser):
    """The tags of a page, in order."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.linked_data = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def links(self, rel: str) -> list[str]:
        return [a.get("href") or "" for tag, a in self.tags if tag in ("link", "a") and a.get("rel") == rel]

    def data(self) -> dict[str, Any]:
        """What the page says of itself as JSON-LD."""
        assert self.linked_data
        found: dict[str, Any] = json.loads(self.linked_data)
        return found

    def said(self, name: str) -> str | None:
        """What a meta element says, by its name or property."""
        return next((a.get("content") for _, a in self.tags if name in (a.get("name"), a.get("property"))), None)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == ("script", {"type": "application/ld+json"}) and self.stack[-1] == "script":
            self.linked_data += data

    def hrefs(self) -> list[str]:
        return [a.get("href") or "" for tag, a in self.tags if tag == "a"]


def page(response: httpx.Response, status: int = 200) -> Page:
    """A whole, balanced page that takes nothing from elsewhere and has no script in it but data and a file of ours."""
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert response.headers["x-content-type-options"] == "nosniff"
    read = Page(response.text)
    assert read.stack == []
    assert len(read.ids) == len(set(read.ids))
    assert [tag for tag, _ in read.tags].count("h1") == 1
    assert not {"style", "iframe"} & {tag for tag, _ in read.tags}
    for script in (attributes for tag, attributes in read.tags if tag == "script"):
        source = script.get("src") or ""
        assert script.get("type") == "application/ld+json" or "/static/site." in source or source.endswith("feeds.js")
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on") or name == "style"]
    return read


def allowed(response: httpx.Response) -> set[str]:
    """The methods that the page about a wrong one names, for people and in its header (RFC 9110, 15.5.6)."""
    page(response, 405)
    said = response.headers["allow"]
    assert said in response.text
    return set(said.split(", "))


@pytest.fixture
async def take_in(sqlite_store: Store, clock: MovableClock) -> TakeIn:
    async def take_in(**items: Any) -> None:
        await Intake(sqlite_store, SITE, clock).run(Written().show(**items))

    return take_in


@pytest.fixture
def web(blog: Blog, tmp_path: Path) -> Open:
    """Opens the web part with what a test wants to be different."""
    return partial(browser, blog, tmp_path / "feeds")
