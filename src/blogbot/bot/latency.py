"""How long calls to Telegram take: at their quickest, and usually. In seconds. Pure."""

from __future__ import annotations

import math

OF_SO_MANY, OF_MANY = 32, 1024
"""How many calls to look at for the quickest: of late, and for longer than a machine or a network is busy."""

RECENT = 0.1
"""The weight of the latest call in the mean."""

EARLY = 20
"""How many calls it takes to know anything: a process that starts is busy with other things."""

UNUSUAL = 3.0
"""What takes so many times the quickest is no measure: it hangs, or calls stand in each other's way on a busy machine. More of
them at once would not make them quicker."""


class Quickest:
    """The shortest time of the last whole `of` calls, for the network's ways change; before there were so many, of those there
    were. Nought before the first."""

    def __init__(self, of: int = OF_SO_MANY) -> None:
        self._of = of
        self._calls = 0
        self._best = self._before = math.inf

    @property
    def seconds(self) -> float:
        known = self._best if math.isinf(self._before) else self._before
        return 0.0 if math.isinf(known) else known

    def note(self, seconds: float) -> None:
        if self._calls == self._of:
            self._before, self._best, self._calls = self._best, math.inf, 0
        self._best = min(self._best, seconds)
        self._calls += 1


class Usual:
    """The mean of the last calls, within `UNUSUAL`. Nought while it is `EARLY`."""

    def __init__(self) -> None:
        self._quickest = Quickest(OF_MANY)
        self._calls = 0
        self._mean = 0.0

    @property
    def seconds(self) -> float:
        return min(self._mean, UNUSUAL * self._quickest.seconds) if self._calls >= EARLY else 0.0

    def note(self, seconds: float) -> None:
        self._quickest.note(seconds)
        self._calls += 1
        self._mean += (RECENT if self._mean else 1.0) * (seconds - self._mean)
