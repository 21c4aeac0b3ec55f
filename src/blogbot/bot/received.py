"""Reads our own messages when they come back: under a tap, or as what a command replies to.

What a conversation needs to remember stands in its messages, so that any replica of blogbot can go on with it. This
module knows how our cards are made, and does nothing about what it reads.
"""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, MessageEntity
from telegram import Message as Received

from blogbot.cards import Tap

_ISOLATES = dict.fromkeys((0x2068, 0x2069))


def query_of(message: Received | None) -> str:
    """The words of a search from our answer to it, where they alone are bold."""
    bold = message.parse_entities([MessageEntity.BOLD]) if message is not None else {}
    return next(iter(bold.values()), "").translate(_ISOLATES)


def taps_of(message: Received | None) -> list[Tap]:
    """What the buttons under a message would say."""
    markup = message.reply_markup if message is not None else None
    if not isinstance(markup, InlineKeyboardMarkup):
        return []
    read = [
        Tap.read(button.callback_data)
        for row in markup.inline_keyboard
        for button in row
        if isinstance(button.callback_data, str)
    ]
    return [tap for tap in read if tap is not None]
