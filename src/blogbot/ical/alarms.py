"""Alarms (RFC 5545, VALARM) for a calendar that is written already, so that one file serves everybody's wishes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import icalendar
from icalendar.prop import vInline

from blogbot.model import Offset

_BEGIN, _END = b"\r\nBEGIN:VEVENT\r\n", b"\r\nEND:VEVENT"
_ESCAPED = re.compile(r"\\([\\;,nN])")  # RFC 5545, 3.3.11

Wanted = Callable[[str], Iterable[Offset]]
"""At which offsets an event, known by its UID, wants an alarm."""


def with_alarms(calendar: bytes, wanted: Wanted) -> bytes:
    """A calendar of ours with an alarm at each wanted offset before each date; none for what is cancelled.

    A day before is the same time on the event's own clock, and hours are absolute: RFC 5545, 3.3.6, says so of P1D and PT24H.
    """
    head, *events = calendar.split(_BEGIN)
    return _BEGIN.join([head, *(_alarmed(event, wanted) for event in events)])


def _alarmed(event: bytes, wanted: Wanted) -> bytes:
    own, end, rest = event.partition(_END)
    lines = own.replace(b"\r\n ", b"").decode().split("\r\n")
    said = {name: value for name, _, value in (line.partition(":") for line in lines)}
    if said.get("STATUS") == "CANCELLED":
        return event
    uid, title = (_ESCAPED.sub(_plain, said.get(name, "")) for name in ("UID", "SUMMARY"))
    return b"".join([own, *(_alarm(offset, title) for offset in sorted(set(wanted(uid)), reverse=True)), end, rest])


def _alarm(offset: Offset, title: str) -> bytes:
    """One alarm, after a line's end and without one at its own."""
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", vInline(_before(offset)))  # as it is written: vDuration would make 24 hours a day
    return b"\r\n" + bytes(alarm.to_ical()).removesuffix(b"\r\n")


def _plain(escaped: re.Match[str]) -> str:
    return "\n" if escaped[1] in "nN" else escaped[1]


def _before(offset: Offset) -> str:
    """-P1D, -PT1H, -P1DT2H30M and such (RFC 5545, 3.3.6)."""
    hours, minutes = divmod(offset.minutes, 60)
    days = f"{offset.days}D" if offset.days or not offset.minutes else ""
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    return f"-P{days}T{clock}".removesuffix("T")
