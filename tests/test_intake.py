"""From what a source says to what is kept and announced, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.errors import NotFoundError, SourceError
from blogbot.intake import Intake
from blogbot.model import AnnouncementKind, Origin, Site
from blogbot.store import Store
from tests.content import MONDAY, Written, event, post
from tests.intake_runs import NOTHING, announced, counts

TUESDAY_TEN = datetime(2026, 3, 10, 10)


@pytest.fixture
async def source(intake: Intake) -> Written:
    """One that was looked at before, when it was empty: from here on, what is new is news."""
    written = Written()
    await intake.run(written)
    return written


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
    assert [each for each in await announced(sqlite_store, clock) if not each.kind.edits] == said


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


async def test_topics_that_differ_in_a_sign_alone_are_topics_of_their_own(intake: Intake, blog: Blog) -> None:
    names = ("C", "C++", "C#", ".NET", "Net")
    await intake.run(Written().show(a=post("a", tags=names)))
    assert [(tag.name, posts) for tag, posts in await blog.tags()] == [(name, 1) for name in sorted(names)]
    for name in names:
        assert (await blog.tag(name)).name == name


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
