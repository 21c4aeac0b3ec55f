"""Events and wishes in the bot's conversation: reminded, followed, set, and ended again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.clock import MovableClock
from blogbot.model import Follow, FollowKind, Offset, ReminderRule
from blogbot.store import Store
from tests.bot_world import Content, World, cancel_event, keep_sample, labels, open_world

LONG = " ".join(f"This is sentence number {n} of a long article." for n in range(400))


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    """A bot that has nothing to tell."""
    async with open_world(sqlite_store, clock) as world:
        yield world


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    return await keep_sample(sqlite_store, clock)


# --- Events ---


async def test_a_person_is_reminded_of_one_event_and_not_any_more(world: World, content: Content) -> None:
    card = await world.ask("/next")
    await world.tap(card, "Remind me")
    rules = await world.audience.rules(await world.chat())
    uid = content.meeting.uid
    assert set(rules) == {ReminderRule(Offset(days=1), uid), ReminderRule(Offset(minutes=60), uid)}
    reminded = await world.now_reads(card)
    assert "I will remind you 1 day and 1 hour before." in reminded["text"]
    await world.tap(reminded, "Don't remind me")
    assert await world.audience.rules(await world.chat()) == []
    assert "Remind me" in labels(await world.now_reads(card))


@pytest.mark.parametrize(
    ("before", "rules"),
    [
        (timedelta(hours=5), {Offset(minutes=60)}),
        (timedelta(minutes=40), {Offset(minutes=15)}),
        (timedelta(minutes=10), set()),
    ],
)
async def test_an_event_that_begins_soon_gets_the_reminders_that_still_can_come(
    world: World, content: Content, clock: MovableClock, before: timedelta, rules: set[Offset]
) -> None:
    card = await world.ask("/next")
    clock.move_to(datetime(2026, 3, 12, 10, tzinfo=UTC) - before)
    await world.tap(card, "Remind me")
    assert {rule.offset for rule in await world.audience.rules(await world.chat())} == rules
    assert ("too soon" in (await world.toasts())[-1]) == (not rules)


async def test_an_event_comes_as_a_file_for_calendars(world: World, content: Content) -> None:
    sent = (await world.tap(await world.ask("/next"), "Add to calendar"))[0]
    assert sent["document"]["file_name"] == "spring-meeting.ics"
    assert "Spring meeting" in sent["caption"]
    file = await world.bot.get_file(sent["document"]["file_id"])
    data = bytes(await file.download_as_bytearray())
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.meeting.uid.encode() in data


async def test_events_that_are_over_have_a_list_of_their_own(world: World, content: Content) -> None:
    past = (await world.tap(await world.ask("/events"), "Past events"))[0]
    assert "1. Winter talk" in past["text"]
    card = (await world.tap(past, "1"))[0]
    assert "This event is over." in card["text"]
    assert "Remind me" not in labels(card)


async def test_without_a_coming_event_the_last_is_named(world: World, content: Content, clock: MovableClock) -> None:
    clock.move(timedelta(days=60))
    answer = await world.ask("/next")
    assert answer["text"].startswith("No event is planned.\n\nThe last was Open days")
    assert "Tell me of new events" in labels(answer)
    assert "This event is over" in (await world.tap(answer, "Show it"))[0]["text"]


async def test_the_time_of_an_event_is_an_entity_in_the_chats_zone(world: World, content: Content) -> None:
    await world.ask("/settings zone Asia/Tokyo")
    card = await world.ask("/next")
    times = [entity for entity in card["entities"] if entity["type"] == "date_time"]
    assert times[0]["unix_time"] == int(datetime(2026, 3, 12, 10, tzinfo=UTC).timestamp())
    assert "19:00" in card["text"]


async def test_a_cancelled_event_says_so(world: World, content: Content, clock: MovableClock) -> None:
    listed = await world.ask("/events")
    await cancel_event(world.store, clock, content.meeting)
    card = (await world.tap(listed, "1"))[0]
    assert "Cancelled" in card["text"]
    assert "Remind me" not in labels(card)


# --- Wishes ---


async def test_the_menu_of_follows_ticks_what_is_tapped(world: World, content: Content) -> None:
    menu = await world.ask("/follow")
    for label in ("Events", "Youth work"):
        assert await world.tap(menu, label) == []
        menu = await world.now_reads(menu)
    assert [label for label in labels(menu) if label.startswith("✓")] == ["✓ Events", "✓ Youth work"]
    await world.tap(menu, "✓ Events")
    assert await world.audience.follows(await world.chat()) == [Follow(FollowKind.TAG, "youth-work")]


async def test_what_is_followed_is_listed_and_ends_with_a_tap(world: World, content: Content) -> None:
    for words in ("everything", "events", "research", "author Ali Baba"):
        await world.ask(f"/follow {words}")
    listed = await world.ask("/following")
    for name in ("everything", "all events", "the tag Research", "the author Ali Baba"):
        assert f"• {name}" in listed["text"]
    await world.tap(listed, "✕ Research")
    listed = await world.now_reads(listed)
    assert "Research" not in listed["text"]
    await world.tap(listed, "Stop all")
    assert "it was 3 things" in (await world.now_reads(listed))["text"]
    assert await world.audience.follows(await world.chat()) == []


@pytest.mark.parametrize("words", ["Research", "research", "tag RESEARCH"])
async def test_a_follow_ends_by_name(world: World, content: Content, words: str) -> None:
    await world.ask("/follow Research")
    assert "You follow the tag Research already" in (await world.ask("/follow research"))["text"]
    assert "do not follow the tag Research any more" in (await world.ask(f"/unfollow {words}"))["text"]
    assert await world.audience.follows(await world.chat()) == []


async def test_all_follows_end_at_once(world: World, content: Content) -> None:
    await world.ask("/follow Research")
    assert "✕ Research" in labels(await world.ask("/unfollow"))
    assert "it was 1 thing." in (await world.ask("/unfollow ALL"))["text"]


async def test_reminders_are_set_toggled_and_ended(world: World, content: Content) -> None:
    menu = await world.ask("/remind 1d 2h")
    assert set(await world.audience.rules(await world.chat())) == {
        ReminderRule(Offset(days=1)),
        ReminderRule(Offset(minutes=120)),
    }
    await world.tap(menu, "✓ 1 day")
    menu = await world.now_reads(menu)
    assert "2 hours before every event" in menu["text"]
    await world.tap(menu, "15 minutes")
    assert "Change reminders" in labels(await world.ask("/next"))
    await world.tap(menu, "No reminders")
    assert "I remind you of nothing any more" in (await world.now_reads(menu))["text"]
    assert await world.audience.rules(await world.chat()) == []


async def test_reminders_that_stand_are_shown_not_set_again(world: World) -> None:
    await world.ask("/remind 15m")
    assert "I remind you 15 minutes before every event." in (await world.ask("/remind"))["text"]
    assert await world.audience.rules(await world.chat()) == [ReminderRule(Offset(minutes=15))]


async def test_settings_change_by_taps(world: World) -> None:
    card = await world.ask("/settings")
    await world.tap(card, "Time zone")
    await world.tap(await world.now_reads(card), "Asia/Tokyo")
    assert "Asia/Tokyo; it is 18:00" in (await world.now_reads(card))["text"]
    await world.tap(await world.now_reads(card), "Language")
    await world.tap(await world.now_reads(card), "✓ English")
    await world.tap(await world.now_reads(card), "Pause")
    assert (await world.chat()).paused
    await world.tap(await world.now_reads(card), "Resume")
    chat = await world.chat()
    assert (chat.paused, chat.timezone, chat.language) == (False, "Asia/Tokyo", "en")


async def test_who_is_paused_is_told_so_where_it_matters(world: World) -> None:
    await world.ask("/settings pause")
    for words in ("/follow everything", "/remind 1h", "/following"):
        assert "paused" in (await world.ask(words))["text"]
