"""What follows, rules and filters are of, by the names that people read; what is not there any more goes by its slug or UID."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.bot.turn import Turn
from blogbot.cards import Named, NamedFilter, NamedRule
from blogbot.errors import NotFoundError
from blogbot.model import Filter, FilterKind, Follow, FollowKind, ReminderRule
from blogbot.text import slug

RESOLVED = 60  # names that are looked up for one answer


async def named(turn: Turn, follows: Sequence[Follow]) -> list[Named]:
    """Follows with the names of what they follow."""
    return [(follow, await _name(turn, follow) if n < RESOLVED else follow.value) for n, follow in enumerate(follows)]


async def named_rules(turn: Turn, rules: Sequence[ReminderRule]) -> list[NamedRule]:
    """Rules with the titles of the events that they are for, "" for those for all."""
    return [
        (rule, await _event(turn, rule.event_uid) if rule.event_uid and n < RESOLVED else rule.event_uid)
        for n, rule in enumerate(rules)
    ]


async def named_filters(turn: Turn, filters: Sequence[Filter]) -> list[NamedFilter]:
    """Filters with the names of the authors, or the words, that they are for."""
    return [(each, await filter_name(turn, each) if n < RESOLVED else each.value) for n, each in enumerate(filters)]


async def filter_name(turn: Turn, filter_: Filter) -> str:
    """What one filter is for."""
    if filter_.kind is FilterKind.WORD:
        return filter_.value
    try:
        return await author(turn, filter_.value)
    except NotFoundError:
        return filter_.value


async def author(turn: Turn, value: str) -> str:
    """The name of the author with this slug; raises NotFoundError."""
    page = await turn.blog.by_author(value, 1)
    for post in page.items:
        for name in post.authors:
            if slug(name) == value:
                return name
    raise NotFoundError(f"no article is by {value}")


async def _name(turn: Turn, follow: Follow) -> str:
    try:
        if follow.kind is FollowKind.TAG:
            return (await turn.blog.tag(follow.value)).name
        if follow.kind is FollowKind.AUTHOR:
            return await author(turn, follow.value)
    except NotFoundError:
        return follow.value
    return await _event(turn, follow.value) if follow.kind is FollowKind.EVENT else ""


async def _event(turn: Turn, uid: str) -> str:
    try:
        return (await turn.blog.event(uid)).title
    except NotFoundError:
        return uid
