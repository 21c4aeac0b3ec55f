"""What every source is, and how one is opened from its settings.

Decides which reader a location needs, by looking where nobody said; what the formats mean stands in their own files.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from blogbot import text
from blogbot.config import SourceKind, SourceSettings
from blogbot.errors import SourceError
from blogbot.model import Entry, Item, Look, Validators
from blogbot.sources import blocks, calendar, feed, head, markdown, page, wordpress
from blogbot.sources.document import Document, Setting, decode, load
from blogbot.sources.fetch import Fetcher
from blogbot.text import shown

_READERS: dict[SourceKind, Callable[[Document, Setting], Look]] = {
    "calendar": calendar.look,
    "feed": feed.look,
    "markdown": markdown.look,
    "page": page.look,
    "wordpress": wordpress.look,
}
_EXTENSIONS: dict[str, SourceKind] = {
    ".ics": "calendar",
    ".ical": "calendar",
    ".ifb": "calendar",
    ".atom": "feed",
    ".rss": "feed",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "page",
    ".htm": "page",
    ".xhtml": "page",
}
_TYPES: dict[str, SourceKind] = {
    "text/calendar": "calendar",
    "application/atom+xml": "feed",
    "application/rss+xml": "feed",
    "application/feed+json": "feed",
    "text/markdown": "markdown",
}


class Source(Protocol):
    """Where content comes from.

    `name` is what it is kept under. `context` has two lines: its location, and all else that decides what a look gives
    for the same bytes (kind, zone, base, the version of the readers). Where either differs from the context of the last
    look, that look's validators say nothing about this one: hand in none, or a changed setting would never be seen.
    """

    name: str
    context: str

    async def look(self, since: Validators) -> Look:
        """What it holds now; `Look.entries` is None where nothing changed since the version that `since` names.

        Raises SourceError where it cannot be read at all; FetchError where its address does not answer.
        """
        ...


def open_source(settings: SourceSettings, *, timezone: str, fetcher: Fetcher, base: str = "") -> Source:
    """The source that `settings` describe. Nothing is read yet, and a kind that is not given is found out at each look.

    `timezone` is the site's and holds where the source names none of its own; `base` is the site's address, to which
    relative links in files belong.
    """
    setting = Setting(settings.name, settings.timezone or timezone, base)
    if re.match(r"(?i:https?)://", settings.location):
        return _Remote(settings.location, settings.kind, setting, fetcher)
    return _Local(settings.location, settings.kind, setting)


class _Local:
    """A file or a folder."""

    def __init__(self, location: str, kind: SourceKind | str, setting: Setting) -> None:
        self.name = setting.name
        self.context = setting.context(location, kind)
        self._location = location
        self._where = text.clean(location)
        self._kind = kind
        self._setting = setting

    async def look(self, since: Validators) -> Look:
        # In a thread, because thousands of files take long and a bot answers in the meantime.
        return await asyncio.to_thread(self._look)

    def _look(self) -> Look:
        if scheme := re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", self._location):
            advice = f"{scheme[1]} addresses are not read; name a path, or an address with https://"
            raise SourceError(shown(self._location), advice)
        path = Path(self._location).expanduser()
        if _is_folder(path):
            if self._kind not in ("", "markdown"):
                raise SourceError(self._where, f"is a folder, not a {self._kind}; name the file in it")
            return _guarded(markdown.look_at_folder(path, self._setting))
        return _read(Document(load(path, self._where), self._where), self._kind, self._setting)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # loading it as a file says what is wrong


class _Remote:
    """A document at an address; for a feed, also the page that names it."""

    def __init__(self, location: str, kind: SourceKind | str, setting: Setting, fetcher: Fetcher) -> None:
        self.name = setting.name
        self.context = setting.context(location, kind)
        self._location = location
        self._address = "" if kind == "feed" else location
        self._kind = kind
        self._setting = setting
        self._fetcher = fetcher

    async def look(self, since: Validators) -> Look:
        document = await (self._fetcher.get(self._address, since) if self._address else self._discover(since))
        if document is None or (since.etag and document.validators.etag == since.etag):
            return Look(None, validators=since)
        return await asyncio.to_thread(_read, document, self._kind, self._setting)

    async def _discover(self, since: Validators) -> Document | None:
        """The feed at the address, or the first that the page there names.

        `since` may be the page's or its feed's. An ETag belongs to one of them only; a date of change may fit both, so
        that it is no condition before it is known which of them is asked.
        """
        document = await self._fetcher.get(self._location, Validators(etag=since.etag))
        if document is None or not page.is_html(document):
            self._address = self._location
            unchanged = document is not None and not since.etag and since.last_modified
            return None if unchanged and document and document.validators.last_modified == unchanged else document
        address = await asyncio.to_thread(_feed_of, document)
        found = await self._fetcher.get(address, since)
        self._address = address
        return found


def _feed_of(document: Document) -> str:
    root = blocks.tree(document.data, decode(document.data, document.where, document.charset), document.where)
    found = head.feeds(root, document.url)
    if not found:
        raise SourceError(document.where, "is a page that names no feed; give the feed's own address, or --as page")
    return found[0]


def _read(document: Document, kind: SourceKind | str, setting: Setting) -> Look:
    if not document.data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise SourceError(document.where, "is empty; there is nothing to read")
    found = next((known for known in _READERS if known == kind), None) or detect(document)
    return _guarded(_READERS[found](document, setting))


def _guarded(look: Look) -> Look:
    """`look` with entries that raise nothing but SourceError.

    Foreign input goes through many parsers, and what one of them raises in a case that nobody has met must not stop the
    other entries. The cause stays with the error, for the log.
    """
    if look.entries is None:
        return look
    entries = [replace(entry, read=partial(_attempt, entry)) for entry in look.entries]
    return replace(look, entries=entries)


def _attempt(entry: Entry) -> Sequence[Item]:
    try:
        return entry.read()
    except SourceError:
        raise
    except Exception as error:
        what = f"cannot be read, for a reason that blogbot did not expect ({type(error).__name__}); please report it"
        raise SourceError(entry.where, what) from error


def detect(document: Document) -> SourceKind:
    """What a document is: by its first bytes, its media type, and its name's ending, in this order; a page if nothing tells.

    Raises SourceError for what is not text.
    """
    opening = _opening(document)
    name = document.where.lower().partition("?")[0]
    extension = next((ending for ending in _EXTENSIONS if name.endswith(ending)), "")
    if opening.startswith("begin:vcalendar"):
        return "calendar"
    if extension not in (".md", ".markdown") and (by_markup := _by_markup(opening)):
        return by_markup
    return _TYPES.get(document.media_type) or _EXTENSIONS.get(extension, "page")


def _opening(document: Document) -> str:
    # An even number of bytes that ends at no half character of UTF-16; a cut character of UTF-8 must not count as broken.
    data = document.data[:8_000]
    if len(document.data) > len(data):
        data = data[: max(data.rfind(b"\n"), data.rfind(b">"), 2_000)] if b"\0" not in data[:100] else data
    return decode(data, document.where, document.charset).lstrip().lower()


def _by_markup(opening: str) -> SourceKind | None:
    if opening.startswith("{"):
        return "feed" if "jsonfeed.org/version" in opening else None
    if not opening.startswith("<"):
        return None
    if "http://wordpress.org/export/" in opening:
        return "wordpress"
    bare = re.sub(r"<\?.*?\?>|<!--.*?-->", "", opening, flags=re.DOTALL).lstrip()
    if re.match(r"<(?:!doctype\s+)?html\b", bare):
        return None  # XHTML begins as XML does
    # Any other XML is a feed, or it is nothing: the reader of feeds says why, where that of pages would take its bits.
    is_xml = opening.startswith("<?xml") or bare.startswith("<!doctype")
    return "feed" if is_xml or re.match(r"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", bare) else None
