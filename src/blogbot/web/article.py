"""What a page shows of an article or an event's text: the body, its beginning, how long it takes to read."""

from __future__ import annotations

from markupsafe import Markup

from blogbot import text
from blogbot.model import Event, Post

_SUMMARY = 220
_WORDS_A_MINUTE = 220


def body(html: str) -> Markup:
    """The body of a post or an event: sanitised when it came in, and once more, since it is the one thing not escaped."""
    return Markup(text.sanitise(html))  # noqa: S704


def summary(item: Post | Event) -> str:
    """What it is about, in a line or two."""
    return text.excerpt(item.summary or text.plain(item.html), _SUMMARY)


def minutes(post: Post) -> int:
    """How long it takes to read."""
    return max(1, round(len(text.words(text.plain(post.html))) / _WORDS_A_MINUTE))
