"""Where feed readers take an address to subscribe to. These are plain links for people: nothing asks these sites by itself."""

from __future__ import annotations

from urllib.parse import quote

# As the readers themselves describe them; each takes the feed's address, percent-encoded, at its end.
_READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed%2F"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    ("Feedbin", "https://feedbin.com/?subscribe="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
)


def readers(address: str) -> list[tuple[str, str]]:
    """The names of readers, and the link by which each subscribes to the feed at `address`; none for ""."""
    return [(name, beginning + quote(address, safe="")) for name, beginning in _READERS if address]
