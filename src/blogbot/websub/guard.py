"""Which addresses a stranger may have us call: none in the networks that only we can reach.

What a name leads to is looked at when it is called, each time, and just that address is connected to. Where blogbot itself
is reached at such an address (a trial, a demo), its subscribers are there, too.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from blogbot.websub.topics import host

_NAT64 = IPv6Network("64:ff9b::/96")
# As many as calls are made at once: strangers' name servers may be as slow as they like.
_LOOKED_UP_AT_ONCE = 64


class Barred(OSError):
    """This host leads to no address that may be called."""

    def __str__(self) -> str:
        return "its host is not on the public internet"


class Guard:
    def __init__(self, public_url: str) -> None:
        self._open = _private(host(public_url))

    def bars(self, name: str) -> bool:
        """Whether a host may not be called, as far as its name alone tells."""
        return not self._open and _private(name)

    def allows(self, address: str) -> bool:
        return self._open or _public(address)


def _private(name: str) -> bool:
    """An address of a network of its own, this machine, or a name without a dot, which only a local network knows; and what
    looks like an address and is written as none, since nobody looks it up: "127.1"."""
    name = name.rstrip(".").lower()
    if _address(name) is not None or name.replace(".", "").isdecimal():
        return not _public(name)
    return "." not in name or name.endswith((".localhost", ".local", ".internal"))


def _public(address: str) -> bool:
    found = _address(address)
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        found = inner or found
    if found is None or getattr(found, "is_site_local", False):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


class GuardedResolver(AbstractResolver):
    """Finds the addresses of a host that may be called. Raises Barred where there is none.

    It has threads of its own, so that a slow name server holds up nothing else.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._pool = ThreadPoolExecutor(_LOOKED_UP_AT_ONCE, thread_name_prefix="lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._pool, look_up)
        results = [
            ResolveResult(hostname=host, host=str(where[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, where in found
            if self._guard.allows(str(where[0]))
        ]
        if not results:
            raise Barred
        return results

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
