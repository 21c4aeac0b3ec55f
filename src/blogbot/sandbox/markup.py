"""Telegram's HTML: a small language of its own, not the web's. Turns it into text and entities, or refuses it.

The rules are those of "HTML style" in the Bot API's formatting options: few tags, each closed, four named character
references and the numeric ones, UTF-16 offsets. Knows nothing of messages and their limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .entities import Entity, Formatted, clean, utf16_length

_SIMPLE: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS: Final = frozenset({*_SIMPLE, "a", "code", "pre", "blockquote", "tg-emoji", "tg-time"})
_SPACE: Final = " \t\r\n\v\0"
_STOPS: Final = re.compile("[<&]")
_NAME_END: Final = re.compile(f"[>{_SPACE}]")
_ATTRIBUTE_END: Final = re.compile(f"[=>/\"'{_SPACE}]")
_TOKEN: Final = re.compile("[A-Za-z0-9.-]*")
_REFERENCE: Final = re.compile("&(?:#[xX]([0-9a-fA-F]{1,8})|#([0-9]{1,8})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ADDRESS: Final = re.compile(r"(?:https?|ftp|tg|ton|tonsite)://\S+", re.IGNORECASE)
_BARE_ADDRESS: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[:/?#]\S*)?")
_PERSON: Final = re.compile(r"tg://user\?id=([0-9]{1,16})", re.IGNORECASE)

TIME_FORMAT: Final = re.compile("r|w?[dD]?[tT]?")
"""The formats of a `date_time` entity (Bot API, "Date-time entity formatting")."""

MAX_AHEAD: Final = 1098 * 86400
"""How far in the future a `<tg-time>` may lie, in seconds."""


class MarkupError(ValueError):
    """The markup cannot be parsed; the text says what is wrong and at which byte."""


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    tag: str
    attributes: dict[str, str]
    offset: int
    begin: int  # index of the first piece of text inside it


def parse_html(source: str, now: float) -> Formatted:
    """The text and entities of Telegram HTML, neither trimmed nor checked for nesting.

    `now` is the present instant in Unix seconds, by which `<tg-time>` is judged. Raises MarkupError.
    """
    if "<" not in source and "&" not in source:
        return Formatted(clean(source), [])
    return _Parser(source, now).parse()


def link_entity(url: str) -> Entity | None:
    """The entity (without offset and length) that an address makes, or None where Telegram drops it."""
    person = _PERSON.fullmatch(url)
    if person:
        user = {"id": int(person[1]), "is_bot": False, "first_name": f"User {person[1]}"}
        return {"type": "text_mention", "user": user}
    checked = checked_url(url)
    return {"type": "text_link", "url": checked} if checked else None


def checked_url(url: str) -> str:
    """The address as Telegram keeps it: with a scheme, a slash after a bare host; empty if it is none."""
    url = url.strip()
    if _BARE_ADDRESS.fullmatch(url) and "://" not in url:
        url = f"http://{url}"
    if not _ADDRESS.fullmatch(url):
        return ""
    scheme, _, rest = url.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    if not host:
        return ""
    if scheme.lower() in {"http", "https"} and "." not in host and not host.startswith(("localhost", "[")):
        return ""
    return url if len(rest) > len(host) or scheme.lower() == "tg" else f"{url}/"


class _Parser:
    """One pass over the source; `parse` may be called once."""

    def __init__(self, source: str, now: float) -> None:
        self._source = source
        self._now = now
        self._pieces: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def parse(self) -> Formatted:
        position = 0
        for_end = len(self._source)
        while position < for_end:
            stop = _STOPS.search(self._source, position)
            begin = stop.start() if stop else for_end
            self._add(self._source[position:begin])
            position = begin if stop is None else self._special(begin)
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return Formatted("".join(self._pieces), self._entities)

    def _special(self, begin: int) -> int:
        if self._source[begin] == "&":
            character, end = _reference(self._source, begin)
            self._add(character)
            return end
        return self._end_tag(begin) if self._source.startswith("</", begin) else self._start_tag(begin)

    def _add(self, piece: str) -> None:
        piece = clean(piece)
        if piece:
            self._pieces.append(piece)
            self._offset += utf16_length(piece)

    def _start_tag(self, begin: int) -> int:
        stop = _NAME_END.search(self._source, begin + 1)
        if stop is None:
            raise self._error("Unclosed start tag", begin)
        tag = self._source[begin + 1 : stop.start()].lower()
        if tag not in _TAGS:
            raise self._error(f'Unsupported start tag "{tag[:64]}"', begin)
        attributes, end = self._attributes(tag, begin, stop.start())
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._error('Tag "span" must have class "tg-spoiler"', begin)
        if tag == "tg-time":
            self._check_time(attributes, begin)
        self._open.append(_Open(tag, attributes, self._offset, len(self._pieces)))
        return end

    def _attributes(self, tag: str, begin: int, position: int) -> tuple[dict[str, str], int]:
        """Reads up to and including the tag's `>`."""
        attributes: dict[str, str] = {}
        while True:
            position = self._after_space(position)
            if self._source.startswith(">", position):
                return attributes, position + 1
            stop = _ATTRIBUTE_END.search(self._source, position)
            if stop is None:
                raise self._error(f'Unclosed start tag "{tag}"', begin)
            name = self._source[position : stop.start()]
            if not name:
                raise self._error(f'Empty attribute name in the tag "{tag}"', begin)
            position = self._after_space(stop.start())
            value = ""
            if self._source.startswith("=", position):
                value, position = self._value(tag, begin, self._after_space(position + 1))
            attributes.setdefault(name, value)

    def _value(self, tag: str, begin: int, position: int) -> tuple[str, int]:
        quote = self._source[position : position + 1]
        if quote in {'"', "'"}:
            end = self._source.find(quote, position + 1)
            if end < 0:
                raise self._error("Unclosed start tag", begin)
            return _decoded(self._source[position + 1 : end]), end + 1
        token = _TOKEN.match(self._source, position)
        end = token.end() if token else position
        if end >= len(self._source):
            raise self._error(f'Unclosed start tag "{tag}"', begin)
        if self._source[end] not in _SPACE + ">":
            raise self._error("Unexpected end of name token", position)
        return self._source[position:end].lower(), end

    def _after_space(self, position: int) -> int:
        while position < len(self._source) and self._source[position] in _SPACE:
            position += 1
        return position

    def _check_time(self, attributes: dict[str, str], begin: int) -> None:
        unix = attributes.get("unix", "")
        if not (unix.isascii() and unix.isdigit() and len(unix) < 16 and int(unix) <= self._now + MAX_AHEAD):
            raise self._error('Tag "tg-time" must have a valid attribute "unix"', begin)
        if not TIME_FORMAT.fullmatch(attributes.get("format", "")):
            raise self._error('Tag "tg-time" has an invalid attribute "format"', begin)

    def _end_tag(self, begin: int) -> int:
        if not self._open:
            raise self._error("Unexpected end tag", begin)
        stop = _NAME_END.search(self._source, begin + 2)
        position = len(self._source) if stop is None else self._after_space(stop.start())
        if not self._source.startswith(">", position):
            raise self._error("Unclosed end tag", begin)
        name = self._source[begin + 2 : stop.start() if stop else position].lower()
        opened = self._open.pop()
        if name and name != opened.tag:
            raise self._error("Unmatched end tag", begin, f', expected "</{opened.tag}>", found "</{name[:64]}>"')
        if self._offset > opened.offset:
            self._close(opened)
        return position + 1

    def _close(self, opened: _Open) -> None:
        place = {"offset": opened.offset, "length": self._offset - opened.offset}
        if opened.tag in {"pre", "code"}:
            self._close_code(opened, place)
            return
        kind = self._kind(opened)
        if kind is not None:
            self._entities.append({**kind, **place})

    def _kind(self, opened: _Open) -> Entity | None:
        tag, attributes = opened.tag, opened.attributes
        if tag in _SIMPLE:
            return {"type": _SIMPLE[tag]}
        if tag == "a":
            return link_entity(attributes.get("href", "") or "".join(self._pieces[opened.begin :]))
        if tag == "blockquote":
            return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}
        if tag == "tg-time":
            time: Entity = {"type": "date_time", "unix_time": int(attributes["unix"])}
            return time | ({"date_time_format": attributes["format"]} if attributes.get("format") else {})
        emoji = attributes.get("emoji-id", "")
        if not (emoji.isascii() and emoji.isdigit()):
            raise MarkupError("Invalid custom emoji identifier specified")
        return {"type": "custom_emoji", "custom_emoji_id": emoji}

    def _close_code(self, opened: _Open, place: Entity) -> None:
        """`<pre><code class="language-x">` is one block of code with a language, whichever of the two stands outside."""
        language = opened.attributes.get("class", "")
        language = language.removeprefix("language-") if language.startswith("language-") else ""
        last = self._entities[-1] if self._entities else {}
        twin = (last.get("offset"), last.get("length")) == (place["offset"], place["length"])
        if opened.tag == "pre" and twin and last["type"] == "code":
            last["type"] = "pre"
        elif opened.tag == "code" and twin and last["type"] == "pre":
            if language:
                last["language"] = language
        else:
            self._entities.append({"type": opened.tag, **place} | ({"language": language} if language else {}))
        if not any(tag.tag in {"pre", "code"} for tag in self._open) and self._entities[-1]["type"] == "code":
            self._entities[-1].pop("language", None)

    def _error(self, what: str, position: int, more: str = "") -> MarkupError:
        byte = len(self._source[:position].encode("utf-8", "surrogatepass"))
        return MarkupError(f"{what} at byte offset {byte}{more}")


def _reference(source: str, begin: int) -> tuple[str, int]:
    """The character that a reference stands for and where it ends; a lone `&` stands for itself."""
    match = _REFERENCE.match(source, begin)
    if match is None:
        return "&", begin + 1
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name], match.end()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "&", begin + 1
    return chr(code), match.end()


def _decoded(value: str) -> str:
    return _REFERENCE.sub(lambda match: _reference(match.group(), 0)[0], value) if "&" in value else value
