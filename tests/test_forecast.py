"""How long a mailing takes, and when mailings have to begin so that all end in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot.delivery.forecast import RESERVE, Load, Start, spoken, starts, told

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("count", "rate", "words"),
    [
        (412_000, 30, "412,000 chats, 3 h 49 min at 30/s"),
        (1, 30, "1 chat, 0 s at 30/s"),
        (90, 30, "90 chats, 3 s at 30/s"),
        (5_400, 30, "5,400 chats, 3 min at 30/s"),
        (1_000_000, 12.5, "1,000,000 chats, 22 h 13 min at 12.5/s"),
        (10_000_000, 30, "10,000,000 chats, 3 d 20 h at 30/s"),
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


loads = st.lists(
    st.builds(
        lambda due, lasts, count: Load(NOW + timedelta(minutes=due), NOW + timedelta(minutes=due + lasts), count),
        st.integers(-60, 3_000),
        st.integers(1, 3_000),
        st.integers(0, 100_000),
    ),
    max_size=8,
)


@given(loads, st.sampled_from([1.0, 30.0, 1000.0]))
def test_whoever_begins_as_told_ends_in_time_or_was_said_to_fall_short(given_loads: list[Load], rate: float) -> None:
    """Sends as the ledger does: whatever has begun, the earliest deadline first."""
    planned = starts(given_loads, rate, NOW)
    late = _simulated(given_loads, planned, rate * RESERVE)
    assert all(start.begins <= max(load.due, NOW) for load, start in zip(given_loads, planned, strict=True))
    for load, start in zip(given_loads, planned, strict=True):
        assert 0 <= start.short <= load.count
    if not any(start.short for start in planned):
        assert late < timedelta(seconds=2)


def _simulated(given_loads: list[Load], planned: list[Start], rate: float) -> timedelta:
    """How late the worst of them ends."""
    left = [load.count / rate for load in given_loads]
    begins = [max(start.begins, NOW) for start in planned]
    now, worst = NOW, timedelta(0)
    while any(left):
        ready = [n for n in range(len(left)) if left[n] and begins[n] <= now]
        coming = min((begins[n] for n in range(len(left)) if left[n] and begins[n] > now), default=None)
        if not ready:
            assert coming is not None
            now = coming
            continue
        first = min(ready, key=lambda n: given_loads[n].deadline)
        spent = left[first] if coming is None else min(left[first], (coming - now).total_seconds())
        left[first] = left[first] - spent if left[first] - spent > 1e-4 else 0.0
        now += timedelta(seconds=spent)
        if not left[first]:
            worst = max(worst, now - given_loads[first].deadline)
    return worst
