"""RSS 2.0, with content:encoded, dc:creator and atom:link. It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Iterable

from feedgen.entry import FeedEntry
from lxml import etree

from blogbot.publish.extension import RSS_NAMESPACES
from blogbot.publish.feed import Head, fill, generator

FILE = "rss.xml"
MEDIA_TYPE = "application/rss+xml"


def item(made: FeedEntry) -> bytes:
    """The item element of an article, from what `feed_entry` made of it, for a document that declares RSS_NAMESPACES."""
    # In a root that declares the prefixes, so that the item does not: it lends them, and is cut off again.
    root = etree.Element("rss", nsmap=RSS_NAMESPACES)
    root.append(made.rss_entry())
    written = etree.tostring(root, encoding="UTF-8")
    return written[written.index(b"<item>") : written.rindex(b"</rss>")]


def feed(head: Head, items: Iterable[bytes]) -> bytes:
    """The whole document, from `items` as `item` gives them, in their order."""
    shell = generator(head, head.some_home, head.own(FILE), MEDIA_TYPE).rss_str()
    return fill(shell, b"</channel>", items)
