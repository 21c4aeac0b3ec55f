"""The topics of a forum in the bot's conversation: where its news goes, and for whom the topic speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from blogbot.clock import MovableClock
from blogbot.model import FollowKind, Offset, Terms
from blogbot.store import Store
from tests.bot_world import ADA, Sent, World, open_world


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    async with open_world(sqlite_store, clock) as world:
        yield world


async def terms(world: World, chat: int = ADA) -> Terms:
    return (await world.chat(chat)).terms


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
