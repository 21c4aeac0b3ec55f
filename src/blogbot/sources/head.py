"""What a page says about itself beside its text: canonical address, title, dates, authors, tags, an event.

Reads <link>, <meta> (Open Graph and article:*) and JSON-LD (schema.org). It must not look at the visible text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

_ARTICLES = frozenset({"Article", "BlogPosting", "NewsArticle", "Report", "ScholarlyArticle", "TechArticle"})
_MAX_SCRIPT = 500_000
_FEEDS = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})


@dataclass(frozen=True, slots=True)
class Head:
    """Strings as the page gives them, "" where it gives none; addresses are absolute where `base` was known."""

    url: str = ""
    title: str = ""
    site: str = ""
    summary: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    image: str = ""
    event: dict[str, str] | None = None


def read(root: HtmlElement, base: str) -> Head:
    """What the page `root`, read from `base`, says about itself."""
    metas = _metas(root)
    things = [thing for script in root.iter("script") for thing in _things(script)]
    article = next((thing for thing in things if _types(thing) & _ARTICLES), {})
    event = next((thing for thing in things if any(kind.endswith("Event") for kind in _types(thing))), None)
    return Head(
        url=_address(_canonical(root) or _first(metas, "og:url"), base),
        title=_first(metas, "og:title") or _text(article.get("headline")) or _title(root),
        site=_first(metas, "og:site_name"),
        summary=_first(metas, "og:description", "description") or _text(article.get("description")),
        published=_first(metas, "article:published_time", "dc.date", "date") or _text(article.get("datePublished")),
        updated=_first(metas, "article:modified_time", "og:updated_time") or _text(article.get("dateModified")),
        authors=tuple(_names(article.get("author")) or metas.get("author", [])),
        tags=tuple(metas.get("article:tag", []) or _keywords(article.get("keywords"))),
        language=(root.get("lang") or "").strip()[:20],
        image=_address(_first(metas, "og:image"), base),
        event=_event(event, base) if event else None,
    )


def feeds(root: HtmlElement, base: str) -> list[str]:
    """The addresses of the feeds that the page names, in its order, absolute."""
    found = []
    for link in root.iter("link"):
        rels = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower().partition(";")[0].strip()
        if "alternate" in rels and kind in _FEEDS and link.get("href"):
            found.append(_address(link.get("href") or "", base))
    return [address for address in found if address]


def _metas(root: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, []).append(content)
    return found


def _first(metas: dict[str, list[str]], *names: str) -> str:
    return next((metas[name][0] for name in names if name in metas), "")


def _canonical(root: HtmlElement) -> str:
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return (link.get("href") or "").strip()
    return ""


def _title(root: HtmlElement) -> str:
    title = root.find(".//title")
    return (title.text or "").strip() if title is not None else ""


def _address(raw: str, base: str) -> str:
    if not raw.strip():
        return ""  # joined to the base, nothing would become the page itself
    try:
        address = urljoin(base, raw.strip()) if base else raw.strip()
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname and len(address) <= 2_000 else ""


def _things(script: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects of one JSON-LD script, those of its @graph too."""
    raw = script.text or ""
    if (script.get("type") or "").lower() != "application/ld+json" or len(raw) > _MAX_SCRIPT:
        return
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError):
        return
    for thing in given if isinstance(given, list) else [given]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (each for each in graph if isinstance(each, dict)) if isinstance(graph, list) else ()


def _types(thing: dict[str, Any]) -> set[str]:
    kinds = thing.get("@type")
    return {str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _names(value: Any) -> list[str]:
    people = value if isinstance(value, list) else [value]
    return [name for each in people if (name := _text(each.get("name") if isinstance(each, dict) else each))]


def _keywords(value: Any) -> list[str]:
    return value.split(",") if isinstance(value, str) else _names(value)


def _event(thing: dict[str, Any], base: str) -> dict[str, str]:
    place = thing.get("location")
    place = place[0] if isinstance(place, list) and place else place
    where = _text(place) or (_text(place.get("name")) if isinstance(place, dict) else "")
    return {
        "title": _text(thing.get("name")),
        "starts": _text(thing.get("startDate")),
        "ends": _text(thing.get("endDate")),
        "location": where,
        "url": _address(_text(thing.get("url")), base),
        "status": _text(thing.get("eventStatus")).rpartition("/")[2],
    }
