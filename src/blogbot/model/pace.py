"""How fast one bot may send: what was learnt of Telegram's limits, and shared by all processes that send for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """What one process knows. `rate` (messages a second) is what Telegram took when it last `refused` for everyone.

    Where it never did, `refused` is None and `rate` says nothing. Until `paused_until` nothing is sent. The rate of the
    moment follows from these and the time that has passed, so that all processes come to the same one.
    """

    rate: float = 0.0
    refused: datetime | None = None
    paused_until: datetime | None = None
    failures: int = 0
