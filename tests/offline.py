"""A Bot API without a network, and an event loop without waiting: the true seams of the bot's machinery.

`Offline` takes the place of the HTTP request, and `travel` runs a coroutine on a loop whose clock jumps to the next timer
instead of sleeping. Nothing of blogbot itself is replaced.
"""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData

from blogbot.bot.limiter import Lanes
from blogbot.bot.request import objection
from blogbot.bot.schedule import Limits

T = TypeVar("T")

TOKEN = "1234567:SECRET-secret-SECRET-secret"
ME = {"id": 1234567, "is_bot": True, "first_name": "Blog", "username": "blog_bot"}


class _Jumping(selectors.DefaultSelector):
    """Passes the time that the loop would sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits, and no timer will end it")
        events = super().select(0)
        if not events:
            self.now += max(timeout, 0)
        return events


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def travel(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main`; its sleeps and timeouts take no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)


def now() -> float:
    """The running loop's time in seconds."""
    return asyncio.get_running_loop().time()


Server = Callable[[str, dict[str, Any]], Awaitable[tuple[int, Any]]]


class Offline(BaseRequest):
    """Hands each call's method and parameters to `server`, which gives the HTTP status and the JSON to answer with."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def read_timeout(self) -> float | None:
        return 5

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        name = url.rsplit("/", 1)[1]
        parameters = dict(request_data.parameters) if request_data else {}
        self.calls.append((name, parameters))
        status, answer = (200, ok(ME)) if name == "getMe" else await self._server(name, parameters)
        payload = json.dumps(answer).encode()
        if (refusal := objection(status, payload)) is not None:
            raise refusal
        return status, payload


def ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def failed(code: int, description: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    answer: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return code, answer | ({"parameters": parameters} if parameters else {})


def sent(parameters: dict[str, Any], message_id: int = 7) -> dict[str, Any]:
    """What Telegram answers to a message that it took."""
    chat = int(parameters["chat_id"])
    return ok({"message_id": message_id, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "x"})


def offline_bot(server: Server, limits: Limits = Limits()) -> tuple[ExtBot[Any], Offline]:
    request = Offline(server)
    return ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=Lanes(limits)), request


def update(number: int, text: str = "hello", chat: int = 5) -> dict[str, Any]:
    """A person's message, as getUpdates and webhooks bring it."""
    person = {"id": chat, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "from": person, "text": text}
    return {"update_id": number, "message": message}
