"""Compressed forms of what is served: the names of codings (RFC 9110, section 8.4.1), the files that hold them, how they are made.

Pure. It knows neither what it compresses, nor who wants it.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from types import MappingProxyType

import brotli

BROTLI = "br"
GZIP = "gzip"

ENDINGS: Mapping[str, str] = MappingProxyType({BROTLI: ".br", GZIP: ".gz"})
"""Each coding with the ending of the files that hold it, the smallest first."""

WORTH_IT = 500
"""Bytes below which a compressed form saves no packet."""

_LEVELS: Mapping[str, int] = MappingProxyType({BROTLI: 5, GZIP: 6})
# What changes often is compressed as often: less than half the time of the usual levels, for about a tenth more in size.
_QUICK_LEVELS: Mapping[str, int] = MappingProxyType({BROTLI: 3, GZIP: 4})
_WINDOWS = range(16, 21)


def encode(content: bytes, coding: str, *, quick: bool = False) -> bytes:
    """`content` in one coding, always in the same bytes; as it is where the coding is none of these."""
    level = (_QUICK_LEVELS if quick else _LEVELS).get(coding, 0)
    if coding == BROTLI:
        # A window as long as the content holds as much as any, and takes memory for no more.
        window = min(max(len(content).bit_length(), _WINDOWS[0]), _WINDOWS[-1])
        return bytes(brotli.compress(content, quality=level, lgwin=window))
    return gzip.compress(content, level, mtime=0) if coding == GZIP else content
