"""How long a mailing takes, and when each has to begin so that all end in time. Pure: counts and instants in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RESERVE = 0.8
"""The part of the rate that reminders may count on; answers, changes and the rest have the other."""


def length(count: int, rate: float) -> timedelta:
    """How long so many messages take at `rate` a second."""
    return timedelta(seconds=count / rate) if rate > 0 else timedelta.max


def told(count: int, rate: float) -> str:
    """ "412,000 chats, 3 h 49 min at 30/s"."""
    return f"{count:,} chat{'' if count == 1 else 's'}, {spoken(length(count, rate))} at {rate:g}/s"


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
    """Messages to send from `due` on, and before `deadline`."""

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

    From the last deadline backwards: each ends before its own deadline and before the next one's mailing has to begin.
    Where that is in the past, as many fall short as the missing time would have sent.
    """
    found: dict[int, Start] = {}
    busy_from = datetime.max.replace(tzinfo=now.tzinfo)
    for number in sorted(range(len(loads)), key=lambda n: loads[n].deadline, reverse=True):
        load = loads[number]
        ends = min(load.deadline, busy_from)
        latest = ends - length(load.count, rate * RESERVE)
        begins = min(load.due, latest)
        missing = (now - latest).total_seconds()
        short = min(load.count, int(missing * rate * RESERVE)) if missing > 0 else 0
        found[number] = Start(max(begins, now) if begins < now and load.due >= now else begins, short)
        busy_from = min(busy_from, max(latest, now))
    return [found[number] for number in range(len(loads))]
