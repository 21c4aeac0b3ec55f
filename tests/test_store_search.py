"""Full-text search: one behaviour on both databases, whatever is typed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from blogbot.clock import MovableClock
from blogbot.store import Store
from tests.store_samples import DAY, NOW, add_post, post_item, record, tags


async def _slugs(store: Store, query: str) -> list[str]:
    async with store.read() as tx:
        page = await tx.posts.search(query, 10, 0)
    assert page.total == len(page.items)
    return [post.slug for post in page.items]


@pytest.fixture
async def library(store: Store) -> Store:
    async with store.write() as tx:
        await add_post(
            tx, "bread", item={"title": "Baking bread"}, text="Flour and water, and the patience of a baker."
        )
        await add_post(
            tx, "bikes", item={"title": "Cycling cities"}, text="Bikes don't need bread. Café life, naïveté."
        )
        await add_post(
            tx, "nato", item={"title": "NEAR and NOT"}, tags=tags("Open Data"), text="C++ & snake_case, 3.14"
        )
        await add_post(
            tx, "german", item={"title": "Die Straßen", "language": "de"}, text="Über allen Gipfeln ist Ruh; the end"
        )
    return store


@pytest.mark.parametrize(("query", "every"), [("flour water", True), ("flour bikes", False), ("no", True), ("", True)])
async def test_it_is_known_whether_all_the_words_were_found(library: Store, query: str, every: bool) -> None:
    async with library.read() as tx:
        assert (await tx.posts.search(query, 1, 0)).every is every


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bread", ["bread", "bikes"]),
        ("BREAD", ["bread", "bikes"]),
        ("baked", ["bread"]),  # stems
        ("flour water", ["bread"]),
        ("flour bikes", ["bikes", "bread"]),  # no post has both: any of them will do
        ("pati", ["bread"]),  # the last word may be unfinished
        ("pati flour", ["bread"]),  # the others may not, but one is enough
        ("cafe", ["bikes"]),
        ("café", ["bikes"]),
        ("naivete", ["bikes"]),
        ("open data", ["nato"]),
        ("uber", ["german"]),
        ("Gipfeln", ["german"]),
        ("NEAR", ["nato"]),
        ("near NOT nato*", ["nato"]),
        ("title:bread", ["bread", "bikes"]),
        ("nothing-at-all-like-it", []),
        ("", []),
        ("  \n", []),
        ("'\"*-()&|!:<>^~", []),
        ("😀", []),
        ("\0", []),
        ("\ud800", []),
        ("bread\0", ["bread", "bikes"]),
    ],
)
async def test_words_find_posts(library: Store, query: str, found: list[str]) -> None:
    assert sorted(await _slugs(library, query)) == sorted(found)


@pytest.mark.parametrize("others", [0, 20])
async def test_the_title_counts_more_than_tags_these_more_than_the_summary_that_more_than_the_body(
    store: Store, others: int
) -> None:
    long = "other words " * 300
    async with store.write() as tx:
        for number in range(others):
            await add_post(tx, f"other-{number}", text="nothing about it")
        for age, (slug, title, labels, summary, text) in enumerate(
            (
                ("in-body", "x", (), "", "lighthouse " * 200),
                ("in-title", "The lighthouse keeper's year", (), "", long),
                ("in-summary", "x", (), "About a lighthouse", long),
                ("in-tags", "x", tags("Lighthouse", "Sea"), "", "short"),
            )
        ):
            published = NOW - age * DAY
            await add_post(
                tx, slug, item={"title": title}, tags=labels, summary=summary, text=text, published=published
            )
    assert await _slugs(store, "lighthouse") == ["in-title", "in-tags", "in-summary", "in-body"]


async def test_of_equals_the_newest_goes_first(store: Store) -> None:
    async with store.write() as tx:
        for slug, days in (("old", 9), ("new", 1), ("middle", 5)):
            await add_post(tx, slug, item={"title": "Same"}, published=NOW - days * DAY, text="same words")
    assert await _slugs(store, "same") == ["new", "middle", "old"]


async def test_results_come_in_pages(store: Store) -> None:
    async with store.write() as tx:
        for number in range(5):
            published = NOW - timedelta(days=number)
            await add_post(tx, f"p{number}", item={"title": "Same"}, published=published, text="same")
    async with store.read() as tx:
        page = await tx.posts.search("same", 2, 2)
        assert [post.slug for post in page.items] == ["p2", "p3"]
        assert (page.offset, page.total) == (2, 5)
        assert (await tx.posts.search("same", 2, 10**30)).items == ()


@pytest.mark.parametrize("query", ["rare common", "common absent"])
async def test_each_page_says_how_many_there_are_in_all(store: Store, query: str) -> None:
    """Hits of different worth: the first page needs only the best of them. And pages beyond the last, which have none."""
    async with store.write() as tx:
        for number in range(25):
            await add_post(
                tx, f"p{number}", item={"title": "Rare" if number < 3 else "Other"}, text="common rare " * (number + 1)
            )
    async with store.read() as tx:
        for limit, offset, items in ((2, 0, 2), (10, 20, 5), (10, 25, 0), (10, 30, 0), (0, 0, 0)):
            page = await tx.posts.search(query, limit, offset)
            assert (len(page.items), page.total) == (items, 25), (limit, offset)


@pytest.mark.parametrize("query", ["quay", "quay walk", "quay wal", "walk absent", "quay seldom absent", "harbour"])
async def test_a_short_page_begins_as_a_long_one(store: Store, query: str) -> None:
    """Whether there are enough titles with all the words for it, or too few, so that all the others are weighed too. A word that
    stands in most posts is worth next to nothing, and a long text makes a title worth less."""
    async with store.write() as tx:
        for number in range(24):
            await add_post(tx, f"other-{number}", item={"title": "Other"}, text="walk " * (number % 3 + 1))
        for number in range(6):
            text = "harbour " + "something long " * 100 * (number + 1)
            await add_post(tx, f"both-{number}", item={"title": "Quay walk"}, tags=tags("Sea")[: number % 2], text=text)
        for number in range(3):
            await add_post(tx, f"tag-{number}", item={"title": "Quay"}, tags=tags("Walk"), text="short harbour seldom")
    async with store.read() as tx:
        found = await tx.posts.search(query, 100, 0)
        whole = [post.slug for post in found.items]
        if query == "quay walk":
            assert {slug[:4] for slug in whole[:6]} == {"both"}, "what has all the words in its title comes first"
        for limit in (1, 2, 3, 5, 6, 7, 9, 13):
            pages = [await tx.posts.search(query, limit, offset) for offset in range(0, len(whole), limit)]
            assert [post.slug for page in pages for post in page.items] == whole, limit
            assert {page.total for page in pages} == {len(whole)} == {found.total}, limit


async def test_a_very_long_text_is_searched_by_its_beginning(store: Store) -> None:
    async with store.write() as tx:
        text = "start " + " ".join(f"w{number}" for number in range(200_000))
        await add_post(tx, "long", text=text)
        await add_post(tx, "one-word", text="語" * 300_000)
    assert await _slugs(store, "start w10") == ["long"]


async def test_a_query_of_many_words_is_answered_by_its_first(library: Store) -> None:
    assert await _slugs(library, "flour " + "water " * 5_000) == ["bread"]
    assert await _slugs(library, "flour " * 16 + "nonsense") == ["bread"]
    assert await _slugs(library, "x" * 100_000) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("a AND b OR NOT c NEAR(d e, 3)")
@example('"unclosed')
@example("col:x ^y z* -w +v")
@example("don''t 'x' \\")
@example("a:* & b | !c <-> d")
@example("ª º ² ½ Ⅷ ﬁ _ __")
@given(st.text(max_size=80))
def test_no_query_breaks_the_search(store_url: str, query: str) -> None:
    async def ask() -> None:
        store = await Store.open(store_url, clock=MovableClock(NOW))
        try:
            async with store.read() as tx:
                page = await tx.posts.search(query, 5, 0)
                assert page.total == 0
        finally:
            await store.close()

    asyncio.run(ask())


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("ĳ")
@example("İstanbul")
@example("Ϲ")
@example("ΟΔΟΣ")
@example("ß²½")
@given(st.text(alphabet=st.characters(categories=["L", "N"], max_codepoint=0x52F), min_size=1, max_size=40))
def test_any_word_that_is_kept_is_found_again(store_url: str, word: str) -> None:
    async def keep_and_ask() -> None:
        store = await Store.open(store_url, clock=MovableClock(NOW))
        try:
            async with store.write() as tx:
                item = post_item("it", title="x")
                old = await tx.posts.known("it")
                kept = record(item, text=f"before {word} after")
                await (tx.posts.update(old.post.id, kept) if old else tx.posts.insert(kept))
                assert (await tx.posts.search(word, 5, 0)).total == 1
        finally:
            await store.close()

    asyncio.run(keep_and_ask())
