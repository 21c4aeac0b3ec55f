"""RSS 2.0, with content:encoded, dc:creator, media:content and atom:link. It writes bytes and knows no files."""

from __future__ import annotations

from feedgen.entry import FeedEntry

from blogbot.publish.extension import RSS_NAMESPACES, RssHead, written_in
from blogbot.publish.feed import Head, Shell, generator, styled

FILE = "rss.xml"
MEDIA_TYPE = "application/rss+xml"


def item(made: FeedEntry) -> bytes:
    """The item element of an article, from what `feed_entry` made of it, for a document that declares RSS_NAMESPACES."""
    return written_in(RSS_NAMESPACES, made.rss_entry())


def shell(head: Head, file: str = FILE) -> Shell:
    """The document around items as `item` gives them. `file` is its name within the head's folder."""
    empty = generator(head, head.some_home, head.own(file), MEDIA_TYPE, RssHead).rss_str()
    return Shell.of(styled(empty, head.style), b"</channel>")
