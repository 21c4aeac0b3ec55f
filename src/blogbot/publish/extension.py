"""What feedgen cannot write by itself of an entry, as an extension of it: links with their relation, creators, pictures, dates.

feedgen 1.0 loses the relation and title of an entry's links, knows no related link in RSS, drops authors without an
e-mail address from RSS, and switches the locale of the whole process to write a date. It knows articles, no files.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING

from feedgen.ext.base import BaseEntryExtension

from blogbot.publish.element import ATOM, DUBLIN_CORE, LANGUAGE, MEDIA, add, as_html

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from blogbot.publish.article import Article


class ArticleExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Writes the links of `article`, its picture and when it was published, and in RSS its creators. Every other link is taken out."""

    article: Article

    def extend_atom(self, entry: Element) -> Element:
        article = self.article
        for link in entry.findall("link"):
            entry.remove(link)
        if article.url:
            add(entry, "link", rel="alternate", type="text/html", href=article.url)
        _relate(entry, "link", article)
        if article.image_type:
            add(entry, "link", rel="enclosure", type=article.image_type, href=article.image)
        _show(entry, article)
        if article.published:
            add(entry, "published", article.published.isoformat())
        if article.language:
            entry.set(LANGUAGE, article.language)
        return entry

    def extend_rss(self, item: Element) -> Element:
        article = self.article
        description = item.find("description")
        if description is not None:
            description.text = as_html(article.summary)
        for author in article.authors:
            add(item, f"{{{DUBLIN_CORE}}}creator", author)
        if article.language:
            add(item, f"{{{DUBLIN_CORE}}}language", article.language)
        if article.published:
            add(item, "pubDate", format_datetime(article.published))
        add(item, f"{{{ATOM}}}updated", article.updated.isoformat())
        _relate(item, f"{{{ATOM}}}link", article)
        if article.image_type:
            # The length is not known; the RSS Advisory Board's profile says 0 then.
            add(item, "enclosure", url=article.image, length="0", type=article.image_type)
        _show(item, article)
        return item


def _relate(parent: Element, name: str, article: Article) -> None:
    for one in article.related:
        if one.url:
            add(parent, name, rel="related", href=one.url, title=one.title)


def _show(parent: Element, article: Article) -> None:
    """Names the article's picture, if any, as readers look for it that know no enclosures (Media RSS)."""
    if not article.image:
        return
    content = add(parent, f"{{{MEDIA}}}content", url=article.image, medium="image")
    if article.image_type:
        content.set("type", article.image_type)
    add(parent, f"{{{MEDIA}}}thumbnail", url=article.image)
