"""Addresses and lasting names as feeds need them: valid, absolute, harmless, the same tomorrow.

Pure. It does not know what a feed looks like, nor which files there are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from blogbot.model import Event, Post, Site, Tag
from blogbot.text import clean, slug, tag_slug

# RFC 3986, for the addresses that need no work, which are nearly all.
_PLAIN = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d+)?"
    r"(?:[/?](?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
    r"(?:#(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
)
_NETLOC = re.compile(r"[A-Za-z0-9\-._~:@\[\]!$&'()*+,;=%]+")
_SAFE = "/:@!$&'()*+,;=-._~%"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST_SLUG = 100
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DNS_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")

# What the ends of addresses say of pictures; the system's own table is another on each machine.
_IMAGE_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
}

# RFC 4151 wants a day on which the site's name was its own; it must never change, or every reader shows everything anew.
_SINCE = "2026"


def web_address(address: str) -> str:
    """`address` as a valid http or https URI (RFC 3986), percent-encoded where it must be; "" where it is no such thing."""
    if _PLAIN.fullmatch(address):
        return address
    address = clean(address).strip()
    try:
        parts = urlsplit(address)
        netloc = parts.netloc.encode("idna").decode("ascii")
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or not _NETLOC.fullmatch(netloc):
        return ""
    path, query, fragment = (
        _encode(part, extra) for part, extra in ((parts.path, ""), (parts.query, "?"), (parts.fragment, "?"))
    )
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


def _encode(part: str, extra: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_SAFE + extra)


def webcal(address: str) -> str:
    """A web address as calendar apps take it to subscribe to; "" for ""."""
    return f"webcal{address[address.index(':') :]}" if address else ""


def image_type(address: str) -> str:
    """The media type of the picture at `address`, a valid URI, by how its path ends; "" where that says nothing."""
    path = urlsplit(address).path
    return _IMAGE_TYPES.get(path.rpartition(".")[2].lower(), "") if "." in path else ""


def home(site: Site) -> str:
    """Where people find the site, else our own pages, else ""."""
    return web_address(site.url) or web_address(site.public_url)


def some_home(site: Site) -> str:
    """As `home`, but never "": RSS demands a link. A name under .invalid (RFC 2606) is nobody's, and says what is missing."""
    return home(site) or f"https://{_authority(site)}/"


def post_page(site: Site, post: Post) -> str:
    """Where people read a post: its own address, else our page, else ""."""
    return web_address(post.url) or (web_address(f"{site.public_url}/posts/{post.slug}") if site.public_url else "")


def event_page(site: Site, event: Event) -> str:
    """Where people read of an event: its own address, else our page, else ""."""
    return web_address(event.url) or (web_address(f"{site.public_url}/events/{event.id}") if site.public_url else "")


def tag_uri(site: Site, *parts: str) -> str:
    """A lasting name (RFC 4151) for what `parts` say: `tag:example.org,2026:post/a-key`. Different parts, different names."""
    path = "/".join(quote(part, safe=":@!$&'()*+,;=-._~", errors="surrogatepass") for part in parts)
    return f"tag:{_authority(site)},{_SINCE}:{path}"


@lru_cache(8)
def _authority(site: Site) -> str:
    for address in (site.url, site.public_url):
        host = (urlsplit(web_address(address)).hostname or "").lower()
        if _DNS_NAME.fullmatch(host):
            return host
    return f"{slug(site.title)}.invalid"


def safe_slug(tag: Tag) -> str:
    """The tag's slug, which becomes the name of a folder; made anew where it could ever lead out of one."""
    return tag.slug if len(tag.slug) <= _LONGEST_SLUG and _SLUG.fullmatch(tag.slug) else tag_slug(tag.slug or tag.name)
