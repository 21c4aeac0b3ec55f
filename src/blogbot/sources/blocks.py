"""A page as a flat run of blocks: headings, paragraphs, lists, each with its text, its HTML and its links.

Both forms of a saved page, text and HTML, become the same blocks, so that one reader understands both. It must not know
what the headings mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from blogbot.errors import SourceError

MAX_BLOCKS = 20_000

_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "head", "nav", "footer", "button", "select", "input", "textarea", "svg",
    "iframe", "object", "canvas", "dialog",
})  # fmt: skip
_CONTAINERS = frozenset({
    "html", "body", "main", "article", "section", "div", "aside", "header", "hgroup", "center", "details", "summary",
    "form", "fieldset", "figure", "table", "thead", "tbody", "tr", "td", "th", "dl", "dt", "dd",
})  # fmt: skip
_WHOLE = frozenset(["p", "ul", "ol", "blockquote", "pre", "address"])
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = (*_HEADINGS, *sorted(_WHOLE | _CONTAINERS))
_BOLD = 7
_END = "\0"  # stands on the stack where a container ends; no parsed text holds it
_VOID = frozenset({"img", "hr"})


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads and what it says."""

    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `level` is 1 to 6 for a heading, 7 for a line that is all bold, 0 otherwise; `main` tells that it stands
    in the page's <main> or <article>. `lines` are its text line by line, a list's items each on one."""

    lines: tuple[str, ...]
    html: str
    level: int = 0
    links: tuple[Link, ...] = ()
    main: bool = False
    items: bool = False

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def of_text(text: str) -> list[Block]:
    """The blocks of plain text: paragraphs between blank lines."""
    found = []
    for raw in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.strip()):
        lines = tuple(line for line in (" ".join(each.split()) for each in raw.split("\n")) if line)
        if lines:
            found.append(Block(lines, "<p>" + "<br>".join(map(escape, lines)) + "</p>"))
        if len(found) >= MAX_BLOCKS:
            break
    return found


def tree(data: bytes, text: str, where: str) -> HtmlElement:
    """The parsed page. `text` is `data` decoded. Raises SourceError for a page without any content, or nested beyond reason."""
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise SourceError(where, f"holds no page that can be read ({len(data)} bytes)") from None
    if root.find("body") is None:
        raise SourceError(where, "has no content; save the page again")
    return root


def of_html(root: HtmlElement) -> list[Block]:
    """The blocks of a page's body, without what is not content (navigation, controls, scripts, footers)."""
    body = root.find("body")
    found: list[Block] = []
    for block in _walk(body if body is not None else root):
        found.append(block)
        if len(found) >= MAX_BLOCKS:
            break
    return found


def _walk(root: HtmlElement) -> Iterator[Block]:
    """The blocks below `root`, in order. A stack instead of recursion, because a hostile page nests deeply."""
    run = _Run()
    stack: list[tuple[HtmlElement | str, bool]] = [(root, False)]
    while stack:
        node, main = stack.pop()
        if isinstance(node, str):
            if node == _END:
                yield from run.flush()
            else:
                run.add_text(node, main)
            continue
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or tag in _SKIPPED:
            continue
        if tag in _HEADINGS or tag in _WHOLE or _is_data(node):
            yield from run.flush()
            yield from _whole(node, tag, main)
        elif tag in _CONTAINERS or next(node.iter(*_BLOCKS), None) is not None:
            yield from run.flush()
            inside = main or tag in ("main", "article")
            stack.append((_END, inside))
            for child in reversed(node):
                stack += [(child.tail or "", inside), (child, inside)]
            stack.append((node.text or "", inside))
        else:
            run.add(node, main)
    yield from run.flush()


def _is_data(node: HtmlElement) -> bool:
    """Whether `node` is a table that holds figures; without a head, or with headings in it, it lays out a page."""
    if node.tag != "table" or next(node.iter("th"), None) is None:
        return False
    return next(node.iter(*_HEADINGS), None) is None


class _Run:
    """Text and inline elements that stand between blocks: they are a paragraph of their own."""

    def __init__(self) -> None:
        self._html: list[str] = []
        self._links: list[Link] = []
        self._main = False

    def add_text(self, text: str, main: bool) -> None:
        if text.strip() or self._html:
            self._html.append(escape(text))
            self._main = main

    def add(self, node: HtmlElement, main: bool) -> None:
        self._html.append(_serialised(node))
        self._links += _links(node)
        self._main = main

    def flush(self) -> Iterator[Block]:
        html, links, self._html, self._links = "".join(self._html), self._links, [], []
        if not html.strip():
            return
        element = cast(HtmlElement, document_fromstring(f"<p>{html}</p>"))
        lines = _lines(element)
        level = _BOLD if lines and _is_bold(element) else 0
        if lines or "<img" in html:
            yield Block(lines, f"<p>{html.strip()}</p>", level, tuple(links), self._main)


def _whole(node: HtmlElement, tag: str, main: bool) -> Iterator[Block]:
    html = _serialised(node)
    lines = _lines(node)
    if lines or any(f"<{void}" in html for void in _VOID):
        level = _HEADINGS.get(tag, _BOLD if tag == "p" and lines and _is_bold(node) else 0)
        yield Block(lines, html, level, tuple(_links(node)), main, items=tag in ("ul", "ol"))


def _serialised(node: HtmlElement) -> str:
    return etree.tostring(node, encoding="unicode", method="html", with_tail=False)


def _links(node: HtmlElement) -> list[Link]:
    anchors = [node] if node.tag == "a" else node.iter("a")
    return [
        Link(href, " ".join(_content(anchor).split()))
        for anchor in anchors
        if (href := (anchor.get("href") or "").strip()) and not href.startswith("#")
    ]


def _content(node: HtmlElement) -> str:
    return "".join(cast("Iterator[str]", node.itertext()))


def _lines(node: HtmlElement) -> tuple[str, ...]:
    """The text of `node`, a new line at each <br> and each item of a list."""
    parts: list[str] = []
    for event, element in etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            if element.tag in ("br", "li"):
                parts.append("\0")
            if element.tag not in _SKIPPED:
                parts.append(element.text or "")
        elif element is not node:
            parts.append(element.tail or "")
    return tuple(line for line in (" ".join(each.split()) for each in "".join(parts).split("\0")) if line)


def _is_bold(node: HtmlElement) -> bool:
    """Whether all that `node` says is bold, on one line."""
    bold = "".join(_content(each) for each in node.iter("b", "strong") if not _within_bold(each))
    return bool(bold.strip()) and bold.split() == _content(node).split() and node.find(".//br") is None


def _within_bold(node: HtmlElement) -> bool:
    return any(parent.tag in ("b", "strong") for parent in node.iterancestors())
