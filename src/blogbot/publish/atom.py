"""Atom 1.0 (RFC 4287). It writes bytes and knows no files."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from lxml import etree

from blogbot.publish.element import ATOM, ATOM_NAMESPACES, GENERATOR, HISTORY, LANGUAGE, add, document, written_in
from blogbot.publish.feed import Head, Shell

FILE = "atom.xml"
MEDIA_TYPE = "application/atom+xml"

_ATOM = f"{{{ATOM}}}"


def entry(made: FeedEntry) -> bytes:
    """The entry element of an article, from what `feed_entry` made of it, for a document that declares ATOM_NAMESPACES."""
    return written_in(ATOM_NAMESPACES, made.atom_entry())


def shell(head: Head, file: str = FILE) -> Shell:
    """The document around entries as `entry` gives them. `file` is its name within the head's folder."""
    history = {"fh": HISTORY} if head.history.archive else {}
    # The types of lxml know no default namespace.
    names: Any = {**ATOM_NAMESPACES, **history, None: ATOM}
    feed = etree.Element(f"{_ATOM}feed", nsmap=names)
    if head.language:
        feed.set(LANGUAGE, head.language)
    add(feed, f"{_ATOM}id", head.id)
    add(feed, f"{_ATOM}title", head.title)
    add(feed, f"{_ATOM}updated", head.updated.isoformat())
    add(add(feed, f"{_ATOM}author"), f"{_ATOM}name", head.author)
    if own := head.own(file):
        add(feed, f"{_ATOM}link", href=own, rel="self", type=MEDIA_TYPE)
    for relation, address in head.relations:
        add(feed, f"{_ATOM}link", href=address, rel=relation)
    if head.home:
        add(feed, f"{_ATOM}link", href=head.home, rel="alternate", type="text/html")
    add(feed, f"{_ATOM}generator", GENERATOR)
    add(feed, f"{_ATOM}subtitle", head.subtitle)
    if head.history.archive:
        add(feed, f"{{{HISTORY}}}archive")
    return Shell.of(document(feed, head.style), b"</feed>")
