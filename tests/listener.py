"""A hub or a subscriber as the tests of WebSub meet it: a real server on this machine that writes down what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web


@dataclass(frozen=True)
class Heard:
    """One request. `path` is as it was sent, with its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode())


@dataclass
class Listener:
    """Answers each request by `answer`, and without one by the statuses in `statuses`, then 200. `echo`: to a question it
    answers with the challenge."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    echo: bool = True
    answer: Callable[[Heard], Awaitable[web.StreamResponse | None]] | None = None

    @property
    def pushes(self) -> list[Heard]:
        return [each for each in self.heard if each.method == "POST"]

    @property
    def questions(self) -> list[Heard]:
        return [each for each in self.heard if each.method == "GET"]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        heard = Heard(request.method, request.raw_path, dict(request.headers), await request.read())
        self.heard.append(heard)
        if self.answer is not None and (said := await self.answer(heard)) is not None:
            return said
        status = self.statuses.pop(0) if self.statuses else 200
        echoed = heard.query.get("hub.challenge", "") if self.echo and status == 200 else ""
        return web.Response(status=status, text=echoed)


@asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", listener.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield listener
    finally:
        await runner.cleanup()


class Hanging:
    """While it lasts, the listener answers nobody; `reached` tells that somebody waits."""

    def __init__(self, listener: Listener) -> None:
        self.reached = asyncio.Event()
        self._listener = listener
        self._over = asyncio.Event()

    async def __aenter__(self) -> Hanging:
        self._listener.answer = self._hang
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.answer = None
        self.let_go()

    def let_go(self) -> None:
        self._over.set()

    async def _hang(self, _: Heard) -> None:
        self.reached.set()
        await self._over.wait()
