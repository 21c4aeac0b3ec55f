"""When reminders come, on both databases, and what becomes of them when their event changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.errors import InDoubt, RetryLater
from blogbot.model import Chat, EventStatus, Follow, FollowKind, Lane, Offset, ReminderRule
from tests.content import event
from tests.delivery_world import DAY, HOUR, TUESDAY_TEN, Notebook, World
from tests.delivery_world import delivery_world as delivery_world


async def test_reminders_come_at_their_offsets_and_once(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN, title="A talk"))
    assert await world.at(2026, 3, 9, 9, 59) == []
    ((_, first, lane),) = await world.at(2026, 3, 9, 10, 0)
    assert "A talk" in first
    assert lane is Lane.REMINDER
    assert await world.at(2026, 3, 10, 8, 59) == []
    assert len(await world.at(2026, 3, 10, 9, 0)) == 1
    assert await world.at(2026, 3, 10, 10, 0) == []


async def test_a_rule_for_one_event_reminds_of_that_one_alone(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR, "talk"),))
    await world.shows(talk=event("talk", TUESDAY_TEN), walk=event("walk", TUESDAY_TEN))
    assert [text.count("Talk") > 0 for _, text, _ in await world.at(2026, 3, 10, 9)] == [True]


async def test_every_date_of_a_series_is_reminded_of(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(weekly=event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=5",)))
    # Clocks go forward on 29 March: ten in London is nine in UTC from then on.
    for day, hour in ((10, 9), (17, 9), (24, 9), (31, 8)):
        assert len(await world.at(2026, 3, day, hour)) == 1, day
    assert len(await world.at(2026, 4, 7, 8)) == 1


async def test_who_asks_too_late_for_a_day_before_is_not_reminded_of_the_past(world: World) -> None:
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 9, 20, tzinfo=UTC))
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    assert await world.turn() == []
    assert len(await world.at(2026, 3, 10, 9)) == 1


async def test_an_event_learnt_of_late_is_reminded_of_once_at_once(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    world.clock.move_to(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert len([text for _, text, lane in await world.turn() if lane is Lane.REMINDER]) == 1


async def test_after_a_long_stop_only_the_nearest_reminder_is_sent(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(Offset(days=2)), ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert len(await world.at(2026, 3, 10, 9, 30)) == 1


async def test_nothing_is_sent_after_the_event_began(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert await world.at(2026, 3, 10, 10, 0, 1) == []


@pytest.mark.parametrize(("left", "reminded"), [(4, 1), (3, 0)])
async def test_a_call_that_may_arrive_after_the_event_began_is_not_made(world: World, left: int, reminded: int) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [RetryLater("slow down", seconds=3590)]
    assert await world.at(2026, 3, 10, 9) == []
    assert len(await world.at(2026, 3, 10, 9, 59, 60 - left)) == reminded


async def test_what_was_queued_in_time_is_dropped_when_its_turn_comes_too_late(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.chat(2, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [RetryLater("slow down", seconds=7200), RetryLater("slow down", seconds=7200)]
    assert await world.at(2026, 3, 10, 9) == []
    assert await world.at(2026, 3, 10, 11, 1) == []
    assert await world.states() == {"expired": 2}


async def test_a_moved_event_moves_its_reminders_and_says_so(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN, title="A talk")
    await world.shows(talk=talk)
    await world.turn()
    await world.shows(talk=replace(talk, starts=datetime(2026, 3, 11, 15), ends=datetime(2026, 3, 11, 16)))
    ((_, news, lane),) = await world.turn()
    assert lane is Lane.CHANGE
    assert "A talk" in news
    assert await world.at(2026, 3, 10, 9) == []
    ((_, _, lane),) = await world.at(2026, 3, 11, 14)
    assert lane is Lane.REMINDER
    assert await world.at(2026, 3, 11, 14, 30) == []


async def test_an_event_moved_after_its_reminder_was_sent_is_reminded_of_again(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    assert len(await world.at(2026, 3, 10, 9)) == 1
    await world.shows(talk=replace(talk, starts=datetime(2026, 3, 10, 17), ends=datetime(2026, 3, 10, 18)))
    assert [lane for _, _, lane in await world.turn()] == [Lane.CHANGE]
    assert [lane for _, _, lane in await world.at(2026, 3, 10, 16)] == [Lane.REMINDER]


async def test_an_event_moved_away_and_back_is_reminded_of_as_it_is_now(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    for starts in (datetime(2026, 3, 12, 10), TUESDAY_TEN):
        world.clock.move(timedelta(minutes=1))
        await world.shows(talk=replace(talk, starts=starts, ends=starts + timedelta(hours=1)))
        await world.turn()
    assert [lane for _, _, lane in await world.at(2026, 3, 10, 9)] == [Lane.REMINDER]
    assert await world.at(2026, 3, 12, 9) == []


async def test_a_cancelled_event_cancels_its_reminders_and_says_so(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR, "talk"),))
    await world.chat(2, Follow(FollowKind.TAG, "unrelated"))
    talk = event("talk", TUESDAY_TEN, title="A talk")
    await world.shows(talk=talk)
    await world.shows(talk=replace(talk, status=EventStatus.CANCELLED))
    ((heard, news, lane),) = await world.turn()
    assert (heard, lane) == (1, Lane.CHANGE)
    assert "will not take place" in news
    assert await world.at(2026, 3, 10, 9) == []


async def test_a_cancellation_taken_back_is_said_to_those_who_heard_of_it(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    heard = []
    for status in (EventStatus.CANCELLED, EventStatus.CONFIRMED):
        world.clock.move(timedelta(minutes=5))
        await world.shows(talk=replace(talk, status=status))
        heard += [text.splitlines()[0] for _, text, _ in await world.turn()]
    assert heard == [
        "❌ This event will not take place. You will not be reminded of it.",
        "✅ This event takes place after all",
    ]
    assert len(await world.at(2026, 3, 10, 9)) == 1


async def test_a_reminder_withdrawn_while_it_was_being_sent_is_not_sent_again(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    starts = TUESDAY_TEN
    await world.shows(talk=event("talk", starts))
    for refusal in (RetryLater("429", seconds=5), InDoubt("timed out")):
        world.clock.move_to(starts.replace(tzinfo=UTC) - timedelta(hours=1))
        starts += timedelta(days=1)
        later = event("talk", starts)

        class Moving(Notebook):
            """The event moves while its reminder is on its way."""

            async def under_way(self, chat: Chat) -> None:
                if not self.sent:
                    await world.shows(talk=later)  # noqa: B023  # it is called within this round
                    self.sent.append((0, "", Lane.REMINDER))
                    raise refusal  # noqa: B023

        sender = Moving()
        delivery = world.another(sender)
        await delivery.turn()
        world.clock.move(timedelta(seconds=100))
        await delivery.turn()
        assert [lane for _, _, lane in sender.sent[1:]] == [Lane.CHANGE]


async def test_the_next_reminder_is_known_in_advance(world: World) -> None:
    assert await world.delivery.next_reminder() is None
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert await world.delivery.next_reminder() == datetime(2026, 3, 9, 10, tzinfo=UTC)
    world.clock.move_to(datetime(2026, 3, 9, 10, tzinfo=UTC))
    assert await world.delivery.next_reminder() == datetime(2026, 3, 10, 9, tzinfo=UTC)
