"""What every format reads from: the bytes of one file or one answer, and what they are read with.

Knows files, text encodings and the limits that keep a hostile input small. It must not know any format, nor HTTP.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from blogbot import text
from blogbot.errors import SourceError
from blogbot.model import Validators

# Part of every fingerprint and context: raise it when a reader changes what it makes of the same bytes, so that all is read again.
PARSER = b"2"

MAX_BYTES = 20_000_000
MAX_ARTICLE = 1_000_000
MAX_TITLE = 500
MAX_TAGS = 50
MAX_TAG = 100
MAX_NAMES = 50

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What no text holds: the control characters but for tab, line feed, form feed, carriage return and escape.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_BINARY = bytes(set(range(32)) - {9, 10, 12, 13, 27})


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one file or of one HTTP answer.

    `where` names it for people, `url` is the address it was read from in the end ("" for a file). `media_type` and
    `charset` are what the server said, in lower case, "" where it said nothing.
    """

    data: bytes
    where: str
    url: str = ""
    media_type: str = ""
    charset: str = ""
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a source is read with: its name, the zone of its naive times, and the address its relative links belong to."""

    name: str
    timezone: str
    base: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def context(self, location: str, kind: str) -> str:
        """Two lines: the location, and all else that decides what a look gives for the same bytes."""
        return "\n".join(
            (
                location.replace("\n", "%0A"),
                json.dumps([kind, self.timezone, self.base, PARSER.decode()], ensure_ascii=False),
            )
        )

    def fingerprint(self, *parts: bytes) -> str:
        """A short hash of `parts` and of everything else that decides what a reader makes of them."""
        digest = blake2b(digest_size=16)
        for part in (PARSER, self.timezone.encode(), self.base.encode(), *parts):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()


def load(path: Path, where: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of the file at `path`. Raises SourceError where it is missing, no plain file, unreadable or over `limit`."""
    try:
        if not path.is_file():
            raise SourceError(where, "there is no such file; check the path" if not path.exists() else "is not a file")
        if path.stat().st_size > limit:
            raise SourceError(where, f"is larger than {limit // 1_000_000} MB; split it into smaller ones")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SourceError(where, f"cannot be read ({reason}); check the file and its permissions") from None


def decode(data: bytes, where: str, charset: str = "") -> str:
    """`data` as text: by its byte order mark, as UTF-8, as `charset`, else as Windows-1252; line ends become \\n.

    UTF-8 goes before `charset` because servers often claim another one, while text that is valid UTF-8 by chance is
    rare. Raises SourceError for binary data and for an empty text.
    """
    decoded = _decoded(data, charset)
    if decoded is None:
        raise SourceError(where, "is not text, or its encoding is broken; save it as UTF-8")
    if not decoded.strip("\ufeff \t\r\n\f"):
        raise SourceError(where, "is empty; there is nothing to read")
    return decoded.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, charset: str) -> str | None:
    encodings = [name for mark, name in _BOMS if data.startswith(mark)][:1] or _guesses(data, charset)
    for encoding in encodings:
        try:
            decoded = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        # Binary data can be valid UTF-16, but then it holds characters that no text does.
        return None if _CONTROLS.search(decoded[:4096]) and "16" in encoding else decoded
    return None


def _guesses(data: bytes, charset: str) -> list[str]:
    head = data[:4096]
    if b"\0" in head:
        # UTF-16 without its mark: nearly every other byte of western text is zero.
        odd, even = head[1::2].count(0), head[0::2].count(0)
        half = len(head) // 2
        return [name for name, zeros in (("utf-16-le", odd), ("utf-16-be", even)) if half and zeros > 0.7 * half]
    if len(head.translate(None, _BINARY)) != len(head):
        return []
    # Windows-1252 reads nearly anything, so that it is what a text in no known encoding falls back to.
    fallback = "cp1252" if charset in ("", "utf-8", "us-ascii", "ascii", "iso-8859-1", "latin-1") else charset
    return ["utf-8", fallback, "latin-1"]


def title(raw: str) -> str:
    """A title as people should see it: entities decoded, cleaned, on one line, at most 500 characters."""
    line = one_line(raw)
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


def one_line(raw: str) -> str:
    """`raw` with entities decoded (once), cleaned, and every run of white space as one space."""
    return " ".join(text.clean(html.unescape(raw)).split())


def names(raw: Iterable[str], limit: int = MAX_NAMES, length: int = MAX_TAG) -> tuple[str, ...]:
    """Names of tags or people: on one line each, cut at `length`, no blanks, none twice (whatever its case), at most `limit`."""
    kept: dict[str, str] = {}
    for each in raw:
        name = one_line(each)[:length].strip()
        if name and len(kept) < limit:
            kept.setdefault(name.casefold(), name)
    return tuple(kept.values())


def plain_slug(raw: str, limit: int = 100) -> str:
    """`raw` in lower case where it can stand in an address as it is (letters, digits and single - _ . between), else a made slug."""
    lower = raw.strip().lower()
    if len(lower) <= limit and ".." not in lower and re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?", lower):
        return lower
    return text.slug(raw, limit)
