"""What a page says of itself to search engines: schema.org's BlogPosting and Event as JSON-LD.

It is data in a page, which no browser runs; a content security policy without inline scripts allows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from blogbot import text
from blogbot.model import Event, EventStatus, Occurrence, Post, Site
from blogbot.publish.address import web_address
from blogbot.publish.article import language
from blogbot.web.article import summary
from blogbot.web.month import days_of

_CONTEXT = "https://schema.org"
# What could end the element that holds the data, or begin a comment in it.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_STATUS = {EventStatus.CANCELLED: "EventCancelled"}


def script(data: Mapping[str, Any]) -> Markup:
    """`data` as it may stand in a script element; what is empty is left out."""
    return Markup(json.dumps(_full(data), ensure_ascii=False).translate(_ESCAPES))  # noqa: S704  # escaped right here


def posting(post: Post, site: Site, address: str) -> dict[str, Any]:
    """An article. `address` is where people read it, or ""."""
    return {
        "@context": _CONTEXT,
        "@type": "BlogPosting",
        "headline": post.title,
        "description": summary(post),
        "datePublished": post.published.isoformat(),
        "dateModified": post.updated.isoformat(),
        "author": [_author(name, site) for name in post.authors],
        "image": web_address(post.image),
        "keywords": [tag.name for tag in post.tags],
        "inLanguage": language(post.language) or language(site.language),
        "url": address,
        "mainEntityOfPage": address,
        "publisher": _organisation(site),
    }


def happening(event: Event, date: Occurrence | None, site: Site, address: str) -> dict[str, Any]:
    """An event, by the date that is shown of it; {} where none is known, for schema.org wants a start."""
    if date is None:
        return {}
    return {
        "@context": _CONTEXT,
        "@type": "Event",
        "name": date.title,
        "description": summary(event),
        "startDate": _instant(date, ended=False),
        "endDate": _instant(date, ended=True),
        "eventStatus": f"{_CONTEXT}/{_STATUS.get(date.status, 'EventScheduled')}",
        "location": _place(date.location),
        "url": address,
        "organizer": _organisation(site),
    }


def _instant(date: Occurrence, *, ended: bool) -> str:
    """On the clock of the event's zone; a day where it lasts all day. There the end is the midnight after the last day."""
    instant = date.ends if ended else date.starts
    local = instant.astimezone(ZoneInfo(date.event.timezone))
    if not date.event.all_day:
        return local.isoformat()
    return (days_of(date)[1] if ended else local.date()).isoformat()


def _place(location: str) -> dict[str, str]:
    if not location:
        return {}
    if web_address(location):
        return {"@type": "VirtualLocation", "url": location}
    return {"@type": "Place", "name": location, "address": location}


def _author(name: str, site: Site) -> dict[str, str]:
    page = f"{site.public_url}/authors/{text.slug(name)}" if site.public_url else ""
    return {"@type": "Person", "name": name, "url": page}


def _organisation(site: Site) -> dict[str, str]:
    return {"@type": "Organization", "name": site.title, "url": web_address(site.url or site.public_url)}


def _full(value: Any) -> Any:
    """`value` without what is empty in it, at every depth."""
    if isinstance(value, Mapping):
        return {key: full for key, each in value.items() if (full := _full(each))}
    if isinstance(value, list):
        return [full for each in value if (full := _full(each))]
    return value
