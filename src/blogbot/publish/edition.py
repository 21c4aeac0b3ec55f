"""What made a file: the code and the libraries of this blogbot, so that a new version of any of it writes all anew."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_PARTS = ("i18n*", "ical/**/*", "locales/**/*", "model/**/*", "publish/**/*", "text/**/*")
_ENDINGS = (".py", ".html", ".css", ".js", ".ico", ".po")
_LIBRARIES = ("Babel", "feedgen", "icalendar", "lxml", "nh3", "python-dateutil", "tzdata")


@cache
def edition(*parts: str) -> str:
    """Differs between versions of whatever makes feeds and calendars, and of further `parts` of the package, so that nobody
    has to think of it."""
    names = (place for part in (*_PARTS, *parts) for place in sorted(_PACKAGE.glob(part)) if place.suffix in _ENDINGS)
    found = hashlib.blake2b(digest_size=12)
    for place in names:
        found.update(place.read_bytes())
    for library in _LIBRARIES:
        found.update(f"{library} {version(library)}".encode())
    return found.hexdigest()
