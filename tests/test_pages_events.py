"""What pages say of events: each is named, on its own date, with what became of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from blogbot.blog import Blog
from blogbot.model import EventStatus, Override
from tests.content import MONDAY, event
from tests.visitor import Open, TakeIn, page
from tests.visitor import take_in as take_in
from tests.visitor import web as web

DAILY, TEN = datetime(2026, 3, 3, 8), datetime(2026, 3, 10, 10)  # local in the event's zone
CANCELLED = EventStatus.CANCELLED


async def test_a_daily_event_hides_no_other(web: Open, take_in: TakeIn) -> None:
    await take_in(
        a=event("yoga", DAILY, recurrence=("RRULE:FREQ=DAILY;COUNT=60",)),
        b=event("club", datetime(2026, 3, 31, 19), recurrence=("RRULE:FREQ=MONTHLY;COUNT=4",)),
        c=event("meeting", datetime(2026, 6, 20, 18)),
    )
    ask = web()
    for path in ("/", "/events"):
        shown = (await ask(path)).text
        assert [shown.count(f">{title}</a>") for title in ("Yoga", "Club", "Meeting")] == [1, 1, 1], path
    assert 'Further dates:\n<a href="/events/1?date=2">Wed 4 Mar 2026</a>' in shown
    assert [f'href="/events/1?date={number}"' in shown for number in (2, 3, 4, 5)] == [True, True, True, False]
    assert '<a href="/events/1">All dates</a>' in shown
    assert "countdown" not in shown, "a list counts down to nothing"
    club = (await ask("/events/2")).text
    assert [day in club for day in ("31 March", "31 May", "31 July")] == [True] * 3, "each month that has a 31st"
    assert club.count('<li><a href="/events/2?date=') == 3
    assert "More dates follow" in (await ask("/events/1")).text


async def test_a_long_list_of_events_has_pages(web: Open, take_in: TakeIn) -> None:
    await take_in(**{f"e{n:02}": event(f"e{n:02}", TEN + n * timedelta(days=9)) for n in range(25)})
    ask = web()
    first, second = page(await ask("/events")), page(await ask("/events?coming=2"))
    assert first.links("next") == ["/events?coming=2"]
    assert (second.links("prev"), second.links("next")) == (["/events?coming=1"], [])
    assert second.links("canonical") == ["https://bot.example/events?coming=2"]
    shown = [href for read in (first, second) for href in read.hrefs() if href[8:].isdigit()]
    assert len(shown) == len(set(shown)) == 25
    page(await ask("/events?coming=3"), 404)


async def test_every_date_of_a_series_leads_to_itself(web: Open, take_in: TakeIn, blog: Blog) -> None:
    moved = Override(TEN + timedelta(days=14), starts=TEN + timedelta(days=15), title="Weekly, late", location="Barn")
    await take_in(
        a=event("weekly", TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",), overrides=(moved,), location="Hall"),
        b=event("daily", datetime(2026, 2, 20, 9), recurrence=("RRULE:FREQ=DAILY;COUNT=2",)),
    )
    ask = web()
    third = (await blog.upcoming(9)).items[2]
    link = f"/events/1?date={third.id}"
    assert link in page(await ask("/events?month=2026-03")).hrefs()
    response = await ask(link)
    read = page(response)
    assert ">Weekly, late</h1>" in response.text
    assert "Wednesday 25 March 2026, 10:00 (London time)" in response.text
    assert "Tuesday 10 March 2026, 10:00</time></a>" in response.text, "the others are named, too"
    assert read.links("canonical") == ["https://bot.example/events/1"]
    assert read.said("og:description") == "Wednesday 25 March 2026, 10:00 (London time), Barn"
    assert read.data()["startDate"] == "2026-03-25T10:00:00+00:00"
    past = [href for href in page(await ask("/events")).hrefs() if href.startswith("/events/2?date=")]
    assert len(past) == 2
    assert "Friday 20 February 2026, 09:00 (London time)" in (await ask(past[1])).text


@pytest.mark.parametrize("asked", ["99", "4", "0", "x", str(10**9), str(2**40), "٣"])
async def test_a_date_that_is_not_planned_is_not_passed_over_in_silence(web: Open, take_in: TakeIn, asked: str) -> None:
    await take_in(a=event("weekly", TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",)), b=event("other", TEN))
    response = await web()("/events/1", params={"date": asked})
    page(response)
    assert "The date that you asked for is not planned any more." in response.text
    assert "Tuesday 10 March 2026" in response.text


async def test_who_looks_whether_it_is_on_reads_that_it_is_cancelled(web: Open, take_in: TakeIn) -> None:
    off = Override(TEN, status=CANCELLED)
    await take_in(
        a=event("weekly", TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=4",), overrides=(off,)),
        b=event("fair", datetime(2026, 3, 5, 9), status=CANCELLED),
    )
    struck = [(await web()(path)).text.count(' class="off"') for path in ("/events?month=2026-03", "/events/1")]
    assert struck == [2, 1]
    for path, cancelled in (("/", 2), ("/events", 2), ("/events?month=2026-03", 2), ("/events/1", 1)):
        response = await web()(path)
        page(response)
        assert response.text.count('<p class="status">Cancelled</p>') == cancelled, path
    home = (await web()("/")).text
    assert home.index("Fair") < home.index("10 March") < home.index('class="countdown"') < home.index("17 March")


@pytest.mark.parametrize(
    ("off", "shown"),
    [((), "abc"), ((4, 5), "abc"), ((3,), "abcd"), ((1, 2), "abcde"), ((1, 2, 3, 4, 5), "abcde")],
)
async def test_home_leads_to_the_next_three_that_take_place(
    web: Open, take_in: TakeIn, off: tuple[int, ...], shown: str
) -> None:
    status = {number: CANCELLED if number in off else EventStatus.CONFIRMED for number in range(1, 6)}
    planned = {
        name: event(f"meeting-{name}", datetime(2026, 3, 5 + number, 9), status=status[number])
        for number, name in enumerate("abcde", start=1)
    }
    await take_in(**planned)
    read = page(await web()("/"))
    assert [href for href in read.hrefs() if href.startswith("/events/")] == [
        f"/events/{'abcde'.index(n) + 1}" for n in shown
    ]


REMIND = "Remind me in Telegram"


@pytest.mark.parametrize(
    ("more", "offered"),
    [
        ({}, True),
        ({"status": CANCELLED}, False),
        ({"starts": datetime(2026, 2, 1, 9), "ends": datetime(2026, 2, 1, 10)}, False),
    ],
    ids=["planned", "cancelled", "over"],
)
async def test_a_reminder_is_offered_of_what_is_still_to_come(
    web: Open, take_in: TakeIn, more: dict[str, Any], offered: bool
) -> None:
    await take_in(a=event("talk", **({"starts": TEN} | more)))
    assert (REMIND in (await web()("/events/1")).text) == offered


async def test_the_list_says_what_is_on_now(web: Open, take_in: TakeIn) -> None:
    begun = MONDAY.replace(tzinfo=None) - timedelta(hours=1)  # London goes by UTC in winter
    called_off = event("called-off", begun, hours=8, status=CANCELLED)
    await take_in(a=event("open-day", begun, hours=8), b=called_off, c=event("talk", TEN))
    assert (await web()("/events")).text.count(">On now</p>") == 1


@pytest.mark.parametrize(
    ("starts", "hours", "said"),
    [
        (date(2026, 3, 20), 0, "until Sunday 22 March 2026"),
        (datetime(2026, 3, 20, 18), 48, "until Sunday 22 March 2026, 18:00"),
        (datetime(2026, 3, 20, 18), 2, None),
    ],
)
async def test_lists_say_how_long_it_lasts_where_that_is_days(
    web: Open, take_in: TakeIn, starts: Any, hours: float, said: str | None
) -> None:
    days = {} if hours else {"ends": date(2026, 3, 23)}
    await take_in(a=event("fair", starts, hours, **days))
    for path in ("/", "/events", "/events?month=2026-03"):
        shown = (await web()(path)).text
        assert (said in shown) if said else ("until" not in shown)


async def test_the_sites_own_zone_is_named_once_and_another_each_time(web: Open, take_in: TakeIn) -> None:
    await take_in(
        a=event("a", TEN),
        b=event("b", TEN, hours=48),
        c=event("c", TEN, timezone="Asia/Tokyo"),
        d=event("d", TEN, hours=48, timezone="Asia/Tokyo"),
    )
    for path in ("/events", "/events?month=2026-03"):
        shown = (await web()(path)).text
        assert (shown.count("London time"), shown.count("(Tokyo time)")) == (1, 3)
        assert "Tuesday 10 March 2026, 10:00<" in shown
        assert "until Thursday 12 March 2026, 10:00<" in shown
        assert "until Thursday 12 March 2026, 10:00 (Tokyo time)<" in shown


async def test_the_months_go_on_to_the_day_that_the_last_event_ends(web: Open, take_in: TakeIn) -> None:
    # It begins on 31 March in UTC, on 1 April in Tokyo; the camp ends in May.
    await take_in(
        a=event("dawn", datetime(2026, 4, 1, 6), timezone="Asia/Tokyo"),
        b=event("camp", date(2026, 4, 29), ends=date(2026, 5, 3)),
    )
    for shown, previous, following in (("03", [], ["04"]), ("04", [], ["05"]), ("05", ["04"], [])):
        read = page(await web()(f"/events?month=2026-{shown}"))
        links = [[href[-2:] for href in read.links(rel)] for rel in ("prev", "next")]
        assert links == [previous, following], shown


async def test_an_instant_at_either_end_of_what_is_asked_for_a_month_is_led_to(web: Open, take_in: TakeIn) -> None:
    first, last = datetime(2026, 2, 28), datetime(2026, 4, 2)
    await take_in(a=event("first", first, 0, timezone="UTC"), b=event("last", last, 0, timezone="UTC"))
    for shown, previous, following in (("02", [], ["03"]), ("03", ["02"], ["04"]), ("04", ["03"], [])):
        read = page(await web()(f"/events?month=2026-{shown}"))
        links = [[href[-2:] for href in read.links(rel)] for rel in ("prev", "next")]
        assert links == [previous, following], shown


async def test_an_event_without_a_text_has_no_empty_box(web: Open, take_in: TakeIn) -> None:
    await take_in(a=event("a", TEN), b=event("b", TEN, html="<p>Bring tea.</p>"))
    assert ["prose" in (await web()(f"/events/{n}")).text for n in (1, 2)] == [False, True]
