"""iCalendar files of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from blogbot import ical
from blogbot.errors import SourceError
from blogbot.model import EventItem, EventStatus, Override
from blogbot.sources import calendar
from tests.sources import LONDON, at, events, fixture, items, of
from tests.test_ical import TALK
from tests.test_ical_read_back import READERS


def look(*lines: str, head: str = "") -> EventItem:
    raw = (
        f"BEGIN:VCALENDAR\r\n{head}BEGIN:VEVENT\r\nUID:1\r\n"
        + "\r\n".join(lines)
        + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    [event] = events(calendar.look(of(raw, "x.ics"), LONDON))
    return event


def read(uid: str) -> EventItem:
    entries = calendar.look(fixture("calendar.ics"), LONDON).entries or ()
    [event] = next(entry for entry in entries if entry.where == uid).read()
    assert isinstance(event, EventItem)
    return event


def test_a_recurring_event_with_its_exceptions_in_its_own_local_time() -> None:
    assert read("weekly@plots") == EventItem(
        uid="weekly@plots",
        title="Weekly café, with tea",
        starts=at("2026-03-03 10:00"),
        ends=at("2026-03-03 11:30"),
        timezone="Europe/Berlin",
        summary="Hello there Bring <cups> & cake",
        html="<p>Hello<br>there</p><p>Bring &lt;cups&gt; &amp; cake</p>",
        recurrence=(
            "RRULE:FREQ=WEEKLY;UNTIL=20260602T100000",
            "RDATE:20260305T110000",
            "EXDATE:20260310T100000",
            "EXDATE:20260317T100000",
            "EXDATE:20260324T100000",
        ),
        overrides=(
            Override(at("2026-04-07 10:00"), at("2026-04-08 12:00"), at("2026-04-08 13:00"), "Café on Wednesday"),
            Override(
                at("2026-04-14 10:00"), at("2026-04-14 10:00"), at("2026-04-14 11:30"), status=EventStatus.CANCELLED
            ),
        ),
        location="Hut, by the gate",
        url="https://plots.example/cafe",
        sequence=3,
        tags=("Tea", "People"),
    )


def test_a_day_ends_with_the_day() -> None:
    event = read("day@plots")
    assert (event.starts, event.ends) == (date(2026, 5, 1), date(2026, 5, 2))
    assert event.status is EventStatus.TENTATIVE


def test_a_bad_event_spoils_no_other() -> None:
    look = calendar.look(fixture("calendar.ics"), LONDON)
    assert look.complete
    assert [entry.where for entry in look.entries or ()] == ["weekly@plots", "day@plots", "bad@plots", "mars@plots"]
    with pytest.raises(SourceError, match=r"calendar\.ics, bad@plots: .*no DTSTART"):
        read("bad@plots")
    assert [problem.what for problem in look.problems] == [
        "the time zone 'Mars: Olympus' is not known; its times are read as Europe/London",
        "the event 'Nameless' has no UID; give it one",
    ]
    assert read("mars@plots").timezone == "Europe/London"


@pytest.mark.parametrize(
    ("line", "starts", "zone"),
    [
        ("DTSTART:20260701T090000Z", "2026-07-01 10:00", "Europe/London"),
        ("DTSTART:20260701T090000", "2026-07-01 09:00", "Europe/London"),
        ("DTSTART;TZID=America/New_York:20260701T090000", "2026-07-01 09:00", "America/New_York"),
        ("DTSTART;TZID=W. Europe Standard Time:20260701T090000", "2026-07-01 09:00", "Europe/Berlin"),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Europe/Paris:20260701T090000", "2026-07-01 09:00", "Europe/Paris"),
        ('DTSTART;TZID="Europe/Paris":20260701T090000', "2026-07-01 09:00", "Europe/Paris"),
    ],
)
def test_on_which_clock_an_event_is(line: str, starts: str, zone: str) -> None:
    event = look(line)
    assert (event.starts, event.timezone) == (at(starts), zone)


def test_a_rule_in_utc_stays_in_utc() -> None:
    event = look("DTSTART:20260301T233000Z", "RRULE:FREQ=WEEKLY;BYDAY=SU")
    assert (event.starts, event.timezone) == (at("2026-03-01 23:30"), "UTC")


def test_the_calendar_s_own_zone_goes_first() -> None:
    event = look("DTSTART:20260701T090000Z", head="X-WR-TIMEZONE:Asia/Tokyo\r\n")
    assert (event.starts, event.timezone) == (at("2026-07-01 18:00"), "Asia/Tokyo")


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        (("DTEND:20260328T120000",), "2026-03-28 12:00"),
        (("DTEND;TZID=Europe/Paris:20260328T130000",), "2026-03-28 12:00"),
        (("DURATION:P1D",), "2026-03-29 10:00"),
        (("DURATION:PT24H30M",), "2026-03-29 11:30"),  # the clocks went forward in between
        ((), "2026-03-28 10:00"),
    ],
)
def test_when_an_event_ends(lines: tuple[str, ...], ends: str) -> None:
    assert look("DTSTART;TZID=Europe/London:20260328T100000", *lines).ends == at(ends)


# Clocks go back at 2:00 summer time on 25 October, so that 1:00 to 2:00 comes twice.
FIRST, SECOND = "DTSTART;TZID=Europe/London:20261025T013000", "DTSTART:20261025T013000Z"


@pytest.mark.parametrize(
    ("lines", "starts", "ends"),
    [
        ((FIRST, "DURATION:PT20M"), "00:30", "00:50"),
        ((FIRST, "DURATION:PT45M"), "00:30", "01:15"),
        ((FIRST, "DURATION:PT1H"), "00:30", "01:30"),
        ((FIRST, "DURATION:PT2H"), "00:30", "02:30"),
        ((FIRST, "DTEND;TZID=Europe/London:20261025T011500"), "00:30", "01:15"),
        (("DTSTART:20261025T013000", "DTEND:20261025T011500"), "00:30", "01:15"),
        (("DTSTART:20261025T003000Z", "DTEND:20261025T011500Z"), "00:30", "01:15"),
        (("DTSTART:20261025T003000Z", "DTEND:20261025T014500Z"), "00:30", "01:45"),
        ((SECOND, "DTEND:20261025T014500Z"), "01:30", "01:45"),
        ((SECOND, "DURATION:PT3H"), "01:30", "04:30"),
        ((SECOND,), "01:30", "01:30"),
    ],
)
def test_an_hour_that_comes_twice_leaves_an_event_its_length_and_others_read_it_so(
    lines: tuple[str, ...], starts: str, ends: str
) -> None:
    item = look(*lines)
    event = replace(TALK, starts=item.starts, ends=item.ends, timezone=item.timezone)
    wanted = tuple(datetime.fromisoformat(f"2026-10-25T{time}").replace(tzinfo=UTC) for time in (starts, ends))
    for read_by in READERS:
        [theirs] = read_by(ical.calendar([event], name="x"), event.timezone)
        assert theirs[1:3] == wanted, read_by.__name__
    [ours] = ical.occurrences(event, wanted[0], wanted[1] + timedelta(1), wanted[0])
    assert (ours.starts, ours.ends) == wanted


def test_a_series_that_begins_in_an_hour_that_comes_twice_keeps_its_length_on_its_own_clock() -> None:
    series = look(FIRST, "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
    assert (series.ends, series.timezone) == (at("2026-10-25 02:30"), "Europe/London")


@pytest.mark.parametrize(
    ("lines", "recurrence"),
    [
        (("RRULE:FREQ=DAILY;UNTIL=20260705",), ("RRULE:FREQ=DAILY;UNTIL=20260705T235959",)),
        (("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",), ("RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=-1FR",)),
        (("RDATE;VALUE=PERIOD:20260702T080000Z/PT1H",), ("RDATE:20260702T090000",)),
        (("RDATE;TZID=Europe/Paris;VALUE=PERIOD:20260702T100000/PT1H",), ("RDATE:20260702T090000",)),
        (
            ("EXDATE:20260703T090000", "EXDATE:20260702T090000,20260703T090000"),
            ("EXDATE:20260702T090000", "EXDATE:20260703T090000"),
        ),
    ],
)
def test_rules_are_kept_in_local_time(lines: tuple[str, ...], recurrence: tuple[str, ...]) -> None:
    assert look("DTSTART;TZID=Europe/London:20260701T090000", *lines).recurrence == recurrence


def test_days_recur_as_days() -> None:
    event = look("DTSTART;VALUE=DATE:20260701", "RRULE:FREQ=YEARLY;UNTIL=20300101", "EXDATE;VALUE=DATE:20270701")
    assert event.recurrence == ("RRULE:FREQ=YEARLY;UNTIL=20300101", "EXDATE;VALUE=DATE:20270701")


def test_a_message_that_cancels_is_no_whole_calendar() -> None:
    raw = "BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:1\nDTSTART:20260701T090000\nSEQUENCE:2\nEND:VEVENT\nEND:VCALENDAR"
    look = calendar.look(of(raw), LONDON)
    assert not look.complete
    [event] = events(look)
    assert (event.status, event.sequence) == (EventStatus.CANCELLED, 2)


def test_of_several_versions_the_newest_counts() -> None:
    versions = "".join(
        f"BEGIN:VEVENT\nUID:1\nSEQUENCE:{n}\nSUMMARY:v{n}\nDTSTART:20260701T090000\nEND:VEVENT\n" for n in (1, 3, 2)
    )
    [event] = events(calendar.look(of(f"BEGIN:VCALENDAR\n{versions}END:VCALENDAR"), LONDON))
    assert event.title == "v3"


def test_an_alarm_has_names_of_its_own() -> None:
    event = "DTSTART:20260701T090000\nBEGIN:VALARM\nUID:alarm\nTRIGGER:-PT5M\nACTION:AUDIO\nEND:VALARM\nUID:real"
    raw = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR"
    assert [item.uid for item in events(calendar.look(of(raw), LONDON))] == ["real"]


def test_html_descriptions_are_cleaned() -> None:
    event = look(
        "DTSTART:20260701T090000", "X-ALT-DESC;FMTTYPE=text/html:<p onclick='x'>Hi<script>x</script> <b>you</b></p>"
    )
    assert event.html == "<p>Hi <b>you</b></p>"
    assert look("DTSTART:20260701T090000", "DESCRIPTION:<b>Bold</b> as typed<br>here").html.startswith("<b>Bold</b>")


def test_a_change_changes_the_fingerprint_of_its_event_alone() -> None:
    def prints(raw: bytes) -> dict[str, str]:
        return {e.where: e.fingerprint for e in calendar.look(of(raw, "calendar.ics"), LONDON).entries or ()}

    raw = fixture("calendar.ics").data
    before, after = prints(raw), prints(raw.replace(b"Open day", b"Closed day"))
    assert {uid for uid in before if before[uid] != after[uid]} == {"day@plots"}
    assert before == prints(raw)


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20260231T090000",),
        ("DTSTART:00010101T090000",),
        ("DTSTART:20260701T090000", "DTEND:20260701T080000"),
        ("SUMMARY:No start",),
        ("DTSTART:20260701T090000", "RRULE:FREQ=SOMETIMES"),
        ("DTSTART:20260701T090000", "RECURRENCE-ID:never"),
        ("DTSTART:20260701T090000", "DURATION:long"),
    ],
)
def test_an_event_that_cannot_be_is_named(lines: tuple[str, ...]) -> None:
    with pytest.raises(SourceError) as refused:
        look(*lines)
    assert refused.value.where == "x.ics, 1"


def test_what_is_no_calendar_is_refused() -> None:
    with pytest.raises(SourceError, match="is not a calendar"):
        calendar.look(of("Dear all,"), LONDON)


def test_a_torn_calendar_gives_what_it_has() -> None:
    raw = fixture("calendar.ics").data
    look = calendar.look(of(raw[: raw.index(b"SUMMARY:Open day")]), LONDON)
    assert len(items(look)) == 1
    assert "ends in the middle of VEVENT" in look.problems[-1].what
    assert not look.complete


@pytest.mark.parametrize(
    ("lines", "recurrence"),
    [
        # No end, as many programs say it.
        (("RRULE:FREQ=WEEKLY;UNTIL=99991231",), ("RRULE:FREQ=WEEKLY",)),
        (("RRULE:FREQ=WEEKLY;UNTIL=99991231T235959",), ("RRULE:FREQ=WEEKLY",)),
        (("RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z",), ("RRULE:FREQ=WEEKLY",)),
        (("RRULE:FREQ=WEEKLY;UNTIL=00010101T000000Z",), ("RRULE:FREQ=WEEKLY;UNTIL=18991231T190000",)),
        (("RDATE:20260310T100000,99991231T235959", "EXDATE:00010101T000000"), ("RDATE:20260310T100000",)),
    ],
)
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_what_lies_beyond_all_calendars_is_no_date(
    zone: str, lines: tuple[str, ...], recurrence: tuple[str, ...]
) -> None:
    found = look(f"DTSTART;TZID={zone}:20260303T100000", *lines).recurrence
    assert len(found) == 1
    assert found[0].partition("UNTIL")[0] == recurrence[0].partition("UNTIL")[0]
    assert "9999" not in found[0]


def test_an_event_without_end_by_its_duration_is_named() -> None:
    with pytest.raises(SourceError, match="year 99"):
        look("DTSTART:20260303T100000Z", "DURATION:P2900000D")
