"""What people mean by the words after a command: offsets, wishes, cities."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot import i18n
from blogbot.bot import hours
from blogbot.bot.follows import Wish, wish
from blogbot.bot.hours import Gathering
from blogbot.bot.places import CITIES, MAIN
from blogbot.bot.reminders import offsets
from blogbot.bot.zones import zones_meant
from blogbot.model import Digest, FollowKind, Offset


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
        # Zones that go by two names.
        ("Istanbul", "Europe/Istanbul"),
        ("Asia/Istanbul", "Europe/Istanbul"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("Nicosia", "Asia/Nicosia"),
        ("Indianapolis", "America/Indiana/Indianapolis"),
        ("Kiev", "Europe/Kyiv"),
        ("Calcutta", "Asia/Kolkata"),
        ("US/Pacific", "America/Los_Angeles"),
        # Accents, signs, words around.
        ("Zürich", "Europe/Zurich"),
        ("Berlín", "Europe/Berlin"),
        ("São Paulo", "America/Sao_Paulo"),
        ("İstanbul", "Europe/Istanbul"),
        ("Port au Prince", "America/Port-au-Prince"),
        ("St. John's", "America/St_Johns"),
        ("London time", "Europe/London"),
        # Cities that no zone is called after.
        ("Mumbai", "Asia/Kolkata"),
        ("Munich", "Europe/Berlin"),
        ("münchen", "Europe/Berlin"),
        ("Beijing", "Asia/Shanghai"),
        ("San Francisco", "America/Los_Angeles"),
        ("Washington, DC", "America/New_York"),
        # A city and its country.
        ("Berlin, Germany", "Europe/Berlin"),
        ("Paris, France", "Europe/Paris"),
        ("London, UK", "Europe/London"),
        ("San Jose, CA, USA", "America/Los_Angeles"),
        ("San José, Costa Rica", "America/Costa_Rica"),
        ("Portland, Oregon", "America/Los_Angeles"),
        # Countries with one time.
        ("India", "Asia/Kolkata"),
        ("Germany", "Europe/Berlin"),
        ("Turkey", "Europe/Istanbul"),
        ("argentina", "America/Argentina/Buenos_Aires"),
        ("the Netherlands", "Europe/Amsterdam"),
        ("Tokio", None),
        ("West", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)
def test_a_place_names_its_zone(name: str, zone: str | None) -> None:
    assert zones_meant(name).zone == zone


@pytest.mark.parametrize(
    ("name", "zones"),
    [
        ("Washington", {"America/New_York", "America/Los_Angeles"}),
        ("Cordoba", {"America/Argentina/Cordoba", "Europe/Madrid"}),
        ("Georgia", {"Asia/Tbilisi", "America/New_York"}),
        ("GMT", {"Europe/London", "UTC"}),
        ("IST", {"Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"}),
        ("Spain", {"Europe/Madrid", "Atlantic/Canary"}),
        ("China", {"Asia/Shanghai", "Asia/Urumqi"}),
        ("Korea", {"Asia/Seoul", "Asia/Pyongyang"}),
        ("Eastern", {"America/New_York", "America/Toronto"}),
    ],
)
def test_a_name_that_means_several_zones_is_asked_about(name: str, zones: set[str]) -> None:
    assert zones_meant(name) == (zones_meant(name).zones, True)
    assert set(zones_meant(name).zones) == zones
    assert zones_meant(name).zone is None


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Tokio", "Asia/Tokyo"),
        ("Lundon", "Europe/London"),
        ("Philadelphiaa", "America/New_York"),
        ("Buenos", "America/Argentina/Buenos_Aires"),
        ("London, Ontario", "America/Toronto"),
        ("London, Ontario", "Europe/London"),
        ("New York, NY", "America/New_York"),
        ("Springfield, USA", "America/Chicago"),
    ],
)
def test_a_place_that_is_not_known_is_near_some(name: str, zone: str) -> None:
    assert zone in zones_meant(name).zones
    assert not zones_meant(name).known


def test_places_are_known_in_the_language_of_the_chat() -> None:
    assert zones_meant("Moskau", "de").zone == "Europe/Moscow"
    assert zones_meant("Österreich", "de").zone == "Europe/Vienna"
    assert zones_meant("Austria", "de").zone == "Europe/Vienna"
    assert zones_meant("Österreich", "en").zone is None


def test_every_zone_that_is_offered_is_one() -> None:
    there = available_timezones()
    named = {*CITIES, *(zone for zones in MAIN.values() for zone in zones.split())}
    assert named <= there
    assert {zones_meant(zone).zone for zone in named} == named
    for country in i18n.countries("en").values():
        assert set(zones_meant(country).zones) <= there


@pytest.mark.parametrize("name", ["UTC+2", "GMT -5", "+05:30", "UTC 5:30"])
def test_an_offset_is_near_no_zone_for_it_knows_no_summer(name: str) -> None:
    assert zones_meant(name) == ((), False)


@given(st.text(max_size=200))
def test_reading_zones_never_fails(name: str) -> None:
    assert len(zones_meant(name).zones) <= 10


WEEKDAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]


@pytest.mark.parametrize(
    ("words", "begins", "ends"),
    [
        ("22-7", "22:00", "07:00"),
        ("22:30-06:45", "22:30", "06:45"),
        ("22.30 to 6.45", "22:30", "06:45"),
        ("from 10pm until 7 am", "22:00", "07:00"),
        ("12am – noon", "00:00", "12:00"),
        ("12 p.m. till midnight", "12:00", "00:00"),
        ("23h-7h30", "23:00", "07:30"),
        ("between 22 and 7", "22:00", "07:00"),
        ("22 and 7", "22:00", "07:00"),
        ("22 7", "22:00", "07:00"),
        ("10 pm 7 am", "22:00", "07:00"),
        ("22 6 7", None, None),
        ("0-24", None, None),
        ("13-14", "13:00", "14:00"),
        ("7-7", None, None),
        ("25-7", None, None),
        ("22:60-7", None, None),
        ("13pm-7", None, None),
        ("22", None, None),
        ("22-7-8", None, None),
        ("at night", None, None),
        ("", None, None),
    ],
)
def test_quiet_hours_are_read_as_people_write_them(words: str, begins: str | None, ends: str | None) -> None:
    night = hours.night(words)
    assert (night and [f"{time // 60:02}:{time % 60:02}" for time in night]) == (begins and [begins, ends])


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("daily 8", Gathering(Digest.DAILY, 8)),
        ("Daily at 18:00", Gathering(Digest.DAILY, 18)),
        ("every day at 6 pm", Gathering(Digest.DAILY, 18)),
        ("daily", Gathering(Digest.DAILY)),
        ("weekly monday 9", Gathering(Digest.WEEKLY, 9, 0)),
        ("weekly, on Sundays, at noon", Gathering(Digest.WEEKLY, 12, 6)),
        ("every week", Gathering(Digest.WEEKLY)),
        ("fri 17", Gathering(Digest.WEEKLY, 17, 4)),
        ("weekly Donnerstag 7", Gathering(Digest.WEEKLY, 7, 3)),
        ("midnight daily", Gathering(Digest.DAILY, 0)),
        ("instant", Gathering(Digest.INSTANT)),
        ("off", Gathering(Digest.INSTANT)),
        ("daily 8:30", Gathering(Digest.DAILY, 8, None, 30)),
        ("8", Gathering(Digest.DAILY, 8)),
        ("at 6pm", Gathering(Digest.DAILY, 18)),
        ("friday 8.15", Gathering(Digest.WEEKLY, 8, 4, 15)),
        ("daily monday 8", None),
        ("daily 25", None),
        ("daily 8 9", None),
        ("8 9", None),
        ("weekly .. 9", None),
        ("monthly", None),
        ("", None),
    ],
)
def test_digests_are_read_as_people_write_them(words: str, meant: Gathering | None) -> None:
    assert hours.gathering(words, WEEKDAYS) == meant


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("8h", timedelta(hours=8)),
        ("3 days", timedelta(days=3)),
        ("for a week", timedelta(days=7)),
        ("1d12h", timedelta(hours=36)),
        ("8", timedelta(hours=8)),
        ("half an hour", timedelta(minutes=30)),
        ("For an hour and a half", timedelta(minutes=90)),
        ("0", None),
        ("721", None),
        ("9999", None),
        ("8 9", None),
        ("31d", None),
        ("0m", None),
        ("tomorrow", None),
    ],
)
def test_lengths_are_read_as_people_write_them(words: str, meant: timedelta | None) -> None:
    assert hours.length(words) == meant


def test_an_hour_alone_is_that_of_the_digest_there_is() -> None:
    assert hours.gathering("9", WEEKDAYS, Digest.WEEKLY) == Gathering(Digest.WEEKLY, 9)
    assert hours.gathering("9", WEEKDAYS, Digest.DAILY) == Gathering(Digest.DAILY, 9)


MONDAY = datetime(2026, 3, 2, 9)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("tonight", "03-03 08:00"),
        ("for tonight", "03-03 08:00"),
        ("until tomorrow", "03-03 08:00"),
        ("until tomorrow evening", "03-03 18:00"),
        ("until the morning", "03-03 08:00"),
        ("until 18:00", "03-02 18:00"),
        ("until 8", "03-03 08:00"),
        ("till 9", "03-03 09:00"),
        ("up to noon", "03-02 12:00"),
        ("until wednesday", "03-04 08:00"),
        ("until Wed, 6 pm", "03-04 18:00"),
        ("until Mittwoch um 7", None),
        ("until Mittwoch 7", "03-04 07:00"),
        ("until monday", "03-09 08:00"),
        ("until monday 18:00", "03-02 18:00"),
        ("until monday 8", "03-09 08:00"),
        ("until monday tuesday", None),
        ("until", None),
        ("until christmas", None),
        ("monday", None),
        ("18:00", None),
    ],
)
def test_moments_are_read_as_people_write_them(words: str, moment: str | None) -> None:
    found = hours.until(words, WEEKDAYS, MONDAY)
    assert (found and f"{found:%m-%d %H:%M}") == moment


def test_tonight_after_midnight_is_the_night_that_is() -> None:
    assert hours.until("tonight", WEEKDAYS, MONDAY.replace(hour=2)) == MONDAY.replace(hour=8)


@given(st.text(max_size=200) | st.text("0123456789:-.aphm ", max_size=20))
def test_reading_hours_never_fails(words: str) -> None:
    night = hours.night(words)
    assert night is None or (night[0] != night[1] and all(0 <= time < 24 * 60 for time in night))
    read = hours.gathering(words, WEEKDAYS)
    assert read is None or read.hour is None or 0 <= read.hour < 24
    for said in (words, f"until {words}"):
        moment = hours.until(said, WEEKDAYS, MONDAY)
        assert moment is None or timedelta(0) < moment - MONDAY <= timedelta(days=8)
    length = hours.length(words)
    assert length is None or timedelta(0) < length <= timedelta(days=30)
