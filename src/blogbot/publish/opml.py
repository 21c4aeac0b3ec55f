"""OPML 2.0: one file that a feed reader takes to follow every channel at once. It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from blogbot.publish import atom
from blogbot.publish.element import add, document
from blogbot.publish.feed import STYLE, Head

FILE = "feeds.opml"


def outline(title: str, updated: datetime, heads: Sequence[tuple[str, Head]]) -> bytes:
    """The list of feeds, from (folder, head), each once, as Atom; in several formats a reader would take it for several feeds.

    Where the folder's address is not known, an outline holds the path within it.
    """
    root = etree.Element("opml", version="2.0")
    head = add(root, "head")
    add(head, "title", title)
    add(head, "dateModified", format_datetime(updated))
    body = add(root, "body")
    for folder, feed in heads:
        address = feed.own(atom.FILE) or f"{folder}{atom.FILE}"
        element = add(body, "outline", type="rss", text=feed.title, title=feed.title, xmlUrl=address)
        if feed.home:
            element.set("htmlUrl", feed.home)
    return document(root, STYLE, pretty=True)
