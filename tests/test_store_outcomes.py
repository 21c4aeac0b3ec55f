"""What becomes of notifications: outcomes, lateness, crashes, and what an operator decides. Every test runs on both databases."""

from __future__ import annotations

import pytest

from blogbot.model import MOST_IN_DOUBT, AnnouncementKind, Lane, NotificationState, Offset, ReminderRule
from blogbot.store import Recovered, Store
from tests.store_samples import (
    DAY,
    EVERYTHING,
    EXPIRED,
    FAILED,
    HOUR,
    LEASE,
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
    states,
)


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
        assert await tx.notifications.expire(NOW + 2 * HOUR) == {"b": 1}
        assert await tx.notifications.expire(NOW + 2 * HOUR) == {}
    assert await states(store) == {SENDING: 1, EXPIRED: 1, QUEUED: 1}


async def test_what_is_too_late_or_withdrawn_is_closed_page_by_page(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blogbot.store.announcements.AT_ONCE", 2)
    async with store.write() as tx:
        for number in range(5):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "news", expires=NOW + HOUR)
        await queue(tx, "party", AnnouncementKind.EVENT, expires=NOW + 2 * HOUR)
        await tx.announcements.withdraw(event_id=1, reason="called off", now=NOW)
        assert await tx.notifications.needs_care(NOW)
        assert [await tx.notifications.expire(NOW, 2) for _ in range(3)] == [{"party": 2}, {"party": 1}, {}]
        pages = [await tx.notifications.expire(NOW + HOUR, 2) for _ in range(4)]
        assert pages == [{"news": 2}, {"news": 2}, {"news": 1}, {}]
        assert not await tx.notifications.needs_care(NOW + HOUR)
    assert await states(store) == {EXPIRED: 10}


async def test_a_fan_out_of_a_clock_that_was_set_back_is_looked_after_again(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        announcement = await announce(tx, "a", post_id=(await add_post(tx, "a")).id, expires=NOW + HOUR)
        assert await tx.notifications.expire(NOW + HOUR) == {}
        await fan_out(tx, announcement)
        assert await tx.notifications.expire(NOW + HOUR) == {"a": 1}


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
        assert await tx.notifications.recover(LEASE - MINUTE) == []
        assert not await tx.notifications.needs_care(LEASE - MINUTE)
        assert await tx.notifications.needs_care(LEASE)
        assert await tx.notifications.recover(LEASE) == [Recovered("a", chat.id, kind.lane, state)]
        assert await tx.notifications.recover(LEASE) == []
        again = await tx.notifications.lease(LEASE, 9, LEASE + MINUTE)
        assert [(each.attempts, each.doubts) for each in again] == ([(1, 1)] if state is QUEUED else [])


async def test_what_each_call_of_is_ended_by_a_crash_is_not_said_for_ever(store: Store) -> None:
    lost, seen = NOW, []
    async with store.write() as tx:
        chat = await add_chat(tx, 1, EVERYTHING)
        await tx.rules.add(chat.id, ReminderRule(Offset()), NOW)
        await queue(tx, "a", AnnouncementKind.REMINDER)
        for _ in range(MOST_IN_DOUBT):
            (leased,) = await tx.notifications.lease(lost, 9, lost + MINUTE)
            await begin(tx, leased, now=lost)
            lost += MINUTE
            seen += [each.state for each in await tx.notifications.recover(lost)]
    assert seen == [QUEUED] * (MOST_IN_DOUBT - 1) + [UNCERTAIN]


async def test_an_edit_that_crashes_end_is_made_until_it_is_done(store: Store) -> None:
    lost = NOW
    async with store.write() as tx:
        chat = await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        (told,) = await tx.notifications.lease(NOW, 9, LEASE)
        await tx.notifications.sent([(told, 7)], NOW)
        correction = await announce(
            tx, "b", AnnouncementKind.CORRECTED, corrects=told.announcement.id, post_id=told.announcement.post_id
        )
        await fan_out(tx, correction)
        for _ in range(2 * MOST_IN_DOUBT):
            (leased,) = await tx.notifications.lease(lost, 9, lost + MINUTE)
            await begin(tx, leased, now=lost)
            lost += MINUTE
            assert await tx.notifications.recover(lost) == [Recovered("b", chat.id, leased.lane, QUEUED)]


async def test_what_was_withdrawn_in_the_middle_of_a_crash_is_not_said_again(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "moved", AnnouncementKind.MOVED)
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, leased)
        await tx.announcements.withdraw(event_id=1, reason="called off", now=NOW)
        (recovered,) = await tx.notifications.recover(LEASE)
        assert (recovered.announcement, recovered.state) == ("moved", EXPIRED)


async def test_what_is_announced_again_while_it_is_sent_is_sent_until_its_new_end(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "moved", AnnouncementKind.MOVED, expires=NOW + MINUTE)
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, leased)
        await tx.announcements.withdraw(event_id=1, reason="called off", now=NOW)
        await announce(tx, "moved", AnnouncementKind.MOVED, expires=NOW + DAY, event_id=1)
        (recovered,) = await tx.notifications.recover(NOW + HOUR)
        assert recovered.state == QUEUED
        assert not await tx.notifications.expire(NOW + HOUR)
        assert await tx.notifications.lease(NOW + HOUR, 9, NOW + HOUR + MINUTE)


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


async def test_an_arrival_wins_over_what_was_thought_meanwhile(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "news")
        one, two = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, one, two)
        await tx.notifications.renew([two], LEASE + MINUTE)
        assert [each.state for each in await tx.notifications.recover(LEASE)] == [UNCERTAIN]
        await tx.notifications.sent([(one, 5), (two, 6)], LEASE)
        await tx.notifications.sent([(one, 9)], LEASE)  # once sent, nothing changes it
        assert await tx.notifications.message_of(one.announcement.id, one.chat.id) == (SENT, 5)
    assert await states(store) == {SENT: 2}


# --- What an operator decides ----------------------------------------------------------------------------------------


async def test_what_failed_can_be_looked_at_sent_again_or_dropped(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a", expires=NOW + HOUR)
        refused, doubtful, _ = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, refused)
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
        assert await tx.notifications.drop_by_hand(await tx.notifications.in_trouble(), later) == 1
        (again,) = await tx.notifications.lease(later, 9, later + MINUTE)
        assert (again.chat, again.attempts, again.doubts) == (refused.chat, 0, 0)
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
        keys = await tx.notifications.in_trouble()
        assert await tx.notifications.retry_by_hand(keys, NOW + HOUR) == 0
        assert await tx.notifications.retry_by_hand(keys, NOW) == 1
        assert await tx.notifications.lease(NOW + HOUR, 9, NOW + 2 * HOUR) == []


async def test_all_that_is_in_trouble_is_found_page_by_page(store: Store) -> None:
    async with store.write() as tx:
        for number in range(5):
            await add_chat(tx, number, EVERYTHING)
        for key in ("a", "b"):
            await queue(tx, key)
            for parcel in await tx.notifications.lease(NOW, 9, LEASE):
                await tx.notifications.failed(parcel, "too odd", NOW)
        pages, after = [], (0, 0)
        while page := await tx.notifications.in_trouble(after, 3):
            pages.append(len(page))
            after = page[-1]
        assert pages == [3, 3, 3, 1]
        assert await tx.notifications.drop_by_hand(await tx.notifications.in_trouble(), NOW) == 10


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
