"""What a chat marked urgent, as it reads and changes it. Pure; changes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.cards.menus import SHOWN, URGENT, MenuCards, Named, in_rows
from blogbot.cards.tap import LIST, MENU, Verb, short
from blogbot.model import Button, Follow, Message, ReminderRule

NamedRule = tuple[ReminderRule, str]  # a rule and the title of its event ("" where it is for all)


class UrgentCards(MenuCards):
    """Cards of urgent wishes."""

    def urgent_menu(self, named: Sequence[Named], rules: Sequence[NamedRule], *, said: str = "") -> Message:
        """Every wish with a tick where it is urgent. `said` is a sentence before it, Telegram HTML."""
        _ = self.words.gettext
        if not named and not rules:
            ways = (self.button(_("Follow"), Verb.FOLLOW_MENU), self.button(_("Reminders"), Verb.REMIND_MENU))
            return self.says(
                [said, _("You follow nothing and are reminded of nothing yet, so nothing can be urgent.")], [ways]
            )
        parts = [
            said,
            f"<b>{_('What is urgent?')}</b>",
            _(
                "Tap what is urgent. What is ticked comes at any time: in quiet hours, while you are muted, and without waiting for a digest."
            ),
        ]
        ways = (self.button(_("What I follow"), Verb.FOLLOWING), self.button(_("Settings"), Verb.SETTINGS, MENU))
        buttons = [self._toggle_urgent(follow, self.name_of(follow, name)) for follow, name in named[:SHOWN]]
        buttons += [self._toggle_urgent(rule, self._when(rule, title)) for rule, title in rules[:SHOWN]]
        return self.says(parts, [*in_rows(buttons, 1), ways])

    def marked(self, what: str, wish: Follow | ReminderRule) -> Message:
        """The answer where something was marked outside of the menu. `what` is Telegram HTML, part of a sentence."""
        _ = self.words.gettext
        if wish.urgent:
            line = _(
                "Urgent now: {what}. It comes at any time: in quiet hours, while you are muted, and without waiting for a digest."
            )
        else:
            line = _("Not urgent any more: {what}.")
        return self.says([line.format(what=what)], [(self.urgency(wish), self.urgent_menu_button())])

    def urgency(self, wish: Follow | ReminderRule) -> Button:
        """A button that marks a wish as urgent, or not any more."""
        _ = self.words.gettext
        label = "🔕 " + _("Not urgent") if wish.urgent else f"{URGENT} " + _("Mark as urgent")
        return self.button(label, Verb.URGENT, *_names(wish), int(not wish.urgent))

    def reminded(self, rule: ReminderRule, title: str = "") -> str:
        """When a rule reminds, as part of a sentence."""
        _ = self.words.gettext
        offset = self.words.offset(rule.offset)
        if not rule.event_uid:
            return _("reminders {offset} before every event").format(offset=offset)
        return _("reminders {offset} before {event}").format(offset=offset, event=self.title(title or rule.event_uid))

    def _when(self, rule: ReminderRule, title: str) -> str:
        """When a rule reminds, on a button."""
        _ = self.words.gettext
        offset = self.words.offset(rule.offset)
        if not rule.event_uid:
            return _("{offset} before every event").format(offset=offset)
        return _("{offset} before {event}").format(offset=offset, event=title or rule.event_uid)

    def _toggle_urgent(self, wish: Follow | ReminderRule, label: str) -> Button:
        return self.button(self.tick(label, wish.urgent), Verb.URGENT, *_names(wish), int(not wish.urgent), LIST)


def _names(wish: Follow | ReminderRule) -> tuple[object, ...]:
    """What names a wish in a tap: its kind or offset, and a short key."""
    if isinstance(wish, Follow):
        return wish.kind, short(wish.value)
    return wish.offset, short(wish.event_uid)
