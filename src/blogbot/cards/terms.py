"""How a chat wants to be told, as it reads and changes it: digest, quiet hours, mute. Pure; changes nothing itself.

All hours are hours of the chat's own clock. When exactly something comes is worked out elsewhere and handed in.
"""

from __future__ import annotations

from datetime import UTC, datetime

from blogbot.cards.menus import MenuCards, in_rows, pairs
from blogbot.cards.tap import MENU, Verb
from blogbot.cards.voice import PER_ROW, Row
from blogbot.i18n import N_
from blogbot.model import Button, Chat, Digest, Message, Offset, Terms

WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
HOURS = (6, 7, 8, 9, 12, 17, 18, 20)
NIGHTS = ((21 * 60, 7 * 60), (22 * 60, 7 * 60), (22 * 60, 8 * 60), (23 * 60, 8 * 60))
LENGTHS = (Offset(minutes=60), Offset(minutes=8 * 60), Offset(days=1), Offset(days=3), Offset(days=7), Offset(days=30))
DAYS_PER_ROW = 3


class TermsCards(MenuCards):
    """Cards of a chat's terms. `said` is a sentence of what was just done, Telegram HTML."""

    def digest_menu(self, chat: Chat, next_digest: datetime | None, *, said: str = "") -> Message:
        """Whether news comes at once or gathered, and when; `next_digest` is when it comes next."""
        _ = self.words.gettext
        terms = chat.terms
        kinds = {Digest.INSTANT: _("At once"), Digest.DAILY: _("Every day"), Digest.WEEKLY: _("Every week")}
        rows = [tuple(self._digest_button(label, terms, digest=kind) for kind, label in kinds.items())]
        if terms.digest is Digest.WEEKLY:
            rows += in_rows(
                [self._digest_button(_(name), terms, day=day) for day, name in enumerate(WEEKDAYS)], DAYS_PER_ROW
            )
        if terms.digest is not Digest.INSTANT:
            hours = sorted({*HOURS, terms.digest_hour})
            rows += in_rows([self._digest_button(self.hour(hour * 60), terms, hour=hour) for hour in hours], PER_ROW)
        parts = [
            said,
            self.news_line(terms, next_digest),
            _("A digest gathers new articles and events in one message. Reminders and changes do not wait for it."),
            _("Or write it: <code>/digest daily 8</code>, <code>weekly monday 9</code> or <code>instant</code>"),
        ]
        return self.says(parts, [*rows, self._back()])

    def digest_hours(self, digest: Digest, hour: int, day: int) -> Message:
        """A digest was wished for between this hour and the next: either can be had. `day` is that of a weekly one."""
        _ = self.words.gettext
        later = ((hour + 1) % 24, (day + (hour == 23)) % 7)
        buttons = [self.button(self.hour(at * 60), Verb.DIGEST, digest, at, on) for at, on in ((hour, day), later)]
        said = _("A digest comes on the hour. Which do you want?")
        return self.says([said], [tuple(buttons), self._back()])

    def quiet_menu(self, chat: Chat, *, said: str = "") -> Message:
        """The hours in which the chat does not want to be disturbed."""
        _ = self.words.gettext
        now = quiet_hours(chat.terms)
        nights = sorted({*NIGHTS, now} if now else NIGHTS)
        buttons = [self.button(self.tick(self._span(*night), night == now), Verb.QUIET, *night) for night in nights]
        buttons.append(self.button(self.tick(_("No quiet hours"), now is None), Verb.QUIET, "off"))
        parts = [
            said,
            self.quiet_line(chat.terms),
            self.exceptions(),
            _(
                "The rest waits until they end. A reminder of an event that begins before then does not come, unless it is marked urgent."
            ),
            _("Or write your own: <code>/quiet 22:30-6:45</code>"),
        ]
        return self.says(parts, [*pairs(buttons), self._urgent_and_back()])

    def mute_menu(self, chat: Chat, *, said: str = "") -> Message:
        """Silence for a while."""
        _ = self.words.gettext
        muted = self.muted_line(chat.terms)
        buttons = [self.button(self.words.offset(length), Verb.MUTE, length) for length in LENGTHS]
        off = (self.button(_("Unmute"), Verb.UNMUTE),) if muted else ()
        parts = [
            said,
            muted or _("For how long shall I be silent?"),
            self.exceptions(),
            _(
                "The rest waits until the silence ends. A reminder of an event that begins before then does not come, unless it is marked urgent."
            ),
            _("Or write it: <code>/mute 3 days</code> or <code>/mute until monday</code>, and /unmute to end it."),
        ]
        return self.says(parts, [*pairs(buttons), off, self._urgent_and_back()])

    def unmuted(self, *, was: bool, waits: bool = False) -> Message:
        """The answer to a wish to end the silence; `was` tells whether there was one, `waits` whether quiet hours or a digest
        go on holding something back."""
        _ = self.words.gettext
        back = _("I am back.") if waits else _("I am back. What waited comes now.")
        said = back if was else _("You were not muted.")
        return self.says([said], [(self.button(_("Mute"), Verb.MUTES), *self._back())])

    # --- Sentences ---

    def exceptions(self) -> str:
        """What comes all the same."""
        _ = self.words.gettext
        return _(
            "Meanwhile only what you marked urgent comes, and word that an event I am to remind you of is cancelled."
        )

    def news_line(self, terms: Terms, next_digest: datetime | None) -> str:
        """At once, or in which digest and when the next one comes."""
        _ = self.words.gettext
        hour = self.hour(terms.digest_hour * 60)
        if terms.digest is Digest.INSTANT:
            return _("News: at once")
        if terms.digest is Digest.DAILY:
            line = _("News: a digest every day at {hour}").format(hour=hour)
        else:
            day = _(WEEKDAYS[terms.digest_day % 7])
            line = _("News: a digest every {day} at {hour}").format(day=day, hour=hour)
        if next_digest is None:
            return line
        return _("{line}; the next one {when}").format(line=line, when=self.moment(next_digest))

    def quiet_line(self, terms: Terms) -> str:
        _ = self.words.gettext
        hours = quiet_hours(terms)
        return _("Quiet hours: {hours}").format(hours=self._span(*hours)) if hours else _("Quiet hours: none")

    def muted_line(self, terms: Terms) -> str:
        """Until when the chat is muted, "" where it is not."""
        _ = self.words.gettext
        if terms.muted_until is None or terms.muted_until <= self.now:
            return ""
        return _("Muted until {when}").format(when=self.moment(terms.muted_until))

    def hour(self, minutes: int) -> str:
        """A time of day, given in minutes after midnight: "07:00"."""
        hours, rest = divmod(minutes % (24 * 60), 60)
        return self.words.time(datetime(2026, 1, 1, hours, rest, tzinfo=UTC), "UTC")

    # --- Pieces ---

    def _span(self, first: int, last: int) -> str:
        _ = self.words.gettext
        return _("{first} to {last}").format(first=self.hour(first), last=self.hour(last))

    def _digest_button(
        self, label: str, terms: Terms, *, digest: Digest | None = None, hour: int | None = None, day: int | None = None
    ) -> Button:
        """A button for the present terms but for one thing; ticked where that is so already."""
        now = (terms.digest, terms.digest_hour, terms.digest_day)
        wanted = (digest or now[0], now[1] if hour is None else hour, now[2] if day is None else day)
        return self.button(self.tick(label, wanted == now), Verb.DIGEST, *wanted)

    def _urgent_and_back(self) -> Row:
        return (self.urgent_menu_button(), *self._back())

    def _back(self) -> Row:
        return (self.button(self.words.gettext("Settings"), Verb.SETTINGS, MENU),)


def quiet_hours(terms: Terms) -> tuple[int, int] | None:
    """The quiet hours in minutes after midnight, None where there are none."""
    if terms.quiet_from is None or terms.quiet_until is None or terms.quiet_from == terms.quiet_until:
        return None
    return terms.quiet_from, terms.quiet_until
