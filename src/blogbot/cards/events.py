"""A date of an event as a chat reads it, with what can be done about it. Pure; knows no calendar library."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot import text
from blogbot.cards.tap import Verb
from blogbot.cards.voice import PLACE, Row, Voice
from blogbot.model import EventStatus, Message, Occurrence, Offset, ReminderRule

EXCERPT = 600  # characters of an event's description on its card
OFFSETS = 6  # offsets named in one sentence


class EventCards(Voice):
    """Cards of one date of an event."""

    def event(self, occurrence: Occurrence, rules: Sequence[ReminderRule] = (), *, more: bool = True) -> Message:
        """The card of an event. Of the chat's `rules` those for this event matter; `more` offers the list of events."""
        own, every = rules_of(occurrence, rules)
        rows = [self.reminding(occurrence, rules), *self.event_links(occurrence)]
        if more:
            rows.append((self.button(self.words.gettext("All events"), Verb.EVENTS),))
        parts = [self.state(occurrence), *self.event_parts(occurrence), self._reminders(occurrence, own or every)]
        return self.says(parts, rows)

    def event_parts(self, occurrence: Occurrence, *, titled: bool = True) -> list[str]:
        """The paragraphs of an event's card: title and time, place, description."""
        _ = self.words.gettext
        event = occurrence.event
        shown = event.summary.strip() or text.plain(event.html)
        title = f"<b>{self.title(occurrence.title)}</b>" if titled else ""
        repeats = _("Repeats") if event.recurrence else ""
        return [
            "\n".join(line for line in (title, self.when(occurrence), repeats) if line),
            _("Where: {place}").format(place=self.quote(occurrence.location, PLACE))
            if occurrence.location.strip()
            else "",
            self.quote(shown, EXCERPT) if shown.strip() else "",
        ]

    def event_links(self, occurrence: Occurrence) -> list[Row]:
        """Add to calendar, and the event's own page."""
        _ = self.words.gettext
        page = self.link(_("Event page"), occurrence.event.url)
        if occurrence.status is EventStatus.CANCELLED:
            return [page]
        return [(self.button(_("Add to calendar"), Verb.CALENDAR, occurrence.event.id), *page)]

    def reminding(self, occurrence: Occurrence, rules: Sequence[ReminderRule]) -> Row:
        """Remind me, its opposite, or the way to the rules where they are for all events."""
        _ = self.words.gettext
        own, every = rules_of(occurrence, rules)
        if own:
            return (self.button(_("Don't remind me"), Verb.FORGET_EVENT, occurrence.event.id, occurrence.id),)
        if not self.ahead(occurrence):
            return ()
        if every:
            return (self.button(_("Change reminders"), Verb.REMIND_MENU),)
        return (self.button(_("Remind me"), Verb.REMIND_EVENT, occurrence.event.id, occurrence.id),)

    def offsets(self, offsets: Sequence[Offset]) -> str:
        """ "1 day and 1 hour", longest first."""
        names = [self.words.offset(offset) for offset in sorted(set(offsets), reverse=True)[:OFFSETS]]
        return self.listed(names)

    def state(self, occurrence: Occurrence) -> str:
        """What is out of the ordinary: cancelled, over, going on, not confirmed; else ""."""
        _ = self.words.gettext
        if occurrence.status is EventStatus.CANCELLED:
            return _("❌ Cancelled")
        if occurrence.ends <= self.now:
            return _("This event is over.")
        if occurrence.starts <= self.now:
            return _("Going on now")
        return _("Not confirmed yet") if occurrence.status is EventStatus.TENTATIVE else ""

    def ahead(self, occurrence: Occurrence) -> bool:
        """Whether it will take place and has not begun, so that a reminder can still come."""
        return occurrence.starts > self.now and occurrence.status is not EventStatus.CANCELLED

    def _reminders(self, occurrence: Occurrence, rules: Sequence[ReminderRule]) -> str:
        _ = self.words.gettext
        if not rules or not self.ahead(occurrence):
            return ""
        return _("I will remind you {offsets} before.").format(offsets=self.offsets([rule.offset for rule in rules]))


def rules_of(occurrence: Occurrence, rules: Sequence[ReminderRule]) -> tuple[list[ReminderRule], list[ReminderRule]]:
    """Of a chat's rules, those for this event alone and those for all events."""
    own = [rule for rule in rules if rule.event_uid == occurrence.event.uid]
    return own, [rule for rule in rules if not rule.event_uid]
