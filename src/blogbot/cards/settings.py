"""A chat's settings, as it reads and changes them: zone, language, pause, and the way to all others. Pure; changes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from blogbot import text
from blogbot.cards.menus import pairs
from blogbot.cards.tap import MENU, NEWS, Verb
from blogbot.cards.terms import TermsCards
from blogbot.cards.voice import LINE, Row
from blogbot.model import Chat, Message

ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "Africa/Lagos",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "UTC",
)


class SettingsCards(TermsCards):
    """Cards of settings."""

    def settings(
        self, chat: Chat, language: str, next_digest: datetime | None = None, filters: int = 0, *, said: str = ""
    ) -> Message:
        """All settings. `language` is the name of the one it reads, in that language; `filters` is how many it has."""
        _ = self.words.gettext
        lines = [
            self._zone_line(chat),
            _("Language: {language}").format(language=self.quote(language)),
            self.news_line(chat.terms, None if chat.paused else next_digest),
            self.quiet_line(chat.terms),
            _("Filters: {count}").format(count=filters) if filters else "",
            _("Topic: news of this group goes into the topic that you chose.") if chat.topic_id else "",
            self.pause_line(chat.paused) or self.muted_line(chat.terms) or _("News and reminders: on"),
        ]
        shown = "\n".join(line for line in lines if line)
        return self.says([said, f"<b>{_('Settings')}</b>", shown], self._to_settings(chat))

    def _zone_line(self, chat: Chat) -> str:
        _ = self.words.gettext
        zone, own = self.quote(self.timezone), chat.timezone == self.timezone
        shown = zone if own else _("{zone} (the site's own)").format(zone=zone)
        line = _("Time zone: {zone}; it is {now} there").format(zone=shown, now=self.clock())
        return line if own else line + "\n" + _("Until you say yours, all your hours go by it.")

    def _to_settings(self, chat: Chat) -> list[Row]:
        _ = self.words.gettext
        pause = self.button(_("Resume"), Verb.RESUME) if chat.paused else self.button(_("Pause"), Verb.PAUSE)
        rows: list[Row] = [
            (self.button(_("Time zone"), Verb.ZONES), self.button(_("Language"), Verb.LANGUAGES)),
            (self.button(_("Digest"), Verb.DIGESTS), self.button(_("Quiet hours"), Verb.QUIETS)),
            (self.button(_("Filters"), Verb.FILTERS, MENU), self.urgent_menu_button()),
            (self.button(_("Mute"), Verb.MUTES), pause),
        ]
        if chat.topic_id:
            rows.append((self.button(_("No topic for news"), Verb.TOPIC_OFF),))
        return rows

    def zones(self, near: Sequence[str] = (), *, asked: str = "", known: bool = False) -> Message:
        """Zones to choose from: common ones, or those nearest to what was `asked` for; all are meant where that is `known`."""
        _ = self.words.gettext
        if known:
            said = _("{name} may be in one of these time zones. Which is yours?").format(name=self.quote(asked, LINE))
        elif asked:
            said = _("I know no time zone {name}.").format(name=self.quote(asked, LINE))
            said += " " + (_("Did you mean one of these?") if near else _("A city's name works, or one of these."))
        else:
            said = _("Which time zone are you in?")
        buttons = [self.button(self.label(zone.replace("_", " ")), Verb.ZONE, zone) for zone in near or ZONES]
        hint = _("Or write a large city in your time zone: <code>/zone London</code>")
        return self.says([said, hint], [*pairs(buttons), self._back()])

    def with_zone_asked(self, message: Message) -> Message:
        """An answer that asks for the chat's time zone as well, for what was set goes by it."""
        _ = self.words.gettext
        question = _("Which time zone are you in? Until you say so, I go by {zone}, where it is {now}.")
        question = question.format(zone=self.quote(self.timezone), now=self.clock())
        row = (
            self.button(self.label(self.timezone.replace("_", " ")), Verb.ZONE, self.timezone, NEWS),
            self.button(_("Another zone"), Verb.ZONES, NEWS),
        )
        return Message(text.cut(f"{message.html}\n\n{question}"), (row, *message.buttons), message.preview_url)

    def zone_set(self) -> Message:
        """The answer where a zone was asked for beside something else."""
        _ = self.words.gettext
        line = _("Thank you. Your time zone is {zone}, where it is {now}.")
        return self.says([line.format(zone=self.quote(self.timezone), now=self.clock())], [self._back()])

    def languages(self, codes: Sequence[tuple[str, str]], *, said: str = "") -> Message:
        """Languages to choose from, as code and own name."""
        _ = self.words.gettext
        buttons = [
            self.button(self.tick(name, code == self.words.language), Verb.LANGUAGE, code) for code, name in codes
        ]
        return self.says([said, _("Which language do you read?")], [*pairs(buttons), self._back()])

    # --- Topics of a forum ---

    def for_group(self, message: Message) -> Message:
        """An answer of wishes, in the topic that speaks for the whole forum."""
        _ = self.words.gettext
        line = _("👥 For the whole group, not for this topic alone.")
        return Message(text.cut(f"{message.html}\n\n{line}"), message.buttons, message.preview_url)

    def topic_set(self, *, joined: bool) -> Message:
        """News of the forum goes here from now on; `joined` tells that the topic's own wishes are the forum's now."""
        _ = self.words.gettext
        parts = [
            _(
                "Done. What this group follows comes into this topic from now on. /follow, /remind and /settings in it are the whole group's."
            ),
            _("What this topic followed by itself, the whole group follows now.") if joined else "",
            _("<code>/settings topic off</code> ends it."),
        ]
        return self.says(parts)

    def topic_ended(self) -> Message:
        """News of the forum goes where it went before."""
        _ = self.words.gettext
        return self.says([_("Done. News of this group comes outside of its topics again.")])

    def topic_advice(self, *, forum: bool) -> Message:
        """How a topic is chosen, or that there are none."""
        _ = self.words.gettext
        if not forum:
            return self.says([_("This chat has no topics; news comes here.")], [self._back()])
        line = _("Write <code>/settings topic here</code> in the topic that shall have this group's news.")
        return self.says([line, _("<code>/settings topic off</code> ends it.")], [self._back()])
