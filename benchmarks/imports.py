"""How fast posts come in: a folder of real ones, with related articles and search index; and the same again, unchanged."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.material import folder
from benchmarks.table import Row, compared
from blogbot.app.core import open_core
from blogbot.config import SourceSettings, only


def rows(place: Path | None = None) -> list[Row]:
    """Posts per second, first time and again. Raises NoMaterial without a folder of posts."""
    return asyncio.run(_measure((place or folder()) / "posts"))


async def _measure(posts: Path) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        settings = only(database_url=f"sqlite:///{name}/bench.db", feeds_dir=Path(name) / "feeds")
        source = SourceSettings(location=str(posts), kind="markdown")
        async with open_core(settings) as core:
            speeds = []
            for _ in range(2):
                started = time.perf_counter()
                report = await core.take_in(source)
                speeds.append(report.posts.total / (time.perf_counter() - started))
    first, again = speeds
    return [
        Row(f"import of {report.posts.total} posts, first time", first, "posts/s"),
        compared(f"import of {report.posts.total} posts, unchanged", again, "posts/s", "first time", first),
    ]
