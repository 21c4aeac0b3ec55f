"""From what a source says to what is kept and announced, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.errors import NotFoundError, SourceError
from blogbot.intake import Counts, Intake, Report
from blogbot.model import Announcement, AnnouncementKind, EventStatus, Origin, Override, Site
from blogbot.store import Store
from tests.content import MONDAY, Written, event, post

TUESDAY_TEN = datetime(2026, 3, 10, 10)


@pytest.fixture
def intake(sqlite_store: Store, clock: MovableClock) -> Intake:
    return Intake(sqlite_store, Site("Test", url="https://blog.example"), clock)


@pytest.fixture
def blog(sqlite_store: Store, clock: MovableClock) -> Blog:
    return Blog(sqlite_store, clock)


@pytest.fixture
async def source(intake: Intake) -> Written:
    """One that was looked at before, when it was empty: from here on, what is new is news."""
    written = Written()
    await intake.run(written)
    return written


async def announced(store: Store, clock: MovableClock) -> list[Announcement]:
    async with store.read() as tx:
        return await tx.announcements.pending(clock.now() + timedelta(days=365), 100)


def counts(report: Report) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    def numbers(each: Counts) -> tuple[int, int, int, int]:
        return each.new, each.changed, each.unchanged, each.gone

    return numbers(report.posts), numbers(report.events)


NOTHING = (0, 0, 0, 0)


async def test_the_first_look_takes_everything_in_and_announces_nothing(
    intake: Intake, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    written = Written().show(a=post("a"), b=event("talk", TUESDAY_TEN), c=[post("c"), event("walk", TUESDAY_TEN)])
    assert counts(await intake.run(written)) == ((2, 0, 0, 0), (2, 0, 0, 0))
    assert {each.slug for each in (await blog.latest()).items} == {"a", "c"}
    assert (await blog.upcoming()).total == 2
    assert await announced(sqlite_store, clock) == []


async def test_looking_again_parses_nothing_and_changes_nothing(
    intake: Intake, source: Written, sqlite_store: Store, clock: MovableClock
) -> None:
    source.show(a=post("a"), b=event("talk", TUESDAY_TEN))
    await intake.run(source)
    said, reads = await announced(sqlite_store, clock), source.reads
    assert counts(await intake.run(source)) == ((0, 0, 1, 0), (0, 0, 1, 0))
    assert source.reads == reads
    assert await announced(sqlite_store, clock) == said


async def test_what_is_new_later_is_announced_once(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    source.show(a=post("a"), b=event("talk", TUESDAY_TEN))
    await intake.run(source)
    said = await announced(sqlite_store, clock)
    assert {(each.kind, each.due) for each in said} == {
        (AnnouncementKind.POST, MONDAY),
        (AnnouncementKind.EVENT, MONDAY),
    }
    talk = next(each for each in said if each.kind is AnnouncementKind.EVENT)
    assert talk.expires == datetime(2026, 3, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published", "due"),
    [
        (MONDAY - timedelta(days=30), None),
        (MONDAY - timedelta(days=6), MONDAY),
        (MONDAY + timedelta(days=2), MONDAY),
        (None, MONDAY),
    ],
)
async def test_an_archive_is_no_news(
    intake: Intake,
    source: Written,
    sqlite_store: Store,
    clock: MovableClock,
    published: datetime | None,
    due: datetime | None,
) -> None:
    await intake.run(source.show(a=post("a", published=published)))
    assert [each.due for each in await announced(sqlite_store, clock)] == ([due] if due else [])


async def test_a_changed_post_is_a_new_revision_and_no_news(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=post("a", "Old title")))
    said = await announced(sqlite_store, clock)
    clock.move(timedelta(hours=1))
    assert counts(await intake.run(source.show(a=post("a", "New title")))) == ((0, 1, 0, 0), NOTHING)
    kept = await blog.post("a")
    assert (kept.title, kept.revision, kept.updated) == ("New title", 2, clock.now())
    assert await announced(sqlite_store, clock) == said


async def test_one_bad_item_is_named_and_stops_nothing(intake: Intake, blog: Blog) -> None:
    written = Written().show(a=post("a"), bad=SourceError("bad.md", "line 3: no such month"), c=post("c"))
    report = await intake.run(written)
    assert counts(report) == ((2, 0, 0, 0), NOTHING)
    assert [(each.where, each.what) for each in report.problems] == [("bad.md", "line 3: no such month")]
    assert [each.where for each in (await intake.run(written)).problems] == ["bad.md"], "it is named until it is mended"
    assert counts(await intake.run(written.show(bad=post("mended")))) == ((1, 0, 2, 0), NOTHING)


async def test_a_source_that_says_unchanged_is_believed(intake: Intake, source: Written) -> None:
    source.etag = "v1"
    await intake.run(source.show(a=post("a"), b=event("talk", TUESDAY_TEN)))
    reads = source.reads
    assert counts(await intake.run(source)) == ((0, 0, 1, 0), (0, 0, 1, 0))
    assert source.since[-1].etag == "v1"
    assert source.reads == reads


async def test_a_post_known_by_its_address_is_the_same_post_from_another_source(intake: Intake, blog: Blog) -> None:
    url = "https://blog.example/2026/a/"
    await intake.run(Written("folder").show(a=post("a", url=url)))
    await intake.run(Written("feed").show(x=replace(post("other-slug", url=url), key="feed:1", title="From the feed")))
    assert [each.title for each in (await blog.latest()).items] == ["From the feed"]
    assert (await blog.post(url)).slug == "a", "an address that people have does not change"


async def test_entries_of_one_feed_that_share_a_link_are_posts_of_their_own(
    intake: Intake, source: Written, blog: Blog
) -> None:
    front = "https://blog.example/"
    source.show(a=post("a", url=front), b=post("b", url=front))
    assert counts(await intake.run(source)) == ((2, 0, 0, 0), NOTHING)
    source.show(c=post("c", url=front), a=post("a", "Changed", url=front))
    assert counts(await intake.run(source)) == ((1, 1, 1, 0), NOTHING)
    assert {each.title for each in (await blog.latest()).items} == {"Changed", "B", "C"}


async def test_a_feed_that_gives_its_posts_new_ids_doubles_none(intake: Intake, blog: Blog) -> None:
    feed = Written(complete=False).show(old=post("a", url="https://blog.example/a"))
    await intake.run(feed)
    feed.entries = {"new": post("a", key="test:new-id", url="https://blog.example/a")}
    for _ in range(2):
        await intake.run(feed)
        assert (await blog.latest()).total == 1
    feed.show(new=post("a", "Changed", key="test:new-id", url="https://blog.example/a"))
    assert counts(await intake.run(feed)) == ((0, 1, 0, 0), NOTHING)


async def test_two_posts_that_wish_for_one_slug_get_one_each(intake: Intake, blog: Blog) -> None:
    await intake.run(Written().show(a=post("a", key="test:1"), b=post("a", key="test:2")))
    assert {each.slug for each in (await blog.latest()).items} == {"a", "a-2"}


# --- What vanishes ---------------------------------------------------------------------------------------------------


async def test_a_post_that_vanished_from_a_complete_source_is_gone_and_comes_back(
    intake: Intake, source: Written, blog: Blog
) -> None:
    await intake.run(source.show(a=post("a"), b=post("b")))
    del source.entries["a"]
    assert counts(await intake.run(source)) == ((0, 0, 1, 1), NOTHING)
    with pytest.raises(NotFoundError):
        await blog.post("a")
    assert counts(await intake.run(source.show(a=post("a")))) == ((0, 1, 1, 0), NOTHING)
    assert (await blog.post("a")).title == "A"


async def test_an_entry_that_gives_no_post_any_more_takes_it_back(intake: Intake, source: Written, blog: Blog) -> None:
    await intake.run(source.show(a=post("a"), b=[post("b"), post("c")]))
    source.entries |= {"a": [], "b": [post("c")]}
    assert counts(await intake.run(source)) == ((0, 0, 1, 2), NOTHING)
    assert [each.slug for each in (await blog.latest()).items] == ["c"]


async def test_a_feed_that_shows_only_its_newest_loses_nothing(intake: Intake, blog: Blog) -> None:
    feed = Written(complete=False).show(a=post("a"), b=post("b"))
    await intake.run(feed)
    del feed.entries["a"]
    await intake.run(feed)
    assert (await blog.latest()).total == 2


async def test_a_renamed_file_removes_nothing(intake: Intake, source: Written, blog: Blog) -> None:
    await intake.run(source.show(a=post("a")))
    source.entries = {"renamed": source.entries.pop("a")}
    assert counts(await intake.run(source)) == ((0, 0, 1, 0), NOTHING)
    assert (await blog.latest()).total == 1


async def test_a_source_that_suddenly_misses_most_is_taken_for_broken(
    intake: Intake, source: Written, blog: Blog
) -> None:
    source.entries = {f"p{n}": post(f"p{n}") for n in range(12)}
    await intake.run(source)
    source.entries = {"p0": post("p0")}
    report = await intake.run(source)
    assert (await blog.latest()).total == 12
    assert "11 of 12 entries are missing" in report.problems[0].what


# --- Events ----------------------------------------------------------------------------------------------------------


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
    news = [each for each in await announced(sqlite_store, clock) if each.kind is not AnnouncementKind.EVENT]
    assert [(each.kind, each.detail) for each in news] == ([(kind, detail)] if kind else [])


async def test_a_source_that_shows_nothing_at_all_is_taken_for_broken(
    intake: Intake, source: Written, blog: Blog
) -> None:
    await intake.run(source.show(a=event("a", TUESDAY_TEN), b=event("b", TUESDAY_TEN)))
    source.entries.clear()
    report = await intake.run(source)
    assert report.problems
    assert (await blog.upcoming()).total == 2


async def test_what_another_source_still_gives_is_not_gone(intake: Intake, blog: Blog) -> None:
    same = post("welcome", made_up=True)
    a, b = Written("a").show(welcome=same), Written("b").show(welcome=same, more=post("more"))
    await intake.run(a)
    assert counts(await intake.run(b)) == ((1, 0, 1, 0), NOTHING), "the same to read is the same post"
    del b.entries["welcome"]
    await intake.run(b)
    assert (await blog.post("welcome")).title == "Welcome"


async def test_what_is_gone_comes_back_when_a_source_that_gives_it_is_looked_at(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    await intake.run(source.show(a=post("a")))
    async with sqlite_store.write() as tx:
        await tx.posts.remove((await blog.post("a")).id, clock.now())
    await intake.run(source)
    assert (await blog.post("a")).title == "A"


async def test_two_sources_that_make_up_the_same_key_keep_both_posts(intake: Intake, blog: Blog) -> None:
    first = Written("a").show(
        x=post("update", "Update", key="page:update", html="<p>One.</p>", published=None, made_up=True)
    )
    second = Written("b").show(
        x=post("update", "Update", key="page:update", html="<p>Two.</p>", published=None, made_up=True)
    )
    for _ in range(2):
        await intake.run(first)
        await intake.run(second)
        assert {each.html for each in (await blog.latest()).items} == {"<p>One.</p>", "<p>Two.</p>"}
    second.show(x=post("update", "Update", key="page:update", html="<p>2.</p>", published=None, made_up=True))
    assert counts(await intake.run(second)) == ((0, 1, 0, 0), NOTHING)


async def test_two_sources_that_make_up_the_same_uid_keep_both_events(intake: Intake, blog: Blog) -> None:
    spring = event("fair", TUESDAY_TEN, title="Spring fair", made_up=True)
    autumn = event("fair", datetime(2026, 9, 1, 10), title="Autumn fair", made_up=True)
    for _ in range(2):
        await intake.run(Written("a").show(x=spring))
        await intake.run(Written("b").show(x=autumn))
        assert [each.title for each in (await blog.upcoming()).items] == ["Spring fair", "Autumn fair"]


async def test_a_page_whose_title_is_corrected_is_the_same_post(intake: Intake, source: Written, blog: Blog) -> None:
    await intake.run(source.show(page=post("teh-title", "Teh title", key="page:teh-title", made_up=True)))
    corrected = post("the-title", "The title", key="page:the-title", made_up=True)
    assert counts(await intake.run(source.show(page=corrected))) == ((0, 1, 0, 0), NOTHING)
    assert [each.title for each in (await blog.latest()).items] == ["The title"]


async def test_validators_belong_to_what_they_were_said_of(
    intake: Intake, sqlite_store: Store, clock: MovableClock
) -> None:
    written = Written().show(a=post("a"))
    written.etag = "v1"
    await intake.run(written)
    written.context = "written\nin another zone"
    await intake.run(written.show(b=post("b")))
    assert written.since[-1].etag == "", "another zone gives other times from the same bytes"
    assert len(await announced(sqlite_store, clock)) == 1
    written.context = "elsewhere\nin another zone"
    await intake.run(written.show(c=post("c")))
    assert len(await announced(sqlite_store, clock)) == 1, "the first look at another place announces nothing"


async def test_an_item_that_we_stumble_over_stops_no_other(intake: Intake, blog: Blog) -> None:
    broken = post("broken", html=None)
    report = await intake.run(Written().show(a=post("a"), b=broken, c=post("c")))
    assert counts(report) == ((2, 0, 0, 0), NOTHING)
    assert [each.where for each in report.problems] == ["b"]


async def test_an_event_missing_from_a_complete_calendar_is_cancelled_and_a_past_one_kept(
    intake: Intake, source: Written, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    source.show(talk=event("talk", TUESDAY_TEN), old=event("old", datetime(2026, 2, 1, 10)), a=post("a"))
    await intake.run(source)
    del source.entries["talk"], source.entries["old"]
    clock.move(timedelta(minutes=5))
    assert counts(await intake.run(source)) == ((0, 0, 1, 0), (0, 0, 0, 1))
    said = {each.kind for each in await announced(sqlite_store, clock)}
    assert said == {AnnouncementKind.POST, AnnouncementKind.CANCELLED}
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


# --- Related articles and suggested tags -----------------------------------------------------------------------------


async def test_links_are_curated_and_likeness_is_computed(intake: Intake, blog: Blog) -> None:
    bread = "<p>Sourdough bread needs flour, water, salt and a patient baker with a warm oven.</p>"
    written = Written().show(
        a=post("bread", html=bread, links=("https://blog.example/2020/bicycles",)),
        b=post("rolls", html=bread.replace("bread", "rolls")),
        c=post("bicycles", html="<p>Bicycles want oil on the chain and air in the tyres.</p>"),
    )
    await intake.run(written)
    found = await blog.related(await blog.post("bread"))
    assert [(each.post.slug, each.origin) for each in found][:2] == [
        ("bicycles", Origin.CURATED),
        ("rolls", Origin.COMPUTED),
    ]


async def test_a_new_post_updates_its_neighbours_also_from_another_process(
    intake: Intake, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    bread = "<p>Sourdough bread needs flour, water, salt and a patient baker with a warm oven.</p>"
    source = Written().show(a=post("bread", html=bread))
    await intake.run(source)
    assert await blog.related(await blog.post("bread")) == []
    other_process = Intake(sqlite_store, Site("Test"), clock)
    await other_process.run(Written("second").show(b=post("rolls", html=bread.replace("bread", "rolls"))))
    assert [each.post.slug for each in await blog.related(await blog.post("bread"))] == ["rolls"]
    await intake.run(source.show(c=post("loaves", html=bread.replace("bread", "loaves"))))
    assert {each.post.slug for each in await blog.related(await blog.post("rolls"))} == {"bread", "loaves"}


async def test_tags_are_suggested_where_the_editor_gave_none_and_never_mixed(intake: Intake, blog: Blog) -> None:
    text = "<p>Sourdough baking is slow. Sourdough baking wants a warm kitchen, and sourdough baking forgives.</p>" * 3
    written = Written().show(
        a=post("tagged", html=text, tags=("Sourdough baking",)),
        b=post("bare", html=text, title="Sourdough baking at home"),
    )
    await intake.run(written)
    tagged, bare = await blog.post("tagged"), await blog.post("bare")
    assert ([tag.name for tag in tagged.tags], tagged.suggested) == (["Sourdough baking"], ())
    assert bare.tags == ()
    assert "Sourdough baking" in [tag.name for tag in bare.suggested]
    assert [(tag.name, count) for tag, count in await blog.tags()] == [("Sourdough baking", 1)]


async def test_a_run_that_died_half_way_is_made_good_by_the_next(
    intake: Intake, blog: Blog, sqlite_store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bread = "<p>Sourdough bread needs flour, water, salt and a patient baker with a warm oven.</p>"
    source = Written().show(a=post("bread", html=bread), b=post("rolls", html=bread.replace("bread", "rolls")))
    with monkeypatch.context() as patch:

        async def power_cut(touched: set[int]) -> None:
            raise ConnectionAbortedError

        patch.setattr(intake._neighbourhood, "settle", power_cut)
        with pytest.raises(ConnectionAbortedError):
            await intake.run(source)
    restarted = Intake(sqlite_store, Site("Test"), clock)
    assert counts(await restarted.run(source)) == ((0, 0, 2, 0), NOTHING)
    assert [each.post.slug for each in await blog.related(await blog.post("bread"))] == ["rolls"]
    assert await announced(sqlite_store, clock) == []
