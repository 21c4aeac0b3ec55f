"""RSS, Atom, JSON Feed and WordPress exports."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blogbot.errors import SourceError
from blogbot.model import PostItem
from blogbot.sources import feed, wordpress
from blogbot.sources.document import Document
from tests.sources import LONDON, fixture, items, of, posts


def test_rss() -> None:
    look = feed.look(fixture("rss.xml"), LONDON)
    assert not look.complete
    first, second = posts(look)
    assert first == PostItem(
        key="tag:plots.example,2026:1",
        slug="rain-and-shine",
        title="Rain & shine",
        html='<p>At length, with <a href="https://plots.example/rules/" rel="noopener noreferrer">rules</a>.</p>',
        url="https://plots.example/2026/rain-and-shine.html",
        summary="In short.",
        authors=("Ada Green",),
        tags=("Weather", "Soil"),
        published=datetime(2026, 3, 3, 9, tzinfo=UTC),
        links=("https://plots.example/rules/",),
        curated=("https://plots.example/2025/snow",),
        language="en-gb",
    )
    assert (second.key, second.slug, second.published) == ("plots.example:17", "numbered", None)
    assert [problem.what for problem in look.problems] == [
        "the item 'Nowhere' has neither an id nor a link; give it one"
    ]


def test_atom() -> None:
    first, second = posts(feed.look(fixture("atom.xml"), LONDON))
    assert (first.title, first.tags, first.authors, first.language) == ("Regen", ("Wetter",), ("Ada",), "de")
    assert first.links == ("https://beete.example/regen/bild.jpg",)
    assert first.curated == ("https://beete.example/schnee/",)
    assert (first.published, first.updated) == (
        datetime(2026, 3, 3, 9, tzinfo=UTC),
        datetime(2026, 3, 4, tzinfo=UTC),
    )
    assert (second.html, second.summary) == ("Kurz", "")
    assert (second.published, second.updated) == (datetime(2026, 3, 5, tzinfo=UTC), None)


def test_json_feed() -> None:
    look = feed.look(fixture("feed.json"), LONDON)
    [post] = posts(look)
    assert (post.key, post.title, post.tags, post.authors) == ("https://plots.example/a-b/", "A b", ("Soil",), ("Ada",))
    assert post.html == "<p>One.</p><p>Two &amp; three.</p>"
    assert post.published == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert post.curated == ("https://plots.example/c/",)
    assert "1 items are not objects" in look.problems[0].what


def test_a_torn_feed_gives_what_it_has_and_a_problem() -> None:
    raw = fixture("rss.xml").data
    look = feed.look(of(raw[: raw.index(b"<item><title>Nowhere")]), LONDON)
    assert len(items(look)) == 2
    assert "is not well-formed" in look.problems[0].what


def test_naive_dates_are_in_the_source_s_zone() -> None:
    raw = "<rss version='2.0'><channel><item><guid>a:1</guid><title>T</title><pubDate>2026-07-01 10:00</pubDate></item></channel></rss>"
    assert posts(feed.look(of(raw), LONDON))[0].published == datetime(2026, 7, 1, 9, tzinfo=UTC)


def test_the_fingerprint_is_that_of_the_item() -> None:
    def prints(raw: bytes) -> list[str]:
        return [entry.fingerprint for entry in feed.look(of(raw), LONDON).entries or ()]

    raw = fixture("rss.xml").data
    changed = prints(raw.replace(b"At length", b"At some length"))
    assert [a == b for a, b in zip(prints(raw), changed, strict=True)] == [False, True]
    assert prints(raw) == prints(raw.replace(b"<title>Plots</title>", b"<title>Plots!</title>"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("<html><body>no</body></html>", "is not a feed"),
        ("just words", "is not a feed"),
        ("<rss><channel>", "broken feed|not a feed"),
        ('{"version": "2"}', "is JSON but not a feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000, "not valid JSON"),
        (
            '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>',
            "entities",
        ),
        (b"\x00\x01" * 50, "not text"),
    ],
)
def test_what_is_no_feed_is_refused(raw: str | bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        feed.look(of(raw), LONDON)


def test_odd_types_in_json_are_taken_as_absent() -> None:
    raw = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "url": 7, "title": 3, "tags": 5, "authors": 7, "date_published": 5, "_blogbot": [], "image": {}}]}'
    [post] = posts(feed.look(of(raw), LONDON))
    assert (post.title, post.tags, post.published) == ("3", (), None)


def test_an_address_of_another_scheme_is_none() -> None:
    raw = "<rss version='2.0'><channel><item><guid>a:1</guid><title>T</title><link>javascript:alert(1)</link></item></channel></rss>"
    assert posts(feed.look(of(raw), LONDON))[0].url == ""


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "feed.json"])
def test_the_ids_of_a_feed_are_its_own(name: str) -> None:
    assert not any(post.made_up for post in posts(feed.look(fixture(name), LONDON)))


def test_hostile_markup_within_an_item_ends() -> None:
    raw = f"<rss version='2.0'><channel><item><guid>a:1</guid><title>T</title><description>{'&lt;div&gt;' * 20_000}x</description></item></channel></rss>"
    assert "x" in posts(feed.look(of(raw), LONDON))[0].html


# --- WordPress -------------------------------------------------------------------------------------------------------


def test_a_wordpress_export_gives_its_published_posts() -> None:
    look = wordpress.look(fixture("wordpress.xml"), LONDON)
    assert look.complete
    first, second = posts(look)
    assert first == PostItem(
        key="https://plots.example/?p=1",
        slug="rain",
        title="Rain",
        html="<p>First line<br>\nsecond line</p>\n<h2>Part</h2>\n<p>A <b>bold</b> end.</p>",
        url="https://plots.example/rain/",
        summary="In short.",
        authors=("Ada Green",),
        tags=("Weather",),
        published=datetime(2026, 7, 3, 10, tzinfo=UTC),
    )
    assert (second.slug, second.published) == ("local", datetime(2026, 7, 3, 10, tzinfo=UTC))


def test_a_torn_export_gives_what_it_has() -> None:
    raw = fixture("wordpress.xml").data
    look = wordpress.look(of(raw[: raw.index(b"<item><title>Draft")]), LONDON)
    assert len(posts(look)) == 2
    assert not look.complete
    assert "breaks off" in look.problems[0].what


@pytest.mark.parametrize("raw", ["words", "<rss>" + "<a>" * 50_000, '<!DOCTYPE x [<!ENTITY a "b">]><rss/>'])
def test_what_is_no_export_is_refused(raw: str) -> None:
    with pytest.raises(SourceError):
        wordpress.look(Document(raw.encode(), "x.xml"), LONDON)
