"""What people mean by the words after a command: offsets, wishes, cities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot.bot.follows import Wish, wish
from blogbot.bot.reminders import offsets
from blogbot.bot.settings import zone_named, zones_near
from blogbot.model import FollowKind, Offset


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("1d", [Offset(days=1)]),
        ("1D 2H", [Offset(days=1), Offset(minutes=120)]),
        ("15m 1d 2h", [Offset(days=1), Offset(minutes=120), Offset(minutes=15)]),
        ("1d, 1d", [Offset(days=1)]),
        ("1d12h", [Offset(days=1, minutes=720)]),
        ("2 days", [Offset(days=2)]),
        ("2 days, 90 min", [Offset(days=2), Offset(minutes=90)]),
        ("1 day and 1 hour", [Offset(days=1), Offset(minutes=60)]),
        ("a day before", [Offset(days=1)]),
    ],
)
def test_offsets_are_read_as_people_mean_them(words: str, meant: list[Offset]) -> None:
    assert offsets(words) == meant


@pytest.mark.parametrize("words", ["x", "-1d", "0m", "31d", "1d, x", "1d 1x", ",", "12"])
def test_what_is_no_offset_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"reminder|length of time"):
        offsets(words)


@given(st.text(max_size=200))
def test_reading_offsets_never_fails_otherwise(words: str) -> None:
    try:
        assert offsets(words)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - both outcomes are fine


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("everything", Wish(FollowKind.EVERYTHING)),
        ("  All ", Wish(FollowKind.EVERYTHING)),
        ("EVENTS", Wish(FollowKind.EVENTS)),
        ("tag events", Wish(FollowKind.TAG, "events")),
        ("by Jane  Doe", Wish(FollowKind.AUTHOR, "Jane Doe")),
        ("author", Wish(FollowKind.TAG, "author")),
        ("Youth work", Wish(FollowKind.TAG, "Youth work")),
    ],
)
def test_wishes_are_read_as_people_mean_them(words: str, meant: Wish) -> None:
    assert wish(words) == meant


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/London", "Europe/London"),
        ("london", "Europe/London"),
        ("new york", "America/New_York"),
        ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("Tokio", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)
def test_a_city_names_its_zone(name: str, zone: str | None) -> None:
    assert zone_named(name) == zone


@pytest.mark.parametrize(
    ("name", "zone"),
    [("Tokio", "Asia/Tokyo"), ("Berlín", "Europe/Berlin"), ("argentina", "America/Argentina/Buenos_Aires")],
)
def test_a_city_spelt_otherwise_is_near(name: str, zone: str) -> None:
    assert zone in zones_near(name)
