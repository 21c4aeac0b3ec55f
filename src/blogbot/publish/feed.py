"""What a channel says of itself, its articles as feedgen's entries, and documents put together from both.

The head is rendered without entries and each article without a feed, so that an article is rendered once however many
channels show it. It knows feedgen; it does not know which files there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from feedgen.entry import FeedEntry

from blogbot.publish.article import Article
from blogbot.publish.extension import ArticleExtension

STYLE = "feeds.css"
"""The style sheet by which a browser shows a feed to people; it lies at the top of the tree."""


@dataclass(frozen=True, slots=True)
class History:
    """Where a document stands in its feed's history (RFC 5005, section 4).

    `archive` says that it is one of the archives, and complete. `previous` is the address of the newest archive that is
    older than it, `current` that of the document that people subscribe to; "" where there is none to name.
    """

    archive: bool = False
    previous: str = ""
    current: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself. `home` is the page beside it and `address` its own folder's address, ending in "/"; or "".

    `query` is what follows the name of each file in the address of a feed that is made on demand. `some_home` is as `home` but never "". `author` stands for entries that name none. `hub` is the WebSub hub that tells of
    changes, or "". An archive has the `id` of the feed that it is a part of. `folder` is where the document lies in the tree.
    """

    id: str
    title: str
    subtitle: str
    author: str
    language: str
    home: str
    some_home: str
    address: str
    updated: datetime
    hub: str = ""
    history: History = field(default=History())
    query: str = ""
    folder: str = ""

    @property
    def relations(self) -> list[tuple[str, str]]:
        """What it leads to beside itself and its page: by relation, the addresses that there are."""
        named = (("hub", self.hub), ("prev-archive", self.history.previous), ("current", self.history.current))
        return [(relation, address) for relation, address in named if address]

    def own(self, file: str) -> str:
        """The address of `file` in the feed's folder, or "" while nobody knows where the folder is served."""
        return f"{self.address}{file}{self.query}" if self.address else ""

    @property
    def style(self) -> str:
        """The way from the document to its style sheet, the same wherever the tree is put."""
        return "../" * self.folder.count("/") + STYLE


def feed_entry(article: Article) -> FeedEntry:
    """A feedgen entry that renders as both Atom and RSS; its links, creators and RSS date come from the extension."""
    entry = FeedEntry()
    entry.id(article.id)
    entry.title(article.title)
    entry.summary(article.summary)
    if article.html:
        entry.content(article.html, type="html")
    entry.updated(article.updated)
    if article.url:
        entry.link(href=article.url, rel="alternate")
    if article.authors:
        entry.author([{"name": name} for name in article.authors])
    if article.tags:
        entry.category([{"term": tag.slug, "label": tag.name} for tag in article.tags])
    entry.register_extension("blogbot", ArticleExtension)
    entry.blogbot.article = article
    return entry


def entries_of(document: bytes, name: bytes, end: bytes) -> list[bytes]:
    """The entries that stand in a document before its closing tag `end`, each an element called `name`.

    Within an entry no tag follows a line break: in text and attributes "<" is written "&lt;".
    """
    first, last = document.find(b"\n<" + name) + 1, document.rfind(b"\n" + end)
    if not first:
        return []
    # The longer what is looked for, the fewer of the other bytes have to be looked at.
    close, begin = b"</%b>" % name, b"\n<%b" % name
    found = []
    while (at := document.find(close + begin, first, last)) >= 0:
        found.append(document[first : at + len(close)])
        first = at + len(close) + 1
    return [*found, document[first:last]]


class Shell(NamedTuple):
    """A document without its entries: what stands before them, between two of them, and after the line of the last."""

    before: bytes
    between: bytes
    after: bytes

    @classmethod
    def of(cls, document: bytes, end: bytes) -> Shell:
        """That of an XML document without entries, which come before its closing tag `end`, each on a line."""
        before, _, after = document.rpartition(end)
        return cls(before + b"\n", b"\n", b"%b%b\n" % (end, after))

    def around(self, entries: Iterable[bytes]) -> bytes:
        """The document with these entries."""
        parts = [self.before]
        for entry in entries:
            parts += (entry, self.between)
        if len(parts) > 1:
            parts[-1] = b"\n"
        return b"".join((*parts, self.after))
