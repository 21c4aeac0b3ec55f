"""What feedgen cannot write by itself, as extensions of it: links with their relation, creators, pictures, dates, history.

feedgen 1.0 loses the relation and title of an entry's links, knows no related link in RSS, drops authors without an
e-mail address from RSS, and switches the locale of the whole process to write a date. It knows articles, no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from blogbot.publish.article import Article
    from blogbot.publish.feed import Head

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"

# The prefixes of a feed, for its head and for each of its entries alike.
ATOM_NAMESPACES = {"media": MEDIA}
RSS_NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE, "media": MEDIA}

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class HeadExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Knows the head that it adds to."""

    head: Head


class AtomHead(HeadExtension):
    """Declares the prefixes of Atom, and says of an archive that it is one (RFC 5005)."""

    def extend_ns(self) -> dict[str, str]:
        return ATOM_NAMESPACES | ({"fh": HISTORY} if self.head.history.archive else {})

    def extend_atom(self, feed: Element) -> Element:
        if self.head.history.archive:
            etree.SubElement(feed, f"{{{HISTORY}}}archive")
        return feed


class RssHead(HeadExtension):
    """Declares the prefixes of RSS, and writes a channel's hub, its history (RFC 5005) and its lastBuildDate (RFC 5322)."""

    def extend_ns(self) -> dict[str, str]:
        return RSS_NAMESPACES | ({"fh": HISTORY} if self.head.history.archive else {})

    def extend_rss(self, feed: Element) -> Element:
        for channel in feed.iter("channel"):
            _describe(channel, self.head.subtitle)
            _add(channel, "lastBuildDate", format_datetime(self.head.updated))
            for relation, address in self.head.relations:
                etree.SubElement(channel, f"{{{ATOM}}}link", rel=relation, href=address)
            if self.head.history.archive:
                etree.SubElement(channel, f"{{{HISTORY}}}archive")
        return feed


class ArticleExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Writes the links of `article`, its picture and when it was published, and in RSS its creators. Every other link is taken out."""

    article: Article

    def extend_atom(self, entry: Element) -> Element:
        article = self.article
        for link in entry.findall("link"):
            entry.remove(link)
        if article.url:
            etree.SubElement(entry, "link", rel="alternate", type="text/html", href=article.url)
        _relate(entry, "link", article)
        if article.image_type:
            etree.SubElement(entry, "link", rel="enclosure", type=article.image_type, href=article.image)
        _show(entry, article)
        if article.published:
            _add(entry, "published", article.published.isoformat())
        if article.language:
            entry.set(_XML_LANGUAGE, article.language)
        return entry

    def extend_rss(self, item: Element) -> Element:
        article = self.article
        _describe(item, article.summary)
        for author in article.authors:
            _add(item, f"{{{DUBLIN_CORE}}}creator", author)
        if article.language:
            _add(item, f"{{{DUBLIN_CORE}}}language", article.language)
        if article.published:
            _add(item, "pubDate", format_datetime(article.published))
        _add(item, f"{{{ATOM}}}updated", article.updated.isoformat())
        _relate(item, f"{{{ATOM}}}link", article)
        if article.image_type:
            # The length is not known; the RSS Advisory Board's profile says 0 then.
            etree.SubElement(item, "enclosure", url=article.image, length="0", type=article.image_type)
        _show(item, article)
        return item


def written_in(namespaces: Mapping[str, str], element: Element) -> bytes:
    """`element` as it is written inside of a document that declares `namespaces`."""
    # A root that declares the prefixes, so that the element does not, lends them, and is cut off again.
    root = etree.Element("root", nsmap=dict(namespaces))
    root.append(element)
    written = etree.tostring(root, encoding="UTF-8")
    return written[written.index(b">") + 1 : written.rindex(b"</root>")]


def _describe(parent: Element, text: str) -> None:
    """Says plain `text` in an RSS description, which is HTML by the specification: unescaped, a "<b>" in it would be markup."""
    description = parent.find("description")
    if description is not None:
        description.text = escape(text, quote=False)


def _relate(parent: Element, name: str, article: Article) -> None:
    for one in article.related:
        if one.url:
            etree.SubElement(parent, name, rel="related", href=one.url, title=one.title)


def _show(parent: Element, article: Article) -> None:
    """Names the article's picture, if any, as readers look for it that know no enclosures (Media RSS)."""
    if not article.image:
        return
    content = etree.SubElement(parent, f"{{{MEDIA}}}content", url=article.image, medium="image")
    if article.image_type:
        content.set("type", article.image_type)
    etree.SubElement(parent, f"{{{MEDIA}}}thumbnail", url=article.image)


def _add(parent: Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
