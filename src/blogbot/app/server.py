"""The web server, on a socket that is bound before anything else starts: a port that is taken is found out at once."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import nullcontext
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from blogbot.app.protocol import Quick, quick_protocol
from blogbot.errors import BlogbotError

GRACE = 2
"""Seconds that open connections get at the end; event streams never end by themselves."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, to be closed by the caller; port 0 takes a free one. Raises BlogbotError that says what is in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; it would hold each answer back for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise BlogbotError(_why(host, port, error)) from None
    return listener


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; choose another with BLOGBOT_PORT (or --port)."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has; choose one above 1023 with BLOGBOT_PORT (or --port)."
    return f"Cannot listen on {host} port {port}: {error.strerror or error}. Set BLOGBOT_HOST and BLOGBOT_PORT."


class Server(uvicorn.Server):
    """uvicorn in a task of ours. Signals are the caller's business: one place decides how everything stops.

    `quick` answers what it can before `app` is asked.
    """

    def __init__(self, app: ASGIApp, quick: Quick | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=quick_protocol(quick) if quick else "auto",
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACE,
                timeout_keep_alive=30,
            )
        )
        self._task: asyncio.Task[None] | None = None

    def capture_signals(self) -> Any:
        return nullcontext()

    async def start(self, listener: socket.socket) -> None:
        """Serves from now on."""
        self._task = asyncio.create_task(self.serve([listener]))
        while not self.started:
            if self._task.done():
                self._task.result()
                raise BlogbotError("The web server did not start.")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Takes no more connections and ends the open ones within `GRACE` seconds."""
        self.should_exit = True
        if self._task is not None:
            await self._task
