"""The feed files as readers fetch them: nothing twice, compressed where they can read that, only what is new where they ask.

Only files of the kinds that a feed tree holds are served, and only from inside its folder. Nothing here asks the database
but for what is not there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from blogbot.publish.channel import ARCHIVE
from blogbot.publish.topics import MEDIA_TYPES
from blogbot.web.codings import choose, weights
from blogbot.web.conditions import Asked, asked, refused, tags, unchanged
from blogbot.web.deltas import Deltas
from blogbot.web.document import Changed, Document, Shape, answer, base_digest, encoded, transmit
from blogbot.web.folder import Folder
from blogbot.web.headers import PAGE
from blogbot.web.kept import Kept

Vanished = Mapping[str, Callable[[str], Awaitable[bool]]]
"""By the folder of a kind of feeds: whether what has this slug had feeds once, and will have none again."""

Link = Callable[[str], str]
"""By a file's path: where its readers learn of changes at once, as a Link header (RFC 8288); "" for nowhere."""

CORS = {
    "Access-Control-Allow-Origin": "*",  # readers that run in a browser
    "Access-Control-Expose-Headers": "Content-Range, Delta-Base, ETag, IM, Link",
}
_PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "A-IM, If-Modified-Since, If-None-Match, If-Range, Range",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}

FRESH = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
# Archives are written once; only a withdrawn article changes one. The parts of the site map that lie beside them change often.
_LASTING = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800"
# Only caches that understand 226 may keep it (RFC 3229, section 10.8.3).
_DELTA = "no-store, im"

# By the beginning of a file's own name first, then by its ending.
_TYPES = {file.partition(".")[0]: kind for file, kind in MEDIA_TYPES.items()}
_OTHER_TYPES = {
    ".xml": "application/xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",  # RFC 5545
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
}
# Browsers show feeds and lists of them by the style sheet that they name, if only they take them for plain XML.
_SHOWN = dict.fromkeys((_TYPES["atom"], _TYPES["rss"], _OTHER_TYPES[".opml"]), _OTHER_TYPES[".xml"])
_PATH = re.compile(
    r"(?:[a-z0-9][a-z0-9-]*/)*(?:(atom)(?:-\d+)?\.xml|(rss)(?:-\d+)?\.xml|(feed)(?:-\d+)?\.json|[a-z0-9][a-z0-9-]*(\.xml|\.ics|\.opml|\.html|\.css|\.js|\.ico))"
)
_LONGEST_PATH = 500
_TRIES = 3


def shape(path: str) -> Shape | None:
    """What is said of a file of the feed tree; None where `path` is none."""
    found = _PATH.fullmatch(path) if len(path) <= _LONGEST_PATH else None
    if found is None:
        return None
    feed = found[1] or found[2] or found[3]
    kind = _TYPES[feed] if feed else _OTHER_TYPES[found[4]]
    return _shape(kind, _LASTING if feed and path.startswith(ARCHIVE) else FRESH)


def feed_shape(file: str) -> Shape:
    """What is said of a feed in the format of `file`: "atom.xml", "rss.xml" or "feed.json"."""
    return _shape(_TYPES[file.partition(".")[0]], FRESH)


def _shape(kind: str, caching: str) -> Shape:
    return Shape(kind, caching, {**PAGE, **CORS}, _SHOWN.get(kind, ""))


class Feeds:
    """Sends feeds, whoever made them: whole, in parts, or what is new in them."""

    def __init__(self) -> None:
        self.deltas = Deltas()
        self._made: Kept[bytes] = Kept(2 * 2**20)

    async def serve(self, scope: Scope, send: Send, path: str, find: Callable[[], Awaitable[Document]]) -> None:
        """Answers a request for the feed that `deltas` knows as `path`, and that `find` gives."""
        method = scope["method"]
        if method == "OPTIONS":
            await transmit(send, 204, encoded(_PREFLIGHT), b"", 0, 0)
            return
        if method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": _PREFLIGHT["Allow"]})
        headers = asked(scope["headers"])
        for _ in range(_TRIES):
            try:
                document = await find()
                if not await self._new_alone(method, headers, send, path, document):
                    await answer(send, method, headers, document)
            except Changed:  # before anything was sent
                continue
            return
        await transmit(send, 503, encoded({**CORS, "Retry-After": "1"}), b"", 0, 0)

    async def _new_alone(self, method: str, headers: Asked, send: Send, path: str, document: Document) -> bool:
        """226 with what is new since the version that the reader names, where it asks for that and the version is known."""
        if method != "GET" or not weights(headers.get("a-im", "")).get("feed") or "range" in headers:
            return False
        etag = document.etag(choose(headers.get("accept-encoding", ""), document.codings))
        if refused(headers, etag, document.modified) or unchanged(headers, etag, document.modified):
            return False
        named = tags(headers.get("if-none-match", ""))
        base = self.deltas.base(path, map(base_digest, named))
        new = base and await self._since(path, base, document)
        if not new:
            return False
        said = {
            **document.shape.extra,
            "ETag": etag,
            "Cache-Control": _DELTA,
            "Vary": "Accept-Encoding, A-IM, If-None-Match",
            "IM": "feed",
            "Delta-Base": next(f'"{tag}"' for tag in named if base_digest(tag) == base),
            "Content-Type": document.shape.kind,
            "Content-Length": str(len(new)),
        }
        await transmit(send, 226, encoded(said), new, 0, len(new))
        return True

    async def _since(self, path: str, base: str, document: Document) -> bytes | None:
        name = (path, base, document.digest)
        new = self._made.get(name)
        if new is None:
            content = await document.body("")
            new = await asyncio.to_thread(self.deltas.since, path, base, content) or b""
            self._made.keep(name, new, len(new))
        return new or None


class FeedFiles:
    """The folder that feeds are written to, as an ASGI application. It may appear after the web part has started."""

    def __init__(self, folder: Path, vanished: Vanished, feeds: Feeds, link: Link = lambda _: "") -> None:
        self._vanished = vanished
        self._feeds = feeds
        self._link = link
        self._folder = Folder(folder, feeds.deltas.learn)

    def at_hand(self, path: str) -> Document | None:
        """The feed at `path`, relative to the folder, where nothing has to be read for it."""
        return self._folder.at_hand(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/") or "index.html"
        await self._feeds.serve(scope, send, path, partial(self._find, path))

    async def _find(self, path: str) -> Document:
        known = self.at_hand(path)
        if known is not None:
            return known
        kind = shape(path)
        if kind and (link := self._link(path)):
            kind = replace(kind, extra={**kind.extra, "Link": link})
        found = kind and await self._folder.find(path, kind)
        if not found:
            raise HTTPException(410 if kind and await self._is_gone(path) else 404)
        return found

    async def _is_gone(self, path: str) -> bool:
        """Whether a feed was at `path` that will not come back. Readers may drop it then, so a missing file alone says nothing."""
        kind, *rest = path.split("/")
        return len(rest) > 1 and kind in self._vanished and await self._vanished[kind](rest[0])
