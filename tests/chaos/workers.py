"""The app's processes: started, waited for, killed. Whatever happens, none is left behind.

They are forked from one that has loaded the app, but for those that are killed while they start.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from blogbot.config import SourceSettings
from tests.chaos.upgrading import live as upgrade_and_die
from tests.chaos.worker import live
from tests.nursery import Child, fork, forked

TOKEN = "123456:chaos-token"
PATH = os.pathsep.join(str(Path(__file__).parents[2] / part) for part in ("src", ""))
STARTS_WITHIN, STOPS_WITHIN = 60.0, 30.0

Worker = subprocess.Popen[bytes] | Child


class Workers:
    """Starts processes in `folder`, on one database, one Telegram and one blog."""

    def __init__(self, folder: Path, url: str, api_url: str, blog: SourceSettings, *, rate: int, lease: float) -> None:
        self._folder, self._lease = folder, lease
        self._clock = folder / "clock"
        self.log = folder / "log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BLOGBOT_")}
        self._environment = clean | {
            "PYTHONPATH": PATH,
            "BLOGBOT_TOKEN": TOKEN,
            "BLOGBOT_API_URL": api_url,
            "BLOGBOT_DATABASE_URL": url,
            "BLOGBOT_PORT": "0",
            "BLOGBOT_RATE": str(rate),
            "BLOGBOT_PAID_LANES": "change,reminder,post,digest",
            "BLOGBOT_SOURCES": json.dumps([blog.model_dump(include={"location", "kind", "interval"})]),
        }
        self.set_clock(0)

    def set_clock(self, wrong: float) -> None:
        """By rename, as a look may come in the middle."""
        draft = self._folder / "clock-draft"
        draft.write_text(str(wrong))
        os.replace(draft, self._clock)

    @contextmanager
    def running(self, points: Sequence[str], passes: int = 0, *, whole: bool = False) -> Iterator[list[Worker]]:
        """A process for each point ("": none), which are killed in the end, if they live yet; `whole`: from nothing on."""
        started: list[Worker] = []
        try:
            for number, point in enumerate(points):
                self._ready(number).unlink(missing_ok=True)
                started.append(self._start(number, point, passes, whole=whole))
            yield started
        finally:
            for worker in started:
                worker.kill()
                worker.wait()
                if isinstance(worker, Child):
                    worker.close()

    async def ready(self, workers: Sequence[Worker]) -> bool:
        """Waits until all are ready; False where one has died."""

        async def settled() -> bool:
            dead = any(worker.poll() is not None for worker in workers)
            return dead or all(self._ready(number).exists() for number in range(len(workers)))

        assert await until(settled, STARTS_WITHIN), f"not ready after {STARTS_WITHIN:g} s; see {self.log}"
        return all(worker.poll() is None for worker in workers)

    def kill(self, worker: Worker) -> bool:
        """Kills one, or finds that it has killed itself, which is told. One that ended otherwise is an error."""
        by_itself = worker.poll() is not None
        worker.kill()
        worker.wait()
        if worker.returncode != -signal.SIGKILL:
            raise AssertionError(f"a worker ended with {worker.returncode}:\n{self.log.read_text()[-4000:]}")
        return by_itself

    async def stop(self, workers: Sequence[Worker]) -> None:
        """Ends them as an operator does."""
        for worker in workers:
            worker.terminate()
            await asyncio.to_thread(worker.wait, STOPS_WITHIN)
            assert worker.returncode == 0, self.log.read_text()[-4000:]

    def _start(self, number: int, point: str, passes: int, *, whole: bool) -> Worker:
        own = {
            "CHAOS_POINT": point,
            "CHAOS_PASSES": str(passes),
            "CHAOS_CLOCK": str(self._clock),
            "CHAOS_LEASE": str(self._lease),
            "CHAOS_READY": str(self._ready(number)),
        }
        if not whole:
            return fork(live, folder=self._folder, environment=self._environment | own, log=self.log)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker"],
                cwd=self._folder, env=self._environment | own, stdout=log, stderr=log,
            )  # fmt: skip

    def _ready(self, number: int) -> Path:
        return self._folder / f"ready-{number}"


def upgrade(folder: Path, url: str, steps: int = 0) -> bool:
    """Upgrades a database in a process that is killed after so many steps (0: never); whether it was killed."""
    log = folder / "upgrades"
    with forked(upgrade_and_die, url, steps, folder=folder, environment=os.environ, log=log) as process:
        code = process.wait(60)
    assert code in (0, -signal.SIGKILL), log.read_text()[-4000:]
    return code != 0


async def until(true: Callable[[], Awaitable[object]], within: float, every: float = 0.02) -> bool:
    """Whether it becomes true within so many seconds. Other processes are watched, so there is nothing to wait for."""
    end = time.monotonic() + within
    while not await true():
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(every)
    return True
