"""A browser for the tests of the web part: asks it, and reads what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from blogbot.blog import Blog
from blogbot.model import Site
from blogbot.web import create_web

SITE = Site("The <Network>", url="https://blog.example", public_url="https://bot.example", timezone="Europe/London")

Ask = Callable[..., Awaitable[httpx.Response]]
Open = Callable[..., Ask]


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

    def hrefs(self) -> list[str]:
        return [a.get("href") or "" for tag, a in self.tags if tag == "a"]


def page(response: httpx.Response, status: int = 200) -> Page:
    """A whole, balanced page that needs no script and takes nothing from elsewhere."""
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert response.headers["x-content-type-options"] == "nosniff"
    read = Page(response.text)
    assert read.stack == []
    assert len(read.ids) == len(set(read.ids))
    assert [tag for tag, _ in read.tags].count("h1") == 1
    assert not {"script", "style", "iframe"} & {tag for tag, _ in read.tags}
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on") or name == "style"]
    return read
