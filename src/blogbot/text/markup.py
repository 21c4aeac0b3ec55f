"""Telegram's HTML: escaped, measured, and cut without breaking it.

Telegram counts UTF-16 code units after its tags and entities are taken out (Bot API, "Formatting options" and
sendMessage). What is read here is our own markup, so a small scanner does; still, any string gives well-formed markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

LIMIT = 4096
"""UTF-16 code units of a message's text, once its entities are parsed."""

ELLIPSIS = "…"

_ATTRIBUTES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "pre"), frozenset()),
    "a": frozenset({"href"}),
    "blockquote": frozenset({"expandable"}),
    "code": frozenset({"class"}),
    "span": frozenset({"class"}),
    "tg-emoji": frozenset({"emoji-id"}),
    "tg-time": frozenset({"unix", "format"}),
}
_WHOLE = frozenset({"tg-emoji", "tg-time"})  # half of one would say something else


@dataclass(frozen=True, slots=True)
class _Token:
    """A text as people see it, or a tag: one that opens has its source in `opens`, one that closes has its name only.

    An element that must stay whole is one token with both, a text and its tag.
    """

    text: str = ""
    name: str = ""
    opens: str = ""

    @property
    def closes(self) -> bool:
        return bool(self.name) and not self.opens

    def __str__(self) -> str:
        if not self.name:
            return escape(self.text)
        if self.text:
            return f"{self.opens}{escape(self.text)}</{self.name}>"
        return self.opens or f"</{self.name}>"


def escape(text: str) -> str:
    """`text` as it stands in Telegram HTML, in an element or in an attribute's value."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def utf16_length(text: str) -> int:
    """How long Telegram says that `text` is: in UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(c > "\uffff" for c in text)


def visible(html: str) -> str:
    """The text that people see of Telegram HTML."""
    return "".join(token.text for token in _tokens(html))


def cut(html: str, limit: int = LIMIT) -> str:
    """Telegram HTML of which people see at most `limit` UTF-16 code units, with "…" where something was left out.

    It ends after a line or a word where that costs little. The tags that are open there are closed; no tag, entity or
    surrogate pair is cut through. What is not Telegram's markup is shown as the text it is.
    """
    tokens = _balanced(_beginning(_tokens(html), limit))
    if sum(utf16_length(token.text) for token in tokens) <= limit:
        return _written(tokens)
    if limit < 1:
        return ""
    head = next(_pieces(tokens, limit - 1))
    end = next((at for at in range(len(head), 0, -1) if not head[at - 1].closes), 0)
    if end and not head[end - 1].name:
        head[end - 1] = _Token(text=head[end - 1].text.rstrip())
    return _written([*head[:end], _Token(text=ELLIPSIS), *head[end:]])


def split(html: str, limit: int = LIMIT) -> list[str]:
    """Telegram HTML in pieces of which people see at most `limit` UTF-16 code units each, in order; none is blank.

    Nothing but white space is lost. Pieces end at blank lines, lines or words where they can; tags are closed at a piece's
    end and opened again in the next. A `limit` under 2 is taken for 2, since one character may need both.
    """
    pieces = _pieces(_balanced(_tokens(html)), max(limit, 2))
    return [_written(piece) for piece in pieces if any(not token.text.isspace() for token in piece if token.text)]


def _pieces(tokens: Iterable[_Token], limit: int) -> Iterator[list[_Token]]:
    """The tokens in balanced lists that show at most `limit` units each; only the first may be empty."""
    opened: list[_Token] = []
    piece: list[_Token] = []
    room = limit

    def closed() -> list[_Token]:
        return _without_empty([*piece, *(_Token(name=tag.name) for tag in reversed(opened))])

    for token in tokens:
        if not token.text:
            if token.opens:
                opened.append(token)
            else:
                opened.pop()
            piece.append(token)
            continue
        at = 0
        while at < len(token.text):
            # A space alone is no piece: it takes along what it can, or it would be lost. What stays whole goes before it.
            alone = not token.name and not any(each.text.strip() for each in piece)
            taken = _fitting(token, at, room, fresh=room == limit or alone)
            if taken:
                piece.append(token if taken == len(token.text) else _Token(text=token.text[at : at + taken]))
                room -= utf16_length(token.text[at : at + taken])
                at += taken
            if at < len(token.text):
                yield closed()
                piece, room = list(opened), max(limit, 2)
    yield closed()


def _fitting(token: _Token, start: int, room: int, *, fresh: bool) -> int:
    """How many characters of the token's text, from `start`, go into a piece with so much room; `fresh` if it is empty."""
    text = token.text[start : start + room + 1]
    most = _characters(text, room)
    if start + most == len(token.text):
        return most
    if token.name and not fresh:
        return 0
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, most // 2, most + 1)
        if at >= 0:
            return min(at + len(mark), most)
    return most if fresh or start or " " in text[:most] else 0


def _characters(text: str, units: int) -> int:
    """How many characters of `text` fit in so many UTF-16 code units."""
    if text.isascii():
        return min(units, len(text))
    for index, character in enumerate(text):
        units -= 2 if character > "\uffff" else 1
        if units < 0:
            return index
    return len(text)


def _beginning(tokens: Iterable[_Token], limit: int) -> Iterator[_Token]:
    """The first tokens, up to and with the one whose text goes past `limit` UTF-16 code units."""
    for token in tokens:
        yield token
        limit -= utf16_length(token.text)
        if limit < 0:
            return


def _balanced(tokens: Iterable[_Token]) -> list[_Token]:
    """The tokens with each tag closed in its order, each name open once at a time, and no empty element."""
    stack: list[tuple[str, bool]] = []
    out: list[_Token] = []
    count: Counter[str] = Counter()
    for token in tokens:
        if token.opens:
            written = not count[token.name]
            stack.append((token.name, written))
            count[token.name] += 1
            if written:
                out.append(token)
        elif not token.name:
            out.append(token)
        elif count[token.name]:
            out.extend(_closed(stack, count, token.name))
    while stack:
        out.extend(_closed(stack, count, stack[-1][0]))
    return _with_wholes(_without_empty(out))


def _closed(stack: list[tuple[str, bool]], count: Counter[str], until: str) -> Iterator[_Token]:
    """Closes what is open, up to and with the innermost `until`."""
    name = ""
    while name != until:
        name, written = stack.pop()
        count[name] -= 1
        if written:
            yield _Token(name=name)


def _without_empty(tokens: list[_Token]) -> list[_Token]:
    out: list[_Token] = []
    for token in tokens:
        if token.closes and out and out[-1].opens and not out[-1].text:
            out.pop()
        else:
            out.append(token)
    return out


def _with_wholes(tokens: list[_Token]) -> list[_Token]:
    """The tokens with each element that must stay whole as one token; what is marked up inside it becomes plain."""
    out: list[_Token] = []
    whole: _Token | None = None
    text: list[str] = []
    for token in tokens:
        if whole is None and token.opens and token.name in _WHOLE:
            whole, text = token, []
        elif whole is None:
            out.append(token)
        elif token.closes and token.name == whole.name:
            out.append(_Token(text="".join(text), name=whole.name, opens=whole.opens))
            whole = None
        else:
            text.append(token.text)
    return out


def _written(tokens: Iterable[_Token]) -> str:
    return "".join(map(str, tokens))


def _tokens(html: str) -> Iterator[_Token]:
    """Reads Telegram HTML from left to right, once. What is no known tag is text, but for unknown tags, which are skipped."""
    text_from = at = 0
    while (at := html.find("<", at)) >= 0:
        end = _tag_end(html, at)
        if end < 0:
            break
        if end == 0:
            at += 1
            continue
        if at > text_from:
            yield _Token(text=unescape(html[text_from:at]))
        token = _tag(html[at + 1 : end])
        if token:
            yield token
        text_from = at = end + 1
    if text_from < len(html):
        yield _Token(text=unescape(html[text_from:]))


def _tag_end(html: str, at: int) -> int:
    """Where the tag that begins at `at` has its ">"; 0 where none begins there, -1 where one never ends."""
    first = html[at + 1 : at + 3].removeprefix("/")[:1]
    if not (first.isascii() and first.isalpha()):
        return 0
    end = html.find(">", at)
    quote = html.find('"', at, end)
    while 0 <= quote < end:
        closing = html.find('"', quote + 1)
        if closing < 0:
            return -1
        if closing > end:
            end = html.find(">", closing)
        quote = html.find('"', closing + 1, end)
    return end


def _tag(source: str) -> _Token | None:
    """The token of a tag's inside, such as `a href="..."` or `/b`; None where Telegram knows no such tag."""
    name, _, rest = source.removeprefix("/").partition(" ")
    name = name.strip().lower()
    if name not in _ATTRIBUTES:
        return None
    if source.startswith("/"):
        return _Token(name=name)
    pairs = (pair for pair in _attributes(rest) if pair[0] in _ATTRIBUTES[name])
    shown = "".join(f" {key}" if value is None else f' {key}="{escape(value)}"' for key, value in pairs)
    return _Token(name=name, opens=f"<{name}{shown}>")


def _attributes(source: str) -> Iterator[tuple[str, str | None]]:
    """Names and values of attributes; values are in double quotes, as we write them, or missing (None)."""
    rest = source.strip()
    while rest:
        name, quote, after = rest.partition('"')
        if not quote:
            yield from ((word.lower(), None) for word in name.split())
            return
        *bare, named = name.rstrip().removesuffix("=").split() or [""]
        yield from ((word.lower(), None) for word in bare)
        value, _, rest = after.partition('"')
        yield named.lower(), unescape(value)
