"""Whatever a post holds, each format is valid, says all of it, and does no harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import etree

from blogbot import ical, text
from blogbot.i18n import words
from blogbot.model import Origin, Override, Post, Related, Site, Tag
from blogbot.publish.address import tag_uri, web_address
from tests.blog_in_memory import Catalogue, render
from tests.feed_rules import is_feed, problems, unsafe
from tests.golden.blog import CATALOGUE, FAIR, FAIRS, LAMPS, SITE, STORM, WALK, WALKS
from tests.wild_posts import ADDRESSES, POSTS, SITES, WILD

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"


def files_of(catalogue: Catalogue) -> dict[str, bytes]:
    return dict(render(catalogue, words("en")))


@settings(max_examples=60, deadline=None)
@given(site=SITES, posts=st.lists(POSTS, max_size=3, unique_by=(lambda post: post.id, lambda post: post.key)))
def test_every_feed_is_valid_whatever_a_post_holds(site: Site, posts: list[Post]) -> None:
    related = {
        post.id: [Related(other, Origin.COMPUTED, 0.5) for other in posts if other is not post] for post in posts
    }
    files = files_of(Catalogue(site, posts, related))
    for path, content in files.items():
        assert re.fullmatch(r"((tags|authors)/[a-z0-9-]+/)?(summary/|events/(summary/)?)?[a-z]+\.[a-z]+", path)
        if is_feed(path):
            assert problems(path, content) == []
        elif path.endswith(".opml"):
            etree.fromstring(content)
    items: list[dict[str, Any]] = json.loads(files["feed.json"])["items"]
    assert len(items) == len(posts)
    assert [found for item in items for found in unsafe(item["content_html"])] == []
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
    for path in filter(is_feed, files):
        assert problems(path, files[path]) == []
    for path, wanted in (("events.ics", 2), ("tags/x/events.ics", 1)):
        events = Calendar.from_ical(files[path]).walk("VEVENT")
        assert len(events) == wanted
        assert not [error for one in events for error in one.errors]
    (read,) = Calendar.from_ical(files["tags/x/events.ics"]).walk("VEVENT")
    assert read["url"] == (web_address(url) or f"https://bot.harbour.example/events/{WALK.id}")


ENDS_OF_TIME = st.sampled_from(
    [datetime(year, *rest) for year in (1, 1900, 2026, 2200, 9999) for rest in ((1, 1), (6, 15, 12), (12, 31, 23, 59, 59))]
)  # fmt: skip
RULES = st.sampled_from(
    ["RRULE:FREQ=YEARLY", "RRULE:FREQ=MONTHLY;UNTIL=99991231", "RRULE:FREQ=YEARLY;UNTIL=99991231T235959",
     "RRULE:FREQ=YEARLY;UNTIL=00010101T000000", "RRULE:FREQ=MONTHLY;COUNT=3", "RDATE:99991231T235959,00010101T000000",
     "EXDATE:99991231T235959"]
)  # fmt: skip
ZONES = st.sampled_from(["UTC", "America/New_York", "Etc/GMT+12", "Pacific/Kiritimati"])


@settings(max_examples=15, deadline=None)
@given(at=ENDS_OF_TIME, end=ENDS_OF_TIME, zone=ZONES, rules=st.lists(RULES, max_size=3), moved=st.none() | ENDS_OF_TIME)
def test_an_event_at_either_end_of_time_has_dates_and_is_written(
    at: datetime, end: datetime, zone: str, rules: list[str], moved: datetime | None
) -> None:
    overrides = (Override(at, starts=moved),) if moved else ()
    odd = replace(
        WALK, starts=at, ends=max(at, end), timezone=zone, recurrence=tuple(rules), overrides=overrides, uid="odd"
    )
    first, now, last = (datetime(*day, tzinfo=UTC) for day in ((1, 1, 2), (2026, 1, 1), (9999, 12, 30)))
    dates = [one for after in (now, first) for one in ical.occurrences(odd, after, last, WALKS[0].known)]
    assert all(one.starts <= one.ends for one in dates)
    files = files_of(Catalogue(SITE, events=[odd, FAIR], occurrences=dates))
    assert {str(each["UID"]) for each in Calendar.from_ical(files["events.ics"]).walk("VEVENT")} == {"odd", FAIR.uid}
    assert problems("events/atom.xml", files["events/atom.xml"]) == []


def test_an_event_that_cannot_be_written_is_left_out_and_all_others_are_there() -> None:
    odd = replace(WALK, uid="odd", timezone="Nowhere/At_All")
    files = files_of(Catalogue(SITE, events=[odd, FAIR], occurrences=[replace(WALKS[0], event=odd), *FAIRS]))
    assert [str(each["UID"]) for each in Calendar.from_ical(files["events.ics"]).walk("VEVENT")] == [FAIR.uid]
    assert files["events/atom.xml"].count(b"<entry") == 1


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
    files = files_of(
        Catalogue(SITE, [replace(LAMPS, title=long), replace(LAMPS, id=9, key="9", title=" \x00\n\u2028\xa0 ")])
    )
    titles = {one.text for one in etree.fromstring(files["atom.xml"]).iterfind(f"{ATOM}entry/{ATOM}title")}
    assert titles == {long, "Untitled"}


def test_a_title_is_one_line_and_keeps_its_no_break_spaces() -> None:
    files = files_of(Catalogue(SITE, [replace(LAMPS, title=" Que\n\t\u2028faire\u00a0? ")]))
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


@pytest.mark.parametrize("bad", ["about:blank", "/articles/1", "http://[", "javascript:alert(1)"])
def test_a_post_whose_own_address_is_none_is_read_on_our_page(bad: str) -> None:
    related = {1: [Related(replace(STORM, url=bad), Origin.COMPUTED, 1)]}
    (item,) = json.loads(files_of(Catalogue(SITE, [replace(LAMPS, url=bad)], related))["feed.json"])["items"]
    assert item["url"] == "https://bot.harbour.example/posts/post-1"
    assert item["_blogbot"]["related"][0]["url"] == "https://bot.harbour.example/posts/post-2"


def test_nothing_that_runs_reaches_a_feed_through_an_address() -> None:
    bad = "javascript:alert(1)"
    post = replace(LAMPS, url=bad, image=bad)
    site = replace(SITE, url=bad)
    files = files_of(replace(CATALOGUE, site=site, posts=[post], related={1: [Related(post, Origin.COMPUTED, 1)]}))
    assert not [path for path, content in files.items() if b"javascript" in content]
