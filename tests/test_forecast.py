"""How long a mailing takes, and when mailings have to begin so that all end in time."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot.delivery.forecast import RESERVE, Load, Start, backlog, length, spoken, starts, told
from blogbot.model import Lane

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PER_HOUR = round(30 * RESERVE * 3600)
"""How many reminders go in an hour at 30/s, with the reserve."""


@pytest.mark.parametrize(
    ("count", "rate", "words"),
    [
        (412_000, 30, "412,000 chats, 3 h 49 min at 30/s"),
        (1, 30, "1 chat, 0 s at 30/s"),
        (90, 30, "90 chats, 3 s at 30/s"),
        (5_400, 30, "5,400 chats, 3 min at 30/s"),
        (1_000_000, 12.5, "1,000,000 chats, 22 h 13 min at 12.5/s"),
        (10_000_000, 30, "10,000,000 chats, 3 d 20 h at 30/s"),
        (2_000_000, 1_000, "2,000,000 chats, 33 min 20 s at 1,000/s"),
        (90, 26.3333333, "90 chats, 3 s at 26.3/s"),
        (2, 1 / 600, "2 chats, 20 min at 0.0017/s"),
        (2, 0, "2 chats, no end at 0/s"),
    ],
)
def test_a_mailings_length_is_said_as_people_say_it(count: int, rate: float, words: str) -> None:
    assert told(count, rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3_600, "1 h"), (86_400, "1 d"), (90_000, "1 d 1 h")],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert spoken(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e-300])
def test_what_never_ends_is_as_long_as_can_be_said(rate: float) -> None:
    assert length(1, rate) == timedelta.max
    assert length(0, rate) == timedelta(0)


PAID = {lane: 600.0 if lane is Lane.CHANGE else 30.0 for lane in Lane}


@pytest.mark.parametrize(
    ("waiting", "seconds"),
    [
        ({}, 0),
        ({Lane.CHANGE: 600}, 1),
        ({Lane.REMINDER: 600}, 20),
        ({Lane.REMINDER: 300, Lane.POST: 300, Lane.CHANGE: 600}, 20),
        ({Lane.REMINDER: 30, Lane.CHANGE: 6_000}, 10.05),
    ],
)
def test_a_backlog_takes_as_long_as_its_lanes_may_take(waiting: dict[Lane, int], seconds: float) -> None:
    assert backlog(waiting, PAID.__getitem__) == seconds


def test_where_nothing_may_be_sent_a_backlog_has_no_end() -> None:
    assert backlog({Lane.POST: 1}, lambda _: 0.0) == math.inf


def test_a_small_mailing_begins_when_it_is_due() -> None:
    load = Load(NOW + HOUR, NOW + 2 * HOUR, 1_000)
    assert starts([load], 30, NOW) == [Start(NOW + HOUR)]


def test_a_large_mailing_begins_early_enough_to_end_in_time() -> None:
    load = Load(NOW + 9 * HOUR, NOW + 10 * HOUR, 30 * 3600 * 4)  # four hours at 30/s, five with the reserve
    assert starts([load], 30, NOW) == [Start(NOW + 5 * HOUR)]


def test_what_cannot_end_in_time_begins_at_once_and_says_how_many_fall_short() -> None:
    (start,) = starts([Load(NOW + HOUR, NOW + 2 * HOUR, 30 * 3600 * 4)], 30, NOW)
    assert start == Start(NOW, int(3 * 3600 * 30 * RESERVE))


def test_two_mailings_that_would_meet_begin_one_before_the_other() -> None:
    loads = [Load(NOW + 9 * HOUR, NOW + 10 * HOUR, 30 * 2880 * 2) for _ in range(2)]  # two hours each with the reserve
    assert sorted(start.begins for start in starts(loads, 30, NOW)) == [NOW + 6 * HOUR, NOW + 8 * HOUR]


def test_a_small_mailing_is_not_hours_early_because_of_a_large_one_after_it() -> None:
    small = Load(NOW + 9 * HOUR, NOW + 9.25 * HOUR, PER_HOUR // 10)
    large = Load(NOW + 9.75 * HOUR, NOW + 10 * HOUR, PER_HOUR * 4)
    begun = starts([small, large], 30, NOW)
    assert [start.begins for start in begun] == [small.due, NOW + 6 * HOUR - 6 * MINUTE]


def test_of_two_reminders_of_one_event_the_farther_begins_first() -> None:
    starts_at = NOW + 10 * HOUR
    hour_before = Load(starts_at - HOUR, starts_at, PER_HOUR * 2)
    minutes_before = Load(starts_at - 15 * MINUTE, starts_at, PER_HOUR * 2)
    for given_loads in ([hour_before, minutes_before], [minutes_before, hour_before]):
        begins = {load: start.begins for load, start in zip(given_loads, starts(given_loads, 30, NOW), strict=True)}
        assert begins[hour_before] == starts_at - 4 * HOUR
        assert begins[hour_before] < begins[minutes_before] < minutes_before.due


def test_what_is_sent_already_takes_no_time_from_others() -> None:
    ended, other = Load(NOW - 2 * HOUR, NOW + HOUR, 0), Load(NOW, NOW + HOUR, PER_HOUR)
    assert starts([ended, other], 30, NOW) == [Start(ended.due), Start(NOW)]


def test_a_mailing_under_way_delays_those_that_come_after_it() -> None:
    """Three hours of it are left; the other needs two, of the four until its event."""
    running = Load(NOW - 2 * HOUR, NOW + 3 * HOUR, PER_HOUR * 3)
    other = Load(NOW + 2 * HOUR, NOW + 4 * HOUR, PER_HOUR * 2)
    assert [start.short for start in starts([running, other], 30, NOW)] == [0, PER_HOUR]


def test_where_not_all_fits_the_later_event_goes_short_for_the_nearer_one() -> None:
    nearer, later = Load(NOW, NOW + 2 * HOUR, PER_HOUR * 2), Load(NOW, NOW + 3 * HOUR, PER_HOUR * 2)
    assert [start.short for start in starts([later, nearer], 30, NOW)] == [PER_HOUR, 0]


def test_what_cannot_be_sent_at_all_falls_short_and_is_not_announced_before_its_time() -> None:
    assert starts([Load(NOW + HOUR, NOW + 2 * HOUR, 7)], 0, NOW) == [Start(NOW + HOUR, 7)]


# --- Held against a ledger that sends one message a minute ------------------------------------------------------------

minutes = st.integers(-60, 240)
loads = st.lists(
    st.builds(
        lambda due, lasts, count: Load(NOW + due * MINUTE, NOW + (max(due, 0) + lasts) * MINUTE, count),
        minutes,
        st.integers(1, 120),
        st.integers(0, 60),
    ),
    max_size=7,
)
A_MINUTE_EACH = 1 / 60 / RESERVE


def minute(instant: datetime) -> int:
    return round((instant - NOW) / MINUTE)


def unsent(given_loads: list[Load], begins: list[int]) -> list[int]:
    """What the ledger leaves unsent: each minute one message, of what has begun that with the earliest deadline."""
    left = [load.count for load in given_loads]
    for now in range(400):
        ready = [
            (load.deadline, number)
            for number, load in enumerate(given_loads)
            if left[number] and begins[number] <= now < minute(load.deadline)
        ]
        if ready:
            left[min(ready)[1]] -= 1
    return left


@given(loads)
def test_whoever_begins_as_told_ends_in_time_and_who_falls_short_was_told(given_loads: list[Load]) -> None:
    planned = starts(given_loads, A_MINUTE_EACH, NOW)
    begins = [minute(start.begins) for start in planned]
    assert [start.short for start in planned] == unsent(given_loads, begins)
    for load, start in zip(given_loads, planned, strict=True):
        assert min(load.due, NOW) <= start.begins <= load.due


@given(loads)
def test_nothing_falls_short_where_beginning_at_once_would_do(given_loads: list[Load]) -> None:
    at_once = [minute(min(load.due, NOW)) for load in given_loads]
    if not any(unsent(given_loads, at_once)):
        assert not any(start.short for start in starts(given_loads, A_MINUTE_EACH, NOW))


@given(loads)
def test_nothing_begins_early_where_all_can_begin_when_they_are_due(given_loads: list[Load]) -> None:
    due = [minute(load.due) for load in given_loads]
    if not any(unsent(given_loads, due)):
        assert all(
            start.begins == load.due
            for load, start in zip(given_loads, starts(given_loads, A_MINUTE_EACH, NOW), strict=True)
        )
