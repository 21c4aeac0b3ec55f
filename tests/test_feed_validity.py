"""Every format keeps the rules of its standard, in full and in short, and a reader gets back all that a post says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from blogbot import text
from blogbot.i18n import words
from blogbot.model import Origin, Post, Related, Site
from blogbot.publish import atom, jsonfeed, rss
from blogbot.publish.article import Article, in_short, of_event, of_post
from blogbot.publish.feed import Head, History, feed_entry
from tests import feed_rules, rss_rules
from tests.golden.blog import ARABIC, FAIR, FAIRS, LAMPS, NOTE, SITE, STORM, WALK, WALKS
from tests.test_publish_entries import HEAD
from tests.wild_posts import ADDRESSES, MARKUP, POSTS, SITES, WILD

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"

WHOLE_HEAD = replace(HEAD, hub="https://hub.example/", history=History(previous="https://harbour.example/atom-1.xml"))
ARCHIVE = replace(HEAD, history=History(True, "https://harbour.example/atom-1.xml", "https://harbour.example/atom.xml"))


def files_of(articles: list[Article], head: Head = WHOLE_HEAD) -> dict[str, bytes]:
    """The articles as a feed in each format."""
    entries = [feed_entry(one) for one in articles]
    return {
        "atom.xml": atom.shell(head).around(map(atom.entry, entries)),
        "rss.xml": rss.shell(head).around(map(rss.item, entries)),
        "feed.json": jsonfeed.shell(head).around(map(jsonfeed.item, articles)),
    }


def articles_of(posts: list[Post], site: Site = SITE) -> list[Article]:
    """The posts as entries, each related to all others."""
    return [
        of_post(one, [Related(other, Origin.COMPUTED, 0.5) for other in posts if other is not one], site, words("en"))
        for one in posts
    ]


def problems(files: dict[str, bytes]) -> dict[str, list[str]]:
    return {path: found for path, content in files.items() if (found := feed_rules.problems(path, content))}


BLOG = [ARABIC, NOTE, STORM, LAMPS]
EVENTS = [of_event(own[0].event, own, SITE, words("en")) for own in (WALKS, FAIRS)]


@pytest.mark.parametrize("head", [HEAD, WHOLE_HEAD, ARCHIVE], ids=["plain", "hub and history", "archive"])
@pytest.mark.parametrize("short", [False, True], ids=["full", "short"])
def test_each_format_keeps_the_rules_of_its_standard(head: Head, short: bool) -> None:
    articles = [*articles_of(BLOG), *EVENTS]
    assert problems(files_of([in_short(one) for one in articles] if short else articles, head)) == {}


@pytest.mark.parametrize("short", [False, True], ids=["full", "short"])
def test_without_any_address_each_format_keeps_the_rules_too(short: bool) -> None:
    articles = articles_of([replace(post, url="", image="") for post in BLOG], Site("Notes"))
    head = replace(HEAD, home="", some_home="https://notes.invalid/", address="")
    assert problems(files_of([in_short(one) for one in articles] if short else articles, head)) == {}


def test_a_feed_without_entries_keeps_the_rules() -> None:
    assert problems(files_of([])) == {}


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"<id>tag:harbour.example,2026:feed</id>", b""),
        (b"<title>Harbour Library</title>", b"<title>One</title><title>Two</title>"),
        (b"<updated>2026-02-09T00:00:00+00:00</updated>", b"<updated>Mon, 09 Feb 2026</updated>"),
        (b"<generator>", b"<made>x</made><generator>"),
        (b' href="https://hub.example/"', b""),
        (b"<entry>", b"<entry><summary>x</summary>"),
        (b'type="text/html"', b'type="page"'),
        (b'type="image/jpeg"', b'kind="image/jpeg"'),
        (b'rel="related" href="https', b'rel="alternate" type="text/html" href="https'),
        (b'href="https://harbour.example/1"', b'href="/1"'),
    ],
    ids=[
        "no id", "two titles", "no instant", "unknown element", "link without address", "two summaries", "no media type",
        "unknown attribute", "two alternates", "relative link",
    ],
)  # fmt: skip
def test_the_rules_of_atom_find_what_breaks_them(said: bytes, instead: bytes) -> None:
    document = files_of(articles_of(BLOG))["atom.xml"]
    assert said in document
    assert feed_rules.atom_problems(document.replace(said, instead))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"<link>https://harbour.example</link>", b""),
        (b"<link>https://harbour.example/1</link>", b"<link>/1</link>"),
        (b"<description>", b"<description>x</description><description>"),
        (b"Tue, 03 Feb 2026", b"Mon, 03 Feb 2026"),
        (b"Tue, 03 Feb 2026 09:00:00 +0000", b"2026-02-03T09:00:00Z"),
        (b'length="0"', b""),
        (b'isPermaLink="false"', b""),
        (b"<category>Reading</category>", b"<tag>Reading</tag>"),
        (b"<item>", b"<item><title><b>x</b></title>"),
        (b"</channel>", b"<language>en</language></channel>"),
        (b'version="2.0"', b'version="0.91"'),
        (b"https:%2F%2Fharbour.example%2F2</guid>", b"https:%2F%2Fharbour.example%2F1</guid>"),
    ],
    ids=[
        "no link", "relative link", "two descriptions", "wrong day", "other date", "no length", "permalink that is none",
        "unknown element", "markup in a title", "elements after the items", "older version", "one guid twice",
    ],
)  # fmt: skip
def test_the_rules_of_rss_find_what_breaks_them(said: bytes, instead: bytes) -> None:
    document = files_of(articles_of(BLOG))["rss.xml"]
    assert said in document
    assert rss_rules.problems(document.replace(said, instead))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"jsonfeed.org/version/1.1", b"jsonfeed.org/version/1"),
        (b'"title": "Harbour Library", ', b""),
        (b'"content_html"', b'"content"'),
        (b"2026-02-03T09:00:00Z", b"Tue, 03 Feb 2026 09:00:00 +0000"),
        (b'{"name": "Ada Moor"}', b'"Ada Moor"'),
        (b'"mime_type": "image/jpeg"', b'"type": "image/jpeg"'),
        (b'"image": "https://harbour.example/lamp.jpg"', b'"image": "lamp.jpg"'),
        (b"harbour.example%2F2", b"harbour.example%2F1"),
    ],
    ids=[
        "version",
        "no title",
        "no content",
        "other date",
        "author as text",
        "no type",
        "relative image",
        "one id twice",
    ],
)
def test_the_rules_of_json_feed_find_what_breaks_them(said: bytes, instead: bytes) -> None:
    document = files_of(articles_of(BLOG))["feed.json"]
    assert said in document
    assert feed_rules.json_problems(document.replace(said, instead))


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>", "<p onclick=x>", "<a href=' java\nscript:x'>", "<img src=data:image/svg+xml,x>", "<!-- x -->",
        "<a href='JavaScript&colon;x'>", "<svg>", "<p style='x'>", "<iframe src=x>", "<![CDATA[x]]>", "<?php x ?>",
    ],
)  # fmt: skip
def test_what_could_run_is_found(html: str) -> None:
    assert feed_rules.unsafe(f"<p>Before</p>{html}")


def said_by(article: Article) -> dict[str, Any]:
    """What a reader of Atom or RSS has to get of an article."""
    return {
        "id": article.id,
        "title": article.title,
        "link": article.url,
        "content": article.html.strip(),
        "authors": list(article.authors),
        "tags": {tag.name for tag in article.tags},
        "published": article.published and article.published.timetuple()[:6],
        "updated": article.updated.timetuple()[:6],
        "enclosures": [(article.image, article.image_type)] if article.image_type else [],
        "related": [(one.url, one.title) for one in article.related if one.url],
    }


def read_of(entry: Any) -> dict[str, Any]:
    """The same of an entry that feedparser read."""
    return {
        "id": entry.id,
        "title": entry.title,
        "link": entry.get("link", ""),
        "content": next((one.value for one in entry.get("content", []) if one.type == "text/html"), ""),
        "authors": [one.name for one in entry.get("authors", []) if one.get("name")],
        "tags": {tag.label or tag.term for tag in entry.get("tags", [])},
        "published": tuple(entry.published_parsed)[:6] if "published" in entry else None,
        "updated": tuple(entry.updated_parsed)[:6],
        "enclosures": [(one.href, one.type) for one in entry.get("enclosures", [])],
        "related": [(one.href, one.title) for one in entry.get("links", []) if one.rel == "related"],
    }


@pytest.mark.parametrize("short", [False, True], ids=["full", "short"])
@pytest.mark.parametrize("file", ["atom.xml", "rss.xml"])
def test_feedparser_reads_back_all_that_an_entry_says(file: str, short: bool) -> None:
    articles = [*articles_of(BLOG), *EVENTS]
    if short:
        articles = [in_short(one) for one in articles]
    read = feed_rules.read(files_of(articles)[file])
    assert [read_of(entry) for entry in read.entries] == [said_by(article) for article in articles]
    assert read.feed.title == HEAD.title
    assert read.feed.language == "en"
    assert {(one.rel, one.href) for one in read.feed.links} >= {
        ("self", f"{HEAD.address}{file}"), ("alternate", HEAD.home), ("hub", WHOLE_HEAD.hub)
    }  # fmt: skip
    summaries = [entry.summary for entry in read.entries]
    assert [text.plain(one) if file == "rss.xml" else one for one in summaries] == [one.summary for one in articles]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    site=SITES,
    posts=st.lists(POSTS, min_size=1, max_size=3, unique_by=(lambda post: post.id, lambda post: post.key)),
    short=st.booleans(),
)
def test_whatever_posts_hold_each_format_is_valid_and_says_the_same(site: Site, posts: list[Post], short: bool) -> None:
    articles = articles_of(posts, site)
    if short:
        articles = [in_short(one) for one in articles]
    files = files_of(articles)
    assert problems(files) == {}
    items = json.loads(files["feed.json"])["items"]
    entries = list(etree.fromstring(files["atom.xml"]).iter(f"{ATOM}entry"))
    told = list(etree.fromstring(files["rss.xml"]).iter("item"))
    for article, item, entry, heard in zip(articles, items, entries, told, strict=True):
        assert feed_rules.unsafe(article.html) == feed_rules.unsafe(heard.findtext("description") or "") == []
        assert item.get("content_html", "") == article.html
        assert (entry.findtext(f"{ATOM}content") or "") == (heard.findtext(f"{CONTENT}encoded") or "") == article.html
        assert entry.findtext(f"{ATOM}title") == heard.findtext("title") == item["title"] == article.title
        assert entry.findtext(f"{ATOM}summary") == item["summary"] == article.summary
        assert text.plain(heard.findtext("description") or "") == text.plain(text.escape(article.summary))


def strings(said: Any) -> Iterator[str]:
    """All strings in nested collections."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict | list | tuple | set):
        for part in said.values() if isinstance(said, dict) else said:
            yield from strings(part)


def looks_misread(said: str) -> bool:
    """Whether feedparser takes `said` for UTF-8 that was read as Latin-1, and "mends" it."""
    try:
        return said.encode("iso-8859-1").decode("utf-8") != said
    except UnicodeError:
        return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(posts=st.lists(POSTS, min_size=1, max_size=2, unique_by=(lambda post: post.id, lambda post: post.key)))
@pytest.mark.parametrize("file", ["atom.xml", "rss.xml"])
def test_whatever_posts_hold_feedparser_loses_none_of_it(file: str, posts: list[Post]) -> None:
    articles = articles_of(posts)
    # What looks like an entity in an RSS link, as in "?a&b;c", feedparser itself takes for one.
    assume(not any(re.search(r"&\w+;", one.url) for one in articles))
    assume(not any(map(looks_misread, strings([said_by(one) for one in articles]))))
    read = feed_rules.read(files_of(articles)[file])
    assert [read_of(entry) for entry in read.entries] == [said_by(article) for article in articles]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(markup=MARKUP, summary=WILD, url=ADDRESSES)
def test_no_markup_makes_a_feed_unsafe_even_where_it_came_in_unsanitised(markup: str, summary: str, url: str) -> None:
    articles = [
        *articles_of([replace(LAMPS, html=markup, summary=summary, url=url)]),
        of_event(replace(WALK, html=markup), WALKS, SITE, words("en")),
    ]
    assert [found for one in articles for found in feed_rules.unsafe(one.html)] == []
    assert problems(files_of(articles)) == {}


def test_an_event_says_all_that_the_calendar_says() -> None:
    files = files_of(EVENTS)
    assert problems(files) == {}
    assert [item["title"] for item in json.loads(files["feed.json"])["items"]] == [WALK.title, FAIR.title]
