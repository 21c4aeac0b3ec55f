"""Atom 1.0 (RFC 4287). It writes bytes and knows no files."""

from __future__ import annotations

from feedgen.entry import FeedEntry

from blogbot.publish.extension import ATOM_NAMESPACES, AtomHead, written_in
from blogbot.publish.feed import Head, Shell, generator, styled

FILE = "atom.xml"
MEDIA_TYPE = "application/atom+xml"


def entry(made: FeedEntry) -> bytes:
    """The entry element of an article, from what `feed_entry` made of it, for a document that declares ATOM_NAMESPACES."""
    return written_in(ATOM_NAMESPACES, made.atom_entry())


def shell(head: Head, file: str = FILE) -> Shell:
    """The document around entries as `entry` gives them. `file` is its name within the head's folder."""
    empty = generator(head, head.home, head.own(file), MEDIA_TYPE, AtomHead).atom_str()
    return Shell.of(styled(empty, head.style), b"</feed>")
