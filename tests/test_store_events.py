"""Events and their dates in the store. Every test runs on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from blogbot.model import EventStatus, Override, Page, Tag
from blogbot.store import Store
from tests.store_samples import DAY, HOUR, NOW, add_dates, add_event, date_of, event_item, tags

CANCELLED = EventStatus.CANCELLED


def local(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 3, day, hour)  # local in the event's zone


async def test_an_event_comes_back_as_it_was_kept(store: Store) -> None:
    fields = {
        "summary": "s", "html": "<p>h</p>", "location": "Hall", "url": "https://example.org/e", "sequence": 3,
        "status": EventStatus.TENTATIVE, "recurrence": ("RRULE:FREQ=WEEKLY", "EXDATE:20260319T100000"),
        "overrides": (
            Override(local(26), starts=local(27, 11), title="Late", status=CANCELLED),
            Override(local(30), ends=local(30, 18), location=""),
        ),
    }  # fmt: skip
    async with store.write() as tx:
        event = await add_event(tx, "one", labels=tags("Zed", "Art"), **fields)
    async with store.read() as tx:
        assert await tx.events.by_id(event.id) == event
        assert await tx.events.by_uid("one") == event
        assert await tx.events.many([event.id, 99]) == {event.id: event}
        assert await tx.events.many([2**63, event.id, -(2**70)]) == {event.id: event}, (
            "nobody has ids that are too large"
        )
        assert await tx.events.all() == await tx.events.unfinished(NOW) == [event]
    assert {name: getattr(event, name) for name in fields} == fields
    assert (event.title, event.tags, event.updated, event.all_day) == ("One", tags("Zed", "Art"), NOW, False)
    assert (event.starts, event.ends, event.timezone) == (local(12), local(12, 11), "Europe/London")


async def test_an_all_day_event_stays_one(store: Store) -> None:
    overrides = (Override(date(2026, 3, 19), starts=date(2026, 3, 20)),)
    async with store.write() as tx:
        event = await add_event(tx, "day", starts=date(2026, 3, 12), ends=date(2026, 3, 13), overrides=overrides)
    assert (event.all_day, event.starts, event.ends) == (True, date(2026, 3, 12), date(2026, 3, 13))
    assert event.overrides == overrides


async def test_a_change_replaces_the_event_and_its_sequence_never_falls(store: Store) -> None:
    async with store.write() as tx:
        old = await add_event(tx, "one", labels=tags("Art"), sequence=5)
        item = event_item("one", title="Two", sequence=2, location="Barn")
        new = await tx.events.update(old.id, item, title="Two", tags=tags("Music"), now=NOW + HOUR)
        assert (new.id, new.title, new.location, new.sequence) == (old.id, "Two", "Barn", 5)
        assert (new.tags, new.updated) == (tags("Music"), NOW + HOUR)
        raised = await tx.events.update(old.id, replace(item, sequence=9), title="Two", tags=(), now=NOW)
        assert (raised.sequence, raised.tags) == (9, ())


async def test_a_gone_event_and_its_dates_are_listed_no_more(store: Store) -> None:
    async with store.write() as tx:
        event = await add_event(tx, "one", recurrence=("RRULE:FREQ=DAILY",))
        (coming,) = await add_dates(tx, event, date_of(event, NOW + DAY))
        await tx.events.remove(event.id, NOW)
        events = tx.events
        assert await events.all() == await events.unfinished(NOW) == []
        assert await events.starting(NOW, NOW + 9 * DAY) == await events.between(NOW, NOW + 9 * DAY) == []
        assert (await events.upcoming(NOW, 9, 0)).total == (await events.past(NOW + 9 * DAY, 9, 0)).total == 0
        assert (await events.agenda(NOW, 9, 0)).items == ()
        assert await events.next_of(event.id, NOW) is None
        assert await events.by_uid("one") == event
        assert await events.occurrence(coming.id) == coming
        back = await events.update(event.id, event_item("one"), title="One", tags=(), now=NOW)
        assert await events.all() == [back]
        assert (await events.upcoming(NOW, 9, 0)).total == 1


async def test_a_date_keeps_its_id_and_is_newly_known_only_when_its_start_moves(store: Store) -> None:
    later = NOW + HOUR
    async with store.write() as tx:
        event = await add_event(tx, "one")
        old = await add_dates(tx, event, *(date_of(event, NOW + n * DAY, key=str(n)) for n in (1, 2, 3)))
        assert {each.known for each in old} == {NOW}
        given = (
            replace(old[0], location="Barn", known=later),
            replace(old[1], starts=old[1].starts + HOUR, ends=old[1].ends + HOUR),
            replace(old[2], status=CANCELLED),
            date_of(event, NOW + 4 * DAY, key="4"),
        )
        new = await add_dates(tx, event, *given, now=later)
    assert [each.id for each in new[:3]] == [each.id for each in old]
    assert [each.known for each in new] == [NOW, later, NOW, later]
    assert [(each.location, each.starts, each.status) for each in new] == [
        (each.location, each.starts, each.status) for each in given
    ]


async def test_dates_outside_the_window_stay_and_those_inside_that_are_not_given_go(store: Store) -> None:
    async with store.write() as tx:
        event = await add_event(tx, "one")
        await add_dates(tx, event, *(date_of(event, NOW + n * DAY, key=str(n)) for n in range(5)))
        kept = date_of(event, NOW + 2 * DAY, key="2")
        left = await add_dates(tx, event, kept, window=(NOW + 1 * DAY, NOW + 4 * DAY))
        assert [each.key for each in left] == ["0", "2", "4"]
        moved_in = date_of(event, NOW + 2 * DAY + HOUR, key="4")
        left = await add_dates(tx, event, kept, moved_in, window=(NOW + 1 * DAY, NOW + 4 * DAY))
        assert [(each.key, each.starts) for each in left][-1] == ("4", NOW + 2 * DAY + HOUR)


async def test_two_events_may_have_dates_of_one_key(store: Store) -> None:
    async with store.write() as tx:
        one, two = await add_event(tx, "one"), await add_event(tx, "two")
        await add_dates(tx, one, date_of(one, NOW + DAY))
        await add_dates(tx, two, date_of(two, NOW + DAY))
        assert (await tx.events.upcoming(NOW, 9, 0)).total == 2


@pytest.fixture
async def calendar(store: Store) -> Store:
    """Dates by key: day before yesterday, yesterday (cancelled), one that is on, tomorrow (cancelled), in two days."""
    async with store.write() as tx:
        event = await add_event(tx, "one", labels=tags("Art"))
        await add_dates(
            tx,
            event,
            date_of(event, NOW - 2 * DAY, key="past"),
            date_of(event, NOW - DAY, key="past-cancelled", status=CANCELLED),
            date_of(event, NOW - HOUR / 2, key="on"),
            date_of(event, NOW + DAY, key="cancelled", status=CANCELLED),
            date_of(event, NOW + 2 * DAY, key="coming"),
        )
        other = await add_event(tx, "other")
        await add_dates(tx, other, date_of(other, NOW + HOUR, key="soon"))
    return store


async def test_dates_come_with_their_events(store: Store) -> None:
    """In pages, which bring both at once, and in whole lists."""
    async with store.write() as tx:
        weekly = await add_event(
            tx, "weekly", labels=tags("Zed", "Art"), overrides=(Override(local(26), title="Late"),)
        )
        once = await add_event(tx, "once", summary="s", status=EventStatus.TENTATIVE)
        await add_dates(tx, weekly, *(date_of(weekly, NOW + n * DAY, key=str(n)) for n in (1, 3)))
        await add_dates(tx, once, date_of(once, NOW + 2 * DAY))
    async with store.read() as tx:
        events = tx.events
        page, listed = await events.upcoming(NOW, 9, 0), await events.between(NOW, NOW + 9 * DAY)
        over, coming = await events.past(NOW + 9 * DAY, 9, 0), await events.coming([weekly, once], NOW, 9)
        assert list(page.items) == listed == [*reversed(over.items)]
        assert page.items[0].event is page.items[2].event
        assert [one.id for one in (await events.agenda(NOW, 9, 0)).items] == [listed[0].id, listed[1].id]
        assert [one.event for one in listed] == [weekly, once, weekly]
        assert coming == {weekly.id: [listed[0], listed[2]], once.id: [listed[1]]}
        assert listed[0].event is listed[2].event


async def test_upcoming_dates_are_those_not_over_soonest_first(calendar: Store) -> None:
    async with calendar.read() as tx:
        page = await tx.events.upcoming(NOW, 9, 0)
        assert [each.key for each in page.items] == ["on", "soon", "coming"]
        assert page.items[0].event.tags == tags("Art")
        part = await tx.events.upcoming(NOW, 1, 1)
        assert ([each.key for each in part.items], part.offset, part.total) == (["soon"], 1, 3)
        ended = await tx.events.upcoming(NOW + HOUR / 2, 9, 0)
        assert [each.key for each in ended.items] == ["soon", "coming"]


async def test_past_dates_are_those_that_took_place_newest_first(calendar: Store) -> None:
    async with calendar.read() as tx:
        assert [each.key for each in (await tx.events.past(NOW, 9, 0)).items] == ["past"]
        page = await tx.events.past(NOW + HOUR / 2, 9, 0)
        assert ([each.key for each in page.items], page.total) == (["on", "past"], 2)


async def test_starting_takes_the_first_instant_and_leaves_the_last(calendar: Store) -> None:
    async with calendar.read() as tx:
        assert [each.key for each in await tx.events.starting(NOW + HOUR, NOW + 2 * DAY)] == ["soon"]
        assert [each.key for each in await tx.events.starting(NOW + 2 * DAY, NOW + 3 * DAY)] == ["coming"]


async def test_between_takes_what_has_some_of_its_time_there(calendar: Store) -> None:
    async with calendar.write() as tx:
        long = await add_event(tx, "long")
        await add_dates(tx, long, date_of(long, NOW - 5 * DAY, key="long", ends=NOW + HOUR / 4))
        instant = await add_event(tx, "instant")
        await add_dates(tx, instant, date_of(instant, NOW, key="instant", ends=NOW))
    async with calendar.read() as tx:
        between = tx.events.between
        assert [each.key for each in await between(NOW, NOW + HOUR)] == ["long", "on", "instant"]
        assert [each.key for each in await between(NOW + HOUR, NOW + 2 * DAY)] == ["soon", "cancelled"]


async def test_the_agenda_names_each_event_once_and_before_that_a_date_that_was_cancelled(calendar: Store) -> None:
    async with calendar.write() as tx:
        off = await add_event(tx, "off", labels=tags("Art"))
        later = (
            date_of(off, NOW + n * DAY, key=f"off-{n}", status=CANCELLED if n < 3 else off.status) for n in range(1, 6)
        )
        await add_dates(tx, off, *later)
    async with calendar.read() as tx:
        agenda = await tx.events.agenda(NOW, 9, 0)
        assert [each.key for each in agenda.items] == ["on", "soon", "off-1", "off-3"]
        part = await tx.events.agenda(NOW, 2, 1)
        assert ([each.key for each in part.items], part.total) == (["soon", "off-1"], 4)
        assert await tx.events.agenda(NOW, 2, 9) == Page((), 9, 4)
        of_art = await tx.events.agenda(NOW, 9, 0, "art")
        assert [each.key for each in of_art.items] == ["on", "off-1", "off-3"]
        assert (await tx.events.past(NOW, 9, 0, "art")).total == 1
        assert (await tx.events.agenda(NOW, 9, 0, "zed")).total == (await tx.events.past(NOW, 9, 0, "zed")).total == 0
        coming = await tx.events.coming([agenda.items[0].event, off], NOW, 2)
        assert [[each.key for each in dates] for dates in coming.values()] == [["on", "cancelled"], ["off-1", "off-2"]]
        assert await tx.events.coming([], NOW, 2) == {}


async def test_the_span_goes_from_the_first_date_to_the_end_of_the_last(calendar: Store) -> None:
    async with calendar.read() as tx:
        assert await tx.events.span() == (NOW - 2 * DAY, NOW + 2 * DAY + HOUR)
    async with calendar.write() as tx:
        fair = await add_event(tx, "fair")
        await add_dates(tx, fair, date_of(fair, NOW - DAY, ends=NOW + 9 * DAY))
        assert await tx.events.span() == (NOW - 2 * DAY, NOW + 9 * DAY)
        for event_id in (1, 2, fair.id):
            await tx.events.remove(event_id, NOW)
        assert await tx.events.span() is None


async def test_the_tags_of_events_are_counted(calendar: Store) -> None:
    async with calendar.write() as tx:
        await add_event(tx, "third", labels=tags("Zed", "Art"))
        gone = await add_event(tx, "gone", labels=tags("Art", "Gone"))
        await tx.events.remove(gone.id, NOW)
        assert await tx.events.tagged() == [(Tag("art", "Art"), 2), (Tag("zed", "Zed"), 1)]


async def test_the_next_of_an_event_is_its_next_date_else_its_last(calendar: Store) -> None:
    async with calendar.read() as tx:
        keys = []
        for now in (NOW - 9 * DAY, NOW, NOW + HOUR, NOW + 9 * DAY):
            found = await tx.events.next_of(1, now)
            assert found is not None
            keys.append(found.key)
        assert keys == ["past", "on", "coming", "coming"]
        assert await tx.events.next_of(99, NOW) is None
        assert [each.key for each in await tx.events.occurrences_of(1, after=NOW)] == ["on", "cancelled", "coming"]


async def test_the_last_of_an_event_that_is_over_is_one_that_was_held_if_any_was(store: Store) -> None:
    async with store.write() as tx:
        held, off = await add_event(tx, "held"), await add_event(tx, "off")
        for event, status in ((held, held.status), (off, CANCELLED)):
            first = date_of(event, NOW - 2 * DAY, key=f"{event.uid}-first", status=status)
            last = date_of(event, NOW - DAY, key=f"{event.uid}-last", status=CANCELLED)
            await add_dates(tx, event, first, last)
    async with store.read() as tx:
        found = [await tx.events.next_of(event.id, NOW) for event in (held, off)]
        assert [each and each.key for each in found] == ["held-first", "off-last"]


async def test_instants_keep_their_microseconds_over_all_of_time(store: Store) -> None:
    far = [NOW.replace(year=1, microsecond=999_999), NOW.replace(year=9999, microsecond=1)]
    async with store.write() as tx:
        event = await add_event(tx, "one")
        dates = [date_of(event, instant, key=str(instant), ends=instant) for instant in far]
        found = await add_dates(tx, event, *dates, window=(NOW.replace(year=1), NOW.replace(year=9999)))
        assert [each.starts for each in found] == far
