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

UNTIDY = """---
title: Untidy
date: 2020-01-01
---
<main>
<header><h1>A heading as large as the page's own</h1></header>
<nav><a href="https://elsewhere.example/">Elsewhere</a></nav>
<h4>Too small</h4>
<p><code class="button card">not a button</code> <img src="http://pictures.example/a.png"></p>
<pre>{wide}</pre>
<table><tr><th>{wide}</th><th>{wide}</th></tr><tr><td headers="nowhere">{wide}</td><td>{wide}</td></tr></table>
<aside>Beside it</aside>
<h2>The end</h2>
<footer>Written long ago</footer>
</main>
""".format(wide="unbreakable" * 20)
"""An article whose HTML was made for a page of its own; its picture is at an http address."""

NOW = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)


@asynccontextmanager
async def served(folder: Path, **given: Any) -> AsyncIterator[str]:
    """The address of the site, ending in "/"; `given` is what create_web takes, and `language`."""
    posts, events, clock = folder / "posts", folder / "events.ics", MovableClock(NOW)
    posts.mkdir()
    write_posts(posts, NOW)
    (posts / "untidy.md").write_text(UNTIDY, "utf-8")
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
