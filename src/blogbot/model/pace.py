"""How fast one bot may send: what was learnt of Telegram's limits, and shared by all processes that send for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SET_BACK = timedelta(seconds=10)
"""What was learnt so much later than now was learnt before the clock was set back."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What one process knows. `rate` (messages a second) is what Telegram took when it last `refused` for everyone.

    Where it never did, `refused` is None and `rate` says nothing. Until `paused_until` nothing is sent. The rate of the
    moment follows from these and the time that has passed, so that all processes come to the same one.
    `failures` counts the refusals near that rate; 0 where it is a guess.
    """

    rate: float = 0.0
    refused: datetime | None = None
    paused_until: datetime | None = None
    failures: int = 0

    def sound(self, now: datetime) -> Pace:
        """What is left of it where the clock was set back: its rate stands, but no pause of another time."""
        if self.refused is None or self.refused <= now + SET_BACK:
            return self
        return replace(self, refused=now, paused_until=None)

    @staticmethod
    def merged(paces: Collection[Pace]) -> Pace:
        """What several processes know together: what was learnt last counts; the longest pause holds for all."""
        learnt = [pace for pace in paces if pace.refused is not None]
        newest = max(learnt, key=lambda pace: (pace.refused, pace.failures), default=Pace())
        pauses = [pace.paused_until for pace in paces if pace.paused_until is not None]
        return replace(newest, paused_until=max(pauses, default=None))
