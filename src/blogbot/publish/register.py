"""What was published: how each post stood, what each channel showed, and each file as it was written.

By it the next publishing knows what has changed since, and which files are as it left them. It is kept as JSON beside the
feeds. It does not know how it comes to the disk.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from blogbot.model import Stamp
from blogbot.publish.channel import Channel

MANIFEST = ".blogbot.json"

PATH = re.compile(
    r"(?:(?:tags|authors)/[a-z0-9]+(?:-[a-z0-9]+)*/(?:summary/)?|summary/|events/(?:summary/)?|archive/)?[a-z]+(?:-[0-9]+)?\.(?:xml|json|ics|opml|html|css|js|ico)"
)
"""What the path of a file of ours looks like."""

_KEY = re.compile(r"|events/|(?:tags|authors)/[a-z0-9]+(?:-[a-z0-9]+)*/|archive/[0-9]+|sitemap/[0-9]*")


class Kept(NamedTuple):
    """A file as it was written. `modified` is its time on the disk, in nanoseconds."""

    size: int
    modified: int

    @classmethod
    def of(cls, found: os.stat_result) -> Kept:
        return cls(found.st_size, found.st_mtime_ns)


@dataclass(slots=True)
class Register:
    """`files` has None for one that may have been begun. `site` and `made` name the settings and the code that it was made by."""

    site: str = ""
    made: str = ""
    dates: str = ""
    stamps: Mapping[int, Stamp] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, Kept | None] = field(default_factory=dict)


def dump(register: Register) -> bytes:
    document = {
        "files": {path: register.files[path] for path in sorted(register.files)},
        "site": register.site,
        "made": register.made,
        "dates": register.dates,
        "stamps": [list(register.stamps), *zip(*register.stamps.values(), strict=True)] if register.stamps else [],
        "channels": {
            key: [one.name, one.total, one.events, int(one.updated.timestamp()), one.ids]
            for key, one in register.channels.items()
        },
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def load(written: bytes) -> Register:
    """What `dump` wrote. Of what cannot be understood only the files are known, or nothing: then all is published anew."""
    with suppress(ValueError, TypeError, LookupError, RecursionError, OverflowError):
        document = json.loads(written)
        files = _files(document["files"])
        with suppress(ValueError, TypeError, LookupError, OverflowError, AttributeError):
            return _whole(document, files)
        return Register(files=dict.fromkeys(files))
    return Register()


def _files(listed: Any) -> dict[str, Kept | None]:
    """From an object, or from a list of paths, as it was once written."""
    known = listed if isinstance(listed, dict) else dict.fromkeys(path for path in listed if isinstance(path, str))
    return {path: kept and Kept(*map(int, kept)) for path, kept in known.items() if PATH.fullmatch(path)}


def _whole(document: Any, files: dict[str, Kept | None]) -> Register:
    ids, revisions, kins = document["stamps"] or ((), (), ())
    return Register(
        site=str(document["site"]),
        made=str(document["made"]),
        dates=str(document["dates"]),
        stamps=dict(zip(ids, zip(revisions, kins, strict=True), strict=True)),
        channels={
            key: Channel(
                key, str(name), tuple(map(int, shown)), int(total), int(events), datetime.fromtimestamp(at, UTC)
            )
            for key, (name, total, events, at, shown) in document["channels"].items()
            if _KEY.fullmatch(key)
        },
        files=files,
    )
