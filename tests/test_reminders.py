"""When a reminder is due, also across daylight saving, and which reminders are planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from blogbot.delivery.reminders import due, plan
from blogbot.model import Event, EventStatus, Occurrence, Offset

LONDON = ZoneInfo("Europe/London")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


NOW = datetime(2026, 3, 9, 9, tzinfo=UTC)


def occurrence(local: datetime, zone: ZoneInfo = LONDON, uid: str = "talk", known: datetime = LONG_AGO) -> Occurrence:
    event = Event(
        id=1,
        uid=uid,
        title="Talk",
        summary="",
        html="",
        starts=local,
        ends=local + timedelta(hours=1),
        timezone=zone.key,
    )
    starts = local.replace(tzinfo=zone).astimezone(UTC)
    return Occurrence(
        id=7, event=event, key="", starts=starts, ends=starts + timedelta(hours=1), title="Talk", location="",
        status=EventStatus.CONFIRMED, known=known,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("local", "offset", "expected"),
    [
        (datetime(2026, 3, 10, 10), Offset(days=1), datetime(2026, 3, 9, 10, tzinfo=UTC)),
        (datetime(2026, 3, 10, 10), Offset(minutes=60), datetime(2026, 3, 10, 9, tzinfo=UTC)),
        # Clocks go forward on 29 March 2026 at 01:00 UTC: the day before at ten is 10:00 UTC, not 09:00.
        (datetime(2026, 3, 29, 10), Offset(days=1), datetime(2026, 3, 28, 10, tzinfo=UTC)),
        (datetime(2026, 3, 29, 10), Offset(minutes=24 * 60), datetime(2026, 3, 28, 9, tzinfo=UTC)),
        # Clocks go back on 25 October 2026 at 01:00 UTC.
        (datetime(2026, 10, 25, 10), Offset(days=1), datetime(2026, 10, 24, 9, tzinfo=UTC)),
        (datetime(2026, 10, 25, 10), Offset(minutes=24 * 60), datetime(2026, 10, 24, 10, tzinfo=UTC)),
        # 01:30 on the day after the gap has no 01:30 the day before: the instant right after the gap's length is taken.
        (datetime(2026, 3, 30, 1, 30), Offset(days=1), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 10, 10), Offset(days=2, minutes=90), datetime(2026, 3, 8, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_day_is_of_the_calendar_and_an_hour_is_absolute(local: datetime, offset: Offset, expected: datetime) -> None:
    assert due(occurrence(local), offset) == expected


def test_plans_what_any_chat_wishes_and_no_more() -> None:
    talk = occurrence(datetime(2026, 3, 10, 10), uid="talk")
    other = occurrence(datetime(2026, 3, 10, 12), uid="other")
    wishes = [(Offset(minutes=60), "", 1), (Offset(days=1), "talk", 1)]
    planned = {
        (r.occurrence.event.uid, str(r.offset))
        for r in plan([talk, other], wishes, datetime(2026, 4, 1, tzinfo=UTC), NOW)
    }
    assert planned == {("talk", "1h"), ("other", "1h"), ("talk", "1d")}


def test_plans_only_what_is_due_in_time() -> None:
    talk = occurrence(datetime(2026, 3, 10, 10))
    wishes = [(Offset(days=1), "", 1), (Offset(minutes=60), "", 1)]
    assert [str(r.offset) for r in plan([talk], wishes, datetime(2026, 3, 9, 10, tzinfo=UTC), NOW)] == ["1d"]
    assert list(plan([talk], wishes, datetime(2026, 3, 9, 9, 59, tzinfo=UTC), NOW)) == []


def test_a_date_learnt_of_late_is_reminded_of_at_once() -> None:
    known = datetime(2026, 3, 9, 20, tzinfo=UTC)
    talk = occurrence(datetime(2026, 3, 10, 10), known=known)
    (reminder,) = plan([talk], [(Offset(days=1), "", 1)], datetime(2026, 3, 10, tzinfo=UTC), known)
    assert reminder.due == known


def test_a_date_that_is_known_only_later_waits_for_no_clock() -> None:
    talk = occurrence(datetime(2026, 3, 10, 10), known=datetime(2026, 3, 10, 12, tzinfo=UTC))
    (reminder,) = plan([talk], [(Offset(days=1), "", 1)], datetime(2026, 3, 10, tzinfo=UTC), NOW)
    assert reminder.due == datetime(2026, 3, 9, 10, tzinfo=UTC)


def test_a_date_learnt_of_after_it_began_is_not_reminded_of() -> None:
    talk = occurrence(datetime(2026, 3, 10, 10), known=datetime(2026, 3, 10, 10, tzinfo=UTC))
    assert (
        list(
            plan(
                [talk], [(Offset(days=1), "", 1)], datetime(2026, 3, 11, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
            )
        )
        == []
    )


def test_a_moved_date_has_reminders_of_its_own() -> None:
    talk = occurrence(datetime(2026, 3, 10, 10))
    moved = replace(talk, starts=talk.starts + timedelta(days=1), known=datetime(2026, 3, 1, tzinfo=UTC))
    until = datetime(2026, 4, 1, tzinfo=UTC)
    (before,), (after,) = (list(plan([each], [(Offset(days=1), "", 1)], until, NOW)) for each in (talk, moved))
    assert before.key != after.key


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (Offset(days=1), "1d"),
        (Offset(minutes=60), "1h"),
        (Offset(minutes=15), "15m"),
        (Offset(1, 12 * 60 + 5), "1d12h5m"),
    ],
)
def test_an_offset_is_written_as_people_write_it(offset: Offset, text: str) -> None:
    assert str(offset) == text
