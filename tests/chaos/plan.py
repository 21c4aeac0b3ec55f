"""What happens in each life of the app, drawn beforehand: how it ends, what goes wrong meanwhile, when its clock is moved.

Ways to end and troubles are walked in order, so that a few lives meet all of them; only moments are drawn. Pure: one seed
gives one plan, however fast the machine is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from tests.chaos.points import POINTS, UNANSWERED

AT_RANDOM = "at random"
AT_START = "during the start"
MIGRATION = "inside a migration"
WAYS = (*POINTS, MIGRATION, AT_RANDOM, AT_START)

SLOW_REPLY = 1.5
LOST = 2

AWAY = "the database is away"
SLOWER_THAN_LEASE = "replies slower than a lease"
LOST_REPLIES = "replies that are lost"
UNDISTURBED = "undisturbed afterwards"
NONE = "none"
A_STORM = "one of the storms"

STORMS: dict[str, Sequence[dict[str, Any]]] = {
    "429 for everyone": [{"retry_after": 1, "times": 4}],
    "5xx": [{"error_code": 502, "times": 3}, {"error_code": 500, "times": 2}],
    LOST_REPLIES: [{"drop_reply": True, "times": LOST}],
    "slow replies": [{"delay": SLOW_REPLY, "times": 2}],
}
"""What strikes the first calls of a life, whichever chats they are for."""

TROUBLES = (*STORMS, AWAY, SLOWER_THAN_LEASE)

WALK = (
    ("before the call", A_STORM),
    (UNANSWERED, A_STORM),
    (AT_RANDOM, AWAY),
    ("replied, not committed", A_STORM),
    ("inside the fan-out", NONE),
    (AT_RANDOM, SLOWER_THAN_LEASE),
    (AT_START, NONE),
    (AT_RANDOM, A_STORM),
    ("after the lease", UNDISTURBED),
)
"""One round: each way to end, and each trouble in a life that is long enough to meet it."""

CLOCKS = (30.0, -30.0, 90.0, -90.0, 600.0, -600.0)


@dataclass(frozen=True, slots=True)
class Life:
    """`patience`: seconds after it was ready (at the start: after it began) until it is killed, unless its point comes first.

    `clock`: after so many seconds of the life, the clock is wrong by so many.
    """

    way: str
    trouble: str
    passes: int
    patience: float
    clock: tuple[tuple[float, float], ...] = ()

    @property
    def named(self) -> bool:
        """Whether it ends by itself at a point."""
        return self.way in POINTS

    def faults(self, lease: float) -> list[dict[str, Any]]:
        """What Telegram does, in this order. What strikes first calls comes before what holds back the last reply."""
        slow = [{"delay": lease + SLOW_REPLY, "times": 2}] if self.trouble == SLOWER_THAN_LEASE else []
        held = [{"delay": 2.0, "times": 1}] if self.way == UNANSWERED else []
        return [{"method": "sendMessage", **fault} for fault in (*STORMS.get(self.trouble, ()), *slow, *held)]


def lives(seed: int, count: int, *, start: int = 0, passes: int = 60, clocks: Sequence[float] = ()) -> list[Life]:
    """So many lives from the `start`-th step of the walk on; `clocks`: by how many seconds their clocks may be wrong."""
    dice = random.Random(seed)
    found: list[Life] = []
    for way, trouble in _walk(start, count):
        patience = dice.uniform(0.1, 1.5) if way == AT_START else dice.uniform(0.3, 2.0)
        found.append(Life(way, trouble, dice.randint(1, passes), patience, _moves(dice, clocks)))
    return found


def _moves(dice: random.Random, clocks: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """One wrong or two in the first seconds of a life; whether it is right again in the end, is drawn, too."""
    if not clocks:
        return ()
    at = sorted(round(dice.uniform(0.0, 5.0), 2) for _ in range(3))
    return tuple(zip(at[: dice.randint(1, 3)], [dice.choice(clocks), dice.choice(clocks), 0.0], strict=False))


def cuts(seed: int, count: int) -> list[int]:
    """After how many statements an upgrade is cut off, again and again."""
    dice = random.Random(seed)
    return [dice.randint(1, 25) for _ in range(count)]


def _walk(start: int, count: int) -> Iterator[tuple[str, str]]:
    storms = cycle(STORMS)
    for number, (way, trouble) in enumerate(cycle(WALK)):
        if number >= start + count:
            return
        storm = next(storms) if trouble == A_STORM else trouble
        if number >= start:
            yield way, storm
