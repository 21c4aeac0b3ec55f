"""The whole of blogbot, until it is told to stop: web server, bot, clock; started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import structlog
from starlette.routing import BaseRoute

from blogbot.app.core import Core, open_core
from blogbot.app.server import Server, listen
from blogbot.app.ticks import Ticks
from blogbot.bot import BotService
from blogbot.config import Settings, SourceSettings
from blogbot.delivery import Delivery
from blogbot.errors import BlogbotError, SourceError, StoreError
from blogbot.web import create_web

log = structlog.get_logger(__name__)

TURN_EVERY = 1.0
PUBLISH_EVERY = 15.0
UPKEEP_EVERY = 3600.0
"""Seconds. Publishing is a glance at a stamp unless something changed, also by another process."""

DRAIN_WITHIN = 3.5
"""Seconds for the messages under way to arrive; what is queued stays queued."""

Routes = Callable[["Running"], Sequence[BaseRoute]]


@dataclass
class Running:
    """The running parts, and the one way to end them."""

    core: Core
    bot: BotService
    delivery: Delivery
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BlogbotError | None = None
    _published: tuple[object, ...] | None = None
    _publishing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def fail(self, error: BlogbotError) -> None:
        """Something that trying again cannot mend: everything stops, and the reason is shown."""
        self.failure = self.failure or error
        self.stopping.set()

    async def follow(self, source: SourceSettings) -> None:
        """One look at a source. A source that is away is logged, and looked at again next time."""
        try:
            report = await self.core.take_in(source)
        except SourceError as error:
            log.warning("source not read", source=source.label, why=str(error))
            return
        for problem in report.problems:
            log.warning("item not read", source=source.label, where=problem.where, why=problem.what)
        if report.anything_changed:
            log.info("source read", source=source.label, posts=report.posts.new, events=report.events.new)
            await self.publish()

    async def publish(self) -> None:
        """Writes the feeds where the content changed since they were last written, or the hour: past events leave them."""
        async with self._publishing:
            hour = self.core.clock.now().replace(minute=0, second=0, microsecond=0)
            stamp = (hour, *await self.core.stamp())
            if stamp != self._published:
                written = await self.core.publish()
                self._published = stamp
                log.info("feeds written", written=written.written, unchanged=written.unchanged)

    async def health(self) -> list[str]:
        """What keeps blogbot from doing its work; [] when it is ready. Asked every few seconds, so it looks at little."""
        problems = [] if self.bot.ready else ["Telegram does not answer."]
        try:
            await self.core.stamp()
        except StoreError as error:
            problems.append(str(error))
        return problems


async def run(
    core: Core,
    listener: socket.socket,
    *,
    routes: Routes = lambda _: (),
    chat_url: str = "",
    on_ready: Callable[[], None] = lambda: None,
    on_stopping: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Runs until a signal or a failure. Raises the failure, if it was one.

    `routes` are served beside our own; `chat_url` is where people meet the bot, where that is not t.me. `on_stopping` is
    called when the end begins, `on_stop` once the bot has stopped and before the web server does.
    """
    settings = core.settings
    bot = BotService(
        token=settings.token.get_secret_value() if settings.token else "",
        api_url=settings.api_url,
        blog=core.blog,
        audience=core.audience,
        site=core.site,
        clock=core.clock,
        feeds_dir=str(settings.feeds_dir),
    )
    running = Running(core, bot, Delivery(core.store, bot.sender, core.site, core.clock))
    webhook = settings.public_url.startswith("https://")
    web = create_web(
        blog=core.blog,
        site=core.site,
        feeds_dir=settings.feeds_dir,
        ready=running.health,
        webhook=bot.receive if webhook else None,
        bot_username=lambda: bot.username,
        chat_url=chat_url,
        extra=routes(running),
    )
    _heed_signals(running)
    server, ticks = Server(web), Ticks(running.fail)
    async with AsyncExitStack() as stack:
        await server.start(listener)
        stack.push_async_callback(server.stop)
        stack.callback(on_stop)
        stack.push_async_callback(bot.stop)
        stack.push_async_callback(ticks.finish, 0.5)
        stack.push_async_callback(_within, DRAIN_WITHIN, running.delivery.stop)
        stack.callback(core.intake.stop)
        stack.callback(ticks.stop)
        serving = asyncio.create_task(_serve(running, ticks, _hook(settings) if webhook else None, on_ready))
        await running.stopping.wait()
        on_stopping()
        log.info("stopping")
        serving.cancel()
        await asyncio.wait({serving})
    if running.failure is not None:
        raise running.failure


async def run_bot(settings: Settings, on_stopping: Callable[[], None] = lambda: None) -> None:
    """`blogbot run`: everything, as the settings say."""
    _log_for_operators()
    if settings.public_url and not settings.public_url.startswith("https://"):
        log.warning("polling, since a webhook needs an https address", public_url=settings.public_url)
    with listen(settings.host, settings.port) as listener:
        async with open_core(settings) as core:
            await run(core, listener, on_stopping=on_stopping)


async def _serve(running: Running, ticks: Ticks, hook: tuple[str, str] | None, on_ready: Callable[[], None]) -> None:
    """Joins Telegram, starts the clock, and listens for updates."""
    try:
        await running.bot.start()
        _set_ticks(running, ticks)
        ticks.start()
        log.info("running", bot=running.bot.username, updates="webhook" if hook else "polling")
        on_ready()
        await running.bot.listen(hook)
    except BlogbotError as error:
        running.fail(error)
    except Exception as error:
        log.exception("stopped by an error of blogbot's own")
        running.fail(
            BlogbotError(f"blogbot met an error of its own ({type(error).__name__}); the log has the details.")
        )


def _set_ticks(running: Running, ticks: Ticks) -> None:
    ticks.every(TURN_EVERY, "delivery", running.delivery.turn)
    ticks.every(PUBLISH_EVERY, "feeds", running.publish)
    ticks.every(UPKEEP_EVERY, "upkeep", running.core.intake.extend)
    for number, source in enumerate(running.core.settings.sources, 1):
        ticks.every(source.interval, f"source {number}: {source.label}", partial(running.follow, source))


def _hook(settings: Settings) -> tuple[str, str]:
    """Where Telegram brings updates, and the secret by which they are known: the same for every process of this bot."""
    token = settings.token.get_secret_value() if settings.token else ""
    secret = hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()
    return f"{settings.public_url}/telegram/webhook", secret


def _heed_signals(running: Running) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.stopping.set)


async def _within(seconds: float, closing: Callable[[], Awaitable[None]]) -> None:
    try:
        await asyncio.wait_for(closing(), seconds)
    except TimeoutError:
        log.warning("not everything ended in time; what was queued is kept")


def _log_for_operators() -> None:
    """One line an event on standard error; libraries only when something is wrong.

    At DEBUG, python-telegram-bot would write the address of the Bot API, of which the token is a part; and a traceback
    shows no variables, which may hold it too.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    watched = sys.stderr.isatty()
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if watched
        else [structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
