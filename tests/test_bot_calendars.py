"""The chat's own calendar in the conversation: getting its address, changing and ending it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from blogbot.cards.calendars import webcal
from blogbot.clock import MovableClock
from blogbot.store import Store
from tests.bot_world import ADA, GROUP, SITE, Content, Sent, World, keep_sample, labels, open_world

PUBLIC = replace(SITE, public_url="https://bot.example.org")
GET, ANOTHER, STOP = "Get my calendar's address", "New address", "Stop it"


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    return await keep_sample(sqlite_store, clock)


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    async with open_world(sqlite_store, clock, PUBLIC) as world:
        yield world


def secret_in(message: Sent) -> str:
    """What is secret in the addresses that a message shows, of which both name the same."""
    found = re.findall(r"(https|webcal)://bot\.example\.org/calendars/([A-Za-z0-9_-]{22,})\.ics", message["text"])
    assert [scheme for scheme, _ in found] == ["https", "webcal"]
    assert len({secret for _, secret in found}) == 1
    assert [each["type"] for each in message["entities"]].count("code") == 2, "what stands in code is copied by a tap"
    secret: str = found[0][1]
    return secret


async def readable(world: World, secret: str) -> bool:
    own = await world.audience.calendars.find(secret)
    assert own is not None
    return not own.ended


async def test_getting_changing_and_ending_it(world: World) -> None:
    card = await world.ask("/calendar")
    assert "an alarm for each reminder" in card["text"]
    assert labels(card) == [GET]
    assert await world.tap(card, GET) == []
    shown = await world.now_reads(card)
    assert "Whoever has the address can read this calendar" in shown["text"]
    assert "Everyone in this chat" not in shown["text"]
    first = secret_in(shown)
    assert await readable(world, first)
    assert labels(shown) == [ANOTHER, STOP]

    await world.tap(shown, ANOTHER)
    again = await world.now_reads(card)
    second = secret_in(again)
    assert [await readable(world, each) for each in (first, second)] == [False, True]

    await world.tap(again, STOP)
    ended = await world.now_reads(card)
    assert "does not work any more" in ended["text"]
    assert second not in ended["text"], "the address has left the chat"
    assert not await readable(world, second)
    assert labels(ended) == [GET]
    assert "You have an address" not in (await world.ask("/calendar"))["text"]


async def test_an_old_button_ends_no_address(world: World) -> None:
    first, second = await world.ask("/calendar"), await world.ask("/calendar")
    await world.tap(first, GET)
    secret = secret_in(await world.now_reads(first))
    await world.tap(second, GET)
    shown = await world.now_reads(second)
    assert "You have an address since" in shown["text"]
    assert secret not in shown["text"], "only a digest of it is kept"
    assert labels(shown) == [ANOTHER, STOP]
    assert await readable(world, secret)


async def test_ending_what_has_ended_says_so(world: World) -> None:
    card = await world.ask("/calendar")
    await world.tap(card, GET)
    shown = await world.now_reads(card)
    await world.tap(shown, STOP)
    await world.tap_data(card, "1:calendarend")
    assert "There was no address" in (await world.now_reads(card))["text"]


async def test_a_group_is_told_who_sees_the_address(world: World) -> None:
    card = await world.ask("/calendar", GROUP)
    await world.tap(card, GET, GROUP)
    shown = await world.now_reads(card, GROUP)
    assert "Everyone in this chat can see it" in shown["text"]
    own = await world.audience.calendars.find(secret_in(shown))
    assert own is not None
    assert own.chat.telegram_id == GROUP


@pytest.mark.parametrize(
    ("wish", "empty"),
    [("", True), ("/follow author ali baba", True), ("/follow events", False), ("/remind 1d", False)],
)
async def test_who_follows_no_event_is_told_that_it_is_empty(
    world: World, content: Content, wish: str, empty: bool
) -> None:
    if wish:
        await world.say(wish)
    card = await world.ask("/calendar")
    assert ("You follow no events yet" in card["text"]) == empty
    await world.tap(card, GET)
    assert ("You follow no events yet" in (await world.now_reads(card))["text"]) == empty


async def test_the_card_of_the_feeds_leads_to_it(world: World) -> None:
    feeds = await world.ask("/feeds")
    [card] = await world.tap(feeds, "My calendar")
    assert labels(card) == [GET]


async def test_without_an_address_on_the_web_there_are_files(
    sqlite_store: Store, clock: MovableClock, content: Content
) -> None:
    async with open_world(sqlite_store, clock) as world:
        card = await world.ask("/calendar")
        assert "I have no address on the web" in card["text"]
        assert labels(card) == ["Next event", "Events"]
        [event] = await world.tap(card, "Next event")
        assert "Add to calendar" in labels(event)
        await world.tap_data(card, "1:calendaraddress")
        assert await world.audience.calendars.since(await world.chat(ADA)) is None


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_webcal_address_is_the_same_but_for_its_scheme(scheme: str) -> None:
    assert (
        webcal(f"{scheme}://bot.example:8080/blog/calendars/x.ics?a=b")
        == "webcal://bot.example:8080/blog/calendars/x.ics?a=b"
    )
