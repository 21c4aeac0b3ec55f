"""Announcements and the ledger: said once, leased, settled, withdrawn. Every test runs on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from blogbot.model import AnnouncementKind, Follow, FollowKind, Lane, NotificationState, Offset, ReminderRule
from blogbot.store import NewAnnouncement, Recovered, Store, Transaction
from tests.store_samples import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    add_chat,
    add_event,
    add_post,
    announce,
    begin,
    fan_out,
    ledger,
    states,
)

EVERYTHING = Follow(FollowKind.EVERYTHING)
QUEUED, SENDING, SENT = NotificationState.QUEUED, NotificationState.SENDING, NotificationState.SENT
FAILED, EXPIRED, UNCERTAIN = NotificationState.FAILED, NotificationState.EXPIRED, NotificationState.UNCERTAIN
LEASE = NOW + MINUTE


async def queue(tx: Transaction, key: str, kind: AnnouncementKind = AnnouncementKind.POST, **fields: datetime) -> int:
    """One more announcement for everyone who follows everything; its id."""
    about: dict[str, Any] = {}
    if kind is AnnouncementKind.POST:
        about["post_id"] = (await add_post(tx, key)).id
    else:
        event = await tx.events.by_uid("party") or await add_event(tx, "party")
        about["event_id"] = event.id
    offset = Offset() if kind is AnnouncementKind.REMINDER else None
    announcement = await announce(tx, key, kind, **about, offset=offset, **fields)
    await fan_out(tx, announcement, now=fields.get("due", NOW))
    return announcement.id


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
            ("later", AnnouncementKind.MOVED, NOW + HOUR),
        ):
            await announce(tx, key, kind, due=due)
        pending = await tx.announcements.pending(NOW, 9)
        assert [each.key for each in pending] == ["moved", "moved late", "reminder", "post"]
        assert len(await tx.announcements.pending(NOW, 2)) == 2
        assert await tx.announcements.next_due() == NOW - DAY
        for each in pending:
            await fan_out(tx, each)
        assert await tx.announcements.next_due() == NOW + HOUR


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


# --- Leases ----------------------------------------------------------------------------------------------------------


async def test_the_most_urgent_are_leased_first_and_each_chat_once(store: Store) -> None:
    async with store.write() as tx:
        chats = [await add_chat(tx, number, EVERYTHING, at=NOW - 9 * DAY) for number in (1, 2)]
        await queue(tx, "post", due=NOW - DAY, expires=NOW + DAY)
        await queue(tx, "moved late", AnnouncementKind.MOVED, due=NOW)
        await queue(tx, "moved", AnnouncementKind.MOVED, due=NOW - HOUR)
        order = []
        while leased := await tx.notifications.lease(NOW, 9, LEASE):
            assert [each.chat for each in leased] == chats
            assert {each.attempts for each in leased} == {0}
            order.append((leased[0].announcement.key, leased[0].lane))
            assert await tx.notifications.lease(NOW, 9, LEASE) == []  # both chats are being sent something
            for each in leased:
                await tx.notifications.sent([(each, 1)], NOW)
        assert order == [("moved", Lane.CHANGE), ("moved late", Lane.CHANGE), ("post", Lane.POST)]


@pytest.mark.parametrize(("limit", "leased"), [(2, 2), (0, 0), (-1, 0), (10**12, 5)])
async def test_no_more_are_leased_than_asked_for(store: Store, limit: int, leased: int) -> None:
    async with store.write() as tx:
        for number in range(5):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        assert len(await tx.notifications.lease(NOW, limit, LEASE)) == leased


async def test_two_writers_never_lease_one_chat_at_once(store: Store) -> None:
    async with store.write() as tx:
        for number in range(10):
            await add_chat(tx, number, EVERYTHING)
        for key in ("a", "b", "c"):
            await queue(tx, key)

    async def lease() -> list[int]:
        async with store.write() as tx:
            return [each.chat.id for each in await tx.notifications.lease(NOW, 4, LEASE)]

    leased = [chat for batch in await asyncio.gather(*(lease() for _ in range(5))) for chat in batch]
    assert len(leased) == len(set(leased)) == 10


async def test_what_may_not_be_sent_yet_or_any_more_is_not_leased(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a", expires=NOW + HOUR)
        (first,) = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, first)
        await tx.notifications.retry(first, NOW + 2 * MINUTE, "429")
        assert await tx.notifications.lease(NOW + MINUTE, 9, LEASE) == []
        assert await tx.notifications.next_due(NOW) == NOW + 2 * MINUTE
        assert await tx.notifications.lease(NOW + HOUR, 9, LEASE) == []
        assert await tx.notifications.wake(NOW + MINUTE, 9) == 0
        assert await tx.notifications.wake(NOW + 2 * MINUTE, 9) == 1
        (again,) = await tx.notifications.lease(NOW + 2 * MINUTE, 9, NOW + 3 * MINUTE)
        assert (again.attempts, again.announcement, again.chat) == (1, first.announcement, first.chat)
        await begin(tx, again)
        assert await tx.notifications.next_due(NOW) is None


async def test_each_outcome_is_kept_with_its_instant(store: Store) -> None:
    at = NOW + MINUTE
    async with store.write() as tx:
        for number in range(1, 6):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        sent, failed, expired, uncertain, again = await tx.notifications.lease(NOW, 9, LEASE)
        await tx.notifications.sent([(sent, 2**40)], at)
        await tx.notifications.failed(failed, "refused", at)
        await tx.notifications.expired(expired, "too late", at)
        await tx.notifications.uncertain(uncertain, "timeout", at)
        await tx.notifications.retry(again, at, "429\0")
        kept = [(await ledger(tx, chat_id))[0][1:] for chat_id in range(1, 5)]
        assert kept == [(SENT, 2**40, at), (FAILED, None, at), (EXPIRED, None, at), (UNCERTAIN, None, at)]
        assert await tx.notifications.next_due(at) == at
        assert (await tx.notifications.counts())[Lane.POST, QUEUED] == 1


async def test_what_is_queued_past_its_time_expires(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        for key, hours in (("a", 1), ("b", 2), ("c", 3)):
            await queue(tx, key, expires=NOW + hours * HOUR)
        (leased,) = await tx.notifications.lease(NOW, 1, LEASE)
        assert leased.announcement.key == "a"
        await begin(tx, leased)
        assert await tx.notifications.expire(NOW + 2 * HOUR) == 1
        assert await tx.notifications.expire(NOW + 2 * HOUR) == 0
    assert await states(store) == {SENDING: 1, EXPIRED: 1, QUEUED: 1}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (AnnouncementKind.POST, UNCERTAIN),
        (AnnouncementKind.EVENT, UNCERTAIN),
        (AnnouncementKind.MOVED, QUEUED),
        (AnnouncementKind.CANCELLED, QUEUED),
        (AnnouncementKind.REMINDER, QUEUED),
    ],
)
async def test_after_a_crash_only_what_matters_twice_is_sent_again(
    store: Store, kind: AnnouncementKind, state: NotificationState
) -> None:
    async with store.write() as tx:
        chat = await add_chat(tx, 1, EVERYTHING)
        await tx.rules.add(chat.id, ReminderRule(Offset()), NOW)
        await queue(tx, "a", kind)
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, leased)
        assert await tx.notifications.recover(LEASE - MINUTE) == Recovered(0, 0)
        assert not await tx.notifications.needs_care(LEASE - MINUTE)
        assert await tx.notifications.needs_care(LEASE)
        assert await tx.notifications.recover(LEASE) == (Recovered(1, 0) if state is QUEUED else Recovered(0, 1))
        assert await tx.notifications.recover(LEASE) == Recovered(0, 0)
        again = await tx.notifications.lease(LEASE, 9, LEASE + MINUTE)
        assert [each.attempts for each in again] == ([1] if state is QUEUED else [])


async def test_what_was_leased_and_not_begun_is_not_in_doubt(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        assert await tx.notifications.recover(LEASE) == Recovered(0, 0)
        (again,) = await tx.notifications.lease(LEASE, 9, LEASE + MINUTE)
        assert again.attempts == 0
        assert await tx.notifications.begin([leased], LEASE) == []  # somebody else has it now
        await begin(tx, again, now=LEASE)


async def test_a_chat_that_is_gone_has_nothing_open_left(store: Store) -> None:
    async with store.write() as tx:
        gone, fine = [await add_chat(tx, number, EVERYTHING) for number in (1, 2)]
        for key in ("a", "b", "c"):
            await queue(tx, key)
        (sent, _) = await tx.notifications.lease(NOW, 9, LEASE)
        assert sent.chat == gone
        await tx.notifications.sent([(sent, 1)], NOW)
        assert len(await tx.notifications.lease(NOW, 9, LEASE)) == 1
        assert await tx.notifications.drop_chat(gone.id, "blocked", NOW) == 2
        assert await tx.notifications.drop_chat(gone.id, "blocked", NOW) == 0
        assert {each[1] for each in await ledger(tx, gone.id)} == {SENT, FAILED}
        assert {each[1] for each in await ledger(tx, fine.id)} == {QUEUED}


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
        assert await tx.notifications.waiting(NOW) == {Lane.POST: 4, Lane.CHANGE: 1}
        assert await tx.notifications.oldest_due(NOW) == {Lane.POST: NOW - HOUR, Lane.CHANGE: NOW - MINUTE}
        assert await tx.notifications.oldest_due(NOW - 2 * HOUR) == {}
        assert await tx.notifications.next_due(NOW) == NOW


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


# --- Between lease and call ------------------------------------------------------------------------------------------


async def test_what_is_held_is_parked_until_its_time_and_what_is_released_is_free_at_once(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        held, released = await tx.notifications.lease(NOW, 9, LEASE)
        await tx.notifications.hold([(held, NOW + HOUR)], NOW)
        await tx.notifications.release([released])
        assert [each.chat.id for each in await tx.notifications.lease(NOW, 9, LEASE)] == [released.chat.id]
        assert await tx.notifications.waiting(NOW) == {Lane.POST: 1}
        assert await tx.notifications.next_parked() == NOW + HOUR
        assert await tx.notifications.wake(NOW + HOUR, 9) == 1
        again = await tx.notifications.lease(NOW + HOUR, 9, NOW + 2 * HOUR)
        assert {each.chat.id for each in again} == {held.chat.id, released.chat.id}


@pytest.mark.parametrize("whose", [True, False])
async def test_what_is_parked_is_looked_at_anew_when_terms_change_or_the_clock_was_set_back(
    store: Store, whose: bool
) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        await tx.notifications.hold([(each, NOW + HOUR) for each in await tx.notifications.lease(NOW, 9, LEASE)], NOW)
        assert await tx.notifications.reconsider(1 if whose else None, now=NOW) == (1 if whose else 2)
        assert await tx.notifications.waiting(NOW) == {Lane.POST: 1 if whose else 2}


async def test_nothing_begins_that_is_too_late_or_withdrawn(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "late", AnnouncementKind.EVENT, expires=NOW + HOUR)
        late, _, _ = leased = await tx.notifications.lease(NOW, 9, LEASE)
        assert await tx.notifications.begin([late], NOW + HOUR) == []
        await tx.announcements.withdraw(event_id=1, reason="cancelled", now=NOW)
        assert await tx.notifications.begin(leased[1:], NOW) == []
    assert await states(store) == {EXPIRED: 3}


async def test_a_second_try_in_a_simpler_form_is_the_same_call(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        for _ in range(2):
            (begun,) = await tx.notifications.begin([leased], NOW)
        assert begun.attempts == 1
        await tx.notifications.retry(begun, NOW, "429")
        await tx.notifications.wake(NOW, 9)
        (again,) = await tx.notifications.lease(NOW, 9, LEASE)
        assert again.attempts == 1


async def test_an_arrival_wins_over_what_was_thought_meanwhile(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "news")
        one, two = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, one, two)
        await tx.notifications.renew([two], LEASE + MINUTE)
        assert await tx.notifications.recover(LEASE) == Recovered(0, 1)
        await tx.notifications.sent([(one, 5), (two, 6)], LEASE)
        await tx.notifications.sent([(one, 9)], LEASE)  # once sent, nothing changes it
        assert await tx.notifications.message_of(one.announcement.id, one.chat.id) == (SENT, 5)
    assert await states(store) == {SENT: 2}


async def test_a_digest_takes_the_chats_other_news_and_nothing_else(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        for key in ("a", "b", "c"):
            await queue(tx, key)
        await queue(tx, "moved", AnnouncementKind.MOVED, due=NOW + MINUTE)
        leased = await tx.notifications.lease(NOW, 2, LEASE)  # before the change is due
        leased = [each for each in leased if each.announcement.kind.gathers] or leased
        await tx.notifications.release(leased)
        (first,) = [each for each in await tx.notifications._take([(1, 1)], NOW, LEASE)]
        (full,) = await tx.notifications.gather([first], NOW, LEASE, most=2)
        assert [each.key for each in full.announcements] == ["a", "b"]
        (more,) = await tx.notifications.gather([full], NOW, LEASE)
        assert [each.key for each in more.announcements] == ["a", "b", "c"]
        await begin(tx, more)
        await tx.notifications.uncertain(more, "timeout", NOW)
        assert {row[1] for row in await ledger(tx, 1)} == {UNCERTAIN, QUEUED}


async def test_the_lowest_lane_gets_its_places(store: Store) -> None:
    async with store.write() as tx:
        for number in range(20):
            await add_chat(tx, number, EVERYTHING, at=NOW - 9 * DAY)
        await queue(tx, "news", due=NOW - DAY, expires=NOW + DAY)
        await queue(tx, "moved", AnnouncementKind.MOVED)
        assert {each.lane for each in await tx.notifications.lease(NOW, 5, LEASE)} == {Lane.CHANGE}
        lanes = [each.lane for each in await tx.notifications.lease(NOW, 10, LEASE, lowest=1)]
        assert lanes.count(Lane.POST) == 1
        assert len(lanes) == 10


async def test_reminders_go_by_the_event_that_begins_first(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            chat = await add_chat(tx, number)
            await tx.rules.add(chat.id, ReminderRule(Offset()), NOW - DAY)
        for key, begins in (("later", 3), ("soon", 1), ("then", 2)):
            await queue(tx, key, AnnouncementKind.REMINDER, due=NOW, expires=NOW + begins * HOUR)
        order = []
        while leased := await tx.notifications.lease(NOW, 1, LEASE):
            order.append(leased[0].announcement.key)
            await tx.notifications.sent([(leased[0], 1)], NOW)
        assert order == ["soon", "soon", "then", "then", "later", "later"]


async def test_beside_another_process_a_chat_has_its_second(store: Store) -> None:
    second = MINUTE / 60
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        for key in ("a", "b"):
            await queue(tx, key)
        (first,) = await tx.notifications.lease(NOW, 1, LEASE)
        await tx.notifications.sent([(first, 1)], NOW)
        assert await tx.notifications.lease(NOW + second / 2, 1, LEASE, alone=False) == []
        assert len(await tx.notifications.lease(NOW + second, 1, LEASE, alone=False)) == 1


# --- What an operator decides ----------------------------------------------------------------------------------------


async def test_what_failed_can_be_looked_at_sent_again_or_dropped(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a", expires=NOW + HOUR)
        refused, doubtful, _ = await tx.notifications.lease(NOW, 9, LEASE)
        await tx.notifications.failed(refused, "too odd", NOW)
        await tx.notifications.uncertain(doubtful, "timeout", NOW + MINUTE)
        found = await tx.notifications.troubled(9)
        assert [(each.chat, each.state, each.reason) for each in found] == [
            (doubtful.chat, UNCERTAIN, "timeout"), (refused.chat, FAILED, "too odd"),
        ]  # fmt: skip
        assert [each.state for each in await tx.notifications.troubled(9, [FAILED])] == [FAILED]
        later = NOW + 2 * HOUR  # too late for the rest, but an operator knows better
        await tx.notifications.expire(later)
        assert await tx.notifications.retry_by_hand([(1, refused.chat.id), (1, 99)], later) == 1
        assert await tx.notifications.drop_by_hand(None, later) == 1
        (again,) = await tx.notifications.lease(later, 9, later + MINUTE)
        assert again.chat == refused.chat
        assert await tx.notifications.troubled(9) == []


async def test_a_reminder_of_what_has_begun_is_not_sent_again_by_hand(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        event = await add_event(tx, "party")
        announcement = await announce(
            tx, "m", AnnouncementKind.MOVED, expires=NOW + HOUR, event_id=event.id, occurrence_id=4
        )
        await fan_out(tx, announcement)
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        await tx.notifications.failed(leased, "too odd", NOW)
        assert await tx.notifications.retry_by_hand(None, NOW + HOUR) == 0
        assert await tx.notifications.retry_by_hand(None, NOW) == 1


async def test_the_ledger_forgets_what_was_over_long_ago(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        for key, days in (("old", 1), ("new", 50)):
            await queue(tx, key, expires=NOW + days * DAY)
            (leased,) = await tx.notifications.lease(NOW, 1, LEASE)
            await tx.notifications.sent([(leased, 1)], NOW)
        await tx.notifications.expire(NOW + 2 * DAY)
        assert await tx.notifications.prune(NOW, 9) == 0
        assert await tx.notifications.prune(NOW + 10 * DAY, 9) == 1
    assert await states(store) == {SENT: 1}
