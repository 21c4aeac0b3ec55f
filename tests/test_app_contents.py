"""The store as contents to publish: asked from another thread, it answers as a catalogue of the same posts would. On both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from lxml import etree

from blogbot.app.contents import StoreContents
from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.model import Label, LabelKind, Origin, Related, Site
from blogbot.publish import Contents, Publisher
from blogbot.publish.register import MANIFEST
from blogbot.store import Store
from tests.blog_in_memory import Catalogue, Held
from tests.store_samples import DAY, HOUR, NOW, add_dates, add_event, add_post, change_post, date_of, post_item, tags

SITE = Site("Harbour", url="https://harbour.example", public_url="https://bot.harbour.example")
ART, ANN = Label(LabelKind.TAG, "art"), Label(LabelKind.AUTHOR, "ann")

FEEDS = frozenset({".xml", ".json", ".ics", ".opml", ".html"})

T = TypeVar("T")


@pytest.fixture
async def contents(store: Store, clock: MovableClock) -> StoreContents:
    """Three posts, the first the newest, each related to the one before; and an event with two dates."""
    async with store.write() as tx:
        one = await add_post(tx, "one", item={"authors": ("Ann", "Bo")}, tags=tags("Art", "Music"))
        two = await add_post(tx, "two", item={"authors": ("Ann",)}, tags=tags("Art"), published=NOW - DAY)
        three = await add_post(tx, "three", suggested=tags("Art"), published=NOW - 2 * DAY)
        await tx.posts.save_related({
            two.id: [(one.id, Origin.COMPUTED, 0.5)],
            three.id: [(two.id, Origin.CURATED, 1.0), (one.id, Origin.COMPUTED, 0.5)],
        })  # fmt: skip
        event = await add_event(tx, "talk", labels=tags("Art"))
        await add_dates(tx, event, date_of(event, NOW + HOUR), date_of(event, NOW + DAY, key="later"))
    return StoreContents(SITE, store, Blog(store, clock), clock)


async def ask(contents: StoreContents, question: Callable[[StoreContents], T]) -> T:
    """From another thread, as feeds are written."""
    return await asyncio.to_thread(question, contents)


def answers(contents: Contents) -> dict[str, Any]:
    """What can be asked, also of what there is not."""
    standing = contents.standing()
    return {
        "stamps": list(standing.stamps),
        "sizes": dict(standing.sizes),
        "departures": standing.departures,
        "windows": contents.windows([ART, ANN, Label(LabelKind.TAG, "none")]),
        "labels": contents.labels([1, 2, 99]),
        "updated": contents.updated([1, 3, 99]),
        "naming": contents.naming([1, 99]),
        "articles": {id_: (post, list(those)) for id_, (post, those) in contents.articles([1, 3, 99]).items()},
        "titles": {id_: (post.title, post.slug) for id_, post in contents.outlines([1, 2, 99]).items()},
        "none": [dict(contents.windows([])), contents.labels([]), contents.naming([]), *_of_none(contents)],
        "events": [event.uid for event in contents.events()],
        "dates": [one.starts for one in contents.occurrences()],
    }


def _of_none(contents: Contents) -> Iterator[dict[int, Any]]:
    return (dict(each([])) for each in (contents.updated, contents.articles, contents.outlines))


async def test_the_store_answers_as_a_catalogue_in_memory_does(contents: StoreContents, store: Store) -> None:
    async with store.read() as tx:
        posts = await tx.posts.many([1, 2, 3])
    related = await _related(contents, [1, 2, 3])
    events, dates = await ask(contents, StoreContents.events), await ask(contents, StoreContents.occurrences)
    known = Catalogue(SITE, list(posts.values()), related, events, dates)
    assert await ask(contents, answers) == answers(Held(known))
    assert {id_: [(one.post.id, one.origin) for one in those] for id_, those in related.items()} == {
        1: [],
        2: [(1, Origin.COMPUTED)],
        3: [(2, Origin.CURATED), (1, Origin.COMPUTED)],
    }
    assert ([event.uid for event in events], len(dates)) == (["talk"], 2)


async def test_a_post_that_is_gone_is_in_no_answer(contents: StoreContents, store: Store) -> None:
    async with store.write() as tx:
        await tx.posts.remove(1, NOW)
    found = await ask(contents, answers)
    assert found["stamps"] == [3, 2]
    assert found["sizes"] == {ART: 1, ANN: 1}
    assert set(found["departures"]) == {None, ART, ANN, Label(LabelKind.TAG, "music"), Label(LabelKind.AUTHOR, "bo")}
    assert {id_ for name in ("updated", "articles", "titles") for id_ in found[name]} == {2, 3}
    assert [one.post.id for one in (await _related(contents, [3]))[3]] == [2]


async def _related(contents: StoreContents, ids: list[int]) -> dict[int, Sequence[Related]]:
    found = await ask(contents, lambda asked: asked.articles(ids))
    return {id_: those for id_, (_, those) in found.items()}


async def test_dates_differ_with_an_event_and_with_the_hour(
    contents: StoreContents, store: Store, clock: MovableClock
) -> None:
    seen = [(await ask(contents, StoreContents.standing)).dates]
    async with store.write() as tx:
        await add_event(tx, "walk")
    seen.append((await ask(contents, StoreContents.standing)).dates)
    clock.move(HOUR)
    seen.append((await ask(contents, StoreContents.standing)).dates)
    assert len(set(seen)) == 3
    assert (await ask(contents, StoreContents.standing)).dates == seen[-1]


async def test_feeds_that_followed_a_change_are_as_if_they_were_written_at_once(
    contents: StoreContents, store: Store, tmp_path: Path
) -> None:
    followed = Publisher(tmp_path / "followed", SITE)
    await ask(contents, followed.publish)
    async with store.write() as tx:
        four = await add_post(tx, "four", item={"authors": ("Bo",)}, tags=tags("Music"), published=NOW + HOUR)
        await change_post(tx, 2, post_item("two", title="Two, again"), tags=tags("Music"), published=NOW - DAY)
        await tx.posts.save_related({1: [(four.id, Origin.COMPUTED, 0.5)]})
        await tx.posts.remove(3, NOW)
    await ask(contents, followed.publish)
    await ask(contents, Publisher(tmp_path / "at-once", SITE).publish)
    assert held(tmp_path / "followed") == held(tmp_path / "at-once")


async def test_no_feeds_date_goes_back_when_its_newest_post_leaves_it_or_comes_back(
    contents: StoreContents, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    """What left is a change with a time of its own, which the store knows; so the same feeds come of an empty folder."""
    publisher, feeds = Publisher(tmp_path / "followed", SITE), ("", "tags/art/", "tags/music/", "authors/ann/")
    async with store.write() as tx:
        four = await add_post(
            tx, "four", item={"authors": ("Ann",)}, tags=tags("Art", "Music"), published=NOW + HOUR, updated=NOW + HOUR
        )
        await add_post(tx, "five", tags=tags("Music"), published=NOW - DAY, updated=NOW - DAY)
    await ask(contents, publisher.publish)
    seen = [_dates(tmp_path / "followed", feeds)]
    for happens in ("loses a tag", "is withdrawn", "comes back"):
        clock.move(DAY)
        async with store.write() as tx:
            if happens == "is withdrawn":
                await tx.posts.remove(four.id, clock.now())
            else:
                item = post_item("four", authors=("Ann",))
                at = clock.now() if happens == "loses a tag" else NOW + HOUR
                await change_post(tx, four.id, item, tags=tags("Art"), published=NOW + HOUR, updated=at)
        await ask(contents, publisher.publish)
        seen.append(_dates(tmp_path / "followed", feeds))
    lost, withdrawn = f"{NOW + DAY:%Y-%m-%dT%H}", f"{NOW + 2 * DAY:%Y-%m-%dT%H}"
    assert [dates["tags/music/"][0][:13] for dates in seen[1:]] == [lost] * 3
    assert [dates[""][0][:13] for dates in seen[1:]] == [lost, withdrawn, withdrawn]
    for before, after in pairwise(seen):
        for feed in feeds:
            assert before[feed] <= after[feed], feed
    await ask(contents, Publisher(tmp_path / "at-once", SITE).publish)
    assert held(tmp_path / "followed") == held(tmp_path / "at-once")


def _dates(folder: Path, feeds: Iterable[str]) -> dict[str, tuple[str, int]]:
    """What each feed says of its last change, and when it was written, which HTTP tells as Last-Modified."""
    places = {feed: folder / feed / "atom.xml" for feed in feeds}
    return {
        feed: (etree.fromstring(place.read_bytes()).findtext("{*}updated") or "", place.stat().st_mtime_ns)
        for feed, place in places.items()
    }


def held(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.suffix in FEEDS and path.name != MANIFEST
    }
