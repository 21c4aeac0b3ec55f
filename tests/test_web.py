"""The web part as browsers, feed readers, Telegram and monitors meet it, over a real store."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import EventStatus, Post
from blogbot.store import Store
from tests.content import Written, event, post
from tests.visitor import SITE, Open, TakeIn, allowed, page
from tests.visitor import take_in as take_in
from tests.visitor import web as web

TEN = datetime(2026, 3, 10, 10)  # local in the event's zone

# --- Pages -----------------------------------------------------------------------------------------------------------


async def test_an_empty_blog_says_what_will_come(web: Open) -> None:
    ask = web()
    for path in ("/", "/posts/", "/tags/", "/events", "/search", "/search?q=x"):
        page(await ask(path))
    home = await ask("/")
    assert "No article is here yet" in home.text
    assert "No event is planned." in home.text


async def test_home_shows_what_is_new_what_is_next_and_the_way_into_the_chat(web: Open, take_in: TakeIn) -> None:
    weekly = event("weekly", TEN, recurrence=("RRULE:FREQ=WEEKLY",))
    await take_in(a=post("first-words", tags=("Open data",)), b=weekly, c=event("fair", date(2026, 3, 20)))
    response = await web()("/")
    home = page(response)
    for text in (
        "First words",
        "The &lt;Network&gt;",
        "Open data",
        "Tuesday 10 March 2026, 10:00 (London time)",
        "Friday 20 March 2026",
    ):
        assert text in response.text
    assert response.text.count(">Weekly<") == 1, "a weekly event is shown once"
    assert "https://t.me/our_bot" in home.hrefs()
    assert "https://blog.example" in home.hrefs()
    assert {"/posts/first-words", "/tags/open-data", "/feeds/", "/events"} <= set(home.hrefs())
    assert home.links("alternate") == ["/feeds/atom.xml", "/feeds/rss.xml", "/feeds/feed.json", "/feeds/events.ics"]
    assert home.links("canonical") == ["https://bot.example/"]


async def test_without_a_plan_home_shows_the_last_event(web: Open, take_in: TakeIn) -> None:
    await take_in(a=event("reunion", datetime(2026, 1, 5, 18)))
    response = await web()("/")
    assert "The last was:" in response.text
    assert "Reunion" in response.text


async def test_the_chat_link_leads_where_the_bot_is(web: Open) -> None:
    assert "t.me" not in (await web(bot_username=lambda: "")("/")).text
    demo = await web(chat_url="/sandbox/")("/")
    assert 'href="/sandbox/"' in demo.text
    assert "t.me" not in demo.text


async def test_a_post_is_whole_with_its_tags_and_related_ones(web: Open, take_in: TakeIn) -> None:
    html = '<p>See <a href="https://blog.example/b">the other</a>.</p>'
    await take_in(
        a=post(
            "a",
            "One & only",
            html=html,
            url="https://blog.example/a",
            links=("https://blog.example/b",),
            authors=("Ada Byron",),
            tags=("Data",),
        ),
        b=post("b", url="https://blog.example/b"),
    )
    response = await web()("/posts/a")
    read = page(response)
    assert html in response.text.replace(' rel="noopener noreferrer"', "")
    assert read.links("canonical") == ["https://blog.example/a"]
    assert "/posts/b" in read.hrefs()
    for text in ("One &amp; only", "Ada Byron", "Linked by the author", "1 minute to read", "Monday 2 March 2026"):
        assert text in response.text


async def test_suggested_tags_are_marked_as_such(web: Open, blog: Blog, take_in: TakeIn) -> None:
    await take_in(
        **{f"p{n}": post(f"p{n}", html=f"<p>{'gardening compost beetroot ' * 9} {'seed ' * n}</p>") for n in range(4)}
    )
    found: Post = await blog.post("p0")
    if not found.suggested:
        pytest.fail("the sample text gave no suggestion")
    response = await web()("/posts/p0")
    assert "Suggested topics" in response.text
    assert not [href for href in page(response).hrefs() if href.startswith("/tags/") and href != "/tags/"]


async def test_a_post_cannot_bring_a_script(web: Open, take_in: TakeIn) -> None:
    wild = "<p onclick=x()>Hi<script>alert(1)</script><img src=x onerror=y()></p>"
    await take_in(a=post("a", "<script>alert(2)</script>", html=wild, tags=("<b>bold",), url="javascript:alert(3)"))
    for path in ("/posts/a", "/", "/tags/"):
        response = await web()(path)
        page(response)
        assert "javascript:" not in response.text


async def test_a_long_list_has_pages(web: Open, take_in: TakeIn) -> None:
    await take_in(**{f"p{n:02}": post(f"p{n:02}", tags=("Tag",)) for n in range(25)})
    ask = web()
    for path in ("/posts/", "/tags/tag"):
        shown = []
        for number in (1, 2, 3):
            read = page(await ask(f"{path}?page={number}"))
            shown += [href for href in dict.fromkeys(read.hrefs()) if re.fullmatch(r"/posts/p\d+", href)]
            assert len(read.links("prev")) == (number > 1)
            assert len(read.links("next")) == (number < 3)
        assert len(shown) == len(set(shown)) == 25
        page(await ask(f"{path}?page=4"), 404)
        page(await ask(f"{path}?page=abc"))
        page(await ask(f"{path}?page={'9' * 30}"))


async def test_search_finds_and_says_so_when_it_does_not(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("compost", "Compost & care", tags=("Gardening",)))
    found = await web()("/search", params={"q": 'compost "'})
    assert "/posts/compost" in page(found).hrefs()
    assert 'value="compost &#34;"' in found.text
    missed = await web()("/search", params={"q": "<nothing>"})
    page(missed)
    assert "Nothing was found." in missed.text
    assert 'value="&lt;nothing&gt;"' in missed.text
    assert "/tags/gardening" in page(missed).hrefs(), "the topics are a way on"


async def test_a_page_of_results_beyond_the_last_is_none(web: Open, take_in: TakeIn) -> None:
    await take_in(**{f"p{n:02}": post(f"apple-{n}") for n in range(12)})
    ask = web()
    assert "12 articles" in (await ask("/search?q=apple")).text
    page(await ask("/search?q=apple&page=2"))
    page(await ask("/search?q=apple&page=99"), 404)


async def test_it_is_said_where_only_some_of_the_words_were_found(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("compost"), b=post("beans"))
    ask = web()
    assert "1 article<" in (await ask("/search?q=compost")).text
    some = (await ask("/search?q=compost+zebra")).text
    assert "No article has all of these words. 1 article has some of them." in some


async def test_who_comes_to_search_can_write_at_once(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a"))
    for path, focused in (("/search", True), ("/search?q=a", False)):
        response = await web()(path)
        fields = [attributes for tag, attributes in page(response).tags if tag == "input"]
        assert ["autofocus" in field for field in fields] == [focused], "one field, and no second one above it"


async def test_events_planned_and_past(web: Open, take_in: TakeIn) -> None:
    await take_in(
        a=event("talk", TEN, location="The <hall>"),
        b=event("past", datetime(2026, 1, 5, 18)),
        c=event("maybe", TEN, status=EventStatus.TENTATIVE),
    )
    response = await web()("/events")
    page(response)
    assert response.text.index("Coming up") < response.text.index("Talk") < response.text.index("Past events")
    assert "The &lt;hall&gt;" in response.text
    assert "Not confirmed yet" in response.text


async def test_an_event_has_a_page_and_a_calendar_file(web: Open, blog: Blog, take_in: TakeIn) -> None:
    uid = "a/b c@x?y#.é"
    talk = event(
        uid,
        TEN,
        hours=2,
        title="The talk",
        location="Hall",
        url="https://e.example/talk",
        recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",),
    )
    await take_in(a=talk)
    ask = web()
    response = await ask(f"/events/{(await blog.event(uid)).id}")
    read = page(response)
    for text in (
        "Tuesday 10 March 2026, 10:00 (London time)",
        "until 12:00",
        "Hall",
        "Other dates",
        "Tuesday 17 March 2026",
    ):
        assert text in response.text
    assert f"https://t.me/our_bot?start=event-{(await blog.event(uid)).id}" in read.hrefs()
    [ics] = [href for href in read.hrefs() if href.endswith(".ics") and href.startswith("/")]
    file = await ask(ics)
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="the-talk.ics"'
    assert b"RRULE:FREQ=WEEKLY;COUNT=3" in file.content


@pytest.mark.parametrize(
    ("starts", "hours", "until"),
    [
        (datetime(2026, 3, 10, 22), 4, "until Wednesday 11 March 2026, 02:00 (London time)"),
        (date(2026, 3, 28), 0, None),
    ],
)
async def test_until_when(web: Open, blog: Blog, take_in: TakeIn, starts: Any, hours: float, until: str | None) -> None:
    await take_in(a=event("e", starts, hours))
    response = await web()(f"/events/{(await blog.event('e')).id}")
    assert until in response.text if until else "until" not in response.text


async def test_a_cancelled_event_says_so(web: Open, blog: Blog, sqlite_store: Store, clock: MovableClock) -> None:
    written = Written().show(a=event("talk", TEN))
    intake = Intake(sqlite_store, SITE, clock)
    await intake.run(written)
    await intake.run(written.show(a=event("talk", TEN, status=EventStatus.CANCELLED)))
    response = await web()(f"/events/{(await blog.event('talk')).id}")
    page(response)
    assert "Cancelled" in response.text


# --- What is not there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/posts/none", "/posts/..%2f..%2fetc", "/posts/%00", "/tags/none", "/events/99", f"/events/{10**30}", "/events/none.ics", "/events/%00.ics", f"/events/{'u' * 2000}.ics", "/feeds/none.xml", "/static/none", "/telegram/webhook"],
)  # fmt: skip
async def test_what_is_not_there_gets_a_page_with_a_next_step(web: Open, path: str) -> None:
    response = await web()(path)
    read = page(response, 404)
    assert {"/", "/events"} <= set(read.hrefs())


async def test_a_misspelt_tag_gets_the_nearest_ones(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", tags=("Leadership",)))
    assert "/tags/leadership" in page(await web()("/tags/leadersip"), 404).hrefs()


async def test_a_mistyped_article_gets_those_with_its_words(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("first-hundred-days"), b=post("other"))
    read = page(await web()("/posts/frist-hundred-days"), 404)
    assert "/posts/first-hundred-days" in read.hrefs()
    assert "/posts/other" not in read.hrefs()


async def test_another_spelling_leads_to_the_page(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", tags=("Open data",)))
    response = await web()("/tags/Open%20Data")
    assert (response.status_code, response.headers["location"]) == (308, "/tags/open-data")


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/posts?page=2&x=ü", "/posts/?page=2&x=%C3%BC"),
        ("/posts/gar%3Fdens%C3%A9/", "/posts/gar%3Fdens%C3%A9"),
        ("/feeds", "/feeds/"),
        ("/feeds/tags", "/feeds/tags/"),
        ("/feeds/authors?q=ü&page=2", "/feeds/authors/?q=%C3%BC&page=2"),
    ],
)
@pytest.mark.parametrize("root", ["", "/below"])
async def test_a_slash_at_the_end_makes_no_difference_and_the_proxys_scheme_stays(
    web: Open, path: str, leads: str, root: str
) -> None:
    ask = web(root_path=root)
    moved = await ask(f"{root}{path}")
    assert (moved.status_code, moved.headers["location"]) == (307, f"{root}{leads}")
    page(await ask(f"{root}/nothing/"), 404)


@pytest.mark.parametrize(
    ("path", "method"), [("/", "POST"), ("/posts/a", "DELETE"), ("/events/x.ics", "OPTIONS"), ("/boxes.js", "OPTIONS")]
)
async def test_a_wrong_method_is_answered_in_the_sites_look_with_those_that_are_right(
    web: Open, path: str, method: str
) -> None:
    response = await web()(path, method)
    assert allowed(response) == {"GET", "HEAD"}
    assert "It takes: " in response.text


async def test_our_own_failure_shows_no_traceback(web: Open) -> None:
    async def broken(_: Request) -> Response:
        raise RuntimeError("a secret in a traceback")

    response = await web(extra=[Route("/broken", broken)])("/broken")
    page(response, 500)
    assert "secret" not in response.text
    assert "Try again" in response.text


async def test_pages_work_under_a_prefix(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", tags=("Data",)))
    for path in ("/blog/", "/blog/posts/a", "/blog/tags/data", "/blog/feeds/none.xml"):
        hrefs = page(await web(root_path="/blog")(path), 404 if "none" in path else 200).hrefs()
        assert all(href.startswith(("/blog/", "#", "https://")) for href in hrefs)


async def test_an_unchanged_page_is_not_sent_twice(web: Open, take_in: TakeIn) -> None:
    ask = web()
    etag = (await ask("/")).headers["etag"]
    again = await ask("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    await take_in(a=post("news"))
    assert (await ask("/", headers={"If-None-Match": etag})).status_code == 200


async def test_words_of_right_to_left_scripts_are_isolated(web: Open, take_in: TakeIn) -> None:
    await take_in(a=post("a", "مرحبا بالعالم"))
    assert '<h1 dir="auto">مرحبا بالعالم</h1>' in (await web()("/posts/a")).text
