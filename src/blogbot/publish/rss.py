"""RSS 2.0, with content:encoded, dc:creator, media:content and atom:link. It writes bytes and knows no files."""

from __future__ import annotations

from email.utils import format_datetime

from feedgen.entry import FeedEntry
from lxml import etree

from blogbot.publish.element import ATOM, GENERATOR, HISTORY, RSS_NAMESPACES, add, as_html, document, written_in
from blogbot.publish.feed import Head, Shell

FILE = "rss.xml"
MEDIA_TYPE = "application/rss+xml"

_LINK = f"{{{ATOM}}}link"
_DOCS = "http://www.rssboard.org/rss-specification"


def item(made: FeedEntry) -> bytes:
    """The item element of an article, from what `feed_entry` made of it, for a document that declares RSS_NAMESPACES."""
    return written_in(RSS_NAMESPACES, made.rss_entry())


def shell(head: Head, file: str = FILE) -> Shell:
    """The document around items as `item` gives them. `file` is its name within the head's folder."""
    history = {"fh": HISTORY} if head.history.archive else {}
    rss = etree.Element("rss", version="2.0", nsmap={**RSS_NAMESPACES, **history})
    channel = add(rss, "channel")
    add(channel, "title", head.title)
    add(channel, "link", head.some_home)
    add(channel, "description", as_html(head.subtitle))
    if own := head.own(file):
        add(channel, _LINK, href=own, rel="self", type=MEDIA_TYPE)
    add(channel, "docs", _DOCS)
    add(channel, "generator", GENERATOR)
    if head.language:
        add(channel, "language", head.language)
    add(channel, "lastBuildDate", format_datetime(head.updated))
    for relation, address in head.relations:
        add(channel, _LINK, rel=relation, href=address)
    if head.history.archive:
        add(channel, f"{{{HISTORY}}}archive")
    return Shell.of(document(rss, head.style), b"</channel>")
