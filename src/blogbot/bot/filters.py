"""Filters in the conversation: what a chat leaves out of its news, or wants alone."""

from __future__ import annotations

from blogbot.bot import articles
from blogbot.bot.names import author, filter_name, named_filters
from blogbot.bot.received import query_of
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import MENU, SHOWN, Tap, short
from blogbot.errors import NotFoundError
from blogbot.model import Filter, FilterKind, Message
from blogbot.text import slug, words

LONGEST = 60  # characters of a phrase that news is filtered by
OFF = ("off", "none", "end", "clear")
SHOW = ("all", "list", "show")  # no wish; "all" least of all one to end them all
ONLY = {"only": True, "hide": False, "without": False, "no": False, "not": False}
ENDS = ("off", "end", "remove", "delete", "show")
QUOTES = "\"'“”„«»‘’"


async def filters(turn: Turn, said: str) -> Message:
    """Shows the filters, or changes one: `hide WORDS`, `only WORDS`, `hide author NAME`, `off`, `off WORDS`.

    Of words alone it asks whether to leave them out, or to bring nothing else.
    """
    what, _space, rest = " ".join(said.split()).partition(" ")
    what = what.lower()
    if not what or (what in SHOW and not rest):
        return await _menu(turn)
    if what in OFF and not rest:
        return await _end_all(turn)
    if what in ENDS and rest:
        return await _end(turn, rest)
    if what in ONLY and rest:
        return await _begin(turn, rest, only=ONLY[what])
    return await _ask(turn, said)


# --- Taps ---


async def tap_begin(turn: Turn, tap: Tap) -> Reply:
    """The answer to what shall be done with words; they stand in the question."""
    said, what = query_of(turn.received), tap.text(0)
    if not said or what not in ("hide", "only"):
        raise NotFoundError("the tap names no words")
    kind = FilterKind.AUTHOR if tap.text(1) == FilterKind.AUTHOR else FilterKind.WORD
    return Reply(
        await _begin(turn, f"author {said}" if kind is FilterKind.AUTHOR else f'"{said}"', only=ONLY[what]),
        in_place=True,
    )


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


async def _ask(turn: Turn, said: str) -> Message:
    """What shall be done with these words, or with this author."""
    wanted = await _filter(turn, said) if said.lower() not in (*ONLY, *ENDS) else None
    if wanted is None:
        return await _not_read(turn, said)
    return turn.cards.filter_choice(_plain(said, wanted), wanted)


async def _begin(turn: Turn, said: str, *, only: bool) -> Message:
    _ = turn.words.gettext
    wanted = await _filter(turn, said, only=only)
    if wanted is None:
        return await _not_read(turn, said)
    if wanted.kind is FilterKind.AUTHOR and not await _writes(turn, wanted.value):
        name = turn.cards.quote(_plain(said, wanted), 90)
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
    wanted = await _filter(turn, said)
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


async def _filter(turn: Turn, said: str, *, only: bool = False) -> Filter | None:
    """What words filter by: an author's slug after "author", or after "by" and an author's name; else the words themselves.

    What stands in quotes is words. None where there are none, or too many.
    """
    first, _space, rest = said.strip().partition(" ")
    name = slug(rest)
    if rest and (first.lower() == "author" or (first.lower() == "by" and await _writes(turn, name))):
        return Filter(FilterKind.AUTHOR, name, only)
    value = " ".join(words(said))
    return Filter(FilterKind.WORD, value, only) if 0 < len(value) <= LONGEST else None


def _plain(said: str, wanted: Filter) -> str:
    """What is filtered by, as it was written: without quotes, and without the word that says that it is an author."""
    return (said.partition(" ")[2] if wanted.kind is FilterKind.AUTHOR else said).strip(QUOTES + " ")


async def _writes(turn: Turn, value: str) -> bool:
    """Whether an article is by the author with this slug."""
    try:
        await author(turn, value)
    except NotFoundError:
        return False
    return True
