"""The commonest answer of all, 304 for a feed, made from the bytes of the request alone, before a server makes objects of it.

Most of what a feed is asked for is whether it changed. Whatever is not just that, in the plainest form, is None here and
takes the ordinary way. It knows HTTP/1.1's bytes, and neither a server nor a connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from blogbot.web.codings import choose
from blogbot.web.conditions import unchanged
from blogbot.web.document import Document, reply

LONGEST = 2_048
"""Bytes of a request that is looked at; as it is remembered, no stranger shall need much room."""

# One whole request for a feed, its headers each on a line (RFC 9112). Anything unusual is no match.
_REQUEST = re.compile(rb"GET /feeds/([a-z0-9/.-]+) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n")
_HEADER = re.compile(r"([A-Za-z0-9-]+):[ \t]*([^\r]*)")
# All that the answer depends on.
_HEEDED = ("accept-encoding", "if-modified-since", "if-none-match")
# They change what the answer is, or where the request ends.
_UNUSUAL = frozenset({"content-length", "expect", "if-match", "if-unmodified-since", "transfer-encoding", "upgrade"})

_STAYS = "keep-alive"

AtHand = Callable[[str], Document | None]


def not_modified(request: bytes, at_hand: AtHand, prefix: bytes = b"") -> bytes | None:
    """The head of a 304 without its last line break, for `request`, which are all the bytes that came; None where it is for others.

    `at_hand` gives the document at a path where nothing has to be waited for. Paths may begin with `prefix`.
    """
    if len(request) > LONGEST or not request.startswith((b"GET /feeds/", b"GET " + prefix + b"/feeds/")):
        return None
    question = _read(request, prefix)
    document = at_hand(question.path) if question else None
    if question is None or document is None:
        return None
    coding = choose(question.headers.get("accept-encoding", ""), document.codings)
    return _head(document, coding) if unchanged(question.headers, document.etag(coding), document.modified) else None


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether the feed at `path` is still what the reader has who sent `headers`."""

    path: str
    headers: Mapping[str, str]


# A reader asks with the same bytes again and again, and so do others with the same program: reading them costs most.
@lru_cache(1024)
def _read(request: bytes, prefix: bytes) -> _Question | None:
    found = _REQUEST.fullmatch(request.replace(b"GET " + prefix, b"GET ", 1))
    if found is None:
        return None
    lines = _HEADER.findall(found[2].decode("latin-1"))
    headers = {name.lower(): value for name, value in lines}
    if len(headers) < len(lines) or "host" not in headers or not _UNUSUAL.isdisjoint(headers):
        return None
    if headers.get("connection", _STAYS).strip().lower() != _STAYS:
        return None
    if headers.keys().isdisjoint(_HEEDED[1:]):
        return None
    return _Question(found[1].decode("ascii"), {name: headers[name] for name in _HEEDED if name in headers})


@lru_cache(1024)
def _head(document: Document, coding: str) -> bytes:
    said = reply("GET", {"if-none-match": document.etag(coding), "accept-encoding": coding}, document)
    lines = (name + b": " + value for name, value in said.headers)
    return b"\r\n".join((b"HTTP/1.1 304 Not Modified", *lines, b""))
