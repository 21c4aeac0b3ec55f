"""What feeds ask of all posts: how each stands, which labels there are, and which posts are a label's newest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import text

from blogbot.model import Label, LabelKind, Origin, Window
from blogbot.store import Store, Transaction
from tests.store_samples import DAY, NOW, add_post, change_post, post_item, tags

ART, MUSIC = Label(LabelKind.TAG, "art"), Label(LabelKind.TAG, "music")
ANN, BO = Label(LabelKind.AUTHOR, "ann"), Label(LabelKind.AUTHOR, "bo")

Kin = Sequence[tuple[int, Origin, float]]


async def fill(tx: Transaction) -> list[int]:
    """Three posts, the first the newest."""
    one = await add_post(tx, "one", item={"authors": ("Ann", "Bo")}, tags=tags("Art", "Music"))
    two = await add_post(tx, "two", item={"authors": ("ANN",)}, tags=tags("ART"), published=NOW - DAY)
    three = await add_post(tx, "three", suggested=tags("Art"), published=NOW - 2 * DAY)
    return [one.id, two.id, three.id]


async def test_an_empty_blog_has_no_stamps(store: Store) -> None:
    async with store.read() as tx:
        assert await tx.posts.stamps() == {}


async def test_posts_of_one_instant_stand_in_the_order_in_which_they_came(store: Store) -> None:
    async with store.write() as tx:
        ids = [(await add_post(tx, name)).id for name in ("c", "b", "a")]
        assert list(await tx.posts.stamps()) == ids


async def test_stamps_tell_how_every_post_stands_the_oldest_first(store: Store) -> None:
    async with store.write() as tx:
        one, two, three = await fill(tx)
        await change_post(tx, two, post_item("two"), published=NOW - DAY)
        await tx.posts.remove(three, NOW)
        assert list((await tx.posts.stamps()).items()) == [(two, (2, 0)), (one, (1, 0))]


async def test_labels_have_sizes_and_windows_of_their_newest_posts(store: Store) -> None:
    async with store.write() as tx:
        one, two, three = await fill(tx)
    async with store.read() as tx:
        assert await tx.posts.sizes() == {ART: 2, MUSIC: 1, ANN: 2, BO: 1}
        labels = [ART, MUSIC, ANN, Label(LabelKind.TAG, "none")]
        assert await tx.posts.windows(labels, 50) == {
            ART: Window("Art", (one, two), NOW),
            MUSIC: Window("Music", (one,), NOW),
            ANN: Window("Ann", (one, two), NOW),
        }
        assert (await tx.posts.windows([ART], 1))[ART].ids == (one,)
        assert await tx.posts.labels([two, three]) == {ART, ANN}
        assert await tx.posts.updated([one, two, 99]) == {one: NOW, two: NOW}


async def test_a_window_says_when_the_one_of_its_posts_changed_that_changed_last(store: Store) -> None:
    async with store.write() as tx:
        for key, days in (("new", 0), ("edited", 1), ("old", 2)):
            updated = NOW + DAY if key == "edited" else NOW - days * DAY
            await add_post(tx, key, tags=tags("Art"), published=NOW - days * DAY, updated=updated)
        assert (await tx.posts.windows([ART], 3))[ART].updated == NOW + DAY
        assert (await tx.posts.windows([ART], 1))[ART].updated == NOW


async def test_of_posts_of_one_instant_a_window_has_the_last_that_came_in_first(store: Store) -> None:
    async with store.write() as tx:
        same = [
            (await add_post(tx, key, item={"authors": ("Ann",)}, tags=tags("Art"))).id
            for key in ("one", "two", "three")
        ]
    async with store.read() as tx:
        for limit in (3, 2):
            found = await tx.posts.windows([ART, ANN], limit)
            newest = tuple(same[::-1][:limit])
            assert found == {ART: Window("Art", newest, NOW), ANN: Window("Ann", newest, NOW)}


async def test_a_gone_post_is_under_no_label(store: Store) -> None:
    async with store.write() as tx:
        one, two, _ = await fill(tx)
        await tx.posts.remove(one, NOW)
        assert await tx.posts.sizes() == {ART: 1, ANN: 1}
        assert await tx.posts.windows([ART, MUSIC], 50) == {ART: Window("ART", (two,), NOW)}
        assert await tx.posts.labels([one]) == set()
        assert await tx.posts.updated([one]) == {}


@pytest.mark.parametrize(
    ("later", "grows"),
    [
        ([(2, Origin.COMPUTED, 0.5)], False),
        ([(2, Origin.COMPUTED, 0.54)], False),
        ([(2, Origin.COMPUTED, 0.44)], True),
        ([(2, Origin.CURATED, 0.5)], True),
        ([(3, Origin.COMPUTED, 0.5)], True),
        ([(2, Origin.COMPUTED, 0.5), (3, Origin.COMPUTED, 0.2)], True),
        ([], True),
    ],
)
async def test_kin_grows_only_with_what_people_see_of_the_list(store: Store, later: Kin, grows: bool) -> None:
    async with store.write() as tx:
        await fill(tx)
        await tx.posts.save_related({1: [(2, Origin.COMPUTED, 0.5)], 2: [(1, Origin.COMPUTED, 0.5)]})
        before = {id_: kin for id_, (_, kin) in (await tx.posts.stamps()).items()}
        await tx.posts.save_related({1: later})
        after = {id_: kin for id_, (_, kin) in (await tx.posts.stamps()).items()}
        assert await tx.posts.naming([1]) == {2}
    assert before == {1: 1, 2: 1, 3: 0}
    assert after == before | ({1: 2} if grows else {})


async def _change(tx: Transaction) -> None:
    await change_post(tx, 1, post_item("one"))


async def _relate(tx: Transaction) -> None:
    await tx.posts.save_related({1: [(3, Origin.COMPUTED, 0.5)]})


async def _exchange(tx: Transaction) -> None:
    await tx.posts.remove(1, NOW)
    await change_post(tx, 2, post_item("two"))


@pytest.mark.parametrize("change", [_change, _relate, _exchange])
async def test_the_stamp_of_all_differs_after_any_change(
    store: Store, change: Callable[[Transaction], Awaitable[None]]
) -> None:
    async with store.write() as tx:
        await fill(tx)
        before = await tx.posts.stamp()
        assert await tx.posts.stamp() == before
        await change(tx)
        assert await tx.posts.stamp() != before


async def test_how_posts_stand_is_read_without_their_texts(sqlite_store: Store) -> None:
    """On SQLite; PostgreSQL keeps long texts apart from their rows by itself."""
    async with sqlite_store._engines.reader.connect() as connection:
        for columns in ("id, revision, kin", "count(*), sum(id * kin)", "id, revision"):
            query = f"EXPLAIN QUERY PLAN SELECT {columns} FROM posts WHERE gone IS NULL"
            plan = (await connection.execute(text(query))).all()
            assert "COVERING INDEX ix_posts_latest" in str(plan)
