"""Compressed or not (RFC 9110, section 12.5.3): which of the forms that are there a reader gets.

Pure. How they are made is known to `blogbot.publish.coding`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from blogbot.publish.coding import ENDINGS, WORTH_IT, encode

PLAIN = ""

_LONGEST = 256
"""Characters of a header that are heeded. What it came to is remembered, and a stranger may send a header of any length."""

_WEIGHED = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?", re.IGNORECASE)


def weights(said: str) -> Mapping[str, float]:
    """The names in a header with their q-values, lower-case; what cannot be read is passed over, and so is what comes late."""
    return _weights(said[:_LONGEST])


def choose(said: str, there: frozenset[str]) -> str:
    """The coding among `there` that a reader gets who sent this Accept-Encoding; PLAIN where none is wanted.

    What is refused altogether is sent plain all the same: a feed that can be read after all beats an error.
    """
    return _choose(said[:_LONGEST], there)


@lru_cache(512)
def _weights(said: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for each in said.split(","):
        read = _WEIGHED.fullmatch(each.strip())
        if read:
            found[read.group(1).lower()] = float(read.group(2) or 1)
    return MappingProxyType(found)


@lru_cache(512)
def _choose(said: str, there: frozenset[str]) -> str:
    wanted = _weights(said)
    rest = wanted.get("*", 0.0)
    # Who names a coding prefers it to none, but for one that is weighed as less than plain.
    best, most = PLAIN, wanted.get("identity", 0.0)
    for coding in ENDINGS:
        weight = wanted.get(coding, wanted.get(f"x-{coding}", rest))
        if coding in there and weight > 0 and (weight > most or (best == PLAIN and weight == most)):
            best, most = coding, weight
    return best


def compress(content: bytes, *, quick: bool = False) -> dict[str, bytes]:
    """`content` plain and in each coding that makes it smaller; `quick` where it will soon be another."""
    forms = {PLAIN: content}
    if len(content) >= WORTH_IT:
        forms |= {coding: encode(content, coding, quick=quick) for coding in ENDINGS}
    return {coding: form for coding, form in forms.items() if coding == PLAIN or len(form) < len(content)}
