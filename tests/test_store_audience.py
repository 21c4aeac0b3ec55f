"""Who hears of what: the rules of the fan-out, as tables of cases. Every test runs on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from blogbot.model import AnnouncementKind, Follow, FollowKind, NotificationState, Offset, ReminderRule
from blogbot.store import Store
from tests.store_samples import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    add_chat,
    add_dates,
    add_event,
    add_post,
    announce,
    date_of,
    fan_out,
    hearers,
    ledger,
    rule,
    tags,
)

EVERYTHING = Follow(FollowKind.EVERYTHING)
EVENTS = Follow(FollowKind.EVENTS)
ART = Follow(FollowKind.TAG, "art")
MUSIC = Follow(FollowKind.TAG, "music")
GUESS = Follow(FollowKind.TAG, "guess")
ANN = Follow(FollowKind.AUTHOR, "ann")
BO = Follow(FollowKind.AUTHOR, "bo")
PARTY = Follow(FollowKind.EVENT, "party")
OTHER = Follow(FollowKind.EVENT, "other")
ALL_EVENTS = rule(minutes=60)
THIS_EVENT = rule(minutes=60, uid="party")
OTHER_EVENT = rule(minutes=60, uid="other")

Wish = Follow | ReminderRule

WISHES: dict[Wish, str] = {
    EVERYTHING: "post event change",
    EVENTS: "event change",
    ART: "post event change",
    MUSIC: "",
    GUESS: "",
    ANN: "post",
    BO: "",
    PARTY: "change",
    OTHER: "",
    ALL_EVENTS: "change reminder",
    THIS_EVENT: "change reminder",
    OTHER_EVENT: "",
    rule(minutes=30): "change",
    rule(days=1): "change",
    Follow(FollowKind.TAG, "ann"): "",
    Follow(FollowKind.AUTHOR, "art"): "",
}
KINDS = {
    AnnouncementKind.POST: "post",
    AnnouncementKind.EVENT: "event",
    AnnouncementKind.MOVED: "change",
    AnnouncementKind.CANCELLED: "change",
    AnnouncementKind.REMINDER: "reminder",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_wish_brings_what_it_should_and_nothing_else(store: Store, kind: AnnouncementKind) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a", item={"authors": ("Ann",)}, tags=tags("Art", "Bread"), suggested=tags("Guess"))
        event = await add_event(tx, "party", labels=tags("Art"))
        (day,) = await add_dates(tx, event, date_of(event, NOW + HOUR))
        wanted = set()
        for number, (wish, hears) in enumerate(WISHES.items(), start=1):
            await add_chat(tx, number, wish)
            if KINDS[kind] in hears.split():
                wanted.add(number)
        about: dict[str, Any] = {"event_id": event.id, "occurrence_id": day.id}
        if kind is AnnouncementKind.POST:
            about = {"post_id": post.id}
        elif kind is AnnouncementKind.REMINDER:
            about["offset"] = Offset(minutes=60)
        announcement = await announce(tx, "it", kind, **about)
        assert await fan_out(tx, announcement) == len(wanted)
    assert set(await hearers(store, announcement)) == wanted


@pytest.mark.parametrize(
    ("wishes", "at", "heard"),
    [
        ((EVERYTHING, ART, ANN), NOW, True),  # by three ways, once
        ((EVERYTHING,), NOW - DAY, True),
        ((EVERYTHING,), NOW + MINUTE, False),  # the wish came after the announcement
        ((), NOW, False),
    ],
)
async def test_a_post_is_said_once_to_those_who_wished_it_in_time(
    store: Store, wishes: tuple[Wish, ...], at: datetime, heard: bool
) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a", item={"authors": ("Ann",)}, tags=tags("Art"))
        await add_chat(tx, 5, *wishes, at=at)
        announcement = await announce(tx, "it", post_id=post.id)
        assert await fan_out(tx, announcement, NOW + HOUR) == int(heard)
        assert await fan_out(tx, announcement, NOW + HOUR) == 0


async def test_chats_that_are_paused_or_out_of_reach_hear_nothing(store: Store) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a")
        paused, gone, fine = [await add_chat(tx, number, EVERYTHING) for number in (1, 2, 3)]
        await tx.chats.change(paused.id, paused=True)
        await tx.chats.deactivate(gone.telegram_id)
        announcement = await announce(tx, "it", post_id=post.id)
        await fan_out(tx, announcement)
    assert await hearers(store, announcement) == [fine.telegram_id]


@pytest.mark.parametrize("page", [1, 2, 3, 7, 100])
async def test_pages_of_any_size_reach_everyone_once(store: Store, page: int) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a", item={"authors": ("Ann",)}, tags=tags("Art"))
        wishes = [EVERYTHING, ART, BO, ANN, MUSIC, EVERYTHING, ART]
        for number, wish in enumerate(wishes, start=1):
            await add_chat(tx, number, wish, EVERYTHING if number == 4 else wish)
        announcement = await announce(tx, "it", post_id=post.id)
        assert await fan_out(tx, announcement, page=page) == 5
        assert await tx.announcements.pending(NOW, 9) == []
    assert await hearers(store, announcement) == [1, 2, 4, 6, 7]


async def test_a_fan_out_goes_on_where_it_stopped(store: Store) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a")
        for number in range(1, 6):
            await add_chat(tx, number, EVERYTHING)
        announcement = await announce(tx, "it", post_id=post.id)
    async with store.write() as tx:
        page = await tx.announcements.fan_out(announcement, NOW, 2)
        assert (page.inserted, page.done) == (2, False)

    async def stopped_in_the_middle() -> None:
        async with store.write() as tx:
            await tx.announcements.fan_out(announcement, NOW, 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stopped_in_the_middle()
    assert await hearers(store, announcement) == [1, 2]
    async with store.write() as tx:
        assert await tx.announcements.pending(NOW, 9) == [announcement]
        assert await fan_out(tx, announcement, page=2) == 3


async def test_many_tags_on_one_post_are_all_heard(store: Store) -> None:
    names = [f"tag{number}" for number in range(700)]
    async with store.write() as tx:
        post = await add_post(tx, "a", tags=tags(*names))
        await add_chat(tx, 1, Follow(FollowKind.TAG, "tag0"))
        await add_chat(tx, 2, Follow(FollowKind.TAG, "tag699"))
        await add_chat(tx, 3, Follow(FollowKind.TAG, "tag700"))
        announcement = await announce(tx, "it", post_id=post.id)
        assert await fan_out(tx, announcement, page=1) == 2


async def test_an_expired_announcement_is_said_to_nobody(store: Store) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a")
        await add_chat(tx, 1, EVERYTHING)
        announcement = await announce(tx, "it", post_id=post.id, expires=NOW + HOUR)
        page = await tx.announcements.fan_out(announcement, NOW + HOUR)
        assert (page.inserted, page.done) == (0, True)
        assert await tx.announcements.pending(NOW + HOUR, 9) == []


@pytest.mark.parametrize("kind", [AnnouncementKind.MOVED, AnnouncementKind.CANCELLED])
async def test_who_was_told_of_an_event_hears_of_its_change_even_without_a_wish(
    store: Store, kind: AnnouncementKind
) -> None:
    async with store.write() as tx:
        event, other = await add_event(tx, "party"), await add_event(tx, "other")
        chats = [await add_chat(tx, number, EVENTS) for number in range(1, 6)]
        await fan_out(tx, await announce(tx, "new", AnnouncementKind.EVENT, event_id=event.id))
        sent, failed, in_doubt, *_ = await tx.notifications.lease(NOW, 9, NOW + HOUR)
        await tx.notifications.sent([(sent, 1)], NOW)
        await tx.notifications.failed(failed, "refused", NOW)
        await tx.notifications.uncertain(in_doubt, "timeout", NOW)
        for chat in chats:
            await tx.follows.clear(chat.id)
        change = await announce(tx, "change", kind, event_id=event.id)
        assert await fan_out(tx, change, page=1) == 2
        assert await fan_out(tx, await announce(tx, "other", kind, event_id=other.id)) == 0
    assert await hearers(store, change) == [sent.chat.telegram_id, in_doubt.chat.telegram_id]


STARTS = NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("rules", "now", "heard"),
    [
        # The reminders are 2 hours and 1 hour before; `now` is when blogbot gets to say them.
        ([rule(minutes=120)], STARTS - 119 * MINUTE, ["2h"]),
        ([rule(minutes=120), rule(minutes=60)], STARTS - 119 * MINUTE, ["2h"]),
        (
            [rule(minutes=120), rule(minutes=60)],
            STARTS - 60 * MINUTE,
            ["1h"],
        ),  # after a stop: the later one says it all
        ([rule(minutes=120), rule(minutes=60, uid="party")], STARTS - 30 * MINUTE, ["1h"]),
        ([rule(minutes=120, uid="party"), rule(minutes=60)], STARTS - 30 * MINUTE, ["1h"]),
        ([rule(minutes=120), rule(minutes=60, uid="other")], STARTS - 30 * MINUTE, ["2h"]),
        ([rule(minutes=120)], STARTS - 30 * MINUTE, ["2h"]),  # late, but the only one that this chat has
        ([rule(minutes=120), rule(minutes=120, uid="party")], STARTS - 119 * MINUTE, ["2h"]),  # two rules, once
        ([rule(minutes=60), rule(minutes=120)], STARTS, []),
    ],
)
async def test_of_reminders_that_are_late_a_chat_hears_only_its_last(
    store: Store, rules: list[ReminderRule], now: datetime, heard: list[str]
) -> None:
    async with store.write() as tx:
        event = await add_event(tx, "party")
        (day,) = await add_dates(tx, event, date_of(event, STARTS))
        chat = await add_chat(tx, 5, *rules)
        for key, minutes in (("2h", 120), ("1h", 60)):
            due = STARTS - minutes * MINUTE
            await announce(
                tx, key, AnnouncementKind.REMINDER, due=due, expires=STARTS,
                event_id=event.id, occurrence_id=day.id, offset=Offset(minutes=minutes),
            )  # fmt: skip
        for pending in await tx.announcements.pending(now, 9):
            await fan_out(tx, pending, now)
        told = await ledger(tx, chat.id)
        assert [each[0] for each in told] == heard
        assert {each[1] for each in told} <= {NotificationState.QUEUED}


async def test_a_reminder_that_was_withdrawn_or_wished_too_late_supersedes_nothing(store: Store) -> None:
    now = STARTS - 30 * MINUTE
    async with store.write() as tx:
        event = await add_event(tx, "party")
        (day,) = await add_dates(tx, event, date_of(event, STARTS))
        about: dict[str, Any] = {"event_id": event.id, "occurrence_id": day.id, "expires": STARTS}
        late = await add_chat(tx, 1, rule(minutes=120))
        await tx.rules.add(late.id, rule(minutes=60), STARTS - 59 * MINUTE)
        both = await add_chat(tx, 2, rule(minutes=120), rule(minutes=60))
        first = await announce(
            tx, "2h", AnnouncementKind.REMINDER, due=NOW, offset=Offset(minutes=120), **about
        )  # fmt: skip
        second = await announce(
            tx, "1h", AnnouncementKind.REMINDER, due=STARTS - HOUR, offset=Offset(minutes=60), **about
        )  # fmt: skip
        assert await fan_out(tx, first, now) == 1
        assert await fan_out(tx, second, now) == 1
        third = await announce(
            tx, "90m", AnnouncementKind.REMINDER, due=STARTS - 90 * MINUTE, offset=Offset(minutes=120), **about
        )  # fmt: skip
        await tx.announcements.withdraw(occurrence_ids=[day.id], reason="moved", now=now)
        fourth = await announce(
            tx, "100m", AnnouncementKind.REMINDER, due=STARTS - 100 * MINUTE, offset=Offset(minutes=120), **about
        )  # fmt: skip
        assert await fan_out(tx, third, now) == 0
        assert await fan_out(tx, fourth, now) == 2
    assert await hearers(store, first) == [late.telegram_id]
    assert await hearers(store, second) == [both.telegram_id]
