"""The rules of RSS 2.0, as its specification and the RSS Advisory Board's Best Practices Profile state them, for tests.

It knows the formats' rules alone, nothing of who wrote the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

from lxml import etree
from lxml.etree import _Element as Element

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"

_REQUIRED = frozenset({"title", "link", "description"})
_OF_CHANNEL = _REQUIRED | frozenset(
    [
        "language",
        "copyright",
        "managingEditor",
        "webMaster",
        "pubDate",
        "lastBuildDate",
        "category",
        "generator",
        "docs",
        "cloud",
        "ttl",
        "image",
        "rating",
        "textInput",
        "skipHours",
        "skipDays",
        "item",
    ]
)
_OF_ITEM = frozenset(
    ["title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"]
)
_MANY = frozenset({"category", "item"})

_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:@\[\]!$&'()*+,;=%]+(?:[/?#][A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*)?")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
# RFC 822, with the year of four digits that the profile asks for.
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")


def problems(document: bytes) -> list[str]:
    """What in `document` is against the rules; nothing where it keeps them."""
    root = etree.fromstring(document)
    if root.tag != "rss" or root.get("version") != "2.0":
        return ["the root is no rss of version 2.0"]
    if [child.tag for child in root] != ["channel"]:
        return ["an rss element holds one channel and nothing else"]
    return list(_of_channel(root[0]))


def _of_channel(channel: Element) -> Iterator[str]:
    yield from _names(channel, _OF_CHANNEL)
    yield from (
        f"the channel has no {name}" for name in sorted(_REQUIRED) if not (channel.findtext(name) or "").strip()
    )
    for child in channel:
        yield from _of_element(child)
    owns = [link for link in channel.iterfind(f"{ATOM}link") if link.get("rel") == "self"]
    if len(owns) > 1 or any(link.get("type") != "application/rss+xml" for link in owns):
        yield "a channel names itself once, as application/rss+xml"
    tags = [child.tag for child in channel]
    if "item" in tags and any(tag != "item" for tag in tags[tags.index("item") :]):
        yield "the items are not the channel's last children"
    guids = [guid.text for guid in channel.iterfind("item/guid")]
    if len(set(guids)) < len(guids):
        yield "two items have one guid"
    for item in channel.iterfind("item"):
        yield from _of_item(item)


def _of_item(item: Element) -> Iterator[str]:
    yield from _names(item, _OF_ITEM)
    if item.find("title") is None and item.find("description") is None:
        yield "an item has neither title nor description"
    tags = [child.tag for child in item]
    content = f"{CONTENT}encoded"
    if tags.count(content) > 1:
        yield "an item has several contents"
    if content in tags and ("description" not in tags or tags.index("description") > tags.index(content)):
        yield "an item's description does not stand before its content"
    for child in item:
        yield from _of_element(child)


def _names(parent: Element, known: frozenset[str]) -> Iterator[str]:
    """Elements without a namespace are the specification's own, and nearly all stand once; others may be added."""
    own = [child.tag for child in parent if not child.tag.startswith("{")]
    yield from (f"{parent.tag} has an unknown {name}" for name in sorted(set(own) - known))
    yield from (f"{parent.tag} has several {name}" for name in sorted(set(own) - _MANY) if own.count(name) > 1)


def _of_element(element: Element) -> Iterator[str]:
    if len(element) and element.tag not in ("item", "image", "textInput", "cloud", "skipHours", "skipDays"):
        yield f"{element.tag} holds elements"
    if (check := _CHECKS.get(element.tag)) and not check(element):
        yield f"{element.tag} is wrong: {etree.tostring(element, with_tail=False)!r}"


def _is_address(element: Element) -> bool:
    return bool(_ADDRESS.fullmatch(element.text or ""))


def _is_date(element: Element) -> bool:
    text = element.text or ""
    # The day of the week is that of the date, too.
    return bool(_DATE.fullmatch(text)) and f"{parsedate_to_datetime(text):%a}" == text[:3]


def _is_language(element: Element) -> bool:
    return bool(_LANGUAGE.fullmatch(element.text or ""))


def _is_said(element: Element) -> bool:
    return bool((element.text or "").strip())


def _is_guid(element: Element) -> bool:
    if element.get("isPermaLink", "true") == "true":
        return _is_address(element)
    return element.get("isPermaLink") == "false" and _is_said(element)


def _is_enclosure(element: Element) -> bool:
    return (
        set(element.keys()) == {"url", "length", "type"}
        and bool(_ADDRESS.fullmatch(element.get("url", "")))
        and element.get("length", "").isdecimal()
        and bool(_MEDIA_TYPE.fullmatch(element.get("type", "")))
    )


def _is_atom_link(element: Element) -> bool:
    return (
        bool(_ADDRESS.fullmatch(element.get("href", "")))
        and element.get("rel") in {"self", "hub", "related", "prev-archive", "current"}
        and set(element.keys()) <= {"rel", "href", "type", "title"}
    )


def _is_media(element: Element) -> bool:
    return bool(_ADDRESS.fullmatch(element.get("url", ""))) and element.get("medium", "image") == "image"


_CHECKS: dict[str, Callable[[Element], bool]] = {
    "link": _is_address,
    "docs": _is_address,
    "comments": _is_address,
    "language": _is_language,
    "pubDate": _is_date,
    "lastBuildDate": _is_date,
    "title": _is_said,
    "category": _is_said,
    "guid": _is_guid,
    "enclosure": _is_enclosure,
    f"{ATOM}link": _is_atom_link,
    f"{ATOM}updated": lambda element: bool(_INSTANT.fullmatch(element.text or "")),
    f"{DUBLIN_CORE}creator": _is_said,
    f"{DUBLIN_CORE}language": _is_language,
    f"{MEDIA}content": _is_media,
    f"{MEDIA}thumbnail": _is_media,
}
