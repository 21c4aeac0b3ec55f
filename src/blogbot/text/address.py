"""Addresses: in one form, so that two spellings of one article's are equal, and as they may be shown."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

_TRACKERS = frozenset({"fbclid", "gclid", "mc_cid", "mc_eid", "ref", "source"})
_LONGEST = 4096
_LONGEST_LABEL = 63


def shown(location: str) -> str:
    """`location` as errors and logs may show it: an address without user, password and query, which may be secrets.

    A path stays as it is. Of an address that cannot be taken apart and may hold a secret, only the scheme is left.
    """
    if not re.match(r"(?:[a-z][a-z0-9+.-]*:)?//", location, re.IGNORECASE):
        return location
    try:
        parts = urlsplit(location)
        _ = parts.port  # a password with a slash in it looks like a port that is none
    except ValueError:
        return location if not re.search("[@?#]", location) else f"{location.partition('//')[0]}//…"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def address_key(url_or_slug: str) -> str:
    """A form under which two addresses of one article are equal; for comparing only, never for opening.

    Left out are the scheme, `www.`, default ports, the fragment, what trackers add to the query (`utm_*` and their like),
    an index page's name, `.html` and slashes at the ends; the host is in lower case, a name in another script as people
    write it. "" for a text that holds no address.
    """
    text = url_or_slug.strip()[:_LONGEST]
    try:
        parts = urlsplit(text)
        host = ".".join(map(_label, (parts.hostname or "").removeprefix("www.").rstrip(".").split(".")))
        port = parts.port
    except ValueError:
        return text.lower()
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    return "/".join(part for part in (host, _path(parts.path)) if part) + _query(parts.query)


def _label(label: str) -> str:
    """A part of a host's name; as people write it where it is one that browsers write as "xn--mnchen-3ya" (RFC 3492)."""
    if label.startswith("xn--") and len(label) <= _LONGEST_LABEL:
        with suppress(UnicodeError):
            label = label[4:].encode("ascii").decode("punycode")
    return label if label.isascii() else unicodedata.normalize("NFC", label)


def _path(path: str) -> str:
    path = re.sub("/{2,}", "/", unquote(path)).strip("/")
    folder, _, name = path.rpartition("/")
    name = re.sub(r"\.(?:html?|php)$", "", name, flags=re.IGNORECASE)
    if name.lower() == "index":
        return folder
    return f"{folder}/{name}" if folder else name


def _query(query: str) -> str:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return f"?{query}"
    kept = [(key, value) for key, value in pairs if key not in _TRACKERS and not key.startswith("utm_")]
    return f"?{urlencode(kept)}" if kept else ""
