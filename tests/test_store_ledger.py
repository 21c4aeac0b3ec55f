"""Announcements and what can be asked of the ledger: said once, withdrawn, counted. Every test runs on both databases."""

from __future__ import annotations

import pytest

from blogbot.model import AnnouncementKind, Lane, Offset
from blogbot.store import NewAnnouncement, Store
from tests.store_samples import (
    DAY,
    EVERYTHING,
    EXPIRED,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    QUEUED,
    SENDING,
    SENT,
    add_chat,
    add_event,
    announce,
    begin,
    fan_out,
    ledger,
    queue,
    rule,
    states,
)

# --- Announcements ---------------------------------------------------------------------------------------------------


async def test_an_announcement_comes_back_as_it_was_added(store: Store) -> None:
    async with store.write() as tx:
        event = await add_event(tx, "party")
        given = {"event_id": event.id, "occurrence_id": 4, "offset": Offset(1, 30), "detail": {"was": "ü\0"}}
        added = await announce(tx, "k", AnnouncementKind.REMINDER, due=NOW + HOUR, expires=NOW + DAY, **given)
        assert {name: getattr(added, name) for name in given} == given
        assert (added.key, added.kind, added.due, added.expires) == (
            "k", AnnouncementKind.REMINDER, NOW + HOUR, NOW + DAY,
        )  # fmt: skip
        assert await tx.announcements.by_id(added.id + 1) is None


async def test_a_key_is_announced_once(store: Store) -> None:
    rows = [NewAnnouncement(key, AnnouncementKind.EVENT, NOW, NOW + DAY) for key in ("a", "b", "a", "k" * 9_000)]
    async with store.write() as tx:
        assert await tx.announcements.add("a", AnnouncementKind.POST, NOW, NOW + DAY, now=NOW) is not None
        assert await tx.announcements.add("a", AnnouncementKind.MOVED, NOW, NOW + HOUR, now=NOW) is None
        assert await tx.announcements.add_many(rows, now=NOW) == 2
        assert await tx.announcements.add_many(rows, now=NOW) == 0
        assert await tx.announcements.add_many([], now=NOW) == 0
        (first, *_) = await tx.announcements.pending(NOW, 9)
        assert (first.key, first.kind, first.expires) == ("a", AnnouncementKind.POST, NOW + DAY)


async def test_thousands_of_announcements_are_added_together(store: Store) -> None:
    rows = [NewAnnouncement(str(n), AnnouncementKind.REMINDER, NOW, NOW + DAY) for n in range(2_345)]
    async with store.write() as tx:
        assert await tx.announcements.add_many(rows, now=NOW) == 2_345


async def test_pending_ones_are_due_and_the_most_urgent_go_first(store: Store) -> None:
    async with store.write() as tx:
        for key, kind, due in (
            ("post", AnnouncementKind.POST, NOW - DAY),
            ("reminder", AnnouncementKind.REMINDER, NOW - HOUR),
            ("moved late", AnnouncementKind.MOVED, NOW),
            ("moved", AnnouncementKind.MOVED, NOW - HOUR),
            ("correction", AnnouncementKind.CORRECTED, NOW + MINUTE),
            ("reminder of later", AnnouncementKind.REMINDER, NOW + HOUR),
        ):
            await announce(tx, key, kind, due=due)
        pending = await tx.announcements.pending(NOW, 9)
        assert [each.key for each in pending] == ["moved", "moved late", "reminder", "post"]
        assert len(await tx.announcements.pending(NOW, 2)) == 2
        for each in pending:
            await fan_out(tx, each)
        assert await tx.announcements.pending(NOW, 9) == []


async def test_what_a_clock_that_was_ahead_announced_is_due(store: Store) -> None:
    async with store.write() as tx:
        news = await announce(tx, "news", due=NOW + 10 * MINUTE)
        assert await tx.announcements.pending(NOW, 9) == [news]


# --- Withdrawal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "withdrawn"),
    [
        ({"event_id": 1}, ["a", "b", "c"]),
        ({"event_id": 1, "kinds": [AnnouncementKind.REMINDER]}, ["a", "b"]),
        ({"occurrence_ids": [11, 99]}, ["a", "c"]),
        ({"event_id": 2, "occurrence_ids": [11]}, []),
        ({"occurrence_ids": []}, []),
        ({"kinds": [AnnouncementKind.REMINDER]}, []),
        ({}, []),
    ],
)
async def test_what_is_withdrawn_is_not_said(store: Store, which: dict[str, object], withdrawn: list[str]) -> None:
    async with store.write() as tx:
        one, two = await add_event(tx, "one"), await add_event(tx, "two")
        assert (one.id, two.id) == (1, 2)
        for key, kind, event_id, occurrence_id in (
            ("a", AnnouncementKind.REMINDER, 1, 11),
            ("b", AnnouncementKind.REMINDER, 1, 12),
            ("c", AnnouncementKind.MOVED, 1, 11),
            ("d", AnnouncementKind.REMINDER, 2, 13),
        ):
            await announce(tx, key, kind, event_id=event_id, occurrence_id=occurrence_id)
        count = await tx.announcements.withdraw(**which, reason="moved", now=NOW)  # type: ignore[arg-type]
        left = {each.key for each in await tx.announcements.pending(NOW, 9)}
        assert left == {"a", "b", "c", "d"} - set(withdrawn)
        assert count == len(withdrawn)
        assert await tx.announcements.withdraw(**which, reason="moved", now=NOW) == 0  # type: ignore[arg-type]


async def test_what_was_queued_expires_with_the_reason_and_what_was_sent_stays(store: Store) -> None:
    async with store.write() as tx:
        chats = [await add_chat(tx, number, EVERYTHING) for number in (1, 2, 3)]
        await queue(tx, "e", AnnouncementKind.EVENT)
        sent, sending = await tx.notifications.lease(NOW, 2, LEASE)
        await begin(tx, sent, sending)
        await tx.notifications.sent([(sent, 1)], NOW)
        assert await tx.announcements.withdraw(event_id=1, reason="cancelled", now=NOW) == 1
        left = [(await ledger(tx, chat.id))[0][1] for chat in chats]
        assert left == [SENT, SENDING, EXPIRED]
        await tx.notifications.sent([(sending, 2)], NOW)
    assert await states(store) == {SENT: 2, EXPIRED: 1}


async def test_a_withdrawn_announcement_is_taken_up_again_for_those_who_have_not_heard_it(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, EVERYTHING)
        first = await queue(tx, "e", AnnouncementKind.EVENT)
        (sent,) = await tx.notifications.lease(NOW, 1, LEASE)
        await tx.notifications.sent([(sent, 1)], NOW)
        await tx.announcements.withdraw(event_id=1, reason="moved", now=NOW)
        again = await announce(tx, "e", AnnouncementKind.EVENT, due=NOW + HOUR, expires=NOW + 2 * DAY, event_id=1)
        assert (again.id, again.due, again.expires) == (first, NOW + HOUR, NOW + 2 * DAY)
        assert await fan_out(tx, again, NOW + HOUR) == 2
        assert await tx.announcements.add("e", AnnouncementKind.EVENT, NOW, NOW + DAY, event_id=1, now=NOW) is None
    assert await states(store) == {SENT: 1, QUEUED: 2}


# --- What can be asked ---------------------------------------------------------------------------------------------


async def test_the_state_of_the_queue_can_be_told(store: Store) -> None:
    async with store.write() as tx:
        assert await tx.notifications.counts() == {}
        assert await tx.notifications.oldest_due(NOW) == {}
        assert await tx.notifications.next_due(NOW) is None
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING, at=NOW - DAY)
        await queue(tx, "a", due=NOW - HOUR)
        await queue(tx, "b", due=NOW)
        await queue(tx, "m", AnnouncementKind.MOVED, due=NOW - MINUTE)
        await begin(tx, *await tx.notifications.lease(NOW, 1, LEASE))
        assert await tx.notifications.counts() == {
            (Lane.POST, QUEUED): 4,
            (Lane.CHANGE, QUEUED): 1,
            (Lane.CHANGE, SENDING): 1,
        }
        assert await tx.notifications.waiting() == {Lane.POST: 4, Lane.CHANGE: 1}
        assert await tx.notifications.oldest_due(NOW) == {Lane.POST: NOW - HOUR, Lane.CHANGE: NOW - MINUTE}
        assert await tx.notifications.oldest_due(NOW - 2 * HOUR) == {}
        assert await tx.notifications.next_due(NOW) == NOW


async def test_the_oldest_of_a_lane_is_not_the_one_that_goes_next(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, rule(), at=NOW - DAY)
        for key, due, begins in (
            ("soon", NOW, NOW + HOUR),
            ("then", NOW - HOUR, NOW + 2 * HOUR),
            ("later", NOW - 2 * HOUR, NOW + 3 * HOUR),
            ("as late", NOW - MINUTE, NOW + 3 * HOUR),
        ):
            await queue(tx, key, AnnouncementKind.REMINDER, due=due, expires=begins)
        assert await tx.notifications.oldest_due(NOW) == {Lane.REMINDER: NOW - 2 * HOUR}
        assert (await tx.notifications.lease(NOW, 1, LEASE))[0].announcement.key == "soon"


async def test_a_chats_history_is_newest_first_and_names_what_each_message_carried(store: Store) -> None:
    async with store.write() as tx:
        chat = await add_chat(tx, 1, EVERYTHING)
        for key in ("a", "b", "c"):
            await queue(tx, key)
        (first,) = await tx.notifications.lease(NOW, 1, LEASE)
        await tx.notifications.sent([(first, 7)], NOW + HOUR)
        (second,) = await tx.notifications.lease(NOW + HOUR, 1, NOW + 2 * HOUR)
        (both,) = await tx.notifications.gather([second], NOW + HOUR, NOW + 2 * HOUR)
        await tx.notifications.sent([(both, 8)], NOW + 2 * HOUR)
        told = await tx.notifications.history(chat.id, 9)
        assert [(each.announcement.key, each.message_id, each.at) for each in told] == [
            ("c", 8, NOW + 2 * HOUR), ("b", 8, NOW + 2 * HOUR), ("a", 7, NOW + HOUR),
        ]  # fmt: skip
        assert len(await tx.notifications.history(chat.id, 1)) == 1
        assert [each.key for each in await tx.notifications.told(chat.id, 8)] == ["b", "c"]
        assert await tx.notifications.told(chat.id, 9) == []
        assert await tx.notifications.message_of(first.announcement.id, chat.id) == (SENT, 7)
