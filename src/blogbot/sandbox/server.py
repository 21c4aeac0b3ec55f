"""The sandbox as an application of its own, as routes of a larger one, and as a server on this machine alone."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from .bot_api import BotApi, BotFiles
from .page import page_routes
from .person_routes import PersonRoutes, Skip
from .telegram import Telegram

HOST: Final = "127.0.0.1"


def identity(text: str) -> str:
    """The words as they stand in the source."""
    return text


def sandbox_routes(
    telegram: Telegram,
    *,
    gettext: Callable[[str], str] = identity,
    language: str = "en",
    skip: Skip | None = None,
) -> list[BaseRoute]:
    """Everything the sandbox answers, for an application that has other routes too.

    Call `telegram.close()` before that application's server stops, else long polls hold it up.
    """
    return [
        Route("/bot{token}/{method}", BotApi(telegram), name="bot-api"),
        Route("/file/bot{token}/{path:path}", BotFiles(telegram), name="bot-files"),
        *page_routes(gettext, language, skip_enabled=skip is not None),
        *PersonRoutes(telegram, skip).routes(),
    ]


def create_sandbox(
    *,
    gettext: Callable[[str], str] = identity,
    language: str = "en",
    skip: Callable[[], Awaitable[dict[str, Any]]] | None = None,
    now: Callable[[], float] = time.time,
    home: bool = True,
    telegram: Telegram | None = None,
) -> Starlette:
    """The sandbox as an application. Its Telegram is at `app.state.telegram`.

    `now` gives Unix seconds; `skip` moves the clock to the next reminder and gives {"text": ...}; `home` sends `/` to
    the chat page; `telegram` is taken instead of a new one, which then has its own `now`.
    """
    telegram = telegram or Telegram(now=now)
    routes = sandbox_routes(telegram, gettext=gettext, language=language, skip=skip)
    if home:
        routes.append(Route("/", _to_page))
    app = Starlette(routes=routes)
    app.state.telegram = telegram
    return app


async def _to_page(_: Request) -> Response:
    return RedirectResponse("/sandbox/", status_code=307)


class _Server(uvicorn.Server):
    """Says when it can be reached, and ends what waits in the sandbox before it asks its connections to finish."""

    def __init__(self, config: uvicorn.Config, telegram: Telegram, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._telegram = telegram
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._telegram.close()
        await super().shutdown(sockets)


def open_socket(host: str, port: int) -> socket.socket:
    """A socket bound on this machine alone; port 0 picks a free one. Raises ValueError for another host, OSError."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise ValueError(
            f"The sandbox lets anybody act as anybody, so it listens on this machine only, not on {host}: use {HOST}."
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; it would hold each answer back for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), port))
    except BaseException:
        listener.close()
        raise
    return listener


async def serve(
    host: str = HOST,
    port: int = 0,
    *,
    app: Starlette | None = None,
    on_ready: Callable[[str], None] = lambda _: None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serves the sandbox until SIGINT, SIGTERM or `stop`; calls `on_ready` with its address once it can be reached.

    Raises ValueError for a host that is not this machine, OSError if the port is taken.
    """
    app = app or create_sandbox()
    with open_socket(host, port) as listener:
        name = listener.getsockname()
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3, lifespan="off")
        server = _Server(config, app.state.telegram, lambda: on_ready(_address(name)))
        watcher = asyncio.ensure_future(_watch(server, stop or asyncio.Event()))
        try:
            await server.serve(sockets=[listener])
        finally:
            watcher.cancel()


def _address(name: tuple[Any, ...]) -> str:
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}/"


async def _watch(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
