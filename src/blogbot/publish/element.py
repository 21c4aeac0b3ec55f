"""XML elements of feeds: their namespaces, what both formats say alike, and how elements become bytes. It knows no articles."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"

# The prefixes of a feed, for its head and for each of its entries alike.
ATOM_NAMESPACES = {"media": MEDIA}
RSS_NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE, "media": MEDIA}

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
"""The name of the attribute xml:lang."""

GENERATOR = "blogbot"

_OPENING = b"""<?xml version='1.0' encoding='UTF-8'?>
<?xml-stylesheet type="text/css" href="%b"?>
"""


def add(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """Gives `parent` one more element, with plain `text`; `name` is "{namespace}name" where it is in one."""
    element = etree.SubElement(parent, name, attributes)
    element.text = text
    return element


def as_html(text: str) -> str:
    """Plain `text` for an RSS description, which is HTML by the specification: unescaped, a "<b>" in it would be markup."""
    return escape(text, quote=False)


def document(root: Element, style: str, *, pretty: bool = False) -> bytes:
    """The document of `root`, that browsers show by the style sheet at `style` (W3C, xml-stylesheet)."""
    return _OPENING % style.encode() + etree.tostring(root, encoding="UTF-8", pretty_print=pretty)


def written_in(namespaces: Mapping[str, str], element: Element) -> bytes:
    """`element` as it is written inside of a document that declares `namespaces`."""
    # A root that declares the prefixes, so that the element does not, lends them, and is cut off again.
    root = etree.Element("root", nsmap=dict(namespaces))
    root.append(element)
    written = etree.tostring(root, encoding="UTF-8")
    return written[written.index(b">") + 1 : written.rindex(b"</root>")]
