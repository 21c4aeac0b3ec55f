"""What a fan-out does beside finding its audience: filters, digests, edits; and why a chat hears of something.

Every test runs on both databases, but for the one that makes up wishes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blogbot.model import (
    AnnouncementKind,
    Chat,
    Digest,
    Filter,
    FilterKind,
    Follow,
    FollowKind,
    Lane,
    Offset,
    ReminderRule,
)
from blogbot.store import Store, Transaction, reasons
from tests.store_samples import (
    DAY,
    EVERYTHING,
    HOUR,
    LEASE,
    NOW,
    SENDING,
    SENT,
    add_chat,
    add_dates,
    add_event,
    add_post,
    announce,
    begin,
    date_of,
    fan_out,
    hearers,
    ledger,
    queue,
    tags,
)


def word(value: str, *, only: bool = False) -> Filter:
    return Filter(FilterKind.WORD, value, only)


def author(slug: str, *, only: bool = False) -> Filter:
    return Filter(FilterKind.AUTHOR, slug, only)


# --- Filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "post", "event"),
    [
        ([], True, True),
        ([word("budget")], False, True),  # in the title
        ([word("BÚDGET")], False, True),
        ([word("budget cuts")], False, True),
        ([word("cuts budget")], True, True),
        ([word("bud")], True, True),
        ([word("library")], False, True),  # in the text
        ([word("art")], False, False),  # a tag of both
        ([word("town hall")], True, False),  # the place
        ([author("ann")], False, True),
        ([author("bo")], True, True),
        ([word("dragons"), author("ann")], False, True),
        ([word("budget", only=True)], True, False),
        ([word("town hall", only=True), author("ann", only=True)], True, True),
        ([word("dragons", only=True)], False, False),
        ([author("ann", only=True)], True, False),
        ([author("ann", only=True), word("budget")], False, False),  # what is hidden is hidden
        ([word("...")], True, True),  # no word at all
    ],
)
async def test_a_chats_filters_hide_what_they_name_or_all_but_that(
    store: Store, filters: list[Filter], post: bool, event: bool
) -> None:
    async with store.write() as tx:
        chat, other = await add_chat(tx, 1, EVERYTHING), await add_chat(tx, 2, EVERYTHING)
        for each in filters:
            await tx.filters.add(chat.id, each, NOW)
        await tx.filters.add(other.id, word("elsewhere"), NOW)
        item = {"title": "Budget-Cuts!", "html": "<p>The <b>library</b>&nbsp;closes.</p>", "authors": ("Ann",)}
        written = await add_post(tx, "a", item=item, tags=tags("Art"))
        article = await announce(tx, "post", AnnouncementKind.POST, post_id=written.id)
        given = {"title": "A party", "location": "Town Hall, upstairs"}
        told_of = await add_event(tx, "party", labels=tags("Art"), **given)
        party = await announce(tx, "event", AnnouncementKind.EVENT, event_id=told_of.id)
        moved = await announce(tx, "moved", AnnouncementKind.MOVED, event_id=told_of.id)
        for each_one in (article, party, moved):
            await fan_out(tx, each_one, page=1)
    assert await hearers(store, article) == ([1, 2] if post else [2])
    assert await hearers(store, party) == ([1, 2] if event else [2])
    assert await hearers(store, moved) == [1, 2]  # filters are for news


# --- Digests and edits -----------------------------------------------------------------------------------------------


async def gather_daily(tx: Transaction, chat: Chat) -> None:
    await tx.chats.change(chat.id, digest=Digest.DAILY)


async def test_news_for_a_digest_waits_in_its_own_lane_and_lives_longer(store: Store) -> None:
    async with store.write() as tx:
        daily, instant = await add_chat(tx, 1, EVERYTHING), await add_chat(tx, 2, EVERYTHING)
        await gather_daily(tx, daily)
        await queue(tx, "news", expires=NOW + DAY)
        await queue(tx, "moved", AnnouncementKind.MOVED, expires=NOW + DAY)
        lanes = {}
        while leased := await tx.notifications.lease(NOW, 9, LEASE):
            for each in leased:
                lanes[each.announcement.key, each.chat.id] = each.lane
                await tx.notifications.sent([(each, 1)], NOW)
        assert lanes == {
            ("moved", daily.id): Lane.CHANGE, ("moved", instant.id): Lane.CHANGE,
            ("news", instant.id): Lane.POST, ("news", daily.id): Lane.DIGEST,
        }  # fmt: skip


async def test_news_for_a_weekly_digest_outlives_the_news_itself(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            chat = await add_chat(tx, number, EVERYTHING)
        await gather_daily(tx, chat)
        await queue(tx, "news", expires=NOW + DAY)
        assert await tx.notifications.expire(NOW + DAY) == {"news": 1}
        (kept,) = await tx.notifications.lease(NOW + 6 * DAY, 9, NOW + 6 * DAY + HOUR)
        assert kept.chat.id == chat.id
        await tx.notifications.release([kept])
        assert await tx.notifications.expire(NOW + 9 * DAY) == {"news": 1}


@pytest.mark.parametrize("kind", [AnnouncementKind.CORRECTED, AnnouncementKind.GONE])
async def test_a_correction_goes_where_the_message_stands_even_to_who_follows_nothing_any_more(
    store: Store, kind: AnnouncementKind
) -> None:
    async with store.write() as tx:
        chats = [await add_chat(tx, number, EVERYTHING) for number in range(1, 6)]
        first = await queue(tx, "news")
        sent, sending, uncertain, failed, leased = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, sent, sending, uncertain)
        await tx.notifications.sent([(sent, 7)], NOW)
        await tx.notifications.uncertain(uncertain, "timeout", NOW)
        await tx.notifications.failed(failed, "refused", NOW)
        for chat in chats:
            await tx.follows.clear(chat.id)
        await tx.chats.change(sent.chat.id, paused=True)
        correction = await announce(tx, "correction", kind, corrects=first, post_id=1)
        assert await tx.announcements.audience_size(correction) == 3
        await fan_out(tx, correction, page=1)
        assert [each[1] for each in await ledger(tx, sending.chat.id)] == [SENDING, "queued"]
        assert [each[1] for each in await ledger(tx, sent.chat.id)] == [SENT, "queued"]
    there = [parcel.chat.telegram_id for parcel in (sent, sending, leased)]
    assert await hearers(store, correction) == there


async def test_what_was_announced_of_a_post_or_an_event_can_be_asked(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        post_id = (await add_post(tx, "other")).id
        first, moved = await queue(tx, "news"), await queue(tx, "moved", AnnouncementKind.MOVED)
        everything = list(AnnouncementKind)
        assert [each.id for each in await tx.announcements.of_post(post_id + 1, everything)] == [first]
        assert await tx.announcements.of_post(post_id, everything) == []
        assert await tx.announcements.of_post(post_id + 1, [AnnouncementKind.GONE]) == []
        assert [each.id for each in await tx.announcements.of_event(1, everything)] == [moved]
        assert await tx.announcements.begun(first)
        assert await tx.announcements.withdraw(post_id=post_id + 1, reason="gone", now=NOW) == 1
        assert await tx.announcements.of_post(post_id + 1, everything) == []


async def test_an_audience_can_be_counted_before_it_is_told(store: Store) -> None:
    async with store.write() as tx:
        for number in range(1, 6):
            await add_chat(tx, number, EVERYTHING, Follow(FollowKind.TAG, "art"))
        await add_chat(tx, 6)
        announcement = await announce(tx, "news", post_id=(await add_post(tx, "a", tags=tags("Art"))).id)
        assert await tx.announcements.audience_size(announcement) == 5
        assert not await tx.announcements.begun(announcement.id)


# --- Why -------------------------------------------------------------------------------------------------------------

NAMES = ["art", "music", "ann", "party", ""]
FOLLOWS = st.builds(Follow, st.sampled_from(FollowKind), st.sampled_from(NAMES))
OFFSETS = [Offset(1), Offset(minutes=60), Offset(1, 60)]
RULES = st.builds(ReminderRule, st.sampled_from(OFFSETS), st.sampled_from(["", "party", "other"]))


def plausible(wish: Follow | ReminderRule) -> bool:
    """Only these follows have no value, and they never have one."""
    if isinstance(wish, ReminderRule):
        return True
    return (wish.value == "") == (wish.kind in (FollowKind.EVERYTHING, FollowKind.EVENTS))


class _Undone(Exception):
    """So that each try finds the store empty."""


@settings(max_examples=80, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([each for each in AnnouncementKind if not each.edits]),
    offset=st.sampled_from(OFFSETS),
    labels=st.lists(st.sampled_from(["Art", "Bread"]), unique=True),
    wishes=st.lists(st.lists((FOLLOWS | RULES).filter(plausible), max_size=4, unique=True), min_size=1, max_size=5),
)
async def test_who_hears_has_a_reason_and_who_has_a_reason_hears(
    sqlite_store: Store,
    kind: AnnouncementKind,
    offset: Offset,
    labels: list[str],
    wishes: list[list[Follow | ReminderRule]],
) -> None:
    async def compare() -> None:
        async with sqlite_store.write() as tx:
            about: dict[str, Any]
            if kind is AnnouncementKind.POST:
                about = {"post_id": (await add_post(tx, "a", item={"authors": ("Ann",)}, tags=tags(*labels))).id}
            else:
                event = await add_event(tx, "party", labels=tags(*labels))
                (day,) = await add_dates(tx, event, date_of(event, NOW + HOUR))
                reminds = kind is AnnouncementKind.REMINDER
                about = {"event_id": event.id, "occurrence_id": day.id, "offset": offset if reminds else None}
            announcement = await announce(tx, "it", kind, **about)
            subject = await tx.announcements.subject(announcement)
            chats = [await add_chat(tx, number, *some) for number, some in enumerate(wishes, start=1)]
            await fan_out(tx, announcement)
            for chat in chats:
                why = reasons(announcement, subject, await tx.follows.of(chat.id), await tx.rules.of(chat.id))
                assert bool(why) == bool(await ledger(tx, chat.id)), (wishes, chat.id, why)
            raise _Undone

    with pytest.raises(_Undone):
        await compare()
