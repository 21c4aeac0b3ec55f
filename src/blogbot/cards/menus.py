"""What a chat wishes, as a chat reads and changes it: follows, reminders and settings. Pure; changes nothing itself.

A button that stands in a menu says so in its last argument, so that the menu is drawn afresh in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.cards.events import EventCards
from blogbot.cards.tap import LIST, MENU, Verb, short
from blogbot.cards.voice import LINE, Row
from blogbot.model import Button, Chat, Follow, FollowKind, Message, Offset, ReminderRule, Tag

SHOWN = 30  # follows with a button of their own; Telegram takes 100 buttons
PRESETS = (Offset(days=7), Offset(days=1), Offset(minutes=120), Offset(minutes=60), Offset(minutes=15))
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

Named = tuple[Follow, str]  # a follow and the words for what it follows


class MenuCards(EventCards):
    """Cards of wishes."""

    # --- Follows ---

    def follow_menu(self, follows: Sequence[Follow], tags: Sequence[Tag]) -> Message:
        """What can be followed, with a tick where it is."""
        _ = self.words.gettext
        parts = [
            f"<b>{_('What shall I tell you of?')}</b>",
            _("Tap to follow or to stop. Any tag goes by its name, too: <code>/follow NAME</code>"),
        ]
        first = (
            self._toggle(Follow(FollowKind.EVERYTHING), _("Everything"), follows),
            self._toggle(Follow(FollowKind.EVENTS), _("Events"), follows),
        )
        toggles = [self._toggle(Follow(FollowKind.TAG, tag.slug), tag.name, follows) for tag in tags]
        rows = [first, *_pairs(toggles), (self.button(_("What I follow"), Verb.FOLLOWING),)]
        return self.says(parts, rows)

    def following(self, named: Sequence[Named], rules: Sequence[ReminderRule], *, paused: bool = False) -> Message:
        """What the chat follows and is reminded of, each with a button that ends it."""
        _ = self.words.gettext
        rest = [self._reminding_line(rules), self._pause_line(paused)]
        if not named:
            rows = [
                (
                    self.button(_("Follow everything"), Verb.FOLLOW, "everything"),
                    self.button(_("Choose"), Verb.FOLLOW_MENU),
                )
            ]
            return self.says(
                [_("You follow nothing yet. Follow something, and you hear of it as soon as it is there."), *rest], rows
            )
        lines = [f"• {self.named(follow, name)}" for follow, name in named[:SHOWN]]
        return self.says(
            [f"<b>{_('You follow')}</b>", "\n".join(lines), self._hidden(named), *rest], self._endings(named)
        )

    def unfollow_menu(self, named: Sequence[Named]) -> Message:
        """The same list, asked as a question."""
        _ = self.words.gettext
        if not named:
            return self.following(named, ())
        return self.says([_("What shall I stop telling you of?"), self._hidden(named)], self._endings(named))

    def followed(self, named: Named, *, fresh: bool, paused: bool = False) -> Message:
        """The answer to a wish to follow; `fresh` is False where it was followed before."""
        _ = self.words.gettext
        line = (
            _("You follow {what} now. I will write as soon as there is news.")
            if fresh
            else _("You follow {what} already.")
        )
        return self.says([line.format(what=self.named(*named)), self._pause_line(paused)], [self._what_i_follow()])

    def unfollowed(self, named: Named, *, was: bool) -> Message:
        """The answer to a wish to stop; `was` is False where it was not followed."""
        _ = self.words.gettext
        line = _("You do not follow {what} any more.") if was else _("You did not follow {what}.")
        return self.says([line.format(what=self.named(*named))], [self._what_i_follow()])

    def unfollowed_all(self, count: int) -> Message:
        """The answer to a wish to follow nothing; reminders are another wish and stay."""
        ngettext = self.words.ngettext
        _ = self.words.gettext
        line = ngettext(
            "You follow nothing any more; it was {n} thing.", "You follow nothing any more; it was {n} things.", count
        )
        said = line.format(n=count) if count else _("You followed nothing.")
        rows = [(self.button(_("Follow something"), Verb.FOLLOW_MENU), self.button(_("Reminders"), Verb.REMIND_MENU))]
        return self.says([said], rows)

    def named(self, follow: Follow, name: str) -> str:
        """What a follow is of, as part of a sentence."""
        _ = self.words.gettext
        shown = self.quote(name or follow.value, LINE)
        return {
            FollowKind.EVERYTHING: _("everything"),
            FollowKind.EVENTS: _("all events"),
            FollowKind.TAG: _("the tag {name}").format(name=shown),
            FollowKind.AUTHOR: _("the author {name}").format(name=shown),
            FollowKind.EVENT: _("the event {name}").format(name=shown),
        }[follow.kind]

    def _toggle(self, follow: Follow, name: str, follows: Sequence[Follow]) -> Button:
        on = follow in follows
        verb = Verb.UNFOLLOW if on else Verb.FOLLOW
        return self.button(self._tick(name, on), verb, follow.kind, short(follow.value), MENU)

    def _tick(self, label: str, on: bool) -> str:
        return f"✓ {self.label(label)}" if on else self.label(label)

    def _endings(self, named: Sequence[Named]) -> list[Row]:
        _ = self.words.gettext
        plain = {FollowKind.EVERYTHING: _("Everything"), FollowKind.EVENTS: _("Events")}
        buttons = [
            self.button(
                "✕ " + self.label(plain.get(follow.kind) or name or follow.value),
                Verb.UNFOLLOW,
                follow.kind,
                short(follow.value),
                LIST,
            )
            for follow, name in named[:SHOWN]
        ]
        return [
            *_pairs(buttons),
            (self.button(_("Follow more"), Verb.FOLLOW_MENU), self.button(_("Stop all"), Verb.UNFOLLOW_ALL)),
        ]

    def _hidden(self, named: Sequence[Named]) -> str:
        more = len(named) - SHOWN
        line = self.words.ngettext(
            "And {n} more; /unfollow and its name ends it.", "And {n} more; /unfollow and a name ends one.", more
        )
        return line.format(n=more) if more > 0 else ""

    def _what_i_follow(self) -> Row:
        return (self.button(self.words.gettext("What I follow"), Verb.FOLLOWING),)

    # --- Reminders ---

    def remind_menu(self, rules: Sequence[ReminderRule], *, said: str = "", paused: bool = False) -> Message:
        """The reminders before every event, as toggles. `said` is a sentence of what was just done, Telegram HTML."""
        _ = self.words.gettext
        every = [rule.offset for rule in rules if not rule.event_uid]
        offered = sorted({*PRESETS, *every[:SHOWN]}, reverse=True)
        buttons = [
            self.button(self._tick(self.words.offset(offset), offset in every), Verb.RULE, offset) for offset in offered
        ]
        parts = [
            said,
            self._reminding_line(rules),
            self._pause_line(paused),
            _("Tap to change, or write what you like: <code>/remind 2 days, 45m</code>"),
        ]
        off = (self.button(_("No reminders"), Verb.RULES_OFF),) if rules else ()
        return self.says(parts, [*_pairs(buttons), off, (self.button(_("Events"), Verb.EVENTS),)])

    def _reminding_line(self, rules: Sequence[ReminderRule]) -> str:
        _ = self.words.gettext
        every = [rule.offset for rule in rules if not rule.event_uid]
        single = len({rule.event_uid for rule in rules if rule.event_uid})
        lines = []
        if every:
            lines.append(_("I remind you {offsets} before every event.").format(offsets=self.offsets(every)))
        if single:
            line = self.words.ngettext(
                "I remind you of {n} event by itself.", "I remind you of {n} events by themselves.", single
            )
            lines.append(line.format(n=single))
        return "\n".join(lines) or _("I remind you of no event yet.")

    # --- Settings ---

    def settings(self, chat: Chat, language: str, *, said: str = "") -> Message:
        """The chat's settings. `language` is the name of the one it reads, in that language."""
        _ = self.words.gettext
        zone = (
            self.quote(self.timezone)
            if chat.timezone
            else _("{zone} (the site's own)").format(zone=self.quote(self.timezone))
        )
        lines = [
            _("Time zone: {zone}; it is {now} there").format(zone=zone, now=self.clock()),
            _("Language: {language}").format(language=self.quote(language)),
            self._pause_line(chat.paused) or _("News and reminders: on"),
        ]
        pause = self.button(_("Resume"), Verb.RESUME) if chat.paused else self.button(_("Pause"), Verb.PAUSE)
        rows = [(self.button(_("Time zone"), Verb.ZONES), self.button(_("Language"), Verb.LANGUAGES)), (pause,)]
        return self.says([said, f"<b>{_('Settings')}</b>", "\n".join(lines)], rows)

    def zones(self, near: Sequence[str] = (), *, asked: str = "") -> Message:
        """Zones to choose from: common ones, or those nearest to what was `asked` for."""
        _ = self.words.gettext
        if asked:
            said = _("I know no time zone {name}.").format(name=self.quote(asked, LINE))
            said += " " + (_("Did you mean one of these?") if near else _("A city's name works, or one of these."))
        else:
            said = _("Which time zone are you in?")
        buttons = [self.button(self.label(zone.replace("_", " ")), Verb.ZONE, zone) for zone in near or ZONES]
        hint = _("Or write a large city in your time zone: <code>/settings zone London</code>")
        return self.says([said, hint], [*_pairs(buttons), (self.button(_("Settings"), Verb.SETTINGS),)])

    def languages(self, codes: Sequence[tuple[str, str]], *, said: str = "") -> Message:
        """Languages to choose from, as code and own name."""
        _ = self.words.gettext
        buttons = [
            self.button(self._tick(name, code == self.words.language), Verb.LANGUAGE, code) for code, name in codes
        ]
        return self.says(
            [said, _("Which language do you read?")], [*_pairs(buttons), (self.button(_("Settings"), Verb.SETTINGS),)]
        )

    def _pause_line(self, paused: bool) -> str:
        _ = self.words.gettext
        return (
            _("News and reminders: paused. I answer you, and say nothing unasked until you resume.") if paused else ""
        )


def _pairs(buttons: Sequence[Button]) -> list[Row]:
    return [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
