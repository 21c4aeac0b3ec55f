"""How long a mailing takes, and when each has to begin so that all end in time. Pure: counts and instants in and out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from blogbot.model import Lane

RESERVE = 0.8
"""The part of the rate that reminders may count on; answers, changes and the rest have the other."""


def length(count: int, rate: float) -> timedelta:
    """How long so many messages take at `rate` a second."""
    if not count:
        return timedelta(0)
    seconds = count / rate if rate > 0 else math.inf
    return timedelta(seconds=seconds) if seconds < timedelta.max.total_seconds() else timedelta.max


def backlog(waiting: Mapping[Lane, int], rate_of: Callable[[Lane], float]) -> float:
    """Seconds until all that waits is sent. Lanes of one rate share it, and those below a rate fall under it, too."""
    rates = {lane: rate_of(lane) for lane in waiting}
    under = {limit: sum(waiting[lane] for lane in waiting if rates[lane] <= limit) for limit in rates.values()}
    return max((count / limit if limit > 0 else math.inf for limit, count in under.items()), default=0.0)


def told(count: int, rate: float) -> str:
    """ "412,000 chats, 3 h 49 min at 30/s"."""
    lasts = spoken(length(count, rate)) if rate > 0 else "no end"
    pace = round(rate, 1) if rate >= 1 else float(f"{rate:.2g}")
    return f"{count:,} chat{'' if count == 1 else 's'}, {lasts} at {pace:,.16g}/s"


def spoken(span: timedelta) -> str:
    """A span in its two largest units: "3 h 49 min", "2 d 4 h", "12 s"."""
    seconds = round(span.total_seconds())
    if seconds >= 3_600:  # to the minute that is nearest, as the seconds are not said
        seconds = round(seconds / 60) * 60
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    if days:
        return f"{days:,} d {hours} h" if hours else f"{days:,} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


@dataclass(frozen=True, slots=True)
class Load:
    """Messages that are still to send, from `due` on (of what is being sent already: since when) and before `deadline`."""

    due: datetime
    deadline: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Start:
    """When a load has to begin, which is its `due` where there is time enough; and how many of it cannot be sent in time."""

    begins: datetime
    short: int = 0


def starts(loads: Sequence[Load], rate: float, now: datetime) -> list[Start]:
    """For each load when to begin, so that all end before their deadlines at `rate` messages a second.

    The earliest deadline goes first, as in the ledger.
    """
    if rate <= 0:
        return [Start(load.due, load.count) for load in loads]
    jobs = [_Job.of(load, rate * RESERVE, now) for load in loads]
    _begin_backwards(jobs)
    short = [round(left * rate * RESERVE) for left in _unsent(jobs)]
    return [
        Start(min(load.due, _after(now, job.begins)), missing)
        for load, job, missing in zip(loads, jobs, short, strict=True)
    ]


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


# --- The arithmetic, in seconds from now ---

ROUNDING = 1e-6
"""Seconds of work that are nothing but the rounding of sums."""


@dataclass(slots=True)
class _Job:
    due: float
    deadline: float
    work: float
    begins: float

    @classmethod
    def of(cls, load: Load, rate: float, now: datetime) -> _Job:
        due, deadline = (load.due - now).total_seconds(), (load.deadline - now).total_seconds()
        return cls(due, deadline, load.count / rate, due)


def _begin_backwards(jobs: Sequence[_Job]) -> None:
    """Gives each job the latest beginning that lets all end in time, from the last deadline backwards to now.

    What can still be sent when it is due goes before what has to be early anyhow: so a large mailing begins a little earlier
    for the small ones beside it, and whoever asked for fifteen minutes is not told hours before. Whichever order that is,
    sending by deadline keeps it, for such an order proves that there is one (earliest deadline first is optimal).
    """
    left = [job.work for job in jobs]
    coming = sorted(range(len(jobs)), key=lambda n: jobs[n].deadline)
    timely: list[tuple[float, int]] = []
    early: list[tuple[float, int]] = []
    at = math.inf
    while at > 0 and (coming or timely or early):
        if not timely and not early:
            at = min(at, jobs[coming[-1]].deadline)
        while coming and jobs[coming[-1]].deadline >= at:
            number = coming.pop()
            heappush(timely, (-jobs[number].due, number))
        while timely and jobs[timely[0][1]].due >= at:
            heappush(early, heappop(timely))
        queue = timely or early
        number = queue[0][1]
        until = max(at - left[number], jobs[coming[-1]].deadline if coming else 0.0, 0.0)
        if queue is timely:
            until = max(until, jobs[number].due)
        left[number] -= max(at - until, 0.0)
        at = min(at, until)
        jobs[number].begins = min(jobs[number].due, at)
        if left[number] <= ROUNDING:
            heappop(queue)
    for number in [*coming, *(number for _, number in timely + early)]:  # no time is left for all of them
        jobs[number].begins = min(jobs[number].due, 0.0)


def _unsent(jobs: Sequence[_Job]) -> list[float]:
    """How many seconds' work of each is left at its deadline, where the earliest deadline goes first."""
    left = [job.work for job in jobs]
    coming = sorted(range(len(jobs)), key=lambda n: jobs[n].begins, reverse=True)
    ready: list[tuple[float, int]] = []
    at = 0.0
    while coming or ready:
        if not ready:
            at = max(at, jobs[coming[-1]].begins)
        while coming and jobs[coming[-1]].begins <= at:
            number = coming.pop()
            heappush(ready, (jobs[number].deadline, number))
        deadline, number = ready[0]
        stop = min(at + left[number], deadline, jobs[coming[-1]].begins if coming else math.inf)
        left[number] -= max(stop - at, 0.0)
        at = max(at, stop)
        if left[number] <= ROUNDING or at >= deadline:
            heappop(ready)
    return left
