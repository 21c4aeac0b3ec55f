"""The page that lists the feeds."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree, html

from blogbot.i18n import words
from blogbot.model import Site, Tag
from blogbot.publish import index
from tests.blog_in_memory import Catalogue, render
from tests.golden.blog import CATALOGUE, LAMPS, SITE

BUDGET = 50_000
"""Bytes of a first visit, as they are unpacked."""


def page(catalogue: Catalogue = CATALOGUE) -> tuple[Any, dict[str, bytes]]:
    files = dict(render(catalogue, words(catalogue.site.language)))
    return html.document_fromstring(files["index.html"].decode()), files


def test_every_feed_and_calendar_is_linked_and_every_link_leads_somewhere() -> None:
    document, files = page()
    linked = {href for href in document.xpath("//a/@href | //link/@href | //script/@src") if ":" not in href}
    assert linked <= set(files)
    # A topic's calendar is linked only where it has events; the short forms of topics, authors and events would be too much.
    unlinked = {
        path for path in files if not path.startswith(("tags/", "authors/", "events/")) or "summary" not in path
    } - linked
    assert unlinked == {"index.html", "sitemap.xml", "tags/reading/events.ics"}


def test_readers_find_the_feeds_by_themselves() -> None:
    document, _ = page()
    found = {link.get("href"): link.get("type") for link in document.iter("link") if link.get("rel") == "alternate"}
    assert found == {
        "atom.xml": "application/atom+xml",
        "rss.xml": "application/rss+xml",
        "feed.json": "application/feed+json",
        "events/atom.xml": "application/atom+xml",
        "events/rss.xml": "application/rss+xml",
        "events/feed.json": "application/feed+json",
        "events.ics": "text/calendar",
    }


def test_it_asks_nobody_else_for_anything_and_runs_a_file_of_its_own_alone() -> None:
    document, files = page()
    assert [dict(script.attrib) for script in document.iter("script")] == [{"src": "feeds.js", "defer": "defer"}]
    assert b"fetch" not in files["feeds.js"]
    assert not document.xpath("//script[text()] | //img | //iframe | //*[@style] | //*[@onclick]")
    assert b"url(" not in files["feeds.css"]
    assert b"@import" not in files["feeds.css"]


def test_a_calendar_can_be_subscribed_to_once_its_address_is_known() -> None:
    document, _ = page()
    for path in ("events.ics", "tags/local-history/events.ics"):
        assert f"webcal://bot.harbour.example/feeds/{path}" in document.xpath("//a/@href")
    document, _ = page(replace(CATALOGUE, site=replace(SITE, public_url="")))
    assert not [href for href in document.xpath("//a/@href") if href.startswith("webcal")]


def test_names_from_outside_stay_text() -> None:
    tag = Tag("x", "<script>alert(1)</script> {{ 7 * 7 }} %(num)s")
    document, _ = page(Catalogue(Site("<b>Bold</b> & co", "javascript:alert(1)"), [replace(LAMPS, tags=(tag,))]))
    assert not document.xpath("//script[not(@src)] | //b | //a[starts-with(@href, 'javascript')]")
    assert tag.name in [heading.text_content() for heading in document.iter("h3")]
    assert document.xpath("//p[@class='site']")[0].text_content() == "<b>Bold</b> & co"


@pytest.mark.parametrize(("count", "said"), [(1, "1 article"), (2, "2 articles")])
def test_a_topic_says_how_much_it_holds(count: int, said: str) -> None:
    tag = Tag("one", "One")
    posts = [replace(LAMPS, id=number, key=str(number), tags=(tag,)) for number in range(count)]
    document, _ = page(Catalogue(SITE, posts))
    counts = document.xpath("//section[@aria-labelledby='topics']//*[@class='count']")
    assert [one.text_content().strip() for one in counts] == [said]


def test_of_many_topics_the_fullest_are_on_the_first_page_which_stays_light() -> None:
    tags = [Tag(f"topic-{number:03}", f"Topic {number:03}") for number in range(200)]
    posts = [
        replace(LAMPS, id=number, key=str(number), tags=(tags[number % 200], tags[min(number, 7)]))
        for number in range(201)
    ]
    document, files = page(Catalogue(SITE, posts))
    beside = sum(len(files[name]) for name in ("feeds.css", "feeds.js", "favicon.ico"))
    pages = [name for name in files if name.endswith(".html")]
    assert {name for name in pages if len(files[name]) + beside >= BUDGET} == set()
    offered = [heading.text for heading in document.iter("h3")]
    assert len(offered) == 20 + 2, "and the authors"
    assert "Topic 007" in offered
    assert document.xpath("//p[@class='more']/a/@href") == ["tags.html"]
    assert pages == ["index.html", "tags.html", *(f"tags-{number}.html" for number in range(2, 6))]
    linked: list[str] = []
    for name in pages[1:]:
        read: Any = html.document_fromstring(files[name].decode())
        linked += [href for href in read.xpath("//a/@href") if ":" not in href]
    assert set(linked) <= set(files), "every link leads somewhere"
    atoms = [href for href in linked if href.endswith("/atom.xml")]
    assert atoms == [f"tags/{tag.slug}/atom.xml" for tag in tags]


def test_every_feed_leads_a_browser_to_the_style_that_says_what_it_is() -> None:
    _, files = page()
    for path, written in files.items():
        if path.endswith(("atom.xml", "rss.xml", ".opml")):
            named = etree.fromstring(written).getprevious()
            assert named is not None, path
            way = str(named.get("href"))
            assert posixpath.normpath(posixpath.join(posixpath.dirname(path), way)) == "feeds.css", path
    assert b'--of-feed: "This is a feed' in files["feeds.css"]


def test_what_a_feed_says_in_a_browser_is_in_the_sites_language_whatever_is_in_it() -> None:
    said: Any = SimpleNamespace(gettext=lambda _: 'a "b" \\ c\nd', right_to_left=True)
    style = index.style(said).decode()
    assert '--of-list: "a \\"b\\" \\\\ c d";' in style
    assert style.endswith(":root:not([dir]) {\n  direction: rtl;\n}\n")
