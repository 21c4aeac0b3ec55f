"""The bot's conversation where it is not as it should be: groups, foreign and old input, what is gone, and failures."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date, datetime, timedelta

import pytest
from telegram import Update

from blogbot.clock import MovableClock
from blogbot.model import ChatKind, Follow, FollowKind
from blogbot.store import Store
from tests.bot_world import ADA, GROUP, World, keep_event, keep_post, labels, open_world

MEETING = datetime(2026, 3, 12, 10, 0)


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    async with open_world(sqlite_store, clock) as world:
        yield world


# --- Groups and channels ---


GROUP_TALK = [
    ("Good morning everybody", 0),
    ("mentoring", 0),
    ("/latest", 1),
    ("/latest@{bot}", 1),
    ("/LATEST@{bot}", 1),
    ("/latest@another_bot", 0),
    ("/unheard_of", 0),
    ("/unheard_of@{bot}", 1),
    ("see /latest for news", 0),
]
"""What is said in a group, and how often the bot answers."""


async def test_in_a_group_only_what_is_meant_for_the_bot_is_answered(world: World) -> None:
    for words, answers in GROUP_TALK:
        said = await world.say(words.format(bot=world.bot.username), GROUP)
        assert len(said) == answers, words


async def test_a_group_follows_for_itself(world: World) -> None:
    await world.ask("/follow everything", GROUP)
    group = await world.chat(GROUP)
    assert (group.kind, group.title) == (ChatKind.GROUP, "Friends")
    assert await world.audience.follows(group) == [Follow(FollowKind.EVERYTHING)]


async def test_a_group_is_greeted_kept_while_away_and_back(world: World) -> None:
    await world.ask("/follow everything", GROUP)
    await world.post(f"/sandbox/chats/{GROUP}/kick", {})
    await world.settled()
    assert not (await world.chat(GROUP)).active
    await world.post(f"/sandbox/chats/{GROUP}/join", {})
    await world.settled()
    greeting = (await world.heard(GROUP))[0]
    assert "Helping Hands" in greeting["text"]
    group = await world.chat(GROUP)
    assert group.active
    assert await world.audience.follows(group) == [Follow(FollowKind.EVERYTHING)]


async def test_a_group_keeps_its_wishes_as_a_supergroup(world: World) -> None:
    await world.ask("/follow everything", GROUP)
    grown = await world.post(f"/sandbox/chats/{GROUP}/migrate", {})
    await world.settled(2)
    assert await world.audience.follows(await world.chat(grown["id"])) == [Follow(FollowKind.EVERYTHING)]


async def test_an_answer_goes_after_a_group_that_grew_meanwhile(world: World) -> None:
    await world.ask("/help", GROUP)
    grown = (await world.post("/sandbox/chats", {"type": "supergroup", "title": "Friends"}))["id"]
    fault = {"method": "sendMessage", "chat_id": GROUP, "error_code": 400, "migrate_to_chat_id": grown}
    await world.post("/sandbox/faults", fault)
    assert await world.say("/follow everything", GROUP) == []
    assert ["You follow everything now" in each["text"] for each in await world.heard(grown)] == [True]
    assert await world.audience.follows(await world.chat(grown)) == [Follow(FollowKind.EVERYTHING)]


async def test_who_blocks_the_bot_is_left_alone_until_they_come_back(world: World) -> None:
    await world.ask("/start")
    await world.post(f"/sandbox/chats/{ADA}/block", {})
    await world.settled()
    assert not (await world.chat()).active
    await world.post(f"/sandbox/chats/{ADA}/unblock", {})
    await world.settled()
    assert (await world.chat()).active


async def test_a_channel_can_follow_and_its_posts_are_its_own(world: World) -> None:
    channel = (await world.post("/sandbox/chats", {"type": "channel", "title": "News"}))["id"]
    assert await world.say("Good morning", channel) == []
    assert "You follow everything now" in (await world.ask("/follow everything", channel))["text"]
    assert (await world.chat(channel)).kind is ChatKind.CHANNEL


async def test_a_topic_of_a_forum_is_a_chat_of_its_own(world: World) -> None:
    body = {"type": "supergroup", "title": "Forum", "is_forum": True}
    forum = (await world.post("/sandbox/chats", body))["id"]
    thread = (await world.post(f"/sandbox/chats/{forum}/topics", {"name": "News"}))["message_thread_id"]
    await world.settled()
    written = {"text": "/follow everything", "message_thread_id": thread}
    await world.post(f"/sandbox/chats/{forum}/messages", written)
    await world.settled()
    assert (await world.heard(forum))[0]["message_thread_id"] == thread
    async with world.store.read() as tx:
        assert await tx.chats.by_telegram(forum, thread) is not None
        assert await tx.chats.by_telegram(forum) is None


async def test_what_telegram_itself_says_in_a_chat_is_not_answered(world: World) -> None:
    welcome = await world.ask("/start")
    pinned = {"message_id": 99, "date": 1, "chat": {"id": ADA, "type": "private"}, "pinned_message": welcome}
    await world.application.process_update(Update.de_json({"update_id": 1, "message": pinned}, world.bot))
    assert await world.heard() == []


async def test_a_picture_without_words_gets_a_helpful_answer(world: World) -> None:
    sticker = {"file_id": "x", "file_unique_id": "x", "width": 1, "height": 1, "is_animated": False, "is_video": False}
    sent = {
        "message_id": 99,
        "date": 1,
        "chat": {"id": ADA, "type": "private"},
        "sticker": sticker | {"type": "regular"},
    }
    await world.application.process_update(Update.de_json({"update_id": 1, "message": sent}, world.bot))
    assert "I read words" in (await world.heard())[0]["text"]


async def test_an_edited_message_is_not_a_command_anew(world: World) -> None:
    await world.ask("/follow everything")
    await world.http.patch(f"/sandbox/chats/{ADA}/messages/1", json={"text": "/unfollow all"})
    assert len(await world.say("/following")) == 1
    assert await world.audience.follows(await world.chat()) == [Follow(FollowKind.EVERYTHING)]


# --- Foreign and old input ---


WILD = [
    ("x" * 10_000, 3),
    ("word " * 2_000, 3),
    ("/search " + "x" * 4_000, 1),
    ("/tag " + "../" * 1_000, 1),
    ("/follow " + "é" * 4_000, 1),
    ("/unfollow " + "🦊" * 1_000, 1),
    ("/remind " + "1d," * 1_000, 1),
    ("/settings zone " + "a" * 4_000, 1),
    ("/" + "a" * 64, 1),
    ("/start " + "9" * 4_000, 1),
    ("/related " + "9" * 4_000, 1),
    ("\u202e\u2066 מפגש \u0000 \ufffe", 1),
    ("'; DROP TABLE posts; --", 1),
    ('" OR NEAR( * ^', 1),
    ("<b>&amp;</i>", 1),
    ("{site} %s {0}", 1),
]
"""What people, and others, may send, and how many messages Telegram makes of it."""


async def test_whatever_is_sent_gets_a_helpful_answer(world: World) -> None:
    for words, updates in WILD:
        answers = await world.say(words, await world.person(), updates=updates)
        assert len(answers) == updates, words[:80]
        for answer in answers:
            assert len(answer["text"]) > 20, words[:80]
            assert "the fault is mine" not in answer["text"], words[:80]


@pytest.mark.parametrize(("words", "updates"), [("Mentoring " * 1_000, 3), ("Mentoring " * 31, 1)])
async def test_what_is_pasted_gets_a_short_line_and_is_not_searched_for(
    world: World, sqlite_store: Store, clock: MovableClock, words: str, updates: int
) -> None:
    await keep_post(sqlite_store, clock, "Mentoring pays")
    answers = await world.say(words, updates=updates)
    assert len(answers) == updates
    for answer in answers:
        assert "too long" in answer["text"]
        assert len(answer["text"]) < 80
    assert "Mentoring pays" in (await world.ask("Mentoring " * 30))["text"]


@pytest.mark.parametrize("words", ["/settings zone", "/settings zone xyzzy", "/settings zone Lundon"])
async def test_the_advice_on_zones_names_a_city_that_works(world: World, words: str) -> None:
    answer = await world.ask(words)
    code = next(entity for entity in answer["entities"] if entity["type"] == "code")
    advised = answer["text"][code["offset"] : code["offset"] + code["length"]]
    assert "/" not in advised[1:]
    assert "Europe/London" in (await world.ask(advised))["text"]


OLD = ["0:latest", "2:post:1", "latest_page_2", "1:nothing:3", "1:", "{}"]
"""Callback data of other versions, or of nobody."""


async def test_a_button_from_an_older_version_leads_to_a_fresh_start(world: World) -> None:
    message = await world.ask("/start")
    for data in OLD:
        answer = (await world.tap_data(message, data))[0]
        assert "This button is from an older version" in answer["text"], data
        assert "Latest articles" in labels(answer)
    assert len(await world.toasts()) == len(OLD)


GONE = [
    "1:post:99",
    "1:post",
    "1:read:99",
    "1:page:99:1",
    "1:related:99",
    "1:followpost:99",
    "1:tag:no-such-tag",
    "1:tag",
    "1:search:8",
    "1:event:99:99",
    "1:event",
    "1:remindevent:99:99",
    "1:forgetevent:99",
    "1:calendar:99",
    "1:follow:tag:gone",
    "1:follow:banana",
    "1:follow",
    "1:unfollow:tag:gone",
    "1:unfollow",
    "1:rule:99d",
    "1:rule",
]
"""Callback data that names nothing that is there."""


async def test_a_button_of_what_is_gone_says_so(world: World) -> None:
    message = await world.ask("/help")  # it names nothing in bold, so that no search can be read from it
    for data in GONE:
        answer = (await world.tap_data(message, data))[0]
        assert "not there any more" in answer["text"], data
        assert labels(answer) == ["Latest articles", "Events"]
    assert len(await world.toasts()) == len(GONE)


PAST_THE_END = [
    ("1:latest:999", "1. Mentoring pays"),
    ("1:tags:999", "1. Research (1)"),
    ("1:tag:research:999", "1. Mentoring pays"),
    ("1:events:999", "1. Spring meeting"),
    ("1:page:1:999", "All about Mentoring pays"),
    ("1:past:999", "No event has taken place yet"),
    ("1:zone:Mars/Base", "I know no time zone Mars/Base"),
    ("1:language:tlh", "I do not speak tlh yet"),
]
"""Callback data that asks for more than there is (now), and what is shown instead, in place."""


async def test_a_button_past_the_end_shows_what_there_is(
    world: World, sqlite_store: Store, clock: MovableClock
) -> None:
    await keep_post(sqlite_store, clock, "Mentoring pays", tags=["Research"])
    await keep_event(sqlite_store, clock, "Spring meeting", MEETING, MEETING)
    message = await world.ask("/start")
    for data, shown in PAST_THE_END:
        assert await world.tap_data(message, data) == [], data
        assert shown in (await world.now_reads(message))["text"], data


async def test_a_removed_article_and_a_removed_event_are_gone(
    world: World, sqlite_store: Store, clock: MovableClock
) -> None:
    post = await keep_post(sqlite_store, clock, "Mentoring pays", tags=["Research"])
    event = await keep_event(sqlite_store, clock, "Spring meeting", MEETING, MEETING + timedelta(hours=1))
    article, meeting = await world.ask(f"/start post-{post.id}"), await world.ask("/next")
    async with sqlite_store.write() as tx:
        await tx.posts.remove(post.id, clock.now())
        await tx.events.remove(event.id, clock.now())
    for message, label in [
        (article, "Read"),
        (article, "Related"),
        (article, "Follow its tags"),
        (meeting, "Remind me"),
        (meeting, "Add to calendar"),
    ]:
        assert "not there any more" in (await world.tap(message, label))[0]["text"]
    assert await world.audience.follows(await world.chat()) == []
    assert await world.audience.rules(await world.chat()) == []


async def test_an_article_full_of_markup_arrives_as_text(
    world: World, sqlite_store: Store, clock: MovableClock
) -> None:
    title = '<b>Bold</b> & "quoted" ' + "long " * 1_000
    post = await keep_post(sqlite_store, clock, title, html="<ul><li>One<script>x</script></li></ul>", tags=["<i>"])
    assert (await world.ask(f"/start post-{post.id}"))["text"].startswith('<b>Bold</b> & "quoted" long')
    assert "1. <b>Bold</b>" in (await world.ask("/latest"))["text"]


# --- Failures ---


async def test_a_button_tapped_twice_is_answered_twice(world: World, sqlite_store: Store, clock: MovableClock) -> None:
    await keep_event(sqlite_store, clock, "Open days", date(2026, 3, 20), date(2026, 3, 22))
    card = await world.ask("/next")
    for _ in range(2):
        assert await world.tap_data(card, "1:remindevent:1:1") == []
    assert len(await world.toasts()) == 2


async def test_a_message_that_cannot_be_edited_is_said_anew(world: World) -> None:
    settings = await world.ask("/settings")
    await world.post(
        "/sandbox/faults",
        {"method": "editMessageText", "error_code": 400, "description": "Bad Request: message can't be edited"},
    )
    assert "paused" in (await world.tap(settings, "Pause"))[0]["text"]


async def test_an_edit_that_changes_nothing_is_no_failure(world: World) -> None:
    menu = await world.ask("/events")
    for _ in range(2):
        assert await world.tap_data(menu, "1:zones") == []
        zones = await world.now_reads(menu)
        assert menu["text"] != zones["text"]
    await world.tap(zones, "UTC")
    assert len(await world.toasts()) == 3


async def test_a_tap_that_telegram_does_not_know_any_more_still_works(world: World) -> None:
    welcome = await world.ask("/start")
    await world.post(
        "/sandbox/faults",
        {"method": "answerCallbackQuery", "error_code": 400, "description": "Bad Request: query is too old"},
    )
    assert "You follow everything now" in (await world.tap(welcome, "Follow everything"))[0]["text"]


@pytest.mark.parametrize("table", ["posts", "chats"])
async def test_a_failing_store_is_owned_up_to(world: World, sqlite_url: str, table: str) -> None:
    welcome = await world.ask("/start")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file:
        file.execute(f"ALTER TABLE {table} RENAME TO broken")
    answer = await world.ask("/latest")
    assert "the fault is mine" in answer["text"]
    assert "SELECT" not in answer["text"]
    assert "the fault is mine" in (await world.tap(welcome, "Latest articles"))[0]["text"]
    assert len(await world.toasts()) == 1


async def test_who_cannot_be_answered_is_left(world: World) -> None:
    await world.ask("/start")
    await world.post(
        "/sandbox/faults",
        {"method": "sendMessage", "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
    )
    assert await world.say("/latest") == []
    assert not (await world.chat()).active
    assert len(await world.say("/latest")) == 1
    assert (await world.chat()).active


@pytest.mark.parametrize(("errors", "answers"), [(2, 1), (6, 0)])
async def test_short_trouble_costs_no_answer_and_long_trouble_only_its_own(
    world: World, errors: int, answers: int
) -> None:
    world.bot.rate_limiter.rest = lambda: 0.0
    await world.post("/sandbox/faults", {"method": "sendMessage", "error_code": 502, "times": errors})
    assert len(await world.say("/next")) == answers
    async with world.http.delete("/sandbox/faults") as cleared:
        assert cleared.status == 200
    assert len(await world.say("/latest")) == 1
