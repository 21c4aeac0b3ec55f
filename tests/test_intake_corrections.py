"""What intake announces of what was told before and is not so any more: corrected, gone, or back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from blogbot.cards import events as event_cards
from blogbot.cards import posts as post_cards
from blogbot.clock import MovableClock
from blogbot.intake import Intake, corrections
from blogbot.model import Announcement, AnnouncementKind, EventStatus, Offset, Override
from blogbot.store import NewAnnouncement, Store
from tests.content import MONDAY, Written, event, post
from tests.intake_runs import announced

TUESDAY_TEN = datetime(2026, 3, 10, 10)
FIVE = timedelta(minutes=5)
EDITS = (AnnouncementKind.CORRECTED, AnnouncementKind.GONE)
ARTICLE = post(
    "a", "Teh title", url="https://blog.example/a", summary="One.", html="<p>One. Two.</p>", authors=("Ada",)
)
TALK = event("talk", TUESDAY_TEN, title="Tlak", summary="Bring a friend.")
WEEKLY = event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",))


@pytest.fixture
async def source(intake: Intake) -> Written:
    """One that was looked at before, when it was empty: from here on, what is new is news."""
    written = Written()
    await intake.run(written)
    return written


class PowerCut(BaseException):
    """Nothing of ours catches it, as nothing catches the end of a process."""


async def said(store: Store, clock: MovableClock) -> list[Announcement]:
    """What is to be told still."""
    return await announced(store, clock)


async def edits(store: Store, clock: MovableClock) -> list[tuple[AnnouncementKind, int | None]]:
    return [(each.kind, each.corrects) for each in await said(store, clock) if each.kind.edits]


async def tell(store: Store, clock: MovableClock) -> None:
    """Everything is told that is due, to nobody."""
    async with store.write() as tx:
        for each in await tx.announcements.pending(clock.now(), 100):
            await tx.announcements.fan_out(each, clock.now())


# --- Articles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "corrects"),
    [
        ({"title": "The title"}, True),
        ({"title": " Teh   title "}, False),
        ({"url": "https://blog.example/b"}, True),
        ({"summary": "Won."}, True),
        ({"summary": "One." + " More." * 200}, True),
        ({"authors": ("Ada", "Bob")}, True),
        ({"html": "<p>One. Two. Three.</p>"}, False),
        ({"tags": ("News",)}, False),
        ({"image": "https://blog.example/a.png"}, False),
        ({"published": MONDAY - timedelta(hours=2)}, False),
    ],
)
async def test_a_message_is_corrected_where_a_reader_would_see_it(
    intake: Intake,
    source: Written,
    sqlite_store: Store,
    clock: MovableClock,
    change: dict[str, Any],
    corrects: bool,
) -> None:
    await intake.run(source.show(a=ARTICLE))
    (told,) = await said(sqlite_store, clock)
    clock.move(FIVE)
    await intake.run(source.show(a=replace(ARTICLE, **change)))
    found = [each for each in await said(sqlite_store, clock) if each.kind.edits]
    assert [(each.kind, each.corrects, each.post_id) for each in found] == (
        [(AnnouncementKind.CORRECTED, told.id, told.post_id)] if corrects else []
    )
    assert all(each.due == clock.now() + timedelta(seconds=10) for each in found), "what is on its way arrives first"


async def test_the_end_of_a_long_summary_stands_in_no_message(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    summary = "A sentence. " * 100
    await intake.run(source.show(a=replace(ARTICLE, summary=summary)))
    await intake.run(source.show(a=replace(ARTICLE, summary=summary + "The end.")))
    assert await edits(sqlite_store, clock) == []
    assert (corrections.SHOWN_OF_POST, corrections.SHOWN_OF_EVENT) == (post_cards.EXCERPT, event_cards.EXCERPT)


async def test_an_article_that_shows_its_own_text_is_corrected_with_it(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    bare = replace(ARTICLE, summary="")
    await intake.run(source.show(a=bare))
    await intake.run(source.show(a=replace(bare, html="<p>Won. Two.</p>")))
    assert len(await edits(sqlite_store, clock)) == 1


async def test_what_was_never_announced_is_corrected_nowhere(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    first = Written("first").show(a=post("old", "Old"))
    await intake.run(first)
    await intake.run(source.show(b=post("archive", "Older", published=MONDAY - timedelta(days=30))))
    await intake.run(first.show(a=post("old", "New"), c=post("d")))
    await intake.run(source.show(b=post("archive", "Oldest", published=MONDAY - timedelta(days=30))))
    del first.entries["a"], source.entries["b"]
    await intake.run(first)
    await intake.run(source)
    assert [each.kind for each in await said(sqlite_store, clock)] == [AnnouncementKind.POST]


async def test_the_first_look_at_another_place_corrects_nothing(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=ARTICLE))
    source.context = "elsewhere\nas it is"
    await intake.run(source.show(a=replace(ARTICLE, title="The title")))
    assert await edits(sqlite_store, clock) == []


@pytest.mark.parametrize(("age", "corrects"), [(timedelta(days=6), 1), (timedelta(days=8), 0)])
async def test_old_news_is_not_corrected(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock, age: timedelta, corrects: int
) -> None:
    await intake.run(source.show(a=ARTICLE))
    clock.move(age)
    await intake.run(source.show(a=replace(ARTICLE, title="The title")))
    assert len(await edits(sqlite_store, clock)) == corrects


async def test_of_several_corrections_only_the_last_is_made(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    for title in ("Teh title", "Te title", "The title"):
        await intake.run(source.show(a=replace(ARTICLE, title=title)))
        clock.move(timedelta(seconds=1))
    (only,) = [each for each in await said(sqlite_store, clock) if each.kind.edits]
    assert only.key == f"corrected:{only.corrects}:3"


# --- Gone and back ---------------------------------------------------------------------------------------------------


async def test_news_of_an_article_that_is_gone_is_taken_back(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=ARTICLE, b=post("b")))
    before = {each.post_id: each for each in await said(sqlite_store, clock)}
    await intake.run(source.show(a=replace(ARTICLE, title="The title")))
    del source.entries["a"]
    await intake.run(source)
    news, gone = await said(sqlite_store, clock)
    told = before[gone.post_id]
    assert (gone.kind, gone.corrects, gone.detail) == (AnnouncementKind.GONE, told.id, {"title": "The title"})
    assert (news.kind, news.post_id) == (AnnouncementKind.POST, next(iter(before.keys() - {gone.post_id})))


@pytest.mark.parametrize(("age", "edited"), [(timedelta(days=29), 1), (timedelta(days=31), 0)])
async def test_what_is_gone_is_said_for_a_month(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock, age: timedelta, edited: int
) -> None:
    await intake.run(source.show(a=ARTICLE, b=post("b")))
    clock.move(age)
    del source.entries["a"]
    await intake.run(source)
    assert len(await edits(sqlite_store, clock)) == edited


async def test_an_article_that_comes_back_at_once_is_news_for_those_who_did_not_hear_it(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=ARTICLE, b=post("b")))
    before = {(each.kind, each.id) for each in await said(sqlite_store, clock)}
    (told,) = [each.id for each in await said(sqlite_store, clock) if each.key == "post:1"]
    del source.entries["a"]
    await intake.run(source)
    clock.move(timedelta(seconds=5))
    await intake.run(source.show(a=ARTICLE))
    after = await said(sqlite_store, clock)
    assert {(each.kind, each.id) for each in after if not each.kind.edits} == before
    assert await edits(sqlite_store, clock) == [(AnnouncementKind.CORRECTED, told)]


async def test_an_article_that_goes_and_comes_again_and_again_is_edited_each_time(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=ARTICLE, b=post("b")))
    (told,) = [each.id for each in await said(sqlite_store, clock) if each.key == "post:1"]
    for _ in range(3):
        await tell(sqlite_store, clock)
        del source.entries["a"]
        await intake.run(source)
        assert await edits(sqlite_store, clock) == [(AnnouncementKind.GONE, told)]
        clock.move(timedelta(days=2))
        await tell(sqlite_store, clock)
        await intake.run(source.show(a=ARTICLE))
        assert await edits(sqlite_store, clock) == [(AnnouncementKind.CORRECTED, told)]
        clock.move(timedelta(days=2))


async def test_an_article_that_moves_to_another_source_reads_as_before_also_at_its_first_look(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=ARTICLE, b=post("b")))
    (told,) = [each.id for each in await said(sqlite_store, clock) if each.key == "post:1"]
    await tell(sqlite_store, clock)
    del source.entries["a"]
    await intake.run(source)
    clock.move(FIVE)
    await tell(sqlite_store, clock)
    await intake.run(Written("other").show(a=ARTICLE))
    assert await edits(sqlite_store, clock) == [(AnnouncementKind.CORRECTED, told)]


async def test_one_that_was_unknown_to_chats_comes_back_in_silence(
    intake: Intake, sqlite_store: Store, clock: MovableClock
) -> None:
    first = Written("first").show(a=ARTICLE, b=post("b"))
    await intake.run(first)
    del first.entries["a"]
    await intake.run(first)
    await intake.run(first.show(a=ARTICLE))
    assert await said(sqlite_store, clock) == []


# --- Events ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "corrects"),
    [
        ({"title": "Talk"}, 1),
        ({"summary": "Bring two friends."}, 1),
        ({"url": "https://blog.example/talk"}, 1),
        ({"status": EventStatus.TENTATIVE}, 1),
        ({"title": "Talk", "location": "Room 2"}, 1),
        ({"tags": ("Talks",)}, 0),
        ({"html": "<p>More</p>"}, 0),
        ({"location": "Room 2"}, 0),
        ({"starts": datetime(2026, 3, 11, 10), "ends": datetime(2026, 3, 11, 11)}, 0),
        ({"title": "Talk", "status": EventStatus.CANCELLED}, 0),
    ],
)
async def test_an_event_is_corrected_where_its_change_is_not_told_anyway(
    intake: Intake,
    source: Written,
    sqlite_store: Store,
    clock: MovableClock,
    change: dict[str, Any],
    corrects: int,
) -> None:
    await intake.run(source.show(talk=TALK))
    (told,) = await said(sqlite_store, clock)
    await tell(sqlite_store, clock)
    clock.move(FIVE)
    await intake.run(source.show(talk=replace(TALK, **change)))
    assert await edits(sqlite_store, clock) == [(AnnouncementKind.CORRECTED, told.id)] * corrects


async def test_a_cancellation_taken_back_is_told_and_corrects_nothing(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    for status in (EventStatus.CONFIRMED, EventStatus.CANCELLED, EventStatus.CONFIRMED):
        await intake.run(source.show(talk=replace(TALK, status=status)))
        assert await edits(sqlite_store, clock) == []
        await tell(sqlite_store, clock)
        clock.move(FIVE)


async def test_of_several_corrections_of_an_event_only_the_last_is_made(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    for title in ("Tlak", "Tak", "Talk"):
        await intake.run(source.show(talk=replace(TALK, title=title)))
        clock.move(timedelta(seconds=1))
    (only,) = [each for each in await said(sqlite_store, clock) if each.kind.edits]
    assert only.due == clock.now() + timedelta(seconds=9)


async def test_reminders_that_were_sent_are_corrected_while_the_event_is_ahead(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(weekly=WEEKLY))
    async with sqlite_store.read() as tx:
        dates = await tx.events.occurrences_of(1)
    for date in dates[:2]:
        async with sqlite_store.write() as tx:
            await tx.announcements.add_many(
                [
                    NewAnnouncement(
                        f"reminder:{date.id}:{offset}",
                        AnnouncementKind.REMINDER,
                        date.starts - timedelta(days=offset.days),
                        date.starts,
                        event_id=1,
                        occurrence_id=date.id,
                        offset=offset,
                    )
                    for offset in (Offset(days=7), Offset(days=1))
                ],
                now=clock.now(),
            )
    clock.move_to(dates[1].starts - timedelta(days=2))
    await intake.run(source.show(weekly=replace(WEEKLY, title="Every week")))
    found = [each for each in await said(sqlite_store, clock) if each.kind.edits]
    async with sqlite_store.read() as tx:
        told = [await tx.announcements.by_id(each.corrects or 0) for each in found]
    assert [each.key for each in told if each is not None] == [f"reminder:{dates[1].id}:7d"]
    assert found[0].expires == min(clock.now() + timedelta(days=3), dates[1].starts)


async def test_a_date_with_a_title_of_its_own_is_corrected_alone(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(weekly=WEEKLY))
    (told,) = await said(sqlite_store, clock)
    second = Override(datetime(2026, 3, 17, 10), title="The second")
    await intake.run(source.show(weekly=replace(WEEKLY, overrides=(second,))))
    assert await edits(sqlite_store, clock) == [], "what was told is of the first"
    first = Override(TUESDAY_TEN, title="The first")
    await intake.run(source.show(weekly=replace(WEEKLY, overrides=(first, second))))
    assert await edits(sqlite_store, clock) == [(AnnouncementKind.CORRECTED, told.id)]


async def test_an_event_that_began_is_corrected_nowhere(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(talk=TALK))
    clock.move_to(datetime(2026, 3, 10, 10, 1, tzinfo=UTC))
    await intake.run(source.show(talk=replace(TALK, title="Talk")))
    assert await edits(sqlite_store, clock) == []


async def test_a_move_is_not_corrected_by_what_is_told_with_it(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(talk=TALK))
    await intake.run(source.show(talk=replace(TALK, location="Room 2")))
    clock.move(FIVE)
    moved = replace(TALK, title="Talk", starts=datetime(2026, 3, 12, 10), ends=datetime(2026, 3, 12, 11))
    await intake.run(source.show(talk=moved))
    kinds = {each.id: each.kind for each in await said(sqlite_store, clock)}
    corrected = [kinds[each] for _, each in await edits(sqlite_store, clock) if each in kinds]
    assert corrected == [AnnouncementKind.EVENT]


# --- The log ---------------------------------------------------------------------------------------------------------


async def test_what_is_announced_stands_in_the_log_by_its_key(intake: Intake, source: Written) -> None:
    with capture_logs() as lines:
        await intake.run(source.show(a=ARTICLE, b=TALK))
        await intake.run(source.show(a=replace(ARTICLE, title="The title")))
    assert [line["announcement"] for line in lines if line["event"] == "announced"] == [
        "post:1",
        "event:1",
        "corrected:1:2",
    ]


async def test_what_was_not_saved_does_not_stand_in_the_log(
    intake: Intake, source: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def power_cut(*_: object, **__: object) -> None:
        raise PowerCut

    monkeypatch.setattr("blogbot.intake.events.save", power_cut)
    with capture_logs() as lines, pytest.raises(PowerCut):
        await intake.run(source.show(a=ARTICLE, b=TALK))
    assert [line for line in lines if line["event"] == "announced"] == []
