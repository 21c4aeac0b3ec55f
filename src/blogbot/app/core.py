"""The parts that work without a messenger: what every command needs, and what the running bot stands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from blogbot.app.contents import StoreContents
from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.clock import Clock
from blogbot.config import Settings, SourceSettings
from blogbot.intake import Intake, Report
from blogbot.model import Site
from blogbot.publish import Publisher, Written
from blogbot.sources import Fetcher, Source, open_source
from blogbot.store import Store


@asynccontextmanager
async def open_store(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Store]:
    """The store, its tables as they are."""
    store = await Store.open(settings.database_url, clock=clock or Clock())
    try:
        yield store
    finally:
        await store.close()


@dataclass(frozen=True, slots=True)
class Core:
    """The parts that work without a messenger."""

    settings: Settings
    clock: Clock
    site: Site
    store: Store
    blog: Blog
    audience: Audience
    intake: Intake
    publisher: Publisher
    fetcher: Fetcher
    opened: dict[SourceSettings, Source] = field(default_factory=dict)

    async def take_in(self, source: SourceSettings, progress: Callable[[int, int], None] | None = None) -> Report:
        """One look at one source, saved. Raises SourceError."""
        # A source keeps what it found out about its address, so each is opened once.
        if source not in self.opened:
            self.opened[source] = open_source(
                source, timezone=self.settings.timezone, fetcher=self.fetcher, base=self.site.url
            )
        return await self.intake.run(self.opened[source], progress=progress)

    async def stamp(self) -> tuple[object, ...]:
        """Differs when what feeds show differs, whichever process changed it."""
        async with self.store.read() as tx:
            return *await tx.posts.stamp(), *await tx.events.stamp()

    async def publish(self) -> Written:
        """Writes the feeds as the store is now. Raises PublishError."""
        contents = StoreContents(self.site, self.store, self.blog, self.clock)
        return await asyncio.to_thread(self.publisher.publish, contents)


@asynccontextmanager
async def open_core(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Core]:
    """The core on an up-to-date database."""
    clock = clock or Clock()
    site = settings.site()
    async with open_store(settings, clock) as store, Fetcher() as fetcher:
        await store.upgrade()
        yield Core(
            settings=settings,
            clock=clock,
            site=site,
            store=store,
            blog=Blog(store, clock),
            audience=Audience(store, clock),
            intake=Intake(store, site, clock),
            publisher=Publisher(settings.feeds_dir, site, settings.hub_url),
            fetcher=fetcher,
        )
