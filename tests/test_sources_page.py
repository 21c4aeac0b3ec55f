"""A saved page, as text and as HTML, and pages of other sites."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from blogbot.errors import SourceError
from blogbot.model import EventItem, PostItem
from blogbot.sources import page
from blogbot.sources.document import Document, Setting
from tests.sources import LONDON, at, events, fixture, items, of, posts


def test_the_text_of_a_page_gives_its_article_whole_and_its_event() -> None:
    post, event = items(page.look(fixture("page.txt"), LONDON))
    assert isinstance(post, PostItem)
    assert post.title == "What the allotment taught me"
    assert post.slug == "what-the-allotment-taught-me"
    assert post.html.count("<p>") == 3
    assert post.html.startswith(
        "<p>We took on plot 14 in a wet March, with one spade between us &amp; no plan at all.</p>"
    )
    assert post.html.endswith("everyone on the site was glad to be asked.</p>")
    assert (post.tags, post.curated, post.published) == ((), (), None)
    assert isinstance(event, EventItem)
    assert (event.title, event.timezone) == ("", "Europe/London")
    assert (event.starts, event.ends) == (at("2024-07-09 10:00"), at("2024-07-09 11:00"))


def test_the_same_page_as_html_gives_the_same() -> None:
    from_text = items(page.look(fixture("page.txt"), LONDON))
    [post, event] = items(page.look(fixture("page.html"), LONDON))
    assert isinstance(post, PostItem)
    assert post.language == "en"
    assert [post.key, post.title, post.html] == [getattr(from_text[0], name) for name in ("key", "title", "html")]
    assert event == from_text[1]


def test_a_page_that_fills_every_part() -> None:
    [post] = posts(page.look(fixture("full.html"), LONDON))
    assert post.key == post.url == "https://plots.example/blog/growing-together/"
    assert post.title == "Growing together"
    assert post.authors == ("Ada Green",)
    assert post.tags == ("Soil", "People")
    assert post.curated == ("/blog/compost/",)
    assert post.links == ("https://plots.example/blog/rules/",)
    assert post.published == datetime(2024, 6, 30, 8, 15, tzinfo=UTC)
    assert post.image == ""  # a saved page does not say where its relative addresses belong
    assert "<li>Close the gate.</li>" in post.html
    assert "We tag our tools" in post.html
    for outside in ("Plot News", "Seed swap", "Soil", "Imprint", "never", "Share"):
        assert outside not in post.html
    [event] = events(page.look(fixture("full.html"), LONDON))
    assert (event.title, event.url) == ("Seed swap", "https://plots.example/events/seed-swap")
    assert (event.starts, event.ends) == (at("2024-07-09 10:00"), at("2024-07-09 12:30"))


def test_an_article_page_of_another_site() -> None:
    [post, event] = items(page.look(fixture("foreign.html"), LONDON))
    assert isinstance(post, PostItem)
    assert post.title == "Ten bridges"
    assert post.published == datetime(2025, 5, 4, 8, tzinfo=UTC)
    for part in ("The city has ten bridges", "The oldest carries", "Walk them all"):
        assert part in post.html
    assert "Sport" not in post.html
    assert isinstance(event, EventItem)
    assert (event.title, event.location) == ("Bridge walk", "Old quay")
    assert (event.starts, event.ends) == (at("2025-06-01 14:00"), at("2025-06-01 16:00"))


@pytest.mark.parametrize("wrapper", ["form", "my-app", "div><div", "table><tr><td"])
def test_whatever_is_wrapped_around_a_page_is_looked_through(wrapper: str) -> None:
    raw = fixture("page.html").data.replace(b"</nav>", f"</nav><{wrapper}>".encode())
    plain = posts(page.look(fixture("page.html"), LONDON))
    assert posts(page.look(of(raw, "page.html"), LONDON)) == plain
    assert len(events(page.look(of(raw, "page.html"), LONDON))) == 1


def test_a_table_of_figures_stays_one() -> None:
    table = b"<table><tr><th>Year</th></tr><tr><td>1990</td></tr></table><h3>Tags"
    [post] = posts(page.look(of(fixture("page.html").data.replace(b"<h3>Tags", table), "page.html"), LONDON))
    assert "<th>Year</th>" in post.html


ARTICLE = "My article\n\nIts text is here.\n\n"


@pytest.mark.parametrize(
    ("box", "title", "starts"),
    [
        ("Next Upcoming Event\n\nTue, 09 Jul 24 10:00\n\n", "", at("2024-07-09 10:00")),
        ("NEXT EVENT:\n\nForum\n\nTue, 09 Jul 24 10:00\n\n", "Forum", at("2024-07-09 10:00")),
        ("Upcoming events\n\nTue, 09 Jul 24 10:00\nForum\n\n", "Forum", at("2024-07-09 10:00")),
        ("Next upcoming event: 9 July 2024, 10:00\n\n", "", at("2024-07-09 10:00")),
        ("Next Upcoming Event\nDate: 9 July 2024\n\n", "", date(2024, 7, 9)),
    ],
)
def test_how_the_event_may_stand_in_a_text(box: str, title: str, starts: date) -> None:
    for raw in (box + ARTICLE, ARTICLE + "Related articles\n\n" + box):
        [post] = posts(page.look(of(raw), LONDON))
        [event] = events(page.look(of(raw), LONDON))
        assert (post.title, post.html) == ("My article", "<p>Its text is here.</p>")
        assert (event.title, event.starts) == (title, starts)


def test_a_box_without_a_date_is_no_event_and_its_words_are_kept() -> None:
    [post] = items(page.look(of("Next Upcoming Event\n\nNothing planned\n\nMore text."), LONDON))
    assert isinstance(post, PostItem)
    assert post.html == "<p>More text.</p>"


@pytest.mark.parametrize(
    ("tail", "tags", "curated"),
    [
        (
            "Tags assigned to this article:\n\nSoil, Water\n\nRelated Blog Articles\n\nOn compost",
            ("Soil", "Water"),
            ("on-compost",),
        ),
        (
            "Tags: Soil; Water\n\nRelated posts:\n\n• On compost\n• On rain",
            ("Soil", "Water"),
            ("on-compost", "on-rain"),
        ),
        ("Tags assigned to this article: none\n\nRelated Blog Articles\n\nNone", (), ()),
        ("Tags assigned to this article:\n\n../../etc", ("../../etc",), ()),
    ],
)
def test_tags_and_related_articles_of_a_text(tail: str, tags: tuple[str, ...], curated: tuple[str, ...]) -> None:
    [post] = posts(page.look(of(ARTICLE + tail), LONDON))
    assert (post.tags, post.curated) == (tags, curated)
    assert post.html == "<p>Its text is here.</p>"


def test_what_stands_after_the_tags_and_is_none_belongs_to_the_article() -> None:
    late = (
        "This is a paragraph of the article that somebody put below the tags, and it is too long to be one of them. "
        * 2
    )
    [post] = posts(page.look(of(f"{ARTICLE}Tags:\n\nSoil\n\n{late}"), LONDON))
    assert post.tags == ("Soil",)
    assert late.strip() in post.html


def test_an_event_without_an_article() -> None:
    [event] = items(page.look(of("Next Upcoming Event\n\nTue, 09 Jul 24 10:00"), LONDON))
    assert isinstance(event, EventItem)


def test_two_sources_have_two_events_and_one_source_one() -> None:
    def uid(name: str) -> str:
        [event] = events(page.look(fixture("page.txt"), Setting(name, "Europe/London")))
        return event.uid

    assert uid("a") == uid("a") != uid("b")


def test_a_front_page_tells_its_articles_apart_by_their_titles() -> None:
    front = Document(fixture("page.html").data, "https://x.example/", "https://x.example/", "text/html")
    article = Document(front.data, "https://x.example/a", "https://x.example/a", "text/html")
    assert posts(page.look(front, LONDON))[0].key == "page:what-the-allotment-taught-me"
    assert posts(page.look(article, LONDON))[0].key == "https://x.example/a"
    assert posts(page.look(article, LONDON))[0].image == ""


def test_what_a_page_does_not_say_of_itself_is_made_up() -> None:
    front = Document(fixture("page.html").data, "https://x.example/", "https://x.example/", "text/html")
    article = Document(front.data, "https://x.example/a", "https://x.example/a", "text/html")
    assert [items(page.look(each, LONDON))[0].made_up for each in (fixture("page.txt"), front)] == [True, True]
    assert [items(page.look(each, LONDON))[0].made_up for each in (fixture("full.html"), article)] == [False, False]
    # An event has no id on any page, neither beside the article nor in JSON-LD.
    assert [events(page.look(fixture(each), LONDON))[0].made_up for each in ("full.html", "foreign.html")] == [True] * 2


@pytest.mark.parametrize(
    ("raw", "where", "reason"),
    [
        ("Next Upcoming Event\n\nThu, 31 Feb 24 10:00\n\nA\n\nB", "x.txt", "the next event: .*does not exist"),
        ("<html><body></body></html>", "x.html", "no article and no event"),
        ("<html><body><nav>Home</nav></body></html>", "x.html", "no article and no event"),
        (b"\x00\x01\x02\x03" * 20, "x.txt", "is not text"),
        ("x" * 4_000_001, "x.txt", "too large"),
        ("x\n\n" * 20_001, "x.txt", "more than 20000 paragraphs"),
    ],
)
def test_what_is_no_page_is_named(raw: str | bytes, where: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as refused:
        items(page.look(of(raw, where), LONDON))
    assert refused.value.where == where


@pytest.mark.parametrize("tag", ["div", "b", "p", "ul><li", "blockquote", "table><tr><td", "h1"])
def test_a_page_nested_beyond_reason_ends(tag: str) -> None:
    raw = f"<html><body><h2>Next upcoming event</h2><p>9 July 2024</p><h1>T</h1><p>text</p>{f'<{tag}>' * 30_000}x"
    [post] = posts(page.look(of(raw, "x.html"), LONDON))
    assert post.title == "T"


def test_latin_1_and_utf_16_pages_are_read() -> None:
    raw = "Über Bäume\n\nSie wachsen – langsam, wie man weiß."
    for encoded in (raw.encode("cp1252"), raw.encode("utf-16")):
        [post] = posts(page.look(of(encoded), LONDON))
        assert post.title == "Über Bäume"
        assert "weiß" in post.html
