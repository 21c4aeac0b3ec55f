"""Filters in the conversation: what a chat leaves out of its news, or wants alone."""

from __future__ import annotations

from blogbot.bot import articles
from blogbot.bot.names import author, filter_name, named_filters
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import MENU, SHOWN, Tap, short
from blogbot.errors import NotFoundError
from blogbot.model import Filter, FilterKind, Message
from blogbot.text import slug, words

LONGEST = 60  # characters of a phrase that news is filtered by
OFF = ("off", "none", "end", "clear", "all")
ONLY = {"only": True, "hide": False, "without": False, "no": False, "not": False}
ENDS = ("off", "end", "remove", "delete", "show")


async def filters(turn: Turn, said: str) -> Message:
    """Shows the filters, or changes one: `hide WORDS`, `only WORDS`, `hide author NAME`, `off`, `off WORDS`."""
    what, _space, rest = " ".join(said.split()).partition(" ")
    what = what.lower()
    if not what:
        return await _menu(turn)
    if what in OFF and not rest:
        return await _end_all(turn)
    if what in ENDS and rest:
        return await _end(turn, rest)
    if what in ONLY and rest:
        return await _begin(turn, rest, only=ONLY[what])
    return await _not_read(turn, said)


# --- Taps ---


async def tap_filters(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _menu(turn), in_place=tap.text(0) == MENU)


async def tap_end(turn: Turn, tap: Tap) -> Reply:
    """Ends the filter that the button names."""
    for each in await turn.audience.filters(turn.chat):
        if each.kind == tap.text(0) and short(each.value) == tap.text(1):
            await turn.audience.remove_filter(turn.chat, each)
    return Reply(await _menu(turn), in_place=True)


async def tap_end_all(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await _end_all(turn), in_place=True)


async def tap_hide_author(turn: Turn, tap: Tap) -> Reply:
    """No more of an article's author."""
    post = await articles.post_of(turn, tap)
    if not post.authors:
        raise NotFoundError("the article names no author")
    return Reply(await _add(turn, Filter(FilterKind.AUTHOR, slug(post.authors[0]))))


# --- What they share ---


async def _begin(turn: Turn, said: str, *, only: bool) -> Message:
    _ = turn.words.gettext
    wanted = _filter(said, only=only)
    if wanted is None:
        return await _not_read(turn, said)
    if wanted.kind is FilterKind.AUTHOR:
        try:
            await author(turn, wanted.value)
        except NotFoundError:
            name = turn.cards.quote(said.partition(" ")[2], 90)
            return await _menu(turn, _("No article is by {name}.").format(name=name))
    return await _add(turn, wanted)


async def _add(turn: Turn, wanted: Filter) -> Message:
    _ = turn.words.gettext
    there = await turn.audience.filters(turn.chat)
    if wanted not in there and len(there) >= SHOWN:
        return await _menu(turn, _("You have {count} filters already; end one first.").format(count=len(there)))
    await turn.audience.add_filter(turn.chat, wanted)
    line = (
        _("From now on I tell you only of news with {what}, and with what else you named so.")
        if wanted.only
        else _("From now on I leave out news with {what}.")
    )
    what = turn.cards.filtered(wanted, await filter_name(turn, wanted))
    return await _menu(turn, line.format(what=what))


async def _end(turn: Turn, said: str) -> Message:
    _ = turn.words.gettext
    wanted = _filter(said)
    if wanted is not None and await turn.audience.remove_filter(turn.chat, wanted):
        return await _menu(turn, _("Done."))
    return await _menu(turn, _("You have no filter {words}.").format(words=turn.cards.quote(said, LONGEST)))


async def _end_all(turn: Turn) -> Message:
    _ = turn.words.gettext
    count = await turn.audience.remove_filters(turn.chat)
    return await _menu(turn, _("Done.") if count else "")


async def _not_read(turn: Turn, said: str) -> Message:
    _ = turn.words.gettext
    line = _("I do not read {words} as a filter.").format(words=turn.cards.quote(said, LONGEST))
    return await _menu(turn, line)


async def _menu(turn: Turn, said: str = "") -> Message:
    named = await named_filters(turn, await turn.audience.filters(turn.chat))
    return turn.cards.filter_menu(named, said=said)


def _filter(said: str, *, only: bool = False) -> Filter | None:
    """What words filter by: an author's slug after "author" or "by", else the words themselves; None where there are none."""
    first, _space, rest = said.strip().strip("\"'“”").partition(" ")
    if first.lower() in ("author", "by") and rest:
        return Filter(FilterKind.AUTHOR, slug(rest), only)
    value = " ".join(words(said))
    return Filter(FilterKind.WORD, value, only) if 0 < len(value) <= LONGEST else None
