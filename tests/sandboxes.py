"""A sandbox served over real HTTP in the test's own loop, with a bot and a person to act in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from starlette.applications import Starlette

from blogbot.sandbox import create_sandbox, serve

TOKEN = "123456:sandbox-token"
BUTTONS = {
    "inline_keyboard": [[{"text": "Read", "url": "https://example.org/a"}, {"text": "More", "callback_data": "more"}]]
}


class Sandbox:
    """One served sandbox. `bot` calls the Bot API, `person` the person's side; both give the status and the JSON."""

    def __init__(self, url: str, session: aiohttp.ClientSession, app: Starlette) -> None:
        self.url = url
        self.session = session
        self.app = app

    async def bot(self, method: str, /, *, token: str = TOKEN, **params: Any) -> tuple[int, Any]:
        """A call with JSON parameters."""
        async with self.session.post(f"/bot{token}/{method}", json=params) as response:
            return response.status, await response.json()

    async def result(self, method: str, /, *, token: str = TOKEN, **params: Any) -> Any:
        """The result of a call that must succeed."""
        status, answer = await self.bot(method, token=token, **params)
        assert (status, answer["ok"]) == (200, True), answer
        return answer["result"]

    async def refusal(self, method: str, /, *, token: str = TOKEN, **params: Any) -> tuple[int, str]:
        """The code and description of a call that must fail."""
        status, answer = await self.bot(method, token=token, **params)
        assert (answer["ok"], answer["error_code"]) == (False, status), answer
        return status, answer["description"]

    async def person(self, verb: str, path: str, /, **body: Any) -> tuple[int, Any]:
        """A request of the person's side; `path` stands below /sandbox/."""
        async with self.session.request(verb, f"/sandbox/{path}", json=body or None) as response:
            return response.status, await response.json(content_type=None)

    async def post(self, path: str, /, **body: Any) -> Any:
        """A POST of the person's side that must succeed."""
        status, answer = await self.person("POST", path, **body)
        assert status == 200, answer
        return answer

    async def get(self, path: str, /) -> Any:
        """A GET of the person's side that must succeed."""
        status, answer = await self.person("GET", path)
        assert status == 200, answer
        return answer

    async def chat(self, kind: str = "private", title: str = "Alex", **more: Any) -> int:
        """A new chat's id."""
        return int((await self.post("chats", type=kind, title=title, **more))["id"])

    async def updates(self, *, token: str = TOKEN, **params: Any) -> list[Any]:
        """The updates that wait, confirmed."""
        updates: list[Any] = await self.result("getUpdates", token=token, **params)
        if updates:
            await self.result("getUpdates", token=token, offset=updates[-1]["update_id"] + 1)
        return updates


@asynccontextmanager
async def running(app: Starlette | None = None, **options: Any) -> AsyncIterator[Sandbox]:
    """A sandbox at work; `options` are those of create_sandbox."""
    app = app or create_sandbox(**options)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app=app, on_ready=ready.set_result, stop=stop))
    serving.add_done_callback(lambda _: ready.cancel())
    try:
        url = await ready
        async with aiohttp.ClientSession(url) as session:
            yield Sandbox(url, session, app)
    finally:
        stop.set()
        await serving


class Ticks:
    """A clock in seconds that tests move."""

    def __init__(self, seconds: float = 1_800_000_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds
