"""`make chaos`: the full form. Two hundred kills over a hundred thousand messages; the figures as a table.

`python -m tests.chaos [KILLS] [SEED]`. The first half of the kills falls on one process with a wrong clock, the second on two
processes that share one database, with events that begin meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.table import Row, plain

from tests.chaos.scenario import Chaos, Figures

KILLS = 200
CHATS = 500
WITHIN = 900.0


async def main(kills: int, seed: int) -> int:
    sys.stderr.write(f"chaos: {kills} kills, seed {seed}\n")
    runs: list[Figures] = []
    for number, together in enumerate((False, True)):
        with tempfile.TemporaryDirectory(prefix="blogbot-chaos-") as folder:
            database = f"sqlite:///{folder}/chaos.db"
            chaos = Chaos(
                Path(folder), database, seed + number, chats=CHATS, clock=not together, processes=1 + together
            )
            runs.append(await chaos.run(kills=kills // 2, posts_each=1, events=int(together), within=WITHIN))
    sys.stdout.write(plain(rows(runs)) + "\n")
    return int(any(run.verdict.lost or run.verdict.late or run.verdict.strange for run in runs))


def rows(runs: list[Figures]) -> list[Row]:
    verdicts = [run.verdict for run in runs]
    restarts = sorted(seconds for run in runs for seconds in run.restarts)
    lost = Counter(what for verdict in verdicts for what, _chat in verdict.lost)
    points = sorted({point for run in runs for point in run.by_point})
    return [
        Row("kills", sum(run.kills for run in runs), ""),
        *(Row(f"  {point}", sum(run.by_point.get(point, 0) for run in runs), "") for point in points),
        Row("messages due", sum(verdict.due for verdict in verdicts), ""),
        Row("lost", sum(len(verdict.lost) for verdict in verdicts), ""),
        *(Row(f"  {what}", count, "") for what, count in lost.most_common(20)),
        Row("doubled", sum(sum(verdict.doubles) for verdict in verdicts), ""),
        Row("doubled after one kill, at most", max(verdict.worst for verdict in verdicts), ""),
        Row("uncertain", sum(verdict.uncertain for verdict in verdicts), ""),
        Row("uncertain that had not arrived", sum(verdict.in_vain for verdict in verdicts), ""),
        Row("sent after its event began", sum(len(verdict.late) for verdict in verdicts), ""),
        Row("from a kill to the next message, median", restarts[len(restarts) // 2] if restarts else 0.0, "s"),
        Row("from a kill to the next message, longest", restarts[-1] if restarts else 0.0, "s"),
        Row("the run", sum(run.seconds for run in runs), "s"),
    ]


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(asyncio.run(main(given[0] if given else KILLS, given[1] if len(given) > 1 else random.randrange(10**6))))
