"""What pages tell people and machines: months, countdowns, authors, feeds, and what a page says of itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from blogbot import i18n
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import EventStatus
from blogbot.publish import index
from blogbot.store import Store
from blogbot.web.pages import TAGS
from tests.content import Written, event, post
from tests.visitor import SITE, Open, TakeIn, page
from tests.visitor import take_in as take_in
from tests.visitor import web as web

BUDGET = 50_000
"""Bytes of a first visit, as they are unpacked."""

TEN = datetime(2026, 3, 10, 10)  # local in the event's zone

# --- Events ----------------------------------------------------------------------------------------------------------


async def test_a_month_is_a_table_between_the_months_around_it(web: Open, take_in: TakeIn) -> None:
    fair = event("fair", date(2026, 3, 20), ends=date(2026, 3, 23))
    await take_in(a=event("talk", TEN), b=fair, c=event("late", datetime(2026, 5, 1, 9)))
    ask = web()
    response = await ask("/events?month=2026-03")
    march = page(response)
    assert "March 2026" in response.text
    assert [a.get("scope") for tag, a in march.tags if tag == "th"] == ["col"] * 7
    assert next(a.get("title") for tag, a in march.tags if tag == "abbr") == "Monday"
    assert [a.get("aria-current") for tag, a in march.tags if tag == "td"].count("date") == 1
    named = [a["aria-label"] for tag, a in march.tags if tag == "a" and a.get("class") == "day"]
    assert named == [f"{day} March 2026: 1 event" for day in ("Tuesday 10", "Friday 20", "Saturday 21", "Sunday 22")]
    assert {href.removeprefix("#") for href in march.hrefs() if href.startswith("#date-")} <= set(march.ids)
    focused = [a["id"] for _, a in march.tags if a.get("tabindex") == "-1" and str(a.get("id")).startswith("date-")]
    assert focused == [name for name in march.ids if name.startswith("date-")] != [], "whoever is led there is there"
    assert (march.links("prev"), march.links("next")) == ([], ["/events?month=2026-04"])
    assert march.links("canonical") == ["https://bot.example/events?month=2026-03"]
    april = await ask("/events?month=2026-04")
    assert "No event is known in this month." in april.text
    may = page(await ask("/events?month=2026-05"))
    assert (may.links("prev"), may.links("next")) == (["/events?month=2026-04"], [])
    assert "/events?month=2026-03" in page(await ask("/events?month=soon")).hrefs(), "no month is the list"


@pytest.mark.parametrize(
    ("starts", "hours", "said"),
    [
        (datetime(2026, 3, 5, 9), 1, "in 3 days"),
        (datetime(2026, 3, 2, 9, 20), 1, "in 20 minutes"),
        (datetime(2026, 3, 2, 8, 30), 1, "On now"),
        (date(2026, 3, 3), 0, "in 1 day"),
        (date(2026, 3, 2), 0, "On now"),
    ],
)
async def test_it_is_said_how_long_it_is_until_the_next_event(
    web: Open, take_in: TakeIn, starts: Any, hours: float, said: str
) -> None:
    await take_in(a=event("a", starts, hours))
    for path in ("/", "/events/1"):
        response = await web()(path)
        page(response)
        assert f">{said}</p>" in response.text
        # A browser counts on where there is a time to count to.
        assert ("data-from=" in response.text) == isinstance(starts, datetime)


async def test_what_is_over_or_cancelled_is_not_counted_down_to(web: Open, take_in: TakeIn) -> None:
    await take_in(a=event("a", datetime(2026, 1, 5, 18)), b=event("b", TEN, status=EventStatus.CANCELLED))
    for path in ("/", "/events/1", "/events/2"):
        assert "countdown" not in (await web()(path)).text


# --- What pages say of themselves ------------------------------------------------------------------------------------


async def test_an_author_has_a_page_that_every_article_links_to(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", authors=("Ada Byron", "Émile Borel")), b=post("b", authors=("Ada Byron",)), c=post("c"))
    ask = web()
    for path in ("/", "/posts/a", "/posts/"):
        assert {"/authors/ada-byron", "/authors/emile-borel"} <= set(page(await ask(path)).links("author"))
    response = await ask("/authors/ada-byron")
    read = page(response)
    assert "2 articles" in response.text
    assert {"/posts/a", "/posts/b"} <= set(read.hrefs())
    assert "/posts/c" not in read.hrefs()
    folder = "/feeds/authors/ada-byron"
    assert read.links("alternate")[:3] == [f"{folder}/{file}" for file in ("atom.xml", "rss.xml", "feed.json")]
    assert read.links("canonical") == ["https://bot.example/authors/ada-byron"]
    moved = await ask("/authors/Ada%20Byron")
    assert (moved.status_code, moved.headers["location"]) == (308, "/authors/ada-byron")
    page(await ask("/authors/nobody"), 404)


async def test_readers_find_the_feeds_of_a_topic_on_its_page(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", tags=("Data", "Art")), b=event("e", TEN, tags=("Data",)))
    for slug, files in (
        ("data", ("atom.xml", "rss.xml", "feed.json", "events.ics")),
        ("art", ("atom.xml", "rss.xml", "feed.json")),
    ):
        links = page(await web()(f"/tags/{slug}")).links("alternate")
        assert [link for link in links if "/tags/" in link] == [f"/feeds/tags/{slug}/{file}" for file in files]


async def test_a_topic_of_events_alone_shows_them(web: Open, take_in: TakeIn) -> None:
    await take_in(
        a=post("a", tags=("Data",)),
        b=event("talk", TEN, tags=("Data", "Talks")),
        c=event("fair", datetime(2026, 1, 5, 18), tags=("Fairs",)),
    )
    ask = web()
    for slug, counts, events in (
        ("talks", "1 event ·", ["/events/1"]),
        ("fairs", "1 event ·", ["/events/2"]),
        ("data", "1 article · 1 event ·", ["/events/1"]),
    ):
        response = await ask(f"/tags/{slug}")
        assert [href for href in page(response).hrefs() if href.startswith("/events/")] == events
        assert counts in response.text
        assert ("0 articles" in response.text, "any more" in response.text) == (False, False)


async def test_topics_of_events_alone_are_listed_after_those_of_articles(web: Open, take_in: TakeIn) -> None:
    at = datetime(2026, 3, 3, 18)
    await take_in(
        a=post("a", tags=("Gardens",)), b=event("b", at, tags=("Gardens", "Bread")), c=event("c", at, tags=("Bread",))
    )
    read = page(await web()("/tags/"))
    assert [href for href in read.hrefs() if href.startswith("/tags/") and href != "/tags/"] == [
        "/tags/gardens",
        "/tags/bread",
    ]


async def test_a_topic_that_nothing_has_any_more_says_so(web: Open, sqlite_store: Store, clock: MovableClock) -> None:
    written, intake = Written().show(a=post("a", tags=("Data",))), Intake(sqlite_store, SITE, clock)
    await intake.run(written)
    await intake.run(written.show(a=post("a")))
    ended = await web()("/tags/data")
    page(ended, 410)
    assert "stands elsewhere now" in ended.text


async def test_what_is_no_web_address_hides_none_of_ours(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", url="mailto:a@b.example"), b=event("e", TEN, url="tel:+4420"))
    for path in ("/posts/a", "/events/1"):
        assert page(await web()(path)).links("canonical") == [f"https://bot.example{path}"]


async def test_a_post_tells_search_engines_what_it_is(web: Open, take_in: TakeIn) -> None:
    given = {
        "authors": ("Ada",),
        "tags": ("Data",),
        "image": "https://blog.example/i.png",
        "url": "https://blog.example/a",
    }
    title = "</script x <!--<script <b>One</b>"
    await take_in(a=post("a", title, **given), b=post("b", "Two"))
    read = page(await web()("/posts/a"))
    data = read.data()
    assert not {"<", ">", "&"} & set(read.linked_data)
    assert (data["@type"], data["headline"]) == ("BlogPosting", title)
    assert data["author"] == [{"@type": "Person", "name": "Ada", "url": "https://bot.example/authors/ada"}]
    assert (data["datePublished"], data["url"]) == ("2026-03-02T08:00:00+00:00", "https://blog.example/a")
    assert read.said("og:title") == title
    assert (read.said("og:type"), read.said("og:url")) == ("article", "https://blog.example/a")
    assert read.said("og:image") == "https://blog.example/i.png"
    own = page(await web()("/posts/b"))
    assert own.links("canonical") == ["https://bot.example/posts/b"]
    assert "image" not in own.data()


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (
            event("e", TEN, hours=2, location="Hall"),
            {
                "startDate": "2026-03-10T10:00:00+00:00", "endDate": "2026-03-10T12:00:00+00:00",
                "location": {"@type": "Place", "name": "Hall", "address": "Hall"}, "url": "https://bot.example/events/1",
            },
        ),
        (
            event("e", date(2026, 3, 28), ends=date(2026, 3, 30), location="https://meet.example/x"),
            {
                "startDate": "2026-03-28", "endDate": "2026-03-29",
                "location": {"@type": "VirtualLocation", "url": "https://meet.example/x"},
            },
        ),
        (
            event("e", TEN, status=EventStatus.CANCELLED, url="https://e.example/"),
            {"eventStatus": "https://schema.org/EventCancelled", "url": "https://e.example/"},
        ),
    ],
)  # fmt: skip
async def test_an_event_tells_search_engines_what_it_is(
    web: Open, take_in: TakeIn, item: Any, said: dict[str, Any]
) -> None:
    await take_in(a=item)
    data = page(await web()("/events/1")).data()
    assert data["@type"] == "Event"
    assert {key: data.get(key) for key in said} == said


async def test_lists_have_one_address_each_and_what_is_no_page_has_none(web: Open, take_in: TakeIn) -> None:
    await take_in(**{f"p{n:02}": post(f"p{n:02}", tags=("Tag",)) for n in range(11)})
    ask = web()
    for path, canonical in (
        ("/posts/", ["https://bot.example/posts/"]),
        ("/posts/?page=2&utm=x", ["https://bot.example/posts/?page=2"]),
        ("/tags/tag?page=1", ["https://bot.example/tags/tag"]),
        ("/search?q=p01", []),
    ):
        assert page(await ask(path)).links("canonical") == canonical
    assert page(await ask("/nowhere"), 404).links("canonical") == []
    assert page(await web(site=replace(SITE, public_url=""))("/posts/")).links("canonical") == []


# --- Feeds -----------------------------------------------------------------------------------------------------------


async def test_every_feed_is_listed_with_the_ways_to_subscribe(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", tags=("Data",), authors=("Ada Byron",)), b=event("e", TEN, tags=("Talks",)))
    response = await web()("/feeds/")
    read = page(response)
    assert {
        "atom.xml", "rss.xml", "feed.json", "events/atom.xml", "events.ics", "feeds.opml", "tags/data/atom.xml",
        "tags/talks/events.ics", "authors/ada-byron/atom.xml", "webcal://bot.example/feeds/events.ics", "https://t.me/our_bot",
        "https://www.inoreader.com/?add_feed=https%3A%2F%2Fbot.example%2Ffeeds%2Fatom.xml",
    } <= set(read.hrefs())  # fmt: skip
    assert "webcal://bot.example/feeds/tags/talks/events.ics" in read.hrefs()
    assert "tags/data/events.ics" not in read.hrefs(), "a calendar without events is no offer"
    for tag, attributes in read.tags:
        if tag == "a" and "bot.example%2Ffeeds" in (attributes["href"] or ""):
            assert attributes["rel"] == "noopener noreferrer"
    assert '<svg role="img"' in response.text


async def test_of_many_topics_the_fullest_are_offered_and_all_can_be_found(web: Open, take_in: TakeIn) -> None:
    tags = [f"Topic {n:03}" for n in range(200)]
    posts = {
        f"p{n}": post(f"p{n}", tags=tuple(tags[n * 20 : n * 20 + 20]), authors=(f"Author {n}",)) for n in range(10)
    }
    await take_in(**posts, more=post("more", tags=("Topic 150",), authors=("Author 9",)))
    ask = web()
    response = await ask("/feeds/")
    read = page(response)
    named = [(await ask(path)).content for path in re.findall(r'"(/static/[^"]+)"', response.text)]
    beside = sum(map(len, (*named, index.style(i18n.words("en")), index.script())))
    assert len(named) == 2
    assert len(response.content) + beside < BUDGET
    assert "tags/topic-150/atom.xml" in read.hrefs()
    assert len([href for href in read.hrefs() if href.startswith("tags/") and href.endswith("atom.xml")]) == 20
    assert {"tags/", "authors/author-3/atom.xml"} <= set(read.hrefs())
    assert "authors/" not in read.hrefs(), "all of them are here"
    seen: set[str] = set()
    for number in range(1, 6):
        listed = await ask(f"/feeds/tags/?page={number}")
        assert len(listed.content) + beside < BUDGET
        seen |= {href for href in page(listed).hrefs() if href.startswith("../tags/") and href.endswith("/atom.xml")}
    assert seen == {f"../tags/topic-{n:03}/atom.xml" for n in range(200)}
    page(await ask("/feeds/tags/?page=6"), 404)
    found = page(await ask("/feeds/tags/?q=OPIC%20007")).hrefs()
    assert [href for href in found if href.endswith("/atom.xml") and "tags" in href] == ["../tags/topic-007/atom.xml"]
    nobody = await ask("/feeds/authors/?q=%3Cnobody%3E")
    assert page(nobody).links("canonical") == []
    assert "No feed is called “&lt;nobody&gt;”" in nobody.text


async def test_all_topics_are_on_pages_that_stay_light(web: Open, take_in: TakeIn) -> None:
    tags = [f"Topic {n:03} of a good length" for n in range(TAGS + 5)]
    only_dated = event("e", TEN, tags=tuple(f"Dated {n:03}" for n in range(TAGS)))
    await take_in(a=post("a", tags=tuple(tags[:100])), b=post("b", tags=tuple(tags[100:])), e=only_dated)
    ask, seen = web(), list[str]()
    for path, before, after in (("", [], ["2"]), ("?page=2", ["1"], ["3"]), ("?page=3", ["2"], [])):
        response = await ask(f"/tags/{path}")
        read = page(response)
        styled = sum([len((await ask(style)).content) for style in read.links("stylesheet")])
        assert len(response.content) + styled < BUDGET
        assert read.links("prev") == [f"/tags/?page={number}" for number in before]
        assert read.links("next") == [f"/tags/?page={number}" for number in after]
        seen += [href for href in read.hrefs() if re.match("/tags/[td]", href)]
    assert len(seen) == len(set(seen)) == 2 * TAGS + 5
    assert seen.index("/tags/topic-154-of-a-good-length") < seen.index("/tags/dated-000")
    page(await ask("/tags/?page=4"), 404)


async def test_calendars_can_be_subscribed_to_from_every_page_of_events(web: Open, take_in: TakeIn) -> None:
    await take_in(a=event("a b@x", TEN, tags=("Data",)), b=post("b", tags=("Data",)))
    places = {
        "/events/1": "events/a%20b%40x.ics", "/tags/data": "feeds/tags/data/events.ics", "/events": "feeds/events.ics",
        "/events?month=2026-03": "feeds/events.ics", "/feeds/tags/": "feeds/tags/data/events.ics",
    }  # fmt: skip
    for path, calendar in places.items():
        assert f"webcal://bot.example/{calendar}" in page(await web()(path)).hrefs()
        assert "webcal:" not in (await web(site=replace(SITE, public_url=""))(path)).text
    assert (await web()("/events/a%20b%40x.ics")).status_code == 200


async def test_without_a_bot_or_an_address_nothing_is_offered_that_would_not_work(web: Open) -> None:
    response = await web(bot_username=lambda: "", site=replace(SITE, public_url=""))("/feeds/")
    page(response)
    for absent in ("t.me", 'class="qr"', "webcal:", "inoreader"):
        assert absent not in response.text
    chat = await web(chat_url="http://127.0.0.1:8080/sandbox/")("/feeds/")
    assert 'href="http://127.0.0.1:8080/sandbox/"' in chat.text
    assert 'class="qr"' not in chat.text, "no phone reaches this machine's own address"


async def test_search_engines_are_told_of_the_site_map(web: Open) -> None:
    response = await web()("/robots.txt")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == "User-agent: *\nDisallow:\n\nSitemap: https://bot.example/feeds/sitemap.xml\n"
    assert "Sitemap" not in (await web(site=replace(SITE, public_url=""))("/robots.txt")).text


async def test_topics_are_counted_again_only_when_something_changed(web: Open, take_in: TakeIn) -> None:
    standing: list[int | None] = [1]
    ask = web(standing=lambda: standing[0])

    async def shown(path: str) -> set[str]:
        return set(re.findall(r"tags/(\w+)", (await ask(path)).text))

    data, gardens, bread = (post(name, tags=(name.title(),)) for name in ("data", "gardens", "bread"))
    await take_in(a=data)
    for path in ("/tags/", "/feeds/", "/feeds/tags/"):
        assert await shown(path) == {"data"}
    await take_in(a=data, b=gardens)
    assert await shown("/tags/") == {"data"}
    standing[0] = 2
    assert await shown("/tags/") == {"data", "gardens"}
    standing[0] = None
    await take_in(a=data, b=gardens, c=bread)
    assert await shown("/tags/") == {"bread", "data", "gardens"}, "where nobody keeps looking, it is asked each time"


# --- On the way ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wanted", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None), ("", None)])
async def test_pages_come_compressed_to_browsers_that_take_it(
    web: Open, take_in: TakeIn, wanted: str, coding: str | None
) -> None:
    await take_in(a=post("a"))
    ask = web()
    headers = {"Accept-Encoding": wanted}
    response = await ask("/posts/a", headers=headers)
    page(response)
    assert response.headers.get("content-encoding") == coding
    assert response.headers["vary"] == "Accept-Encoding"
    again = await ask("/posts/a", headers={**headers, "If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    if coding:
        plain = await ask("/posts/a", headers={"Accept-Encoding": "identity"})
        assert plain.content == response.content, "httpx has unpacked it"
        assert int(response.headers["content-length"]) < len(plain.content) / 2
        assert plain.headers["etag"] != response.headers["etag"]
