"""Events from a calendar to what is kept and announced: what moved, what was cancelled, dates of a series."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from blogbot import ical
from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import AnnouncementKind, Event, EventStatus, Occurrence, Override, Site
from blogbot.store import Store
from tests.content import Written, event, post
from tests.intake_runs import NOTHING, announced, counts

TUESDAY_TEN = datetime(2026, 3, 10, 10)


SITE = Site("Test", url="https://blog.example")


@pytest.fixture
async def source(intake: Intake) -> Written:
    """One that was looked at before, when it was empty: from here on, what is new is news."""
    written = Written()
    await intake.run(written)
    return written


async def test_an_untitled_event_is_called_upcoming(intake: Intake, blog: Blog) -> None:
    await intake.run(Written().show(a=event("x", TUESDAY_TEN, title="")))
    following = await blog.next()
    assert following is not None
    assert following.title == "Upcoming event"


@pytest.mark.parametrize(
    ("change", "kind", "detail"),
    [
        (
            {"starts": datetime(2026, 3, 11, 10), "ends": datetime(2026, 3, 11, 11)},
            AnnouncementKind.MOVED,
            {"was": "2026-03-10T10:00:00+00:00", "dates": "1"},
        ),
        ({"location": "Room 2"}, AnnouncementKind.MOVED, {"was_location": "Room 1", "dates": "1"}),
        ({"status": EventStatus.CANCELLED}, AnnouncementKind.CANCELLED, {"dates": "1"}),
        ({"title": "A better title"}, None, {}),
        ({"html": "<p>More</p>"}, None, {}),
    ],
)
async def test_a_change_that_members_planned_for_is_announced(
    intake: Intake,
    source: Written,
    sqlite_store: Store,
    clock: MovableClock,
    change: dict[str, object],
    kind: AnnouncementKind | None,
    detail: dict[str, str],
) -> None:
    talk = event("talk", TUESDAY_TEN, location="Room 1")
    await intake.run(source.show(talk=talk))
    clock.move(timedelta(minutes=5))
    assert counts(await intake.run(source.show(talk=replace(talk, **change)))) == (NOTHING, (0, 1, 0, 0))  # type: ignore[arg-type]
    said = [each for each in await announced(sqlite_store, clock) if not each.kind.edits]
    news = [each for each in said if each.kind is not AnnouncementKind.EVENT]
    assert [(each.kind, each.detail) for each in news] == ([(kind, detail)] if kind else [])


@pytest.mark.parametrize(
    ("change", "sequence"),
    [
        ({"starts": datetime(2026, 3, 11, 10), "ends": datetime(2026, 3, 11, 11)}, 1),
        ({"ends": datetime(2026, 3, 10, 12)}, 1),
        ({"timezone": "Europe/Paris"}, 1),
        ({"location": "Room 2"}, 1),
        ({"status": EventStatus.CANCELLED}, 1),
        ({"recurrence": ("RRULE:FREQ=WEEKLY;COUNT=2",)}, 1),
        ({"overrides": (Override(TUESDAY_TEN, location="Room 2"),)}, 1),
        ({"title": "A better title"}, 0),
        ({"html": "<p>More</p>"}, 0),
        # A source that counts is believed, unless it counts backwards or not at all.
        ({"location": "Room 2", "sequence": 7}, 7),
        ({"title": "A better title", "sequence": 3}, 3),
    ],
)
async def test_calendars_are_told_that_an_event_changed_also_by_a_source_that_does_not_count(
    store: Store, clock: MovableClock, change: dict[str, object], sequence: int
) -> None:
    intake, blog = Intake(store, SITE, clock), Blog(store, clock)
    source, talk = Written(), event("talk", TUESDAY_TEN, location="Room 1")
    said = []
    for given in (talk, replace(talk, **change), replace(talk, **change), talk):  # type: ignore[arg-type]
        await intake.run(source.show(talk=given))
        said.append((await blog.event("talk")).sequence)
    back = sequence + ("title" not in change and "html" not in change)
    assert said == [0, sequence, sequence, back], "it grows with each change, and never falls"


async def test_a_source_that_shows_nothing_at_all_is_taken_for_broken(
    intake: Intake, source: Written, blog: Blog
) -> None:
    await intake.run(source.show(a=event("a", TUESDAY_TEN), b=event("b", TUESDAY_TEN)))
    source.entries.clear()
    report = await intake.run(source)
    assert report.problems
    assert (await blog.upcoming()).total == 2


async def test_an_item_that_cannot_be_saved_is_named_and_keeps_no_other_out(
    intake: Intake, blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ical.occurrences

    def stumble(event: Event, *window: datetime) -> list[Occurrence]:
        if event.uid == "odd":
            raise OverflowError("date value out of range")
        return real(event, *window)

    monkeypatch.setattr(ical, "occurrences", stumble)
    source = Written().show(one=event("one", TUESDAY_TEN), odd=event("odd", TUESDAY_TEN), two=event("two", TUESDAY_TEN))
    report = await intake.run(source)
    assert (report.events.new, report.events.total) == (2, 2)
    [problem] = report.problems
    assert (problem.where, problem.what) == ("odd", "blogbot stumbled over it (OverflowError)")
    assert {each.uid for each in await blog.events()} == {"one", "two"}
    monkeypatch.undo()
    assert (await intake.run(source)).events.new == 1, "it is tried again"


async def test_two_sources_that_make_up_the_same_uid_keep_both_events(intake: Intake, blog: Blog) -> None:
    spring = event("fair", TUESDAY_TEN, title="Spring fair", made_up=True)
    autumn = event("fair", datetime(2026, 9, 1, 10), title="Autumn fair", made_up=True)
    for _ in range(2):
        await intake.run(Written("a").show(x=spring))
        await intake.run(Written("b").show(x=autumn))
        assert [each.title for each in (await blog.upcoming()).items] == ["Spring fair", "Autumn fair"]


async def test_an_event_missing_from_a_complete_calendar_is_cancelled_and_a_past_one_kept(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    source.show(talk=event("talk", TUESDAY_TEN), old=event("old", datetime(2026, 2, 1, 10)), a=post("a"))
    await intake.run(source)
    del source.entries["talk"], source.entries["old"]
    clock.move(timedelta(minutes=5))
    assert counts(await intake.run(source)) == ((0, 0, 1, 0), (0, 0, 0, 1))
    said = {each.kind for each in await announced(sqlite_store, clock)}
    assert said == {AnnouncementKind.POST, AnnouncementKind.EVENT, AnnouncementKind.CANCELLED}
    assert await blog.next() is None
    last = await blog.last()
    assert last is not None
    assert (last.event.uid, last.status) == ("old", EventStatus.CONFIRMED)


async def test_an_event_that_vanished_and_came_back_takes_place_again_and_stays_so(
    intake: Intake, source: Written, blog: Blog
) -> None:
    await intake.run(source.show(talk=event("talk", TUESDAY_TEN)))
    del source.entries["talk"]
    await intake.run(source)
    assert await blog.next() is None
    assert counts(await intake.run(source.show(talk=event("talk", TUESDAY_TEN)))) == (NOTHING, (0, 1, 0, 0))
    assert (await blog.upcoming()).total == 1
    source.show(again=event("talk", TUESDAY_TEN))
    assert counts(await intake.run(source)) == (NOTHING, (0, 0, 2, 0))


async def test_one_date_of_a_series_is_moved_and_one_cancelled(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    weekly = event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=4",))
    await intake.run(source.show(weekly=weekly))
    before = (await blog.upcoming()).items
    clock.move(timedelta(minutes=5))
    second, third = datetime(2026, 3, 17, 10), datetime(2026, 3, 24, 10)
    changed = replace(
        weekly,
        overrides=(
            Override(second, starts=datetime(2026, 3, 18, 15), ends=datetime(2026, 3, 18, 16)),
            Override(third, status=EventStatus.CANCELLED),
        ),
    )
    await intake.run(source.show(weekly=changed))
    after = (await blog.upcoming()).items
    assert [each.starts.day for each in after] == [10, 18, 31]
    assert after[1].id == before[1].id, "a moved date is the same date"
    assert after[1].known == clock.now()
    assert after[0].known == before[0].known
    news = [each for each in await announced(sqlite_store, clock) if each.kind is not AnnouncementKind.EVENT]
    assert {(each.kind, each.occurrence_id, each.detail["dates"]) for each in news} == {
        (AnnouncementKind.MOVED, before[1].id, "1"),
        (AnnouncementKind.CANCELLED, before[2].id, "1"),
    }


WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=4",)


async def test_a_series_that_moved_is_moved_and_keeps_its_dates(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(weekly=event("weekly", TUESDAY_TEN, recurrence=WEEKLY)))
    before = (await blog.upcoming()).items
    clock.move(timedelta(minutes=5))
    await intake.run(source.show(weekly=event("weekly", TUESDAY_TEN + timedelta(hours=1), recurrence=WEEKLY)))
    after = (await blog.upcoming()).items
    assert [each.id for each in after] == [each.id for each in before]
    assert [each.starts - old.starts for each, old in zip(after, before, strict=True)] == [timedelta(hours=1)] * 4
    news = [each for each in await announced(sqlite_store, clock) if each.kind is not AnnouncementKind.EVENT]
    assert [(each.kind, each.occurrence_id, each.detail["dates"]) for each in news] == [
        (AnnouncementKind.MOVED, before[0].id, "4")
    ]


async def test_a_single_event_that_becomes_a_series_is_no_news_of_its_first_date(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(talk=event("talk", TUESDAY_TEN)))
    (before,) = (await blog.upcoming()).items
    clock.move(timedelta(minutes=5))
    await intake.run(source.show(talk=event("talk", TUESDAY_TEN, recurrence=WEEKLY)))
    after = (await blog.upcoming()).items
    assert len(after) == 4
    assert (after[0].id, after[0].known) == (before.id, before.known)
    assert {each.kind for each in await announced(sqlite_store, clock)} == {AnnouncementKind.EVENT}


async def test_a_series_that_is_shortened_loses_its_last_dates(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(weekly=event("weekly", TUESDAY_TEN, recurrence=WEEKLY)))
    before = (await blog.upcoming()).items
    clock.move(timedelta(minutes=5))
    await intake.run(source.show(weekly=event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=2",))))
    assert [each.id for each in (await blog.upcoming()).items] == [each.id for each in before[:2]]
    news = [each for each in await announced(sqlite_store, clock) if each.kind is AnnouncementKind.CANCELLED]
    assert [(each.occurrence_id, each.detail["dates"]) for each in news] == [(before[2].id, "2")]
    await intake.extend()
    async with sqlite_store.read() as tx:
        lost = await tx.events.occurrence(before[2].id)
    assert lost is not None, "what is still to be told stays"
    assert lost.status is EventStatus.CANCELLED


async def test_a_cancellation_taken_back_is_said(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    talk = event("talk", TUESDAY_TEN)
    await intake.run(source.show(talk=talk))
    for status in (EventStatus.CANCELLED, EventStatus.CONFIRMED):
        clock.move(timedelta(minutes=5))
        await intake.run(source.show(talk=replace(talk, status=status)))
    news = [each for each in await announced(sqlite_store, clock) if each.kind is AnnouncementKind.MOVED]
    assert [each.detail for each in news] == [{"dates": "1", "again": "1"}]


async def test_a_series_is_extended_as_time_goes_by(
    intake: Intake, source: Written, blog: Blog, clock: MovableClock
) -> None:
    await intake.run(source.show(weekly=event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY",))))
    reach = (await blog.upcoming(1000)).items[-1].starts
    clock.move(timedelta(days=30))
    await intake.extend()
    assert (await blog.upcoming(1000)).items[-1].starts - reach == timedelta(days=35)


async def test_an_all_day_event_lasts_from_midnight_to_midnight_where_it_is(intake: Intake, blog: Blog) -> None:
    await intake.run(Written().show(day=event("day", date(2026, 7, 1))))
    (day,) = (await blog.upcoming()).items
    assert (day.starts, day.ends) == (datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2026, 7, 1, 23, tzinfo=UTC))
