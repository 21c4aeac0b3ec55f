"""ical: two other libraries read from our calendars what we meant, and VTIMEZONEs say what the zones do."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from dateutil.tz import tzical  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from blogbot import ical, text
from blogbot.model import Event, EventStatus, Offset, Override, Tag
from tests.test_ical import FAIR, TALK, WEEKLY, local

AFTER, BEFORE = datetime(2025, 6, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
KNOWN = AFTER

Date = tuple[str, datetime, datetime, str, str]
"""UID, start, end, title, status."""


def ours(event: Event) -> list[Date]:
    found = ical.occurrences(event, AFTER, BEFORE, KNOWN)
    uid = text.clean(event.uid)
    return sorted((uid, each.starts, each.ends, text.clean(each.title), each.status.value) for each in found)


def by_recurring_ical_events(data: bytes, zone: str) -> list[Date]:
    calendar = icalendar.Calendar.from_ical(data)
    assert not [component for component in calendar.walk() if component.errors]
    found = recurring_ical_events.of(calendar).between(AFTER, BEFORE)
    return sorted(
        (
            str(each["UID"]),
            instant(each.start, zone),
            instant(each.end, zone),
            str(each["SUMMARY"]),
            each["STATUS"].lower(),
        )
        for each in found
    )


def by_ical(data: bytes, zone: str) -> list[Date]:
    calendar = IcsCalendarStream.calendar_from_ics(data.decode())
    found = list(calendar.timeline_tz(UTC).overlapping(AFTER, BEFORE))
    return sorted(
        (each.uid, instant(each.start, zone), instant(each.end, zone), each.summary or "", (each.status or "").lower())
        for each in found
    )


READERS: tuple[Callable[[bytes, str], list[Date]], ...] = (by_recurring_ical_events, by_ical)


def instant(moment: datetime | date, zone: str) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, datetime.min.time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def read_alike(event: Event) -> None:
    data = ical.calendar([event], name=event.title)
    assert data.endswith(b"END:VCALENDAR\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    for reader in READERS:
        assert reader(data, event.timezone) == ours(event), reader.__name__


MOVED = Override(local(2026, 3, 27, 10), starts=local(2026, 3, 30, 12), ends=local(2026, 3, 30, 14), title="Moved")
OFF = Override(local(2026, 4, 3, 10), status=EventStatus.CANCELLED)

EVENTS = {
    "once": TALK,
    "all day": FAIR,
    "in UTC": replace(TALK, timezone="UTC"),
    "without an end": replace(TALK, ends=TALK.starts),
    "cancelled": replace(TALK, status=EventStatus.CANCELLED),
    "tentative": replace(TALK, status=EventStatus.TENTATIVE),
    "weekly": WEEKLY,
    "weekly, one date moved and one cancelled": replace(WEEKLY, overrides=(MOVED, OFF)),
    "cancelled with all its dates": replace(WEEKLY, status=EventStatus.CANCELLED, overrides=(MOVED,)),
    "weekly, one date left out": replace(WEEKLY, recurrence=(*WEEKLY.recurrence, "EXDATE:20260327T100000")),
    "weekly, left out though it differs": replace(
        WEEKLY, recurrence=(*WEEKLY.recurrence, "EXDATE:20260327T100000"), overrides=(MOVED,)
    ),
    "weekly, with an override of no date": replace(WEEKLY, overrides=(Override(local(2026, 6, 1, 10), title="None"),)),
    "on other days too": replace(TALK, recurrence=("RDATE:20260325T180000,20260326T180000",)),
    "on another day than its rule says": replace(TALK, recurrence=("RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4",)),
    "not on its first day": replace(WEEKLY, recurrence=(*WEEKLY.recurrence, "EXDATE:20260320T100000")),
    "daily until": replace(TALK, recurrence=("RRULE:FREQ=DAILY;UNTIL=20260405T100000",)),
    "all day, yearly": replace(FAIR, recurrence=("RRULE:FREQ=YEARLY;COUNT=2", "EXDATE;VALUE=DATE:20270328")),
    "all day, until": replace(FAIR, recurrence=("RRULE:FREQ=WEEKLY;UNTIL=20260411",)),
    "since long ago": replace(
        TALK, starts=local(1999, 3, 20, 10), ends=local(1999, 3, 20, 11), recurrence=("RRULE:FREQ=YEARLY",)
    ),
    "in Ramadan in Casablanca": replace(
        TALK,
        timezone="Africa/Casablanca",
        starts=local(2027, 2, 1, 10),
        ends=local(2027, 2, 1, 12),
        recurrence=("RRULE:FREQ=WEEKLY;COUNT=8",),
    ),
    "where summer time ended for good": replace(
        TALK,
        timezone="America/Mexico_City",
        starts=local(2021, 7, 1, 10),
        ends=local(2021, 7, 1, 12),
        recurrence=("RRULE:FREQ=MONTHLY",),
    ),
    "half an hour of summer time": replace(
        WEEKLY, timezone="Australia/Lord_Howe", recurrence=("RRULE:FREQ=MONTHLY;BYDAY=-1SU;COUNT=12",)
    ),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_others_read_the_same_dates(event: Event) -> None:
    read_alike(event)


def test_others_read_the_same_dates_of_many_events_in_one_calendar() -> None:
    events = [replace(event, uid=f"{number}@example.org") for number, event in enumerate(EVENTS.values())]
    data = ical.calendar(events, name="All")
    assert by_recurring_ical_events(data, "Europe/London") == by_ical(data, "Europe/London")
    assert {date[0] for date in by_ical(data, "UTC")} == {event.uid for event in events}


RULES = st.sampled_from(
    ["FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=7", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4", "FREQ=DAILY;INTERVAL=5;UNTIL=20261231T235959", "FREQ=YEARLY"]
)  # fmt: skip
ZONES = st.sampled_from(
    ["Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin", "UTC"]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(RULES, ZONES, st.datetimes(local(2026, 1, 1), local(2026, 11, 30)))
def test_others_read_the_same_dates_by_any_rule(rule: str, zone: str, at: datetime) -> None:
    # Libraries differ on times that do not exist.
    at = at.replace(second=0, microsecond=0, hour=at.hour if at.hour > 3 else 12)
    event = replace(TALK, starts=at, ends=at, timezone=zone, recurrence=(f"RRULE:{rule}",))
    read_alike(event)


WILD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\t\0\x0b\x85\u2028\u2029\ufeff\ud800\\;,:\"'^😀é\u202e\x7f"),
    ),
    max_size=200,
)


@settings(max_examples=60, deadline=None)
@given(WILD, WILD, WILD, WILD, st.integers(0, 30))
def test_others_read_any_words(title: str, place: str, summary: str, tag: str, times: int) -> None:
    wild = replace(
        TALK, title=title * times, location=place, html="", summary=summary, uid=f"u{place}", tags=(Tag("t", tag),)
    )
    data = ical.with_alarms(ical.calendar([wild], name=title), lambda _: [Offset(minutes=30)])
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    [read] = icalendar.Calendar.from_ical(data).events
    [other] = IcsCalendarStream.calendar_from_ics(data.decode()).events
    assert read["SUMMARY"] == text.clean(title * times)
    assert read.get("DESCRIPTION", "") == text.clean(summary)
    assert len(read.alarms.times) == 1
    assert (other.summary, other.uid) == (str(read["SUMMARY"]), str(read["UID"]))
    assert len(other.alarm) == 1


# --- Zones -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "until"),
    [
        ("Europe/London", 2026, 2045),  # later than all that is written out
        ("America/New_York", 2000, 2045),  # the rule changed in 2007
        ("Australia/Lord_Howe", 2026, 2045),
        ("Europe/Dublin", 2026, 2045),  # winter time is the exception
        ("Africa/Casablanca", 2012, 2037),  # back for the weeks of Ramadan
        ("Africa/Cairo", 2005, 2037),
        ("Asia/Gaza", 1980, 2037),
        ("America/Caracas", 2005, 2045),
        ("America/Sao_Paulo", 2015, 2045),  # gave summer time up
        ("Pacific/Apia", 2009, 2045),  # stepped over a day
        ("Europe/Moscow", 2009, 2045),
        ("Asia/Kathmandu", 2026, 2045),
    ],
)
def test_a_zone_is_written_as_it_is(name: str, first: int, until: int) -> None:
    event = replace(TALK, starts=local(first, 1, 1, 10), ends=local(first, 1, 1, 11), timezone=name)
    [written] = icalendar.Calendar.from_ical(ical.calendar([event], name="x")).walk("VTIMEZONE")
    zone, real = tzical(io.StringIO(written.to_ical().decode().replace("\r\n ", ""))).get(), ZoneInfo(name)
    at, wrong = datetime(first, 1, 1, 3), []
    while at.year < until:
        offsets = {at.replace(tzinfo=real, fold=fold).utcoffset() for fold in (0, 1)}
        # Times that come twice, or not at all, are anybody's guess.
        if len(offsets) == 1 and at.replace(tzinfo=zone).utcoffset() not in offsets:
            wrong.append(at)
        at += timedelta(hours=9)
    assert wrong == []


# --- Alarms ----------------------------------------------------------------------------------------------------------

ALARMS: list[tuple[list[Offset], list[str]]] = [
    ([], []),
    ([Offset(days=1)], ["-P1D"]),
    ([Offset(minutes=24 * 60)], ["-PT24H"]),
    ([Offset(minutes=90)], ["-PT1H30M"]),
    ([Offset(minutes=15), Offset(days=1, minutes=720), Offset(minutes=15)], ["-P1DT12H", "-PT15M"]),
    ([Offset()], ["-P0D"]),
]


@pytest.mark.parametrize(("offsets", "wanted"), ALARMS)
def test_alarms_are_put_before_each_date(offsets: list[Offset], wanted: list[str]) -> None:
    plain = ical.calendar([replace(WEEKLY, overrides=(MOVED, OFF)), replace(FAIR, uid="fair")], name="x")
    data = ical.with_alarms(plain, lambda _: offsets)
    triggers = [line.removeprefix("TRIGGER:") for line in data.decode().split("\r\n") if line.startswith("TRIGGER")]
    assert triggers == wanted * 3, "the series, the date that moved, the fair; not the date that is cancelled"
    assert (data == plain) == (not offsets)


def test_each_event_has_its_own_alarms() -> None:
    fair = replace(FAIR, uid="fair,1;2\\n")
    data = ical.with_alarms(
        ical.calendar([WEEKLY, fair], name="x"), lambda uid: [Offset(days=2)] if uid == fair.uid else []
    )
    read: Any = icalendar.Calendar.from_ical(data).events
    assert [len(event.alarms.times) for event in read] == [0, 1]
    assert read[1].subcomponents[0]["DESCRIPTION"] == fair.title
    assert read[1].subcomponents[0]["ACTION"] == "DISPLAY"


def test_a_text_cannot_end_an_event_early() -> None:
    sly = replace(TALK, html="", summary="x" * 62 + "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n" * 9)
    data = ical.with_alarms(ical.calendar([sly], name="x"), lambda _: [Offset(days=1)])
    assert data.count(b"BEGIN:VALARM") == 1
    assert len(icalendar.Calendar.from_ical(data).events) == 1
