"""`make chaos`: the full form. Two hundred kills over a hundred thousand messages; the figures as a table, with their aims.

`python -m tests.chaos [--kills N] [--seed N]`. Ends with 0 where all aims are met; what missed one is named on standard error.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.chaos.aims import aims, table
from tests.chaos.database import Database, Sqlite, postgres
from tests.chaos.plan import CLOCKS, cuts, lives
from tests.chaos.scenario import Chaos, Figures

KILLS = 200
CHATS = 520
WITHIN = 600.0
REMIND = timedelta(minutes=3)
CUTS = 10
"""One kill in so many cuts off an upgrade."""


@dataclass(frozen=True, slots=True)
class Form:
    """One part of the whole: which database, how many processes, how long a lease; its share of all kills. Each process may send
    60 messages a second, twice what Telegram lets go for nothing.
    """

    name: str
    share: float
    lease: float = 6.0
    rate: int = 60
    processes: int = 1
    postgres: bool = False
    clock: bool = False


FORMS = (
    Form("one process, the usual lease", 0.15, lease=30.0),
    Form("a wrong clock", 0.30, clock=True),
    Form("two processes", 0.25, rate=120, processes=2),
    Form("two processes on PostgreSQL", 0.30, rate=120, processes=2, postgres=True),
)


async def main(kills: int, seed: int) -> int:
    running = asyncio.current_task()
    assert running is not None
    # Who is told to end takes along what it started, as with Control-C.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    runs: list[Figures] = []
    step = 0
    for number, form in enumerate(FORMS):
        count = max(2, round(kills * form.share))
        cut = max(1, count // CUTS)
        _say(f"{form.name}: {count} kills, seed {seed}")
        plan = lives(seed + number, count - cut, start=step, clocks=CLOCKS if form.clock else ())
        step += len(plan)
        with tempfile.TemporaryDirectory(prefix="blogbot-chaos-") as folder:
            async with _database(form, Path(folder)) as database:
                chaos = Chaos(
                    Path(folder), database, CHATS, form.rate, form.processes, form.lease, REMIND,
                    _events(seed + number, len(plan)), form.name,
                )  # fmt: skip
                runs.append(await chaos.run(plan, cuts(seed + number, cut), within=WITHIN))
        _name(runs[-1])
    reached = aims(runs, kills)
    sys.stdout.write(table(reached) + "\n")
    return int(not all(aim.met for aim in reached))


def _events(seed: int, count: int) -> dict[int, list[float]]:
    """One event for every tenth life, in the first third of them: so people are reminded while there are kills yet."""
    dice = random.Random(seed)
    found: dict[int, list[float]] = {}
    for _ in range(max(1, count // 10)):
        life = dice.randrange(max(1, count // 3))
        found.setdefault(life, []).append(REMIND.total_seconds() + dice.uniform(5, 60))
    return found


@asynccontextmanager
async def _database(form: Form, folder: Path) -> AsyncIterator[Database]:
    if form.postgres:
        async with postgres() as running:
            yield running
    else:
        yield Sqlite(folder)


def _name(run: Figures) -> None:
    """What went wrong, by name."""
    verdict = run.verdict
    for what in ("lost", "too_late", "late", "strange", "repeated_news", "unexplained"):
        told: Sequence[object] = getattr(verdict, what)
        if told:
            _say(f"{run.name}: {what}: {', '.join(map(str, told[:20]))}{' ...' if len(told) > 20 else ''}")


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    parser = ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    try:
        sys.exit(asyncio.run(main(given.kills, given.seed)))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit("Ended before it was over.")
