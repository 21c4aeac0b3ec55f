"""The HTML of articles: made safe to show, and asked for its links. Knows nothing of Telegram."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

import nh3

from blogbot.text.reading import read

_VOID = frozenset({"br", "hr", "img", "wbr", "col", "area"})
_GLOBAL = frozenset({"dir", "lang", "title"})
_TAG_NAMES = (
    "a abbr article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp "
    "section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_TAGS = frozenset(_TAG_NAMES.split())
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "a": frozenset({"href", "hreflang"}),
    "code": frozenset({"class"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"start", "reversed"}),
    "td": frozenset({"colspan", "rowspan", "headers"}),
    "th": frozenset({"colspan", "rowspan", "headers", "scope"}),
    "time": frozenset({"datetime"}),
}
_WEB_SCHEMES = frozenset({"http", "https"})
_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_DEEPEST = 100

# nh3's time grows with the square of the ampersands and hard spaces in one text, so they pass it as characters that no
# clean text holds.
_HIDE = str.maketrans({"&": "\ufdd0", "\xa0": "\ufdd1"})
_SHOW = str.maketrans({"\ufdd0": "&amp;", "\ufdd1": "&nbsp;"})

# How `sanitise` writes tags; the possessive quantifiers never go back, so that looking takes linear time.
_TAG = re.compile(r'<(/?[a-z0-9]++)((?: [a-z]++="[^"]*+")*+)>')
_WHOLE = re.compile(rf"(?:[^<]++|{_TAG.pattern})*+")
_PAIR = re.compile(r' ([a-z]+)="([^"]*)"')


class _Writer:
    """Writes what it reads back as balanced HTML of allowed tags, never nested deeper than `_DEEPEST`."""

    def __init__(self, base_url: str) -> None:
        self.parts: list[str] = []
        self._base_url = base_url
        self._open: list[bool] = []
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        written = tag in _TAGS and (tag in _VOID or self._depth < _DEEPEST)
        if written:
            pairs = (pair for name, value in attributes.items() if (pair := self._attribute(tag, name, value)))
            self.parts.append(f"<{tag}{''.join(pairs)}>")
        if tag not in _VOID:
            self._open.append(written)
            self._depth += written

    def end(self, tag: str) -> None:
        if tag in _VOID or not self._open:
            return
        if self._open.pop():
            self._depth -= 1
            self.parts.append(f"</{tag}>")

    def data(self, text: str) -> None:
        self.parts.append(text.translate(_HIDE).replace("<", "&lt;").replace(">", "&gt;"))

    def _attribute(self, tag: str, name: str, value: str) -> str:
        if name not in _ATTRIBUTES.get(tag, frozenset()) and name not in _GLOBAL:
            return ""
        if name in ("href", "src"):
            value = absolute(value, self._base_url, _LINK_SCHEMES if name == "href" else _WEB_SCHEMES)
            if not value:
                return ""
        return f' {name}="{escape(value)}"'


class _Links:
    """Gathers the hrefs of links."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "a" and (href := absolute(attributes.get("href", ""), "", _WEB_SCHEMES)):
            self.found[href] = None

    def end(self, tag: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass


def sanitise(html: str, base_url: str = "") -> str:
    """`html` as it can be shown on any page: no script, style, frame, form or event handler; only well-known schemes.

    Links and images are made absolute where `base_url` (http or https) is given. What nests deeper than 100 levels loses
    its tags and keeps its text.
    """
    balanced = "".join(read(html, lambda: _Writer(base_url)).parts)
    attributes = {tag: set(names) for tag, names in _ATTRIBUTES.items()} | {"*": set(_GLOBAL)}
    safe = nh3.clean(balanced, tags=set(_TAGS), attributes=attributes, url_schemes=set(_LINK_SCHEMES))
    return safe.translate(_SHOW).strip()


def is_harmless(html: str) -> bool:
    """Whether `html` holds no tag that `sanitise` would not write, balanced or not; far quicker than `sanitise`.

    False may also mean that it is harmless and merely written in another way.
    """
    return _WHOLE.fullmatch(html) is not None and all(_is_written(*tag) for tag in set(_TAG.findall(html)))


def _is_written(name: str, attributes: str) -> bool:
    tag = name.removeprefix("/")
    return tag in _TAGS and all(_is_kept(tag, *pair) for pair in _PAIR.findall(attributes))


def _is_kept(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES.get(tag, ()) and name not in _GLOBAL:
        return (tag, name) == ("a", "rel")
    if name not in ("href", "src") or value.startswith(("https://", "http://")):
        return True
    return bool(absolute(unescape(value), "", _LINK_SCHEMES if name == "href" else _WEB_SCHEMES))


def links(html: str) -> tuple[str, ...]:
    """Where the links of `html` lead, in order, each once: http(s) addresses and relative ones, never a bare fragment."""
    return tuple(href for href in read(html, _Links).found if not href.startswith("#"))


def absolute(url: str, base_url: str, schemes: frozenset[str]) -> str:
    """`url` seen from `base_url`, or "" where it is none or its scheme is not one of `schemes`; relative without a base."""
    url = "".join(url.split()) if any(c in url for c in "\n\t\r") else url.strip()
    try:
        joined = urljoin(base_url, url) if base_url else url
        scheme = urlsplit(joined).scheme
    except ValueError:
        return ""
    return joined if not scheme or scheme in schemes else ""
