"""One HTTP GET, with manners: conditional, bounded in time, size and redirects, and every failure a FetchError.

Knows aiohttp and nothing of what the bytes mean. Trying again is up to the caller.
"""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import aiohttp

from blogbot import __version__
from blogbot.errors import FetchError
from blogbot.model import Validators
from blogbot.sources.document import MAX_BYTES, Document
from blogbot.text import shown

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, text/calendar, text/html;q=0.9, "
    "application/xml;q=0.8, text/markdown;q=0.8, */*;q=0.5"
)
_ADVICE = {
    401: "wants a password; use an address that is open",
    403: "refuses to be read (403); ask its site to let blogbot in",
    404: "was not found (404); check the address",
    410: "is gone for good (410); take this source out",
    429: "was asked too often (429); set a longer interval",
}


class Fetcher:
    """Gets documents over HTTP. One for the whole process; close it, or use it as `async with Fetcher() as fetcher`.

    `timeout` is in seconds, for one document with all its redirects; `limit` is in bytes, counted after decompression.
    """

    def __init__(self, *, timeout: float = 30.0, limit: int = MAX_BYTES, redirects: int = 5) -> None:
        self._timeout = timeout
        self._limit = limit
        self._redirects = redirects
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str, since: Validators = Validators()) -> Document | None:
        """The document at `url`, or None where it is the version of `since` (RFC 9110, 304). Raises FetchError."""
        where = shown(url)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._follow(url, where, since)
        except TimeoutError:
            raise FetchError(where, f"did not answer within {self._timeout:g} seconds; try again later") from None
        except aiohttp.InvalidURL:
            raise FetchError(where, "is not an address; write one that starts with https://") from None
        except (aiohttp.ClientSSLError, ssl.SSLError):
            raise FetchError(where, "has no valid certificate; ask its site to renew it") from None
        except aiohttp.ClientConnectorError as error:
            reason = (error.os_error.strerror or "no connection").lower()
            raise FetchError(where, f"cannot be reached ({reason}); check the address and the network") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(where, f"broke off its answer ({type(error).__name__}); try again later") from None

    async def _follow(self, url: str, where: str, since: Validators) -> Document | None:
        for _ in range(self._redirects + 1):
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise FetchError(where, f"leads to {shown(url)}, and only http and https addresses are read")
            async with self._open().get(url, headers=_conditions(since), allow_redirects=False) as answer:
                target = answer.headers.get("Location", "")
                if answer.status not in _REDIRECTS or not target:
                    return await self._document(answer, url, where, since)
            url = urljoin(url, target)
        raise FetchError(where, f"redirects more than {self._redirects} times; check the address")

    async def _document(
        self, answer: aiohttp.ClientResponse, url: str, where: str, since: Validators
    ) -> Document | None:
        if answer.status == 304 and since != Validators():
            return None
        if answer.status != 200:
            raise FetchError(where, _ADVICE.get(answer.status, f"answered {answer.status}; try again later"))
        return Document(
            data=await self._body(answer, where),
            where=where,
            url=url,
            media_type=answer.content_type.lower() if "Content-Type" in answer.headers else "",
            charset=(answer.charset or "").lower(),
            validators=Validators(
                etag=answer.headers.get("ETag", ""), last_modified=answer.headers.get("Last-Modified", "")
            ),
        )

    async def _body(self, answer: aiohttp.ClientResponse, where: str) -> bytes:
        chunks: list[bytes] = []
        left = self._limit
        if (answer.content_length or 0) > self._limit:
            left = -1
        else:
            async for chunk in answer.content.iter_chunked(1 << 16):
                chunks.append(chunk)
                left -= len(chunk)
                if left < 0:
                    break
        if left < 0:
            answer.close()
            raise FetchError(where, f"is larger than {self._limit / 1_000_000:g} MB; use a smaller feed or file")
        return b"".join(chunks)

    def _open(self) -> aiohttp.ClientSession:
        # Made at the first use, because a session belongs to the event loop that runs at that moment.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": f"blogbot/{__version__}", "Accept": _ACCEPT},
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session

    async def close(self) -> None:
        """Closes its connections. It may be used again afterwards."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _conditions(since: Validators) -> dict[str, str]:
    wanted = {"If-None-Match": since.etag, "If-Modified-Since": since.last_modified}
    return {name: value for name, value in wanted.items() if value}
