"""What a reader asks on condition (RFC 9110, sections 8.8 and 13): has it the answer already, does it want a part of it?

Pure: headers and validators in, decisions out. It knows no file and no response.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.utils import formatdate, mktime_tz, parsedate_tz
from functools import lru_cache

Asked = Mapping[str, str]
"""A request's headers by lower-case name; several of one name are joined with commas."""

Span = tuple[int, int]
"""The first byte, and the one after the last."""

NO_SUCH_PART: Span = (-1, -1)

_LONGEST_DATE = 64

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


def asked(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of an ASGI scope."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name, said = raw.decode("latin-1"), value.decode("latin-1")
        found[name] = f"{found[name]}, {said}" if name in found else said
    return found


def tags(said: str) -> list[str]:
    """The entity tags in a header, weak ones too, without their quotes, in order."""
    return [tag for _, tag in _TAG.findall(said)]


def instant(said: str) -> int | None:
    """The second that an HTTP date names, in any of its three forms; None where it is no date."""
    return _instant(said) if len(said) <= _LONGEST_DATE else None


@lru_cache(512)
def _instant(said: str) -> int | None:
    try:
        parts = parsedate_tz(said)
        return None if parts is None else int(mktime_tz(parts))
    except (ValueError, OverflowError, IndexError):
        return None


@lru_cache(512)
def date(second: int) -> str:
    """An instant as HTTP writes it."""
    return formatdate(second, usegmt=True)


def unchanged(headers: Asked, etag: str, modified: int) -> bool:
    """Whether the reader has it already, so that 304 says all. Where a tag is named, dates say nothing (13.2.2).

    `etag` has its quotes; `modified` is 0 where nobody knows.
    """
    named = headers.get("if-none-match")
    if named is not None:
        return named == etag or named.strip() == "*" or etag[1:-1] in tags(named)
    # The very date, as with nginx: where an older file came back, a later date says nothing of what the reader has.
    return modified > 0 and instant(headers.get("if-modified-since", "")) == modified


def refused(headers: Asked, etag: str, modified: int) -> bool:
    """Whether the reader wants it only as it was, and it is that no more: 412."""
    named = headers.get("if-match")
    if named is not None:
        # By the strong comparison: a weak tag never is the same.
        return named.strip() != "*" and (("", etag[1:-1]) not in _TAG.findall(named))
    since = instant(headers.get("if-unmodified-since", ""))
    return since is not None and modified > since


def part(headers: Asked, size: int, etag: str, modified: int) -> Span | None:
    """The bytes that are wanted of `size`; None for all of them, NO_SUCH_PART where there are no such bytes (416).

    Several parts at once are answered with the whole, as RFC 9110 allows, and so is what is no range.
    """
    said = headers.get("range")
    if said is None or not _still(headers.get("if-range"), etag, modified):
        return None
    found = _RANGE.fullmatch(said)
    if found is None or found.group(1, 2) == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size) if length else NO_SUCH_PART
    if last and int(last) < int(first):
        return None
    return (int(first), min(int(last) + 1, size) if last else size) if int(first) < size else NO_SUCH_PART


def _still(named: str | None, etag: str, modified: int) -> bool:
    """Whether the part that the reader has is of what is here (If-Range); weak tags are not good enough."""
    return named is None or named.strip() == etag or (modified > 0 and named.strip() == date(modified))
