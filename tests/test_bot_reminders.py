"""Reminders of one event: what is promised for a series whose next date is near."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blogbot.audience import DEFAULT_OFFSETS
from blogbot.clock import MovableClock
from blogbot.store import Store
from tests.bot_world import keep_event, open_world

MEETING = datetime(2026, 3, 12, 10, 0)
EVERY_WEEK = ("RRULE:FREQ=WEEKLY;COUNT=4",)
PROMISE = "I will remind you 1 day and 1 hour before."


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(days=2), PROMISE),
        (timedelta(days=1, minutes=1), PROMISE),
        (timedelta(days=1), f"{PROMISE} For this date, 1 hour before."),
        (timedelta(hours=2), f"{PROMISE} For this date, 1 hour before."),
        (timedelta(hours=1), f"{PROMISE} For this date it is too late."),
        (timedelta(minutes=-1), f"{PROMISE} For this date it is too late."),
    ],
)
@pytest.mark.parametrize("news", [False, True])
async def test_a_series_says_which_reminders_come_for_its_next_date(
    sqlite_store: Store, clock: MovableClock, before: timedelta, said: str, news: bool
) -> None:
    event = await keep_event(sqlite_store, clock, "Choir", MEETING, MEETING + timedelta(hours=1), recurrence=EVERY_WEEK)
    async with open_world(sqlite_store, clock) as world:
        card = await world.ask("/next")
        clock.move_to(MEETING.replace(tzinfo=UTC) - before)
        answers = await world.tap_data(card, f"1:remindevent:{event.id}:1" + (":news" if news else ""))
        assert (await world.toasts())[-1] == said
        assert [answer["text"].split("\n\n")[0] for answer in answers] == ([f"Choir\n{said}"] if news else [])
        rules = await world.audience.rules(await world.chat())
        assert {rule.offset for rule in rules} == set(DEFAULT_OFFSETS)
