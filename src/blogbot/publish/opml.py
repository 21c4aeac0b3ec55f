"""OPML 2.0: one file that a feed reader takes to follow every channel at once. It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from blogbot.publish import atom
from blogbot.publish.feed import STYLE, Head, styled

FILE = "feeds.opml"


def outline(title: str, updated: datetime, heads: Sequence[tuple[str, Head]]) -> bytes:
    """The list of feeds, from (folder, head), each once, as Atom; in several formats a reader would take it for several feeds.

    Where the folder's address is not known, an outline holds the path within it.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateModified").text = format_datetime(updated)
    body = etree.SubElement(root, "body")
    for folder, feed in heads:
        address = feed.own(atom.FILE) or f"{folder}{atom.FILE}"
        element = etree.SubElement(body, "outline", type="rss", text=feed.title, title=feed.title, xmlUrl=address)
        if feed.home:
            element.set("htmlUrl", feed.home)
    return styled(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True), STYLE)
