"""One HTTP request to a hub or a subscriber, bounded in time and in what is read; every failure is an answer, too.

It follows no redirect: the address that was given is the one that is called. Knows aiohttp and nothing of what an answer means.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType

import aiohttp
from yarl import URL

from blogbot import __version__
from blogbot.websub.guard import Barred, Guard, GuardedResolver
from blogbot.websub.topics import host

SECONDS = 15.0
"""For one call with all that belongs to it. A lease is longer, so that nobody else takes what is under way."""

MOST_READ = 4_096
"""Bytes of an answer; whoever says more is not heard to the end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 0 where there was none, and `why` says so. `wait` is how many seconds whoever answered wants to be left alone."""

    status: int
    body: bytes = field(default=b"", repr=False)
    wait: float = 0.0
    why: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def busy(self) -> bool:
        """Whether it may be another answer in a while, though it reads like a refusal."""
        return self.status in (408, 425, 429)

    @property
    def refused(self) -> bool:
        """Whether asking the same again will not help."""
        return 400 <= self.status < 500 and not self.busy


class Caller:
    """One for a kind of those who are called; close it, or use it as `async with Caller() as caller`.

    With a `guard` it calls only where that allows; without one, by the proxy that the environment may name.
    """

    def __init__(self, *, seconds: float = SECONDS, guard: Guard | None = None) -> None:
        self._seconds = seconds
        self._guard = guard
        self._session: aiohttp.ClientSession | None = None
        self._resolver: GuardedResolver | None = None

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        return await self._call("POST", url, content, headers)

    async def get(self, url: str) -> Answer:
        return await self._call("GET", url, None, {})

    async def _call(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        # An address in numbers is looked up by nobody, so it is looked at here.
        if self._guard is not None and self._guard.bars(host(url)):
            return Answer(0, why=str(Barred()))
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._open().request(
                    method, URL(url, encoded=True), data=content, headers=headers, allow_redirects=False
                ) as answer,
            ):
                return await _answer(answer)
        except TimeoutError:
            return Answer(0, why=f"no answer within {self._seconds:g} seconds")
        except aiohttp.ClientConnectorError as error:
            return Answer(0, why=f"no connection ({_reason(error.os_error)})")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Their own words repeat the address, which may be known to nobody.
            return Answer(0, why=f"no answer ({type(error).__name__})")

    def _open(self) -> aiohttp.ClientSession:
        # Made at the first use, because a session belongs to the event loop that runs at that moment.
        if self._session is None:
            self._resolver = GuardedResolver(self._guard) if self._guard else None
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": f"blogbot/{__version__}", "Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=self._guard is None,
                connector=aiohttp.TCPConnector(
                    resolver=self._resolver,
                    use_dns_cache=self._guard is None,
                    limit=0,
                    # Thousands of subscribers are called in a row, and a connection kept for each is a file kept open.
                    force_close=self._guard is not None,
                ),
            )
        return self._session

    async def close(self) -> None:
        """Closes its connections. It may be used again afterwards."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def __aenter__(self) -> Caller:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _reason(error: OSError) -> str:
    """In words that name no address."""
    if isinstance(error, Barred):
        return str(error)
    if error.errno is None or error.errno <= 0:  # as those of name resolution are
        return "its name leads nowhere"
    return os.strerror(error.errno).lower()


async def _answer(answer: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(MOST_READ):
        body += chunk
        if len(body) > MOST_READ:
            answer.close()
            break
    why = "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    return Answer(answer.status, bytes(body[:MOST_READ]), _wait(answer.headers), why)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds from Retry-After (RFC 9110, 10.2.3): a number of them, or a date, by the clock of whoever answers; else none."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said)
    try:
        left = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0
    return max(left.total_seconds(), 0.0)
