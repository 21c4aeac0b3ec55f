"""Which files of the tree are topics, of which a WebSub hub tells: the feeds that people follow.

Archives are none, for they stay as they are, and calendars are none, for no calendar app asks for that. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from blogbot.publish import atom, jsonfeed, rss

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        module.FILE: f"{module.MEDIA_TYPE}; charset=utf-8"  # RFC 4287, JSON Feed 1.1
        for module in (atom, rss, jsonfeed)
    }
)
"""The formats of feeds by their files' own names, each with what it is served as."""


def media_type(path: str) -> str:
    """What the topic at `path` is served as; "" where it is none."""
    return MEDIA_TYPES.get(path.rpartition("/")[2], "")


def digest_of(content: bytes) -> str:
    """What stands for what a file holds."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()
