"""What the organisation's own site asks from its readers' browsers: what goes with an article, what is new, what comes next.

Answers are JSON, kept for minutes and open to pages of any site; `openapi.json` beside this file describes them. What was asked
before is answered from memory while posts and events stand as they did.
An error says what is wrong and what to do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from blogbot.blog import Blog, WithdrawnError
from blogbot.errors import NotFoundError
from blogbot.model import Event, Post, Site, Tag, listing
from blogbot.publish.address import event_page, post_page
from blogbot.text import address_key
from blogbot.web.conditions import asked
from blogbot.web.document import Document, Shape, answer, encoded, held, transmit
from blogbot.web.kept import EVER, Answer, Answers, Standing
from blogbot.web.labels import Labels

MOST = {"related": 20, "latest": 50}
"""How many can be asked for at once, by path."""

_USUAL = {"related": 5, "latest": 10}
_LONGEST = 4_096
_MINUTES, _HOUR, _DAY = 300, 3_600, 86_400
_KIND = "application/json; charset=utf-8"
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    **_OPEN,
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}
_UNKNOWN = frozenset({404, 410})
# What is unknown now may be known soon: a new article is on its site before it is here.
_SOON = "public, max-age=60"
_WHICH = "Give the article's address, percent-encoded: ?url=https%3A%2F%2Fwww.example.org%2Fan-article"
_LISTED = "Check the address; /api/latest lists the newest articles."


ROOM = 2**20
"""Bytes of answers that are kept."""

Found = Answer[Document]


class Refusal(Exception):
    """The call cannot be answered. `error` says what is wrong, `advice` what to do."""

    def __init__(self, status: int, error: str, advice: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.advice = advice


class Api:
    """The paths under /api, as an ASGI application."""

    def __init__(self, blog: Blog, site: Site, labels: Labels, standing: Standing) -> None:
        self._blog = blog
        self._labels = labels
        self._site = site
        self._answers: Answers[Document] = Answers(ROOM, standing, blog.now)
        self._described = held(_description(site), _shape())
        self._paths = {
            "related": self._related,
            "tags": self._tags,
            "latest": self._latest,
            "next": self._next,
            "openapi.json": self._description,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await transmit(send, 204, encoded(_PREFLIGHT), b"", 0, 0)
            return
        request = Request(scope)
        try:
            document = await self._document(request)
        except Refusal as refusal:
            if refusal.status in _UNKNOWN and "quiet" in request.query_params:
                await transmit(send, 204, encoded({**_OPEN, "Cache-Control": _SOON}), b"", 0, 0)
            else:
                await _refuse(scope, send, refusal)
        except Exception:
            await _refuse(scope, send, Refusal(500, "This failed here.", "Try again in a minute."))
            raise  # for the log
        else:
            await answer(send, scope["method"], asked(scope["headers"]), document)

    async def _document(self, request: Request) -> Document:
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405, f"{request.method} is not answered here.", "Ask with GET.")
        path = request.url.path.removeprefix(request.scope.get("root_path", "")).strip("/")
        if path not in self._paths:
            raise Refusal(404, "Nothing is here.", "/api/openapi.json describes what there is.")
        return await self._answers.once((path, request.scope["query_string"]), partial(self._paths[path], request))

    async def _related(self, request: Request) -> Found:
        limit = _limit(request, "related")
        found = await self._blog.related(await self._post(request), limit)
        return _json([listing.related_json(each) | {"url": self._post_url(each.post)} for each in found])

    async def _tags(self, request: Request) -> Found:
        """The editors' tags; where they gave none, those that were found in the text."""
        post = await self._post(request)
        used = {tag.slug: posts for tag, posts in await self._labels.tags()}
        return _json([self._tag(tag, used.get(tag.slug, 0), post) for tag in post.tags or post.suggested])

    async def _latest(self, request: Request) -> Found:
        page = await self._blog.latest(_limit(request, "latest"))
        return _json([listing.post_json(post) | {"url": self._post_url(post)} for post in page.items])

    async def _next(self, _: Request) -> Found:
        found, now, minutes = await self._blog.next(), self._blog.now(), timedelta(seconds=_MINUTES)
        # Here, too, for minutes only: dates are worked out in between without a change of events.
        if found is None:
            return _json(None, until=now + minutes)
        left = math.ceil((found.ends - now).total_seconds())
        said = listing.occurrence_json(found) | {"url": self._event_url(found.event)}
        # What is left once it was kept here for minutes, and fresh elsewhere for as many.
        stale = max(0, left - 2 * _MINUTES)
        return _json(said, min(_MINUTES, left), min(now, found.ends - 2 * minutes) + minutes, stale)

    async def _description(self, _: Request) -> Found:
        return _answer(self._described)

    async def _post(self, request: Request) -> Post:
        url = request.query_params.get("url", "").strip()
        if not url:
            raise Refusal(400, "The parameter url is missing.", _WHICH)
        if len(url) > _LONGEST or "\0" in url:
            raise Refusal(400, "The parameter url is no address.", _WHICH)
        try:
            return await self._blog.post(self._name(url))
        except WithdrawnError:
            raise Refusal(410, f"The article at {url[:200]} was withdrawn.", _LISTED) from None
        except NotFoundError:
            raise Refusal(404, f"No article is known at {url[:200]}", _LISTED) from None

    def _name(self, url: str) -> str:
        """What the blog knows an article by: its slug, where `url` is our own page of it."""
        ours = address_key(f"{self._site.public_url}/posts") if self._site.public_url else ""
        key = address_key(url).partition("?")[0]  # what others add to our addresses changes nothing
        return key.removeprefix(f"{ours}/") if ours and key.startswith(f"{ours}/") else url

    def _tag(self, tag: Tag, posts: int, post: Post) -> dict[str, Any]:
        # A tag that no editor gave has no page yet.
        url = self._ours(f"tags/{tag.slug}") if posts else ""
        return {"slug": tag.slug, "name": tag.name, "posts": posts, "url": url, "suggested": tag not in post.tags}

    def _post_url(self, post: Post) -> str:
        return post_page(self._site, post) or self._ours(f"posts/{post.slug}")

    def _event_url(self, event: Event) -> str:
        return event_page(self._site, event) or self._ours(f"events/{event.id}")

    def _ours(self, path: str) -> str:
        """A page of ours; as seen from /api/ where nobody said what our address is."""
        return f"{self._site.public_url or '..'}/{path}"


def _limit(request: Request, path: str) -> int:
    said = request.query_params.get("limit")
    if said is None:
        return _USUAL[path]
    most = MOST[path]
    if not (said.isascii() and said.isdecimal() and len(said) < 6 and 1 <= int(said) <= most):
        raise Refusal(400, "The parameter limit is no number that can be asked for.", f"Give one from 1 to {most}.")
    return int(said)


def _json(data: Any, seconds: int = _MINUTES, until: datetime = EVER, stale: int = _DAY) -> Found:
    return _answer(held(_written(data), _shape(seconds, stale)), until)


def _answer(document: Document, until: datetime = EVER) -> Found:
    return Answer(document, sum(form.size for form in document.forms.values()), until)


def _shape(seconds: int = _MINUTES, stale: int = _DAY) -> Shape:
    """Fresh for so many seconds, and then to be shown for `stale` more at most, while it is asked for anew or cannot be."""
    later = f"stale-while-revalidate={min(_HOUR, stale)}, stale-if-error={min(_DAY, stale)}"
    return Shape(_KIND, f"public, max-age={seconds}, {later}", _OPEN)


def _written(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _description(site: Site) -> bytes:
    described: Mapping[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text("utf-8"))
    servers = {"servers": [{"url": site.public_url}]} if site.public_url else {}
    return _written({**described, **servers})


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    body = _written({"error": refusal.error, "advice": refusal.advice})
    caching = _SOON if refusal.status in _UNKNOWN else "no-store"
    headers = {**_OPEN, "Content-Type": _KIND, "Content-Length": str(len(body)), "Cache-Control": caching}
    headers |= {"Allow": _PREFLIGHT["Allow"]} if refusal.status == 405 else {}
    await transmit(send, refusal.status, encoded(headers), body, 0, 0 if scope["method"] == "HEAD" else len(body))
