"""What feedgen cannot write by itself, as extensions of it: links with their relation, creators, dates.

feedgen 1.0 loses the relation and title of an entry's links, knows no related link in RSS, drops authors without an
e-mail address from RSS, and switches the locale of the whole process to write a date. It knows articles, no files.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from blogbot.publish.article import Article

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"

# The prefixes of an RSS feed, for its head and for each item alike.
RSS_NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE}

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class ChannelExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Declares the prefixes of RSS, and writes a channel's lastBuildDate (RFC 5322) from `updated`."""

    updated: datetime

    def extend_ns(self) -> dict[str, str]:
        return RSS_NAMESPACES

    def extend_rss(self, feed: Element) -> Element:
        for channel in feed.iter("channel"):
            _add(channel, "lastBuildDate", format_datetime(self.updated))
        return feed


class ArticleExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Writes the links of `article` and when it was published, and in RSS its creators. Every other link is taken out."""

    article: Article

    def extend_atom(self, entry: Element) -> Element:
        article = self.article
        for link in entry.findall("link"):
            entry.remove(link)
        if article.url:
            etree.SubElement(entry, "link", rel="alternate", type="text/html", href=article.url)
        _relate(entry, "link", article)
        if article.published:
            _add(entry, "published", article.published.isoformat())
        if article.language:
            entry.set(_XML_LANGUAGE, article.language)
        return entry

    def extend_rss(self, item: Element) -> Element:
        article = self.article
        for author in article.authors:
            _add(item, f"{{{DUBLIN_CORE}}}creator", author)
        if article.published:
            _add(item, "pubDate", format_datetime(article.published))
        _relate(item, f"{{{ATOM}}}link", article)
        return item


def _relate(parent: Element, name: str, article: Article) -> None:
    for one in article.related:
        if one.url:
            etree.SubElement(parent, name, rel="related", href=one.url, title=one.title)


def _add(parent: Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
