"""When a chat wants to be told: digests, quiet hours and mutes, across daylight saving and zones that change their rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blogbot.delivery.terms import ends_at, held_until, next_digest, quiet_ends, wanted
from blogbot.model import Announcement, AnnouncementKind, Chat, ChatKind, Digest, Terms

ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Caracas",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Havana",
)
DAILY_EIGHT = Terms(digest=Digest.DAILY, digest_hour=8)
NIGHT = Terms(quiet_from=22 * 60, quiet_until=7 * 60)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def chat(terms: Terms) -> Chat:
    return Chat(1, 1, ChatKind.PRIVATE, "Ada", terms=terms)


def news(due: datetime, kind: AnnouncementKind = AnnouncementKind.POST) -> Announcement:
    return Announcement(1, "k", kind, due, due + timedelta(days=30))


# --- Digests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "terms", "after", "comes"),
    [
        ("Europe/London", DAILY_EIGHT, "2026-03-02T07:59:59", "2026-03-02T08:00"),
        ("Europe/London", DAILY_EIGHT, "2026-03-02T08:00", "2026-03-02T08:00"),
        ("Europe/London", DAILY_EIGHT, "2026-03-02T08:00:01", "2026-03-03T08:00"),
        # Clocks go forward on 29 March 2026 at 01:00 UTC, and back on 25 October: eight stays eight.
        ("Europe/London", DAILY_EIGHT, "2026-03-28T12:00", "2026-03-29T07:00"),
        ("Europe/London", DAILY_EIGHT, "2026-10-24T12:00", "2026-10-25T08:00"),
        # One o'clock does not exist on 29 March: the first moment after the gap. In October it comes once, the first time.
        ("Europe/London", replace(DAILY_EIGHT, digest_hour=1), "2026-03-28T12:00", "2026-03-29T01:00"),
        ("Europe/London", replace(DAILY_EIGHT, digest_hour=1), "2026-10-24T12:00", "2026-10-25T00:00"),
        ("Europe/London", replace(DAILY_EIGHT, digest_hour=1), "2026-10-25T00:30", "2026-10-26T01:00"),
        # Midnight itself does not exist in Havana on 8 March 2026: the day begins at one.
        ("America/Havana", replace(DAILY_EIGHT, digest_hour=0), "2026-03-07T12:00", "2026-03-08T05:00"),
        # A half hour of daylight saving: on Lord Howe two o'clock becomes half past two.
        ("Australia/Lord_Howe", replace(DAILY_EIGHT, digest_hour=2), "2026-10-03T00:00", "2026-10-03T15:30"),
        # Samoa skipped 30 December 2011: after the digest of the 29th comes that of the 31st.
        ("Pacific/Apia", DAILY_EIGHT, "2011-12-29T19:00", "2011-12-30T18:00"),
        # Venezuela moved its clocks by half an hour on 1 May 2016.
        ("America/Caracas", DAILY_EIGHT, "2016-04-30T13:00", "2016-05-01T12:00"),
        ("America/Caracas", DAILY_EIGHT, "2016-04-29T13:00", "2016-04-30T12:30"),
        ("Asia/Kathmandu", DAILY_EIGHT, "2026-03-02T00:00", "2026-03-02T02:15"),
        # Monday at nine, asked on a Monday.
        ("Europe/London", Terms(Digest.WEEKLY, 9, 0), "2026-03-02T08:59", "2026-03-02T09:00"),
        ("Europe/London", Terms(Digest.WEEKLY, 9, 0), "2026-03-02T09:01", "2026-03-09T09:00"),
        ("Europe/London", Terms(Digest.WEEKLY, 9, 6), "2026-03-23T12:00", "2026-03-29T08:00"),
    ],
)
def test_a_digest_comes_at_its_hour_on_the_chats_own_clock(zone: str, terms: Terms, after: str, comes: str) -> None:
    assert next_digest(terms, zone, utc(after)) == utc(comes)


instants = st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)).map(lambda local: local.replace(tzinfo=UTC))


@given(
    instants,
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.sampled_from([Digest.DAILY, Digest.WEEKLY]),
    st.integers(0, 6),
)
@example(utc("2011-12-29T00:00"), "Pacific/Apia", 8, Digest.DAILY, 0)
def test_digests_come_one_after_the_other_neither_twice_a_day_nor_days_late(
    after: datetime, zone: str, hour: int, rhythm: Digest, day: int
) -> None:
    terms = Terms(digest=rhythm, digest_hour=hour, digest_day=day)
    first = next_digest(terms, zone, after)
    second = next_digest(terms, zone, first + timedelta(microseconds=1))
    assert after <= first < second
    days = 7 if rhythm is Digest.WEEKLY else 1
    assert first - after <= timedelta(days=days, hours=26)
    assert first.astimezone(ZoneInfo(zone)).date() != second.astimezone(ZoneInfo(zone)).date() or zone == "Pacific/Apia"
    local = first.astimezone(ZoneInfo(zone))
    assert local.hour == hour or _is_after_gap(first, zone)
    if rhythm is Digest.WEEKLY and local.hour == hour:
        assert local.weekday() == day


def _is_after_gap(instant: datetime, zone: str) -> bool:
    before = (instant - timedelta(seconds=2)).astimezone(ZoneInfo(zone))
    return before.utcoffset() != instant.astimezone(ZoneInfo(zone)).utcoffset()


# --- Quiet hours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "terms", "now", "ends"),
    [
        ("Europe/London", NIGHT, "2026-03-02T21:59:59", None),
        ("Europe/London", NIGHT, "2026-03-02T22:00", "2026-03-03T07:00"),
        ("Europe/London", NIGHT, "2026-03-03T06:59:59", "2026-03-03T07:00"),
        ("Europe/London", NIGHT, "2026-03-03T07:00", None),
        # The night in which clocks go forward is an hour shorter, and the one in which they go back an hour longer.
        ("Europe/London", NIGHT, "2026-03-28T22:00", "2026-03-29T06:00"),
        ("Europe/London", NIGHT, "2026-10-24T21:00", "2026-10-25T07:00"),
        ("America/New_York", NIGHT, "2026-03-03T03:00", "2026-03-03T12:00"),
        ("Europe/London", Terms(quiet_from=13 * 60, quiet_until=14 * 60 + 30), "2026-03-02T13:30", "2026-03-02T14:30"),
        ("Europe/London", Terms(quiet_from=13 * 60, quiet_until=14 * 60 + 30), "2026-03-02T12:59", None),
        ("Europe/London", Terms(quiet_from=8 * 60, quiet_until=8 * 60), "2026-03-02T08:00", None),
        ("Europe/London", Terms(), "2026-03-02T03:00", None),
        # They end at half past one, which does not exist that night.
        ("Europe/London", Terms(quiet_from=22 * 60, quiet_until=90), "2026-03-28T23:00", "2026-03-29T01:00"),
        # They end at half past one, which comes twice that night: once it has come, they are over until it comes again.
        ("Europe/London", Terms(quiet_from=22 * 60, quiet_until=90), "2026-10-24T23:00", "2026-10-25T00:30"),
        ("Europe/London", Terms(quiet_from=22 * 60, quiet_until=90), "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(zone: str, terms: Terms, now: str, ends: str | None) -> None:
    assert quiet_ends(terms, zone, utc(now)) == (None if ends is None else utc(ends))


minutes = st.integers(0, 24 * 60 - 1)
wishes = st.builds(
    Terms,
    digest=st.sampled_from(list(Digest)),
    digest_hour=st.integers(0, 23),
    digest_day=st.integers(0, 6),
    quiet_from=st.none() | minutes,
    quiet_until=st.none() | minutes,
    muted_until=st.none() | instants,
)


@given(instants, st.sampled_from(ZONES), wishes, st.sampled_from(list(AnnouncementKind)), st.integers(0, 10_000))
def test_what_is_held_is_held_until_a_moment_at_which_nothing_holds_it(
    now: datetime, zone: str, terms: Terms, kind: AnnouncementKind, waited: int
) -> None:
    announcement = news(now - timedelta(minutes=waited), kind)
    until = held_until(chat(terms), announcement, now, zone=zone)
    if until is None:
        return
    assert until > now
    assert held_until(chat(terms), announcement, until, zone=zone) is None
    assert quiet_ends(terms, zone, until) is None
    assert ends_at(terms, zone, until)
    assert held_until(chat(terms), announcement, now, zone=zone, urgent=True) is None


@pytest.mark.parametrize(
    ("terms", "until", "ends"),
    [
        (NIGHT, "2026-03-03T07:00", True),
        (NIGHT, "2026-03-03T08:00", False),  # as it was put off when the zone was an hour behind what it is
        (NIGHT, "2026-03-03T06:00", False),
        (DAILY_EIGHT, "2026-03-03T08:00", True),
        (DAILY_EIGHT, "2026-03-03T09:00", False),
        (replace(DAILY_EIGHT, digest=Digest.WEEKLY, digest_day=1), "2026-03-03T08:00", True),
        (replace(DAILY_EIGHT, digest=Digest.WEEKLY, digest_day=2), "2026-03-03T08:00", False),
        (Terms(muted_until=utc("2026-03-03T02:00")), "2026-03-03T02:00", True),
        (Terms(), "2026-03-03T07:00", False),
    ],
)
def test_whether_a_chats_terms_end_just_then(terms: Terms, until: str, ends: bool) -> None:
    assert ends_at(terms, "Europe/London", utc(until)) is ends


# --- All together ----------------------------------------------------------------------------------------------------

NOON = utc("2026-03-02T12:00")


@pytest.mark.parametrize(
    ("terms", "kind", "until"),
    [
        (Terms(), AnnouncementKind.POST, None),
        (DAILY_EIGHT, AnnouncementKind.POST, "2026-03-03T08:00"),
        (DAILY_EIGHT, AnnouncementKind.EVENT, "2026-03-03T08:00"),
        (DAILY_EIGHT, AnnouncementKind.REMINDER, None),
        (DAILY_EIGHT, AnnouncementKind.MOVED, None),
        (DAILY_EIGHT, AnnouncementKind.CANCELLED, None),
        (Terms(muted_until=utc("2026-03-02T15:00")), AnnouncementKind.REMINDER, "2026-03-02T15:00"),
        (Terms(muted_until=utc("2026-03-02T11:00")), AnnouncementKind.REMINDER, None),
        # A mute that ends in the night, a digest that falls into it.
        (replace(NIGHT, muted_until=utc("2026-03-03T02:00")), AnnouncementKind.MOVED, "2026-03-03T07:00"),
        (replace(NIGHT, digest=Digest.DAILY, digest_hour=5), AnnouncementKind.POST, "2026-03-03T07:00"),
        # An edit makes no sound.
        (replace(DAILY_EIGHT, muted_until=utc("2026-03-05T00:00")), AnnouncementKind.CORRECTED, None),
        (Terms(quiet_from=11 * 60, quiet_until=13 * 60), AnnouncementKind.GONE, None),
    ],
)
def test_each_kind_waits_for_what_holds_it(terms: Terms, kind: AnnouncementKind, until: str | None) -> None:
    held = held_until(chat(terms), news(NOON, kind), NOON, zone="Europe/London")
    assert held == (None if until is None else utc(until))


@pytest.mark.parametrize(
    ("terms", "now", "since"),
    [
        (Terms(), "2026-03-02T12:30", "2026-03-02T12:00"),
        (DAILY_EIGHT, "2026-03-03T08:30", "2026-03-03T08:00"),
        (DAILY_EIGHT, "2026-03-02T12:30", "2026-03-02T12:00"),  # urgent: it did not wait for the digest
    ],
)
def test_how_late_something_is_counts_from_when_it_could_be_told(terms: Terms, now: str, since: str) -> None:
    assert wanted(chat(terms), news(NOON), utc(now), zone="Europe/London") == utc(since)


def test_a_digest_that_is_late_goes_at_once() -> None:
    announcement = news(utc("2026-03-01T12:00"))
    assert held_until(chat(DAILY_EIGHT), announcement, utc("2026-03-02T09:30"), zone="Europe/London") is None
