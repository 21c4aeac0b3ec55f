"""The handful of things that the clock calls. State lives in the store, so a missed tick is made up for by the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from blogbot.clock import Clock
from blogbot.errors import BlogbotError, TokenRejected

log = structlog.get_logger(__name__)

Tick = Callable[[], Awaitable[object]]

PATIENCE = 60.0
"""Seconds beyond ten of its intervals that a tick may show no life before it counts as stuck."""

SAY_AGAIN = 60.0
"""Seconds until a tick that goes on failing for the same reason says so again."""


@dataclass(slots=True)
class _Rhythm:
    """One tick: how often it comes, and, on a monotonic clock, when it last ended well, and when it last showed life."""

    interval: float
    well: float
    alive: float
    failing: str = ""
    said: float = 0.0


class Ticks:
    """Calls coroutines at intervals, each never twice at once. `fatal` is told of what cannot be mended by trying again.

    The scheduler only begins them: what runs is ours, since a scheduler that is shut down cancels what it runs.
    """

    def __init__(self, fatal: Callable[[BlogbotError], None], now: Callable[[], float] = time.monotonic) -> None:
        # A tick that is late runs late and once, it is never skipped: APScheduler's defaults drop it after a second.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._fatal = fatal
        self._now = now
        self._rhythms: dict[str, _Rhythm] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def every(self, seconds: float, name: str, tick: Tick) -> None:
        """Calls `tick` at once when the ticks start, and then every so many seconds."""
        self._rhythms[name] = _Rhythm(seconds, self._now(), self._now())
        self._scheduler.add_job(
            self._begin, "interval", (name, tick), seconds=seconds, id=name, next_run_time=datetime.now(UTC)
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Begins no more ticks; those under way go on."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def finish(self, within: float) -> None:
        """Gives the ticks under way so many seconds, and then cancels them: what they did not commit is undone."""
        tasks = set(self._under_way.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    # --- As others see it ---

    def beat(self, name: str) -> None:
        """A tick that may take hours gets on: a large mailing, the first look at a large source."""
        rhythm = self._rhythms.get(name)
        if rhythm is not None and name in self._under_way:
            rhythm.alive = self._now()

    def ages(self) -> dict[str, float]:
        """For each tick the seconds since it last ended well, or got on since then."""
        now = self._now()
        return {
            name: now - (rhythm.alive if name in self._under_way else rhythm.well)
            for name, rhythm in self._rhythms.items()
        }

    def stuck(self) -> dict[str, float]:
        """Ticks that have shown no life for far too long, and for how many seconds. One that fails and ends is not stuck."""
        now = self._now()
        silent = {name: now - rhythm.alive for name, rhythm in self._rhythms.items()}
        return {name: age for name, age in silent.items() if age > 10 * self._rhythms[name].interval + PATIENCE}

    # --- How it is done ---

    async def _begin(self, name: str, tick: Tick) -> None:
        if name not in self._under_way:
            self._under_way[name] = asyncio.create_task(self._guarded(name, tick))

    async def _guarded(self, name: str, tick: Tick) -> None:
        """A tick that fails is logged and comes again; one failure must not end the clock."""
        rhythm = self._rhythms[name]
        try:
            await tick()
            self._well(name, rhythm)
        except TokenRejected as error:
            self._fatal(error)
        except BlogbotError as error:
            self._failed(name, rhythm, str(error))
        except Exception as error:
            if self._failed(name, rhythm, type(error).__name__):
                log.exception("tick failed by an error of blogbot's own", tick=name)
        finally:
            rhythm.alive = self._now()
            del self._under_way[name]

    def _well(self, name: str, rhythm: _Rhythm) -> None:
        rhythm.well = self._now()
        if rhythm.failing:
            log.info("tick works again", tick=name)
            rhythm.failing = ""

    def _failed(self, name: str, rhythm: _Rhythm, why: str) -> bool:
        """Says so, but not once a second for as long as a database is away; whether it was said."""
        if why == rhythm.failing and self._now() - rhythm.said < SAY_AGAIN:
            return False
        rhythm.failing, rhythm.said = why, self._now()
        log.warning("tick failed", tick=name, why=why)
        return True


class Pulse(Clock):
    """A clock for one part, which calls `beat` whenever the part asks what time it is: whoever works, asks."""

    def __init__(self, clock: Clock, beat: Callable[[], None]) -> None:
        self._clock = clock
        self._beat = beat

    def now(self) -> datetime:
        self._beat()
        return self._clock.now()
