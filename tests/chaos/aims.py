"""What chaos has to show, and whether it did: each row with its aim. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.table import number

from tests.chaos.oracle import Told, Verdict
from tests.chaos.plan import TROUBLES, WAYS
from tests.chaos.scenario import GRACE, Figures

IN_FLIGHT = 5
"""Calls that one process has under way, and a kill may leave in doubt."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure; `aim` says what it has to be, where it has to be anything."""

    name: str
    value: float
    unit: str = ""
    aim: str = ""
    met: bool = True

    @property
    def cells(self) -> tuple[str, str, str]:
        value = f"{self.value:,}" if isinstance(self.value, int) else number(self.value)
        return self.name, f"{value} {self.unit}".rstrip(), self.aim if self.met else f"{self.aim}: MISSED"


def table(reached: Sequence[Aim]) -> str:
    """For a document: what was counted as it is, what was measured with about three digits."""
    cells = [("what", "value", "aim"), *(aim.cells for aim in reached)]
    name, value, aim = (max(map(len, column)) for column in zip(*cells, strict=True))
    lines = [f"| {each[0]:<{name}} | {each[1]:>{value}} | {each[2]:<{aim}} |" for each in cells]
    return "\n".join([lines[0], f"| {'-' * name} | {'-' * (value - 1)}: | {'-' * aim} |", *lines[1:]])


def aims(runs: Sequence[Figures], kills: int) -> list[Aim]:
    done = sum(len(run.kills) for run in runs)
    return [
        Aim("kills", done, aim=f"{kills:,} or more", met=done >= kills),
        *_each("", WAYS, sum((run.by_way for run in runs), Counter())),
        *_each("lives with ", TROUBLES, sum((run.by_trouble for run in runs), Counter())),
        *_arrivals([run.verdict for run in runs]),
        *_after_kills(runs),
        Aim("the runs", sum(run.seconds for run in runs), "s"),
    ]


def _each(prefix: str, names: Sequence[str], counted: Counter[str]) -> Iterator[Aim]:
    for name in names:
        yield Aim(f"  {prefix}{name}", counted[name], aim="1 or more", met=counted[name] > 0)


def _arrivals(verdicts: Sequence[Verdict]) -> Iterator[Aim]:
    yield Aim("messages due", sum(verdict.due for verdict in verdicts))
    yield _none("lost", [told for verdict in verdicts for told in verdict.lost])
    yield _none("reminders that could not be sent before the start", [t for v in verdicts for t in v.too_late])
    yield _none("sent after its event began", [told for verdict in verdicts for told in verdict.late])
    yield _none("never due, and sent", [told for verdict in verdicts for told in verdict.strange])
    unread = sum(verdict.unread for verdict in verdicts)
    yield Aim("digests that do not name all they tell", unread, aim="0", met=not unread)
    yield _none("news sent twice", [told for verdict in verdicts for told in verdict.repeated_news])
    yield _none("sent twice without a kill between", [told for verdict in verdicts for told in verdict.unexplained])
    yield Aim("sent again because a reply was lost", sum(verdict.after_lost_reply for verdict in verdicts))
    yield Aim("uncertain", sum(verdict.uncertain for verdict in verdicts))
    yield Aim("  of these had not arrived", sum(verdict.in_vain for verdict in verdicts))


def _after_kills(runs: Sequence[Figures]) -> Iterator[Aim]:
    killed = [
        (double, kill) for run in runs for double, kill in zip(run.verdict.doubles, run.kills, strict=True)
    ]  # fmt: skip
    yield Aim("sent twice, over all kills", sum(double for double, _ in killed))
    yield Aim(
        "sent twice after one kill, at most", max((double for double, _ in killed), default=0),
        aim=f"{IN_FLIGHT} a process, and no more than were under way",
        met=all(double <= min(kill.under_way, IN_FLIGHT * kill.processes) for double, kill in killed),
    )  # fmt: skip
    yield Aim("calls under way at a kill, at most", max((kill.under_way for _, kill in killed), default=0))
    for run in runs:
        if run.verdict.waits:
            yield from _restarts(run)


def _restarts(run: Figures) -> Iterator[Aim]:
    limit, firsts = run.lease + GRACE, run.verdict.firsts
    longest = max((first for first in firsts if first is not None), default=0.0)
    met = None not in firsts and longest <= limit
    yield Aim(f"first message after a restart, at most: {run.name}", longest, "s", f"{limit:g} s", met)
    yield Aim("  a chat's first message, at most", max(wait.seconds for wait in run.verdict.waits), "s")
    idle = max(wait.idle for wait in run.verdict.waits)
    yield Aim("  of this not needed for messages to others, at most", idle, "s", f"{limit:g} s", idle <= limit)


def _none(name: str, told: Sequence[Told]) -> Aim:
    return Aim(name, len(told), aim="0", met=not told)
