"""How one chat is spoken to: its words, its zone, the present instant, and the small pieces that all cards are made of.

Whatever comes from outside (titles, names, places) passes `quote` on its way into a message: cut to size, escaped, and
isolated where it is right-to-left, so that it cannot turn the words around it. Knows nothing of Telegram's client library.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from blogbot import text
from blogbot.cards.tap import Tap, Verb
from blogbot.i18n import Words
from blogbot.model import Button, Message, Occurrence, Page, Site

PER_PAGE = 8
TITLE = 200  # characters of a title on its own card
LINE = 90  # characters of a title in a list
PLACE = 200  # characters of a place
LABEL = 40  # characters of a name on a button
PER_ROW = 4  # numbered buttons side by side, still easy to hit on a phone
ADDRESS = 2000  # characters of an address that still goes on a button


_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})  # UAX 9, bidirectional classes
_DIRECTIONS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])

Row = tuple[Button, ...]


class Voice:
    """What every card needs to know of the chat that reads it. `timezone` is an IANA zone, `now` an aware instant."""

    def __init__(self, site: Site, words: Words, timezone: str, now: datetime) -> None:
        self.site = site
        self.words = words
        self.timezone = timezone
        self.now = now

    # --- Text ---

    def quote(self, raw: str, limit: int = TITLE) -> str:
        """Foreign text as part of a sentence: one line, at most `limit` characters, escaped, isolated where that matters."""
        return text.escape(self._line(raw, limit))

    def title(self, raw: str, limit: int = TITLE) -> str:
        """A title as `quote` gives it, or the words for having none."""
        _ = self.words.gettext
        return self.quote(raw, limit) or _("Untitled")

    def says(self, parts: Iterable[str], buttons: Sequence[Row] = (), preview_url: str = "") -> Message:
        """A message of paragraphs, certain to fit; empty paragraphs and empty rows are left out."""
        html = "\n\n".join(part for part in parts if part)
        rows = tuple(row for row in buttons if row)
        return Message(text.cut(html), rows, preview_url)

    def label(self, raw: str) -> str:
        """Foreign text on a button: one short line, not escaped, for buttons hold no HTML."""
        return self._line(raw, LABEL) or "?"

    def _line(self, raw: str, limit: int) -> str:
        """One clean line without directional controls; isolated (UAX 9) where its direction is not that of the words around."""
        line = text.excerpt(" ".join(text.clean(raw).translate(_DIRECTIONS).split()), limit)
        if line and (
            self.words.right_to_left or any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in line)
        ):
            return f"\u2068{line}\u2069"
        return line

    def struck(self, title: str) -> str:
        """What was withdrawn, in a list; `title` is Telegram HTML."""
        return f"<s>{title}</s> {self.words.gettext('(withdrawn)')}"

    def listed(self, names: Sequence[str]) -> str:
        """ "a", "a and b", "a, b and c"; the names are taken as they are."""
        _ = self.words.gettext
        if len(names) < 2:
            return "".join(names)
        return _("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])

    # --- Time ---

    def moment(self, instant: datetime) -> str:
        """An instant as a reader's own client shows it, with the chat's zone as a fallback."""
        return self.words.telegram_time(instant, self.timezone, now=self.now)

    def when(self, occurrence: Occurrence) -> str:
        """When it takes place: a moment and its end, or the dates of an all-day event; the event's own time where it differs."""
        if occurrence.event.all_day:
            return self._days(occurrence)
        _ = self.words.gettext
        starts = self.moment(occurrence.starts)
        shown = (
            _("{start} until {end}").format(start=starts, end=self._end(occurrence))
            if self._lasts(occurrence)
            else starts
        )
        own = self._own_time(occurrence)
        return f"{shown}\n{own}" if own else shown

    def day(self, instant: datetime) -> str:
        """The date of an instant in the chat's zone, as plain text."""
        return self.date_in(instant, self.timezone)

    def brief(self, occurrence: Occurrence) -> str:
        """When it begins, as one line of a list."""
        return self._days(occurrence) if occurrence.event.all_day else self.moment(occurrence.starts)

    def short_day(self, instant: datetime) -> str:
        """The same, short enough for a list."""
        return text.escape(self.words.date(instant, self.timezone, "short"))

    def date_in(self, instant: datetime, timezone: str) -> str:
        """The date of an instant in a zone, as plain text."""
        return text.escape(self.words.date(instant, timezone))

    def soon(self, left: timedelta) -> str:
        """How long it is until then, as the beginning of a sentence: "In 2 hours"."""
        said = text.escape(self.words.relative(left))
        return said[:1].upper() + said[1:]

    def clock(self) -> str:
        """What time it is for the chat, as plain text."""
        return text.escape(self.words.time(self.now, self.timezone))

    def _lasts(self, occurrence: Occurrence) -> bool:
        return occurrence.ends > occurrence.starts

    def _end(self, occurrence: Occurrence) -> str:
        """The end: its time where it is the same day for the chat, else its date as well."""
        zone = ZoneInfo(self.timezone)
        same_day = occurrence.starts.astimezone(zone).date() == occurrence.ends.astimezone(zone).date()
        if not same_day:
            return self.moment(occurrence.ends)
        return self.words.telegram_time(occurrence.ends, self.timezone, "t", now=self.now)

    def _days(self, occurrence: Occurrence) -> str:
        """The first and the last day; the end of an all-day event is exclusive (RFC 5545)."""
        _ = self.words.gettext
        zone = occurrence.event.timezone
        first = self.words.date(occurrence.starts, zone)
        last = self.words.date(max(occurrence.starts, occurrence.ends - timedelta(minutes=1)), zone)
        if first == last:
            return _("{day}, all day").format(day=text.escape(first))
        return _("{first} to {last}, all day").format(first=text.escape(first), last=text.escape(last))

    def _own_time(self, occurrence: Occurrence) -> str:
        """The start on the clock of the event's own zone, "" where the chat's clock shows the same."""
        _ = self.words.gettext
        local = occurrence.local_starts
        if local.utcoffset() == occurrence.starts.astimezone(ZoneInfo(self.timezone)).utcoffset():
            return ""
        there = self.words.when(occurrence.starts, occurrence.event.timezone)
        return _("There: {when}").format(when=text.escape(there))

    # --- Buttons ---

    def button(self, label: str, verb: Verb, *args: object) -> Button:
        """A button that comes back as a tap."""
        return Button(label, data=Tap.of(verb, *args).data)

    def link(self, label: str, url: str) -> Row:
        """A button that opens an address, or an empty row where Telegram would not take the address."""
        return (Button(label, url=url),) if openable(url) else ()

    def numbers(self, taps: Sequence[Tap]) -> list[Row]:
        """Buttons 1, 2, 3 ... for the items of a list, in rows."""
        buttons = [Button(str(number), data=tap.data) for number, tap in enumerate(taps, 1)]
        return [tuple(buttons[start : start + PER_ROW]) for start in range(0, len(buttons), PER_ROW)]

    def turner(self, page: Page[Any], verb: Verb, *args: object) -> Row:
        """The Back and Next buttons of a list; each carries the offset of its page as the last argument."""
        _ = self.words.gettext
        buttons = []
        if page.offset > 0:
            back = max(0, page.offset - PER_PAGE)
            buttons.append(self.button("‹ " + _("Back"), verb, *args, back))
        if page.offset + len(page.items) < page.total and page.items:
            buttons.append(self.button(_("Next") + " ›", verb, *args, page.offset + len(page.items)))
        return tuple(buttons)

    def span(self, page: Page[Any]) -> str:
        """Which part of a list is shown, "" where it is all of it."""
        _ = self.words.gettext
        if len(page.items) == page.total:
            return ""
        first, last = page.offset + 1, page.offset + len(page.items)
        return _("{first}–{last} of {total}").format(first=first, last=last, total=page.total)


def openable(url: str) -> bool:
    """Whether an address can stand on a button: http or https, and a host that Telegram takes (one without a dot is refused)."""
    if len(url) > ADDRESS or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        return False
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return url.startswith(("http://", "https://")) and ("." in host.strip(".") or ":" in host)
