"""The whole of blogbot, until it is told to stop: web server, bot, clock; started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog
from starlette.routing import BaseRoute

from blogbot.app.core import Core, open_core
from blogbot.app.logs import log_for_operators
from blogbot.app.memory import give_back, keep_small, settle
from blogbot.app.monitor import Monitor
from blogbot.app.server import Server, listen
from blogbot.app.ticks import Pulse, Ticks
from blogbot.bot import BotService
from blogbot.config import Settings, SourceSettings
from blogbot.delivery import Delivery
from blogbot.errors import BlogbotError, SourceError, StoreError, TokenRejected
from blogbot.model import Lane
from blogbot.web import create_web
from blogbot.websub import WebSub

log = structlog.get_logger(__name__)

TURN_EVERY = 1.0
PUBLISH_EVERY = 15.0
UPKEEP_EVERY = 3600.0
SAMPLE_EVERY = 15.0
"""Seconds. Publishing is a glance at a stamp unless something changed, also by another process."""

KEPT = timedelta(days=120)
"""How long the ledger remembers what is over."""

PRUNED_AT_ONCE = 10_000
"""Rows that one transaction forgets, so that nobody waits for it."""

ANSWERS_WITHIN = 5.0
"""Seconds that the database may take for a health check."""

DRAIN_WITHIN = 3.5
"""Seconds for the messages under way to arrive; what is queued stays queued."""

Routes = Callable[["Running"], Sequence[BaseRoute]]


@dataclass
class Ending:
    """How everything ends: when told to, or because of a failure."""

    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BlogbotError | None = None

    def fail(self, error: BlogbotError) -> None:
        """Something that trying again cannot mend: everything stops, and the reason is shown."""
        if isinstance(error, TokenRejected):
            log.error("telegram does not know this bot's token; stopping", why=str(error))
        self.failure = self.failure or error
        self.stopping.set()


@dataclass
class Running:
    """The running parts, and what the clock has them do."""

    core: Core
    bot: BotService
    delivery: Delivery
    ticks: Ticks
    websub: WebSub | None = None
    standing: tuple[object, ...] | None = None
    """How posts and events stood when they were last looked at."""
    _published: tuple[object, ...] | None = None
    _publishing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def follow(self, source: SourceSettings, tick: str) -> None:
        """One look at a source. A source that is away is logged, and looked at again next time."""
        try:
            report = await self.core.take_in(source, lambda _done, _total: self.ticks.beat(tick))
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
            self.standing = await self.core.stamp()
            stamp = (hour, *self.standing)
            if stamp != self._published:
                written = await self.core.publish()
                if self.websub is not None:
                    await self.websub.tell(await asyncio.to_thread(self.core.publisher.topics))
                self._published = stamp
                log.info("feeds written", written=written.written, unchanged=written.unchanged)
                await asyncio.to_thread(give_back)

    async def keep_up(self) -> None:
        """What has to be done now and then: the dates of series, what zones' new rules put off otherwise, the ledger's oldest rows."""
        await self.core.intake.extend()
        await self.delivery.heed_zones()
        before = self.core.clock.now() - KEPT
        forgotten = PRUNED_AT_ONCE
        while forgotten == PRUNED_AT_ONCE:
            async with self.core.store.write() as tx:
                forgotten = await tx.notifications.prune(before, PRUNED_AT_ONCE)
            self.ticks.beat("upkeep")

    async def drain(self) -> None:
        """Lets arrive what is under way, and begins nothing more."""
        stops = [self.delivery.stop(), *([self.websub.stop()] if self.websub is not None else [])]
        ended = await asyncio.gather(*stops, return_exceptions=True)
        for error in filter(None, ended):
            raise error

    async def health(self) -> list[str]:
        """What keeps blogbot from doing its work; [] when it is ready. Asked every few seconds, so it looks at little."""
        problems = [] if self.bot.ready else ["Telegram does not answer."]
        problems += [
            f"The tick “{name}” has shown no life for {age:.0f} seconds; restart blogbot if that lasts."
            for name, age in self.ticks.stuck().items()
        ]
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await self.core.stamp()
        except StoreError as error:
            problems.append(str(error))
        except TimeoutError:
            problems.append("The database does not answer.")
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
    settings, ending = core.settings, Ending()
    ticks = Ticks(ending.fail)
    running = _parts(core, ticks)
    bot = running.bot
    monitor = Monitor(core.store, bot.sender, core.clock, ticks)
    webhook = settings.public_url.startswith("https://")
    web = create_web(
        blog=core.blog,
        site=core.site,
        feeds_dir=settings.feeds_dir,
        ready=running.health,
        own_calendars=core.audience.calendars,
        webhook=bot.receive if webhook else None,
        bot_username=lambda: bot.username,
        chat_url=chat_url,
        extra=routes(running),
        clock=core.clock,
        link=running.websub.link if running.websub else lambda _: "",
        hub=running.websub.desk if running.websub else None,
        standing=lambda: running.standing,
    )
    _heed_signals(ending)
    server = Server(web, web.quick)
    async with AsyncExitStack() as stack:
        await server.start(listener)
        stack.push_async_callback(server.stop)
        stack.callback(on_stop)
        monitor.lag.start()
        stack.callback(monitor.lag.stop)
        stack.push_async_callback(bot.stop)
        stack.push_async_callback(ticks.finish, 0.5)
        stack.push_async_callback(_within, DRAIN_WITHIN, running.drain)
        stack.callback(core.intake.stop)
        stack.callback(ticks.stop)
        _set_ticks(running, monitor)
        settle()
        hook = _hook(settings) if webhook else None
        serving = asyncio.create_task(_serve(running, ending, hook, on_ready))
        await ending.stopping.wait()
        on_stopping()
        log.info("stopping")
        serving.cancel()
        await asyncio.wait({serving})
    if ending.failure is not None:
        raise ending.failure


async def run_bot(settings: Settings, on_stopping: Callable[[], None] = lambda: None) -> None:
    """`blogbot run`: everything, as the settings say."""
    log_for_operators()
    keep_small()
    if settings.public_url and not settings.public_url.startswith("https://"):
        log.warning("polling, since a webhook needs an https address", public_url=settings.public_url)
    with listen(settings.host, settings.port) as listener:
        async with open_core(settings) as core:
            await run(core, listener, on_stopping=on_stopping)


def _parts(core: Core, ticks: Ticks) -> Running:
    """The bot, and the delivery that sends by it."""
    settings = core.settings
    token = settings.token.get_secret_value() if settings.token else ""
    bot = BotService(
        token=token,
        api_url=settings.api_url,
        blog=core.blog,
        audience=core.audience,
        site=core.site,
        clock=core.clock,
        feeds_dir=str(settings.feeds_dir),
        rate=settings.rate,
        paid=[Lane[name.upper()] for name in settings.paid_lanes],
    )
    # One turn lasts as long as a mailing does, which may be hours: that it gets on shows in its looking at the clock.
    pulse = Pulse(core.clock, partial(ticks.beat, "delivery"))
    known_by = hashlib.sha256(token.encode()).hexdigest()[:16]
    delivery = Delivery(core.store, bot.sender, core.site, pulse, bot=known_by, admins=settings.admins)
    return Running(core, bot, delivery, ticks, _websub(core, ticks))


def _websub(core: Core, ticks: Ticks) -> WebSub | None:
    settings = core.settings
    if not settings.hub:
        return None
    pulse = Pulse(core.clock, partial(ticks.beat, "websub"))
    return WebSub(
        core.store,
        pulse,
        hub=settings.hub_url,
        public_url=settings.public_url,
        folder=settings.feeds_dir,
        own=settings.own_hub,
    )


async def _serve(running: Running, ending: Ending, hook: tuple[str, str] | None, on_ready: Callable[[], None]) -> None:
    """Joins Telegram, starts the clock, and listens for updates."""
    try:
        await running.bot.start()
        running.ticks.start()
        log.info("running", bot=running.bot.username, updates="webhook" if hook else "polling")
        on_ready()
        await running.bot.listen(hook)
    except BlogbotError as error:
        ending.fail(error)
    except Exception as error:
        log.exception("stopped by an error of blogbot's own")
        ending.fail(BlogbotError(f"blogbot met an error of its own ({type(error).__name__}); the log has the details."))


def _set_ticks(running: Running, monitor: Monitor) -> None:
    ticks, settings = running.ticks, running.core.settings
    ticks.every(TURN_EVERY, "delivery", running.delivery.turn)
    if running.websub is not None:
        ticks.every(TURN_EVERY, "websub", running.websub.turn)
    ticks.every(PUBLISH_EVERY, "feeds", running.publish)
    ticks.every(SAMPLE_EVERY, "metrics", monitor.sample)
    ticks.every(UPKEEP_EVERY, "upkeep", running.keep_up)
    for number, source in enumerate(settings.sources, 1):
        name = f"source {number}: {source.label}"
        ticks.every(source.interval, name, partial(running.follow, source, name))


def _hook(settings: Settings) -> tuple[str, str]:
    """Where Telegram brings updates, and the secret by which they are known: the same for every process of this bot."""
    token = settings.token.get_secret_value() if settings.token else ""
    secret = hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()
    return f"{settings.public_url}/telegram/webhook", secret


def _heed_signals(ending: Ending) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.stopping.set)


async def _within(seconds: float, closing: Callable[[], Awaitable[None]]) -> None:
    """Closes what can be closed: a database that is away is no reason not to stop, and the ledger bears a crash too."""
    try:
        await asyncio.wait_for(closing(), seconds)
    except TimeoutError:
        log.warning("not everything ended in time; what was queued is kept")
    except StoreError as error:
        log.warning("not everything could be written at the end; the next start settles it", why=str(error))
