"""A chat's own calendar: what it is, its address, and that it ended. Pure; opens and ends nothing itself."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from blogbot import text
from blogbot.cards.tap import NEW, Verb
from blogbot.cards.voice import Row, Voice
from blogbot.model import Message


class CalendarCards(Voice):
    """Cards of the calendar that a chat subscribes to."""

    def own_calendar(self, since: datetime | None, *, empty: bool, said: str = "") -> Message:
        """What it is; with an address since some instant, or none yet. `empty` tells that the chat wishes to know of no event."""
        _ = self.words.gettext
        parts = [
            said,
            f"<b>{_('Your own calendar')}</b>",
            _(
                "It holds the events that you follow or are reminded of, with an alarm for each reminder. Your calendar app subscribes to its address once, and then keeps step with what you choose here."
            ),
            self._still_empty() if empty else "",
        ]
        if since is None:
            return self.says(parts, [(self.button(_("Get my calendar's address"), Verb.CALENDAR_ADDRESS),)])
        known = _(
            "You have an address since {day}. I keep no copy of it: if it is lost, take a new one; the old one then stops working."
        )
        return self.says([*parts, known.format(day=self.day(since))], [self._another_or_none()])

    def calendar_address(self, secret: str, *, alone: bool, empty: bool) -> Message:
        """The address, shown this once. `alone` tells that nobody else is in the chat."""
        _ = self.words.gettext
        address = f"{self.site.public_url}/calendars/{secret}.ics"
        shown = "\n".join(f"<code>{text.escape(each)}</code>" for each in (address, webcal(address)))
        parts = [
            f"<b>{_('Your calendar’s address')}</b>",
            shown,
            _(
                "Copy one of them into your calendar app, where it subscribes to a calendar or adds one by its address: some apps want the second."
            ),
            _("Whoever has the address can read this calendar, so keep it to yourself. I show it only now."),
            "" if alone else _("Everyone in this chat can see it, and end it."),
            self._still_empty() if empty else "",
        ]
        return self.says(parts, [self._another_or_none()])

    def calendar_ended(self, *, was: bool) -> Message:
        """Its address leads nowhere any more."""
        _ = self.words.gettext
        said = _("Done. The address does not work any more; I go on telling and reminding you here.")
        if not was:
            said = _("There was no address.")
        return self.says([said], [(self.button(_("Get my calendar's address"), Verb.CALENDAR_ADDRESS),)])

    def no_calendar(self) -> Message:
        """This blogbot is not on the web."""
        _ = self.words.gettext
        said = _(
            "I have no address on the web, so there is no calendar of yours to subscribe to: whoever runs me can give me one with BLOGBOT_PUBLIC_URL. Until then, each event has a button that gives it to you as a file for your calendar."
        )
        row = (self.button(_("Next event"), Verb.NEXT), self.button(_("Events"), Verb.EVENTS))
        return self.says([said], [row])

    def _another_or_none(self) -> Row:
        _ = self.words.gettext
        return (
            self.button(_("New address"), Verb.CALENDAR_ADDRESS, NEW),
            self.button(_("Stop it"), Verb.CALENDAR_END),
        )

    def _still_empty(self) -> str:
        _ = self.words.gettext
        return _("You follow no events yet, so it is empty: /follow and /remind fill it.")


def webcal(address: str) -> str:
    """An http or https address as one that opens a calendar app."""
    return urlsplit(address)._replace(scheme="webcal").geturl()
