"""Sample posts and events, written for this project, dated around the present so that there is always a next event.

They are handed over as files, and come in through the same sources as anybody's content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

import icalendar

ZONE = "Europe/London"

AGE = "age: "
"""The line of a sample post's front matter that says how many days old it is; it becomes its date."""


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """An event so many days from the present. `hour` None means all day; `rule` is an RRULE."""

    uid: str
    title: str
    days: int
    hour: int | None
    hours: float
    place: str
    text: str
    topics: tuple[str, ...]
    rule: str = ""


EVENTS = (
    SampleEvent(
        "open-hour", "Directors' open hour (sample)", 1, 12, 1, "Online", "Bring one question; leave with two answers.",
        ("leadership",), "FREQ=WEEKLY;COUNT=26",
    ),
    SampleEvent(
        "numbers-workshop", "Workshop: five numbers on a wall (sample)", 3, 10, 3, "Sample Hall, 1 Example Street",
        "Bring thirty weeks of any one number. We draw, and we argue kindly.", ("data", "improvement"),
    ),
    SampleEvent(
        "families-panel", "Commissioning with families: a panel (sample)", 6, 18, 1.5, "Sample Library, Reading Room",
        "Three families and two commissioners on what changed once they sat at one table.",
        ("commissioning", "co-production"),
    ),
    SampleEvent(
        "network-day", "Network day (sample)", 12, None, 24, "Sample Conference Centre",
        "A whole day of short talks and long breaks.", ("leadership", "partnership"),
    ),
    SampleEvent(
        "peer-review-intro", "Peer review without fear: an introduction (sample)", 20, 14, 2, "Online",
        "How two days, four visitors and two pages can do more than a report.", ("peer review", "improvement"),
    ),
    SampleEvent(
        "handover-clinic", "Handing over well: a clinic (sample)", -9, 9, 1, "Online",
        "Three letters, written together.", ("leadership", "learning"),
    ),
)  # fmt: skip


def write_posts(folder: Path, now: datetime) -> None:
    """The sample posts as Markdown files in `folder`, dated by their age."""
    for sample in files("blogbot.demo").joinpath("posts").iterdir():
        if sample.name.endswith(".md"):
            (folder / sample.name).write_text(_dated(sample.read_text("utf-8"), now), "utf-8")


def calendar(now: datetime, address: Callable[[str], str] = lambda uid: "") -> bytes:
    """The sample events as an iCalendar file."""
    whole = icalendar.Calendar()
    whole.add("prodid", "-//blogbot//sample//EN")
    whole.add("version", "2.0")
    for sample in EVENTS:
        whole.add_component(_component(sample, now.date(), address(sample.uid)))
    return bytes(whole.to_ical())


def _dated(text: str, now: datetime) -> str:
    lines = text.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith(AGE))
    day = now - timedelta(days=int(lines[at].removeprefix(AGE)))
    lines[at] = f"date: {day.replace(hour=8, minute=30).strftime('%Y-%m-%d %H:%M')}"
    return "\n".join(lines) + "\n"


def _component(sample: SampleEvent, today: date, url: str) -> icalendar.Event:
    component = icalendar.Event()
    component.add("uid", f"{sample.uid}@sample.invalid")
    component.add("summary", sample.title)
    component.add("description", sample.text)
    component.add("location", sample.place)
    component.add("categories", list(sample.topics))
    component.add("dtstamp", datetime.combine(today, time(), UTC))
    day = today + timedelta(days=sample.days)
    if sample.hour is None:
        component.add("dtstart", day)
        component.add("dtend", day + timedelta(days=1))
    else:
        # Floating: on the clock of the calendar's zone, whatever daylight saving does in between.
        starts = datetime.combine(day, time(sample.hour))
        component.add("dtstart", starts)
        component.add("dtend", starts + timedelta(hours=sample.hours))
    if sample.rule:
        component.add("rrule", icalendar.vRecur.from_ical(sample.rule))
    if url:
        component.add("url", url)
    return component
