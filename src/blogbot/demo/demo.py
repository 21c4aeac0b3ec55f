"""The demo: a sandbox Telegram, the bot, the clock, pages and feeds on one port."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from blogbot.app.core import open_core
from blogbot.app.running import Running, run
from blogbot.app.server import listen
from blogbot.clock import MovableClock
from blogbot.config import Settings, SourceSettings, only
from blogbot.demo.sample import ZONE, calendar, write_posts
from blogbot.errors import BlogbotError
from blogbot.i18n import Words, words
from blogbot.sandbox import Telegram, sandbox_routes

TOKEN = "1000001:sample-token-of-the-demo"  # noqa: S105  # only the demo's own sandbox knows it
HOST = "127.0.0.1"
USUAL_PORT = 8080
BOT_NAME = "Sample blog bot"


async def run_demo(
    *, port: int | None = None, on_ready: Callable[[str], None], on_stopping: Callable[[], None] = lambda: None
) -> None:
    """Runs until interrupted. `port` None: the usual one, or a free one where that is taken; 0: a free one.

    Raises BlogbotError where a port that was asked for is taken.
    """
    with tempfile.TemporaryDirectory(prefix="blogbot-demo-") as name, _listen(port) as listener:
        folder = Path(name)
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        clock = MovableClock()
        telegram = Telegram(now=lambda: clock.now().timestamp(), bot_name=BOT_NAME)
        settings = _settings(folder, address)
        translated = words(settings.language)
        async with open_core(settings, clock) as core:
            for source in _sources(folder, clock):
                await core.take_in(source)
            await core.publish()
            await run(
                core,
                listener,
                routes=lambda running: sandbox_routes(
                    telegram,
                    gettext=translated.gettext,
                    language=settings.language,
                    skip=_skip(running, clock, translated),
                ),
                chat_url=f"{address}/sandbox/",
                on_ready=lambda: on_ready(f"{address}/sandbox/"),
                on_stopping=on_stopping,
                on_stop=telegram.close,
            )


def _listen(port: int | None) -> socket.socket:
    """On the port that was asked for; else on the usual one, or a free one where that is taken."""
    if port is not None:
        return listen(HOST, port)
    try:
        return listen(HOST, USUAL_PORT)
    except BlogbotError:
        return listen(HOST, 0)


def _settings(folder: Path, address: str) -> Settings:
    """Everything is given, so that a setting meant for the real bot has no part in it."""
    return only(
        token=TOKEN, api_url=address, public_url=address, site_url="", title="Sample blog", timezone=ZONE,
        language="en", admins=(), sources=(), database_url=f"sqlite+aiosqlite:///{folder / 'demo.db'}",
        feeds_dir=folder / "feeds", host=HOST,
    )  # fmt: skip


def _sources(folder: Path, clock: MovableClock) -> tuple[SourceSettings, SourceSettings]:
    posts, events = folder / "posts", folder / "events.ics"
    posts.mkdir()
    write_posts(posts, clock.now())
    events.write_bytes(calendar(clock.now()))
    return (
        SourceSettings(location=str(posts), kind="markdown", timezone=ZONE),
        SourceSettings(location=str(events), kind="calendar", timezone=ZONE),
    )


def _skip(running: Running, clock: MovableClock, translated: Words) -> Callable[[], Awaitable[dict[str, str]]]:
    """Moves the demo's clock to the next reminder and delivers it, so that nobody needs to wait a day for it."""
    _ = translated.gettext
    skipping = asyncio.Lock()

    async def skip() -> dict[str, str]:
        async with skipping:
            due = await running.delivery.next_reminder()
            if due is None:
                return {"text": _("No reminder is set yet. Send /next and tap “Remind me”, then skip again.")}
            clock.move_to(due)
            await running.delivery.turn()
        when = translated.when(due, ZONE)
        return {"text": _("The demo's clock now shows {when}.").format(when=when), "now": due.isoformat()}

    return skip
