"""Calendars over HTTP: with alarms, and a chat's own behind its address."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest

from blogbot import ical
from blogbot.app.server import Server, listen
from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.errors import StoreError
from blogbot.intake import Intake
from blogbot.model import Chat, ChatKind, Follow, FollowKind, Offset, ReminderRule
from blogbot.store import Store
from blogbot.web import calendars, create_web
from tests.content import Written, event
from tests.test_ical import FAIR, TALK
from tests.visitor import SITE, Ask, browser, well

TEN = datetime(2026, 3, 10, 10)  # local in the event's zone
EVENTS = Follow(FollowKind.EVENTS)

TakeIn = Callable[..., Awaitable[None]]


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    """A feed tree that holds nothing but calendars."""
    folder = tmp_path / "feeds"
    (folder / "tags" / "art").mkdir(parents=True)
    (folder / "events.ics").write_bytes(ical.calendar([TALK, replace(FAIR, uid="fair")], name="All"))
    (folder / "tags" / "art" / "events.ics").write_bytes(ical.calendar([TALK], name="Art"))
    return folder


@pytest.fixture
def audience(sqlite_store: Store, clock: MovableClock) -> Audience:
    return Audience(sqlite_store, clock)


@pytest.fixture
def ask(sqlite_store: Store, clock: MovableClock, audience: Audience, feeds: Path) -> Ask:
    return browser(Blog(sqlite_store, clock), feeds, own_calendars=audience.calendars)


@pytest.fixture
def take_in(sqlite_store: Store, clock: MovableClock) -> TakeIn:
    async def take_in(written: Written, **items: Any) -> None:
        await Intake(sqlite_store, SITE, clock).run(written.show(**items))

    return partial(take_in, Written())


@pytest.fixture
async def ada(audience: Audience) -> Chat:
    return await audience.join(1, ChatKind.PRIVATE, "Ada")


def triggers(response: httpx.Response) -> list[str]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert not [each for each in icalendar.Calendar.from_ical(response.content).walk() if each.errors]
    lines = response.content.decode().split("\r\n")
    return [line.removeprefix("TRIGGER:") for line in lines if line.startswith("TRIGGER")]


def titles(response: httpx.Response) -> list[str]:
    assert response.status_code == 200
    return [str(each["SUMMARY"]) for each in icalendar.Calendar.from_ical(response.content).events]


async def test_an_event_leads_to_its_page_and_can_be_read_by_other_sites(
    ask: Ask, take_in: TakeIn, audience: Audience, ada: Chat
) -> None:
    await take_in(a=event("talk", TEN), b=event("far", TEN, url="https://far.example/talk"))
    single = await ask("/events/talk.ics")
    assert single.headers["access-control-allow-origin"] == "*"
    [own] = icalendar.Calendar.from_ical(single.content).events
    assert str(own["URL"]).startswith("https://bot.example/events/")
    await audience.follow(ada, EVENTS)
    mine = await ask(f"/calendars/{await audience.calendars.open(ada)}.ics")
    assert "access-control-allow-origin" not in mine.headers
    urls = {str(each["URL"]) for each in icalendar.Calendar.from_ical(mine.content).events}
    assert urls == {str(own["URL"]), "https://far.example/talk"}


# --- Alarms that are asked for ---------------------------------------------------------------------------------------

PATHS = ["/feeds/events.ics", "/feeds/tags/art/events.ics", "/events/talk.ics"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", []),
        ("?alarm=", []),
        ("?other=1h", []),
        ("?alarm=1h", ["-PT1H"]),
        ("?alarm=30m&alarm=1d", ["-P1D", "-PT30M"]),
        ("?alarm=1d,30m,2%20hours", ["-P1D", "-PT2H", "-PT30M"]),
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_alarms_come_where_they_are_asked_for(
    ask: Ask, take_in: TakeIn, path: str, query: str, wanted: list[str]
) -> None:
    await take_in(a=event("talk", TEN))
    response = await ask(path + query)
    events = icalendar.Calendar.from_ical(response.content).events
    assert triggers(response) == wanted * len(events)


@pytest.mark.parametrize("asked", ["soon", "31d", "0m", "-1h", "1h,1h,1h,1h,1h,1h", "1h\r\nX-A:1", "x" * 9000])
@pytest.mark.parametrize("path", PATHS)
async def test_what_is_no_alarm_is_refused(ask: Ask, take_in: TakeIn, path: str, asked: str) -> None:
    await take_in(a=event("talk", TEN))
    assert (await ask(path, params={"alarm": asked})).status_code == 400


async def test_a_calendar_with_alarms_has_a_tag_of_its_own(ask: Ask) -> None:
    plain, hour, day = [await ask(f"/feeds/events.ics{query}") for query in ("", "?alarm=1h", "?alarm=1d")]
    assert len({each.headers["etag"] for each in (plain, hour, day)}) == 3
    for name in ("cache-control", "access-control-allow-origin", "x-content-type-options"):
        assert hour.headers[name] == plain.headers[name]
    again = await ask("/feeds/events.ics?alarm=1h", headers={"If-None-Match": hour.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await ask("/feeds/events.ics?alarm=1d", headers={"If-None-Match": hour.headers["etag"]})
    assert other.status_code == 200


async def test_a_changed_calendar_is_changed_with_alarms_too(ask: Ask, feeds: Path) -> None:
    assert len(triggers(await ask("/feeds/events.ics?alarm=1h"))) == 2
    (feeds / "events.ics").write_bytes(ical.calendar([TALK], name="All"))
    assert len(triggers(await ask("/feeds/events.ics?alarm=1h"))) == 1


@pytest.mark.parametrize("path", ["/feeds/tags/none/events.ics", "/feeds/..%2fevents.ics", "/events/none.ics"])
async def test_alarms_of_nothing_are_nothing(ask: Ask, path: str) -> None:
    assert (await ask(f"{path}?alarm=1h")).status_code == 404


async def test_the_head_of_a_calendar_has_no_body(ask: Ask) -> None:
    whole, head = await ask("/feeds/events.ics?alarm=1h"), await ask("/feeds/events.ics?alarm=1h", "HEAD")
    assert head.content == b""
    assert head.headers["etag"] == whole.headers["etag"]


# --- A chat's own ----------------------------------------------------------------------------------------------------


async def test_a_chats_own_calendar(ask: Ask, take_in: TakeIn, audience: Audience, ada: Chat) -> None:
    weekly = event("weekly", TEN, recurrence=("RRULE:FREQ=WEEKLY",), url="javascript:alert(1)")
    await take_in(a=event("talk", TEN, tags=("Art",)), b=weekly, c=event("other", TEN))
    await audience.follow(ada, Follow(FollowKind.TAG, "art"))
    await audience.remind(ada, ReminderRule(Offset(days=1), "weekly"))
    response = await ask(f"/calendars/{await audience.calendars.open(ada)}.ics")
    assert titles(response) == ["Talk", "Weekly"]
    assert triggers(response) == ["-P1D"], "the series alone"
    calendar = icalendar.Calendar.from_ical(response.content)
    assert calendar["NAME"] == "The <Network>: my calendar"
    assert "RRULE" in calendar.events[1]
    assert b"javascript" not in response.content
    assert response.headers["cache-control"] == "private, max-age=300"
    assert response.headers["x-robots-tag"] == "noindex"
    assert "access-control-allow-origin" not in response.headers


async def test_it_keeps_step_with_what_the_chat_chooses(
    ask: Ask, take_in: TakeIn, audience: Audience, ada: Chat, clock: MovableClock
) -> None:
    await take_in(a=event("talk", TEN))
    path = f"/calendars/{await audience.calendars.open(ada)}.ics"
    assert titles(await ask(path)) == []
    await audience.follow(ada, EVENTS)
    followed = await ask(path)
    assert titles(followed) == ["Talk"]
    clock.move(timedelta(hours=1))
    await take_in(a=event("talk", TEN, title="Moved"))
    changed = await ask(path, headers={"If-None-Match": followed.headers["etag"]})
    assert titles(changed) == ["Moved"]
    await audience.remind(ada, ReminderRule(Offset(days=1)))
    reminding = await ask(path, headers={"If-None-Match": changed.headers["etag"]})
    assert "BEGIN:VALARM" in reminding.text
    await audience.forget(ada, ReminderRule(Offset(days=1)))
    await audience.unfollow(ada, EVENTS)
    assert titles(await ask(path, headers={"If-None-Match": reminding.headers["etag"]})) == []


async def test_what_an_app_has_is_not_made_again(
    ask: Ask, take_in: TakeIn, audience: Audience, ada: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_in(a=event("talk", TEN))
    await audience.remind(ada, ReminderRule(Offset(days=1)))
    path = f"/calendars/{await audience.calendars.open(ada)}.ics"
    for coding in ("identity", "gzip", "br"):
        first = await ask(path, headers={"Accept-Encoding": coding})
        with monkeypatch.context() as patched:
            patched.delattr(Blog, "events")
            again = await ask(path, headers={"If-None-Match": first.headers["etag"], "Accept-Encoding": coding})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert again.headers["vary"] == first.headers["vary"]


async def test_a_calendar_that_another_version_makes_is_fetched_anew(
    ask: Ask, audience: Audience, ada: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/calendars/{await audience.calendars.open(ada)}.ics"
    kept = {"If-None-Match": (await ask(path)).headers["etag"]}
    assert (await ask(path, headers=kept)).status_code == 304
    monkeypatch.setattr(calendars, "edition", lambda *_: "another")
    assert (await ask(path, headers=kept)).status_code == 200


async def test_it_speaks_the_chats_language(ask: Ask, audience: Audience, ada: Chat) -> None:
    secret = await audience.calendars.open(await audience.set_language(ada, "xx"))
    assert (await ask(f"/calendars/{secret}.ics")).status_code == 200


async def test_an_ended_address_is_gone_and_a_new_one_works(ask: Ask, audience: Audience, ada: Chat) -> None:
    old = await audience.calendars.open(ada)
    tag = (await ask(f"/calendars/{old}.ics")).headers["etag"]
    new = await audience.calendars.open(ada)
    gone = await ask(f"/calendars/{old}.ics", headers={"If-None-Match": tag})
    assert gone.status_code == 410
    assert gone.headers["cache-control"] == "private, no-store"
    assert "/calendar in the chat gives it a new address" in gone.text
    assert (await ask(f"/calendars/{new}.ics")).status_code == 200
    await audience.calendars.end(ada)
    assert (await ask(f"/calendars/{new}.ics")).status_code == 410


@pytest.mark.parametrize("guess", ["x", "a" * 32, "%00", "..%2f..", "x" * 5000, "%F0%9F%98%80"])
async def test_a_guess_leads_nowhere(ask: Ask, audience: Audience, ada: Chat, guess: str) -> None:
    await audience.calendars.open(ada)
    assert (await ask(f"/calendars/{guess}.ics")).status_code == 404


async def test_the_secret_is_never_logged(
    sqlite_store: Store,
    clock: MovableClock,
    audience: Audience,
    ada: Chat,
    feeds: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise StoreError("the database is away")

    secret = await audience.calendars.open(ada)
    web = create_web(
        blog=Blog(sqlite_store, clock), site=SITE, feeds_dir=feeds, ready=well, own_calendars=audience.calendars
    )
    listener, server = listen("127.0.0.1", 0), Server(web)
    caplog.set_level(logging.DEBUG, "uvicorn")
    await server.start(listener)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            statuses = [(await client.get(f"/calendars/{secret}.ics")).status_code]
            await audience.calendars.end(ada)
            statuses.append((await client.get(f"/calendars/{secret}.ics")).status_code)
            monkeypatch.setattr(audience.calendars, "find", broken)
            statuses.append((await client.get(f"/calendars/{secret}.ics")).status_code)
    finally:
        await server.stop()
    assert statuses == [200, 410, 500]
    logged = "".join(f"{record.getMessage()}{record.exc_text}" for record in caplog.records if record.name != "httpx")
    assert "the database is away" in logged, "failures are logged"
    assert secret not in logged + "".join(capfd.readouterr())
