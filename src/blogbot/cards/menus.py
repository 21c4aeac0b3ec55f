"""What a chat wishes to hear of, as it reads and changes it: follows and reminders. Pure; changes nothing itself.

A button that stands in a menu says so in its last argument, so that the menu is drawn afresh in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.cards.events import EventCards
from blogbot.cards.tap import LIST, MENU, Verb, short
from blogbot.cards.voice import LINE, Row
from blogbot.model import Button, Follow, FollowKind, Message, Offset, ReminderRule, Tag

SHOWN = 30  # follows with a button of their own; Telegram takes 100 buttons
PRESETS = (Offset(days=7), Offset(days=1), Offset(minutes=120), Offset(minutes=60), Offset(minutes=15))
URGENT = "🔔"

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
        rows = [first, *pairs(toggles), (self.button(_("What I follow"), Verb.FOLLOWING),)]
        return self.says(parts, rows)

    def following(self, named: Sequence[Named], rules: Sequence[ReminderRule], *, paused: bool = False) -> Message:
        """What the chat follows and is reminded of, each with a button that ends it."""
        _ = self.words.gettext
        rest = [self._reminding_line(rules), self.pause_line(paused)]
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
        lines = [f"• {self.named(follow, name)}{_bell(follow.urgent)}" for follow, name in named[:SHOWN]]
        return self.says(
            [f"<b>{_('You follow')}</b>", "\n".join(lines), self._hidden(named), *rest], self._endings(named)
        )

    def unfollow_menu(self, named: Sequence[Named]) -> Message:
        """The same list, asked as a question."""
        _ = self.words.gettext
        if not named:
            return self.following(named, ())
        return self.says([_("What shall I stop telling you of?"), self._hidden(named)], self._endings(named))

    def followed(self, named: Named, *, fresh: bool, paused: bool = False, gathered: bool = False) -> Message:
        """The answer to a wish to follow; `fresh` is False where it was followed before, `gathered` where news comes in a digest."""
        _ = self.words.gettext
        if not fresh:
            line = _("You follow {what} already.")
        elif gathered:
            line = _("You follow {what} now. News of it comes with your digest.")
        else:
            line = _("You follow {what} now. I will write as soon as there is news.")
        return self.says([line.format(what=self.named(*named)), self.pause_line(paused)], [self._what_i_follow()])

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

    def name_of(self, follow: Follow, name: str) -> str:
        """What a follow is of, on a button."""
        _ = self.words.gettext
        plain = {FollowKind.EVERYTHING: _("Everything"), FollowKind.EVENTS: _("Events")}
        return self.label(plain.get(follow.kind) or name or follow.value)

    def _toggle(self, follow: Follow, name: str, follows: Sequence[Follow]) -> Button:
        on = follow in follows
        verb = Verb.UNFOLLOW if on else Verb.FOLLOW
        return self.button(self.tick(name, on), verb, follow.kind, short(follow.value), MENU)

    def tick(self, label: str, on: bool) -> str:
        """A label that tells whether it is so already."""
        return f"✓ {self.label(label)}" if on else self.label(label)

    def _endings(self, named: Sequence[Named]) -> list[Row]:
        _ = self.words.gettext
        buttons = [
            self.button("✕ " + self.name_of(follow, name), Verb.UNFOLLOW, follow.kind, short(follow.value), LIST)
            for follow, name in named[:SHOWN]
        ]
        return [
            *pairs(buttons),
            (self.button(_("Follow more"), Verb.FOLLOW_MENU), self.button(_("Stop all"), Verb.UNFOLLOW_ALL)),
            (self.urgent_menu_button(),),
        ]

    def _hidden(self, named: Sequence[Named]) -> str:
        more = len(named) - SHOWN
        line = self.words.ngettext(
            "And {n} more; /unfollow and its name ends it.", "And {n} more; /unfollow and a name ends one.", more
        )
        return line.format(n=more) if more > 0 else ""

    def urgent_menu_button(self) -> Button:
        """The way to what is marked urgent."""
        return self.button(f"{URGENT} " + self.words.gettext("Urgent"), Verb.URGENTS)

    def _what_i_follow(self) -> Row:
        return (self.button(self.words.gettext("What I follow"), Verb.FOLLOWING),)

    # --- Reminders ---

    def remind_menu(self, rules: Sequence[ReminderRule], *, said: str = "", paused: bool = False) -> Message:
        """The reminders before every event, as toggles. `said` is a sentence of what was just done, Telegram HTML."""
        _ = self.words.gettext
        every = [rule.offset for rule in rules if not rule.event_uid]
        offered = sorted({*PRESETS, *every[:SHOWN]}, reverse=True)
        urgent = {rule.offset for rule in rules if rule.urgent and not rule.event_uid}
        buttons = [
            self.button(
                self.tick(self.words.offset(offset) + _bell(offset in urgent), offset in every), Verb.RULE, offset
            )
            for offset in offered
        ]
        parts = [
            said,
            self._reminding_line(rules),
            self.pause_line(paused),
            _("Tap to change, or write what you like: <code>/remind 2 days, 45m</code>"),
        ]
        off = (self.button(_("No reminders"), Verb.RULES_OFF), self.urgent_menu_button()) if rules else ()
        return self.says(parts, [*pairs(buttons), off, (self.button(_("Events"), Verb.EVENTS),)])

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

    def pause_line(self, paused: bool) -> str:
        """That the chat hears nothing unasked, "" where it does."""
        _ = self.words.gettext
        return (
            _("News and reminders: paused. I answer you, and say nothing unasked until you resume.") if paused else ""
        )


def pairs(buttons: Sequence[Button]) -> list[Row]:
    """Buttons two by two."""
    return in_rows(buttons, 2)


def in_rows(buttons: Sequence[Button], width: int) -> list[Row]:
    """Buttons side by side, `width` in a row."""
    return [tuple(buttons[start : start + width]) for start in range(0, len(buttons), width)]


def _bell(urgent: bool) -> str:
    return f" {URGENT}" if urgent else ""
