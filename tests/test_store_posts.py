"""Posts in the store: kept, changed, gone, listed, related. Every test runs on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blogbot.errors import StoreError
from blogbot.model import Author, Origin, Page, Tag
from blogbot.store import Store
from tests.store_samples import DAY, HOUR, NOW, add_post, change_post, post_item, record, tags


async def test_a_post_comes_back_as_it_was_kept(store: Store) -> None:
    item = post_item(
        "one", url="https://example.org/one", authors=("Ann", "Bo"), language="en", image="https://example.org/i.png"
    )
    given = {"summary": "short", "updated": NOW + HOUR, "tags": tags("Zed", "Art"), "suggested": tags("Maybe")}
    async with store.write() as tx:
        (kept,) = (await tx.posts.many([await tx.posts.insert(record(item, **given))])).values()
    async with store.read() as tx:
        assert await tx.posts.by_id(kept.id) == kept
        assert await tx.posts.by_slug("one") == kept
        assert await tx.posts.known("one") == (kept, False)
        assert await tx.posts.known("other", "example.org/one") == (kept, False)
        assert await tx.posts.known("other", "one") is None
        assert await tx.posts.by_address("example.org/one") == kept
        assert await tx.posts.by_address("one") == kept
        assert await tx.posts.many([kept.id, 999]) == {kept.id: kept}
    assert (kept.title, kept.html, kept.summary, kept.revision) == ("One", "<p>one</p>", "short", 1)
    assert (kept.authors, kept.tags, kept.suggested) == (("Ann", "Bo"), tags("Zed", "Art"), tags("Maybe"))
    assert (kept.published, kept.updated) == (NOW, NOW + HOUR)
    assert (kept.url, kept.language, kept.image) == (item.url, "en", item.image)


async def test_a_change_is_the_next_revision_and_replaces_everything_but_the_key(store: Store) -> None:
    async with store.write() as tx:
        old = await add_post(tx, "one", item={"authors": ("Ann",), "links": ("/x",)}, tags=tags("Art"), text="giraffe")
        item = post_item("ignored", slug="one", title="New", authors=("Bo",), links=("/y",))
        new = await change_post(tx, old.id, item, tags=tags("Music"), text="zebra")
    assert (new.id, new.key, new.revision, new.title) == (old.id, "one", 2, "New")
    async with store.read() as tx:
        assert (await tx.posts.by_tag("art", 10, 0)).total == 0
        assert (await tx.posts.by_tag("music", 10, 0)).items == (new,)
        assert (await tx.posts.by_author("ann", 10, 0)).total == 0
        assert (await tx.posts.search("giraffe", 10, 0)).total == 0
        assert (await tx.posts.search("zebra", 10, 0)).items == (new,)
        assert await tx.posts.links() == [(old.id, "y", False)]


async def test_a_gone_post_is_in_no_answer_but_its_key_is_known_until_it_comes_back(store: Store) -> None:
    async with store.write() as tx:
        said = {"url": "https://example.org/1", "authors": ("Ann",), "links": ("/x",)}
        post = await add_post(tx, "one", item=said, tags=tags("Art"), terms={"a": 1})
        other = await add_post(tx, "two")
        await tx.posts.save_related({other.id: [(post.id, Origin.COMPUTED, 0.5)]})
        await tx.posts.remove(post.id, NOW)
        await tx.posts.remove(post.id, NOW)
    async with store.read() as tx:
        posts = tx.posts
        known = await posts.known("one")
        assert known is not None
        assert known.gone
        kept = known.post
        assert (kept.id, kept.revision, kept.tags) == (post.id, 2, tags("Art"))
        assert [await posts.by_id(post.id), await posts.by_slug("one"), await posts.by_address("one")] == [None] * 3
        assert await posts.by_address("example.org/1") is None
        assert list((await posts.latest(10, 0)).items) == [other]
        assert await posts.outlines([post.id, other.id]) == {other.id: replace(other, html="", summary="")}
        assert await posts.tags() == []
        assert await posts.authors() == []
        assert (await posts.by_tag("art", 10, 0)).total == (await posts.by_author("ann", 10, 0)).total == 0
        assert (await posts.search("one", 10, 0)).total == 0
        assert await posts.related(other.id, 5) == []
        assert await posts.lists([post.id, other.id], 5) == {}
        assert await posts.links() == []
        assert await posts.names() == [(other.id, "two", True)]
        assert [row.post_id async for batch in posts.terms() for row in batch] == [other.id]
        assert await posts.free_slug("one") == "one-2"
    async with store.write() as tx:
        item = post_item("one", authors=("Ann",))
        back = await change_post(tx, post.id, item, tags=tags("Art"))
    async with store.read() as tx:
        assert await tx.posts.known("one") == (back, False)
        assert back.revision == 3
        assert (await tx.posts.by_tag("art", 10, 0)).items == (back,)
        assert (await tx.posts.search("one", 10, 0)).items == (back,)


@pytest.mark.parametrize(
    ("taken", "wish", "free"),
    [
        ([], "a", "a"),
        (["a"], "a", "a-2"),
        (["a", "a-2", "a-3"], "a", "a-4"),
        (["a", "a-3"], "a", "a-2"),
        (["ab", "a-b", "a.b", "A"], "a", "a"),
        (["a", "a-10"], "a", "a-2"),
    ],
)
async def test_a_slug_that_is_taken_gets_the_next_free_number(
    store: Store, taken: list[str], wish: str, free: str
) -> None:
    async with store.write() as tx:
        for slug in taken:
            await add_post(tx, slug)
        assert await tx.posts.free_slug(wish) == free


async def test_two_posts_cannot_share_a_key_and_the_failed_write_leaves_nothing(store: Store) -> None:
    async with store.write() as tx:
        await add_post(tx, "one")

    async def clash() -> None:
        async with store.write() as tx:
            await add_post(tx, "two")
            await add_post(tx, "other", item={"key": "one"})

    with pytest.raises(StoreError, match="at once"):
        await clash()
    async with store.read() as tx:
        assert len(await tx.posts.stamps()) == 1
        assert await tx.posts.known("one") is not None


async def test_lists_are_newest_first_and_come_in_pages(store: Store) -> None:
    async with store.write() as tx:
        for number, days in enumerate([3, 1, 2, 1]):
            await add_post(
                tx, f"p{number}", item={"authors": ("Ann",)}, published=NOW - days * DAY, tags=tags("Art"), text="same"
            )
    order = ["p3", "p1", "p2", "p0"]
    async with store.read() as tx:
        posts = tx.posts
        oldest_first = [f"p{post_id - 1}" for post_id in await posts.stamps()]
        assert oldest_first == list(reversed(order))
        for page in (await posts.latest(2, 1), await posts.by_tag("art", 2, 1), await posts.by_author("ann", 2, 1)):
            assert [post.slug for post in page.items] == ["p1", "p2"]
            assert (page.offset, page.total) == (1, 4)
        for wild in [(10, 99), (0, 0), (-1, -1), (10**30, 10**30)]:
            for page in (
                await posts.latest(*wild),
                await posts.by_tag("art", *wild),
                await posts.by_author("ann", *wild),
            ):
                assert page.total == 4
                assert page.items == ()


async def test_only_an_editors_tags_are_listed_and_the_most_used_go_first(store: Store) -> None:
    async with store.write() as tx:
        await add_post(tx, "a", tags=tags("Zebra", "Art"))
        await add_post(tx, "b", tags=tags("Zebra"), suggested=tags("Guess"))
        await add_post(tx, "c", tags=tags("Bread"))
    async with store.read() as tx:
        assert await tx.posts.tags() == [(Tag("zebra", "Zebra"), 2), (Tag("art", "Art"), 1), (Tag("bread", "Bread"), 1)]
        assert await tx.posts.tag("zebra") == Tag("zebra", "Zebra")
        assert await tx.posts.tag("guess") is None
        assert await tx.posts.tag("nothing") is None
        assert (await tx.posts.by_tag("guess", 10, 0)).total == 0


async def test_the_first_name_an_editor_gave_a_tag_stays_in_lists_and_each_post_keeps_its_own(store: Store) -> None:
    async with store.write() as tx:
        await add_post(tx, "a", suggested=[Tag("it", "it")])
        first = await add_post(tx, "b", tags=[Tag("it", "IT")])
        second = await add_post(tx, "c", tags=[Tag("it", "It")])
    assert (first.tags, second.tags) == ((Tag("it", "IT"),), (Tag("it", "It"),))
    async with store.read() as tx:
        assert await tx.posts.tags() == [(Tag("it", "IT"), 2)]


async def test_authors_are_counted(store: Store) -> None:
    async with store.write() as tx:
        await add_post(tx, "a", item={"authors": ("Ann Lee", "Bo")})
        await add_post(tx, "b", item={"authors": ("Bo",)})
    async with store.read() as tx:
        assert await tx.posts.authors() == [(Author("bo", "Bo"), 2), (Author("ann-lee", "Ann Lee"), 1)]
        assert await tx.posts.author("bo") == Author("bo", "Bo")
        assert await tx.posts.author("nobody") is None


async def test_an_author_of_two_spellings_goes_by_the_one_that_sorts_first(store: Store) -> None:
    async with store.write() as tx:
        for number, name in enumerate(("Émile", "Emile", "Émile")):
            await add_post(tx, str(number), item={"authors": (name,)})
    async with store.read() as tx:
        assert await tx.posts.author("emile") == Author("emile", "Emile")
        assert await tx.posts.authors() == [(Author("emile", "Emile"), 3)]


async def test_a_post_is_listed_once_however_often_one_tag_or_author_is_written(store: Store) -> None:
    twice = [Tag("art", "Art"), Tag("zoo", "Zoo"), Tag("art", "ART")]
    async with store.write() as tx:
        post = await add_post(tx, "a", item={"authors": ("Ann Lee", "Bo", "ann lee")}, tags=twice, suggested=twice)
        assert (post.tags, post.authors) == (tags("Art", "Zoo"), ("Ann Lee", "Bo", "ann lee"))
        assert await tx.posts.by_tag("art", 10, 0) == Page((post,), 0, 1)
        assert await tx.posts.by_author("ann-lee", 10, 0) == Page((post,), 0, 1)
        assert await tx.posts.authors() == [(Author("ann-lee", "Ann Lee"), 1), (Author("bo", "Bo"), 1)]


async def test_suggested_tags_are_replaced_without_a_new_revision(store: Store) -> None:
    async with store.write() as tx:
        post = await add_post(tx, "a", tags=tags("Art"), suggested=tags("Old"))
        other = await add_post(tx, "b", suggested=tags("Old"))
        await tx.posts.save_suggested({post.id: tags("New", "Newer"), other.id: ()})
        assert await tx.posts.by_id(post.id) == replace(post, suggested=tags("New", "Newer"))
        assert await tx.posts.by_id(other.id) == replace(other, suggested=())
        assert await tx.posts.tags() == [(Tag("art", "Art"), 1)]


async def test_related_lists_are_replaced_and_kept_in_order(store: Store) -> None:
    async with store.write() as tx:
        one, two, three = [await add_post(tx, key) for key in ("one", "two", "three")]
        await tx.posts.save_related(
            {one.id: [(three.id, Origin.COMPUTED, 0.9)], two.id: [(one.id, Origin.CURATED, 1.0)]}
        )
        await tx.posts.save_related({one.id: [(two.id, Origin.CURATED, 1.0), (three.id, Origin.COMPUTED, 0.25)]})
    async with store.read() as tx:
        found = await tx.posts.related(one.id, 5)
        assert [(each.post.slug, each.origin, each.score) for each in found] == [
            ("two", Origin.CURATED, 1.0),
            ("three", Origin.COMPUTED, 0.25),
        ]
        assert len(await tx.posts.related(one.id, 1)) == 1
        assert await tx.posts.lists([one.id, two.id, three.id], 1) == {
            one.id: [(two.id, Origin.CURATED, 1.0)],
            two.id: [(one.id, Origin.CURATED, 1.0)],
        }
    async with store.write() as tx:
        await tx.posts.save_related({one.id: []})
        assert await tx.posts.related(one.id, 5) == []


async def test_links_are_address_keys_once_each_the_editors_first(store: Store) -> None:
    links = ("https://www.Example.org/b.html", "/c", "https://example.org/b", "")
    async with store.write() as tx:
        post = await add_post(tx, "a", item={"links": links, "curated": ("c", "https://example.org/d/")})
        await add_post(tx, "b", item={"url": "https://example.org/b"})
    async with store.read() as tx:
        expected = [("c", True), ("example.org/d", True), ("example.org/b", False)]
        assert [(link.target, link.by_editor) for link in await tx.posts.links()] == expected
        assert await tx.posts.links([post.id, 99]) == await tx.posts.links()
        assert await tx.posts.links([2]) == []
        assert await tx.posts.names([2, 99]) == [(2, "b", True), (2, "example.org/b", True)]
        assert await tx.posts.names() == [(1, "a", True), (2, "b", True), (2, "example.org/b", True)]


@pytest.mark.parametrize(
    ("item", "names"),
    [
        ({}, [("a", True)]),
        ({"title": "The first"}, [("a", True), ("the-first", False)]),
        ({"key": "markdown:2026/2026-03-02-a"}, [("a", True)]),
        ({"key": "markdown:17"}, [("a", True), ("17", False)]),
        (
            {"key": "https://e.org/?p=4", "url": "https://e.org/a/"},
            [("a", True), ("e.org/a", True), ("e.org?p=4", True)],
        ),
    ],
    ids=["a slug", "a title", "a file", "an id", "a short address"],
)
async def test_a_post_goes_by_all_that_an_editor_may_call_it(
    store: Store, item: dict[str, Any], names: list[tuple[str, bool]]
) -> None:
    async with store.write() as tx:
        await add_post(tx, "a", item={"title": "A"} | item)
        assert [(name.name, name.strong) for name in await tx.posts.names()] == names


async def test_revisions_tell_what_is_new_to_an_index(store: Store) -> None:
    async with store.write() as tx:
        one, two, gone = [await add_post(tx, key) for key in ("one", "two", "gone")]
        await change_post(tx, two.id, post_item("two"))
        await tx.posts.remove(gone.id, NOW)
        assert await tx.posts.revisions() == {one.id: 1, two.id: 2}


async def test_terms_come_back_for_all_or_for_some(store: Store) -> None:
    async with store.write() as tx:
        ids = [(await add_post(tx, key, terms={key: 2, "Ω": 1})).id for key in ("a", "b", "c")]
    async with store.read() as tx:
        assert [row async for batch in tx.posts.terms() for row in batch] == [
            (post_id, {key: 2, "Ω": 1}, NOW) for post_id, key in zip(ids, "abc", strict=True)
        ]
        assert [row.post_id async for batch in tx.posts.terms([ids[2], ids[0], 999]) for row in batch] == [
            ids[0],
            ids[2],
        ]
        assert [row async for row in tx.posts.terms([])] == []


WILD = "\0\ud800 ‮ \U0001f600 " + "x" * 5_000


@pytest.mark.parametrize("field", ["key", "slug", "title", "url", "summary", "language", "html"])
async def test_wild_text_in_any_field_is_kept_or_cut_but_never_refused(store: Store, field: str) -> None:
    item: dict[str, Any] = {field: WILD, "links": (WILD,), "curated": (WILD,)}
    async with store.write() as tx:
        post = await add_post(tx, "a", item=item, tags=[Tag(WILD, WILD)], suggested=[Tag("w", WILD)], text=WILD)
        assert await tx.posts.known(item.get("key", "a")) == (post, False)
        assert (await tx.posts.by_tag(WILD, 5, 0)).items == (post,)


async def test_very_long_keys_that_differ_at_the_end_stay_apart(store: Store) -> None:
    async with store.write() as tx:
        one = await add_post(tx, "k" * 5_000 + "1", item={"slug": "one"})
        two = await add_post(tx, "k" * 5_000 + "2", item={"slug": "two"})
        assert await tx.posts.known("k" * 5_000 + "2") == (two, False)
        assert one.key != two.key


@pytest.mark.parametrize("wild", [-1, 0, 2**63, -(2**70), 10**30])
async def test_an_id_that_nobody_has_finds_nothing(store: Store, wild: int) -> None:
    async with store.read() as tx:
        assert await tx.posts.by_id(wild) is None
        assert await tx.posts.many([wild]) == {}
        assert await tx.events.occurrence(wild) is None
        assert await tx.chats.by_telegram(wild, wild) is None


async def test_posts_are_selected_by_all_tags_and_any_author_newest_first(store: Store) -> None:
    async with store.write() as tx:
        old = await add_post(tx, "old", item={"authors": ("Ann", "Bo")}, tags=tags("Art", "Film"))
        new = await add_post(tx, "new", item={"authors": ("Bo",)}, tags=tags("Art"), published=NOW + DAY)
        other = await add_post(tx, "other", item={"authors": ("Cy",)}, tags=tags("Film"), suggested=tags("Art"))
        gone = await add_post(tx, "gone", item={"authors": ("Ann",)}, tags=tags("Art"))
        await tx.posts.remove(gone.id, NOW)
    async with store.read() as tx:
        assert await tx.posts.selected(["art"], [], 9) == [new, old]
        assert await tx.posts.selected(["art", "film"], [], 9) == [old]
        assert await tx.posts.selected([], ["ann", "cy"], 9) == [other, old]
        assert await tx.posts.selected(["art"], ["bo"], 1) == [new]
        assert await tx.posts.selected([], [], 9) == [new, other, old]
        assert await tx.posts.selected(["none"], [], 9) == []
