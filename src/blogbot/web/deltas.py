"""Only what is new (RFC 3229 with the `feed` manipulation): a feed without the entries that a reader has already.

It is remembered, in memory and within bounds, which entries the versions of a feed held; after a restart readers get a
whole feed once. An entry that changed is new. It knows how feeds are built, and no HTTP.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from blogbot.web.conditions import Span

VERSIONS = 2_000
"""Versions of feeds of which it is known what they held: less than a megabyte."""

_MARK = 8
# An entry's element, and how deep it lies.
_ENTRIES = {("entry", 1), ("item", 2)}
# What is raised by a document that is no feed after all.
_UNREADABLE = (expat.ExpatError, ValueError, TypeError, AttributeError, RecursionError)


class Deltas:
    """What versions of feeds held, those that were asked for last."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def learn(self, path: str, digest: str, content: bytes) -> None:
        """Remembers the entries of this version of the feed at `path`; what is no feed is passed over."""
        with suppress(*_UNREADABLE):
            self._held[path, digest] = b"".join(mark for mark, _ in _entries(path, content))
        while len(self._held) > VERSIONS:
            self._held.popitem(last=False)

    def base(self, path: str, digests: Iterable[str]) -> str | None:
        """The first of these versions of which it is known what it held."""
        for digest in digests:
            if (path, digest) in self._held:
                self._held.move_to_end((path, digest))
                return digest
        return None

    def since(self, path: str, digest: str, content: bytes) -> bytes | None:
        """The feed `content` with only the entries that version `digest` had not; None where it has nothing of it."""
        held = self._held.get((path, digest), b"")
        old = {held[start : start + _MARK] for start in range(0, len(held), _MARK)}
        if path.endswith(".json"):
            return _new_items(content, old)
        known = [span for mark, span in _entries(path, content) if mark in old]
        return _without(content, known) if known else None


def _entries(path: str, content: bytes) -> Iterator[tuple[bytes, Span]]:
    """Each entry of a feed: what it is known by, and, in XML, where it stands."""
    if path.endswith(".json"):
        yield from ((_mark(_dump(item)), (0, 0)) for item in json.loads(content).get("items", ()))
    elif path.endswith(".xml"):
        yield from ((_mark(content[first:last]), (first, last)) for first, last in _elements(content))


def _elements(content: bytes) -> list[Span]:
    """Where the entries of an Atom or RSS document stand, by the bytes of their elements."""
    parser = expat.ParserCreate()
    open_names: list[str] = []
    starts: list[int] = []
    spans: list[Span] = []

    def begin(name: str, _: dict[str, str]) -> None:
        if (name, len(open_names)) in _ENTRIES:
            starts.append(parser.CurrentByteIndex)
        open_names.append(name)

    def end(name: str) -> None:
        open_names.pop()
        if (name, len(open_names)) in _ENTRIES:
            spans.append((starts.pop(), content.index(b">", parser.CurrentByteIndex) + 1))

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.Parse(content, True)
    return spans


def _without(content: bytes, spans: Iterable[Span]) -> bytes:
    kept, after = [], 0
    for first, last in spans:
        kept.append(content[after:first])
        # The line that the entry stood on goes with it.
        after = last + content[last : last + 1].count(b"\n")
    return b"".join((*kept, content[after:]))


def _new_items(content: bytes, old: set[bytes]) -> bytes | None:
    feed = json.loads(content)
    new = [item for item in feed["items"] if _mark(_dump(item)) not in old]
    return _dump({**feed, "items": new}) if len(new) < len(feed["items"]) else None


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _mark(entry: bytes) -> bytes:
    return hashlib.blake2b(entry, digest_size=_MARK).digest()
