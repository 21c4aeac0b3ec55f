"""Chats, what they follow, when they are reminded; and what was seen where. Every test runs on both databases."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from blogbot.model import (
    AnnouncementKind,
    ChatKind,
    Digest,
    Filter,
    FilterKind,
    Follow,
    FollowKind,
    NotificationState,
    Offset,
    Parcel,
    Terms,
    Validators,
)
from blogbot.store import LastLook, Seen, Store, Transaction
from tests.store_samples import (
    DAY,
    FAILED,
    HOUR,
    MINUTE,
    NOW,
    QUEUED,
    SENDING,
    SENT,
    UNCERTAIN,
    add_chat,
    add_event,
    add_post,
    announce,
    begin,
    fan_out,
    ledger,
    queue,
    rule,
    states,
)

EVERYTHING = Follow(FollowKind.EVERYTHING)


async def test_a_chat_comes_back_as_it_was_kept(store: Store) -> None:
    async with store.write() as tx:
        chat = await tx.chats.insert(-100_123_456_789_012, ChatKind.SUPERGROUP, "Group", 7, "de", NOW)
        assert (chat.language, chat.timezone, chat.active, chat.paused) == ("de", "", True, False)
        assert (chat.terms, chat.topic_id, chat.zone_asked) == (Terms(), 0, False)
        terms = Terms(Digest.WEEKLY, 18, 4, quiet_from=22 * 60, quiet_until=7 * 60, muted_until=NOW + DAY)
        fields: dict[str, Any] = {
            "title": "New", "timezone": "Europe/Berlin", "paused": True, "active": False, "kind": ChatKind.CHANNEL,
            "topic_id": 12, "zone_asked": True,
        }  # fmt: skip
        changed = replace(chat, **fields, terms=terms)
        assert await tx.chats.change(chat.id, **fields, **asdict(terms)) == changed
        assert await tx.chats.change(chat.id + 1, title="Nobody's") is None
    async with store.read() as tx:
        assert await tx.chats.by_id(chat.id) == changed
        assert await tx.chats.by_telegram(-100_123_456_789_012, 7) == changed
        assert await tx.chats.by_telegram(-100_123_456_789_012) is None


async def test_a_chat_that_is_there_is_not_made_twice(store: Store) -> None:
    async with store.write() as tx:
        first = await tx.chats.insert(5, ChatKind.PRIVATE, "Ann")
        assert await tx.chats.insert(5, ChatKind.PRIVATE, "Someone else") == first
        topic = await tx.chats.insert(5, ChatKind.PRIVATE, "Topic", 3)
        assert topic.id != first.id
        assert await tx.chats.count() == 2
        await tx.chats.deactivate(5)
        assert await tx.chats.count() == 0


async def test_follows_are_added_and_ended_once(store: Store) -> None:
    tag, author = Follow(FollowKind.TAG, "art"), Follow(FollowKind.AUTHOR, "ann")
    async with store.write() as tx:
        chat = await add_chat(tx, 5)
        follows = tx.follows
        assert [await follows.add(chat.id, each, NOW) for each in (tag, author, tag)] == [True, True, False]
        await follows.add(chat.id, EVERYTHING, NOW - DAY)
        assert await follows.of(chat.id) == [EVERYTHING, author, tag]
        assert [await follows.remove(chat.id, tag), await follows.remove(chat.id, tag)] == [True, False]
        assert [await follows.clear(chat.id), await follows.clear(chat.id)] == [2, 0]


async def test_rules_are_added_and_ended_once(store: Store) -> None:
    async with store.write() as tx:
        one, two = await add_chat(tx, 5), await add_chat(tx, 6)
        rules = tx.rules
        day, hour, mine = rule(days=1), rule(minutes=60), rule(minutes=15, uid="party")
        assert [await rules.add(one.id, each, NOW) for each in (hour, day, mine, day)] == [True, True, True, False]
        await rules.add(two.id, day, NOW)
        assert await rules.of(one.id) == [day, hour, mine]
        assert await rules.offsets() == [(Offset(0, 15), "party", 1), (Offset(0, 60), "", 1), (Offset(1, 0), "", 2)]
        assert [await rules.remove(one.id, mine), await rules.remove(one.id, mine)] == [True, False]
        assert [await rules.clear(one.id), await rules.clear(one.id)] == [2, 0]
        assert await rules.of(two.id) == [day]


async def test_what_is_wished_for_again_is_as_urgent_as_it_was_last_said(store: Store) -> None:
    tag, day = Follow(FollowKind.TAG, "art"), rule(days=1)
    async with store.write() as tx:
        chat = await add_chat(tx, 5, tag, day, EVERYTHING)
        assert not await tx.follows.add(chat.id, replace(tag, urgent=True), NOW)
        assert not await tx.rules.add(chat.id, replace(day, urgent=True), NOW)
        assert {each.value for each in await tx.follows.of(chat.id) if each.urgent} == {"art"}
        assert [each.urgent for each in await tx.rules.of(chat.id)] == [True]
        await tx.follows.add(chat.id, tag, NOW)
        assert not any(each.urgent for each in await tx.follows.of(chat.id))


async def test_filters_are_made_turned_round_and_ended(store: Store) -> None:
    words, ada = Filter(FilterKind.WORD, "budget cuts"), Filter(FilterKind.AUTHOR, "ada", only=True)
    async with store.write() as tx:
        one, two = await add_chat(tx, 5), await add_chat(tx, 6)
        filters = tx.filters
        assert [await filters.add(one.id, each, NOW) for each in (words, words)] == [True, False]
        assert await filters.add(one.id, ada, NOW + HOUR)
        await filters.add(two.id, replace(words, only=True), NOW)
        await filters.add(two.id, Filter(FilterKind.WORD, "art"), NOW)
        assert [(each, each.only) for each in await filters.of(one.id)] == [(words, False), (ada, True)]
        assert await filters.words() == ["art", "budget cuts"]
        assert await filters.add(one.id, replace(words, only=True), NOW + HOUR)
        assert [each.only for each in await filters.of(one.id)] == [True, True]
        assert [await filters.remove(one.id, words), await filters.remove(one.id, words)] == [True, False]
        assert [await filters.clear(one.id), await filters.clear(one.id)] == [1, 0]
        assert len(await filters.of(two.id)) == 2


async def test_a_group_that_becomes_a_supergroup_keeps_its_wishes_and_its_id(store: Store) -> None:
    async with store.write() as tx:
        group = await add_chat(tx, -5, EVERYTHING, rule(days=1))
        await tx.chats.deactivate(-5)
        await tx.chats.migrate(-5, -1005)
        moved = await tx.chats.by_telegram(-1005)
        assert moved == replace(group, telegram_id=-1005)
        assert await tx.chats.by_telegram(-5) is None
        assert await tx.follows.of(group.id) == [EVERYTHING]
        await tx.chats.migrate(-1005, -1005)
        await tx.chats.migrate(-77, -1077)
        assert await tx.chats.by_telegram(-1005) == moved


async def test_in_a_supergroup_the_numbers_of_older_messages_are_not_taken_for_its_own(store: Store) -> None:
    async with store.write() as tx:
        group = await add_chat(tx, -5, EVERYTHING)
        news = await announce(tx, "news", post_id=(await add_post(tx, "a")).id)
        await fan_out(tx, news)
        await tx.notifications.sent([(Parcel(group, (news,), news.kind.lane), 77)], NOW)
        assert await tx.notifications.told(group.id, 77) == [news]
        await tx.chats.migrate(-5, -1005)
        assert await tx.notifications.told(group.id, 77) == []
        assert [each.announcement for each in await tx.notifications.history(group.id, 9)] == [news]


async def test_a_supergroup_known_already_is_merged_and_hears_nothing_twice(store: Store) -> None:
    tag = Follow(FollowKind.TAG, "art")
    async with store.write() as tx:
        old = await add_chat(tx, -5, EVERYTHING, rule(days=1))
        twin = await add_chat(tx, -1005, EVERYTHING, tag, rule(minutes=60))
        post, other = await add_post(tx, "a"), await add_post(tx, "b")
        await fan_out(tx, await announce(tx, "both", post_id=post.id))
        await tx.follows.remove(old.id, EVERYTHING)
        only_twin = await announce(tx, "twin", post_id=other.id)
        await fan_out(tx, only_twin)
        await tx.chats.migrate(-5, -1005)
        merged = await tx.chats.by_telegram(-1005)
        assert merged is not None
        assert (merged.id, await tx.chats.by_id(twin.id)) == (old.id, None)
        assert set(await tx.follows.of(old.id)) == {EVERYTHING, tag}
        assert await tx.rules.of(old.id) == [rule(days=1), rule(minutes=60)]
        assert {each[0] for each in await ledger(tx, old.id)} == {"both", "twin"}
    assert await states(store) == {NotificationState.QUEUED: 2}


@pytest.mark.parametrize(
    ("old", "twin", "merged"),
    [
        (QUEUED, SENT, SENT),
        (QUEUED, UNCERTAIN, UNCERTAIN),
        (SENDING, SENT, SENT),
        (QUEUED, FAILED, QUEUED),
        (SENDING, QUEUED, SENDING),
        (FAILED, QUEUED, QUEUED),
        (FAILED, SENT, SENT),
        (UNCERTAIN, QUEUED, UNCERTAIN),
        (SENT, SENT, SENT),
    ],
)
async def test_of_two_notifications_the_one_that_was_heard_or_may_be_still_is_kept(
    store: Store, old: NotificationState, twin: NotificationState, merged: NotificationState
) -> None:
    async with store.write() as tx:
        chats = {-5: old, -1005: twin}
        ids = {telegram_id: (await add_chat(tx, telegram_id, EVERYTHING)).id for telegram_id in chats}
        await queue(tx, "news")
        for parcel in await tx.notifications.lease(NOW, 9, NOW + MINUTE):
            await bring(tx, parcel, chats[parcel.chat.telegram_id])
        await tx.chats.migrate(-5, -1005)
        assert [(each[0], each[1]) for each in await ledger(tx, ids[-5])] == [("news", merged)]
        assert await ledger(tx, ids[-1005]) == []


async def bring(tx: Transaction, parcel: Parcel, state: NotificationState) -> None:
    """A leased parcel into a state."""
    if state is QUEUED:
        return await tx.notifications.release([parcel])
    await begin(tx, parcel)
    if state is SENT:
        await tx.notifications.sent([(parcel, 7)], NOW)
    elif state is FAILED:
        await tx.notifications.failed(parcel, "too odd", NOW)
    elif state is UNCERTAIN:
        await tx.notifications.uncertain(parcel, "timeout", NOW)
    return None


async def test_what_is_being_sent_under_the_new_id_comes_to_its_outcome_and_is_not_sent_again(store: Store) -> None:
    async with store.write() as tx:
        old, twin = await add_chat(tx, -5, EVERYTHING), await add_chat(tx, -1005, EVERYTHING)
        await queue(tx, "moved", AnnouncementKind.MOVED)
        parcels = {each.chat: each for each in await tx.notifications.lease(NOW, 9, NOW + MINUTE)}
        await begin(tx, *parcels.values())
        await tx.chats.migrate(-5, -1005)
        await tx.notifications.retry(parcels[old], NOW, "upgraded")
        await tx.notifications.sent([(parcels[twin], 7)], NOW)
        await tx.notifications.wake(NOW, 9)
        assert await tx.notifications.recover(NOW + HOUR) == []
        assert await tx.notifications.lease(NOW + HOUR, 9, NOW + 2 * HOUR) == []
    assert await states(store) == {SENT: 1}


async def test_what_a_source_said_is_remembered(store: Store) -> None:
    async with store.write() as tx:
        sources = tx.sources
        assert await sources.last_look("blog") is None
        for context, said in (
            ("here", Validators('"abc"', "Mon, 02 Mar 2026 09:00:00 GMT")),
            ("there", Validators('"def"')),
        ):
            await sources.save_look("blog", LastLook(context, said), NOW)
            assert await sources.last_look("blog") == LastLook(context, said)
        assert await sources.last_look("other") is None


async def test_what_other_sources_give_is_known(store: Store) -> None:
    async with store.write() as tx:
        await tx.sources.save_seen("a", "x.md", "f", [1, 2], [5])
        await tx.sources.save_seen("b", "x.md", "f", [2, 3], [])
        assert await tx.sources.given_elsewhere("a") == ({2, 3}, set())
        assert await tx.sources.given_elsewhere("b") == ({1, 2}, {5})


async def test_what_was_seen_where_is_remembered_until_it_is_forgotten(store: Store) -> None:
    async with store.write() as tx:
        sources = tx.sources
        await sources.save_seen("blog", "a.md", "f1", [1], [])
        await sources.save_seen("blog", "b.md", "f2", [], [7, 8])
        await sources.save_seen("blog", "a.md", "f3", [1, 2], [])
        await sources.save_seen("other", "a.md", "f4", [], [])
        assert await sources.seen("blog") == {"a.md": Seen("f3", (1, 2)), "b.md": Seen("f2", (), (7, 8))}
        await sources.forget("blog", "a.md")
        assert set(await sources.seen("blog")) == {"b.md"}
        assert set(await sources.seen("other")) == {"a.md"}


@pytest.mark.parametrize("wild", ["", "\0", "\ud800", "x" * 10_000, "'; DROP TABLE chats; --"])
async def test_wild_names_are_kept_apart_from_nothing_else(store: Store, wild: str) -> None:
    async with store.write() as tx:
        chat = await tx.chats.insert(5, ChatKind.PRIVATE, wild, language=wild)
        assert await tx.follows.add(chat.id, Follow(FollowKind.EVENT, wild), NOW)
        assert not await tx.follows.add(chat.id, Follow(FollowKind.EVENT, wild), NOW)
        assert await tx.follows.remove(chat.id, Follow(FollowKind.EVENT, wild))
        await tx.sources.save_seen(wild, wild, wild, [], [])
        await tx.sources.forget(wild, wild)
        assert await tx.sources.seen(wild) == {}


async def test_a_follow_of_an_event_with_a_very_long_uid_still_fits_it(store: Store) -> None:
    uid = "u" * 3_000
    async with store.write() as tx:
        event = await add_event(tx, uid)
        await add_chat(tx, 5, Follow(FollowKind.EVENT, uid))
        moved = await announce(tx, "m", AnnouncementKind.MOVED, event_id=event.id, expires=NOW + HOUR)
        assert await fan_out(tx, moved) == 1
