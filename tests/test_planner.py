"""Reminders become announcements a little ahead of time; earlier where the audience is too large to be told in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blogbot.clock import MovableClock
from blogbot.delivery import Delivery
from blogbot.delivery.planner import Planner
from blogbot.model import Announcement, Lane, ReminderRule
from blogbot.store import Store
from tests.delivery_world import SITE, Notebook
from tests.store_samples import DAY, HOUR, MINUTE, NOW, add_chat, add_dates, add_event, date_of, fan_out, hearers, rule

STARTS = NOW + 3 * DAY


async def talk(store: Store, *rules: ReminderRule, chats: int = 1) -> None:
    """A talk in three days, and chats that want to be reminded of it."""
    async with store.write() as tx:
        event = await add_event(tx, "talk")
        await add_dates(tx, event, date_of(event, STARTS))
        for number in range(1, chats + 1):
            await add_chat(tx, number, *rules)


async def planned(store: Store, by: datetime) -> list[Announcement]:
    async with store.read() as tx:
        return await tx.announcements.pending(by, 99)


async def test_a_reminder_is_planned_minutes_ahead_and_once(store: Store, clock: MovableClock) -> None:
    await talk(store, rule(minutes=60), rule(days=1))
    planner = Planner(store, clock)
    assert await planner.plan() == 0
    clock.move_to(STARTS - DAY - 5 * MINUTE)
    assert [await planner.plan(), await planner.plan()] == [1, 0]
    (reminder,) = await planned(store, STARTS)
    assert (reminder.due, reminder.expires) == (STARTS - DAY, STARTS)
    clock.move_to(STARTS - HOUR)
    assert await planner.plan() == 1
    clock.move_to(STARTS)
    assert await planner.plan() == 0


async def test_the_next_reminder_is_found_however_far_it_is(store: Store, clock: MovableClock) -> None:
    planner = Planner(store, clock)
    assert await planner.next_due() is None
    await talk(store, rule(minutes=60))
    assert await planner.next_due() == STARTS - HOUR
    clock.move_to(STARTS - HOUR)
    assert await planner.next_due() is None


async def test_a_large_audience_is_begun_early_and_who_asks_meanwhile_is_told_too(
    store: Store, clock: MovableClock
) -> None:
    """At one message in ten minutes, twenty chats take more than three hours."""
    await talk(store, rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 600)
    begins = STARTS - timedelta(seconds=20 * 600 / 0.8)
    clock.move_to(begins - 20 * MINUTE)
    assert await planner.plan() == 0
    clock.move_to(begins)
    assert await planner.plan() == 1
    assert planner.shortfalls == []
    (reminder,) = await planned(store, begins)
    assert reminder.due == begins
    async with store.write() as tx:
        assert await fan_out(tx, reminder, begins) == 20
        await add_chat(tx, 77, rule(minutes=60), at=begins + HOUR)

    clock.move_to(STARTS - HOUR)
    assert await planner.plan() == 0
    (again,) = await planned(store, STARTS - HOUR)
    assert again.id == reminder.id
    async with store.write() as tx:
        assert await fan_out(tx, again, STARTS - HOUR) == 1
    assert 77 in await hearers(store, reminder)
    await planner.plan()
    assert await planned(store, STARTS - HOUR) == []


async def test_where_reminders_are_not_paid_for_they_begin_by_their_own_rate(store: Store, clock: MovableClock) -> None:
    await talk(store, rule(minutes=60), chats=20)
    sender = Notebook(rate=600)
    sender.unpaid = {Lane.REMINDER: 1 / 600}
    clock.move_to(STARTS - timedelta(seconds=20 * 600 / 0.8))
    await Delivery(store, sender, SITE, clock).turn()
    assert [lane for _, _, lane in sender.sent] == 20 * [Lane.REMINDER]


async def test_what_cannot_end_in_time_is_said_once(store: Store, clock: MovableClock) -> None:
    await talk(store, rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 600)
    clock.move_to(STARTS - 2 * HOUR)
    await planner.plan()
    await planner.plan()
    (shortfall,) = planner.shortfalls
    assert shortfall.occurrence.event.uid == "talk"
    assert shortfall.takes == "20 chats, 3 h 20 min at 0.0017/s"
    assert 0 < shortfall.short < 20


async def test_what_cannot_end_in_time_is_said_again_of_another_date_only(store: Store, clock: MovableClock) -> None:
    await talk(store, rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 600)
    clock.move_to(STARTS - 2 * HOUR)
    await planner.plan()
    async with store.write() as tx:
        event = await add_event(tx, "walk")
        await add_dates(tx, event, date_of(event, STARTS + DAY))
    clock.move_to(STARTS + DAY - 2 * HOUR)
    await planner.plan()
    assert [each.occurrence.event.uid for each in planner.shortfalls] == ["talk", "walk"]
    assert len(planner._told) == 1, "a date that has begun is kept in mind for ever"


async def test_a_reminder_that_was_sent_is_not_still_to_send(store: Store, clock: MovableClock) -> None:
    await talk(store, rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 60)
    await told(store, planner, clock, STARTS - HOUR, 20)
    for left in (5 * MINUTE, MINUTE, timedelta(seconds=1)):
        clock.move_to(STARTS - left)
        await planner.plan()
    assert planner.shortfalls == []


async def test_a_reminder_that_was_sent_yesterday_makes_room_for_todays(store: Store, clock: MovableClock) -> None:
    """At one message in ten minutes, twenty chats take four hours and ten minutes with the reserve; twice as many, twice that."""
    await talk(store, rule(days=1), rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 600)
    await told(store, planner, clock, STARTS - DAY, 20)
    begins = STARTS - timedelta(seconds=20 * 600 / 0.8)
    clock.move_to(begins - 20 * MINUTE)
    assert await planner.plan() == 0
    clock.move_to(begins)
    assert await planner.plan() == 1


@pytest.mark.parametrize("sent", [0, 5, 18])
async def test_who_falls_short_is_among_those_who_were_not_told_yet(
    store: Store, clock: MovableClock, sent: int
) -> None:
    """Of twenty chats, at one a minute with the reserve, ten can still be told."""
    await talk(store, rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 60 / 0.8)
    await told(store, planner, clock, STARTS - HOUR, sent)
    clock.move_to(STARTS - 10 * MINUTE)
    await planner.plan()
    assert [each.short for each in planner.shortfalls] == [20 - sent - 10] * (sent < 10)


async def test_who_asked_meanwhile_is_all_that_is_left_of_a_reminder_begun_early(
    store: Store, clock: MovableClock
) -> None:
    await talk(store, rule(minutes=60), chats=20)
    planner = Planner(store, clock, rate=lambda: 1 / 600)
    begins = STARTS - timedelta(seconds=20 * 600 / 0.8)
    await told(store, planner, clock, begins, 20)
    async with store.write() as tx:
        await add_chat(tx, 77, rule(minutes=60), at=begins + HOUR)
    clock.move_to(STARTS - HOUR)
    await planner.plan()
    assert len(await planned(store, STARTS - HOUR)) == 1, "it is fanned out once more"
    await planner.plan()
    assert planner.shortfalls == []


async def told(store: Store, planner: Planner, clock: MovableClock, at: datetime, count: int) -> None:
    """What is planned by then goes to all who want it, and reaches the first `count` of them."""
    clock.move_to(at)
    assert await planner.plan() == 1
    (reminder,) = await planned(store, STARTS)
    async with store.write() as tx:
        await fan_out(tx, reminder, max(at, reminder.due))
        parcels = await tx.notifications.lease(reminder.due, count, reminder.due + MINUTE)
        await tx.notifications.begin(parcels, reminder.due)
        await tx.notifications.sent([(parcel, 1) for parcel in parcels], reminder.due)


async def test_who_asks_for_fifteen_minutes_is_not_told_hours_before(store: Store, clock: MovableClock) -> None:
    await talk(store, rule(minutes=15), chats=20)
    planner = Planner(store, clock)
    clock.move_to(STARTS - HOUR)
    assert await planner.plan() == 0
    clock.move_to(STARTS - 20 * MINUTE)
    assert await planner.plan() == 1
    (reminder,) = await planned(store, STARTS)
    assert reminder.due == STARTS - 15 * MINUTE


async def test_nothing_is_read_where_nobody_wants_to_be_reminded(store: Store) -> None:
    clock = MovableClock(datetime(2026, 3, 2, tzinfo=UTC))
    assert await Planner(store, clock).plan() == 0
