"""What a subscriber asks of our hub (WebSub, section 5.1), read from a form; or why it cannot have it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from blogbot.errors import BlogbotError
from blogbot.websub.guard import Guard
from blogbot.websub.topics import Topics, host

LEASE = timedelta(days=10)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)
"""A subscriber that asks for nothing gets `LEASE`; one that asks for less or more than the other two gets these."""

LONGEST_CALLBACK = 500
"""Bytes. It is a key of the database, together with the topic."""

LONGEST_SECRET = 199
"""Bytes: it must be less than 200 (WebSub, section 5.1)."""

SUBSCRIBE, UNSUBSCRIBE = "subscribe", "unsubscribe"


class Refused(BlogbotError):
    """Our hub does not take a request; `status` is HTTP's word for it."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Intent:
    """`topic` is a feed's path, `host` the callback's."""

    mode: str
    callback: str
    host: str
    topic: str
    lease: timedelta = LEASE
    secret: str = field(default="", repr=False)


def read(form: Mapping[str, str], topics: Topics, guard: Guard) -> Intent:
    """Raises Refused."""
    mode = form.get("hub.mode", "")
    if mode not in (SUBSCRIBE, UNSUBSCRIBE):
        raise Refused("hub.mode must be subscribe or unsubscribe; blogbot itself tells its hub what changed")
    callback, name = _callback(form.get("hub.callback", ""), guard)
    topic = topics.path(form.get("hub.topic", ""))
    if topic is None:
        raise none_of_ours(topics)
    return Intent(mode, callback, name, topic, _lease(form.get("hub.lease_seconds", "")), _secret(form))


def none_of_ours(topics: Topics) -> Refused:
    return Refused(f"hub.topic is none of our feeds; {topics.address('')} lists them", 404)


def _callback(said: str, guard: Guard) -> tuple[str, str]:
    if not said:
        raise Refused("hub.callback is missing")
    if len(said.encode()) > LONGEST_CALLBACK:
        raise Refused(f"hub.callback is longer than {LONGEST_CALLBACK} bytes")
    if not said.isascii() or not said.isprintable() or " " in said:
        raise Refused("hub.callback holds what no address does; encode it")
    try:
        parts = urlsplit(said)
        name, _ = host(said), parts.port
    except ValueError:
        raise Refused("hub.callback is not an address") from None
    if parts.scheme not in ("http", "https") or not name:
        raise Refused("hub.callback must be an http or https address")
    if "#" in said or "@" in parts.netloc:
        raise Refused("hub.callback must have neither a fragment nor a user in it")
    if guard.bars(name):
        raise Refused("hub.callback must be on the public internet")
    return said, name


def _lease(said: str) -> timedelta:
    if not said:
        return LEASE
    if not said.isascii() or not said.isdecimal() or len(said) > 12:
        raise Refused("hub.lease_seconds must be a number of seconds")
    return max(SHORTEST, min(timedelta(seconds=int(said)), LONGEST))


def _secret(form: Mapping[str, str]) -> str:
    secret = form.get("hub.secret", "")
    if len(secret.encode("utf-8", "replace")) > LONGEST_SECRET:
        raise Refused(f"hub.secret must be shorter than {LONGEST_SECRET + 1} bytes")
    if "\0" in secret:
        raise Refused("hub.secret holds a NUL")
    return secret
