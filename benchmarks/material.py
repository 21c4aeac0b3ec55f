"""What to measure on: real posts where a folder of them is there, made-up ones where many are wanted.

Made-up posts are drawn from a fixed seed: words by Zipf's law, so that an index sees the few frequent and the many rare
ones that real text has.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blogbot.app.core import Core
from blogbot.intake import events, posts
from blogbot.intake.herald import Herald
from blogbot.model import EventItem, Origin, PostItem

VARIABLE = "BLOGBOT_BENCH_POSTS"
WORDS = 12_000
TAGS = 200
AUTHORS = 40
RELATED = 5
BATCH = 500


class NoMaterial(Exception):
    """There is nothing here to measure on; the message says what is wanted."""


def folder() -> Path:
    """The folder of real posts: the one that the variable names, or one beside the checkout. Raises NoMaterial.

    It holds `posts/*.md` and, for related articles, `related_links.json`, which names for a slug the slugs that it links to.
    """
    given = os.environ.get(VARIABLE)
    place = Path(given) if given else Path(__file__).parents[2] / "shared" / "data" / "18f"
    if not (place / "posts").is_dir():
        raise NoMaterial(f"set {VARIABLE} to a folder with Markdown posts in posts/*.md")
    return place


def items(count: int, seed: int = 1) -> list[PostItem]:
    """`count` made-up posts of about 300 words."""
    draw = random.Random(seed)
    vocabulary = [
        "".join(draw.choices("bcdfglmnprst", k=2) + draw.choices("aeiou", k=2)) + str(n) for n in range(WORDS)
    ]
    weights = [1 / (rank + 3) for rank in range(WORDS)]
    newest = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        PostItem(
            key=f"made-up:{n}",
            slug=f"post-{n}",
            title=" ".join(draw.choices(vocabulary, weights, k=7)),
            html="".join(f"<p>{' '.join(draw.choices(vocabulary, weights, k=60))}</p>" for _ in range(5)),
            url=f"https://blog.example/post-{n}",
            authors=(f"Author {n % AUTHORS}",),
            tags=tuple(f"topic {draw.randrange(TAGS)}" for _ in range(3)),
            published=newest - timedelta(hours=n),
        )
        for n in range(count)
    ]


async def fill(core: Core, count: int) -> None:
    """So many made-up posts, searchable and tagged, and an event."""
    now = core.clock.now()
    drafts = [posts.draft(item) for item in items(count)]
    for start in range(0, count, BATCH):
        async with core.store.write() as tx:
            for draft in drafts[start : start + BATCH]:
                await posts.save(Herald(tx, now, quiet=True), draft, now=now)
    starts = (datetime.now(UTC) + timedelta(days=3)).replace(tzinfo=None)
    item = EventItem("talk", "A talk", starts, starts + timedelta(hours=1), "UTC", location="Room 1")
    async with core.store.write() as tx:
        await events.save(Herald(tx, now, quiet=True), item, untitled="Upcoming event", now=now)


async def relate(core: Core) -> None:
    """Gives each post related ones, drawn by chance."""
    draw = random.Random(1)
    async with core.store.read() as tx:
        ids = list(await tx.posts.stamps())
    for start in range(0, len(ids), BATCH):
        async with core.store.write() as tx:
            await tx.posts.save_related({id_: _drawn(draw, ids, id_) for id_ in ids[start : start + BATCH]})


def _drawn(draw: random.Random, ids: Sequence[int], own: int) -> list[tuple[int, Origin, float]]:
    near = draw.sample(ids, min(RELATED, len(ids)))
    return [(other, Origin.COMPUTED, 0.9 - place / 10) for place, other in enumerate(near) if other != own]
