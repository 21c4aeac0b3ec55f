"""Events and wishes in the bot's conversation: reminded, followed, set, and ended again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from blogbot import i18n
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


@pytest.mark.parametrize(
    ("code", "kept", "day"),
    [
        ("en-US", "en-US", "March 2, 2026"),
        ("en_gb", "en-gb", "2 March 2026"),
        ("EN", "en", "2 March 2026"),
        ("english", "en", "2 March 2026"),
    ],
)
async def test_a_language_goes_by_its_code_its_region_or_its_name(
    world: World, content: Content, code: str, kept: str, day: str
) -> None:
    assert "Language: English" in (await world.ask(f"/settings language {code}"))["text"]
    assert (await world.chat()).language.lower() == kept.lower()
    assert day in (await world.ask("/mute 1h"))["text"]


@pytest.mark.parametrize("code", ["tlh", "xx-GB", "-en", "en-" + "x" * 90, "🎉"])
async def test_a_language_that_is_not_spoken_is_answered_with_those_that_are(world: World, code: str) -> None:
    answer = await world.ask(f"/settings language {code}")
    assert "I do not speak" in answer["text"]
    assert "✓ English" in labels(answer)
    assert (await world.chat()).language == "en"


async def test_a_chats_language_is_what_it_is_answered_in(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = tmp_path / "de" / "LC_MESSAGES" / "blogbot.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "Settings"\nmsgstr "Einstellungen"\n\nmsgid "Done."\nmsgstr "Erledigt."\n', "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(i18n, "_LOCALES", tmp_path)
        _forget_catalogues()
        card = await world.ask("/settings language")
        await world.tap(card, "Deutsch")
        card = await world.now_reads(card)
        assert card["text"].startswith("Erledigt.\n\nEinstellungen")
        assert "Montag, 2. März 2026" in (await world.ask("/mute 1h"))["text"]
        assert "Done." in (await world.ask("/settings language English"))["text"]
    _forget_catalogues()


def _forget_catalogues() -> None:
    for cached in (i18n.languages, i18n._translations, i18n._words):
        cached.cache_clear()


# --- What people write without the word before it ---


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("/zone Tokyo", "Time zone: Asia/Tokyo"),
        ("/timezone", "Which time zone are you in?"),
        ("/language en", "Language: English"),
        ("/digest weekly friday 9", "a digest every Friday at 09:00"),
        ("/quiet 22-7", "Quiet hours: 22:00 to 07:00"),
        ("/topic here", "This chat has no topics"),
        ("/filters", "You filter nothing"),
        ("/reminders 2h", "I remind you 2 hours before"),
        ("/settings filter hide budget", "I leave out news with “budget”"),
        ("/settings urgent", "nothing can be urgent"),
        ("/settings remind 1d", "I remind you 1 day before every event"),
        ("/stop research", "You did not follow"),
    ],
)
async def test_settings_are_found_wherever_people_look_for_them(world: World, words: str, said: str) -> None:
    assert said in (await world.ask(words))["text"]


@pytest.mark.parametrize("words", ["/stop", "/pause", "/stop all", "/settings pause"])
async def test_who_wants_to_hear_nothing_is_told_how_to_begin_again(world: World, words: str) -> None:
    await world.ask("/follow everything")
    card = await world.ask(words)
    assert "Paused. /resume ends it" in card["text"]
    assert "Resume" in labels(card)
    assert (await world.chat()).paused
    assert "I am back." in (await world.ask("/resume"))["text"]
    assert not (await world.chat()).paused
    assert len(await world.audience.follows(await world.chat())) == 1


async def test_the_usage_of_settings_names_all_of_them(world: World) -> None:
    said = (await world.ask("/settings foo"))["text"]
    for word in (
        "zone",
        "language",
        "digest",
        "quiet",
        "mute",
        "filter",
        "urgent",
        "remind",
        "topic",
        "pause",
        "resume",
    ):
        assert word in said


async def test_who_is_paused_is_told_so_where_it_matters(world: World) -> None:
    await world.ask("/settings pause")
    for words in ("/follow everything", "/remind 1h", "/following"):
        assert "paused" in (await world.ask(words))["text"]
