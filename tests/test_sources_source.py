"""Opening a source: what it is found to be, and how it is looked at again."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from blogbot.config import SourceKind, SourceSettings
from blogbot.errors import FetchError, SourceError
from blogbot.model import Look, Validators
from blogbot.sources import Fetcher, open_source
from blogbot.sources.document import Document
from blogbot.sources.source import detect
from tests.sources import HERE, fixture, items
from tests.test_sources_fetch import site

NEVER = Validators()


async def look_at(location: str | Path, kind: SourceKind | str = "", since: Validators = NEVER) -> Look:
    settings = SourceSettings.model_validate({"location": str(location), "kind": kind})
    async with Fetcher() as fetcher:
        return await open_source(settings, timezone="Europe/London", fetcher=fetcher).look(since)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("page.txt", 2),
        ("page.html", 2),
        ("full.html", 2),
        ("posts", 4),
        ("posts/2026-03-05-second-thoughts.md", 1),
        ("events", 1),
        ("rss.xml", 2),
        ("atom.xml", 2),
        ("feed.json", 1),
        ("wordpress.xml", 2),
    ],
)
async def test_a_path_is_read_as_what_it_is(name: str, count: int) -> None:
    assert len(items(await look_at(HERE / name))) == count


@pytest.mark.parametrize(
    ("data", "where", "media_type", "kind"),
    [
        (b"BEGIN:VCALENDAR\r\n", "x", "", "calendar"),
        (b"\xef\xbb\xbfbegin:vcalendar\n", "x.txt", "", "calendar"),
        (b"<?xml version='1.0'?>\n<!-- hi --><rss version='2.0'>", "x", "text/html", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'>", "x.html", "", "feed"),
        (b"<rdf:RDF xmlns:rdf='x'>", "x", "", "feed"),
        ("<?xml version='1.0'?><rss>".encode("utf-16"), "x", "", "feed"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss version='2.0'>", "x", "", "feed"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b>'>]><rss>", "x.html", "", "feed"),
        (b"<!-- hi --><!DOCTYPE x SYSTEM 'y'><x>", "x", "text/html", "feed"),
        (b"<?xml version='1.0'?><urlset>", "x", "", "feed"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'><html>", "x", "", "page"),
        (b"<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'>", "x", "", "page"),
        (b"<!doctype html>\n<p>The <rss> of a page", "x", "", "page"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "x", "", "feed"),
        (b"<rss xmlns:wp='http://wordpress.org/export/1.2/'>", "x.xml", "", "wordpress"),
        (b"# A note on <rss>", "x.md", "text/plain", "markdown"),
        (b"<feed> in the first line", "x.md", "", "markdown"),
        (b"text", "x", "text/markdown", "markdown"),
        (b"text", "https://x.example/a.md?raw=1", "text/plain", "markdown"),
        (b"<html>", "x", "text/html", "page"),
        (b"Hello", "x.txt", "", "page"),
        (b"Hello", "x", "", "page"),
        ("é".encode() * 10_000, "x", "", "page"),
    ],
)
def test_what_a_document_is_found_to_be(data: bytes, where: str, media_type: str, kind: str) -> None:
    assert detect(Document(data, where, media_type=media_type)) == kind


async def test_what_a_parser_raises_is_told_of_its_entry_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RecursionError

    look = await look_at(HERE / "posts")
    monkeypatch.setattr("markdown_it.MarkdownIt.render", fail)
    assert look.entries is not None
    with pytest.raises(SourceError, match="did not expect") as refused:
        look.entries[0].read()
    assert refused.value.where == "2026-03-01-first-steps.md"
    assert isinstance(refused.value.__cause__, RecursionError)


async def test_a_document_with_entities_of_its_own_is_refused_as_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("<!DOCTYPE x [<!ENTITY a 'aa'>]><rss><channel><item><title>&a;</title></item></channel></rss>")
    with pytest.raises(SourceError, match="defines entities of its own"):
        await look_at(path)


def context(location: str, kind: str = "", *, timezone: str = "", site: str = "UTC", base: str = "") -> str:
    settings = SourceSettings.model_validate({"location": location, "kind": kind, "timezone": timezone, "name": "ours"})
    return open_source(settings, timezone=site, fetcher=Fetcher(), base=base).context


@pytest.mark.parametrize("location", ["https://x.example/feed", "posts"])
def test_the_context_differs_with_whatever_decides_what_a_look_gives(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = context(location)
    assert usual == context(location)
    assert usual.splitlines()[0] == location
    assert len(usual.splitlines()) == 2
    assert context(location, timezone="Asia/Tokyo") == context(location, site="Asia/Tokyo")
    others = [
        context(location, "feed"),
        context(location, timezone="Asia/Tokyo"),
        context(location, base="https://x.example/"),
        context(f"{location}/b"),
        context(f"{location}\n[]"),
    ]
    monkeypatch.setattr("blogbot.sources.document.PARSER", b"another")
    others.append(context(location))
    assert len({usual, *others}) == 7
    assert {len(each.splitlines()) for each in others} == {2}


async def test_a_calendar_from_a_path() -> None:
    look = await look_at(HERE / "calendar.ics")
    assert look.entries is not None
    assert len(look.entries) == 4


@pytest.mark.parametrize(
    ("location", "kind", "reason"),
    [
        ("nowhere.md", "", "there is no such file"),
        ("nowhere/\0/x", "", "cannot be read|no such file"),
        ("x" * 5000, "", "cannot be read|no such file"),
        (str(HERE / "posts"), "calendar", "is a folder, not a calendar"),
        (str(HERE / "page.txt"), "calendar", "is not a calendar"),
        (str(HERE / "page.txt"), "feed", "is not a feed"),
        (str(HERE / "rss.xml"), "wordpress", "is not a WordPress export"),
        ("ftp://x.example/a", "", "ftp addresses are not read"),
        ("webcal://jo:secret@x.example/a", "", "webcal addresses are not read"),
    ],
)
async def test_what_cannot_be_read_is_named(location: str, kind: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as refused:
        await look_at(location, kind)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\xef\xbb\xbf", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not text"),
        (bytes(range(256)) * 40, "is not text"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "is not text"),
    ],
)
async def test_a_file_without_text_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=reason) as refused:
        await look_at(path)
    assert refused.value.where == str(path)


async def test_a_file_that_did_not_change_keeps_its_fingerprints_and_one_that_did_does_not(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(fixture("page.txt").data)
    first, again = await look_at(path), await look_at(path)
    assert first.entries is not None
    assert again.entries is not None
    assert [(e.where, e.fingerprint) for e in first.entries] == [(e.where, e.fingerprint) for e in again.entries]
    path.write_bytes(path.read_bytes() + b"\n\nOne more")
    changed = (await look_at(path)).entries
    assert changed is not None
    assert changed[0].where == first.entries[0].where
    assert changed[0].fingerprint != first.entries[0].fingerprint


class _Site:
    """A site with a page that names its feed; it counts what it is asked for, and by whom it was not read again."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.feed = fixture("rss.xml").data
        self.etag = '"f1"'

    async def answer(self, request: web.Request) -> web.Response:
        response = self._response(request)
        self.asked.append((request.path, response.status))
        return response

    def _response(self, request: web.Request) -> web.Response:
        if request.path == "/blog/":
            link = '<link rel="alternate" type="application/rss+xml" href="../feed.xml">'
            return web.Response(text=f"<html><head>{link}</head><body>x</body></html>", content_type="text/html")
        if request.path == "/page":
            return web.Response(text="<html><body><p>No feed here</p></body></html>", content_type="text/html")
        if request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        return web.Response(body=self.feed, content_type="application/rss+xml", headers={"ETag": self.etag})


async def test_a_feed_is_found_from_its_page_and_asked_alone_from_then_on() -> None:
    ours = _Site()
    async with site(ours.answer) as url, Fetcher() as fetcher:
        settings = SourceSettings(location=f"{url}/blog/", kind="feed", name="blog")
        source = open_source(settings, timezone="UTC", fetcher=fetcher)
        assert source.name == "blog"
        first = await source.look(NEVER)
        assert first.entries is not None
        assert len(first.entries) == 2
        again = await source.look(first.validators)
        assert again.entries is None
        assert again.validators == first.validators
        ours.etag = '"f2"'
        assert (await source.look(first.validators)).entries is not None
    assert ours.asked == [("/blog/", 200), ("/feed.xml", 200), ("/feed.xml", 304), ("/feed.xml", 200)]


async def test_after_a_restart_an_unchanged_feed_is_still_unchanged() -> None:
    ours = _Site()
    async with site(ours.answer) as url:
        for location in (f"{url}/blog/", f"{url}/feed.xml"):
            first = await look_at(location, "feed")
            assert first.validators.etag == '"f1"'
            assert (await look_at(location, "feed", first.validators)).entries is None
    assert ours.asked[-1] == ("/feed.xml", 304)


async def test_a_date_of_change_alone_is_enough() -> None:
    changed = "Mon, 02 Mar 2026 09:00:00 GMT"

    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            body=fixture("rss.xml").data, headers={"Last-Modified": changed, "Content-Type": "text/xml"}
        )

    async with site(answer) as url:
        first = await look_at(url, "feed")
        assert first.entries is not None
        assert (await look_at(url, "feed", first.validators)).entries is None


async def test_a_page_without_a_feed_says_so() -> None:
    async with site(_Site().answer) as url:
        with pytest.raises(SourceError, match="names no feed"):
            await look_at(f"{url}/page", "feed")


async def test_an_address_is_read_as_what_it_is() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=fixture(request.path.strip("/")).data)

    async with site(answer) as url:
        assert len(items(await look_at(f"{url}/full.html"))) == 2
        assert len(items(await look_at(f"{url}/atom.xml"))) == 2
        assert (await look_at(f"{url}/calendar.ics")).complete


async def test_an_address_that_fails_raises_and_names_itself() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=500)

    async with site(answer) as url:
        with pytest.raises(FetchError, match=f"{url}.*answered 500"):
            await look_at(url)
