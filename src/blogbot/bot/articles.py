"""Articles in the conversation: the latest, by tag, by words, whole, and what goes with one.

What a command refers to stands in its words, in the message it replies to, or in a tap; nothing is remembered between.
"""

from __future__ import annotations

from blogbot.blog import UnknownTagError
from blogbot.bot.received import query_of, taps_of
from blogbot.bot.turn import Reply, Turn, page_at, part_of
from blogbot.cards import PER_PAGE, QUERY, Tap, Verb, short
from blogbot.errors import NotFoundError
from blogbot.model import Follow, FollowKind, Message, Post, Tag

RELATED = 5
ABOUT = (
    Verb.RELATED,
    Verb.READ,
    Verb.PAGE,
    Verb.FOLLOW_POST,
    Verb.UNFOLLOW_POST,
)  # verbs whose first argument is the card's post


# --- Commands ---


async def latest(turn: Turn, _words: str) -> Message:
    """The newest articles."""
    return turn.cards.latest(await turn.blog.latest(PER_PAGE))


async def tags(turn: Turn, _words: str) -> Message:
    """All tags."""
    return turn.cards.tags(part_of(await turn.blog.tags(), 0))


async def tag(turn: Turn, words: str) -> Message:
    """The articles with one tag; without a name, the tags to choose from."""
    if not words:
        return await tags(turn, words)
    try:
        found = await turn.blog.tag(words)
    except UnknownTagError as error:
        return turn.cards.unknown_tag(words, error.near)
    return await tagged(turn, found, 0)


async def search(turn: Turn, words: str) -> Message:
    """The articles that fit some words."""
    _ = turn.words.gettext
    if not words:
        advice = _("Write what you look for after it: <code>/search WORDS</code>. Or just write the words.")
        return turn.cards.advice(advice, (_("Tags"), Verb.TAGS), (_("Latest articles"), Verb.LATEST))
    return await found(turn, words, 0)


async def related(turn: Turn, words: str) -> Message:
    """What goes with the article named, the one replied to, or else the newest."""
    post = await _meant(turn, words)
    if post is not None:
        return turn.cards.related(post, await turn.blog.related(post, RELATED))
    if words:
        return await found(turn, words, 0)
    newest = await turn.blog.latest(1)
    if not newest.items:
        return turn.cards.nothing_yet()
    post = newest.items[0]
    return turn.cards.related(post, await turn.blog.related(post, RELATED), newest=True)


# --- Taps ---


async def tap_latest(turn: Turn, tap: Tap) -> Reply:
    page = await page_at(turn.blog.latest, tap.number(0) or 0)
    return Reply(turn.cards.latest(page), in_place=bool(tap.args))


async def tap_tags(turn: Turn, tap: Tap) -> Reply:
    page = part_of(await turn.blog.tags(), tap.number(0) or 0)
    return Reply(turn.cards.tags(page), in_place=bool(tap.args))


async def tap_tag(turn: Turn, tap: Tap) -> Reply:
    message = await tagged(turn, await tag_of(turn, tap.text(0)), tap.number(1) or 0)
    return Reply(message, in_place=len(tap.args) > 1)


async def tap_search(turn: Turn, tap: Tap) -> Reply:
    """Another page of a search, whose words stand in the tapped message: they may be longer than a button can hold."""
    query = query_of(turn.received)
    if not query:
        raise NotFoundError("the message under the tap holds no search")
    return Reply(await found(turn, query, tap.number(0) or 0), in_place=True)


async def tap_post(turn: Turn, tap: Tap) -> Reply:
    post = await post_of(turn, tap)
    return Reply(await card(turn, post))


async def tap_read(turn: Turn, tap: Tap) -> Reply:
    return Reply(turn.cards.article(await post_of(turn, tap)))


async def tap_page(turn: Turn, tap: Tap) -> Reply:
    return Reply(turn.cards.article(await post_of(turn, tap), tap.number(1) or 0), in_place=True)


async def tap_related(turn: Turn, tap: Tap) -> Reply:
    post = await post_of(turn, tap)
    return Reply(turn.cards.related(post, await turn.blog.related(post, RELATED)))


# --- What they share ---


async def card(turn: Turn, post: Post) -> Message:
    """A post's card as this chat sees it."""
    related = await turn.blog.related(post, RELATED)
    follows = await turn.audience.follows(turn.chat)
    followed = bool(post.tags) and all(Follow(FollowKind.TAG, tag.slug) in follows for tag in post.tags)
    return turn.cards.post(post, len(related), followed=followed)


async def tagged(turn: Turn, tag: Tag, offset: int) -> Message:
    """A page of a tag's articles."""
    page = await page_at(lambda limit, start: turn.blog.by_tag(tag.slug, limit, start), offset)
    followed = Follow(FollowKind.TAG, tag.slug) in await turn.audience.follows(turn.chat)
    return turn.cards.tagged(page, tag, followed=followed)


async def found(turn: Turn, words: str, offset: int) -> Message:
    """A page of what fits some words; no more of them are searched for than are shown."""
    query = words[:QUERY].strip()
    page = await page_at(lambda limit, start: turn.blog.search(query, limit, start), offset)
    return turn.cards.found(page, query)


async def post_of(turn: Turn, tap: Tap) -> Post:
    """The post whose id is the tap's first argument; raises NotFoundError."""
    number = tap.number(0)
    if number is None:
        raise NotFoundError("the tap names no article")
    return await turn.blog.post(number)


async def tag_of(turn: Turn, key: str) -> Tag:
    """The tag that a tap's key stands for; raises NotFoundError."""
    for tag, _count in await turn.blog.tags():
        if short(tag.slug) == key:
            return tag
    return await turn.blog.tag(key)


async def _meant(turn: Turn, words: str) -> Post | None:
    """The post that `/related` is about: by number in a list, by title or address, or the one replied to."""
    taps = taps_of(turn.received.reply_to_message if turn.received is not None else None)
    if words.isascii() and words.isdigit() and len(words) < 7:
        return await _numbered(turn, int(words), [tap for tap in taps if tap.verb is Verb.POST])
    if words:
        return await _titled(turn, words[:400])
    about = next((tap for tap in taps if tap.verb in ABOUT), None)
    return await post_of(turn, about) if about is not None else None


async def _numbered(turn: Turn, number: int, listed: list[Tap]) -> Post | None:
    """The post with this number in the list replied to, else in the list of the latest."""
    if 0 < number <= len(listed):
        return await post_of(turn, listed[number - 1])
    page = await turn.blog.latest(1, number - 1) if number > 0 and not listed else None
    return page.items[0] if page is not None and page.items else None


async def _titled(turn: Turn, words: str) -> Post | None:
    try:
        return await turn.blog.post(words)
    except NotFoundError:
        page = await turn.blog.search(words, 1)
    return page.items[0] if page.items else None
