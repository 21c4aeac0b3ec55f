"""How long feeds take to come onto the disk: all of them, and those that one new post touches; beside Hugo and Pelican.

These make Atom and RSS (Hugo also JSON Feed) of everything, each tag and each author. blogbot makes these three, each also in
short, with related articles in every entry, calendars, archives of all older posts and a site map, and of each file two
compressed forms. Which articles are related is drawn by chance: finding it out is another benchmark's matter.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.child import Run, resident, run
from benchmarks.generators import GENERATORS, Generator, Site
from benchmarks.material import fill, items, relate
from benchmarks.table import Row, compared
from blogbot.app.core import Core, open_core
from blogbot.app.memory import keep_small, settle
from blogbot.config import only
from blogbot.intake import posts
from blogbot.intake.herald import Herald
from blogbot.model import Origin, PostItem

NEIGHBOURS = 4
"""So many posts name a new one among their related ones."""

_CLOSE = 400


@dataclass(frozen=True, slots=True)
class Size:
    """How many posts are built each time, and how often a new one comes among the most of them."""

    posts: Sequence[int] = (1_000, 10_000)
    new: int = 7


@dataclass(frozen=True, slots=True)
class News:
    """One new post: how many feeds it touched, and milliseconds until these and until all files were on the disk."""

    feeds: int
    there: float
    whole: float


@dataclass(frozen=True, slots=True)
class Ours:
    built: Run
    feeds: int
    grown: float
    news: Sequence[News]


def rows(size: Size = Size()) -> list[Row]:
    """The measured rows; most of the time goes by with the making of posts."""
    return [row for count in size.posts for row in _rows(count, size.new if count == max(size.posts) else 0)]


def _rows(count: int, new: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as name:
        folder = Path(name)
        ours = asyncio.run(_ours(folder, count, new))
        built = {generator: _built(generator, folder, count) for generator in GENERATORS if generator.there}
        yield from _full(count, ours, built)
        if new:
            yield from _one(count, ours, built)


def _full(count: int, ours: Ours, built: dict[Generator, tuple[Site, Run]]) -> Iterator[Row]:
    what = f"full build of {count:,} posts, {ours.feeds:,} feeds"
    for generator in GENERATORS:
        if generator not in built:
            yield Row(what, ours.built.seconds, "s", f"{generator.name}: {generator.missing}")
            continue
        site, theirs = built[generator]
        name = f"{generator.name}, {site.feeds:,} feeds"
        yield compared(what, ours.built.seconds, "s", name, theirs.seconds)
        yield compared("its most memory", ours.built.memory, "MB", name, theirs.memory)
    yield Row("of which grown by the build", ours.grown, "MB")


def _one(count: int, ours: Ours, built: dict[Generator, tuple[Site, Run]]) -> Iterator[Row]:
    feeds = round(statistics.median(one.feeds for one in ours.news))
    there = statistics.median(one.there for one in ours.news)
    what = f"one new post among {count:,}, until its {feeds} feeds are on the disk"
    yield compared(what, there, "ms", "its full build", ours.built.seconds * 1000)
    for site, _ in built.values():
        site.add(_more(1))
        yield compared(what, there, "ms", f"{site.generator.name}'s rebuild", site.build().seconds * 1000)
    yield Row("the same with lists and compressed forms", statistics.median(one.whole for one in ours.news), "ms")


def _built(generator: Generator, folder: Path, count: int) -> tuple[Site, Run]:
    site = generator.site(folder / generator.name, items(count))
    return site, site.build()


def _more(count: int) -> Iterable[PostItem]:
    """Posts of today, with topics of others."""
    for number, item in enumerate(items(count, seed=2)):
        name = f"new-{time.time_ns()}-{number}"
        yield replace(item, key=name, slug=name, url=f"https://blog.example/{name}", published=datetime.now(UTC))


async def _ours(folder: Path, count: int, new: int) -> Ours:
    async with _opened(folder) as core:
        await fill(core, count)
        await relate(core)
    built, feeds = _as_it_runs(folder), len(list(_feeds(folder)))
    news = [News(*each) for each in json.loads(_as_it_runs(folder, new).said)] if new else []
    return Ours(built, feeds, float(built.said), news)


def _as_it_runs(folder: Path, *given: object) -> Run:
    return run(
        [sys.executable, "-m", "benchmarks.builds", folder, *map(str, given)], Path(__file__).parents[1], os.environ
    )


async def _publish(core: Core, folder: Path, item: PostItem) -> News:
    """Publishes one new post, which some of the newer ones name among their related ones."""
    await core.publish()
    now = core.clock.now()
    async with core.store.read() as tx:
        ids = list(await tx.posts.stamps())[-_CLOSE:]
    async with core.store.write() as tx:
        _, own = await posts.save(Herald(tx, now, quiet=True), posts.draft(item), now=now)
    near = random.Random(own).sample(ids, min(NEIGHBOURS, len(ids)))
    async with core.store.write() as tx:
        lists = {id_: [(own, Origin.COMPUTED, 0.9)] for id_ in near}
        await tx.posts.save_related({own: [(id_, Origin.COMPUTED, 0.5) for id_ in near], **lists})
    begun, before = time.perf_counter(), time.time_ns()
    await core.publish()
    whole = time.perf_counter() - begun
    # A rename is the last that happens to a file, and changes this time of it.
    changed = [at for path in _feeds(folder) if (at := path.stat().st_ctime_ns) > before]
    return News(len(changed), (max(changed) - before) / 1e6, whole * 1000)


def _feeds(folder: Path) -> Iterator[Path]:
    endings = {".xml", ".json", ".ics"}
    return (path for path in (folder / "feeds").rglob("*.*") if path.suffix in endings and path.name[0] != ".")


def _opened(folder: Path) -> AbstractAsyncContextManager[Core]:
    return open_core(
        only(
            database_url=f"sqlite:///{folder}/blogbot.db",
            feeds_dir=folder / "feeds",
            title="Built",
            site_url="https://blog.example",
            public_url="https://bot.blog.example",
        )
    )


async def _build(folder: Path) -> None:
    """A full build in a process of its own, as in `blogbot run`; says by how many megabytes it grew."""
    keep_small()
    async with _opened(folder) as core:
        before = resident()
        await core.publish()
        print(resident("VmHWM") - before)


async def _add(folder: Path, new: int) -> None:
    """So many new posts one after the other, likewise; says what `News` says of each, as JSON."""
    keep_small()
    # A new post does not come while half a gigabyte of a whole build is still on its way to the disk.
    os.sync()
    async with _opened(folder) as core:
        settle()
        print(json.dumps([astuple(await _publish(core, folder, item)) for item in _more(new)]))


if __name__ == "__main__":
    place, *count = sys.argv[1:]
    asyncio.run(_add(Path(place), int(count[0])) if count else _build(Path(place)))
