"""How fast to send, learnt from Telegram's refusals: additive increase, multiplicative decrease. Pure.

What was refused says where the limit is: as much as was accepted in the second before. From a little below it the rate
grows again, slowly, and ever more seldom where the limit proved to stay where it is. Where that second was half empty it says
nothing: then the rate is halved, as a guess, and soon grows back, in larger and larger steps.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from blogbot.model import Pace

BELOW = 0.99
"""How far below what was accepted before the refusal the rate goes on; lower costs goodput, higher is refused again. The
schedule's own margin comes on top of it."""

SLOWER = 0.98
"""A refusal at least takes so much off the rate: where what was accepted tells nothing, it was a little too high."""

SHARPEST = 0.5
"""A refusal at least leaves this part of the rate; the second before it may have been half empty."""

REST = 120.0
"""Seconds after a refusal in which the rate stays; doubled with each further refusal, up to `LONGEST_REST`."""

LONGEST_REST = 3600.0
STEP = 1 / 30
EVERY = 30.0
"""After the rest the rate grows by this part of the highest, every so many seconds."""

GUESSED_REST, GUESSED_EVERY = 10.0, 5.0
"""The same after a guess, and the steps add up to their number's square: wrong guesses would make reminders late."""

NEAR = 0.1
"""Two refusals at rates no farther apart than this part speak of one limit."""

FORGIVEN = timedelta(hours=6)
"""After so long without a refusal, the next one counts as the first."""

CONFIRMED = timedelta(seconds=10)
"""A limit far below the known one is believed when it is met again so soon after the pause: a network that stood still for a moment
delivers all at once what waited, and the second before was half empty."""

NEVER = datetime.min.replace(tzinfo=UTC)
SLOWEST = 1.0


def rate(pace: Pace, ceiling: float, now: datetime) -> float:
    """Messages a second at `now`, between `SLOWEST` and `ceiling`."""
    if pace.refused is None or pace.rate <= 0:
        return ceiling
    since = (now - pace.refused).total_seconds() - rest(pace)
    return max(min(SLOWEST, ceiling), min(ceiling, pace.rate + STEP * ceiling * _steps(pace, since)))


def _steps(pace: Pace, since: float) -> float:
    if since < 0:
        return 0.0
    return 1 + since // EVERY if pace.failures else (1 + since // GUESSED_EVERY) ** 2


def rest(pace: Pace) -> float:
    """Seconds after the last refusal until the rate grows."""
    return min(REST * 2.0 ** (pace.failures - 1), LONGEST_REST) if pace.failures else GUESSED_REST


def refused(pace: Pace, ceiling: float, now: datetime, *, seconds: float, accepted: float, took: float = 0.0) -> Pace:
    """What is known after a refusal for everyone that asks to wait `seconds`, where `accepted` messages (those of all
    processes) had been taken in the second before. A pause is never shortened. Refusals of one burst count once: of calls
    that left before the pause was over, however long they `took` (seconds).
    """
    pace = pace.sound(now)
    until = now + timedelta(seconds=seconds)
    if pace.paused_until is not None:
        until = max(until, pace.paused_until)
    left = now - timedelta(seconds=took)
    if pace.refused is not None and pace.paused_until is not None and pace.refused <= now and left <= pace.paused_until:
        return Pace(pace.rate, pace.refused, until, pace.failures)
    before = rate(pace, ceiling, now)
    known = pace.refused is not None and now - pace.refused < FORGIVEN
    if known and now - (pace.paused_until or NEVER) > CONFIRMED and accepted < pace.rate * (1 - NEAR):
        accepted = math.inf
    told = min(before * SLOWER, accepted * BELOW)
    slower = min(max(SLOWEST, before * SHARPEST, told), ceiling)
    if told < before * SHARPEST:
        failures = 0
    elif known and abs(slower - pace.rate) <= NEAR * pace.rate:
        failures = pace.failures + 1
    else:
        failures = 1
    return Pace(slower, now, until, failures)
