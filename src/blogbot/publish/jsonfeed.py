"""JSON Feed 1.1, with related articles under `_blogbot`. It writes bytes and knows no files."""

from __future__ import annotations

import json
from typing import Any

from blogbot.publish.article import Article, Neighbour
from blogbot.publish.feed import Head, Shell

FILE = "feed.json"
MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"

_COMMA = ord(",")


def item(article: Article) -> bytes:
    """The article's object. Keys without a value are left out, but `_blogbot.related` always stands."""
    return _dump({
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "content_html": article.html,
        # The specification demands the one or the other.
        "content_text": "" if article.html else article.summary,
        "summary": article.summary,
        "image": article.image,
        "attachments": [{"url": article.image, "mime_type": article.image_type}] if article.image_type else [],
        "date_published": article.published and _instant(article.published.isoformat()),
        "date_modified": _instant(article.updated.isoformat()),
        "authors": [{"name": name} for name in article.authors],
        "tags": [tag.name for tag in article.tags],
        "language": article.language,
        "_blogbot": {"related": [_related(one) for one in article.related]},
    })  # fmt: skip


def shell(head: Head, file: str = FILE) -> Shell:
    """The document around objects as `item` gives them. `file` is its name within the head's folder."""
    opening = _dump({
        "version": VERSION,
        "title": head.title,
        "home_page_url": head.home,
        "feed_url": head.own(file),
        # An address is whole here, or none.
        "next_url": head.history.previous if head.address else "",
        "description": head.subtitle,
        "authors": [{"name": head.author}],
        "language": head.language,
        "hubs": [{"type": "WebSub", "url": head.hub}] if head.hub else [],
    })  # fmt: skip
    return Shell(opening.removesuffix(b"}") + b', "items": [\n', b",\n", b"]}\n")


def items(document: bytes) -> list[bytes]:
    """The objects that a document was made of, in order. JSON writes no line break within a value, so each has a line."""
    first, last = document.find(b"\n") + 1, document.rfind(b"\n", 0, -1) + 1
    found = []
    # Not by `split`, which looks at each byte, while a single one is found many at a time.
    while first < last:
        end = document.find(b"\n", first, last)
        found.append(document[first : end - 1 if document[end - 1] == _COMMA else end])
        first = end + 1
    return found


def _related(one: Neighbour) -> dict[str, Any]:
    return {"url": one.url, "title": one.title, "origin": one.origin.value, "score": one.score}


def _instant(written: str) -> str:
    return written.replace("+00:00", "Z")


def _dump(value: dict[str, Any]) -> bytes:
    said = {key: part for key, part in value.items() if part or key == "title"}
    return json.dumps(said, ensure_ascii=False).encode()
