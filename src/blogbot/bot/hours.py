"""Hours, days and nights as people write them in a chat's settings. Pure; what is read here is not yet anybody's wish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from blogbot.model import Digest
from blogbot.text import parse_offset

LONGEST = 100  # characters that are looked at
NAMED = {"midnight": 0, "noon": 12 * 60}
INSTANT = ("instant", "off", "none", "no", "never", "at once", "immediately", "now")
EVERY = {"daily": Digest.DAILY, "day": Digest.DAILY, "weekly": Digest.WEEKLY, "week": Digest.WEEKLY}
SMALL = ("at", "on", "every", "each", "by", "from", "the", "clock", "o'clock")
SPOKEN = {
    "half an hour": 30,
    "half hour": 30,
    "a half hour": 30,
    "an hour and a half": 90,
    "one and a half hours": 90,
    "half a day": 12 * 60,
}  # lengths in minutes, where the words are no number and unit
UNTIL = ("until", "till", "til", "up")
NIGHT = ("tonight", "for tonight", "overnight", "the night", "for the night", "today", "for today")
DAWN = 4  # before this hour people who say "tonight" are still awake
PARTS = {"morning": 8 * 60, "evening": 18 * 60}

_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))?\s*(?:(?P<half>[ap])\.?m\.?|h|o'clock)?", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:-|–|—|\bto\b|\buntil\b|\btill\b|\band\b)\s*")


class Gathering(NamedTuple):
    """What is said of a digest; None in what is not said. A `minute` beside the hour was said, though none comes then."""

    digest: Digest
    hour: int | None = None
    day: int | None = None
    minute: int = 0


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
    """Quiet hours: "22-7", "22:30 to 6:45", "between 10pm and 7am", "22 7"; None where they are none, or no time at all."""
    said = words[:LONGEST].strip().lower().removeprefix("from ").removeprefix("between ")
    ends = _BETWEEN.split(said)
    if len(ends) == 1:
        ends = _pieces(said)
    if len(ends) != 2:
        return None
    first, last = minutes(ends[0]), minutes(ends[1])
    return None if first is None or last is None or first == last else (first, last)


def gathering(words: str, weekdays: Sequence[str], present: Digest = Digest.INSTANT) -> Gathering | None:
    """A digest: "daily 8", "every day at 18:00", "weekly monday 9", "fridays", "instant"; None where it is not read.

    An hour alone is that of the `present` digest, and of a daily one where there is none.
    `weekdays` are the names of the days in the chat's language, Monday first; the English ones are known as well.
    """
    said = " ".join(words[:LONGEST].lower().replace(",", " ").split())
    if said in INSTANT:
        return Gathering(Digest.INSTANT)
    digest, time, day = None, None, None
    for word in _pieces(said):
        if word in SMALL:
            continue
        if word in EVERY and digest is None:
            digest = EVERY[word]
        elif (found := _weekday(word, weekdays)) is not None and day is None:
            day = found
        elif (found := minutes(word)) is not None and time is None:
            time = found
        else:
            return None
    if digest is Digest.DAILY and day is not None:
        return None
    if digest is None and (day is not None or (time is not None and present is Digest.WEEKLY)):
        digest = Digest.WEEKLY
    elif digest is None and time is not None:
        digest = Digest.DAILY
    hour, minute = (None, 0) if time is None else divmod(time, 60)
    return None if digest is None else Gathering(digest, hour, day, minute)


def length(words: str) -> timedelta | None:
    """How long: "8h", "8" (hours), "3 days", "for a week", "half an hour"; None where it is no length, or more than 30 days."""
    said = " ".join(words[:LONGEST].lower().split()).removeprefix("for ")
    if said in SPOKEN:
        return timedelta(minutes=SPOKEN[said])
    try:
        offset = parse_offset(said + "h" if re.fullmatch(r"[0-9]{1,3}", said) else said)
    except ValueError:
        return None
    return timedelta(days=offset.days, minutes=offset.minutes)


def until(words: str, weekdays: Sequence[str], now: datetime) -> datetime | None:
    """A moment on the chat's clock: "until 18:00", "until monday", "until tomorrow evening", "tonight"; None where it is none.

    `now` and what comes back are local and naive. A day without an hour means its morning, and so does a night.
    """
    said = " ".join(words[:LONGEST].lower().replace(",", " ").split())
    if said in NIGHT:
        return _on(now, 0 if now.hour < DAWN else 1, PARTS["morning"])
    first, _space, rest = said.partition(" ")
    days, time = None, None
    for word in _pieces(rest) if first in UNTIL else ():
        if word in (*SMALL, "to"):
            continue
        if days is None and (ahead := _ahead(word, weekdays, now)) is not None:
            days = ahead
        elif time is None and (found := PARTS.get(word, minutes(word))) is not None:
            time = found
        else:
            return None
    if time is None:
        return None if days is None else _on(now, days or 7, PARTS["morning"])
    moment = _on(now, days or 0, time)
    return moment if moment > now else moment + timedelta(days=1 if days is None else 7)


def _on(now: datetime, days: int, time: int) -> datetime:
    """A time of day, so many days from now."""
    return datetime.combine(now.date(), datetime.min.time()) + timedelta(days=days, minutes=time)


def _ahead(word: str, weekdays: Sequence[str], now: datetime) -> int | None:
    """How many days ahead a named day is, 0 for today's name."""
    if word == "tomorrow":
        return 1
    day = _weekday(word, weekdays)
    return None if day is None else (day - now.weekday()) % 7


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
