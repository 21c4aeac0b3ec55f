"""What there is to publish, and how it falls into channels: one for everything, one for each tag.

Pure data and grouping. It does not know a format, a file or the time: whoever makes a catalogue says what is upcoming.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from blogbot.model import Event, Occurrence, Post, Related, Site, Tag
from blogbot.text import slug

# As many as readers fetch at once; the rest is for archives.
NEWEST = 50

# What an empty feed says of when it last changed.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T", Post, Event)

_LONGEST_SLUG = 100
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that feeds can show. `related` is by post id; `occurrences` are the upcoming ones, in any order.

    Where `whole` is given, `posts` need not hold their texts: it gives the posts with these ids as a whole, by id, when they
    are written; those that are gone by then are missing.

    The HTML in it was sanitised when it came in (`text.sanitise`); feeds add to it and pass it on.
    """

    site: Site
    posts: Sequence[Post] = ()
    related: Mapping[int, Sequence[Related]] = field(default_factory=dict)
    events: Sequence[Event] = ()
    occurrences: Sequence[Occurrence] = ()
    whole: Callable[[Sequence[int]], Mapping[int, Post]] | None = None

    def texts(self, posts: Sequence[Post]) -> list[Post]:
        """These posts with their texts."""
        if self.whole is None:
            return list(posts)
        found = self.whole([post.id for post in posts])
        return [found[post.id] for post in posts if post.id in found]


@dataclass(frozen=True, slots=True)
class Channel:
    """One selection, published in every format under `folder` ("" or "tags/<slug>/"). `posts` are its newest, newest first.

    `total` counts all its posts, also those too old to be shown.
    """

    folder: str
    tag: Tag | None
    posts: tuple[Post, ...]
    events: tuple[Event, ...]
    total: int


def channels(catalogue: Catalogue) -> list[Channel]:
    """The channel of everything, then one for each tag that an editor gave to a post or an event, by slug.

    Suggested tags make no channels. The order of the catalogue's posts and events does not matter.
    """
    posts = sorted(catalogue.posts, key=lambda post: (post.published, post.id), reverse=True)
    events = sorted(catalogue.events, key=lambda event: event.uid)
    posts_of, events_of = _by_tag(posts), _by_tag(events)
    everything = Channel("", None, tuple(posts[:NEWEST]), tuple(events), len(posts))
    found = [everything]
    for key in sorted({**posts_of, **events_of}):
        tag, tagged = posts_of.get(key) or (events_of[key][0], [])
        _, dated = events_of.get(key) or (tag, [])
        found.append(Channel(f"tags/{key}/", tag, tuple(tagged[:NEWEST]), tuple(dated), len(tagged)))
    return found


def _by_tag(things: Iterable[T]) -> dict[str, tuple[Tag, list[T]]]:
    found: dict[str, tuple[Tag, list[T]]] = {}
    for thing in things:
        for key, tag in {safe_slug(tag): tag for tag in thing.tags}.items():
            found.setdefault(key, (Tag(key, tag.name), []))[1].append(thing)
    return found


def safe_slug(tag: Tag) -> str:
    """The tag's slug, which becomes the name of a folder; made anew where it could ever lead out of one."""
    return tag.slug if len(tag.slug) <= _LONGEST_SLUG and _SLUG.fullmatch(tag.slug) else slug(tag.slug or tag.name)
