"""Dates as sites write them."""

from __future__ import annotations

import locale
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot.sources import dates

LONDON = ZoneInfo("Europe/London")


def at(*parts: int, hours: float | None = None) -> datetime:
    zone = None if hours is None else timezone(timedelta(hours=hours))
    return datetime(*parts, tzinfo=zone)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Tue, 09 Jul 24 10:00", at(2024, 7, 9, 10, 0)),
        ("Tuesday 9 July 2024, 10:00", at(2024, 7, 9, 10, 0)),
        ("Tues 9th Sept 2024 at 9.30am", at(2024, 9, 9, 9, 30)),
        ("July 9th, 2024 12 am", at(2024, 7, 9, 0, 0)),
        ("9 July 2024 - 12pm", at(2024, 7, 9, 12, 0)),
        ("9-Jul-2024", date(2024, 7, 9)),
        ("2016-01-04", date(2016, 1, 4)),
        ("2024-12-5", date(2024, 12, 5)),
        ("2017-01-01 10:00:00 -5", at(2017, 1, 1, 10, 0, hours=-5)),
        ("2019-03-13 9:00:00 -0500", at(2019, 3, 13, 9, 0, hours=-5)),
        ("2014-03-12T10:11:00-04:00", at(2014, 3, 12, 10, 11, hours=-4)),
        ("2014-03-12T10:11:00.123Z", at(2014, 3, 12, 10, 11, hours=0)),
        ("2014-03-12 10:11 +05:30", at(2014, 3, 12, 10, 11, hours=5.5)),
        ("Tue, 03 Mar 2026 10:00:00 GMT", at(2026, 3, 3, 10, 0, hours=0)),
        ("Tue, 03 Mar 2026 10:00:00 EST", at(2026, 3, 3, 10, 0, hours=-5)),
        ("1 Jan 69", date(1969, 1, 1)),
        ("1 Jan 68", date(2068, 1, 1)),
        ("29 February 2024", date(2024, 2, 29)),
    ],
)
def test_a_known_form_is_read(written: str, meant: datetime | date) -> None:
    read = dates.parse(written)
    assert read == meant
    assert type(read) is type(meant)
    assert getattr(read, "tzinfo", None) == getattr(meant, "tzinfo", None)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2024-02-31", "does not exist"),
        ("29 Feb 2023", "does not exist"),
        ("2024-03-12 25:00", "does not exist"),
        ("12 March 2024 13pm", "does not exist"),
        ("0001-01-01", "out of range"),
        ("2024-03-12 10:00 XYZ", "time zone"),
        ("2024-03-12 10:00 +99:00", "offset that does not exist"),
        ("2024-03-12 10", "hour without minutes"),
        ("12 Marvelous 2024", "no month"),
        ("03/04/2024", "is not a date"),
        ("soon", "is not a date"),
        ("", "is not a date"),
        ("9" * 5000, "is not a date"),
    ],
)
def test_what_is_no_date_is_refused_with_advice(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        dates.parse(written)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("written", "starts", "ends"),
    [
        ("12 March 2026, 10:00 - 12:30", at(2026, 3, 12, 10, 0), at(2026, 3, 12, 12, 30)),
        ("2026-03-12 22:00 to 01:00", at(2026, 3, 12, 22, 0), at(2026, 3, 13, 1, 0)),
        ("12 Mar 26 10:00–11:00 GMT", at(2026, 3, 12, 10, 0, hours=0), at(2026, 3, 12, 11, 0, hours=0)),
    ],
)
def test_an_end_may_follow(written: str, starts: datetime, ends: datetime) -> None:
    assert dates.span(written) == (starts, ends)


def test_the_locale_changes_nothing() -> None:
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "C.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            assert dates.parse("Tue, 09 Jul 24 10:00") == at(2024, 7, 9, 10, 0)
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_naive_times_belong_to_the_zone_and_others_keep_their_instant() -> None:
    assert dates.instant(at(2024, 7, 9, 10, 0), LONDON) == datetime(2024, 7, 9, 9, 0, tzinfo=UTC)
    assert dates.instant(date(2024, 7, 9), LONDON) == datetime(2024, 7, 8, 23, 0, tzinfo=UTC)
    assert dates.instant(at(2024, 7, 9, 10, 0, hours=-5), LONDON) == datetime(2024, 7, 9, 15, 0, tzinfo=UTC)
    assert dates.local(at(2024, 7, 9, 10, 0, hours=-5), LONDON) == at(2024, 7, 9, 16, 0)
    assert dates.local(at(2024, 7, 9, 10, 0), LONDON) == at(2024, 7, 9, 10, 0)
    assert dates.local(date(2024, 7, 9), LONDON) == date(2024, 7, 9)


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{2,4} \d\d:\d\d( [-+]\d{1,4})?", fullmatch=True)
)
def test_any_text_is_a_date_or_a_value_error(written: str) -> None:
    try:
        starts, _ = dates.span(written)
    except ValueError:
        return
    assert 1900 <= starts.year <= 2200
    assert dates.instant(starts, LONDON).tzinfo is UTC


@given(st.datetimes(min_value=at(1970, 1, 1), max_value=at(2068, 12, 31)))
def test_the_short_form_reads_back(moment: datetime) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    written = (
        f"Mon, {moment.day:02} {months[moment.month - 1]} {moment.year % 100:02} {moment.hour:02}:{moment.minute:02}"
    )
    assert dates.parse(written) == moment.replace(second=0, microsecond=0)
