"""What arrived against what was due. It believes the sandbox's log, and of the ledger only what it says it does not know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Told = tuple[str, int]  # what ("Post 7", "Event 2", "Reminder 2"), and the Telegram id of the chat


@dataclass
class Verdict:
    """`lost`: due, not accepted, and not known to be uncertain. `doubles` counts what was accepted more than once, by
    kill: how many of them came after each. `late`: sent at or after the event's start."""

    due: int
    arrived: int
    lost: list[Told] = field(default_factory=list)
    strange: list[Told] = field(default_factory=list)
    doubles: list[int] = field(default_factory=list)
    uncertain: int = 0
    in_vain: int = 0
    late: list[Told] = field(default_factory=list)

    @property
    def worst(self) -> int:
        """The most doubles after any one kill."""
        return max(self.doubles, default=0)


def judge(
    calls: Sequence[dict[str, Any]],
    due: Iterable[Told],
    uncertain: Iterable[Told],
    begins: dict[str, float],
    kills: Sequence[float],
) -> Verdict:
    """`calls` as the sandbox logged them; `begins` are the events' starts, `kills` the instants of the kills (both Unix)."""
    wanted, doubted = set(due), set(uncertain)
    counted: Counter[Told] = Counter()
    after: Counter[int] = Counter()
    verdict = Verdict(len(wanted), 0)
    for told, at in _sent(calls):
        counted[told] += 1
        if counted[told] > 1:
            after[sum(kill <= at for kill in kills)] += 1
        if at >= begins.get(told[0], float("inf")):
            verdict.late.append(told)
    verdict.arrived = len(counted)
    verdict.lost = sorted(wanted - counted.keys() - doubted)
    verdict.strange = sorted(counted.keys() - wanted)
    verdict.doubles = [after[number] for number in range(len(kills) + 1)]
    verdict.uncertain = len(doubted)
    verdict.in_vain = len(doubted - counted.keys())
    return verdict


def _sent(calls: Sequence[dict[str, Any]]) -> Iterable[tuple[Told, float]]:
    for call in calls:
        named = re.search(r"(Post|Event) \d+", str(call["params"].get("text", "")))
        if call["method"].lower() == "sendmessage" and named is not None:
            reminder = call["params"]["text"].startswith("⏰")
            for what in set(re.findall(r"(?:Post|Event) \d+", call["params"]["text"])):
                name = what.replace("Event", "Reminder") if reminder else what
                yield (name, int(call["params"]["chat_id"])), float(call["at"])
