"""What each format says, read back as readers read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from lxml import etree

from blogbot.i18n import words
from blogbot.model import Event, EventStatus, Origin, Related, Site, Tag
from tests.blog_in_memory import Catalogue, render
from tests.golden.blog import ARABIC, CATALOGUE, FAIRS, LAMPS, NOTE, READING, SITE, STORM, WALK, WALKS, post

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
LAMPS_ID = "tag:harbour.example,2026:post/https:%2F%2Fharbour.example%2F1"


def tree(catalogue: Catalogue = CATALOGUE) -> dict[str, bytes]:
    return dict(render(catalogue, words("en")))


def entries(feed: bytes) -> dict[str, Any]:
    """A feed's entries by title, as feedparser reads them; the feed must be well-formed."""
    read = feedparser.parse(feed)
    assert not read.bozo, read.get("bozo_exception")
    return {entry.title: entry for entry in read.entries}


def atom_entry(feed: bytes, title: str) -> Any:
    (found,) = (
        entry for entry in etree.fromstring(feed).iter(f"{ATOM}entry") if entry.findtext(f"{ATOM}title") == title
    )
    return found


def rss_item(feed: bytes, title: str) -> Any:
    (found,) = (item for item in etree.fromstring(feed).iter("item") if item.findtext("title") == title)
    return found


def json_item(feed: bytes, title: str) -> dict[str, Any]:
    (found,) = (item for item in json.loads(feed)["items"] if item["title"] == title)
    return found  # type: ignore[no-any-return]


def test_an_atom_entry_names_its_related_articles_apart_from_itself() -> None:
    entry = atom_entry(tree()["atom.xml"], LAMPS.title)
    links = [(link.get("rel"), link.get("href"), link.get("title")) for link in entry.iter(f"{ATOM}link")]
    assert [link for link in links if link[0] != "enclosure"] == [
        ("alternate", "https://harbour.example/1", None),
        ("related", "https://harbour.example/2", "Storm & <spring> tide"),
        ("related", "https://bot.harbour.example/posts/a-note", "A note without an address"),
    ]


def test_an_rss_item_names_its_related_articles_apart_from_itself() -> None:
    item = rss_item(tree()["rss.xml"], LAMPS.title)
    assert item.findtext("link") == "https://harbour.example/1"
    assert [(link.get("rel"), link.get("href"), link.get("title")) for link in item.iter(f"{ATOM}link")] == [
        ("related", "https://harbour.example/2", "Storm & <spring> tide"),
        ("related", "https://bot.harbour.example/posts/a-note", "A note without an address"),
    ]


def test_a_json_item_names_its_related_articles_with_origin_and_score() -> None:
    assert json_item(tree()["feed.json"], LAMPS.title)["_blogbot"]["related"] == [
        {"url": "https://harbour.example/2", "title": "Storm & <spring> tide", "origin": "curated", "score": 1.0},
        {
            "url": "https://bot.harbour.example/posts/a-note",
            "title": "A note without an address",
            "origin": "computed",
            "score": 0.4322,
        },
    ]


@pytest.mark.parametrize("file", ["atom.xml", "rss.xml"])
def test_the_content_ends_with_the_related_articles(file: str) -> None:
    content = entries(tree()[file])[LAMPS.title].content[0].value
    assert "He wrote each night." in content
    assert content.rstrip().endswith(
        "<h2>Related articles</h2>\n<ul>\n"
        '<li><a href="https://harbour.example/2">Storm &amp; &lt;spring&gt; tide</a></li>\n'
        '<li><a href="https://bot.harbour.example/posts/a-note">A note without an address</a></li>\n</ul>'
    )


def test_all_formats_carry_the_same_content() -> None:
    files = tree()
    html = json_item(files["feed.json"], LAMPS.title)["content_html"]
    assert atom_entry(files["atom.xml"], LAMPS.title).findtext(f"{ATOM}content") == html
    assert rss_item(files["rss.xml"], LAMPS.title).findtext(f"{CONTENT}encoded") == html
    assert "Read on &amp; on." in html


def test_a_post_without_related_articles_has_no_such_list() -> None:
    item = json_item(tree()["feed.json"], NOTE.title)
    assert "Related articles" not in item["content_html"]
    assert item["_blogbot"] == {"related": []}


def test_relative_links_lead_to_the_posts_own_site() -> None:
    assert 'href="https://harbour.example/about"' in json_item(tree()["feed.json"], LAMPS.title)["content_html"]


def test_authors_are_in_every_format_without_an_email_address() -> None:
    files = tree()
    names = ["Ada Moor", "Ben Quay"]
    assert [
        name.text for name in atom_entry(files["atom.xml"], LAMPS.title).iterfind(f"{ATOM}author/{ATOM}name")
    ] == names
    assert [name.text for name in rss_item(files["rss.xml"], LAMPS.title).iterfind(f"{DC}creator")] == names
    assert json_item(files["feed.json"], LAMPS.title)["authors"] == [{"name": name} for name in names]


def test_an_atom_feed_has_an_author_for_entries_that_name_none() -> None:
    assert etree.fromstring(tree()["atom.xml"]).findtext(f"{ATOM}author/{ATOM}name") == "Harbour Library"


def test_the_editors_tags_are_categories_and_suggested_ones_are_not() -> None:
    files = tree()
    entry = atom_entry(files["atom.xml"], STORM.title)
    assert [(one.get("term"), one.get("label")) for one in entry.iter(f"{ATOM}category")] == [
        ("tide", "Tide & weather"),
        ("local-history", "Local history"),
    ]
    assert [one.text for one in rss_item(files["rss.xml"], STORM.title).iter("category")] == [
        "Tide & weather",
        "Local history",
    ]
    assert json_item(files["feed.json"], STORM.title)["tags"] == ["Tide & weather", "Local history"]
    assert NOTE.suggested
    assert "tags" not in json_item(files["feed.json"], NOTE.title)
    assert NOTE.title not in entries(files["tags/reading/atom.xml"])


def test_published_and_updated_are_told_apart_in_utc_to_the_second() -> None:
    files = tree()
    entry = atom_entry(files["atom.xml"], STORM.title)
    assert entry.findtext(f"{ATOM}published") == "2026-02-03T09:00:00+00:00"
    assert entry.findtext(f"{ATOM}updated") == "2026-02-09T17:30:15+00:00"
    assert rss_item(files["rss.xml"], STORM.title).findtext("pubDate") == "Tue, 03 Feb 2026 09:00:00 +0000"
    item = json_item(files["feed.json"], STORM.title)
    assert (item["date_published"], item["date_modified"]) == ("2026-02-03T09:00:00Z", "2026-02-09T17:30:15Z")


def test_a_feed_was_updated_when_its_newest_entry_was() -> None:
    files = tree()
    assert etree.fromstring(files["atom.xml"]).findtext(f"{ATOM}updated") == "2026-02-09T17:30:15+00:00"
    assert etree.fromstring(files["rss.xml"]).findtext("channel/lastBuildDate") == "Mon, 09 Feb 2026 17:30:15 +0000"


def test_identity_is_a_lasting_tag_uri() -> None:
    files = tree()
    assert atom_entry(files["atom.xml"], LAMPS.title).findtext(f"{ATOM}id") == LAMPS_ID
    guid = rss_item(files["rss.xml"], LAMPS.title).find("guid")
    assert (guid.text, guid.get("isPermaLink")) == (LAMPS_ID, "false")
    assert json_item(files["feed.json"], LAMPS.title)["id"] == LAMPS_ID
    ids = [etree.fromstring(files[path]).findtext(f"{ATOM}id") for path in files if path.endswith("atom.xml")]
    assert len(set(ids)) == len(ids)


def test_identity_survives_a_new_title_slug_address_and_public_url() -> None:
    moved = replace(LAMPS, title="New", slug="new", url="https://harbour.example/new")
    catalogue = Catalogue(replace(SITE, public_url=""), [moved])
    assert atom_entry(tree(catalogue)["atom.xml"], "New").findtext(f"{ATOM}id") == LAMPS_ID


def test_feeds_link_to_themselves_and_to_the_site() -> None:
    files = tree()
    root = etree.fromstring(files["tags/tide/atom.xml"])
    assert {link.get("rel"): link.get("href") for link in root.iterfind(f"{ATOM}link")} == {
        "self": "https://bot.harbour.example/feeds/tags/tide/atom.xml",
        "alternate": "https://bot.harbour.example/tags/tide",
    }
    assert etree.fromstring(files["authors/ada-moor/summary/rss.xml"]).findtext("channel/link") == (
        "https://bot.harbour.example/authors/ada-moor"
    )
    assert json.loads(files["events/feed.json"])["home_page_url"] == "https://bot.harbour.example/events"
    channel = etree.fromstring(files["rss.xml"]).find("channel")
    assert channel is not None
    assert channel.findtext("link") == "https://harbour.example"
    assert [link.get("href") for link in channel.iterfind(f"{ATOM}link")] == [
        "https://bot.harbour.example/feeds/rss.xml"
    ]
    head = json.loads(files["feed.json"])
    assert head["feed_url"] == "https://bot.harbour.example/feeds/feed.json"
    assert head["home_page_url"] == "https://harbour.example"
    assert head["version"] == "https://jsonfeed.org/version/1.1"


def test_a_language_of_its_own_is_told() -> None:
    files = tree()
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert atom_entry(files["atom.xml"], ARABIC.title).get(lang) == "ar"
    assert etree.fromstring(files["atom.xml"]).get(lang) == "en"
    assert json_item(files["feed.json"], ARABIC.title)["language"] == "ar"


def test_without_any_address_every_format_is_still_whole() -> None:
    lone = replace(NOTE, html='<p>All <a href="/x">here</a></p>')
    catalogue = Catalogue(Site("Notes"), [lone, LAMPS], {LAMPS.id: [Related(lone, Origin.COMPUTED, 0.5)]})
    files = tree(catalogue)
    entry = atom_entry(files["atom.xml"], NOTE.title)
    assert entry.find(f"{ATOM}link") is None
    assert entry.findtext(f"{ATOM}content") == lone.html
    assert entry.findtext(f"{ATOM}id") == "tag:notes.invalid,2026:post/note"
    item = rss_item(files["rss.xml"], NOTE.title)
    assert item.find("link") is None
    assert item.findtext("guid") == "tag:notes.invalid,2026:post/note"
    assert "url" not in json_item(files["feed.json"], NOTE.title)
    assert etree.fromstring(files["rss.xml"]).findtext("channel/link") == "https://notes.invalid/"
    assert "<li>A note without an address</li>" in json_item(files["feed.json"], LAMPS.title)["content_html"]
    assert atom_entry(files["atom.xml"], LAMPS.title).find(f"{ATOM}link[@rel='related']") is None


def test_an_empty_blog_has_valid_feeds_that_never_change() -> None:
    files = tree(Catalogue(SITE))
    assert files == tree(Catalogue(SITE))
    assert entries(files["atom.xml"]) == entries(files["rss.xml"]) == {}
    assert etree.fromstring(files["atom.xml"]).findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"
    assert json.loads(files["feed.json"])["items"] == []


def test_a_feed_shows_the_newest_fifty_newest_first() -> None:
    catalogue = Catalogue(SITE, [post(number, f"Post {number}", tags=(READING,)) for number in range(1, 61)])
    files = tree(catalogue)
    expected = [f"Post {number}" for number in range(60, 0, -1)]
    for file in ("atom.xml", "rss.xml"):
        # No archive is full yet, so the feed of everything holds them all.
        assert list(entries(files[file])) == expected
        assert list(entries(files[f"tags/reading/{file}"])) == expected[:50]
    assert [item["title"] for item in json.loads(files["feed.json"])["items"]] == expected
    assert "60 articles" in files["index.html"].decode()


def test_an_upcoming_event_is_an_entry_with_when_and_where_in_words() -> None:
    found = entries(tree()["events/atom.xml"])
    assert list(found) == ["Harbour walk", "Book fair"]
    walk = found["Harbour walk"]
    assert walk.link == "https://harbour.example/walk"
    assert walk.updated == "2026-02-20T08:00:00+00:00"
    assert walk.id == "tag:harbour.example,2026:event/walk@harbour.example"
    for word in ("5 March 2026", "10:00", "The old quay", "An hour along the quay."):
        assert word in walk.summary
    content = walk.content[0].value
    for word in (
        "5 March 2026",
        "The old quay",
        "Bring a coat.",
        "Further dates",
        "12 March 2026",
        "(cancelled)",
        "19 March 2026",
    ):
        assert word in content


def test_an_all_day_event_says_its_first_and_last_day() -> None:
    fair = entries(tree()["events/atom.xml"])["Book fair"]
    assert fair.summary == "Saturday 11 April 2026 to Sunday 12 April 2026"
    day = replace(FAIRS[0], ends=FAIRS[0].ends - timedelta(days=1))
    fair = entries(tree(replace(CATALOGUE, occurrences=[day]))["events/atom.xml"])["Book fair"]
    assert fair.summary == "Saturday 11 April 2026"


def test_events_have_a_short_form_too() -> None:
    files = tree()
    whole, short = (entries(files[f"events/{folder}atom.xml"]) for folder in ("", "summary/"))
    assert [(entry.id, entry.summary) for entry in short.values()] == [
        (entry.id, entry.summary) for entry in whole.values()
    ]
    assert not any("content" in entry for entry in short.values())
    assert json.loads(files["events/summary/feed.json"])["feed_url"].endswith("/feeds/events/summary/feed.json")


def test_a_cancelled_event_says_so_first() -> None:
    called_off = replace(WALKS[0], status=EventStatus.CANCELLED)
    assert list(entries(tree(replace(CATALOGUE, occurrences=[called_off]))["events/atom.xml"])) == [
        "Cancelled: Harbour walk"
    ]


def test_a_series_of_which_one_date_is_cancelled_takes_place_on_the_next() -> None:
    off, later = replace(WALKS[0], status=EventStatus.CANCELLED), replace(WALKS[1], status=EventStatus.CONFIRMED)
    walk = entries(tree(replace(CATALOGUE, occurrences=[off, later]))["events/atom.xml"])["Harbour walk"]
    assert "12 March 2026" in walk.summary
    further = walk.content[0].value.partition("Further dates")[2]
    assert "5 March 2026" in further
    assert "(cancelled)" in further


def test_an_event_without_instant_or_address_was_updated_when_its_date_was_known() -> None:
    event: Event = replace(WALK, updated=None, url="")
    catalogue = Catalogue(SITE, events=[event], occurrences=[replace(WALKS[0], event=event)])
    entry = entries(tree(catalogue)["events/atom.xml"])["Harbour walk"]
    assert entry.updated == "2026-02-20T08:00:00+00:00"
    assert entry.link == "https://bot.harbour.example/events/1"


def test_calendars_hold_all_events_and_those_of_a_tag() -> None:
    files = tree()
    assert files["events.ics"].count(b"BEGIN:VEVENT") == 3
    assert files["tags/local-history/events.ics"].count(b"BEGIN:VEVENT") == 1
    assert b"walk@harbour.example" in files["tags/local-history/events.ics"]
    assert files["tags/reading/events.ics"].startswith(b"BEGIN:VCALENDAR")
    assert b"VEVENT" not in files["tags/reading/events.ics"]


def test_a_tag_that_only_an_event_carries_has_its_feeds() -> None:
    files = tree(Catalogue(SITE, events=[replace(WALK, tags=(Tag("walks", "Walks"),))]))
    assert feedparser.parse(files["tags/walks/atom.xml"]).feed.title == "Harbour Library: Walks"
    assert b"walk@harbour.example" in files["tags/walks/events.ics"]


def test_the_outline_lists_every_feed_once() -> None:
    root = etree.fromstring(tree()["feeds.opml"])
    listed = {outline.get("text"): outline.get("xmlUrl") for outline in root.iter("outline")}
    base = "https://bot.harbour.example/feeds"
    assert listed == {
        "Harbour Library": f"{base}/atom.xml",
        "Harbour Library: events": f"{base}/events/atom.xml",
        "Harbour Library: Ada Moor": f"{base}/authors/ada-moor/atom.xml",
        "Harbour Library: Ben Quay": f"{base}/authors/ben-quay/atom.xml",
        "Harbour Library: Local history": f"{base}/tags/local-history/atom.xml",
        "Harbour Library: Reading": f"{base}/tags/reading/atom.xml",
        "Harbour Library: Tide & weather": f"{base}/tags/tide/atom.xml",
    }
    assert all(outline.get("title") == outline.get("text") for outline in root.iter("outline"))
    assert root.findtext("head/dateModified") == "Sat, 21 Feb 2026 08:00:00 +0000"


def test_dates_before_the_common_zone_rules_do_not_matter() -> None:
    old = post(1, "Old", published=datetime(1969, 7, 20, 20, 17, tzinfo=UTC))
    assert (
        rss_item(tree(Catalogue(SITE, [old]))["rss.xml"], "Old").findtext("pubDate")
        == "Sun, 20 Jul 1969 20:17:00 +0000"
    )
