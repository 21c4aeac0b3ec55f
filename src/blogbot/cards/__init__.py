"""What a chat reads: posts, events, lists, news and menus as messages. Pure functions of the data, the words and the instant.

Knows the model, text and words; knows neither the store nor Telegram's client library. `Cards` is one chat's set of
them; a file per kind of card. `Tap` is what comes back when a button is tapped.
"""

from __future__ import annotations

from blogbot.cards.guide import GuideCards
from blogbot.cards.lists import QUERY, ListCards
from blogbot.cards.menus import MenuCards, Named
from blogbot.cards.news import NewsCards
from blogbot.cards.tap import LIST, MENU, NEWS, Tap, Verb, short
from blogbot.cards.voice import PER_PAGE

__all__ = ["LIST", "MENU", "NEWS", "PER_PAGE", "QUERY", "Cards", "Named", "Tap", "Verb", "short"]


class Cards(NewsCards, ListCards, MenuCards, GuideCards):
    """Everything that is said to one chat: made from its site, words, zone and the present instant."""
