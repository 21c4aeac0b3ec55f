"""From the queue to the call: leased, held, gathered, begun. Every test runs on both databases."""

from __future__ import annotations

import asyncio

import pytest

from blogbot.bot.schedule import Limits
from blogbot.model import AnnouncementKind, ChatKind, Lane, Offset, ReminderRule
from blogbot.store import Store
from blogbot.store.queue import GROUP
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
    UNCERTAIN,
    add_chat,
    begin,
    ledger,
    queue,
    states,
)


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


async def test_what_was_leased_and_not_begun_is_not_in_doubt(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        assert await tx.notifications.recover(LEASE) == []
        (again,) = await tx.notifications.lease(LEASE, 9, LEASE + MINUTE)
        assert again.attempts == 0
        assert (await tx.notifications.begin([leased], LEASE)).going == []  # somebody else has it now
        await begin(tx, again, now=LEASE)


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
        assert await tx.notifications.waiting() == {Lane.POST: 1}
        assert await tx.notifications.next_parked() == NOW + HOUR
        assert await tx.notifications.wake(NOW + HOUR, 9) == 1
        again = await tx.notifications.lease(NOW + HOUR, 9, NOW + 2 * HOUR)
        assert {each.chat.id for each in again} == {held.chat.id, released.chat.id}


async def test_what_is_parked_is_looked_at_anew_when_the_chats_terms_change(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        await tx.notifications.hold([(each, NOW + HOUR) for each in await tx.notifications.lease(NOW, 9, LEASE)], NOW)
        assert await tx.notifications.reconsider(1) == 1
        assert await tx.notifications.waiting() == {Lane.POST: 1}


async def test_what_a_clock_that_was_ahead_parked_is_recalled_in_pages(store: Store) -> None:
    ahead = NOW + HOUR
    async with store.write() as tx:
        for number in range(1, 4):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        await tx.notifications.hold(
            [(each, ahead + HOUR) for each in await tx.notifications.lease(ahead, 9, ahead + MINUTE)], ahead
        )
        assert [await tx.notifications.recall(NOW, 2) for _ in range(3)] == [2, 1, 0]
        assert await tx.notifications.waiting() == {Lane.POST: 3}


async def test_no_lease_outlasts_what_it_is_shortened_to(store: Store) -> None:
    ahead = NOW + 5 * MINUTE
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        await tx.notifications.lease(ahead, 1, ahead + MINUTE)
        await tx.notifications.lease(NOW, 1, NOW + MINUTE / 2)
        await tx.notifications.shorten(NOW + MINUTE)
        for after, free in ((MINUTE / 4, 1), (3 * MINUTE / 4, 1), (MINUTE, 1)):
            assert len(await tx.notifications.lease(NOW + after, 9, NOW + HOUR / 12)) == free


async def test_who_changes_a_chats_terms_does_not_shorten_what_telegram_asked_to_wait(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        await tx.notifications.retry(leased, NOW + HOUR, "429")
        assert await tx.notifications.reconsider(1) == 0
        await tx.notifications.wake(NOW + HOUR, 9)
        (leased,) = await tx.notifications.lease(NOW + HOUR, 9, NOW + HOUR + MINUTE)
        await tx.notifications.hold([(leased, NOW + DAY)], NOW + HOUR)
        assert await tx.notifications.reconsider(1) == 1


@pytest.mark.parametrize("retried", [True, False])
async def test_only_what_a_clock_that_was_ahead_parked_is_recalled(store: Store, retried: bool) -> None:
    ahead = NOW + 10 * MINUTE
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        for now, recalled in ((NOW, 0), (ahead, 1)):
            (leased,) = await tx.notifications.lease(now, 9, now + MINUTE)
            if retried:
                await tx.notifications.retry(leased, now + MINUTE, "429")
            else:
                await tx.notifications.hold([(leased, now + MINUTE)], now)
            assert await tx.notifications.recall(NOW, 9) == recalled
            await tx.notifications.wake(ahead, 9)


async def test_nothing_begins_that_is_too_late_or_withdrawn(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2, 3):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "late", AnnouncementKind.EVENT, expires=NOW + HOUR)
        late, _, _ = leased = await tx.notifications.lease(NOW, 9, LEASE)
        begun = await tx.notifications.begin([late], NOW + HOUR)
        assert (begun.going, begun.expired, begun.back) == ([], {(late.announcement.id, late.chat.id)}, set())
        await tx.announcements.withdraw(event_id=1, reason="cancelled", now=NOW)
        assert (await tx.notifications.begin(leased[1:], NOW)).going == []
    assert await states(store) == {EXPIRED: 3}


async def test_a_second_try_in_a_simpler_form_is_the_same_call(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        (leased,) = await tx.notifications.lease(NOW, 9, LEASE)
        for _ in range(2):
            (begun,) = (await tx.notifications.begin([leased], NOW)).going
        assert begun.attempts == 1
        await tx.notifications.retry(begun, NOW, "429")
        await tx.notifications.wake(NOW, 9)
        (again,) = await tx.notifications.lease(NOW, 9, LEASE)
        assert again.attempts == 1


async def test_a_digest_takes_the_chats_other_news_and_nothing_else(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        for key in ("a", "b", "c"):
            await queue(tx, key)
        (first,) = await tx.notifications.lease(NOW, 1, LEASE)
        await queue(tx, "moved", AnnouncementKind.MOVED)
        assert await tx.notifications.gather([first], NOW, LEASE, least=4) == [first]
        (more,) = await tx.notifications.gather([first], NOW, LEASE, least=3)
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


@pytest.mark.parametrize(
    ("company", "goes_on"), [({}, True), ({"alone": False}, False), ({"young": True}, False)], ids=str
)
async def test_a_group_hears_no_more_in_a_minute_than_it_takes_from_all_processes(
    store: Store, company: dict[str, bool], goes_on: bool
) -> None:
    second = MINUTE / 60
    async with store.write() as tx:
        chats = (
            await tx.chats.insert(-5, ChatKind.SUPERGROUP, "Group"),
            await tx.chats.insert(-5, ChatKind.SUPERGROUP, "Topic", 3),
            await tx.chats.insert(7, ChatKind.PRIVATE, "Member"),
        )
        for chat in chats:
            await tx.follows.add(chat.id, EVERYTHING, NOW - DAY)
        for number in range(GROUP // 2 + 1):
            await queue(tx, f"post {number}")
        for number in range(GROUP // 2):
            now = NOW + 2 * number * second
            parcels = await tx.notifications.lease(now, 3, now + MINUTE, **company)
            await tx.notifications.sent([(each, number) for each in parcels], now)
        left = await tx.notifications.lease(NOW + 30 * second, 3, NOW + 31 * second, **company)
        assert [each.chat.telegram_id for each in left] == ([-5, -5, 7] if goes_on else [7])
        later = await tx.notifications.lease(NOW + 61 * second, 3, NOW + 2 * MINUTE, **company)
        assert len(later) == 3


def test_as_much_as_a_group_takes_leaves_room_for_answers() -> None:
    limits = Limits()
    assert limits.group - limits.group_reserve == GROUP


async def test_a_digest_is_one_message_of_a_groups_minute(store: Store) -> None:
    async with store.write() as tx:
        group = await tx.chats.insert(-5, ChatKind.SUPERGROUP, "Group")
        await tx.follows.add(group.id, EVERYTHING, NOW - DAY)
        for number in range(GROUP):
            await queue(tx, f"post {number}")
        (digest,) = await tx.notifications.gather(await tx.notifications.lease(NOW, 9, LEASE), NOW, LEASE)
        await tx.notifications.sent([(digest, 1)], NOW)
        await queue(tx, "one more")
        assert len(await tx.notifications.lease(NOW, 9, LEASE, young=True)) == 1


async def test_a_digest_of_which_one_was_withdrawn_goes_back_and_the_rest_of_it_goes_next(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        await queue(tx, "b", AnnouncementKind.EVENT)
        (both,) = await tx.notifications.gather(await tx.notifications.lease(NOW, 1, LEASE), NOW, LEASE)
        assert len(both.announcements) == 2
        await tx.announcements.withdraw(event_id=1, reason="cancelled", now=NOW)
        begun = await tx.notifications.begin([both], NOW)
        assert (begun.going, begun.expired, begun.back) == ([], set(), {(1, both.chat.id)}), (
            "the other is closed already"
        )
        (rest,) = await tx.notifications.lease(NOW, 9, LEASE)
        assert (rest.announcement.key, rest.attempts) == ("a", 0)  # nobody was called
        await begin(tx, rest)
    assert await states(store) == {SENDING: 1, EXPIRED: 1}


async def test_a_chat_that_left_meanwhile_is_not_called(store: Store) -> None:
    async with store.write() as tx:
        left, stays = [await add_chat(tx, number, EVERYTHING) for number in (1, 2)]
        await queue(tx, "a")
        await tx.chats.deactivate(left.telegram_id)
        assert [each.chat for each in await tx.notifications.lease(NOW, 9, LEASE)] == [stays]
    assert await states(store) == {QUEUED: 1, FAILED: 1}


async def test_who_lost_a_lease_cannot_use_the_next_ones(store: Store) -> None:
    async with store.write() as tx:
        for number in (1, 2):
            await add_chat(tx, number, EVERYTHING)
        await queue(tx, "a")
        lost, _ = await tx.notifications.lease(NOW, 9, LEASE)
        mine = await tx.notifications.lease(LEASE, 9, LEASE + MINUTE)
        assert [each.chat for each in (await tx.notifications.begin([lost, mine[1]], LEASE)).going] == [mine[1].chat]
        await tx.notifications.release([lost])
        await tx.notifications.hold([(lost, NOW + DAY)], LEASE)
        await begin(tx, mine[0], now=LEASE)


async def test_a_lease_of_a_clock_that_was_set_back_holds_nobody(store: Store) -> None:
    async with store.write() as tx:
        await add_chat(tx, 1, EVERYTHING)
        await queue(tx, "a")
        later = NOW + DAY / 2
        (lost,) = await tx.notifications.lease(later, 9, later + MINUTE)
        (again,) = await tx.notifications.lease(NOW, 9, LEASE)
        await begin(tx, again)
        assert (await tx.notifications.begin([lost], NOW)).going == []
