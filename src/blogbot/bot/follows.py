"""Follows in the conversation: what a chat wants to hear of, begun and ended by name or by a tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blogbot.blog import UnknownTagError
from blogbot.bot import articles, names
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import LIST, MENU, Named, Tap, short
from blogbot.errors import NotFoundError
from blogbot.model import Digest, Follow, FollowKind, Message
from blogbot.text import slug, tag_slug

OFFERED = 8  # tags in the menu

EVERYTHING = ("everything", "all")
EVENTS = ("events", "all events")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words after /follow or /unfollow ask for. `name` is the tag's or author's as it was written."""

    kind: FollowKind
    name: str = ""


def wish(words: str) -> Wish:
    """Reads "everything", "events", "tag NAME", "author NAME" and NAME, which is a tag's."""
    said = " ".join(words.split())
    lower = said.lower()
    if lower in EVERYTHING:
        return Wish(FollowKind.EVERYTHING)
    if lower in EVENTS:
        return Wish(FollowKind.EVENTS)
    first, _, rest = said.partition(" ")
    kind = {"tag": FollowKind.TAG, "author": FollowKind.AUTHOR, "by": FollowKind.AUTHOR}.get(first.lower())
    return Wish(kind, rest) if kind and rest else Wish(FollowKind.TAG, said)


# --- Commands ---


async def follow(turn: Turn, words: str) -> Message:
    """Follows what is named; without a name, offers what there is."""
    if not words:
        return await _menu(turn)
    wanted = wish(words)
    try:
        named = await _named_by(turn, wanted)
    except UnknownTagError as error:
        return turn.cards.unknown_tag(wanted.name, error.near)
    except NotFoundError:
        _ = turn.words.gettext
        line = _("No article is by {name}.").format(name=turn.cards.quote(wanted.name, 90))
        return turn.cards.says([line, _("An article's card names its authors; write the name as it stands there.")])
    return await _begin(turn, named)


async def following(turn: Turn, _words: str) -> Message:
    """What the chat follows and is reminded of."""
    return await _list(turn)


async def unfollow(turn: Turn, words: str) -> Message:
    """Ends what is named, or all; without a name, asks what."""
    named = await names.named(turn, await turn.audience.follows(turn.chat))
    if not words:
        return turn.cards.unfollow_menu(named)
    if words.strip().lower() == "all":
        return turn.cards.unfollowed_all(await turn.audience.unfollow_all(turn.chat))
    match = matching(named, words)
    if match is None:
        wanted = wish(words)
        value = slug(wanted.name) if wanted.name else ""
        return turn.cards.unfollowed((Follow(wanted.kind, value), wanted.name), was=False)
    was = await turn.audience.unfollow(turn.chat, match[0])
    return turn.cards.unfollowed(match, was=was)


# --- Taps ---


async def tap_menu(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await _menu(turn))


async def tap_following(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await _list(turn))


async def tap_follow(turn: Turn, tap: Tap) -> Reply:
    """A wish from a button; in the menu the menu is drawn afresh, elsewhere it is answered."""
    named = await _tapped(turn, tap)
    if tap.text(2) != MENU:
        return Reply(await _begin(turn, named))
    await turn.audience.follow(turn.chat, named[0])
    return Reply(await _menu(turn), in_place=True)


async def tap_unfollow(turn: Turn, tap: Tap) -> Reply:
    """The end of a follow from a button: of the menu, of the list, or of a card."""
    follows = await turn.audience.follows(turn.chat)
    match = next((f for f in follows if f.kind == tap.text(0) and short(f.value) == tap.text(1)), None)
    if match is not None:
        await turn.audience.unfollow(turn.chat, match)
    if tap.text(2) == MENU:
        return Reply(await _menu(turn), in_place=True)
    if tap.text(2) == LIST:
        return Reply(await _list(turn), in_place=True)
    named = (await names.named(turn, [match]))[0] if match is not None else await _tapped(turn, tap)
    return Reply(turn.cards.unfollowed(named, was=match is not None))


async def tap_unfollow_all(turn: Turn, _tap: Tap) -> Reply:
    count = await turn.audience.unfollow_all(turn.chat)
    return Reply(turn.cards.unfollowed_all(count), in_place=True)


async def tap_follow_post(turn: Turn, tap: Tap) -> Reply:
    """Follows all tags of an article, and shows its card with the way back."""
    _ = turn.words.gettext
    post = await articles.post_of(turn, tap)
    for tag in post.tags:
        await turn.audience.follow(turn.chat, Follow(FollowKind.TAG, tag.slug))
    said = _("You follow {tags} now.").format(tags=turn.cards.names(tuple(tag.name for tag in post.tags)))
    return Reply(await articles.card(turn, post), in_place=True, line=said)


async def tap_unfollow_post(turn: Turn, tap: Tap) -> Reply:
    _ = turn.words.gettext
    post = await articles.post_of(turn, tap)
    for tag in post.tags:
        await turn.audience.unfollow(turn.chat, Follow(FollowKind.TAG, tag.slug))
    said = _("You do not follow {tags} any more.").format(tags=turn.cards.names(tuple(tag.name for tag in post.tags)))
    return Reply(await articles.card(turn, post), in_place=True, line=said)


# --- What they share ---


async def _begin(turn: Turn, named: Named) -> Message:
    fresh = await turn.audience.follow(turn.chat, named[0])
    gathered = turn.chat.terms.digest is not Digest.INSTANT
    return turn.cards.followed(named, fresh=fresh, paused=turn.chat.paused, gathered=gathered)


async def _menu(turn: Turn) -> Message:
    tags = [tag for tag, _count in (await turn.blog.tags())[:OFFERED]]
    return turn.cards.follow_menu(await turn.audience.follows(turn.chat), tags)


async def _list(turn: Turn) -> Message:
    named = await names.named(turn, await turn.audience.follows(turn.chat))
    return turn.cards.following(named, await turn.audience.rules(turn.chat), paused=turn.chat.paused)


async def _named_by(turn: Turn, wanted: Wish) -> Named:
    """The follow that a wish is for, with the name of what it follows; raises NotFoundError."""
    if wanted.kind is FollowKind.TAG:
        tag = await turn.blog.tag(wanted.name)
        return Follow(FollowKind.TAG, tag.slug), tag.name
    if wanted.kind is FollowKind.AUTHOR:
        value = slug(wanted.name)
        return Follow(FollowKind.AUTHOR, value), await names.author(turn, value)
    return Follow(wanted.kind), ""


async def _tapped(turn: Turn, tap: Tap) -> Named:
    """What a follow button is for; raises NotFoundError."""
    kind = tap.text(0)
    if kind == FollowKind.TAG:
        tag = await articles.tag_of(turn, tap.text(1))
        return Follow(FollowKind.TAG, tag.slug), tag.name
    if kind in (FollowKind.EVERYTHING, FollowKind.EVENTS):
        return Follow(FollowKind(kind)), ""
    raise NotFoundError("the tap names nothing to follow")


def matching(named: Sequence[Named], words: str) -> Named | None:
    """The follow that words name: by what it follows, its slug or its whole name."""
    wanted = wish(words)
    if not wanted.name:
        return next((item for item in named if item[0].kind is wanted.kind), None)
    names = {tag_slug(wanted.name), tag_slug(words)}
    return next((item for item in named if item[0].value and names & {item[0].value, tag_slug(item[1])}), None)
