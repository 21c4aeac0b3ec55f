"""Feeds that readers put together by tags and authors, made on demand and served like all others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import Author, Label, LabelKind, Tag
from blogbot.publish import selection
from blogbot.store import Store
from tests.content import Written, post
from tests.visitor import SITE, Ask, allowed, browser, page

ATOM = "/feeds/custom/atom.xml"
POSTS = {
    "a": post("a", tags=("Open data", "Health"), authors=("Ada Byron",), html="<p>The whole of a</p>"),
    "b": post("b", tags=("Open data",), authors=("Ben", "Cy")),
    "c": post("c", tags=("Health",), authors=("Ben",)),
    "d": post("d", authors=("Cy",)),
}


@pytest.fixture
def ask(blog: Blog, clock: MovableClock, tmp_path: Path) -> Ask:
    return browser(blog, tmp_path / "feeds", clock=clock)


@pytest.fixture
async def written(sqlite_store: Store, clock: MovableClock) -> Written:
    written = Written().show(**POSTS)
    await Intake(sqlite_store, SITE, clock).run(written)
    return written


def slugs(response: httpx.Response) -> list[str]:
    """The posts in a JSON Feed, by the last part of their ids."""
    assert response.status_code == 200
    return sorted(item["id"].rpartition(":")[2] for item in response.json()["items"])


@pytest.mark.parametrize(
    ("query", "posts"),
    [
        ("", ["a", "b", "c", "d"]),
        ("?tag=open-data", ["a", "b"]),
        ("?tag=Open+Data", ["a", "b"]),
        ("?tag=open-data&tag=health", ["a"]),
        ("?author=ben", ["b", "c"]),
        ("?author=ben&author=ada-byron", ["a", "b", "c"]),
        ("?tag=health&author=ben&author=cy", ["c"]),
        ("?tag=health&author=cy", []),
        ("?tag=health&tag=&author=&utm_source=x", ["a", "c"]),
        ("?tag=health&_=1&staging=x&hashtag=y&s=z&tagss=x", ["a", "c"]),
    ],
)
async def test_posts_have_all_the_tags_and_one_of_the_authors(
    ask: Ask, written: Written, query: str, posts: list[str]
) -> None:
    assert slugs(await ask(f"/feeds/custom/feed.json{query}")) == posts


@pytest.mark.parametrize("file", sorted(selection.FILES))
async def test_each_format_names_itself_and_what_it_holds(ask: Ask, written: Written, file: str) -> None:
    response = await ask(f"/feeds/custom/{file}?author=cy&tag=open-data&tag=Open+Data&author=ben")
    own = f"https://bot.example/feeds/custom/{file}?tag=open-data&author=ben&author=cy"
    title = "The <Network>: Open data, by Ben / Cy"
    if file.endswith(".json"):
        read = json.loads(response.content)
        assert (read["feed_url"], read["title"]) == (own, title)
    else:
        parsed = feedparser.parse(response.content)
        assert not parsed.bozo
        assert own in [link.href for link in parsed.feed.links if link.rel == "self"]
        assert len(parsed.entries) == 1
    assert response.headers["content-type"].startswith(
        ("application/atom+xml", "application/rss+xml", "application/feed+json")
    )


@pytest.mark.parametrize("file", sorted(selection.FILES))
async def test_without_a_choice_its_address_has_no_question_mark(ask: Ask, written: Written, file: str) -> None:
    response = await ask(f"/feeds/custom/{file}?utm_source=x")
    assert response.status_code == 200
    assert f'"https://bot.example/feeds/custom/{file}"' in response.text
    if file == "atom.xml":
        assert feedparser.parse(response.content).feed.id == "tag:blog.example,2026:feed/custom"


async def test_in_short_the_texts_stay_out(ask: Ask, written: Written) -> None:
    whole = await ask("/feeds/custom/feed.json?tag=health&author=ada-byron")
    short = await ask("/feeds/custom/feed.json?tag=health&author=ada-byron&Summary=1")
    assert "<p>The whole of a</p>" in whole.json()["items"][0]["content_html"]
    assert "content_html" not in short.json()["items"][0]
    assert short.json()["feed_url"].endswith("&summary=1")
    assert short.headers["etag"] != whole.headers["etag"]


async def test_it_is_made_once_until_posts_change(
    ask: Ask, written: Written, sqlite_store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    document = selection.document

    def counted(file: str, *given: Any) -> bytes:
        made.append(file)
        return document(file, *given)

    monkeypatch.setattr(selection, "document", counted)
    first = await ask(f"{ATOM}?tag=health&tag=open-data")
    kept = {"If-None-Match": first.headers["etag"]}
    clock.move(timedelta(minutes=1))
    for same in ("tag=open-data&tag=health", "tag=Open+data&tag=health&tag=health", "tag=health&tag=open-data&x=y"):
        assert (await ask(f"{ATOM}?{same}", headers=kept)).status_code == 304
    assert made == ["atom.xml"]
    # A change elsewhere has it made anew, and it is as it was.
    intake = Intake(sqlite_store, SITE, clock)
    await intake.run(written.show(d=post("d", "Another title", authors=("Cy",))))
    again = await ask(f"{ATOM}?tag=health&tag=open-data", headers={"If-Modified-Since": first.headers["last-modified"]})
    assert (again.status_code, len(made)) == (304, 2)
    # What is withdrawn leaves it.
    del written.entries["a"]
    await intake.run(written)
    gone = await ask(f"{ATOM}?tag=health&tag=open-data", headers={"If-Modified-Since": first.headers["last-modified"]})
    assert gone.status_code == 200
    assert b"<entry" not in gone.content
    # That is a change, too, and its date does not go back.
    assert f"<updated>{clock.now():%Y-%m-%dT%H:%M}".encode() in gone.content


@pytest.mark.parametrize(
    ("tags", "authors", "day"),
    [("", "", 1), ("a", "", 2), ("ab", "", 2), ("", "cd", 5), ("ab", "cd", 2), ("b", "c", 3)],
)
def test_every_tag_is_asked_for_and_any_author_also_of_what_left(tags: str, authors: str, day: int) -> None:
    labels = (None, *(Label(LabelKind.TAG, name) for name in "ab"), *(Label(LabelKind.AUTHOR, name) for name in "cd"))
    left = {label: datetime(2026, 3, number, tzinfo=UTC) for number, label in enumerate(labels, 1)}
    chosen = selection.Selection(tuple(Tag(name, name) for name in tags), tuple(Author(name, name) for name in authors))
    assert chosen.left(left).day == day


async def test_it_is_served_as_other_feeds_are(
    ask: Ask, written: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    address = f"{ATOM}?author=ben"
    first = await ask(address, headers={"Accept-Encoding": "br"})
    assert first.headers["content-encoding"] == "br"
    assert first.headers["access-control-allow-origin"] == "*"
    assert "stale-while-revalidate" in first.headers["cache-control"]
    part = await ask(address, headers={"Accept-Encoding": "identity", "Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"<?xml")
    head = await ask(address, "HEAD", headers={"Accept-Encoding": "br"})
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])
    assert (await ask(address, "OPTIONS")).status_code == 204
    assert allowed(await ask(address, "POST")) == {"GET", "HEAD", "OPTIONS"}
    # It is like none of the others, so that they stay as they were.
    far = post("far", "Violins", html="<p>Cello, viola, bow: an orchestra tunes.</p>", authors=("Ben",))
    await Intake(sqlite_store, SITE, clock).run(written.show(e=far))
    named = {"A-IM": "feed", "If-None-Match": first.headers["etag"], "Accept-Encoding": "br"}
    new = await ask(address, headers=named)
    assert (new.status_code, new.content.count(b"<entry")) == (226, 1)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("?tag=helth", 404, ["Health", "/tags/health"]),
        ("?tag=health&author=ada-byrn", 404, ["Ada Byron", "/authors/ada-byron"]),
        ("?tag=nothing-alike", 404, []),
        ("?tag=%00%ff", 404, []),
        (f"?{'&'.join(f'tag=t{n}' for n in range(9))}", 400, ["8 tags"]),
        (f"?{'&'.join(f'author=t{n}' for n in range(9))}", 400, ["8 authors"]),
        (f"?tag={'x' * 3000}", 400, ["too long"]),
        ("?tags=health", 400, ["“tags”", "“tag=”"]),
        ("?TAG=health", 400, ["“TAG”", "“tag=”"]),
        ("?tag=open-data&Tags=health", 400, ["“Tags”", "“tag=”"]),
        ("?authors=ben", 400, ["“authors”", "“author=”"]),
        ("?Author=ben&utm_source=x", 400, ["“Author”", "“author=”"]),
    ],
)
async def test_what_is_not_known_or_too_much(
    ask: Ask, written: Written, query: str, status: int, words: list[str]
) -> None:
    response = await ask(f"{ATOM}{query}")
    page(response, status)
    assert [word for word in words if word not in response.text] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?tag=ended", 410),
        ("?tag=ended&tag=health", 410),
        ("?tag=health&tag=ended", 410),
        ("?tag=ended&author=ben", 410),
        ("?author=ada-byron", 410),
        ("?author=ada-byron&author=ben", 410),
        ("?tag=health&author=ada-byron", 410),
        ("?tag=ended&tag=never", 404),
        ("?tag=ended&author=nobody", 404),
        ("?author=nobody", 404),
        ("?tag=health&author=cy", 200),
    ],
)
async def test_what_asks_for_something_that_is_gone_is_gone_and_what_never_was_is_not_found(
    ask: Ask, written: Written, sqlite_store: Store, clock: MovableClock, query: str, status: int
) -> None:
    intake = Intake(sqlite_store, SITE, clock)
    await intake.run(written.show(e=post("e", tags=("Ended", "Health"))))
    del written.entries["a"], written.entries["e"]
    await intake.run(written)
    assert (await ask(f"{ATOM}{query}")).status_code == status


@pytest.mark.parametrize("file", ["none.xml", "events.ics", "atom.xml/x", ""])
async def test_other_files_are_not_made(ask: Ask, file: str) -> None:
    page(await ask(f"/feeds/custom/{file}?tag=a"), 404)
