"""Brings a bot's updates to its webhook: one chat's in order, chats side by side, again and again until they are taken."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from .errors import ApiError
from .parameters import Parameters

if TYPE_CHECKING:
    from .accounts import Account
    from .dispatcher import Dispatcher
    from .mailbox import Update

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
TIMEOUT: Final = 30.0
_MAX_REPLY: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where updates go, under which secret, and how many at once."""

    url: str
    secret: str
    max_connections: int


class Webhook:
    """A bot's webhook. Made in a running event loop; works until `close`."""

    def __init__(self, settings: WebhookSettings, account: Account, dispatcher: Dispatcher) -> None:
        self.settings = settings
        self._account = account
        self._dispatcher = dispatcher
        self._lanes: dict[object, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(settings.max_connections)
        self._session: aiohttp.ClientSession | None = None
        self._last_error: tuple[int, str] | None = None
        account.mailbox.notify = self._take
        for update in account.mailbox.pending.values():
            self._take(update)

    def view(self) -> dict[str, Any]:
        """The WebhookInfo's own part."""
        view: dict[str, Any] = {"url": self.settings.url, "max_connections": self.settings.max_connections}
        if self._last_error is not None:
            view["last_error_date"], view["last_error_message"] = self._last_error
        return view

    def close(self) -> None:
        """Stops. What was not taken stays in the mailbox."""
        self._account.mailbox.notify = None
        for task in self._tasks:
            task.cancel()
        if self._session is not None:
            closing = asyncio.ensure_future(self._session.close())
            _CLOSING.add(closing)
            closing.add_done_callback(_CLOSING.discard)

    def _take(self, update: Update) -> None:
        lane = _lane(update)
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(update)
            return
        self._lanes[lane] = deque([update])
        task = asyncio.ensure_future(self._bring(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring(self, lane: object) -> None:
        waiting = self._lanes[lane]
        pause = FIRST_PAUSE
        while waiting:
            update = waiting[0]
            if update["update_id"] not in self._account.mailbox.pending:  # dropped meanwhile
                waiting.popleft()
                continue
            async with self._free:
                taken = await self._post(update)
            if taken:
                waiting.popleft()
                self._account.mailbox.drop(update["update_id"])
                pause = FIRST_PAUSE
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        del self._lanes[lane]

    async def _post(self, update: Update) -> bool:
        headers = {SECRET_HEADER: self.settings.secret} if self.settings.secret else {}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        try:
            async with self._session.post(
                self.settings.url, json=update, headers=headers, allow_redirects=False
            ) as response:
                reply = await response.content.read(_MAX_REPLY)
                if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                    return self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
                content_type = response.content_type
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._failed(f"Connection failed: {type(error).__name__}")
        if content_type == "application/json":
            await self._obey(reply)
        return True

    def _failed(self, message: str) -> bool:
        self._last_error = (int(self._dispatcher.telegram.now()), message)
        return False

    async def _obey(self, reply: bytes) -> None:
        """A webhook may answer with a call of its own (Bot API, "Making requests when getting updates")."""
        with contextlib.suppress(ValueError, RecursionError, ApiError):
            body = json.loads(reply or b"null")
            if isinstance(body, dict) and isinstance(body.get("method"), str):
                await self._dispatcher.perform(self._account, body.pop("method"), Parameters(body))


_CLOSING: Final[set[asyncio.Future[None]]] = set()
"""Sessions under way of being closed, held so that the loop does not forget them."""


def _lane(update: Update) -> object:
    """What must stay in order: the updates of one chat, or of one person where there is no chat."""
    content = next(value for key, value in update.items() if key != "update_id")
    message = content.get("message", content)
    chat = message.get("chat") or content.get("from") or {}
    return chat.get("id")
