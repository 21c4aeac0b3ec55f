"""Pages and feeds beneath a path of a site, behind a proxy that hands it on and behind one that takes it away, over a real server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from blogbot.app.server import Server, listen
from blogbot.blog import Blog
from blogbot.web import create_web
from tests.content import event, post
from tests.visitor import SITE, TakeIn, page, well
from tests.visitor import take_in as take_in

OURS = "https://bot.example/blog"
TEN = datetime(2026, 3, 10, 10)
SITE_BENEATH = replace(SITE, public_url=OURS)

WRITTEN = re.compile(r"webcal:.*|.*/feeds/.*\.(xml|json|ics|opml|css|js)")
"""Files of the tree of feeds, which nobody wrote here."""


@pytest.fixture
async def served(blog: Blog, take_in: TakeIn, tmp_path: Path) -> AsyncIterator[tuple[str, list[bool]]]:
    """A server's address, and which requests were answered from their bytes alone."""
    (tmp_path / "atom.xml").write_bytes(b"<feed/>")
    await take_in(a=post("a", tags=("Data",), authors=("Ada",)), b=event("e", TEN, tags=("Data",)))
    web = create_web(blog=blog, site=SITE_BENEATH, feeds_dir=tmp_path, ready=well)
    quick: list[bool] = []

    def asked(request: bytes) -> bytes | None:
        answer = web.quick(request)
        quick.append(answer is not None)
        return answer

    with listen("127.0.0.1", 0) as listener:
        server = Server(web, asked)
        await server.start(listener)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", quick
        await server.stop()


@pytest.mark.parametrize("handed_on", ["/blog", ""])
async def test_every_link_of_every_page_leads_beneath_the_path(served: tuple[str, list[bool]], handed_on: str) -> None:
    address, _ = served
    waiting, seen = [f"{OURS}/"], {f"{OURS}/"}
    async with httpx.AsyncClient(base_url=address) as client:
        while waiting:
            here = waiting.pop()
            response = await client.get(handed_on + here.removeprefix(OURS))
            assert response.status_code == 200, here
            if not response.headers["content-type"].startswith("text/html"):
                continue
            page(response)
            for link in re.findall(r'(?:href|src|action)="([^"#]+)"', response.text):
                target = urljoin(here, link.replace("&amp;", "&"))
                if urlsplit(target).netloc == "bot.example" and target not in seen:
                    assert target.startswith((f"{OURS}/", "webcal:")), f"{link} on {here}"
                    seen |= {target}
                    waiting += [] if WRITTEN.fullmatch(target) else [target]
        moved = await client.get(f"{handed_on}/tags/DATA")
        assert (moved.status_code, moved.headers["location"]) == (308, "/blog/tags/data")
        assert (await client.get(f"{handed_on}/tags?page=1")).headers["location"] == "/blog/tags/?page=1"
        assert (await client.get(f"{handed_on}/livez")).status_code == 200
        assert (await client.get("/blog")).status_code == 200
    assert len(seen) > 20


@pytest.mark.parametrize("handed_on", ["/blog", ""])
async def test_a_feed_that_is_the_same_is_answered_from_the_requests_bytes(
    served: tuple[str, list[bool]], handed_on: str
) -> None:
    address, quick = served
    async with httpx.AsyncClient() as client:
        feed = f"{address}{handed_on}/feeds/atom.xml"
        etag = (await client.get(feed)).headers["etag"]
        assert (await client.get(feed, headers={"If-None-Match": etag})).status_code == 304
    assert quick == [False, True]
