"""The feeds folder as readers, caches and other sites' pages fetch it: tables of what is asked and what is answered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import brotli
import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.publish import Publisher, channel
from blogbot.store import Store
from blogbot.web.conditions import instant
from blogbot.web.document import Changed, Shape
from blogbot.web.feeds import shape
from blogbot.web.folder import Folder
from tests.blog_in_memory import Catalogue, Held
from tests.content import Written, post
from tests.feed_files import WRITTEN, Fetch, plainly, write
from tests.visitor import SITE, Open, allowed, browser, page

DATE = "Tue, 10 Mar 2026 10:00:00 GMT"
CONTENT = b"<feed>" + b"0123456789" * 100 + b"</feed>"
FEED = Shape("application/atom+xml", "no-cache")
CHROME = "gzip, deflate, br, zstd"


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    write(tmp_path / "feeds" / "atom.xml", CONTENT)
    return tmp_path / "feeds"


@pytest.fixture
def web(sqlite_store: Store, clock: MovableClock, feeds: Path) -> Open:
    return partial(browser, Blog(sqlite_store, clock), feeds)


@pytest.fixture
def ask(web: Open) -> Fetch:
    """Asks with just the headers that are given."""
    return plainly(web())


# --- Conditions (RFC 9110, section 13) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": "W/{etag}"}, 304),
        ({"If-None-Match": '"other", {etag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": "{bare}"}, 200),
        ({"If-None-Match": ""}, 200),
        ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": "Tuesday, 10-Mar-26 10:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Tue Mar 10 10:00:00 2026"}, 304),
        # As with nginx: an older version may have come back since.
        ({"If-Modified-Since": "Tue, 10 Mar 2026 10:00:01 GMT"}, 200),
        ({"If-Modified-Since": "Tue, 10 Mar 2026 09:59:59 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": "Tue, 99 Mar 99999999999 10:00:00 GMT"}, 200),
        # A tag goes before a date, whichever way they point.
        ({"If-None-Match": '"other"', "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": "{etag}", "If-Modified-Since": "Mon, 09 Mar 2026 10:00:00 GMT"}, 304),
        ({"If-None-Match": "{etag}", "Range": "bytes=0-4"}, 304),
        ({"If-Match": "{etag}"}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": "W/{etag}"}, 412),
        ({"If-Unmodified-Since": DATE}, 200),
        ({"If-Unmodified-Since": "Mon, 09 Mar 2026 10:00:00 GMT"}, 412),
        ({"If-Match": '"other"', "If-None-Match": "{etag}"}, 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_a_reader_has_is_not_sent_again(
    ask: Fetch, method: str, headers: dict[str, str], status: int
) -> None:
    first = await ask("/feeds/atom.xml")
    assert (first.status_code, first.content, first.headers["last-modified"]) == (200, CONTENT, DATE)
    etag = first.headers["etag"]
    said = {name: value.format(etag=etag, bare=etag.strip('"')) for name, value in headers.items()}
    again = await ask("/feeds/atom.xml", method, **said)
    assert again.status_code == status
    assert again.content == (CONTENT if status == 200 and method == "GET" else b"")
    assert again.headers["etag"] == etag
    assert {"cache-control", "vary"} <= set(again.headers)


async def test_tags_in_two_headers_are_one_list(web: Open) -> None:
    etag = (await web()("/feeds/atom.xml", headers={"Accept-Encoding": "identity"})).headers["etag"]
    twice = [("If-None-Match", '"other"'), ("If-None-Match", etag), ("Accept-Encoding", "identity")]
    assert (await web()("/feeds/atom.xml", headers=twice)).status_code == 304


async def test_a_changed_file_is_sent_and_an_untouched_one_is_not_read(
    ask: Fetch, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = (await ask("/feeds/atom.xml")).headers["etag"]

    def no_reading(_: Path) -> bytes:
        raise AssertionError("read again")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", no_reading)
        for _ in range(3):
            assert (await ask("/feeds/atom.xml", If_None_Match=etag)).status_code == 304
    # Of the same size and date, so that only its being another file shows it.
    write(feeds / "atom.xml", CONTENT.replace(b"0", b"9"))
    changed = await ask("/feeds/atom.xml", If_None_Match=etag)
    assert (changed.status_code, changed.content) == (200, CONTENT.replace(b"0", b"9"))
    # The tag is of the content: written back, it is the old one again.
    write(feeds / "atom.xml", CONTENT, at=WRITTEN + 60)
    assert (await ask("/feeds/atom.xml", If_None_Match=etag)).status_code == 304


async def test_neither_a_written_feed_nor_its_304_asks_the_database(
    ask: Fetch, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(_: Store) -> None:
        raise AssertionError("asked the database")

    for way in ("read", "write"):
        monkeypatch.setattr(Store, way, asked)
    with pytest.raises(AssertionError, match="asked the database"):
        await Blog(sqlite_store, MovableClock(datetime.now(UTC))).tag("data")
    etag = (await ask("/feeds/atom.xml")).headers["etag"]
    assert (await ask("/feeds/atom.xml", If_None_Match=etag)).status_code == 304


async def test_a_file_has_a_date_only_when_no_other_can_have_the_same(feeds: Path) -> None:
    now = WRITTEN + 0.9
    folder = Folder(feeds, lambda *_: None, lambda: now)
    young = await folder.find("atom.xml", FEED)
    assert young is not None
    assert (young.modified, folder.at_hand("atom.xml")) == (0, young)
    now = WRITTEN + 2
    assert folder.at_hand("atom.xml") is None
    settled = await folder.find("atom.xml", FEED)
    assert settled is not None
    assert (settled.modified, settled.etag()) == (WRITTEN, young.etag())
    assert folder.at_hand("atom.xml") is settled


def test_dates_that_are_none_are_none() -> None:
    assert [instant(said) for said in ("", "x", "Tue, 10 Mar 2026", "0", "-1")] == [None] * 5


# --- Compressed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (CHROME, "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=1.0,br;q=1.0", "br"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("gzip;q=0.5, identity", ""),
        ("identity", ""),
        ("", ""),
        ("gzip;q=0", ""),
        ("gzip;q=2", ""),
        ("*;q=0", ""),
        ("identity;q=0", ""),
        ("zstd", ""),
        ("gzip br", ""),
    ],
)
async def test_a_reader_gets_the_smallest_form_that_it_takes(web: Open, accepted: str, coding: str) -> None:
    ask = web()
    response = await ask("/feeds/atom.xml", headers={"Accept-Encoding": accepted})
    assert response.content == CONTENT
    assert response.headers.get("content-encoding", "") == coding
    assert response.headers["vary"].startswith("Accept-Encoding")
    assert int(response.headers["content-length"]) < len(CONTENT) or not coding


async def test_each_form_has_its_own_tag_and_only_its_own(ask: Fetch) -> None:
    etags = {said: (await ask("/feeds/atom.xml", Accept_Encoding=said)).headers["etag"] for said in ("br", "gzip", "")}
    assert len(set(etags.values())) == 3
    for said, etag in etags.items():
        for other in etags:
            again = await ask("/feeds/atom.xml", Accept_Encoding=other, If_None_Match=etag)
            assert again.status_code == (304 if other == said else 200)


@pytest.mark.parametrize("wrong", [brotli.compress(b"another version"), b"no brotli at all", b""])
async def test_a_sibling_of_another_version_is_not_served(ask: Fetch, feeds: Path, wrong: bytes) -> None:
    (feeds / "atom.xml.br").write_bytes(wrong)
    response = await ask("/feeds/atom.xml", Accept_Encoding="br, gzip")
    assert (response.content, response.headers["content-encoding"]) == (CONTENT, "gzip")
    (feeds / "atom.xml.gz").unlink()
    assert "content-encoding" not in (await ask("/feeds/atom.xml", Accept_Encoding="br, gzip")).headers


async def test_a_sibling_of_other_bytes_is_another_form(ask: Fetch, feeds: Path) -> None:
    content = b"".join(b"<p>%d</p>" % (number * number) for number in range(2000))
    write(feeds / "atom.xml", content)
    etags = set()
    for quality in (1, 11, 5):
        packed = brotli.compress(content, quality=quality)
        (feeds / "atom.xml.br").write_bytes(packed)
        os.utime(feeds / "atom.xml", (WRITTEN + quality, WRITTEN + quality))
        response = await ask("/feeds/atom.xml", Accept_Encoding="br")
        assert (response.content, response.headers["content-length"]) == (content, str(len(packed)))
        etags.add(response.headers["etag"])
    assert len(etags) == 3


async def test_a_sibling_that_changes_later_is_not_served(ask: Fetch, feeds: Path) -> None:
    await ask("/feeds/atom.xml", Accept_Encoding="gzip")
    (feeds / "atom.xml.br").write_bytes(brotli.compress(b"another version"))
    response = await ask("/feeds/atom.xml", Accept_Encoding="br, gzip")
    assert (response.content, response.headers["content-encoding"]) == (CONTENT, "gzip")


async def test_a_sibling_is_served_as_soon_as_it_is_there(ask: Fetch, feeds: Path) -> None:
    write(feeds / "rss.xml", CONTENT, siblings=False)
    assert "content-encoding" not in (await ask("/feeds/rss.xml", Accept_Encoding="br")).headers
    write(feeds / "rss.xml", CONTENT)
    assert (await ask("/feeds/rss.xml", Accept_Encoding="br")).headers["content-encoding"] == "br"


# --- Parts -----------------------------------------------------------------------------------------------------------

SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("said", "status", "content", "where"),
    [
        ("bytes=0-5", 206, CONTENT[:6], f"bytes 0-5/{SIZE}"),
        ("bytes=6-", 206, CONTENT[6:], f"bytes 6-{SIZE - 1}/{SIZE}"),
        ("bytes=-7", 206, CONTENT[-7:], f"bytes {SIZE - 7}-{SIZE - 1}/{SIZE}"),
        ("bytes=0-99999", 206, CONTENT, f"bytes 0-{SIZE - 1}/{SIZE}"),
        ("bytes=-99999", 206, CONTENT, f"bytes 0-{SIZE - 1}/{SIZE}"),
        ("BYTES=0-0", 206, CONTENT[:1], f"bytes 0-0/{SIZE}"),
        (f"bytes={SIZE}-", 416, b"", f"bytes */{SIZE}"),
        ("bytes=-0", 416, b"", f"bytes */{SIZE}"),
        # What is no range, or several, is passed over.
        ("bytes=5-2", 200, CONTENT, None),
        ("bytes=-", 200, CONTENT, None),
        ("bytes=0-1,4-5", 200, CONTENT, None),
        ("lines=0-1", 200, CONTENT, None),
        ("bytes=a-b", 200, CONTENT, None),
        (f"bytes={'9' * 50}-", 200, CONTENT, None),
    ],
)
async def test_parts(ask: Fetch, said: str, status: int, content: bytes, where: str | None) -> None:
    response = await ask("/feeds/atom.xml", Range=said)
    assert (response.status_code, response.content, response.headers.get("content-range")) == (status, content, where)
    head = await ask("/feeds/atom.xml", "HEAD", Range=said)
    assert (head.status_code, head.headers["content-length"]) == (200, str(SIZE)), "HEAD knows no parts"


@pytest.mark.parametrize(
    ("condition", "status"),
    [("{etag}", 206), (DATE, 206), ("W/{etag}", 200), ('"other"', 200), ("Mon, 09 Mar 2026 10:00:00 GMT", 200)],
)
async def test_a_part_of_another_version_is_not_sent(ask: Fetch, condition: str, status: int) -> None:
    etag = (await ask("/feeds/atom.xml")).headers["etag"]
    response = await ask("/feeds/atom.xml", Range="bytes=0-5", If_Range=condition.format(etag=etag))
    assert response.status_code == status


async def test_a_part_is_one_of_the_compressed_form(web: Open, feeds: Path) -> None:
    headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-1"}
    response = await web()("/feeds/atom.xml", "HEAD", headers=headers)
    assert int(response.headers["content-length"]) == (feeds / "atom.xml.gz").stat().st_size
    compressed = (feeds / "atom.xml.gz").stat().st_size
    whole = await web()("/feeds/atom.xml", headers={**headers, "Range": f"bytes=0-{compressed}"})
    assert (whole.status_code, whole.content) == (206, CONTENT)


# --- Browsers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "dest", "kind"),
    [
        ("atom.xml", "document", "application/xml"),
        ("atom.xml", "empty", "application/atom+xml"),
        ("tags/data/summary/rss.xml", "document", "application/xml"),
        ("tags/data/summary/rss.xml", "", "application/rss+xml"),
        ("archive/atom-1.xml", "document", "application/xml"),
        ("feeds.opml", "document", "application/xml"),
        ("feeds.opml", "empty", "text/x-opml"),
        ("feed.json", "document", "application/feed+json"),
        ("events.ics", "document", "text/calendar"),
        ("feeds.js", "script", "text/javascript"),
    ],
)
async def test_a_feed_that_somebody_opens_is_shown_and_a_reader_gets_it_by_its_own_name(
    ask: Fetch, feeds: Path, path: str, dest: str, kind: str
) -> None:
    write(feeds / path, CONTENT)
    headers = {"Sec-Fetch-Dest": dest} if dest else {}
    first = await ask(f"/feeds/{path}", **headers)
    assert first.headers["content-type"] == f"{kind}; charset=utf-8"
    again = await ask(f"/feeds/{path}", If_None_Match=first.headers["etag"], **headers)
    assert again.status_code == 304
    shown = path.endswith((".xml", ".opml"))
    for response in (first, again):
        assert response.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest" if shown else "Accept-Encoding"


# --- Caches, other sites' pages, methods -----------------------------------------------------------------------------


async def test_caches_may_keep_a_feed_and_show_it_while_they_look_again(ask: Fetch, feeds: Path) -> None:
    write(feeds / "archive" / "atom-1.xml", CONTENT)
    said = (await ask("/feeds/atom.xml")).headers["cache-control"]
    assert said == "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
    archive = await ask("/feeds/archive/atom-1.xml")
    assert archive.headers["cache-control"].startswith("public, max-age=86400, stale-while-revalidate=")
    assert archive.headers["content-type"] == "application/atom+xml; charset=utf-8"


@pytest.mark.parametrize(
    ("paths", "seconds"),
    [
        (channel.Channel(channel.of_archive(1)).paths, 86400),
        (channel.Channel(channel.of_map(1)).paths, 300),
        (channel.Channel(channel.of_map(0)).paths, 300),
    ],
)
def test_an_archive_keeps_long_and_a_part_of_the_site_map_changes_with_each_post(
    paths: Sequence[str], seconds: int
) -> None:
    said = [shape(path) for path in paths]
    assert [one and one.caching.split(", ")[1] for one in said] == [f"max-age={seconds}"] * len(paths)


async def test_pages_of_other_sites_may_read_feeds(ask: Fetch) -> None:
    asked = {"Origin": "https://reader.example", "Access-Control-Request-Method": "GET"}
    allowed = await ask("/feeds/atom.xml", "OPTIONS", Access_Control_Request_Headers="if-none-match, a-im", **asked)
    assert (allowed.status_code, allowed.content) == (204, b"")
    assert allowed.headers["access-control-allow-origin"] == "*"
    named = allowed.headers["access-control-allow-headers"].lower().split(", ")
    assert {"if-none-match", "a-im", "if-modified-since", "range"} <= set(named)
    first = await ask("/feeds/atom.xml", Origin="https://reader.example")
    for response in (first, await ask("/feeds/atom.xml", If_None_Match=first.headers["etag"])):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "ETag" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/none.xml", 404),
        ("/feeds/tags/none/atom.xml", 404),
        ("/feeds/custom/none.xml", 404),
        ("/feeds/custom/atom.xml?tag=none", 404),
        ("/feeds/none.ics?alarm=1h", 404),
        ("/feeds/events.ics?alarm=soon", 400),
        ("/feeds/atom.xml", 412),
        ("/feeds/rss.xml", 503),
        ("/api/none", 404),
        ("/api/related?url=none", 404),
        ("/api/related", 400),
    ],
)
async def test_pages_of_other_sites_may_read_why_they_get_none(
    web: Open, feeds: Path, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    async def another_by_then(*_: object) -> bytes:
        raise Changed

    write(feeds / "rss.xml", CONTENT)
    if status == 503:
        monkeypatch.setattr(Folder, "_body", another_by_then)
    refused = await web()(path, headers={"If-Match": '"other"'} if status == 412 else {})
    assert (refused.status_code, refused.headers.get("access-control-allow-origin")) == (status, "*")


async def test_head_says_what_get_would(ask: Fetch) -> None:
    got, head = await ask("/feeds/atom.xml"), await ask("/feeds/atom.xml", "HEAD")
    assert (head.content, head.headers) == (b"", got.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nobody_writes_a_feed(ask: Fetch, method: str) -> None:
    assert allowed(await ask("/feeds/atom.xml", method)) == {"GET", "HEAD", "OPTIONS"}


async def test_a_large_feed_arrives_whole(ask: Fetch, feeds: Path) -> None:
    content = os.urandom(3_000_001)
    write(feeds / "rss.xml", content, siblings=False)
    assert (await ask("/feeds/rss.xml")).content == content
    assert (await ask("/feeds/rss.xml", Range="bytes=1000000-2000000")).content == content[1_000_000:2_000_001]


async def test_the_site_map_is_where_those_look_who_were_told_of_none(web: Open, feeds: Path) -> None:
    write(feeds / "sitemap.xml", CONTENT)
    for ask in (web(), web(root_path="/below")):
        found = await ask("/sitemap.xml")
        assert (found.content, found.headers["content-type"]) == (CONTENT, "application/xml; charset=utf-8")


async def test_a_browser_that_shows_a_feed_finds_an_icon_where_it_looks_for_one(tmp_path: Path, web: Open) -> None:
    Publisher(tmp_path / "feeds", SITE).publish(Held(Catalogue(SITE)))
    for path in ("/favicon.ico", "/feeds/favicon.ico"):
        icon = await web()(path)
        assert (icon.status_code, icon.headers["content-type"]) == (200, "image/vnd.microsoft.icon")
        assert icon.content.startswith(b"\0\0\1\0\1\0\x20\x20"), "one picture of 32 by 32"


# --- Gone ------------------------------------------------------------------------------------------------------------


async def test_an_article_without_a_title_can_be_withdrawn_too(
    web: Open, sqlite_store: Store, clock: MovableClock
) -> None:
    written, intake = Written().show(a=replace(post("old"), title=""), b=post("new")), Intake(sqlite_store, SITE, clock)
    await intake.run(written)
    del written.entries["a"]
    await intake.run(written)
    withdrawn = await web()("/posts/old")
    page(withdrawn, 410)
    assert "This article was withdrawn" in withdrawn.text


async def test_what_was_withdrawn_is_gone_and_what_never_was_is_not_found(
    web: Open, sqlite_store: Store, clock: MovableClock
) -> None:
    written = Written().show(
        a=post("old", "Old & gone", url="https://blog.example/old", tags=("Ended",), authors=("Ada",)),
        b=post("new", tags=("Data",), authors=("Ben",)),
    )
    intake = Intake(sqlite_store, SITE, clock)
    await intake.run(written)
    ask = web()
    for path in ("/posts/old", "/tags/ended", "/authors/ada"):
        page(await ask(path))
    # A feed that is not written yet is no ended feed.
    page(await ask("/feeds/tags/ended/atom.xml"), 404)
    del written.entries["a"]
    await intake.run(written)
    withdrawn = await ask("/posts/old")
    page(withdrawn, 410)
    assert "Old &amp; gone" in withdrawn.text
    assert "This article was withdrawn" in withdrawn.text
    for path in ("/tags/ended", "/authors/ada", "/authors/ADA", "/tags/ended?page=2", "/authors/ada?page=2"):
        ended = await ask(path)
        page(ended, 410)
        assert "Nothing is left here" in ended.text
    for path in ("/tags/never", "/authors/none", "/tags/data?page=2"):
        page(await ask(path), 404)
    for folder in ("tags/ended", "authors/ada"):
        for file in ("atom.xml", "rss.xml", "feed.json", "summary/atom.xml"):
            gone = await ask(f"/feeds/{folder}/{file}")
            page(gone, 410)
            assert "This feed has ended" in gone.text
            assert gone.headers["access-control-allow-origin"] == "*"
    assert "This feed has ended" in (await web(root_path="/blog")("/blog/feeds/tags/ended/atom.xml")).text
    for chosen in ("tag=ended", "author=ada", "tag=data&author=ada"):
        page(await ask(f"/feeds/custom/atom.xml?{chosen}"), 410)
    for path in (
        "tags/data/atom.xml",
        "authors/ben/rss.xml",
        "tags/never/atom.xml",
        "authors/none/atom.xml",
        "tags/ended/x.png",
    ):
        missing = await ask(f"/feeds/{path}")
        page(missing, 404)
        assert missing.headers["access-control-allow-origin"] == "*"
    page(await ask("/posts/never"), 404)
