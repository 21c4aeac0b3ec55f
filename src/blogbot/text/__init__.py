"""Words, HTML and Telegram's markup, as pure functions over strings.

Everything that arrives from outside passes through here before anything else reads it, so each function takes any string
at all, and its time and depth are bounded. Nothing here knows a store, a chat or the network.
"""

from blogbot.text.address import address_key, shown
from blogbot.text.markup import cut, escape, split, utf16_length, visible
from blogbot.text.offset import parse_offset
from blogbot.text.page import is_harmless, links, sanitise
from blogbot.text.prose import clean, excerpt, folded, mentioned, slug, tag_slug, words
from blogbot.text.rendering import plain, telegram_html

__all__ = [
    "address_key",
    "clean",
    "cut",
    "escape",
    "excerpt",
    "folded",
    "is_harmless",
    "links",
    "mentioned",
    "parse_offset",
    "plain",
    "sanitise",
    "shown",
    "slug",
    "split",
    "tag_slug",
    "telegram_html",
    "utf16_length",
    "visible",
    "words",
]
