"""The handful of things that the clock calls. State lives in the store, so a missed tick is made up for by the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from blogbot.errors import BlogbotError, TokenRejected

log = structlog.get_logger(__name__)

Tick = Callable[[], Awaitable[object]]


class Ticks:
    """Calls coroutines at intervals, each never twice at once. `fatal` is told of what cannot be mended by trying again.

    The scheduler only begins them: what runs is ours, since a scheduler that is shut down cancels what it runs.
    """

    def __init__(self, fatal: Callable[[BlogbotError], None]) -> None:
        # A tick that is late runs late and once, it is never skipped: APScheduler's defaults drop it after a second.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._fatal = fatal
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def every(self, seconds: float, name: str, tick: Tick) -> None:
        """Calls `tick` at once when the ticks start, and then every so many seconds."""
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

    async def _begin(self, name: str, tick: Tick) -> None:
        if name not in self._under_way:
            self._under_way[name] = asyncio.create_task(self._guarded(name, tick))

    async def _guarded(self, name: str, tick: Tick) -> None:
        """A tick that fails is logged and comes again; one failure must not end the clock."""
        try:
            await tick()
        except TokenRejected as error:
            self._fatal(error)
        except BlogbotError as error:
            log.warning("tick failed", tick=name, why=str(error))
        except Exception:
            log.exception("tick failed", tick=name)
        finally:
            del self._under_way[name]
