"""The site map (sitemaps.org, with Google's news dates). It writes bytes and knows no files.

One post is one line. A long map is in parts, by the posts' ids, so that a new post changes the last one alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from blogbot.model import Post, Site
from blogbot.publish import article
from blogbot.publish.address import post_page, web_address
from blogbot.publish.feed import Shell

SIZE = 1_000
"""How many ids a part spans."""

_MAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_CHINESE = {"zh-cn": "zh-cn", "zh-hans": "zh-cn", "zh-hant": "zh-tw", "zh-tw": "zh-tw"}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
SHELL = Shell(f'{_DECLARATION}<urlset xmlns="{_MAPS}" xmlns:news="{_NEWS}">\n'.encode(), b"\n", b"</urlset>\n")
"""A map, or a part of one, around lines as `url` gives them."""


def parts(ids: Sequence[int], site: Site) -> dict[int, tuple[int, ...]]:
    """The parts by their numbers, from 1, each with its posts in order of id; 0 alone where one is enough.

    None where nobody knows the site's address, since all in a map is absolute, nor without posts: an empty map is not valid.
    """
    if not ids or not web_address(site.public_url):
        return {}
    ordered = tuple(sorted(ids))
    if ordered[-1] < SIZE:
        return {0: ordered}
    found, start = {}, 0
    while start < len(ordered):
        number = ordered[start] // SIZE + 1
        end = bisect_left(ordered, number * SIZE, start)
        found[number], start = ordered[start:end], end
    return found


def url(post: Post, site: Site, name: str, untitled: str) -> bytes:
    """A post's line. `name` is the publication's; the site has an address, so that the post has one too."""
    language = _language(post.language) or _language(site.language) or "en"
    written = (
        f"<url><loc>{escape(post_page(site, post))}</loc><lastmod>{article.second(post.updated).isoformat()}</lastmod>"
        f"<news:news><news:publication><news:name>{escape(name)}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{article.second(post.published).isoformat()}</news:publication_date>"
        f"<news:title>{escape(article.line(post.title, untitled))}</news:title></news:news></url>"
    )
    return written.encode()


def _language(code: str) -> str:
    """As news are told: in two or three letters (ISO 639), but for the two ways to write Chinese."""
    tag = article.language(code).lower()
    if tag in _CHINESE:
        return _CHINESE[tag]
    short = tag.partition("-")[0]
    return short if len(short) in (2, 3) else ""


def urls_of(written: bytes) -> list[bytes]:
    """The lines that a document was made of."""
    return written[len(SHELL.before) : -len(SHELL.after) - 1].split(SHELL.between)


def index(listed: Iterable[tuple[str, datetime]]) -> bytes:
    """The map of the parts, from the address of each and when it changed last."""
    maps = "".join(
        f"<sitemap><loc>{escape(address)}</loc><lastmod>{updated.isoformat()}</lastmod></sitemap>\n"
        for address, updated in listed
    )
    return f'{_DECLARATION}<sitemapindex xmlns="{_MAPS}">\n{maps}</sitemapindex>\n'.encode()
