"""blogbot's own hub in a process that can be told to die: it takes in, publishes, tells and pushes as `blogbot run` does, without a bot."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from blogbot.app.core import open_core
from blogbot.app.running import Running
from blogbot.app.ticks import Ticks
from blogbot.bot import BotService
from blogbot.config import SourceSettings, only
from blogbot.delivery import Delivery
from blogbot.delivery.journal import Journal
from blogbot.store.errands import Errands
from blogbot.websub import WebSub, courier
from blogbot.websub.news import News
from tests.chaos.points import after, before

OFTEN = 0.05
BETWEEN, ANSWERED, OWING, UNTOLD = "between two pushes", "answered, not committed", "while it is owed", "not told"

POINTS: dict[str, Callable[[], None]] = {
    BETWEEN: lambda: after(Journal, "change", 3),
    ANSWERED: lambda: before(Journal, "change", 3),
    OWING: lambda: after(Errands, "want_pushes", 1),
    UNTOLD: lambda: before(News, "tell", 2),
}
"""A process publishes once as it starts, so the second time there is something to tell."""


async def main(url: str, blog: str, feeds: str, public_url: str) -> None:
    courier.LEASE = timedelta(seconds=1)
    source = SourceSettings(location=blog, kind="markdown", interval=1)
    settings = only(database_url=url, sources=(source,), feeds_dir=Path(feeds), public_url=public_url, hub="own")
    async with open_core(settings) as core:
        ticks = Ticks(lambda error: sys.exit(str(error)))
        websub = WebSub(
            core.store, core.clock, hub=settings.hub_url, public_url=public_url, folder=Path(feeds), own=True
        )
        bot, delivery = cast(BotService, SimpleNamespace(ready=True)), cast(Delivery, None)
        running = Running(core, bot, delivery, ticks, websub)
        await running.publish()
        ticks.every(OFTEN, "source", lambda: running.follow(source, "source"))
        ticks.every(OFTEN, "websub", websub.turn)
        ticks.start()
        await asyncio.Event().wait()


def live(given: tuple[str, str, str, str], log: str, point: str) -> None:
    """One life, which ends at `point` or from outside; what it says is in the file `log`."""
    with open(log, "a") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    if point:
        POINTS[point]()
    asyncio.run(main(*given))
