"""Takes updates that Telegram brings by webhook (Bot API, setWebhook).

It must not know HTTP: it is handed a body and the secret header, and says whether the caller is Telegram.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import OrderedDict

import structlog
from telegram import Bot, Update

from blogbot import metrics
from blogbot.bot.processor import Handle, read

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
LARGEST_BODY = 1024 * 1024
REMEMBERED = 1_000
"""Numbers of updates that were taken last: Telegram brings one again when our answer was late or lost."""


class Webhook:
    """Takes updates for `bot` from whoever knows `secret`, and has `handle` work on them.

    An update is answered for when it is done, so that a crash has Telegram bring it again; or after `patience` seconds,
    when the work goes on without Telegram waiting for it.
    """

    def __init__(self, bot: Bot, handle: Handle, secret: str, *, patience: float = 10.0) -> None:
        if not secret:
            raise ValueError("a webhook needs a secret, or anybody could send updates")
        self._bot = bot
        self._handle = handle
        self._secret = secret.encode()
        self._patience = patience
        self._taken: OrderedDict[int, asyncio.Task[None]] = OrderedDict()

    async def receive(self, body: bytes, secret: str) -> bool:
        """Works on one request. False where `secret` is wrong: answer 403. True: answer 200, also to what cannot be read,

        for Telegram would only bring it again."""
        if not hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret):
            return False
        update = self._parse(body)
        if update is not None:
            await asyncio.wait({self._task(update)}, timeout=self._patience)
        return True

    async def finish(self, within: float = 5.0) -> None:
        """Gives what was taken `within` seconds to be done, and cancels the rest."""
        open_tasks = {task for task in self._taken.values() if not task.done()}
        if open_tasks:
            _, late = await asyncio.wait(open_tasks, timeout=within)
            for task in late:
                task.cancel()

    def _parse(self, body: bytes) -> Update | None:
        if len(body) > LARGEST_BODY:
            metrics.STEPPED_OVER.inc()
            log.error("an update is too large and is stepped over", size=len(body))
            return None
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            metrics.STEPPED_OVER.inc()
            log.error("an update is not valid JSON and is stepped over")
            return None
        return read(raw, self._bot)

    def _task(self, update: Update) -> asyncio.Task[None]:
        task = self._taken.get(update.update_id)
        if task is None:
            task = self._taken[update.update_id] = asyncio.create_task(self._work(update))
            while len(self._taken) > REMEMBERED and next(iter(self._taken.values())).done():
                self._taken.popitem(last=False)
        return task

    async def _work(self, update: Update) -> None:
        try:
            await self._handle(update)
        except Exception:
            metrics.STEPPED_OVER.inc()
            log.exception("an update could not be worked on", update_id=update.update_id)
