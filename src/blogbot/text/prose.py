"""Plain words: made safe, cut short, turned into slugs and search terms. Knows nothing of HTML."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

# Letters that do not come apart into a base letter and an accent, so that NFKD leaves them whole.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i"}
)
_FOREIGN = re.compile("[^\x00-\x7f]+")
_APOSTROPHES = str.maketrans("", "", "'’ʼ")
_ENDS = ".!?。！？…"
_MARKS_IN_A_ROW = 30  # UAX 15, Stream-Safe Text Format; longer runs make normalisation quadratic


def _unwanted() -> dict[int, str | None]:
    controls = {n: None for n in (*range(0x20), *range(0x7F, 0xA0)) if n not in (0x09, 0x0A)}
    surrogates = dict.fromkeys(range(0xD800, 0xE000))
    non_characters = dict.fromkeys(
        (*range(0xFDD0, 0xFDF0), *(p << 16 | n for p in range(17) for n in (0xFFFE, 0xFFFF)))
    )
    return {**controls, **surrogates, **non_characters}


_UNWANTED = _unwanted()
# Sets that the engine looks up at once; what lies above them is rare, and then looked at one by one.
_SUSPECT_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|[\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    r"""`text` as every format can carry it, in Unicode's normal form C.

    Control characters (all but "\n" and "\t"), lone surrogates and non-characters are removed; "\r\n" and "\r" become "\n".
    """
    # Nearly every text is clean already, and looking is much quicker than translating.
    if (_SUSPECT_ASCII if text.isascii() else _SUSPECT).search(text):
        text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWANTED)
    return text if text.isascii() else unicodedata.normalize("NFC", _bounded_marks(text))


def _bounded_marks(text: str) -> str:
    """`text` with at most 30 combining marks after any letter."""
    run = re.compile(rf"((?:{_marks()}){{{_MARKS_IN_A_ROW}}})(?:{_marks()})+")
    return run.sub(r"\1", text)


# At the end of a word, as in C++ and F#, or a point at its beginning, as in .NET; elsewhere they part words.
_SIGNS = re.compile(r"(?<=[^\W_])[+#]{1,3}(?![\w+#])|(?<![\w.])\.(?=[^\W_])")
_SAID = {"+": "plus", "#": "sharp", ".": "dot"}


def slug(text: str, limit: int = 60) -> str:
    """A name for addresses and commands: `[a-z0-9-]`, 1 to `limit` characters, no "-" at either end.

    Where letters are lost because ASCII has none for them, a part of a hash stands in, so that two names that differ only
    there stay apart; a text without any letter or digit becomes "x-" and 8 hex digits.
    """
    text = clean(text)[:10_000]
    folded = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS).translate(_APOSTROPHES))
    parts = re.findall(r"[a-z0-9]+", "".join(c for c in folded if not unicodedata.combining(c)))
    lossy = any(c.isalnum() and not c.isascii() for c in folded)
    digest = hashlib.sha256(text.strip().casefold().encode()).hexdigest()[:8]
    if not parts:
        return f"x-{digest}"[:limit].rstrip("-")
    if lossy and limit > len(digest) + 2:
        return f"{_shortened(parts, limit - len(digest) - 1)}-{digest}"
    return _shortened(parts, limit)


def tag_slug(name: str) -> str:
    """The slug of a topic. Signs that tell one topic from another are said in letters: C++, C# and C are three, and so are .NET and net."""
    return slug(_SIGNS.sub(lambda found: "".join(f" {_SAID[sign]} " for sign in found[0]), name))


def _shortened(parts: list[str], limit: int) -> str:
    """The first of `parts` that fit in `limit`, joined by "-"; a first part that is too long by itself is cut."""
    kept = parts[0][:limit]
    for part in parts[1:]:
        if len(kept) + 1 + len(part) > limit:
            break
        kept = f"{kept}-{part}"
    return kept


def words(text: str) -> list[str]:
    """The words of `text` in lower case, in order: runs of letters and digits of any script, with their marks."""
    text = text.lower()
    if text.isascii():
        return re.findall(r"[a-z0-9]+", text)
    return _word().findall(unicodedata.normalize("NFC", _bounded_marks(text)))


def folded(text: str) -> str:
    """The words of `text` without case and accents, with a blank between: two spellings of a word become one."""
    bare = _FOREIGN.sub(_without_marks, unicodedata.normalize("NFKD", _bounded_marks(text)))
    # Which sigma a lower-case word ends in depends on the words around it; so all of them are one.
    return " ".join(words(bare)).replace("ς", "σ")


def mentioned(text: str, phrases: Iterable[str]) -> list[str]:
    """Those of `phrases` (words, or several in a row) that stand in `text` as whole words."""
    among = f" {folded(text)} "
    return [phrase for phrase in phrases if (wanted := folded(phrase)) and f" {wanted} " in among]


def _without_marks(found: re.Match[str]) -> str:
    return "".join(letter for letter in found[0] if not unicodedata.combining(letter))


@cache
def _marks() -> str:
    """A regular expression's class of combining marks, which `re` does not count as part of a word."""
    marks = (chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n)).startswith("M"))
    return f"[{''.join(marks)}]"


@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"[^\W_](?:[^\W_]|{_marks()})*")


def excerpt(text: str, limit: int = 280) -> str:
    """The beginning of a plain text on one line, at most `limit` characters, ending in "…" where something was left out.

    It ends after a sentence where one ends in its last third, else after a word.
    """
    text = " ".join(text[: limit * 20].split())
    if len(text) <= limit:
        return text
    head = text[: max(limit - 2, 0)]
    sentence = max(head.rfind(f"{end} ") for end in _ENDS)
    if sentence >= limit * 2 // 3:
        return f"{head[: sentence + 1]} …"
    return f"{_at_a_word(text, max(limit - 1, 0))}…"


def _at_a_word(text: str, limit: int) -> str:
    """The first words of `text` within `limit` characters, without the punctuation after the last."""
    if text[limit : limit + 1] in ("", " "):
        return text[:limit].rstrip(" ,;:–—-")
    head = text[:limit]
    space = head.rfind(" ")
    if space < limit // 2:  # one long word, or a script without spaces: not between a letter and its marks
        while head and unicodedata.combining(text[len(head)]):
            head = head[:-1]
        return head
    return head[:space].rstrip(" ,;:–—-")
