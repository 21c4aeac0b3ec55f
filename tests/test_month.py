"""A month as weeks of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from blogbot.model import Event, EventStatus, Occurrence
from blogbot.web import month

NOVEMBER = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
BEGIN, END = month.window(NOVEMBER)
INSTANT = timedelta(microseconds=1)


def occurrence(starts: datetime, hours: float, zone: str = "UTC") -> Occurrence:
    event = Event(1, "e", "E", "", "", starts.replace(tzinfo=None), starts.replace(tzinfo=None), zone)
    ends = starts + timedelta(hours=hours)
    return Occurrence(int(starts.timestamp()), event, "", starts, ends, "E", "", EventStatus.CONFIRMED, NOW)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2026-11", NOVEMBER), ("2026-13", None), ("2026-00", None), ("0001-01", None), ("9999-12", None),
        ("", None), ("2026-11-01", None), ("２０２６-11", None), ("x", None),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_a_month_or_nothing(text: str, first: date | None) -> None:
    assert month.asked(text) == first


@pytest.mark.parametrize(
    ("months", "first"),
    [(1, date(2026, 12, 1)), (2, date(2027, 1, 1)), (-1, date(2026, 10, 1)), (-11, date(2025, 12, 1))],
)
def test_months_follow_each_other_across_years(months: int, first: date) -> None:
    assert month.following(NOVEMBER, months) == first


@pytest.mark.parametrize(("first_weekday", "begins"), [(0, date(2026, 10, 26)), (6, NOVEMBER)])
def test_weeks_are_whole_and_begin_as_the_language_has_it(first_weekday: int, begins: date) -> None:
    shown = month.month(NOVEMBER, [], None, first_weekday)
    assert {len(week) for week in shown.weeks} == {7}
    assert shown.weeks[0][0].date == begins
    assert sum(day.within for week in shown.weeks for day in week) == 30


@pytest.mark.parametrize(
    ("starts", "hours", "zone", "days"),
    [
        (datetime(2026, 11, 5, 12, tzinfo=UTC), 1, "UTC", [5]),
        (datetime(2026, 11, 5, 12, tzinfo=UTC), 0, "UTC", [5]),
        (datetime(2026, 11, 5, tzinfo=UTC), 24, "UTC", [5]),
        (datetime(2026, 11, 5, 22, tzinfo=UTC), 4, "UTC", [5, 6]),
        (datetime(2026, 10, 30, 9, tzinfo=UTC), 72, "UTC", [1, 2]),
        (datetime(2026, 11, 29, 9, tzinfo=UTC), 72, "UTC", [29, 30]),
        (datetime(2026, 10, 31, 23, tzinfo=UTC), 1, "Asia/Tokyo", [1]),
        (datetime(2026, 12, 1, 2, tzinfo=UTC), 1, "America/New_York", [30]),
        (datetime(2026, 12, 1, 2, tzinfo=UTC), 1, "UTC", []),
    ],
)
def test_an_event_stands_on_each_day_that_it_lasts_by_its_own_clock(
    starts: datetime, hours: float, zone: str, days: list[int]
) -> None:
    one = occurrence(starts, hours, zone)
    shown = month.month(NOVEMBER, [one], None, 0)
    assert [day.date.day for week in shown.weeks for day in week if day.occurrences] == days
    assert shown.occurrences == ((one,) if days else ())
    after, before = month.window(NOVEMBER)
    if days:
        assert one.starts < before
        assert one.ends > after


@pytest.mark.parametrize(
    ("starts", "hours", "zone", "before", "after"),
    [
        (datetime(2026, 11, 5, 12, tzinfo=UTC), 1, "UTC", False, False),
        (datetime(2026, 11, 1, tzinfo=UTC), 30 * 24, "UTC", False, False),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), 13, "UTC", False, True),
        (datetime(2026, 10, 31, 23, tzinfo=UTC), 2, "UTC", True, False),
        (datetime(2026, 10, 31, 12, tzinfo=UTC), 1, "UTC", True, False),
        (datetime(2026, 10, 31, 23, tzinfo=UTC), 1, "Asia/Tokyo", False, False),
        (datetime(2026, 11, 30, 23, tzinfo=UTC), 1, "Asia/Tokyo", False, True),
        (datetime(2026, 11, 1, 2, tzinfo=UTC), 1, "America/New_York", True, False),
        (datetime(2026, 12, 1, tzinfo=UTC), 0, "UTC", False, True),
        (datetime(2026, 10, 31, tzinfo=UTC), 0, "UTC", True, False),
        (datetime(2026, 10, 30, 9, tzinfo=UTC), 40 * 24, "UTC", True, True),
    ],
)
def test_an_event_near_a_month_says_whether_it_has_a_day_before_or_after_it(
    starts: datetime, hours: float, zone: str, before: bool, after: bool
) -> None:
    shown = month.month(NOVEMBER, [occurrence(starts, hours, zone)], None, 0)
    assert (shown.before, shown.after) == (before, after)


@pytest.mark.parametrize(
    ("span", "before", "after"),
    [
        (None, False, False),
        ((BEGIN, END - INSTANT), False, False),
        ((BEGIN - INSTANT, END - INSTANT), True, False),
        # What begins at the end of the window and lasts no time is not among what is near.
        ((BEGIN, END), False, True),
        ((BEGIN - INSTANT, END + INSTANT), True, True),
        ((END, END), False, True),
    ],
)
def test_what_is_not_near_a_month_is_before_or_after_it(span: month.Span | None, before: bool, after: bool) -> None:
    shown = month.month(NOVEMBER, [], span, 0)
    assert (shown.before, shown.after) == (before, after)


def test_what_is_near_a_month_takes_nothing_away_from_what_is_not() -> None:
    inside = occurrence(datetime(2026, 11, 5, 12, tzinfo=UTC), 1)
    shown = month.month(NOVEMBER, [inside], (BEGIN - INSTANT, END + INSTANT), 0)
    assert (shown.before, shown.after) == (True, True)
