"""What an entry holds besides its words, its short form, and what a head says of its hub and its history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from lxml import etree

from blogbot.i18n import words
from blogbot.model import Origin, Post, Related, Site
from blogbot.publish import atom, jsonfeed, rss
from blogbot.publish.address import image_type
from blogbot.publish.article import Article, in_short, of_post
from blogbot.publish.feed import Head, History, feed_entry
from tests.golden.blog import ARABIC, LAMPS, NOTE, SITE, STORM

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"

HEAD = Head(
    id="tag:harbour.example,2026:feed",
    title="Harbour Library",
    subtitle="The newest on tide & <weather>.",
    author="Harbour Library",
    language="en",
    home="https://harbour.example",
    some_home="https://harbour.example",
    address="https://bot.harbour.example/feeds/",
    updated=datetime(2026, 2, 9, tzinfo=UTC),
)


def made(post: Post, *related: Post, site: Site = SITE) -> Article:
    return of_post(post, [Related(one, Origin.COMPUTED, 0.5) for one in related], site, words("en"))


def atom_feed(*articles: Article, head: Head = HEAD, file: str = atom.FILE) -> bytes:
    return atom.shell(head, file).around(atom.entry(feed_entry(one)) for one in articles)


def rss_feed(*articles: Article, head: Head = HEAD) -> bytes:
    return rss.shell(head).around(rss.item(feed_entry(one)) for one in articles)


def json_feed(*articles: Article, head: Head = HEAD) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(jsonfeed.shell(head).around(map(jsonfeed.item, articles)))
    return read


def links(feed: bytes) -> list[tuple[str | None, str | None]]:
    """The links of the head of an Atom or RSS feed, with their relation."""
    root = etree.fromstring(feed)
    channel = root.find("channel")
    return [(one.get("rel"), one.get("href")) for one in (root if channel is None else channel).iterfind(f"{ATOM}link")]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://example.org/a.jpg", "image/jpeg"),
        ("https://example.org/a.JPEG?width=80", "image/jpeg"),
        ("https://example.org/a.b.png#top", "image/png"),
        ("https://example.org/a.webp", "image/webp"),
        ("https://example.org/a.svg", "image/svg+xml"),
        ("https://example.org/a.php?file=b.jpg", ""),
        ("https://example.jpg/a", ""),
        ("https://example.org/jpg", ""),
        ("", ""),
    ],
)
def test_a_pictures_address_tells_its_type(address: str, kind: str) -> None:
    assert image_type(address) == kind


def test_a_picture_is_an_enclosure_and_media_in_every_format() -> None:
    article = made(LAMPS)
    picture = "https://harbour.example/lamp.jpg"
    for feed in (atom_feed(article), rss_feed(article)):
        (read,) = feedparser.parse(feed).entries
        (enclosure,) = read.enclosures
        assert (enclosure.href, enclosure.type) == (picture, "image/jpeg")
        assert read.media_content == [{"url": picture, "medium": "image", "type": "image/jpeg"}]
        assert read.media_thumbnail == [{"url": picture}]
    (enclosed,) = etree.fromstring(rss_feed(article)).iter("enclosure")
    assert dict(enclosed.items()) == {"url": picture, "length": "0", "type": "image/jpeg"}
    (item,) = json_feed(article)["items"]
    assert item["image"] == picture
    assert item["attachments"] == [{"url": picture, "mime_type": "image/jpeg"}]


def test_a_picture_of_unknown_type_stands_only_where_no_type_is_demanded() -> None:
    article = made(replace(LAMPS, image="https://harbour.example/picture?id=7"))
    for feed in (atom_feed(article), rss_feed(article)):
        (read,) = feedparser.parse(feed).entries
        assert read.media_content == [{"url": article.image, "medium": "image"}]
    assert not list(etree.fromstring(rss_feed(article)).iter("enclosure"))
    # Readers take a link without a type for a page.
    assert "enclosure" not in {link.get("rel") for link in etree.fromstring(atom_feed(article)).iter(f"{ATOM}link")}
    (item,) = json_feed(article)["items"]
    assert item["image"] == article.image
    assert "attachments" not in item


def test_an_rss_item_says_when_it_was_updated_and_in_which_language() -> None:
    (storm,) = feedparser.parse(rss_feed(made(STORM))).entries
    assert storm.published == "Tue, 03 Feb 2026 09:00:00 +0000"
    assert storm.updated == "2026-02-09T17:30:15+00:00"
    (arabic,) = etree.fromstring(rss_feed(made(ARABIC))).iter("item")
    assert arabic.findtext("{http://purl.org/dc/elements/1.1/}language") == "ar"


@pytest.mark.parametrize("short", [False, True], ids=["full", "short"])
def test_what_looks_like_markup_in_a_summary_is_read_as_it_was_written(short: bool) -> None:
    summary = "Use <b> & not <script>alert(1)</script>."
    article = made(replace(LAMPS, summary=summary))
    feed = rss_feed(in_short(article) if short else article)
    (item,) = etree.fromstring(feed).iter("item")
    # An RSS description is HTML, so this is what a reader shows as the summary's very words.
    assert item.findtext("description") == "Use &lt;b&gt; &amp; not &lt;script&gt;alert(1)&lt;/script&gt;."
    assert etree.fromstring(feed).findtext("channel/description") == "The newest on tide &amp; &lt;weather&gt;."
    assert etree.fromstring(atom_feed(article)).findtext(f"{ATOM}entry/{ATOM}summary") == summary
    assert json_feed(article)["items"][0]["summary"] == summary


def test_the_short_form_has_the_summary_and_all_links_and_no_content() -> None:
    full = made(LAMPS, STORM)
    short = in_short(full)
    assert b"He wrote each night" not in b"".join((atom_feed(short), rss_feed(short)))
    (entry,) = etree.fromstring(atom_feed(short)).iter(f"{ATOM}entry")
    assert entry.find(f"{ATOM}content") is None
    assert entry.findtext(f"{ATOM}summary") == LAMPS.summary
    assert [link.get("rel") for link in entry.iter(f"{ATOM}link")] == ["alternate", "related", "enclosure"]
    (item,) = etree.fromstring(rss_feed(short)).iter("item")
    assert item.find(f"{CONTENT}encoded") is None
    assert item.findtext("description") == "In short: The lamplighter's diary"
    assert item.find(f"{ATOM}link[@rel='related']") is not None
    (told,), (whole,) = json_feed(short)["items"], json_feed(full)["items"]
    assert "content_html" not in told
    assert told["content_text"] == told["summary"] == LAMPS.summary
    same = whole.keys() - {"content_html"}
    assert {key: told[key] for key in same} == {key: whole[key] for key in same}


def test_the_short_form_of_what_has_no_address_has_its_summary_as_content() -> None:
    short = in_short(made(replace(NOTE, summary="a < b"), site=Site("Notes")))
    (entry,) = etree.fromstring(atom_feed(short)).iter(f"{ATOM}entry")
    assert entry.find(f"{ATOM}link") is None
    assert entry.findtext(f"{ATOM}content") == "<p>a &lt; b</p>"
    assert json_feed(short)["items"][0]["content_html"] == "<p>a &lt; b</p>"


def test_a_post_without_a_body_has_its_summary_as_content() -> None:
    article = made(replace(LAMPS, html="", summary="a < b"), STORM)
    assert article.html.startswith("<p>a &lt; b</p>\n<h2>Related articles</h2>")


def test_a_head_names_its_hub_in_every_format() -> None:
    hub = "https://hub.example/"
    head = replace(HEAD, hub=hub)
    assert ("hub", hub) in links(atom_feed(head=head))
    assert links(rss_feed(head=head)) == [("self", "https://bot.harbour.example/feeds/rss.xml"), ("hub", hub)]
    assert etree.fromstring(rss_feed(head=head)).findtext("channel/link") == "https://harbour.example"
    assert json_feed(head=head)["hubs"] == [{"type": "WebSub", "url": hub}]


def test_a_head_without_a_hub_names_none() -> None:
    assert "hub" not in dict(links(atom_feed()))
    assert "hub" not in dict(links(rss_feed()))
    assert "hubs" not in json_feed()


def test_an_archive_says_so_and_leads_to_the_one_before_and_to_the_feed() -> None:
    folder = "https://bot.harbour.example/feeds/archive/"
    current = "https://bot.harbour.example/feeds/atom.xml"
    history = History(archive=True, previous=f"{folder}atom-2.xml", current=current)
    feed = atom_feed(made(LAMPS), head=replace(HEAD, address=folder, history=history), file="atom-3.xml")
    assert etree.fromstring(feed).find(f"{HISTORY}archive") is not None
    assert links(feed) == [
        ("self", f"{folder}atom-3.xml"),
        ("prev-archive", f"{folder}atom-2.xml"),
        ("current", current),
        ("alternate", "https://harbour.example"),
    ]
    assert not feedparser.parse(feed).bozo


def test_the_feed_that_people_subscribe_to_leads_to_its_newest_archive() -> None:
    previous = "https://bot.harbour.example/feeds/archive/atom-3.xml"
    feed = atom_feed(made(LAMPS), head=replace(HEAD, history=History(previous=previous)))
    assert ("prev-archive", previous) in links(feed)
    assert b"syndication/history" not in feed


def test_a_prefix_is_declared_once_in_a_document() -> None:
    feed = atom_feed(made(LAMPS), made(STORM), made(NOTE))
    assert feed.count(b"xmlns:media") == feed.count(b'xmlns="') == 1
    assert rss_feed(made(LAMPS), made(STORM)).count(b"xmlns:media") == 1
