"""The demo's site served over real HTTP in the test's own loop, its feeds written, at an instant that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from blogbot.app.core import open_core
from blogbot.app.server import Server, listen
from blogbot.clock import MovableClock
from blogbot.config import SourceSettings, only
from blogbot.demo.sample import ZONE, calendar, write_posts
from blogbot.web import create_web
from tests.visitor import well

NOW = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)


@asynccontextmanager
async def served(folder: Path, **given: Any) -> AsyncIterator[str]:
    """The address of the site, ending in "/"; `given` is what create_web takes, and `language`."""
    posts, events, clock = folder / "posts", folder / "events.ics", MovableClock(NOW)
    posts.mkdir()
    write_posts(posts, NOW)
    events.write_bytes(calendar(NOW))
    with listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = only(
            token="1000001:sample-token-of-the-test", public_url=address, title="The Lantern", timezone=ZONE,
            language=given.pop("language", "en"), database_url=f"sqlite+aiosqlite:///{folder / 'test.db'}",
            feeds_dir=folder / "feeds", sources=(),
        )  # fmt: skip
        async with open_core(settings, clock) as core:
            await core.take_in(SourceSettings(location=str(posts), kind="markdown", timezone=ZONE))
            await core.take_in(SourceSettings(location=str(events), kind="calendar", timezone=ZONE))
            await core.publish()
            fields: dict[str, Any] = {
                "blog": core.blog, "site": core.site, "feeds_dir": settings.feeds_dir, "ready": well,
                "bot_username": lambda: "our_bot",
            }  # fmt: skip
            server = Server(create_web(**(fields | given)))
            await server.start(listener)
            try:
                yield f"{address}/"
            finally:
                await server.stop()
