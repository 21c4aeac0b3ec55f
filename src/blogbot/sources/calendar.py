"""An iCalendar file (RFC 5545): one entry per UID, the event with all dates that differ from its rule.

Knows the format of foreign calendars; it must not know when an event's dates are, nor write calendars (that is `ical`).
Each event's lines are cut out first and parsed by themselves, so that a bad one spoils no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import icalendar

from blogbot import text
from blogbot.errors import SourceError
from blogbot.model import Entry, EventItem, EventStatus, Item, Look, Override, Problem
from blogbot.sources import zones
from blogbot.sources.document import MAX_ARTICLE, MAX_TAGS, Document, Setting, decode, names, one_line, title
from blogbot.sources.moments import Moments, many

MAX_EVENTS = 50_000
MAX_OVERRIDES = 1_000

_MAX_UID = 255
_TZID = re.compile(r"^[A-Z-]+;(?:[^:]*;)?TZID=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_STATUS = {
    "CANCELLED": EventStatus.CANCELLED,
    "TENTATIVE": EventStatus.TENTATIVE,
    "CONFIRMED": EventStatus.CONFIRMED,
}


@dataclass(slots=True)
class _Blocks:
    """A calendar file in pieces: each event's unfolded lines, each zone's, and the calendar's own properties."""

    events: list[list[str]] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    method: str = ""
    zone: str = ""
    torn: bool = False
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the events of one file are read with: IANA names by TZID, and whether the file cancels what it holds."""

    setting: Setting
    zones: dict[str, str]
    cancels: bool

    def localised(self, line: str) -> str:
        """`line` with the IANA name of its zone, so that whatever reads it needs no other."""
        match = _TZID.match(line)
        if match is None:
            return line
        name = self.zones.get(match[1].strip('"')) or self.setting.timezone
        return f"{line[: match.start(1)]}{name}{line[match.end(1) :]}"


def look(document: Document, setting: Setting) -> Look:
    """One look at a calendar. A file that carries a METHOD other than PUBLISH is a message about some events, not complete."""
    cut = _cut(decode(document.data, document.where, document.charset), document.where)
    if zones.known(cut.zone):
        # X-WR-TIMEZONE: the calendar's own zone goes before the source's.
        setting = Setting(setting.name, cut.zone, setting.base)
    reading = _Reading(setting, _zones(cut, setting, document.where), cut.method == "CANCEL")
    by_uid: dict[str, list[list[str]]] = {}
    for number, lines in enumerate(cut.events, 1):
        uid = text.clean(_value(lines, "UID")).strip()[:_MAX_UID]
        if uid:
            by_uid.setdefault(uid, []).append(lines)
        else:
            name = one_line(_value(lines, "SUMMARY"))[:80] or f"number {number}"
            cut.problems.append(Problem(document.where, f"the event {name!r} has no UID; give it one"))
    context = repr((sorted(reading.zones.items()), reading.cancels)).encode()
    entries = []
    for uid, events in by_uid.items():
        raw = "\n".join(line for lines in events for line in lines)
        fingerprint = setting.fingerprint(context, raw.encode("utf-8", "replace"))
        entries.append(Entry(uid, fingerprint, partial(_items, raw, uid, f"{document.where}, {uid}", reading)))
    complete = cut.method in ("", "PUBLISH") and not cut.torn
    return Look(entries, complete=complete, validators=document.validators, problems=cut.problems)


# --- Cutting -------------------------------------------------------------------------------------------------------


def _cut(raw: str, where: str) -> _Blocks:
    """The file's parts. Raises SourceError where it is no calendar at all."""
    cut = _Blocks()
    stack: list[str] = []
    lines: list[str] = []
    began = False
    for line in _unfolded(raw):
        name, _, rest = line.partition(":")
        name, value = name.upper(), rest.strip()
        if name == "BEGIN":
            began = began or value.upper() == "VCALENDAR"
            if len(stack) <= 1:
                lines = []  # a component of the calendar itself begins
            stack.append(value.upper())
        lines.append(line)
        if name == "END" and value.upper() in stack:
            while stack and stack.pop() != value.upper():
                pass
            _keep(cut, value.upper(), lines, stack)
        elif stack == ["VCALENDAR"]:
            cut.method = value.upper() if name == "METHOD" else cut.method
            cut.zone = value if name.partition(";")[0] == "X-WR-TIMEZONE" else cut.zone
        if len(cut.events) > MAX_EVENTS:
            raise SourceError(where, f"holds more than {MAX_EVENTS} events; take a smaller calendar")
    if not began:
        raise SourceError(where, "is not a calendar; one begins with BEGIN:VCALENDAR")
    if stack:
        cut.torn = True
        cut.problems.append(Problem(where, f"ends in the middle of {stack[-1]}; fetch it again"))
    return cut


def _keep(cut: _Blocks, name: str, lines: list[str], stack: Sequence[str]) -> None:
    if stack != ["VCALENDAR"]:
        return
    if name == "VEVENT":
        cut.events.append(list(lines))
    elif name == "VTIMEZONE":
        cut.zones.setdefault(_value(lines, "TZID"), "\r\n".join(lines) + "\r\n")
    lines.clear()


def _unfolded(raw: str) -> Iterator[str]:
    """The lines of the file, those that begin with a blank joined to the one before (RFC 5545, 3.1)."""
    parts: list[str] = []
    for line in raw.split("\n"):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts and (whole := "".join(parts)).strip():
            yield whole
        parts = [line]
    if (whole := "".join(parts)).strip():
        yield whole


def _value(lines: Sequence[str], name: str) -> str:
    """The raw value of the event's own property `name`; an alarm within it has a like-named one."""
    depth = 0
    for line in lines:
        key, _, value = line.partition(":")
        key = key.partition(";")[0].upper()
        depth += {"BEGIN": 1, "END": -1}.get(key, 0)
        if key == name and depth == 1:
            return value.strip()
    return ""


def _zones(cut: _Blocks, setting: Setting, where: str) -> dict[str, str]:
    """The IANA name of each TZID in use; one that nobody knows becomes a problem, and the source's zone."""
    used = {match[1].strip('"'): "" for lines in cut.events for line in lines if (match := _TZID.match(line))}
    for tzid in used:
        used[tzid] = zones.iana(tzid, cut.zones, setting.timezone)
        if not used[tzid]:
            what = f"the time zone {text.clean(tzid)[:80]!r} is not known; its times are read as {setting.timezone}"
            cut.problems.append(Problem(where, what))
    return used


# --- Reading -------------------------------------------------------------------------------------------------------


def _items(raw: str, uid: str, where: str, reading: _Reading) -> Sequence[Item]:
    if len(raw) > MAX_ARTICLE:
        raise SourceError(where, f"is larger than {MAX_ARTICLE // 1_000_000} MB, too large for one event")
    try:
        lines = "\r\n".join(reading.localised(line) for line in raw.split("\n")) + "\r\n"
        parsed = icalendar.Event.from_ical(lines, multiple=True)
        events = [event for event in parsed if isinstance(event, icalendar.Event)]
        for event in events:
            _check(event, where)
        return _event(events, uid, where, reading)
    except SourceError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        reason = text.clean(str(error))[:200] or type(error).__name__
        raise SourceError(where, f"this event cannot be read ({reason})") from None


def _check(event: icalendar.Event, where: str) -> None:
    """Raises where a property is broken that says when the event is: better no date than a wrong one."""
    broken = next((name for name, _ in event.errors if name in _TIMES), "")
    if not broken and any("FREQ" not in rule for rule in many(event, "RRULE")):
        broken = "RRULE"
    if broken:
        raise SourceError(where, f"this event has no {broken} that can be read; correct it")


def _event(events: list[icalendar.Event], uid: str, where: str, reading: _Reading) -> Sequence[Item]:
    masters = [event for event in events if "RECURRENCE-ID" not in event]
    changed = [event for event in events if "RECURRENCE-ID" in event]
    # Several versions of one event: the highest SEQUENCE is the newest (RFC 5546, 2.1.5).
    master = max(masters, key=_sequence) if masters else min(changed, key=_original)
    moment = Moments(master, where, reading.setting.timezone)
    starts, ends = moment.span(master)
    html = _html(master, reading)
    return [
        EventItem(
            uid=uid,
            title=title(_text(master, "SUMMARY")),
            starts=starts,
            ends=ends,
            timezone=moment.timezone,
            summary=text.excerpt(text.plain(html), 1_000) if html else "",
            html=html,
            recurrence=moment.recurrence(master) if masters else (),
            overrides=tuple(_override(event, moment, reading) for event in _newest(changed)) if masters else (),
            location=one_line(_text(master, "LOCATION"))[:1_000],
            url=_url(master),
            status=EventStatus.CANCELLED if reading.cancels else _status(master) or EventStatus.CONFIRMED,
            sequence=_sequence(master),
            tags=names(_categories(master), MAX_TAGS),
        )
    ]


def _newest(changed: list[icalendar.Event]) -> list[icalendar.Event]:
    by_date: dict[str, icalendar.Event] = {}
    for event in sorted(changed, key=_sequence):
        by_date[_original(event)] = event
    return [by_date[key] for key in sorted(by_date)][:MAX_OVERRIDES]


def _original(event: icalendar.Event) -> str:
    """What RECURRENCE-ID says, as a key to sort by."""
    found: Any = event["RECURRENCE-ID"]
    return str(getattr(found, "dt", found))


def _override(event: icalendar.Event, moment: Moments, reading: _Reading) -> Override:
    starts, ends = moment.span(event) if "DTSTART" in event else (None, None)
    return Override(
        original=moment.at(event, "RECURRENCE-ID"),
        starts=starts,
        ends=ends,
        title=title(_text(event, "SUMMARY")) or None,
        location=one_line(_text(event, "LOCATION"))[:1_000] or None,
        status=EventStatus.CANCELLED if reading.cancels else _status(event),
    )


def _text(event: icalendar.Event, name: str) -> str:
    return str(next(iter(many(event, name)), ""))


def _sequence(event: icalendar.Event) -> int:
    try:
        return max(0, min(int(event.get("SEQUENCE", 0)), 2**31 - 1))
    except (TypeError, ValueError):
        return 0


def _status(event: icalendar.Event) -> EventStatus | None:
    return _STATUS.get(_text(event, "STATUS").strip().upper())


def _categories(event: icalendar.Event) -> list[str]:
    return [str(each) for given in many(event, "CATEGORIES") for each in getattr(given, "cats", [given])]


def _url(event: icalendar.Event) -> str:
    url = _text(event, "URL").strip()
    return url if re.match(r"https?://[^\s/]+\S*$", url) and len(url) <= 2_000 else ""


def _html(event: icalendar.Event, reading: _Reading) -> str:
    """The description as sanitised HTML; many calendars write HTML into DESCRIPTION itself."""
    described = _text(event, "DESCRIPTION").strip()
    html = _text(event, "X-ALT-DESC").strip() or (
        described if re.search(r"</?(?:p|br|a|b|ul|li|div|span)\b", described) else ""
    )
    if not html:
        paragraphs = [block.strip() for block in re.split(r"\n\s*\n", described) if block.strip()]
        html = "".join(f"<p>{text.escape(block).replace(chr(10), '<br>')}</p>" for block in paragraphs)
    return text.sanitise(text.clean(html), reading.setting.base)
