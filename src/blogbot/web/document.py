"""One thing to serve in its forms, and the answer to a request for it: decided here, sent by whoever has the bytes.

It knows HTTP's rules for what is cached, compressed, or taken in parts, and no file, feed or database.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from starlette.types import Send

from blogbot.web.codings import PLAIN, choose, compress
from blogbot.web.conditions import NO_SUCH_PART, Asked, Span, date, part, refused, unchanged

Headers = list[tuple[bytes, bytes]]

_AT_ONCE = 64 * 1024

_BARE = ("Access-Control-", "Link")


class Changed(Exception):
    """The bytes are no longer those that the document tells of; ask for the document anew."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is said of all documents of a kind: media type, how long they keep, further headers of whole answers.

    `shown` is the media type under which a browser shows it to somebody who opens it, where that is another.
    """

    kind: str
    caching: str
    extra: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""

    @property
    def vary(self) -> str:
        return "Accept-Encoding, Sec-Fetch-Dest" if self.shown else "Accept-Encoding"

    def kind_for(self, headers: Asked) -> str:
        """The media type for who sent these headers: a browser that opens a page says so (W3C, Fetch Metadata)."""
        return self.shown if self.shown and headers.get("sec-fetch-dest") == "document" else self.kind


class Form(NamedTuple):
    """One way to send a document: how many bytes, and what tells them from others that say the same."""

    size: int
    mark: str

    @classmethod
    def of(cls, content: bytes) -> Form:
        return cls(len(content), f"{zlib.crc32(content):08x}")


@dataclass(frozen=True, eq=False)
class Document:
    """What readers are told of some bytes. `body` gives them in a coding that `forms` names; PLAIN is always there.

    `modified` is in Unix seconds, 0 where nobody knows.
    """

    digest: str
    modified: int
    shape: Shape
    forms: Mapping[str, Form]
    body: Callable[[str], Awaitable[bytes]]

    @cached_property
    def codings(self) -> frozenset[str]:
        return frozenset(self.forms)

    def etag(self, coding: str = PLAIN) -> str:
        """The entity tag of one form: other bytes have another tag, also where they say the same (RFC 9110, 8.8.3)."""
        return f'"{self.digest}-{coding}.{self.forms[coding].mark}"' if coding else f'"{self.digest}"'


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. `span` are the bytes to send of the form in `coding`; None for none."""

    status: int
    headers: Headers
    coding: str = PLAIN
    span: Span | None = None


def digest(content: bytes) -> str:
    """What stands for `content` in its entity tag."""
    return hashlib.sha256(content).hexdigest()[:20]


def base_digest(tag: str) -> str:
    """The digest in an entity tag without quotes, whatever the form."""
    return tag.partition("-")[0]


def held(content: bytes, shape: Shape, modified: int = 0, *, quick: bool = True) -> Document:
    """A document whose forms are made now and stay in memory; `quick` where somebody waits for it."""
    forms = compress(content, quick=quick)

    async def body(coding: str) -> bytes:
        return forms[coding]

    told = {coding: Form.of(form) for coding, form in forms.items()}
    return Document(digest(content), modified, shape, told, body)


def reply(method: str, headers: Asked, document: Document) -> Reply:
    """The answer to GET or HEAD, conditions in the order of RFC 9110, section 13.2.2."""
    coding = choose(headers.get("accept-encoding", ""), document.codings)
    etag, modified = document.etag(coding), document.modified
    told = {"ETag": etag, "Cache-Control": document.shape.caching, "Vary": document.shape.vary}
    if refused(headers, etag, modified):
        return Reply(412, encoded({**told, **_allowed(document)}))
    if unchanged(headers, etag, modified):
        return Reply(304, encoded({**told, **_allowed(document)}))
    size = document.forms[coding].size
    span = part(headers, size, etag, modified) if method == "GET" else None
    if span == NO_SUCH_PART:
        return Reply(416, encoded({**told, **_allowed(document), "Content-Range": f"bytes */{size}"}))
    first, last = span or (0, size)
    told |= {
        "Content-Type": document.shape.kind_for(headers),
        "Content-Length": str(last - first),
        "Accept-Ranges": "bytes",
    }
    told |= {"Content-Encoding": coding} if coding else {}
    told |= {"Last-Modified": date(modified)} if modified else {}
    told |= {"Content-Range": f"bytes {first}-{last - 1}/{size}"} if span else {}
    body = (first, last) if method == "GET" else None
    return Reply(206 if span else 200, encoded({**document.shape.extra, **told}), coding, body)


def _allowed(document: Document) -> dict[str, str]:
    """What is said also where there is no body: what lets pages of other sites read an answer, and where the hub is."""
    return {name: value for name, value in document.shape.extra.items() if name.startswith(_BARE)}


def encoded(headers: Mapping[str, str]) -> Headers:
    """Headers as ASGI has them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


async def answer(send: Send, method: str, headers: Asked, document: Document) -> None:
    """Sends the reply. Raises Changed before anything is sent, where the bytes are others by now."""
    said = reply(method, headers, document)
    body = await document.body(said.coding) if said.span else b""
    first, last = said.span or (0, 0)
    await transmit(send, said.status, said.headers, body, first, last)


async def transmit(send: Send, status: int, headers: Headers, body: bytes, first: int, last: int) -> None:
    """Sends `body` from `first` to `last`, a piece at a time, so that a slow reader holds no copy of it."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    whole = memoryview(body)
    for start in range(first, last, _AT_ONCE):
        end = min(start + _AT_ONCE, last)
        await send({"type": "http.response.body", "body": bytes(whole[start:end]), "more_body": end < last})
    if first == last:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
