"""The bot as one thing that is started, listens, and is stopped. Knows nothing of what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.bot.application import UPDATES, create_bot, introduce
from blogbot.bot.limiter import Lanes
from blogbot.bot.poller import Poller
from blogbot.bot.processor import ChatsInOrder, count_failure, handle
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.schedule import Limits
from blogbot.bot.sender import TelegramSender, outcome
from blogbot.bot.webhook import Webhook
from blogbot.clock import Clock
from blogbot.errors import InDoubt, Refused, RetryLater
from blogbot.model import Lane, Site

log = structlog.get_logger(__name__)

SILENCE = 120.0
"""Seconds after the last answered poll until we say that Telegram is silent; a poll is held for 30."""

LONGEST_WAIT = 60.0
"""Seconds between two tries to reach Telegram at the start."""


class BotService:
    """One bot. `start()` returns once Telegram knows us, `listen()` when it ends.

    It sends `rate` messages a second at the most; more than Telegram's usual 30 only in the lanes that are `paid` for.
    """

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        blog: Blog,
        audience: Audience,
        site: Site,
        clock: Clock,
        feeds_dir: str,
        rate: float = 30,
        paid: Collection[Lane] = (),
    ) -> None:
        self._requests = AiohttpRequest(), AiohttpRequest()
        self._application = create_bot(
            token=token,
            api_url=api_url,
            blog=blog,
            audience=audience,
            site=site,
            clock=clock,
            feeds_dir=feeds_dir,
            request=self._requests[0],
            updates_request=self._requests[1],
            limiter=Lanes(Limits(rate=rate, paid=frozenset(paid)), clock=clock),
            processor=ChatsInOrder(),
        )
        self._application.add_error_handler(count_failure)
        self._bot: ExtBot[Any] = self._application.bot
        self._site = site
        self._poller: Poller | None = None
        self._webhook: Webhook | None = None
        self._stopping = asyncio.Event()
        self.sender = TelegramSender(self._bot, paid)
        self._started = False
        self._listening = 0.0

    @property
    def username(self) -> str:
        """The bot's name without @; "" until Telegram has said it."""
        return self._bot.username if self._started else ""

    @property
    def ready(self) -> bool:
        """Whether Telegram brings updates: it knows us, and the last poll is not long ago."""
        if self._poller is None:
            return self._webhook is not None
        last = self._poller.last_poll or self._listening
        return asyncio.get_running_loop().time() - last < SILENCE

    async def start(self) -> None:
        """Waits until Telegram answers, however long it is away. Raises TokenRejected where it does not know the token."""
        await _until_answered(self._application.initialize)
        try:
            await _until_answered(lambda: introduce(self._bot, self._site))
        except Refused as error:  # the bot does its work also without a menu
            log.warning("telegram does not take the commands' descriptions", why=str(error))
        await self._application.start()
        self._started = True

    async def listen(self, hook: tuple[str, str] | None = None) -> None:
        """Takes updates until stopped: by webhook where `hook` is its address and secret, else by polling."""
        work = handle(self._application)
        if hook is None:
            await _until_answered(self._bot.delete_webhook)
            self._listening = asyncio.get_running_loop().time()
            self._poller = Poller(self._bot, work, allowed_updates=UPDATES, reconnect=self._reconnect)
            await self._poller.run()
        else:
            address, secret = hook
            self._webhook = Webhook(self._bot, work, secret)
            await _until_answered(lambda: self._bot.set_webhook(address, secret_token=secret, allowed_updates=UPDATES))
            await self._stopping.wait()

    async def _reconnect(self) -> None:
        """Drops the connections on which updates come; answers have their own."""
        updates = self._requests[1]
        await updates.shutdown()
        await updates.initialize()

    async def receive(self, body: bytes, secret: str) -> bool:
        """One request to the webhook's address; whether it came from Telegram."""
        return self._webhook is not None and await self._webhook.receive(body, secret)

    async def stop(self) -> None:
        """Answers what was taken, then lets go of Telegram. Safe at any moment of the start."""
        self._stopping.set()
        if self._poller is not None:
            await self._poller.stop(within=2.0)
        if self._webhook is not None:
            await self._webhook.finish(within=2.0)
        if self._application.running:
            await self._application.stop()
        await self._application.shutdown()
        for request in self._requests:  # the application passes over them where it was not initialised
            await request.shutdown()


async def _until_answered(call: Callable[[], Awaitable[object]]) -> None:
    """Makes a call until Telegram takes it. Raises the DeliveryError of one that it will never take."""
    wait = 1.0
    while True:
        try:
            await call()
            return
        except TelegramError as error:
            meaning = outcome(error)
            if not isinstance(meaning, RetryLater | InDoubt):
                raise meaning from None
            pause = max(wait, meaning.seconds) if isinstance(meaning, RetryLater) else wait
            log.warning("telegram cannot be reached; trying again", seconds=pause, why=str(meaning))
            await asyncio.sleep(pause)
            wait = min(wait * 2, LONGEST_WAIT)


async def check_token(token: str, api_url: str) -> str:
    """The bot's username. Raises the DeliveryError that says why there is none."""
    bot = ExtBot(token, base_url=f"{api_url}/bot", request=AiohttpRequest(), get_updates_request=AiohttpRequest())
    try:
        async with bot:
            return bot.username
    except TelegramError as error:
        raise outcome(error) from None
