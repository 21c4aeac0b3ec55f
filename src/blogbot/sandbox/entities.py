"""Text and its entities as Telegram keeps them: cleaned, trimmed, nested properly, with what it finds by itself.

Offsets and lengths are UTF-16 code units, as everywhere in the Bot API. Knows nothing of markup or messages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any, NamedTuple

Entity = dict[str, Any]

QUOTES = frozenset({"blockquote", "expandable_blockquote"})
ALONE = frozenset({"pre", "code"})
"""Entities that hold no others (Bot API, "Formatting options")."""

MAX_TEXT = 4096
"""The longest text of a message, in UTF-16 code units."""

MAX_ENTITIES = 100
"""Telegram keeps no more of a message and drops the rest in silence."""

_SPACE = " \n"
_CONTROLS = {code: " " for code in range(32) if code != 10} | {13: None}
_CONTROLS |= dict.fromkeys(range(0x2028, 0x202F), None)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\u2028-\u202e]")

_RANKS = (
    {"expandable_blockquote", "blockquote"},
    {"pre", "code"},
    {"text_link", "text_mention"},
    {"mention", "hashtag", "bot_command", "url", "email"},
    {"bold"},
    {"italic"},
    {"underline"},
    {"strikethrough"},
    {"spoiler"},
    {"date_time"},
    {"custom_emoji"},
)
_ORDER = {kind: rank for rank, kinds in enumerate(_RANKS) for kind in kinds}
"""Which of two entities over the same text comes first."""


class Formatted(NamedTuple):
    """A text and its entities, in order."""

    text: str
    entities: list[Entity]


def utf16_length(text: str) -> int:
    """How many UTF-16 code units the text takes."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text without what Telegram takes out: control characters become spaces, line and direction marks go."""
    return text.translate(_CONTROLS) if _CONTROL.search(text) else text


def blank(text: str) -> str:
    """The text with a space for each character that `clean` changes, so that given offsets stay right."""
    return _CONTROL.sub(" ", text)


def finish(text: str, entities: Iterable[Entity]) -> Formatted:
    """Trims the text, nests its entities and adds those that Telegram finds by itself, unless it is too long to be sent."""
    trimmed, kept = _trim(text, _solid(text, _nested(list(entities))[:MAX_ENTITIES]))
    found = _free(detect(trimmed), kept) if len(trimmed) <= MAX_TEXT else []
    return Formatted(trimmed, sorted([*kept, *found], key=_position) if found else kept)


def _position(entity: Entity) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], _ORDER.get(entity["type"], len(_RANKS))


def _end(entity: Entity) -> int:
    return int(entity["offset"]) + int(entity["length"])


def _trim(text: str, entities: list[Entity]) -> Formatted:
    """Takes outer white space away; white space at the front stays where an entity begins in it."""
    trimmed = text.rstrip(_SPACE)
    first = entities[0]["offset"] if entities else len(trimmed)
    front = min(len(trimmed) - len(trimmed.lstrip(_SPACE)), first)
    if not front:
        return Formatted(trimmed, entities)
    return Formatted(trimmed[front:], [{**entity, "offset": entity["offset"] - front} for entity in entities])


def _solid(text: str, entities: list[Entity]) -> list[Entity]:
    """The entities without white space at their ends, and without those that cover nothing else."""
    if not entities:
        return entities
    ruler = Ruler(text)
    solid = []
    for entity in entities:
        part = ruler.part(entity["offset"], _end(entity))
        spare = len(part) - len(part.rstrip(_SPACE))
        if spare < len(part):
            solid.append({**entity, "length": entity["length"] - spare} if spare else entity)
    return solid


def _nested(entities: list[Entity]) -> list[Entity]:
    """The entities in order, without those that may not stand inside another or that cross one."""
    entities.sort(key=_position)
    kept: list[Entity] = []
    open_ones: list[Entity] = []
    for entity in entities:
        while open_ones and _end(open_ones[-1]) <= entity["offset"]:
            open_ones.pop()
        if any(_excludes(outer, entity) for outer in open_ones):
            continue
        kept.append(entity)
        open_ones.append(entity)
    return kept


def _excludes(outer: Entity, inner: Entity) -> bool:
    if outer["type"] in ALONE or _end(inner) > _end(outer):
        return True
    if outer["type"] in QUOTES and inner["type"] in QUOTES:
        return True
    return outer["type"] == inner["type"] or (inner["type"] in ALONE and outer["type"] not in QUOTES)


class Ruler:
    """Turns UTF-16 offsets of one text into places in the Python string."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._units = None if text.isascii() else list(accumulate((1 + (c > "\uffff") for c in text), initial=0))

    def index(self, offset: int) -> int:
        """The character at a UTF-16 offset; inside a surrogate pair, the pair's character."""
        return offset if self._units is None else bisect_right(self._units, offset) - 1

    def offset(self, index: int) -> int:
        """The UTF-16 offset of a character."""
        return index if self._units is None else self._units[index]

    def part(self, begin: int, end: int) -> str:
        """The text between two UTF-16 offsets."""
        return self.text[self.index(begin) : self.index(end)]


# What Telegram finds in plain text. The quick look keeps most messages away from the slower patterns.
_QUICK = re.compile(r"[/@#]|\.[a-z]{2}", re.IGNORECASE)
_TOP_LEVEL = (
    "com|org|net|edu|gov|info|io|dev|app|blog|me|co|uk|us|eu|de|fr|es|it|nl|ru|be|at|ch|ca|au|nz|ie|in|jp|cn|tv"
)
_PATTERNS = (
    ("email", re.compile(r"(?<![\w.@+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+\b")),
    ("url", re.compile(r"(?<![\w@])(?:https?|ftp|tonsite|ton)://[^\s<>\"«»]+", re.IGNORECASE)),
    (
        "url",
        re.compile(
            rf"(?<![\w@./:-])(?:[\w-]+\.)+(?:{_TOP_LEVEL})(?![\w-])(?::\d+)?(?:[/?#][^\s<>\"«»]*)?", re.IGNORECASE
        ),
    ),
    ("bot_command", re.compile(r"(?<![\w/<>@.])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")),
    ("mention", re.compile(r"(?<![\w/@.])@[A-Za-z0-9_]{3,32}(?![\w@])")),
    ("hashtag", re.compile(r"(?<![\w#@&])#(?=\w*[^\W\d])\w{1,256}(?![\w#])")),
)


def detect(text: str) -> list[Entity]:
    """The commands, addresses, mentions and topics that Telegram marks in a plain text, in order."""
    if not _QUICK.search(text):
        return []
    ruler = Ruler(text)
    found: list[Entity] = []
    for kind, begin, end in _matches(text):
        offset, limit = ruler.offset(begin), ruler.offset(end)
        if not any(entity["offset"] < limit and offset < _end(entity) for entity in found):
            found.append({"type": kind, "offset": offset, "length": limit - offset})
        if len(found) == MAX_ENTITIES:
            break
    return sorted(found, key=_position)


def _matches(text: str) -> Iterator[tuple[str, int, int]]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            part = match.group()
            if kind == "url":
                part = part.rstrip(".,:;!?'\")]}…")
            yield kind, match.start(), match.start() + len(part)


def _free(found: list[Entity], kept: list[Entity]) -> list[Entity]:
    """Those of the found entities that neither stand in code or a link, nor cross what the bot marked itself."""
    return [entity for entity in found if not any(_forbids(other, entity) for other in kept)]


def _forbids(other: Entity, found: Entity) -> bool:
    begin, end = found["offset"], _end(found)
    if other["offset"] >= end or begin >= _end(other):
        return False
    if other["type"] in ALONE or other["type"] in {"text_link", "text_mention", "custom_emoji", "date_time"}:
        return True
    inside = other["offset"] <= begin and end <= _end(other)
    around = begin <= other["offset"] and _end(other) <= end
    return not (inside or around)
