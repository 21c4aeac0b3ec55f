"""What a chat reads: posts, events, lists, news and menus as messages.

Pure functions of the data, the words and the instant. Knows the model, text and words; knows neither the store nor Telegram's client library. `Cards` is one chat's set of
them; a file per kind of card. `Tap` is what comes back when a button is tapped.
"""

from __future__ import annotations

from datetime import datetime

from blogbot.cards.calendars import CalendarCards
from blogbot.cards.digest import Item
from blogbot.cards.filters import FilterCards, NamedFilter
from blogbot.cards.guide import GuideCards
from blogbot.cards.history import Because, Heard, HistoryCards
from blogbot.cards.lists import QUERY, ListCards
from blogbot.cards.menus import SHOWN, Named
from blogbot.cards.news import NewsCards
from blogbot.cards.settings import SettingsCards
from blogbot.cards.tap import LIST, MENU, NEW, NEWS, Tap, Verb, short, taps_in
from blogbot.cards.terms import WEEKDAYS
from blogbot.cards.urgent import NamedRule
from blogbot.cards.voice import PER_PAGE
from blogbot.i18n import languages, words, zone_of
from blogbot.model import Chat, Site

__all__ = [
    "LIST",
    "MENU",
    "NEW",
    "NEWS",
    "PER_PAGE",
    "QUERY",
    "SHOWN",
    "WEEKDAYS",
    "Because",
    "Cards",
    "Heard",
    "Item",
    "Named",
    "NamedFilter",
    "NamedRule",
    "Tap",
    "Verb",
    "base",
    "short",
    "taps_in",
]


class Cards(NewsCards, ListCards, SettingsCards, FilterCards, HistoryCards, CalendarCards, GuideCards):
    """Everything that is said to one chat: made from its site, words, zone and the present instant."""

    @classmethod
    def of(cls, chat: Chat, site: Site, now: datetime) -> Cards:
        """The cards of a chat, in its own language (where blogbot speaks it) and zone, else in the site's."""
        known = {base(code) for code in languages()}
        language = chat.language if base(chat.language) in known else site.language
        return cls(site, words(language), zone_of(chat, site), now)


def base(code: str) -> str:
    """A language without its region: "pt" of "pt-BR"."""
    return code.replace("_", "-").partition("-")[0].lower()
