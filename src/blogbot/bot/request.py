"""Calls to the Bot API over aiohttp: many times faster than the stock request, and exact about what was sent.

It tells a call that never left this machine (`Unsent`) from one that broke on its way or without an answer (`Broken`),
because the ledger may repeat the first and must not repeat the second. It knows HTTP and nothing of chats or lanes.
No error carries an address: a Bot API address holds the bot's token.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram import error
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import JSONDict, ODVInput
from telegram.request import BaseRequest, RequestData
from yarl import URL

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes. The largest file that a bot may download is 20 MB; getUpdates and the rest stay far below."""

WAIT_WITHOUT_ADVICE = 5.0
"""Seconds to wait after a 429 that does not say how long."""

GATEWAY_TIMEOUT = 504

INVALID = "the Bot API server's address is not valid; check BLOGBOT_API_URL"

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Unsent(error.NetworkError):
    """Nothing of the call was written: it can be repeated without harm."""

    __slots__ = ()


class UnsentInTime(Unsent, error.TimedOut):
    """No connection was free or could be opened in time; nothing was written."""

    __slots__ = ()


class Broken(error.NetworkError):
    """The call was under way when the connection broke; nobody knows whether it took effect."""

    __slots__ = ()


class BrokenByTime(Broken, error.TimedOut):
    """The call was under way and no answer came in time; nobody knows whether it took effect."""

    __slots__ = ()


class Flood(error.RetryAfter):
    """A 429. `seconds` is how long Telegram wants to be left alone.

    `everyone` is filled in by the limiter, which sees all chats: whether every chat must wait, or only this one.
    """

    def __init__(self, seconds: float, *, everyone: bool = False) -> None:
        # The base class warns whenever it is made, about a type that changes; it is left out for that reason.
        error.TelegramError.__init__(self, f"Telegram asks to wait {seconds:g} seconds")
        self.seconds = seconds
        self.everyone = everyone

    @property
    def retry_after(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def __reduce__(self) -> tuple[type, tuple[float]]:  # type: ignore[override]
        return type(self), (self.seconds,)


def pause_of(refusal: error.RetryAfter) -> float:
    """Seconds that a 429 asks to wait, whatever type python-telegram-bot gives them in."""
    if isinstance(refusal, Flood):
        return refusal.seconds
    wait = refusal.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's request on a pool of kept-alive aiohttp connections. All times are in seconds.

    `pool_timeout` is how long to wait for one of the `connections` to become free. A timeout of None means: for ever.
    Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY`), as with the stock request.
    """

    def __init__(
        self,
        connections: int = 256,
        *,
        read_timeout: float | None = 10.0,
        write_timeout: float | None = 10.0,
        connect_timeout: float | None = 10.0,
        pool_timeout: float | None = 10.0,
        media_write_timeout: float | None = 60.0,
    ) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._connect_timeout = connect_timeout
        self._pool_timeout = pool_timeout
        self._media_write_timeout = media_write_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        """Opens the pool. Calling it again does nothing."""
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300, keepalive_timeout=30),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            skip_auto_headers=("Accept-Encoding",),  # answers are short: unpacking them costs more than it saves
        )

    async def shutdown(self) -> None:
        """Closes the pool. Calling it again does nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The HTTP status and body that `url` answers with.

        Raises Unsent or Broken where there is none, Flood for a 429, and NetworkError for an answer that no Bot API
        server gives.
        """
        files = request_data is not None and request_data.contains_files
        limits = _limits(
            _given(read_timeout, self._read_timeout),
            _given(write_timeout, self._media_write_timeout if files else self._write_timeout),
            _given(connect_timeout, self._connect_timeout),
            _given(pool_timeout, self._pool_timeout),
        )
        outcome = await self._exchange(method, url, request_data, limits)
        # Raised here, outside any handler, so that no cause (whose text may hold the address) travels with it.
        if isinstance(outcome, error.TelegramError):
            raise outcome
        return outcome

    async def _exchange(
        self, method: str, url: str, data: RequestData | None, limits: aiohttp.ClientTimeout
    ) -> tuple[int, bytes] | error.TelegramError:
        if self._session is None:
            return Unsent("this request is not initialised, or is shut down")
        try:
            address, proxy = _url(url), _proxy(url)
        except ValueError:
            return Unsent(INVALID)
        body, headers = _body(data)
        try:
            async with self._session.request(
                method, address, data=body, headers=headers, timeout=limits, allow_redirects=False, proxy=proxy
            ) as response:
                payload = await _read(response)
        except Exception as cause:
            return _translate(cause)
        if payload is None:
            return Broken("the Bot API server's answer is larger than any that is expected")
        return objection(response.status, payload) or (response.status, payload)

    @staticmethod
    def parse_json_payload(payload: bytes) -> JSONDict:
        """The answer as a dict. Raises Broken where it is not one: the server took the call, and said nothing clear."""
        answer = _json(payload)
        if answer is None:
            raise Broken("the Bot API server's answer is not valid JSON")
        return answer


def _given(value: ODVInput[float], default: float | None) -> float | None:
    return default if isinstance(value, DefaultValue) else value


@lru_cache(maxsize=64)
def _limits(
    read: float | None, write: float | None, connect: float | None, pool: float | None
) -> aiohttp.ClientTimeout:
    """aiohttp knows no limit for writing; the limit for the whole call, the sum of all, stands in for it."""
    to_connect = None if connect is None or pool is None else connect + pool
    total = None if to_connect is None or read is None or write is None else to_connect + read + write
    return aiohttp.ClientTimeout(total=total, connect=to_connect, sock_connect=connect, sock_read=read)


@lru_cache(maxsize=64)
def _url(url: str) -> URL:
    """Raises ValueError where it is none. A port is read only when it is asked for, so it is asked for here."""
    address = URL(url, encoded=True)
    _ = address.port
    return address


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    return _proxy_of(parts.scheme, parts.hostname or "")


@lru_cache(maxsize=64)
def _proxy_of(scheme: str, host: str) -> str | None:
    """The environment's proxy for a host. aiohttp's own look-up takes a thread for every call; this one is remembered."""
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return None if proxy is None or proxy_bypass(host) else proxy


def _body(data: RequestData | None) -> tuple[Any, dict[str, str] | None]:
    if data is None:
        return None, None
    if data.contains_files:
        return _multipart(data), None
    # A lone surrogate cannot be written as UTF-8; a question mark in its place beats a message that is never sent.
    return urlencode(data.json_parameters, errors="replace").encode("ascii"), FORM


def _multipart(data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in data.json_parameters.items():
        form.add_field(name, value.encode("utf-8", "replace").decode())
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=_header_safe(filename), content_type=_header_safe(mime))
    return form


def _header_safe(text: str) -> str:
    """A file's name comes from a title; a line break or a quote in it must not end the header it stands in."""
    return "".join("_" if char in '"\\' or not char.isprintable() else char for char in text)


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The body, or None where it is larger than `LARGEST_ANSWER`."""
    if (response.content_length or 0) > LARGEST_ANSWER:
        return None
    if response.content_length is not None:
        return await response.read()
    parts = bytearray()
    async for part in response.content.iter_any():
        parts += part
        if len(parts) > LARGEST_ANSWER:
            return None
    return bytes(parts)


def _translate(cause: Exception) -> error.NetworkError:
    """What an exception tells of the call, aiohttp's or any other: what is not clearly before writing counts as after it."""
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return UnsentInTime("no connection to the Bot API server in time")
    if isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError)):
        reason = cause.strerror if isinstance(cause, aiohttp.ClientConnectorError) else f"the proxy said {cause.status}"
        return Unsent(f"no connection to the Bot API server: {reason or type(cause).__name__}")
    if isinstance(cause, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return Unsent(INVALID)
    if isinstance(cause, TimeoutError):
        return BrokenByTime("the Bot API server did not answer in time")
    return Broken(f"the connection to the Bot API server broke: {type(cause).__name__}")


def objection(status: int, payload: bytes) -> error.TelegramError | None:
    """What is wrong with an answer before python-telegram-bot reads it, or None.

    A page of HTML with 404 must not pass for Telegram's "no such bot", which would stop everything. A gateway timeout leaves
    open whether the call took effect; 500, 502 and 503 say that it did not.
    """
    if 200 <= status < 300:
        return None
    if status == GATEWAY_TIMEOUT:
        return BrokenByTime("the Bot API server's gateway got no answer in time")
    answer = _json(payload)
    if answer is None:
        hint = "" if status >= 500 else "; check BLOGBOT_API_URL"
        return error.NetworkError(f"the Bot API server answered with HTTP status {status} and no JSON{hint}")
    if status == 429:
        return Flood(_seconds(answer.get("parameters")))
    return None


def _seconds(parameters: object) -> float:
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else WAIT_WITHOUT_ADVICE


def _json(payload: bytes) -> JSONDict | None:
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
