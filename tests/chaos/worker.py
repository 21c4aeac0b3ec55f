"""The app as `blogbot run` starts it, in a process that can be told to die at a point, and whose clock can be moved.

`python -m tests.chaos.worker`, or `live` in a forked process, with blogbot's own settings in the environment, and CHAOS_POINT, CHAOS_PASSES,
CHAOS_LEASE (seconds), CHAOS_CLOCK (a file that holds the seconds by which the clock is wrong) and CHAOS_READY (a file that
is made when the app is ready).
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blogbot.app.core import open_core
from blogbot.app.running import run
from blogbot.app.server import listen
from blogbot.cards import digest
from blogbot.clock import Clock
from blogbot.config import load
from blogbot.delivery import mailing
from tests.chaos.points import POINTS


class WrongClock(Clock):
    """The system's clock, wrong by what a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._looked = 0.0
        self._wrong = timedelta(0)

    def now(self) -> datetime:
        right = datetime.now(UTC)
        if abs(right.timestamp() - self._looked) > 0.1:
            self._looked = right.timestamp()
            self._wrong = timedelta(seconds=float(self._file.read_text() or 0))
        return right + self._wrong


async def main() -> None:
    digest.MOST = 90  # the oracle knows of what is named; more buttons than 100 Telegram refuses
    mailing.LEASE = timedelta(seconds=float(os.environ["CHAOS_LEASE"]))
    mailing.RENEW_EVERY = mailing.LEASE / 3
    settings = load()
    ready = Path(os.environ["CHAOS_READY"])
    with listen(settings.host, settings.port) as listener:
        async with open_core(settings, WrongClock(Path(os.environ["CHAOS_CLOCK"]))) as core:
            await run(core, listener, on_ready=ready.touch)


def live() -> None:
    os.dup2(2, 1)  # both into the log
    point = os.environ.get("CHAOS_POINT", "")
    if point:
        POINTS[point](int(os.environ["CHAOS_PASSES"]))
    asyncio.run(main())


if __name__ == "__main__":
    live()
