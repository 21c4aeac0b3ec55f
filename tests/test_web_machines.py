"""The web part as feed readers, Telegram and monitors meet it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.store import Store
from tests.visitor import Open, allowed, browser, page


@pytest.fixture
def web(sqlite_store: Store, clock: MovableClock, tmp_path: Path) -> Open:
    """Opens the web part with what a test wants to be different."""
    return partial(browser, Blog(sqlite_store, clock), tmp_path / "feeds")


# --- Feeds -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds"
    (folder / "tags" / "data").mkdir(parents=True)
    for name in (
        "atom.xml",
        "rss.xml",
        "feed.json",
        "events.ics",
        "feeds.opml",
        "index.html",
        "feeds.css",
        "tags/data/atom.xml",
    ):
        (folder / name).write_text(name)
    (folder / ".manifest.json").write_text("ours")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "atom.xml").write_text("ours")
    (folder / "README.md").write_text("ours")
    (tmp_path / "secret.xml").write_text("secret")
    (folder / "atom-link.xml").symlink_to(tmp_path / "secret.xml")
    for file in filter(Path.is_file, folder.rglob("*")):  # what was written just now names no date
        os.utime(file, (1_773_136_800, 1_773_136_800))
    return folder


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("tags/data/atom.xml", "application/atom+xml; charset=utf-8"),
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("feed.json", "application/feed+json; charset=utf-8"),
        ("events.ics", "text/calendar; charset=utf-8"),
        ("feeds.opml", "text/x-opml; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("feeds.css", "text/css; charset=utf-8"),
    ],
)
async def test_feeds_have_their_types_and_are_not_sent_twice(
    web: Open, feeds: Path, path: str, media_type: str
) -> None:
    ask = web()
    response = await ask(f"/feeds/{path}")
    assert (response.text, response.headers["content-type"]) == (path, media_type)
    assert response.headers["x-content-type-options"] == "nosniff"
    for asked in (
        {"If-None-Match": response.headers["etag"]},
        {"If-Modified-Since": response.headers["last-modified"]},
    ):
        again = await ask(f"/feeds/{path}", headers=asked)
        assert (again.status_code, again.content) == (304, b"")


async def test_the_feeds_folder_leads_to_the_list_of_feeds(web: Open, feeds: Path) -> None:
    ask = web()
    assert (await ask("/feeds")).headers["location"] == "/feeds/"
    assert "atom.xml" in page(await ask("/feeds/")).hrefs()


@pytest.mark.parametrize(
    "path",
    ["../secret.xml", "%2e%2e/secret.xml", "tags/../../secret.xml", "..%2fsecret.xml", "%2fetc/passwd", ".manifest.json", ".hidden/atom.xml", "README.md", "tags/data/", "%00", "atom-link.xml", "atom.xml/x", "x" * 5000],
)  # fmt: skip
async def test_nothing_else_is_served_from_the_feeds_folder(web: Open, feeds: Path, path: str) -> None:
    page(await web()(f"/feeds/{path}"), 404)


async def test_the_feeds_folder_may_appear_later(web: Open, tmp_path: Path) -> None:
    ask = web()
    page(await ask("/feeds/atom.xml"), 404)
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "atom.xml").write_text("now")
    assert (await ask("/feeds/atom.xml")).text == "now"


# --- Machines --------------------------------------------------------------------------------------------------------


async def test_health(web: Open) -> None:
    async def unwell() -> list[str]:
        return ["The database does not answer.", "Telegram has not answered yet."]

    assert (await web()("/livez")).status_code == 200
    assert (await web()("/readyz")).status_code == 200
    response = await web(ready=unwell)("/readyz")
    assert response.status_code == 503
    assert response.text == "The database does not answer.\nTelegram has not answered yet.\n"


async def test_metrics(web: Open) -> None:
    registry = CollectorRegistry()
    Counter("sent", "Messages sent", registry=registry).inc(3)
    response = await web(registry=registry)("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "sent_total 3.0" in response.text


async def test_the_webhook_hands_on_the_body_and_its_secret(web: Open) -> None:
    taken: list[tuple[bytes, str]] = []

    async def webhook(body: bytes, secret: str) -> bool:
        taken.append((body, secret))
        return secret == "right"

    ask = web(webhook=webhook)
    header = "X-Telegram-Bot-Api-Secret-Token"
    assert (await ask("/telegram/webhook", "POST", content=b"{}", headers={header: "right"})).status_code == 200
    assert (await ask("/telegram/webhook", "POST", content=b"{}", headers={header: "wrong"})).status_code == 403
    assert (await ask("/telegram/webhook", "POST", content=b"{}")).status_code == 403
    assert taken == [(b"{}", "right"), (b"{}", "wrong"), (b"{}", "")]
    assert (await ask("/telegram/webhook", "POST", content=b"x" * 1_000_001)).status_code == 413
    assert allowed(await ask("/telegram/webhook")) == {"POST"}
    assert len(taken) == 3


async def test_there_is_no_webhook_while_polling(web: Open) -> None:
    assert (await web()("/telegram/webhook", "POST", content=b"{}")).status_code == 404
