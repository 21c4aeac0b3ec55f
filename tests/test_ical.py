"""ical: dates worked out on the event's own clock, and calendars that others can read."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime

import icalendar
import pytest

from blogbot import ical
from blogbot.model import Event, EventStatus, Override, Tag

KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
AFTER = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = datetime(2027, 1, 1, tzinfo=UTC)


def local(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]


TALK = Event(
    id=7,
    uid="talk@example.org",
    title="A talk; with, marks",
    summary="Short",
    html="<p>First</p><p>Second</p>",
    starts=local(2026, 3, 20, 10),
    ends=local(2026, 3, 20, 11, 30),
    timezone="Europe/London",
    location="The hall",
    url="https://example.org/talk",
    sequence=2,
    tags=(Tag("open", "Open"), Tag("data", "Data")),
    updated=datetime(2026, 2, 1, 12, 30, 15, 999, tzinfo=UTC),
)
WEEKLY = replace(TALK, recurrence=("RRULE:FREQ=WEEKLY;COUNT=4",))
FAIR = replace(TALK, starts=date(2026, 3, 28), ends=date(2026, 3, 30))


def starts(event: Event, after: datetime = AFTER, before: datetime = BEFORE) -> list[str]:
    return [f"{each.starts:%m-%d %H:%M}" for each in ical.occurrences(event, after, before, KNOWN)]


# --- Dates -----------------------------------------------------------------------------------------------------------


def test_an_event_that_happens_once() -> None:
    [only] = ical.occurrences(TALK, AFTER, BEFORE, KNOWN)
    assert (only.id, only.key, only.known, only.event) == (0, "", KNOWN, TALK)
    assert only.starts == datetime(2026, 3, 20, 10, tzinfo=UTC)
    assert only.ends == datetime(2026, 3, 20, 11, 30, tzinfo=UTC)
    assert (only.title, only.location, only.status) == (TALK.title, "The hall", EventStatus.CONFIRMED)


def test_a_weekly_event_keeps_its_wall_time_when_the_clocks_change() -> None:
    assert starts(WEEKLY) == ["03-20 10:00", "03-27 10:00", "04-03 09:00", "04-10 09:00"]
    keys = [each.key for each in ical.occurrences(WEEKLY, AFTER, BEFORE, KNOWN)]
    assert keys[2] == "2026-04-03T10:00:00"


def test_an_all_day_event_lasts_from_midnight_to_midnight_of_its_zone() -> None:
    [fair] = ical.occurrences(FAIR, AFTER, BEFORE, KNOWN)
    assert fair.starts == datetime(2026, 3, 28, tzinfo=UTC)
    assert fair.ends == datetime(2026, 3, 29, 23, tzinfo=UTC), "the clocks went forward on the 29th"
    daily = replace(FAIR, ends=date(2026, 3, 29), recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    assert [each.key for each in ical.occurrences(daily, AFTER, BEFORE, KNOWN)] == [
        "2026-03-28",
        "2026-03-29",
        "2026-03-30",
    ]
    assert starts(daily) == ["03-28 00:00", "03-29 00:00", "03-29 23:00"]


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (local(2026, 3, 29, 1, 30), "03-29 01:30"),  # this time is skipped: read with the offset before
        (local(2026, 10, 25, 1, 30), "10-25 00:30"),  # this time comes twice: the first
    ],
)
def test_times_that_the_clocks_skip_or_repeat(at: datetime, wanted: str) -> None:
    assert starts(replace(TALK, starts=at, ends=at)) == [wanted]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("RRULE:FREQ=WEEKLY;UNTIL=20260327T100000",), ["03-20 10:00", "03-27 10:00"]),
        (("RRULE:FREQ=WEEKLY;UNTIL=20260327T095959",), ["03-20 10:00"]),
        (("RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260327T100000"), ["03-20 10:00", "04-03 09:00"]),
        (("RDATE:20260325T180000,20260326T180000", "EXDATE:20260326T180000"), ["03-20 10:00", "03-25 18:00"]),
        (("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=2",), ["03-20 10:00", "03-27 10:00", "04-24 09:00"]),
        (("RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"), ["03-20 10:00", "03-21 10:00", "03-27 10:00"]),
        (("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",), ["03-20 10:00"]),
    ],
)
def test_rules(lines: tuple[str, ...], wanted: list[str]) -> None:
    assert starts(replace(TALK, recurrence=lines)) == wanted


@pytest.mark.parametrize(
    "line",
    ["RRULE:FREQ=SECONDLY", "RRULE:FREQ=MINUTELY;INTERVAL=2", "RRULE:FREQ=NEVER", "RRULE:FREQ=DAILY;COUNT=many", "RRULE:", "RRULE:FREQ=DAILY;BYDAY=XX", "RRULE:FREQ=DAILY;INTERVAL=0", "RRULE:FREQ=WEEKLY;INTERVAL=-1", "RRULE:FREQ=DAILY;COUNT=-1", "X:Y", "", "RDATE:soon", "EXDATE:;"],
)  # fmt: skip
def test_a_line_that_is_no_rule_counts_for_nothing(line: str) -> None:
    assert starts(replace(TALK, recurrence=(line,))) == ["03-20 10:00"]
    assert ical.calendar([replace(TALK, recurrence=(line,))], name="x")


def test_only_dates_in_the_window_are_given() -> None:
    after, before = datetime(2026, 3, 27, 10, tzinfo=UTC), datetime(2026, 4, 10, 9, tzinfo=UTC)
    assert starts(WEEKLY, after, before) == ["03-27 10:00", "04-03 09:00"]


def test_an_endless_rule_from_long_ago_gives_at_most_a_thousand_dates_in_time() -> None:
    endless = replace(TALK, starts=local(1970, 1, 1, 10), ends=local(1970, 1, 1, 11), recurrence=("RRULE:FREQ=HOURLY",))
    started = time.process_time()
    assert ical.occurrences(endless, AFTER, BEFORE, KNOWN) == []
    daily = replace(endless, recurrence=("RRULE:FREQ=DAILY",))
    found = ical.occurrences(daily, datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC), KNOWN)
    assert len(found) == ical.MOST
    assert found[0].starts == datetime(2000, 1, 1, 10, tzinfo=UTC)
    assert time.process_time() - started < 10


def test_the_widest_window_is_no_trouble() -> None:
    ever = (datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    event = replace(WEEKLY, timezone="Pacific/Kiritimati")
    assert len(ical.occurrences(event, *ever, KNOWN)) == 4


# --- One date that differs -------------------------------------------------------------------------------------------


def test_an_override_moves_renames_and_keeps_the_key() -> None:
    override = Override(local(2026, 3, 27, 10), starts=local(2026, 3, 30, 12), title="Moved", location="Elsewhere")
    found = ical.occurrences(replace(WEEKLY, overrides=(override,)), AFTER, BEFORE, KNOWN)
    moved = found[1]
    assert (moved.key, moved.title, moved.location) == ("2026-03-27T10:00:00", "Moved", "Elsewhere")
    assert moved.starts == datetime(2026, 3, 30, 11, tzinfo=UTC)
    assert moved.ends == datetime(2026, 3, 30, 12, 30, tzinfo=UTC)
    assert len(found) == 4


def test_an_override_cancels_one_date() -> None:
    override = Override(local(2026, 3, 27, 10), status=EventStatus.CANCELLED)
    found = ical.occurrences(replace(WEEKLY, overrides=(override,)), AFTER, BEFORE, KNOWN)
    assert [each.status.value for each in found] == ["confirmed", "cancelled", "confirmed", "confirmed"]


def test_a_cancelled_event_cancels_all_its_dates() -> None:
    override = Override(local(2026, 3, 27, 10), status=EventStatus.CONFIRMED)
    event = replace(WEEKLY, status=EventStatus.CANCELLED, overrides=(override,))
    assert {each.status for each in ical.occurrences(event, AFTER, BEFORE, KNOWN)} == {EventStatus.CANCELLED}


def test_an_override_of_a_date_that_no_rule_gives() -> None:
    held = Override(local(2026, 5, 1, 10), starts=local(2026, 5, 2, 10))
    idle = Override(local(2026, 6, 1, 10), title="Nothing")
    assert starts(replace(WEEKLY, overrides=(held, idle)))[4:] == ["05-02 09:00"]
    excluded = replace(WEEKLY, recurrence=(*WEEKLY.recurrence, "EXDATE:20260501T100000"), overrides=(held,))
    assert len(starts(excluded)) == 4


# --- Calendars -------------------------------------------------------------------------------------------------------


def read(data: bytes) -> icalendar.Calendar:
    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    assert not any(component.errors for component in calendar.walk())
    return calendar


def test_a_calendar_says_all_that_we_know() -> None:
    data = ical.calendar([TALK], name="Events, all")
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    for line in (
        "PRODID:-//blogbot//blogbot//EN", "VERSION:2.0", "METHOD:PUBLISH", r"X-WR-CALNAME:Events\, all", "TZID:Europe/London",
        "UID:talk@example.org", "DTSTAMP:20260201T123015Z", "LAST-MODIFIED:20260201T123015Z", "SEQUENCE:2",
        "STATUS:CONFIRMED", r"SUMMARY:A talk\; with\, marks", "DTSTART;TZID=Europe/London:20260320T100000",
        "DTEND;TZID=Europe/London:20260320T113000", r"DESCRIPTION:First\n\nSecond", "LOCATION:The hall",
        "URL:https://example.org/talk", "CATEGORIES:Open,Data",
    ):  # fmt: skip
        assert line in lines
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_the_same_events_give_the_same_bytes() -> None:
    events = [WEEKLY, FAIR, replace(TALK, updated=None)]
    assert ical.calendar(events, name="x") == ical.calendar(iter(events), name="x")


def test_all_day_and_utc_need_no_zone() -> None:
    data = ical.calendar([FAIR, replace(TALK, timezone="UTC")], name="x").decode()
    assert "VTIMEZONE" not in data
    assert "DTSTART;VALUE=DATE:20260328" in data
    assert "DTSTART:20260320T100000Z" in data


def test_until_is_written_in_utc_beside_a_zone() -> None:
    [master] = ical.components(replace(TALK, recurrence=("RRULE:FREQ=WEEKLY;UNTIL=20260501T100000",)))
    assert b"UNTIL=20260501T090000Z" in master.to_ical()
    [fair] = ical.components(replace(FAIR, recurrence=("RRULE:FREQ=WEEKLY;UNTIL=20260501",)))
    assert b"UNTIL=20260501\r\n" in fair.to_ical()


def test_a_wild_event_cannot_write_lines_of_its_own() -> None:
    wild = replace(
        TALK, uid="a\r\nX-A:1", title="b\nX-A:2\x00\ud800", location="c\r\nX-A:3", url="https://e.org/\r\nX-A:4",
        recurrence=("RRULE:FREQ=DAILY\r\nX-A:5", "EXDATE:20260327T100000\r\nX-A:6"), tags=(Tag("t", "t\r\nX-A:7"),),
    )  # fmt: skip
    data = ical.calendar([wild], name="d\r\nX-A:8")
    assert not [line for line in data.split(b"\r\n") if line.startswith(b"X-A")]
    assert len(read(data).events) == 1


def test_a_calendar_says_how_often_to_look_and_what_it_is() -> None:
    lines = ical.calendar([TALK], name="Events", description="What\nis on").decode().split("\r\n")
    for line in (
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "NAME:Events",
        "DESCRIPTION:What is on",
    ):
        assert line in lines[: lines.index("BEGIN:VEVENT")]


@pytest.mark.parametrize("event", [replace(TALK, ends=TALK.starts), replace(FAIR, ends=FAIR.starts)])
def test_an_end_that_is_not_later_than_the_start_is_not_written(event: Event) -> None:
    assert b"DTEND" not in ical.calendar([event], name="x"), "RFC 5545, 3.8.2.2"


@pytest.mark.parametrize(
    ("recurrence", "override", "written"),
    [
        (WEEKLY.recurrence, Override(local(2026, 3, 27, 10), title="Other"), True),
        (WEEKLY.recurrence, Override(local(2026, 6, 1, 10), title="Of no date"), False),
        (WEEKLY.recurrence, Override(local(2026, 5, 1, 10), starts=local(2026, 5, 2, 10)), True),
        ((*WEEKLY.recurrence, "EXDATE:20260327T100000"), Override(local(2026, 3, 27, 10), title="Left out"), False),
        ((), Override(local(2026, 3, 20, 10), title="Of what happens once"), False),
    ],
)
def test_only_overrides_that_take_place_are_written(
    recurrence: tuple[str, ...], override: Override, written: bool
) -> None:
    event = replace(TALK, recurrence=recurrence, overrides=(override,))
    assert (b"RECURRENCE-ID" in ical.calendar([event], name="x")) == written


# --- Which are over --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "after", "lasts"),
    [
        (TALK, local(2026, 3, 20, 11, 29), True),
        (TALK, local(2026, 3, 20, 11, 30), False),
        (WEEKLY, local(2026, 4, 10, 10), True),
        (WEEKLY, local(2026, 4, 10, 11), False),
        (replace(TALK, recurrence=("RRULE:FREQ=DAILY",)), local(2100, 1, 1), True),
        (replace(WEEKLY, overrides=(Override(local(2026, 3, 27, 10), starts=local(2027, 1, 1, 10)),)), local(2026, 12, 1), True),
        (replace(TALK, status=EventStatus.CANCELLED), local(2026, 3, 20), True),
    ],
)  # fmt: skip
def test_whether_an_event_has_a_date_that_is_not_over(event: Event, after: datetime, lasts: bool) -> None:
    assert ical.lasts(event, after.replace(tzinfo=UTC)) == lasts
