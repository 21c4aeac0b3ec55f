"""Pages that somebody asked for a moment ago: given again, to those who read the same, and not for long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from blogbot.clock import MovableClock
from tests.content import MONDAY, event, post
from tests.visitor import Ask, Open, TakeIn
from tests.visitor import take_in as take_in
from tests.visitor import web as web


class Standing:
    """How posts and events stand, as a test says."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self) -> int:
        return self.number


@pytest.fixture
def standing() -> Standing:
    return Standing()


@pytest.fixture
async def ask(web: Open, take_in: TakeIn, clock: MovableClock, standing: Standing) -> Ask:
    clock.move_to(MONDAY)
    await take_in(gardens=post("gardens", "Gardens"), meeting=event("meeting", datetime(2026, 3, 2, 10)))
    return web(standing=standing)


async def test_a_page_is_given_again_until_posts_change(ask: Ask, take_in: TakeIn, standing: Standing) -> None:
    before = await ask("/")
    await take_in(bread=post("bread", "Bread"))
    assert (await ask("/")).text == before.text
    standing.number += 1
    assert "Bread" in (await ask("/")).text


async def test_a_page_is_right_by_the_clock_within_seconds(ask: Ask, clock: MovableClock) -> None:
    clock.move_to(datetime.fromisoformat("2026-03-02T09:00:00+00:00"))
    assert "in 1 hour" in (await ask("/")).text
    clock.move_to(clock.now() + timedelta(seconds=14.9))
    assert "in 1 hour" in (await ask("/")).text
    clock.move_to(datetime.fromisoformat("2026-03-02T10:00:00+00:00"))
    assert "On now" in (await ask("/")).text


async def test_a_page_is_given_again_for_seconds_only(ask: Ask, take_in: TakeIn, clock: MovableClock) -> None:
    before = await ask("/")
    await take_in(bread=post("bread", "Bread"))
    clock.move_to(clock.now() + timedelta(seconds=14.9))
    assert (await ask("/")).text == before.text
    clock.move_to(clock.now() + timedelta(seconds=0.1))
    assert "Bread" in (await ask("/")).text


async def test_each_address_and_each_coding_has_its_own(ask: Ask) -> None:
    forms = [await ask("/posts/", headers={"Accept-Encoding": coding}) for coding in ("br", "gzip", "identity") * 2]
    assert [form.headers.get("content-encoding") for form in forms] == ["br", "gzip", None] * 2
    assert len({form.headers["etag"] for form in forms}) == 3
    assert len({form.text for form in forms}) == 1
    assert (await ask("/posts/?page=1", headers={"Accept-Encoding": "br"})).headers["etag"] == forms[0].headers["etag"]
    assert (await ask("/search?q=gardens")).text != (await ask("/search?q=bread")).text


async def test_who_takes_no_compressed_page_gets_none_that_was_made_for_others(ask: Ask) -> None:
    refusing = await ask("/posts/", headers=[("Accept-Encoding", "br"), ("Accept-Encoding", "br;q=0")])
    plain = await ask("/posts/", headers={"Accept-Encoding": "identity"})
    assert [page.headers.get("content-encoding") for page in (refusing, plain)] == [None, None]


@pytest.mark.parametrize("named", ["{}", "W/{}", '"x", {}', "*"])
async def test_who_has_a_page_already_is_told_so(ask: Ask, named: str) -> None:
    whole = await ask("/posts/gardens")
    again = await ask("/posts/gardens", headers={"If-None-Match": named.format(whole.headers["etag"])})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "vary", "cache-control", "content-security-policy"):
        assert again.headers[name] == whole.headers[name]
    assert (await ask("/posts/gardens", headers={"If-None-Match": '"x"'})).content == whole.content


@pytest.mark.parametrize("named", ["{}", "*"])
async def test_what_is_not_there_is_said_each_time(ask: Ask, named: str) -> None:
    missing = await ask("/posts/bread")
    again = await ask("/posts/bread", headers={"If-None-Match": named.format(missing.headers["etag"])})
    assert (again.status_code, again.content) == (404, missing.content)


async def test_what_is_not_there_is_looked_for_each_time(ask: Ask, take_in: TakeIn) -> None:
    assert (await ask("/posts/bread")).status_code == 404
    await take_in(bread=post("bread", "Bread"))
    assert (await ask("/posts/bread")).status_code == 200
