"""A chat's terms in the bot's conversation: when and how it is told what it did not ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.clock import MovableClock
from blogbot.model import Digest, Terms
from blogbot.store import Store
from tests.bot_world import ADA, GROUP, SITE, Content, Sent, World, keep_post, keep_sample, labels, open_world
from tests.store_samples import announce, fan_out

LONDON = "/settings zone London"


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    async with open_world(sqlite_store, clock) as world:
        yield world


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    return await keep_sample(sqlite_store, clock)


async def terms(world: World, chat: int = ADA) -> Terms:
    return (await world.chat(chat)).terms


def moments(message: Sent) -> list[datetime]:
    """The instants that a message names."""
    found = [entity for entity in message.get("entities", []) if entity["type"] == "date_time"]
    return [datetime.fromtimestamp(entity["unix_time"], UTC) for entity in found]


# --- Digest ---


async def test_a_digest_is_set_in_words_and_says_when_it_comes_next(world: World) -> None:
    await world.ask("/settings zone New York")
    menu = await world.ask("/settings digest daily 8")
    assert "a digest every day at 08:00" in menu["text"]
    assert moments(menu) == [datetime(2026, 3, 2, 13, tzinfo=UTC)]
    assert await terms(world) == Terms(Digest.DAILY, 8)
    menu = await world.ask("/settings weekly monday 3")
    assert "a digest every Monday at 03:00" in menu["text"]
    # New York's clocks change on 8 March, so the same hour comes an hour earlier.
    assert moments(menu) == [datetime(2026, 3, 9, 7, tzinfo=UTC)]
    assert "News: at once" in (await world.ask("/settings instant"))["text"]
    assert await terms(world) == Terms(Digest.INSTANT, 3, 0)


async def test_a_digest_is_set_by_taps(world: World) -> None:
    await world.ask(LONDON)
    card = await world.ask("/settings")
    for label in ("Digest", "Every week", "Friday", "18:00"):
        assert await world.tap(card, label) == []
        card = await world.now_reads(card)
    assert await terms(world) == Terms(Digest.WEEKLY, 18, 4)
    assert [label for label in labels(card) if label.startswith("✓")] == ["✓ Every week", "✓ Friday", "✓ 18:00"]
    await world.tap(card, "Settings")
    assert "a digest every Friday at 18:00" in (await world.now_reads(card))["text"]


async def test_a_digest_that_falls_into_quiet_hours_comes_when_they_end(world: World) -> None:
    for words in (LONDON, "/settings quiet 20-9:30", "/settings digest daily 21"):
        answer = await world.ask(words)
    assert moments(answer) == [datetime(2026, 3, 3, 9, 30, tzinfo=UTC)]


async def test_who_reads_a_digest_is_not_promised_news_at_once(world: World) -> None:
    await world.ask("/settings digest daily")
    assert "News of it comes with your digest" in (await world.ask("/follow everything"))["text"]


# --- Quiet hours and mute ---


async def test_quiet_hours_are_set_in_words_and_by_taps(world: World) -> None:
    await world.ask(LONDON)
    menu = await world.ask("/settings quiet 22:30-6:45")
    for part in ("Quiet hours: 22:30 to 06:45", "only what you marked urgent", "is cancelled", "begins before then"):
        assert part in menu["text"]
    assert "✓ 22:30 to 06:45" in labels(menu)
    await world.tap(menu, "22:00 to 07:00")
    assert ((await terms(world)).quiet_from, (await terms(world)).quiet_until) == (22 * 60, 7 * 60)
    assert "Quiet hours: none" in (await world.ask("/settings quiet off"))["text"]
    assert await terms(world) == Terms()


async def test_a_chat_is_mute_for_a_while(world: World, clock: MovableClock) -> None:
    answer = await world.ask("/mute 8h")
    until = clock.now() + timedelta(hours=8)
    assert "Muted until" in answer["text"]
    assert moments(answer) == [until]
    assert (await terms(world)).muted_until == until
    assert "Muted until" in (await world.ask("/settings"))["text"]
    clock.move_to(until)
    assert "Muted until" not in (await world.ask("/settings"))["text"]
    answer = await world.ask("/unmute")
    assert (answer["text"], labels(answer)) == ("You were not muted.", ["Mute", "Settings"])
    menu = await world.ask("/mute")
    await world.tap(menu, "3 days")
    menu = await world.now_reads(menu)
    assert (await terms(world)).muted_until == until + timedelta(days=3)
    await world.tap(menu, "Unmute")
    assert (await world.now_reads(menu))["text"] == "I am back. What waited comes now."
    assert await terms(world) == Terms()


@pytest.mark.parametrize("also", ["/quiet 8-12", "/digest daily 18"])
async def test_the_end_of_silence_promises_nothing_that_still_waits(world: World, also: str) -> None:
    await world.ask("/zone London")  # where it is nine o'clock
    await world.ask(also)
    await world.ask("/mute 8h")
    assert (await world.ask("/unmute"))["text"] == "I am back."


async def test_a_place_that_is_written_after_the_zone_was_asked_for_is_offered_as_one(world: World) -> None:
    before = await world.ask("Berlin")
    assert "found nothing" in before["text"]
    await world.ask("/quiet 22-7")
    answer = await world.ask("Berlin")
    assert answer["text"].startswith("Berlin may be in one of these time zones. Which is yours?")
    await world.tap(answer, "Europe/Berlin")
    assert "found nothing" in (await world.ask("Berlin"))["text"]


async def test_a_chat_is_mute_until_a_moment_on_its_own_clock(world: World) -> None:
    await world.ask("/zone New York")
    # New York's clocks change in the night to Sunday.
    for words, until in (
        ("/mute until saturday 9", datetime(2026, 3, 7, 14, tzinfo=UTC)),
        ("/mute until sunday 9", datetime(2026, 3, 8, 13, tzinfo=UTC)),
        ("/mute tonight", datetime(2026, 3, 3, 13, tzinfo=UTC)),
        ("/mute 8", datetime(2026, 3, 2, 17, tzinfo=UTC)),
    ):
        assert moments(await world.ask(words)) == [until], words
        assert (await terms(world)).muted_until == until


@pytest.mark.parametrize(
    ("words", "labels_", "chosen", "kept"),
    [
        ("daily 8:30", ["08:00", "09:00"], "09:00", Terms(Digest.DAILY, 9, 0)),
        ("8:30", ["08:00", "09:00"], "08:00", Terms(Digest.DAILY, 8, 0)),
        ("sunday 23:30", ["23:00", "00:00"], "00:00", Terms(Digest.WEEKLY, 0, 0)),
    ],
)
async def test_a_digest_between_two_hours_offers_both(
    world: World, words: str, labels_: list[str], chosen: str, kept: Terms
) -> None:
    card = await world.ask(f"/digest {words}")
    assert "A digest comes on the hour. Which do you want?" in card["text"]
    assert labels(card) == [*labels_, "Settings"]
    await world.tap(card, chosen)
    assert await terms(world) == kept


@pytest.mark.parametrize("words", ["/unmute", "/settings quiet off", "/settings zone Tokyo", "/settings instant"])
async def test_what_was_held_is_looked_at_anew_when_the_terms_change(
    world: World, sqlite_store: Store, clock: MovableClock, words: str
) -> None:
    post = await keep_post(sqlite_store, clock, "Held")
    await world.ask("/follow everything")
    async with sqlite_store.write() as tx:
        news = await announce(tx, "held", post_id=post.id)
        await fan_out(tx, news)
        (parcel,) = await tx.notifications.lease(clock.now(), 1, clock.now() + timedelta(seconds=30))
        await tx.notifications.hold([(parcel, clock.now() + timedelta(hours=5))], clock.now())
        assert await tx.notifications.next_due(clock.now()) == clock.now() + timedelta(hours=5)
    await world.ask(words)
    async with sqlite_store.read() as tx:
        assert await tx.notifications.next_due(clock.now()) == clock.now()


async def test_what_makes_no_sense_is_answered_with_advice_and_changes_nothing(world: World) -> None:
    for words, said in (
        ("/settings digest sometimes", "I do not read sometimes as a digest"),
        ("/settings quiet at night", "I do not read at night as quiet hours"),
        ("/settings quiet 7-7", "I do not read 7-7 as quiet hours"),
        ("/digest 8 9", "I do not read 8 9 as a digest"),
        ("/mute until christmas", "I do not read until christmas as a length"),
        ("/mute for ever", "I do not read for ever as a length"),
        ("/mute 31 days", "at most 30 days"),
        ("/settings topic here", "This chat has no topics"),
    ):
        assert said in (await world.ask(words))["text"], words
    menu = await world.ask("/help")
    for data in ("1:digest:daily:24:0", "1:digest:x:1:1", "1:quiet:1440:3", "1:quiet:9:9", "1:mute:99d", "1:urgent:x"):
        assert "not there any more" in (await world.tap_data(menu, data))[0]["text"], data
    assert await terms(world) == Terms()


# --- The time zone, asked once ---


@pytest.mark.parametrize(
    "words", ["/settings digest daily 8", "/settings quiet 22-7", "/remind 1h", "/remind", "/mute tonight"]
)
async def test_what_goes_by_the_chats_clock_asks_for_its_zone_once(world: World, words: str) -> None:
    answer = await world.ask(words)
    assert "Which time zone are you in? Until you say so, I go by Europe/London, where it is 09:00." in answer["text"]
    assert "Which time zone" not in (await world.ask(words))["text"]
    said = (await world.tap(answer, "Europe/London"))[0]
    assert "Your time zone is Europe/London" in said["text"]
    assert (await world.chat()).timezone == "Europe/London"
    assert (await world.now_reads(answer))["text"] == answer["text"]


async def test_the_question_stays_while_its_message_is_drawn_afresh_until_it_is_answered(world: World) -> None:
    card = await world.ask("/settings")
    for label in ("Digest", "Every day", "09:00", "Settings", "Quiet hours", "22:00 to 07:00"):
        assert await world.tap(card, label) == []
        card = await world.now_reads(card)
        asked = card["text"].count("Which time zone are you in?")
        assert asked == (label not in ("Digest",)), label
    await world.tap(card, "Europe/London")
    await world.tap(card, "23:00 to 08:00")
    assert "Which time zone" not in (await world.now_reads(card))["text"]


async def test_the_choice_of_zones_is_question_enough(world: World) -> None:
    card = await world.ask("/settings quiet 22-7")
    for label in ("Settings", "Time zone"):
        await world.tap(card, label)
        card = await world.now_reads(card)
    assert card["text"].count("Which time zone") == 1
    await world.tap(card, "Asia/Tokyo")
    assert (await world.chat()).timezone == "Asia/Tokyo"
    assert "Which time zone" not in (await world.now_reads(card))["text"]


async def test_the_sites_zone_is_taken_though_it_is_an_odd_one(sqlite_store: Store, clock: MovableClock) -> None:
    async with open_world(sqlite_store, clock, replace(SITE, timezone="Etc/GMT+5")) as world:
        await world.tap(await world.ask("/settings quiet 22-7"), "Etc/GMT+5")
        assert (await world.chat()).timezone == "Etc/GMT+5"


async def test_another_zone_is_chosen_beside_what_was_set(world: World, content: Content) -> None:
    card = await world.ask("/next")
    await world.tap(card, "Remind me")
    card = await world.now_reads(card)
    assert "Which time zone are you in?" in card["text"]
    choice = (await world.tap(card, "Another zone"))[0]
    await world.tap(choice, "Asia/Tokyo")
    assert (await world.chat()).timezone == "Asia/Tokyo"


@pytest.mark.parametrize("words", ["/mute 1h", "/settings quiet off", "/follow everything", "/settings instant"])
async def test_what_needs_no_clock_asks_for_no_zone(world: World, words: str) -> None:
    assert "Which time zone" not in (await world.ask(words))["text"]


async def test_who_has_said_the_zone_is_not_asked(world: World) -> None:
    await world.ask("/settings zone UTC")
    assert "Which time zone" not in (await world.ask("/settings digest daily"))["text"]


async def test_until_a_zone_is_said_the_settings_tell_whose_it_is(world: World) -> None:
    assert "Until you say yours, all your hours go by it." in (await world.ask("/settings"))["text"]
    assert "Until you say yours" not in (await world.ask(LONDON))["text"]


async def test_where_a_name_means_several_zones_they_are_offered(world: World) -> None:
    card = await world.ask("/zone Washington")
    assert "Washington may be in one of these time zones. Which is yours?" in card["text"]
    assert labels(card) == ["America/Los Angeles", "America/New York", "Settings"]
    await world.tap(card, "America/New York")
    assert (await world.chat()).timezone == "America/New_York"


# --- Groups ---


async def test_a_group_has_terms_of_its_own(world: World) -> None:
    await world.ask("/settings quiet 22-7", GROUP)
    assert (await terms(world, GROUP)).quiet_from == 22 * 60
    await world.ask("/start")
    assert (await terms(world)).quiet_from is None
