"""What to measure on: real posts where a folder of them is there, made-up ones where many are wanted.

Made-up posts are drawn from a fixed seed: words by Zipf's law, so that an index sees the few frequent and the many rare
ones that real text has.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blogbot.model import PostItem

VARIABLE = "BLOGBOT_BENCH_POSTS"
WORDS = 12_000
TAGS = 200


def folder() -> Path | None:
    """The folder of real Markdown posts: the one that the variable names, or one beside the checkout; None without."""
    given = os.environ.get(VARIABLE)
    place = Path(given) if given else Path(__file__).parents[2] / "shared" / "data" / "18f" / "posts"
    return place if place.is_dir() else None


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
            authors=(f"Author {n % 40}",),
            tags=tuple(f"topic {draw.randrange(TAGS)}" for _ in range(3)),
            published=newest - timedelta(hours=n),
        )
        for n in range(count)
    ]
