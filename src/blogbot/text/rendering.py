"""Articles as a chat and a plain text can show them: HTML of any origin becomes Telegram HTML, or lines of words."""

from __future__ import annotations

from dataclasses import dataclass, field

from blogbot.text.markup import escape, visible
from blogbot.text.page import absolute
from blogbot.text.reading import read

_INLINE = {
    **dict.fromkeys(("a", "b", "blockquote", "code", "i", "pre", "s", "u"), ""),
    **dict.fromkeys(("strong", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", "th"), "b"),
    **dict.fromkeys(("em", "cite", "dfn", "var"), "i"),
    **dict.fromkeys(("del", "strike"), "s"),
    **dict.fromkeys(("kbd", "samp", "tt"), "code"),
    "ins": "u",
}
_BLOCKS = (
    "address article aside blockquote body caption center details dl div fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr main menu nav ol p pre section table ul"
)
_BREAKS = dict.fromkeys(_BLOCKS.split(), 2) | dict.fromkeys(("br", "dd", "dt", "li", "summary", "tr"), 1)
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_ALONE = frozenset({"code", "pre"})  # Telegram: these hold no other formatting, and only a code may stand in a pre
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "tg"})
_DEEPEST_LIST = 6


@dataclass
class _Span:
    """A Telegram tag that is open: `source` is how it opens; it is written when the first text in it comes."""

    name: str
    source: str
    written: bool = False


@dataclass
class _Level:
    """A list that is open, and the number of its next item; None where items have no number."""

    number: int | None = None


@dataclass
class _Renderer:
    """Reads HTML and writes Telegram HTML. White space and breaks wait until a text follows them."""

    parts: list[str] = field(default_factory=list)
    spans: list[_Span] = field(default_factory=list)
    elements: list[_Span | None] = field(default_factory=list)
    lists: list[_Level] = field(default_factory=list)
    marker: str = ""
    separator: str = ""
    newlines: int = 0
    space: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._break(tag)
        if tag in _LISTS:
            self.lists.append(_Level(_number(attributes.get("start", "1")) if tag == "ol" else None))
        elif tag == "li":
            self._item()
        elif tag in ("td", "th"):
            self.separator = " | "
        elif tag == "q":
            self.data("“")
        span = self._span(tag, attributes)
        self.elements.append(span)
        if span:
            self.spans.append(span)

    def end(self, tag: str) -> None:
        if tag == "q":
            self.data("”")
        span = self.elements.pop() if self.elements else None
        if span:
            self._close(span)
        if tag in _LISTS and self.lists:
            self.lists.pop()
        if tag != "br":
            self._break(tag)

    def data(self, text: str) -> None:
        if self._in("pre"):
            text = text if self.spans[-1].written else text.lstrip("\n")
            if text:
                self._write(text)  # as it stands
            return
        shown = " ".join(text.split())
        if not shown:
            self.space = self.space or bool(text)
            return
        self.space = self.space or text[0].isspace()
        self._write(shown)
        self.space = text[-1].isspace()

    def _write(self, text: str) -> None:
        if self.newlines:
            self.parts.append("\n" * self.newlines if self.parts else "")
        elif self.parts:
            self.parts.append(self.separator or (" " if self.space else ""))
        self.parts.append(self.marker)
        for span in self.spans:
            if not span.written:
                span.written = True
                self.parts.append(span.source)
        self.parts.append(escape(text))
        self.newlines, self.space, self.marker, self.separator = 0, False, "", ""

    def _break(self, tag: str) -> None:
        wanted = _BREAKS.get(tag, 0)
        if tag == "br" and self.newlines == 1:
            wanted = 2
        elif wanted == 2 and (self.lists or self.marker):
            wanted = 1
        self.newlines = max(self.newlines, wanted)

    def _item(self) -> None:
        level = self.lists[-1] if self.lists else _Level()
        indent = "  " * min(max(len(self.lists) - 1, 0), _DEEPEST_LIST)
        if level.number is None:
            self.marker = f"{indent}• "
        else:
            self.marker = f"{indent}{level.number}. "
            level.number += 1

    def _span(self, tag: str, attributes: dict[str, str]) -> _Span | None:
        if tag not in _INLINE:
            return None
        name = _INLINE[tag] or tag
        if name == "code" and self.spans and self.spans[-1].name == "pre":
            return _code_in_pre(attributes.get("class", ""))
        if self._in(name) or any(self._in(alone) for alone in _ALONE):
            return None
        if name == "a":
            href = absolute(attributes.get("href", ""), "", _SCHEMES)
            return _Span(name, f'<a href="{escape(href)}">') if ":" in href else None
        return _Span(name, f"<{name}>")

    def _in(self, name: str) -> bool:
        return any(span.name == name for span in self.spans)

    def _close(self, span: _Span) -> None:
        """Closes `span`; it is the innermost, since every reader is given its ends in order."""
        self.spans.remove(span)
        if not span.written:
            return
        if span.name == "pre" or self._in("pre"):
            self.parts[-1] = self.parts[-1].rstrip()
        self.parts.append(f"</{span.name}>")


def _code_in_pre(css: str) -> _Span | None:
    """The code of a listing, where it says its language; without one, the listing needs no second tag."""
    language = next((name for name in css.split() if name.startswith("language-")), "")
    return _Span("code", f'<code class="{escape(language)}">') if language else None


def _number(start: str) -> int:
    return int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1


def telegram_html(html: str) -> str:
    """An article's HTML as Telegram takes it (Bot API, "HTML style").

    Kept are bold, italic, underlined, struck out, code, quotations and links with an address of their own. Headings become
    bold, list items begin with "• " or their number, cells stand apart by "|"; images are dropped. Blocks are apart by a
    blank line. Any HTML is taken; the length is not bounded (see `cut` and `split`).
    """
    return "".join(read(html, _Renderer).parts).strip()


def plain(html: str) -> str:
    """An article's HTML as plain text: the same lines as in `telegram_html`, without any markup."""
    return visible(telegram_html(html))
