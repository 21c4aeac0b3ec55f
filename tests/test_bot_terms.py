"""A chat's terms in the bot's conversation: when and how it is told what it did not ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.clock import MovableClock
from blogbot.model import Digest, Filter, FilterKind, Follow, FollowKind, Offset, ReminderRule, Terms
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


# --- Urgent ---


async def test_a_follow_and_a_reminder_are_marked_urgent_in_the_menu(world: World, content: Content) -> None:
    for words in ("/follow research", "/follow events", "/remind 1d 2h"):
        await world.ask(words)
    menu = await world.ask("/urgent")
    for label in ("Research", "1 day before every event"):
        assert await world.tap(menu, label) == []
        menu = await world.now_reads(menu)
    assert [label for label in labels(menu) if label.startswith("✓")] == ["✓ Research", "✓ 1 day before every event"]
    chat = await world.chat()
    assert [each.value for each in await world.audience.follows(chat) if each.urgent] == ["research"]
    assert [each.offset for each in await world.audience.rules(chat) if each.urgent] == [Offset(days=1)]
    assert "the tag Research 🔔" in (await world.ask("/following"))["text"]
    assert "✓ 1 day 🔔" in labels(await world.ask("/remind"))
    await world.tap(menu, "✓ Research")
    assert not any(each.urgent for each in await world.audience.follows(chat))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("research", "Urgent now: the tag Research."),
        ("everything", "Urgent now: everything."),
        ("1d", "Urgent now: reminders 1 day before every event."),
        ("off research", "Not urgent any more: the tag Research."),
        ("spring meeting", "Urgent now: reminders 1 day before Spring meeting."),
        ("youth work", "You neither follow youth work nor have such a reminder."),
        ("2d", "You neither follow 2d nor have such a reminder."),
        ("off", "What is urgent?"),
    ],
)
async def test_what_is_named_is_marked_as_urgent(world: World, content: Content, words: str, said: str) -> None:
    for wish in ("/follow research", "/follow everything", "/remind 1d 2h"):
        await world.ask(wish)
    await world.audience.remind(await world.chat(), ReminderRule(Offset(days=1), content.meeting.uid))
    assert said in (await world.ask(f"/urgent {words}"))["text"]
    chat = await world.chat()
    marked = [each for each in await world.audience.follows(chat) if each.urgent]
    marked_rules = [each for each in await world.audience.rules(chat) if each.urgent]
    assert bool(marked or marked_rules) == said.startswith("Urgent now")


async def test_what_is_urgent_stays_so_when_it_is_wished_for_again(world: World, content: Content) -> None:
    await world.ask("/follow research")
    await world.ask("/remind 1h")
    chat = await world.chat()
    await world.audience.mark(chat, Follow(FollowKind.TAG, "research"), urgent=True)
    await world.audience.mark(chat, ReminderRule(Offset(minutes=60)), urgent=True)
    assert "already" in (await world.ask("/follow research"))["text"]
    await world.ask("/remind 1h")
    assert [each.urgent for each in await world.audience.follows(chat)] == [True]
    assert [each.urgent for each in await world.audience.rules(chat)] == [True]


async def test_a_wish_that_has_ended_is_not_marked(world: World) -> None:
    menu = await world.ask("/follow everything")
    chat = await world.chat()
    await world.ask("/unfollow all")
    assert not await world.audience.mark(chat, Follow(FollowKind.EVERYTHING), urgent=True)
    assert not await world.audience.mark(chat, ReminderRule(Offset(days=1)), urgent=True)
    assert "not there any more" in (await world.tap_data(menu, "1:urgent:everything::1"))[0]["text"]
    assert "nothing can be urgent" in (await world.ask("/urgent"))["text"]


# --- Filters ---


async def test_filters_are_made_listed_and_ended(world: World, content: Content) -> None:
    assert "You filter nothing" in (await world.ask("/filter"))["text"]
    assert "I leave out news with “budget cuts”" in (await world.ask("/filter hide Budget  CUTS!"))["text"]
    menu = await world.ask("/filter only author ali baba")
    assert "Left out: “budget cuts”" in menu["text"]
    assert "Only: the author Ali Baba" in menu["text"]
    chat = await world.chat()
    assert {(each.kind, each.value, each.only) for each in await world.audience.filters(chat)} == {
        (FilterKind.WORD, "budget cuts", False),
        (FilterKind.AUTHOR, "ali-baba", True),
    }
    assert "Filters: 2" in (await world.ask("/settings"))["text"]
    await world.tap(menu, "✕ Ali Baba")
    assert "Only" not in (await world.now_reads(menu))["text"].split("\n\n")[1]
    assert "Done." in (await world.ask("/filter off budget cuts"))["text"]
    assert await world.audience.filters(chat) == []


@pytest.mark.parametrize(
    ("words", "asked", "label", "filter_"),
    [
        ("budget cuts", "news with budget cuts?", "Leave it out", Filter(FilterKind.WORD, "budget cuts")),
        ("«Große Pläne»", "news with Große Pläne?", "Bring nothing else", Filter(FilterKind.WORD, "große pläne", True)),
        ("by ali baba", "news by ali baba?", "Leave it out", Filter(FilterKind.AUTHOR, "ali-baba")),
        ("author Ali Baba", "news by Ali Baba?", "Bring nothing else", Filter(FilterKind.AUTHOR, "ali-baba", True)),
        ("by design", "news with by design?", "Leave it out", Filter(FilterKind.WORD, "by design")),
        (
            '"author of the year"',
            "news with author of the year?",
            "Leave it out",
            Filter(FilterKind.WORD, "author of the year"),
        ),
        ("hide", None, "", None),
    ],
)
async def test_of_words_alone_is_asked_what_to_do_with_them(
    world: World, content: Content, words: str, asked: str | None, label: str, filter_: Filter | None
) -> None:
    card = await world.ask(f"/filter {words}")
    assert (asked or "I do not read hide as a filter") in card["text"]
    if filter_ is not None:
        assert await world.tap(card, label) == []
        assert "From now on" in (await world.now_reads(card))["text"]
        assert await world.audience.filters(await world.chat()) == [filter_]


@pytest.mark.parametrize(
    ("words", "filter_", "said"),
    [
        ("by design", Filter(FilterKind.WORD, "by design"), "“by design”"),
        ('"by Ali Baba"', Filter(FilterKind.WORD, "by ali baba"), "“by ali baba”"),
        ("by Ali Baba", Filter(FilterKind.AUTHOR, "ali-baba"), "the author Ali Baba"),
        ("“budget”", Filter(FilterKind.WORD, "budget"), "“budget”"),
        ("author", Filter(FilterKind.WORD, "author"), "“author”"),
    ],
)
async def test_only_an_authors_name_after_by_is_an_author(
    world: World, content: Content, words: str, filter_: Filter, said: str
) -> None:
    assert f"I leave out news with {said}." in (await world.ask(f"/filter hide {words}"))["text"]
    assert await world.audience.filters(await world.chat()) == [filter_]


async def test_all_is_no_word_to_end_all_filters_with(world: World) -> None:
    await world.ask("/filter hide one")
    assert "Left out: “one”" in (await world.ask("/filter all"))["text"]
    assert len(await world.audience.filters(await world.chat())) == 1


async def test_all_filters_end_at_once(world: World) -> None:
    await world.ask("/filter hide one")
    menu = await world.ask("/filter only two")
    await world.tap(menu, "End all")
    assert "You filter nothing" in (await world.now_reads(menu))["text"]
    await world.ask("/filter hide three")
    assert "You filter nothing" in (await world.ask("/filter off"))["text"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hide", "I do not read hide as a filter"),
        ("hide 🎉", "I do not read 🎉 as a filter"),
        ("only author Nobody Known", "No article is by Nobody Known"),
        ("off nothing", "You have no filter nothing"),
    ],
)
async def test_a_filter_that_cannot_be_gets_advice(world: World, words: str, said: str) -> None:
    answer = await world.ask(f"/filter {words}")
    assert said in answer["text"]
    assert "/filter hide budget cuts" in answer["text"]


async def test_a_chat_has_no_more_filters_than_it_can_see(world: World) -> None:
    await world.ask("/start")
    chat = await world.chat()
    for n in range(30):
        await world.audience.add_filter(chat, Filter(FilterKind.WORD, f"word {n}"))
    assert "end one first" in (await world.ask("/filter hide one more"))["text"]
    assert "From now on" in (await world.ask("/filter only word 3"))["text"]


# --- Topics of a forum ---


async def forum_with_topic(world: World) -> tuple[int, int]:
    forum: int = (await world.post("/sandbox/chats", {"type": "supergroup", "title": "F", "is_forum": True}))["id"]
    topic: int = (await world.post(f"/sandbox/chats/{forum}/topics", {"name": "News"}))["message_thread_id"]
    await world.settled()
    return forum, topic


async def in_topic(world: World, forum: int, topic: int, words: str) -> Sent:
    await world.post(f"/sandbox/chats/{forum}/messages", {"text": words, "message_thread_id": topic})
    await world.settled()
    return (await world.heard(forum))[-1]


async def test_a_forum_chooses_the_topic_of_its_news(world: World) -> None:
    forum, topic = await forum_with_topic(world)
    assert "Write /settings topic here in the topic" in (await world.ask("/settings topic here", forum))["text"]
    answer = await in_topic(world, forum, topic, "/settings topic here")
    assert "comes into this topic" in answer["text"]
    assert answer["message_thread_id"] == topic
    assert (await world.chat(forum)).topic_id == topic
    card = await world.ask("/settings", forum)
    assert "message_thread_id" not in card  # an answer stays where it was asked for
    assert "into the topic that you chose" in card["text"]
    await world.tap(card, "No topic for news", forum)
    assert (await world.chat(forum)).topic_id == 0
    assert "Write /settings topic here" in (await in_topic(world, forum, topic, "/settings topic off"))["text"]


async def test_what_the_topic_followed_by_itself_comes_once(world: World) -> None:
    forum, topic = await forum_with_topic(world)
    await world.ask("/follow everything", forum)
    for words in ("/follow everything", "/follow events", "/remind 2h"):
        await in_topic(world, forum, topic, words)
    assert "the whole group follows now" in (await in_topic(world, forum, topic, "/settings topic here"))["text"]
    whole = await world.chat(forum)
    async with world.store.read() as tx:
        alone = await tx.chats.by_telegram(forum, topic)
    assert alone is not None
    assert {each.kind for each in await world.audience.follows(whole)} == {FollowKind.EVERYTHING, FollowKind.EVENTS}
    assert [each.offset for each in await world.audience.rules(whole)] == [Offset(minutes=120)]
    assert not await world.audience.follows(alone)
    assert not await world.audience.rules(alone)
    assert "whole group follows now" not in (await in_topic(world, forum, topic, "/settings topic here"))["text"]
    assert "outside of its topics again" in (await in_topic(world, forum, topic, "/settings topic off"))["text"]


async def test_the_topic_of_a_forums_news_speaks_for_the_forum(world: World, clock: MovableClock) -> None:
    forum, topic = await forum_with_topic(world)
    await world.ask("/follow everything", forum)
    await in_topic(world, forum, topic, "/settings topic here")
    for words, said in (
        ("/following", "• everything"),
        ("/follow events", "You follow all events now"),
        ("/remind 2h", "I remind you 2 hours before every event"),
        ("/filter hide budget", "I leave out news with “budget”"),
        ("/mute 8h", "Muted until"),
        ("/settings", "into the topic that you chose"),
    ):
        answer = await in_topic(world, forum, topic, words)
        assert said in answer["text"], words
        assert "For the whole group, not for this topic alone." in answer["text"], words
        assert answer["message_thread_id"] == topic, words
    whole = await world.chat(forum)
    assert whole.terms.muted_until == clock.now() + timedelta(hours=8)
    assert len(await world.audience.follows(whole)) == 2
    assert len(await world.audience.filters(whole)) == 1
    assert "For the whole group" not in (await in_topic(world, forum, topic, "/next"))["text"]


async def test_a_tap_in_that_topic_is_the_forums_too(world: World) -> None:
    forum, topic = await forum_with_topic(world)
    await in_topic(world, forum, topic, "/settings topic here")
    card = await in_topic(world, forum, topic, "/settings")
    for label in ("Quiet hours", "22:00 to 07:00"):
        await world.tap(card, label, forum)
        card = await world.now_reads(card, forum)
    assert (await terms(world, forum)).quiet_from == 22 * 60
    assert "For the whole group" in card["text"]


async def test_another_topic_speaks_for_itself(world: World) -> None:
    forum, topic = await forum_with_topic(world)
    other = (await world.post(f"/sandbox/chats/{forum}/topics", {"name": "Chat"}))["message_thread_id"]
    await world.settled()
    await world.ask("/follow everything", forum)
    await in_topic(world, forum, topic, "/settings topic here")
    assert "You follow nothing yet" in (await in_topic(world, forum, other, "/following"))["text"]


async def test_a_group_has_terms_of_its_own(world: World) -> None:
    await world.ask("/settings quiet 22-7", GROUP)
    assert (await terms(world, GROUP)).quiet_from == 22 * 60
    await world.ask("/start")
    assert (await terms(world)).quiet_from is None
