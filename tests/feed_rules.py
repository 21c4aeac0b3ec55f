"""What the formats demand of a feed, and what no feed may hold, for tests: each function gives what is wrong, nothing where all is well."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser
from jsonschema import Draft202012Validator
from lxml import etree

from tests import rss_rules

ATOM = "{http://www.w3.org/2005/Atom}"

_SCHEMAS = Path(__file__).parent / "schemas"
_ADDRESS = re.compile(r"https?://[!-;=?-Z\[\]_a-z~]+")

# Whatever else browsers know: nothing that runs, loads, covers or asks.
_SHOWN = frozenset(
    [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "href",
        "hreflang",
        "rel",
        "class",
        "span",
        "src",
        "alt",
        "width",
        "height",
        "value",
        "start",
        "reversed",
        "colspan",
        "rowspan",
        "headers",
        "scope",
        "datetime",
        "dir",
        "lang",
        "title",
        "cite",
        "align",
    ]
)


@cache
def _atom_grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(_SCHEMAS / "atom.rng"))


@cache
def _json_schema() -> Draft202012Validator:
    schema = json.loads((_SCHEMAS / "jsonfeed.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def atom_problems(document: bytes) -> list[str]:
    """What is against RFC 4287: its grammar, and what its text demands besides."""
    root = etree.fromstring(document)
    grammar = _atom_grammar()
    found = [] if grammar.validate(root) else [str(error) for error in grammar.error_log]
    if root.find(f"{ATOM}author") is None and any(
        entry.find(f"{ATOM}author") is None for entry in root.iter(f"{ATOM}entry")
    ):
        found.append("an entry has no author, nor has the feed (4.1.1)")
    for holder in (root, *root.iter(f"{ATOM}entry")):
        found += _atom_links(holder)
        if holder.tag == f"{ATOM}entry" and holder.find(f"{ATOM}content") is None:
            if holder.find(f"{ATOM}link[@rel='alternate']") is None:
                found.append("an entry has neither content nor an alternate (4.1.1)")
            if holder.find(f"{ATOM}summary") is None:
                found.append("an entry has neither content nor a summary")
    found += [f"{name} stands for several entries" for name in _several(root.iterfind(f"{ATOM}entry/{ATOM}id"))]
    return found


def _atom_links(holder: Any) -> Iterator[str]:
    links = [dict(link.items()) for link in holder.iterfind(f"{ATOM}link")]
    kinds = Counter((link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate")
    if any(count > 1 for count in kinds.values()):
        yield "several alternates of one type and language (4.1.1)"
    yield from (f"{link} leads nowhere" for link in links if not _ADDRESS.fullmatch(link.get("href", "")))


def _several(ids: Any) -> list[str]:
    return [name for name, count in Counter(one.text for one in ids).items() if count > 1]


def json_problems(document: bytes) -> list[str]:
    """What is against JSON Feed 1.1."""
    feed = json.loads(document.decode("utf-8"))
    found = [f"{error.json_path}: {error.message}" for error in _json_schema().iter_errors(feed)]
    ids = Counter(item["id"] for item in feed["items"])
    return found + [f"{name} stands for several items" for name, count in ids.items() if count > 1]


rss_problems = rss_rules.problems


class _Reader(HTMLParser):
    """Finds what a browser would do more with than show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SHOWN:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.found.append(f"<{tag} {name}>")
            # As browsers read it: white space and controls in a scheme count for nothing.
            bare = re.sub(r"[\x00-\x20]", "", value or "").lower()
            scheme = re.match(r"[a-z][a-z0-9+.-]*:", bare)
            if name in ("href", "src", "cite") and scheme and scheme[0] not in ("http:", "https:", "mailto:", "tel:"):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_comment(self, data: str) -> None:
        self.found.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.found.append("a declaration")

    def unknown_decl(self, data: str) -> None:
        self.found.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.found.append("an instruction")


def unsafe(html: str) -> list[str]:
    """What in `html` no feed may hold."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def is_feed(path: str) -> bool:
    """Whether a file of the feed tree is a feed, by its name."""
    return re.fullmatch(r"(?:.*/)?(?:(?:atom|rss)(?:-\d+)?\.xml|feed(?:-\d+)?\.json)", path) is not None


def problems(path: str, document: bytes) -> list[str]:
    """What is wrong with the feed that lies at `path`, by its format."""
    name = path.rpartition("/")[2]
    if name.startswith("atom"):
        return atom_problems(document)
    return rss_problems(document) if name.startswith("rss") else json_problems(document)


def read(document: bytes) -> Any:
    """An Atom or RSS feed as feedparser reads it, its HTML as it stands; it must be well-formed."""
    found = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.get("bozo_exception")
    return found
