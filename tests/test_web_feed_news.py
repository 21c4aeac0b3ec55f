"""What is new in a feed, for readers that ask for that alone; and all of a published folder, as it is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.publish import Publisher
from blogbot.store import Store
from tests.blog_in_memory import Held
from tests.feed_files import Fetch, plainly, write
from tests.golden.blog import CATALOGUE
from tests.visitor import browser


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


@pytest.fixture
def ask(sqlite_store: Store, clock: MovableClock, feeds: Path) -> Fetch:
    return plainly(browser(Blog(sqlite_store, clock), feeds))


def files_in(folder: Path) -> set[str]:
    """The paths of all files but hidden ones."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("[!.]*") if file.is_file()}


# --- Only what is new (RFC 3229) -------------------------------------------------------------------------------------


def atom(*entries: str) -> bytes:
    lines = [f"<entry><title>{each}</title></entry>" for each in entries]
    return "\n".join(['<feed xmlns="http://www.w3.org/2005/Atom"><title>All</title>', *lines, "</feed>", ""]).encode()


def rss(*items: str) -> bytes:
    lines = [f"<item><title><![CDATA[<item>{each}</item>]]></title></item>" for each in items]
    return "\n".join(["<rss><channel><title>All</title>", *lines, "</channel></rss>", ""]).encode()


def json_feed(*items: str) -> bytes:
    return json.dumps({"title": "All", "items": [{"id": each} for each in items]}).encode()


FORMATS = [("atom.xml", atom), ("rss.xml", rss), ("feed.json", json_feed), ("tags/data/summary/atom.xml", atom)]


@pytest.mark.parametrize(("name", "made"), FORMATS)
async def test_who_asks_for_what_is_new_gets_that_alone(
    ask: Fetch, feeds: Path, name: str, made: Callable[..., bytes]
) -> None:
    write(feeds / name, made("é2", "1"))
    etag = (await ask(f"/feeds/{name}", Accept_Encoding="br")).headers["etag"]
    write(feeds / name, made("4", "3", "é2", "1"))
    new = await ask(f"/feeds/{name}", A_IM="feed", If_None_Match=f'"lost", {etag}', Accept_Encoding="br")
    assert (new.status_code, new.reason_phrase) == (226, "IM Used")
    assert new.content == made("4", "3")
    assert (new.headers["im"], new.headers["delta-base"]) == ("feed", etag)
    assert new.headers["vary"] == "Accept-Encoding, A-IM, If-None-Match"
    assert new.headers["cache-control"] == "no-store, im"
    assert "content-encoding" not in new.headers
    assert new.headers["content-type"].startswith("application/")
    # Its tag is that of the whole, as the reader would have got it.
    whole = await ask(f"/feeds/{name}", Accept_Encoding="br")
    assert new.headers["etag"] == whole.headers["etag"]
    again = await ask(f"/feeds/{name}", A_IM="feed", If_None_Match=new.headers["etag"], Accept_Encoding="br")
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"A-IM": "feed", "If-None-Match": "{etag}"}, 226),
        ({"A-IM": "gzip, feed;q=0.4", "If-None-Match": "{etag}"}, 226),
        ({"A-IM": "feed;q=0", "If-None-Match": "{etag}"}, 200),
        ({"A-IM": "vcdiff", "If-None-Match": "{etag}"}, 200),
        ({"A-IM": "feed", "If-None-Match": '"unknown"'}, 200),
        ({"A-IM": "feed"}, 200),
        ({"A-IM": "feed", "If-None-Match": "*"}, 304),
        ({"If-None-Match": "{etag}"}, 200),
        ({"A-IM": "feed", "If-None-Match": "{etag}", "Range": "bytes=0-1"}, 206),
        ({"A-IM": "feed", "If-None-Match": "{etag}", "If-Match": '"other"'}, 412),
    ],
)
async def test_when_what_is_new_is_enough(ask: Fetch, feeds: Path, headers: dict[str, str], status: int) -> None:
    write(feeds / "rss.xml", rss("1"))
    etag = (await ask("/feeds/rss.xml")).headers["etag"]
    write(feeds / "rss.xml", rss("2", "1"))
    said = {name: value.format(etag=etag) for name, value in headers.items()}
    assert (await ask("/feeds/rss.xml", **said)).status_code == status


@pytest.mark.parametrize(("name", "made"), FORMATS)
async def test_a_feed_that_shares_nothing_is_sent_whole_and_one_that_lost_entries_is_not(
    ask: Fetch, feeds: Path, name: str, made: Callable[..., bytes]
) -> None:
    write(feeds / name, made("2", "1"))
    etag = (await ask(f"/feeds/{name}")).headers["etag"]
    for entries, status, content in ((("9",), 200, made("9")), (("2",), 226, made())):
        write(feeds / name, made(*entries))
        response = await ask(f"/feeds/{name}", A_IM="feed", If_None_Match=etag)
        assert (response.status_code, response.content) == (status, content)


@pytest.mark.parametrize("name", ["atom.xml", "feed.json", "events.ics", "index.html"])
async def test_what_cannot_be_read_as_a_feed_is_served_whole(ask: Fetch, feeds: Path, name: str) -> None:
    write(feeds / name, b"<no feed at all")
    etag = (await ask(f"/feeds/{name}")).headers["etag"]
    write(feeds / name, b"[still none]")
    response = await ask(f"/feeds/{name}", A_IM="feed", If_None_Match=etag)
    assert (response.status_code, response.content) == (200, b"[still none]")


# --- As it is published ------------------------------------------------------------------------------------------------


async def test_all_that_is_published_is_served_in_each_form_that_is_there(ask: Fetch, feeds: Path) -> None:
    Publisher(feeds, CATALOGUE.site).publish(Held(CATALOGUE))
    files = files_in(feeds)
    plain = sorted(path for path in files if not path.endswith((".br", ".gz")))
    assert len(plain) > 20
    for path in plain:
        for coding, ending in (("br", ".br"), ("gzip", ".gz")):
            response = await ask(f"/feeds/{path}", Accept_Encoding=coding)
            assert (response.status_code, response.content) == (200, (feeds / path).read_bytes()), path
            assert response.headers.get("content-encoding") == (coding if f"{path}{ending}" in files else None), path


@pytest.mark.parametrize("name", ["atom.xml", "rss.xml", "feed.json", "summary/rss.xml"])
async def test_of_a_published_feed_what_is_new_is_a_feed_of_its_own(ask: Fetch, feeds: Path, name: str) -> None:
    newest, *older = sorted(CATALOGUE.posts, key=lambda each: each.published, reverse=True)
    unrelated = replace(CATALOGUE, related={})
    Publisher(feeds, CATALOGUE.site).publish(Held(replace(unrelated, posts=older)))
    etag = (await ask(f"/feeds/{name}")).headers["etag"]
    Publisher(feeds, CATALOGUE.site).publish(Held(unrelated))
    new = await ask(f"/feeds/{name}", A_IM="feed", If_None_Match=etag)
    assert new.status_code == 226
    read = new.json()["items"] if name.endswith(".json") else feedparser.parse(new.content).entries
    assert [entry["title"] for entry in read] == [newest.title]
