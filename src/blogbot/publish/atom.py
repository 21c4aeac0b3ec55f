"""Atom 1.0 (RFC 4287). It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Iterable

from feedgen.entry import FeedEntry
from lxml import etree

from blogbot.publish.feed import Head, fill, generator

FILE = "atom.xml"
MEDIA_TYPE = "application/atom+xml"


def entry(made: FeedEntry) -> bytes:
    """The entry element of an article, from what `feed_entry` made of it."""
    return etree.tostring(made.atom_entry(), encoding="UTF-8")


def feed(head: Head, entries: Iterable[bytes]) -> bytes:
    """The whole document, from `entries` as `entry` gives them, in their order."""
    shell = generator(head, head.home, head.own(FILE), MEDIA_TYPE).atom_str()
    return fill(shell, b"</feed>", entries)
