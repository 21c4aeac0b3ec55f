"""Whatever a post holds, each format is valid, says all of it, and does no harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import etree

from blogbot import text
from blogbot.i18n import words
from blogbot.model import Origin, Post, Related, Site, Tag
from blogbot.publish import Catalogue, render
from blogbot.publish.address import tag_uri, web_address
from tests.golden.blog import CATALOGUE, FAIR, LAMPS, SITE, WALK, WALKS

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"

# Every code point there is, lone surrogates and controls too, among pieces that break careless writers.
CHARACTERS = st.text(st.characters(), max_size=40)
PIECES = st.sampled_from(
    ["]]>", "<![CDATA[", "<!--", "-->", "&", "&#0;", "&nbsp;", "\x00", "\x0b", "\ud800", "\ufffe", "\r\n", "\u2028", "🧭", "\u202e", "مرحبا",
     "<script>alert(1)</script>", "<p>", "</p>", '<a href="/x">', "</a>", "<textarea>", '"', "'", "%s", "{}", "x" * 5000]
)  # fmt: skip
WILD = st.lists(st.one_of(CHARACTERS, PIECES), max_size=6).map("".join)
ADDRESSES = st.one_of(
    WILD,
    WILD.map("https://example.org/".__add__),
    st.sampled_from(
        ["", "javascript:alert(1)", "//example.org", "http://[", "https://bücher.example/ü?q=a b#c", "http://a:b@c:d/"]
    ),
)
INSTANTS = st.integers(-(2**31), 2**33).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
POSTS = st.builds(
    Post,
    id=st.integers(1, 5),
    key=WILD,
    slug=WILD,
    url=ADDRESSES,
    title=WILD,
    summary=WILD,
    html=WILD.map(text.sanitise),
    authors=st.lists(WILD, max_size=2).map(tuple),
    tags=st.lists(st.builds(Tag, WILD, WILD), max_size=2).map(tuple),
    suggested=st.just(()),
    published=INSTANTS,
    updated=INSTANTS,
    revision=st.just(1),
    language=WILD,
    image=ADDRESSES,
)
SITES = st.builds(Site, title=WILD, url=ADDRESSES, public_url=ADDRESSES, language=WILD)


def files_of(catalogue: Catalogue) -> dict[str, bytes]:
    return dict(render(catalogue, words("en")))


def assert_atom_is_valid(feed: bytes) -> None:
    """What RFC 4287 demands of what we write."""
    root = etree.fromstring(feed)
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert element.findtext(f"{ATOM}title")
        assert re.fullmatch(r"tag:[a-z0-9.-]+,2026:[!-~]+", element.findtext(f"{ATOM}id") or "")
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    for entry in root.iter(f"{ATOM}entry"):
        assert len(entry.findall(f"{ATOM}content[@type='html']")) == 1
        assert len(entry.findall(f"{ATOM}link[@rel='alternate']")) <= 1
    for link in root.iter(f"{ATOM}link"):
        address = link.get("href")
        assert address == web_address(address or "-")
        assert address.isascii()


def assert_rss_is_valid(feed: bytes) -> None:
    channel = etree.fromstring(feed).find("channel")
    assert channel is not None
    for name in ("title", "link", "description", "lastBuildDate"):
        assert channel.findtext(name)
    for item in channel.iter("item"):
        assert item.findtext("title")
        assert item.find("guid[@isPermaLink='false']") is not None
        assert len(item.findall("link")) <= 1


@settings(max_examples=60, deadline=None)
@given(site=SITES, posts=st.lists(POSTS, max_size=3, unique_by=(lambda post: post.id, lambda post: post.key)))
def test_every_feed_is_valid_whatever_a_post_holds(site: Site, posts: list[Post]) -> None:
    related = {
        post.id: [Related(other, Origin.COMPUTED, 0.5) for other in posts if other is not post] for post in posts
    }
    files = files_of(Catalogue(site, posts, related))
    for path, content in files.items():
        assert re.fullmatch(r"(tags/[a-z0-9-]+/|events/)?[a-z]+\.[a-z]+", path)
        if path.endswith("atom.xml"):
            assert_atom_is_valid(content)
        elif path.endswith("rss.xml"):
            assert_rss_is_valid(content)
        elif path.endswith(".opml"):
            etree.fromstring(content)
    items: list[dict[str, Any]] = json.loads(files["feed.json"])["items"]
    assert len(items) == len(posts)
    for kind in ("atom.xml", "rss.xml"):
        read = feedparser.parse(files[kind])
        assert not read.bozo, read.get("bozo_exception")
        assert len(read.entries) == len(posts)
    # All three say the same, and all of what the post says that can be said.
    atom = etree.fromstring(files["atom.xml"])
    rss = etree.fromstring(files["rss.xml"])
    expected = [item["content_html"] for item in items]
    assert [one.text or "" for one in atom.iter(f"{ATOM}content")] == expected
    assert [one.text or "" for one in rss.iter(f"{CONTENT}encoded")] == expected
    titles = [item["title"] for item in items]
    assert [one.findtext(f"{ATOM}title") for one in atom.iter(f"{ATOM}entry")] == titles
    assert [one.findtext("title") for one in rss.iter("item")] == titles


@settings(max_examples=60, deadline=None)
@given(uid=WILD, title=WILD, place=WILD, html=WILD.map(text.sanitise), url=ADDRESSES)
def test_every_calendar_and_event_feed_is_valid_whatever_an_event_holds(
    uid: str, title: str, place: str, html: str, url: str
) -> None:
    event = replace(
        WALK, uid=f"u{uid}", title=title, summary=title, location=place, html=html, url=url, tags=(Tag("x", title),)
    )
    dates = [replace(one, event=event, title=title, location=place) for one in WALKS]
    files = files_of(Catalogue(SITE, events=[event, FAIR], occurrences=dates))
    assert_atom_is_valid(files["events/atom.xml"])
    assert not feedparser.parse(files["events/atom.xml"]).bozo
    for path, wanted in (("events.ics", 2), ("tags/x/events.ics", 1)):
        events = Calendar.from_ical(files[path]).walk("VEVENT")
        assert len(events) == wanted
        assert not [error for one in events for error in one.errors]
    (read,) = Calendar.from_ical(files["tags/x/events.ics"]).walk("VEVENT")
    assert str(read.get("url", "")) == web_address(url)


@settings(max_examples=60, deadline=None)
@given(body=WILD)
def test_no_character_that_can_be_carried_is_lost(body: str) -> None:
    html = f"<p>{text.escape(text.clean(body))}</p>"
    files = files_of(Catalogue(SITE, [replace(LAMPS, html=html)]))
    (item,) = json.loads(files["feed.json"])["items"]
    assert item["content_html"] == html
    (content,) = etree.fromstring(files["atom.xml"]).iter(f"{ATOM}content")
    assert content.text == html


@pytest.mark.parametrize(
    "wild",
    ["a\x00b", "a\x1bb", "a\x85b", "a\ud800b", "a\ufffeb", "a\uffffb", "a\x7fb"],
    ids=["null", "escape", "next line", "surrogate", "fffe", "ffff", "delete"],
)
def test_what_no_document_can_carry_is_left_out_and_the_rest_stays(wild: str) -> None:
    post = replace(LAMPS, title=wild, summary=wild, html=f"<p>{wild}</p>", authors=(wild,), tags=(Tag("x", wild),))
    files = files_of(Catalogue(SITE, [post]))
    (item,) = json.loads(files["feed.json"])["items"]
    assert item["title"] == item["summary"] == item["authors"][0]["name"] == item["tags"][0] == "ab"
    assert item["content_html"] == "<p>ab</p>"
    assert etree.fromstring(files["rss.xml"]).findtext("channel/item/title") == "ab"


def test_a_title_of_5000_characters_is_whole_and_one_of_none_has_a_stand_in() -> None:
    long = "é" * 5000
    files = files_of(Catalogue(SITE, [replace(LAMPS, title=long), replace(LAMPS, id=9, key="9", title=" \x00\n ")]))
    titles = {one.text for one in etree.fromstring(files["atom.xml"]).iterfind(f"{ATOM}entry/{ATOM}title")}
    assert titles == {long, "Untitled"}


def test_a_title_is_one_line_and_keeps_its_no_break_spaces() -> None:
    files = files_of(Catalogue(SITE, [replace(LAMPS, title=" Que\n\tfaire\u00a0? ")]))
    assert json.loads(files["feed.json"])["items"][0]["title"] == "Que faire\u00a0?"


@pytest.mark.parametrize(
    ("given_address", "address"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org/a%20b?q=1&r=%C3%BC#top", "https://example.org/a%20b?q=1&r=%C3%BC#top"),
        ("https://example.org:8080/a", "https://example.org:8080/a"),
        (" https://example.org/a b ", "https://example.org/a%20b"),
        ("HTTPS://example.org/a", "https://example.org/a"),
        ("https://bücher.example/ü?ü=ö#ä", "https://xn--bcher-kva.example/%C3%BC?%C3%BC=%C3%B6#%C3%A4"),
        ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/[a]", "https://example.org/%5Ba%5D"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("https://example.org/a\x00b", "https://example.org/ab"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("/about", ""),
        ("//example.org/a", ""),
        ("https://", ""),
        ("http://[", ""),
        ("https://exa mple.org/", ""),
        ("", ""),
    ],
)
def test_an_address_is_a_valid_uri_or_none(given_address: str, address: str) -> None:
    assert web_address(given_address) == address


@given(address=ADDRESSES)
def test_an_address_made_valid_stays_as_it_is(address: str) -> None:
    made = web_address(address)
    assert web_address(made) == made
    assert not made or (made.isascii() and urlsplit(made).hostname)


@given(one=st.tuples(WILD, WILD), other=st.tuples(WILD, WILD))
def test_different_things_have_different_names(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (tag_uri(SITE, *one) == tag_uri(SITE, *other)) == (one == other)


@pytest.mark.parametrize(
    ("site", "authority"),
    [
        (Site("T", "https://Example.org/blog"), "example.org"),
        (Site("T", "https://example.org:8443"), "example.org"),
        (Site("T", "", "https://bot.example.org"), "bot.example.org"),
        (Site("T", "http://[::1]/", "https://bot.example.org"), "bot.example.org"),
        (Site("T", "https://bücher.example"), "xn--bcher-kva.example"),
        (Site("Our Blog"), "our-blog.invalid"),
    ],
)
def test_names_are_given_in_the_sites_own_name(site: Site, authority: str) -> None:
    assert tag_uri(site, "post", "a/b") == f"tag:{authority},2026:post/a%2Fb"


def test_nothing_that_runs_reaches_a_feed_through_an_address() -> None:
    bad = "javascript:alert(1)"
    post = replace(LAMPS, url=bad, image=bad)
    site = replace(SITE, url=bad)
    files = files_of(replace(CATALOGUE, site=site, posts=[post], related={1: [Related(post, Origin.COMPUTED, 1)]}))
    assert not [path for path, content in files.items() if b"javascript" in content]
