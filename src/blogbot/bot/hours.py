"""Hours, days and nights as people write them in a chat's settings. Pure; what is read here is not yet anybody's wish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from blogbot.model import Digest
from blogbot.text import parse_offset

LONGEST = 100  # characters that are looked at
NAMED = {"midnight": 0, "noon": 12 * 60}
INSTANT = ("instant", "off", "none", "no", "never", "at once", "immediately", "now")
EVERY = {"daily": Digest.DAILY, "day": Digest.DAILY, "weekly": Digest.WEEKLY, "week": Digest.WEEKLY}
SMALL = ("at", "on", "every", "each", "by", "from", "the", "clock", "o'clock")

_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))?\s*(?:(?P<half>[ap])\.?m\.?|h|o'clock)?", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:-|–|—|\bto\b|\buntil\b|\btill\b)\s*")


class Gathering(NamedTuple):
    """What is said of a digest; None in what is not said."""

    digest: Digest
    hour: int | None = None
    day: int | None = None


def minutes(words: str) -> int | None:
    """A time of day in minutes after midnight: "22", "22:30", "7am", "10.15 pm", "noon"; None where it is none."""
    said = words.strip().lower()
    if said in NAMED:
        return NAMED[said]
    match = _TIME.fullmatch(said)
    if match is None:
        return None
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return hour % 24 * 60 + minute


def night(words: str) -> tuple[int, int] | None:
    """Quiet hours: "22-7", "22:30 to 6:45", "from 10pm until 7am"; None where they are none, or no time at all."""
    said = words[:LONGEST].strip().lower().removeprefix("from ").removeprefix("between ")
    ends = _BETWEEN.split(said)
    if len(ends) != 2:
        return None
    first, last = minutes(ends[0]), minutes(ends[1])
    return None if first is None or last is None or first == last else (first, last)


def gathering(words: str, weekdays: Sequence[str]) -> Gathering | None:
    """A digest: "daily 8", "every day at 18:00", "weekly monday 9", "fridays", "instant"; None where it is not read.

    `weekdays` are the names of the days in the chat's language, Monday first; the English ones are known as well.
    """
    said = " ".join(words[:LONGEST].lower().replace(",", " ").split())
    if said in INSTANT:
        return Gathering(Digest.INSTANT)
    digest, hour, day = None, None, None
    for word in _pieces(said):
        if word in SMALL:
            continue
        if word in EVERY and digest is None:
            digest = EVERY[word]
        elif (found := _weekday(word, weekdays)) is not None and day is None:
            day = found
        elif (time := minutes(word)) is not None and time % 60 == 0 and hour is None:
            hour = time // 60
        else:
            return None
    if digest is Digest.DAILY and day is not None:
        return None
    if digest is None and day is not None:
        digest = Digest.WEEKLY
    return None if digest is None else Gathering(digest, hour, day)


def length(words: str) -> timedelta | None:
    """How long: "8h", "3 days", "for a week"; None where it is no length, or more than 30 days."""
    try:
        offset = parse_offset(words[:LONGEST].strip().lower().removeprefix("for "))
    except ValueError:
        return None
    return timedelta(days=offset.days, minutes=offset.minutes)


def _pieces(said: str) -> list[str]:
    """Words; what belongs to an hour ("8 am") stays with it."""
    return re.sub(r"(\d)\s+([ap]\.?m)\b", r"\1\2", said).split()


def _weekday(word: str, names: Sequence[str]) -> int | None:
    """The day of the week that a word, or its beginning, names."""
    english = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    short = word.rstrip(".")
    for known in ([name.lower() for name in names], english):
        for day, name in enumerate(known):
            if word in (name, name + "s") or (len(short) >= 2 and name.startswith(short)):
                return day
    return None
