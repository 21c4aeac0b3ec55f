"""What the feeds are called to hubs and subscribers: their addresses, and the links between feed and hub. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from blogbot.publish.topics import media_type

# Bytes of a key in the database.
_LONGEST_PATH = 500
# All that may stand in an address; quoted is what a header cannot hold.
_MARKS = "%/:?#[]@!$&'()*+,;=~"


class Topics:
    """`public_url` is where the web part is reached, `hub` the address of the hub that tells of changes."""

    def __init__(self, public_url: str, hub: str) -> None:
        self.hub = hub
        self.hub_host = host(hub)
        self._folder = f"{public_url}/feeds/"

    def address(self, path: str) -> str:
        """The topic that the file at `path` is."""
        return f"{self._folder}{path}"

    def path(self, address: str) -> str | None:
        """The file that is the topic `address`; None where it is none of ours."""
        path = address.removeprefix(self._folder)
        return path if path != address and len(path) <= _LONGEST_PATH and media_type(path) else None

    def link(self, path: str) -> str:
        """What a feed says of itself in a Link header (RFC 8288; WebSub, section 4); "" for a file that is none."""
        if not media_type(path):
            return ""
        return f'<{quote(self.hub, _MARKS)}>; rel="hub", <{quote(self.address(path), _MARKS)}>; rel="self"'


def host(address: str) -> str:
    """The host in an address, by which all calls to it are counted; "" where there is none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""
