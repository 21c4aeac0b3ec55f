"""Reads HTML of any origin as a stream of starts, ends and text, without ever building a tree.

A tree of 100,000 levels overflows stacks and makes parsers quadratic; a stream has no depth. Knows nothing of what its
readers make of the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from lxml import etree

from blogbot.text.prose import clean

LONGEST = 2_000_000
"""Characters of HTML that are read; what comes after them is left out."""

DEEPEST = 250
"""Levels of nesting up to which HTML is read as it stands; what nests deeper is read piece by piece."""

LONGEST_VALUE = 4_096
"""Characters of an attribute's value; a longer one (a picture written into the page) is left out."""

_PIECE = 2_000
_FED = 16_000  # characters: lxml notices only between two feeds that its target wants no more

_UNREAD_NAMES = (
    "applet audio button canvas datalist embed frameset iframe math noembed noframes noscript object optgroup option "
    "script select style svg template textarea title video xmp"
)
UNREAD = frozenset(_UNREAD_NAMES.split())
"""Elements whose text is not part of what people read."""


class Reader(Protocol):
    """What is told of each start, end and text, in order. Tags are in lower case; texts and values are clean."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


R = TypeVar("R", bound=Reader)


class _TooDeep(Exception):
    """The HTML nests deeper than is read in one piece."""


class _Guard:
    """lxml's parser target: hands on to a reader what people read, and stops where the nesting is too deep."""

    def __init__(self, reader: Reader, deepest: int | None) -> None:
        self._reader = reader
        self._deepest = deepest
        self._depth = 0
        self._unread = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._deepest is not None and self._depth > self._deepest:
            raise _TooDeep
        if tag in UNREAD:
            self._unread += 1
        elif not self._unread:
            short = {name: clean(value) for name, value in attributes.items() if len(value) <= LONGEST_VALUE}
            self._reader.start(tag, short)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if tag in UNREAD:
            self._unread = max(self._unread - 1, 0)
        elif not self._unread:
            self._reader.end(tag)

    def data(self, text: str) -> None:
        if not self._unread:
            self._reader.data(clean(text))

    def close(self) -> None:
        pass


def read(html: str, make: Callable[[], R]) -> R:
    """Reads `html` into a reader that `make` makes, and gives that reader.

    Every start has its end. Where the HTML nests too deeply, a fresh reader is given it in pieces, each balanced by
    itself: all its text arrives, and only formatting that spans pieces is lost.
    """
    html = clean(html[:LONGEST])
    reader = make()
    try:
        _parse(html, _Guard(reader, DEEPEST))
    except _TooDeep:
        reader = make()
        for piece in _pieces(html):
            _parse(piece, _Guard(reader, None))
    return reader


def _parse(html: str, target: _Guard) -> None:
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]  # its stubs ask for more
    parser.feed(b"<html><body>")
    for start in range(0, len(html), _FED):
        parser.feed(html[start : start + _FED].encode())
    parser.close()


def _pieces(html: str) -> Iterator[str]:
    start = 0
    while start < len(html):
        end = html.find("<", start + _PIECE)
        end = len(html) if end < 0 else end
        yield html[start:end]
        start = end
