"""The beginning of a conversation and the ways back into it: /start with its deep links, /help, /feeds, and plain words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from blogbot.bot import articles, events
from blogbot.bot.turn import Reply, Turn
from blogbot.bot.zones import zones_meant
from blogbot.cards import QUERY, Tap
from blogbot.errors import NotFoundError
from blogbot.model import Message

LINK = re.compile(r"(post|event)-([0-9]{1,15})|(tag)-([a-z0-9-]{1,60})")  # Bot API: at most 64 of [A-Za-z0-9_-]
NEAR = 3
LONGEST_QUESTION = 300  # characters; what is longer was pasted, and comes in pieces of which each would be looked for

Menu = Sequence[tuple[str, str]]  # commands and the words for what they do, not yet translated


async def start(turn: Turn, words: str) -> Message:
    """The welcome, or what a deep link leads to."""
    if not words:
        return turn.cards.welcome()
    try:
        return await _linked(turn, words)
    except NotFoundError:
        return turn.cards.foreign_link()


async def feeds(turn: Turn, _words: str) -> Message:
    """Where the feeds are."""
    tags = await turn.blog.tags()
    return turn.cards.feeds(turn.desk.feeds_dir, tags[0][0].slug if tags else "")


async def tap_feeds(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await feeds(turn, ""))


def help_card(turn: Turn, menu: Menu) -> Message:
    """Every command with what it does, in the chat's language."""
    _ = turn.words.gettext
    return turn.cards.help([(name, _(description)) for name, description in menu])


async def plain_words(turn: Turn, said: str) -> Message:
    """What is not a command, in a private chat: searched for, and a helpful line where nothing fits or it is too long."""
    if len(said) > LONGEST_QUESTION:
        _ = turn.words.gettext
        return turn.cards.advice(_("That is too long to look for. Write me a few words of it."))
    query = said[:QUERY].strip()
    if query and (await turn.blog.search(query, 1)).total:
        return await articles.found(turn, query, 0)
    if turn.chat.zone_asked and not turn.chat.timezone:  # it may be the answer to that question
        meant = zones_meant(query, turn.words.language)
        if meant.known:
            return turn.cards.zones(meant.zones, asked=query, known=True)
    return turn.cards.not_understood(query)


async def unknown_command(turn: Turn, name: str, menu: Menu) -> Message:
    """A command that there is not: the nearest ones."""
    near = difflib.get_close_matches(name[:40].lower(), [command for command, _ in menu], n=NEAR, cutoff=0.6)
    return turn.cards.unknown_command(name, near)


async def _linked(turn: Turn, payload: str) -> Message:
    """The card that a deep link leads to; raises NotFoundError where it is not ours, or leads to nothing any more."""
    link = LINK.fullmatch(payload)
    if link is None:
        raise NotFoundError("the deep link is not ours")
    if link[3]:
        return await articles.tagged(turn, await turn.blog.tag(link[4]), 0)
    if link[1] == "post":
        return await articles.card(turn, await turn.blog.post(int(link[2])))
    return await events.card_of(turn, await turn.blog.event(int(link[2])))
