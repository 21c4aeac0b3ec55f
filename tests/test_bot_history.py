"""Looking back in the bot's conversation: what a chat was told unasked, and which of its wishes sent it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from blogbot.clock import MovableClock
from blogbot.model import Announcement, AnnouncementKind, Event, Follow, FollowKind, Offset, Parcel, ReminderRule
from blogbot.store import Store
from tests.bot_world import ADA, GROUP, Content, Sent, World, buttons, keep_sample, labels, open_world
from tests.store_samples import announce, fan_out

RESEARCH = Follow(FollowKind.TAG, "research")
HOUR_BEFORE = ReminderRule(Offset(minutes=60))


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    async with open_world(sqlite_store, clock) as world:
        await world.ask("/start")
        yield world


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    return await keep_sample(sqlite_store, clock)


async def tell(world: World, *news: Announcement, chat: int = ADA, thread: int = 0) -> Sent:
    """One message of the bot's own that carries these announcements, entered in the ledger as sent."""
    hearer = await world.audience.join(chat, (await world.chat(chat)).kind, (await world.chat(chat)).title)
    sent = await world.bot.send_message(chat, "News!", message_thread_id=thread or None)
    async with world.store.write() as tx:
        for each in news:
            await fan_out(tx, each, world.clock.now())
        await tx.notifications.sent([(Parcel(hearer, news, news[0].kind.lane), sent.message_id)], world.clock.now())
    await world.heard(chat)
    return {"message_id": sent.message_id}


async def of_post(world: World, post_id: int) -> Announcement:
    async with world.store.write() as tx:
        return await announce(tx, f"post:{post_id}", post_id=post_id)


async def of_event(world: World, event: Event, kind: AnnouncementKind, **more: Any) -> Announcement:
    async with world.store.write() as tx:
        (date,) = await tx.events.occurrences_of(event.id)
        return await announce(tx, f"{kind}:{event.id}", kind, event_id=event.id, occurrence_id=date.id, **more)


def taps(message: Sent) -> Sequence[str]:
    return [button["callback_data"] for button in buttons(message)]


# --- /history ---


async def test_the_history_shows_what_was_told_last_and_leads_there(
    world: World, content: Content, clock: MovableClock
) -> None:
    for words in ("/follow everything", "/remind 1h"):
        await world.ask(words)
    await tell(world, await of_post(world, content.newest.id))
    clock.move(timedelta(hours=1))
    reminder = await of_event(world, content.meeting, AnnouncementKind.REMINDER, offset=Offset(minutes=60))
    await tell(world, reminder)
    listed = await world.ask("/history")
    lines = listed["text"].splitlines()
    assert lines[2] == "1. Spring meeting"
    assert lines[3].startswith("    ⏰ Reminder, Monday 2 March 2026, 10:00")
    assert lines[4] == "2. Mentoring pays"
    assert lines[5].startswith("    📰 New article, Monday 2 March 2026, 09:00")
    assert "Town hall" in (await world.tap(listed, "1"))[0]["text"]
    assert "A summary of Mentoring pays" in (await world.tap(listed, "2"))[0]["text"]


async def test_the_items_of_a_digest_are_called_so(world: World, content: Content) -> None:
    await world.ask("/follow everything")
    await tell(world, *[await of_post(world, post.id) for post in (content.newest, content.reading)])
    assert (await world.ask("/history"))["text"].count("New article in a digest") == 2


async def test_what_is_gone_since_has_no_button(world: World, content: Content, clock: MovableClock) -> None:
    await world.ask("/follow everything")
    await tell(world, *[await of_post(world, post.id) for post in (content.newest, content.reading)])
    async with world.store.write() as tx:
        await tx.posts.remove(content.newest.id, clock.now())
    listed = await world.ask("/history")
    assert "Mentoring pays (withdrawn)" in listed["text"]
    struck = [entity for entity in listed["entities"] if entity["type"] == "strikethrough"]
    assert len(struck) == 1
    assert struck[0]["length"] == len("Mentoring pays")
    assert [label for label in labels(listed) if label.isdigit()] in (["1"], ["2"])


async def test_what_may_not_have_arrived_says_so(world: World, content: Content) -> None:
    await world.ask("/follow everything")
    async with world.store.write() as tx:
        news = await announce(tx, "doubtful", post_id=content.newest.id)
        await fan_out(tx, news)
        parcel = Parcel(await world.chat(), (news,), news.kind.lane)
        await tx.notifications.uncertain(parcel, "no reply", world.clock.now())
    assert "(it may not have arrived)" in (await world.ask("/history"))["text"]
    assert "You follow everything." in (await world.ask("/why"))["text"]


async def test_only_the_chats_own_last_ten_are_shown(world: World, content: Content) -> None:
    await world.ask("/follow everything", GROUP)
    await world.ask("/follow everything")
    for post in (await world.blog.latest(12)).items:
        await tell(world, await of_post(world, post.id))
    listed = await world.ask("/history")
    assert [label for label in labels(listed) if label.isdigit()] == [str(n) for n in range(1, 11)]
    assert "told you nothing unasked yet" in (await world.ask("/history", GROUP))["text"]


# --- /why ---


async def test_why_names_the_follow_and_ends_just_that(world: World, content: Content) -> None:
    for words in ("/follow research", "/follow youth work", "/follow author ali baba"):
        await world.ask(words)
    first = await tell(world, await of_post(world, content.reading.id))
    await tell(world, await of_post(world, content.newest.id))
    answer = await world.ask("/why", reply_to=first["message_id"])
    assert answer["text"].splitlines()[0] == "Why I told you of A long read:"
    assert "You follow the author Ali Baba.\nYou follow the tag Youth work." in answer["text"]
    assert "Research" not in answer["text"]
    assert "any more" in (await world.tap(answer, "Stop: Ali Baba"))[0]["text"]
    assert await world.audience.follows(await world.chat()) == [RESEARCH, Follow(FollowKind.TAG, "youth-work")]


async def test_why_offers_to_mark_just_that_as_urgent(world: World, content: Content) -> None:
    await world.ask("/follow everything")
    await world.ask("/follow youth work")
    await tell(world, await of_post(world, content.newest.id))
    answer = await world.ask("/why")
    youth = "1:urgent:tag:youth-work:1"
    said = (await world.tap_data(answer, next(tap for tap in taps(answer) if tap == youth)))[0]
    assert "Urgent now: the tag Youth work." in said["text"]
    assert [each.urgent for each in await world.audience.follows(await world.chat())] == [False, True]
    assert "Not urgent any more" in (await world.tap(said, "🔕 Not urgent"))[0]["text"]


async def test_why_offers_to_hear_no_more_of_an_author(world: World, content: Content) -> None:
    await world.ask("/follow everything")
    await tell(world, await of_post(world, content.reading.id))
    said = (await world.tap(await world.ask("/why"), "Nothing by Ali Baba"))[0]
    assert "From now on I leave out news with the author Ali Baba." in said["text"]
    assert [each.value for each in await world.audience.filters(await world.chat())] == ["ali-baba"]


async def test_why_names_the_reminder_and_leads_to_its_change(world: World, content: Content) -> None:
    await world.ask("/remind 1d 1h")
    reminder = await of_event(world, content.meeting, AnnouncementKind.REMINDER, offset=Offset(minutes=60))
    await tell(world, reminder)
    answer = await world.ask("/why")
    assert "You want to be reminded 1 hour before every event." in answer["text"]
    assert "1 day" not in answer["text"]
    assert "✓ 1 hour" in labels((await world.tap(answer, "Change reminders"))[0])


async def test_why_ends_the_reminders_of_one_event(world: World, content: Content) -> None:
    await world.tap(await world.ask("/next"), "Remind me")
    reminder = await of_event(world, content.meeting, AnnouncementKind.REMINDER, offset=Offset(minutes=60))
    await tell(world, reminder)
    answer = await world.ask("/why")
    assert "You want to be reminded of this event, 1 hour before." in answer["text"]
    await world.tap(answer, "Don't remind me")
    assert await world.audience.rules(await world.chat()) == []


async def test_why_explains_each_item_of_a_digest(world: World, content: Content) -> None:
    for words in ("/follow youth work", "/follow research"):
        await world.ask(words)
    filler = (await world.blog.by_tag("research", 1)).items[0]
    await tell(world, *[await of_post(world, post_id) for post_id in (content.newest.id, filler.id)])
    answer = await world.ask("/why")
    assert "• Mentoring pays\nYou follow the tag Youth work." in answer["text"]
    assert f"• {filler.title}\nYou follow the tag Research." in answer["text"]
    assert {"Stop: Youth work", "Stop: Research"} <= set(labels(answer))


async def test_why_says_where_the_wish_has_ended_since(world: World, content: Content) -> None:
    await world.ask("/follow everything")
    news = await tell(world, await of_post(world, content.newest.id))
    await world.ask("/unfollow all")
    answer = await world.ask("/why", reply_to=news["message_id"])
    assert "has ended since: no more of this comes" in answer["text"]
    assert not [label for label in labels(answer) if label.startswith("Stop")]


async def test_why_of_a_change_where_only_the_telling_was_a_reason(world: World, content: Content) -> None:
    await world.ask("/follow events")
    await tell(world, await of_event(world, content.meeting, AnnouncementKind.EVENT))
    await world.ask("/unfollow all")
    await tell(world, await of_event(world, content.meeting, AnnouncementKind.CANCELLED))
    assert "I had told you of this event before" in (await world.ask("/why"))["text"]


async def test_why_of_what_is_no_news_is_answered_kindly(world: World, content: Content) -> None:
    assert "told you nothing unasked yet" in (await world.ask("/why"))["text"]
    latest = await world.ask("/latest")
    answer = await world.ask("/why", reply_to=latest["message_id"])
    assert "it was an answer" in answer["text"]
    assert "told you nothing unasked yet" in (await world.tap(answer, "What I told you"))[0]["text"]


async def test_the_history_leads_to_why_of_the_last(world: World, content: Content) -> None:
    await world.ask("/follow everything")
    await tell(world, await of_post(world, content.newest.id))
    answer = (await world.tap(await world.ask("/history"), "Why the last?"))[0]
    assert "You follow everything." in answer["text"]


async def test_in_a_topic_the_news_of_the_whole_forum_are_explained(world: World, content: Content) -> None:
    forum = (await world.post("/sandbox/chats", {"type": "supergroup", "title": "F", "is_forum": True}))["id"]
    topic = (await world.post(f"/sandbox/chats/{forum}/topics", {"name": "News"}))["message_thread_id"]
    await world.settled()
    await world.ask("/follow everything", forum)
    news = await tell(world, await of_post(world, content.newest.id), chat=forum, thread=topic)
    for reply_to in (news["message_id"], 0):
        body = {"text": "/why", "message_thread_id": topic} | ({"reply_to_message_id": reply_to} if reply_to else {})
        await world.post(f"/sandbox/chats/{forum}/messages", body)
        await world.settled()
        answer = (await world.heard(forum))[-1]
        assert "You follow everything." in answer["text"]
        assert "outside of its topics" in answer["text"]
        assert labels(answer) == []


async def test_the_topic_of_the_forums_news_shows_the_forums_history(world: World, content: Content) -> None:
    forum = (await world.post("/sandbox/chats", {"type": "supergroup", "title": "F", "is_forum": True}))["id"]
    topic = (await world.post(f"/sandbox/chats/{forum}/topics", {"name": "News"}))["message_thread_id"]
    await world.settled()
    await world.ask("/follow everything", forum)
    await world.audience.set_topic(await world.chat(forum), topic)
    await tell(world, await of_post(world, content.newest.id), chat=forum, thread=topic)
    for words, said in (("/history", "1. Mentoring pays"), ("/why", "You follow everything.")):
        await world.post(f"/sandbox/chats/{forum}/messages", {"text": words, "message_thread_id": topic})
        await world.settled()
        answer = (await world.heard(forum))[-1]
        assert said in answer["text"]
        assert answer["message_thread_id"] == topic
    await world.tap(answer, "Stop: Everything", forum)
    assert not await world.audience.follows(await world.chat(forum))


async def test_in_a_topic_every_message_seems_to_reply_to_the_one_that_began_it(world: World, content: Content) -> None:
    forum = (await world.post("/sandbox/chats", {"type": "supergroup", "title": "F", "is_forum": True}))["id"]
    topic = (await world.post(f"/sandbox/chats/{forum}/topics", {"name": "News"}))["message_thread_id"]
    await world.settled()
    await world.ask("/follow everything", forum)
    await tell(world, await of_post(world, content.newest.id), chat=forum, thread=topic)
    await world.post(f"/sandbox/chats/{forum}/messages", {"text": "/why", "message_thread_id": topic})
    await world.settled()
    assert "You follow everything." in (await world.heard(forum))[-1]["text"]
