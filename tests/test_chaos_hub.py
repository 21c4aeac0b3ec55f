"""blogbot's own hub, killed between two pushes and in the middle of one: every subscriber gets the newest, and none is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from blogbot.app.core import open_store
from blogbot.config import only
from blogbot.publish.topics import digest_of
from blogbot.store import Store
from blogbot.websub import WebSub
from tests.chaos.blog import Blog
from tests.chaos.hub import ANSWERED, BETWEEN, OWING, UNTOLD, live
from tests.chaos.workers import until
from tests.listener import Hanging, Listener, listening
from tests.nursery import nursery

PUBLIC = "http://127.0.0.1:8080"
CALLBACKS = 12
WITHIN = 60.0
FEEDS = ("atom.xml", "rss.xml")


class Lives:
    """The hub's processes, on one database and one blog, and who is subscribed to what."""

    def __init__(self, folder: Path, store: Store, url: str, reader: Listener) -> None:
        self.blog = Blog(folder)
        self.feeds = folder / "feeds"
        self.store, self.reader = store, reader
        self._log = folder / "log"
        self._given = url, str(self.blog.folder), str(self.feeds), PUBLIC
        self._nursery = nursery()
        self._hub = WebSub(store, store.clock, hub=f"{PUBLIC}/hub", public_url=PUBLIC, folder=self.feeds, own=True)

    @contextmanager
    def running(self, point: str = "") -> Iterator[ForkServerProcess]:
        process = self._nursery.Process(target=live, args=(self._given, str(self._log), point))
        process.start()
        try:
            yield process
        finally:
            process.kill()
            process.join()
        assert process.exitcode == -signal.SIGKILL, self._log.read_text()[-4000:]

    async def dies(self, point: str) -> None:
        """There is news, and it dies over it."""
        self.blog.post()
        with self.running(point) as process:
            await asyncio.to_thread(process.join, WITHIN)
            assert process.exitcode is not None, f"it did not die {point}"

    async def subscribe(self, callback: str, feed: str) -> None:
        assert self._hub.desk is not None
        form = {"hub.mode": "subscribe", "hub.topic": f"{PUBLIC}/feeds/{feed}", "hub.callback": callback}
        await self._hub.desk.take(form)

    async def knows_feeds(self) -> bool:
        async with self.store.read() as tx:
            return {*FEEDS} <= (await tx.topics.digests()).keys()

    async def all_subscribed(self) -> bool:
        async with self.store.read() as tx:
            return await tx.subscriptions.count() == CALLBACKS

    async def arrives(self) -> None:
        """In a life that nobody disturbs, each subscriber has got the newest, whatever it got before."""
        with self.running():
            assert await until(self.settled, WITHIN)
        latest = {push.path: push.body for push in self.reader.pushes}
        newest = [(self.feeds / feed).read_bytes() for feed in FEEDS]
        assert latest == {f"/{number}": newest[number % 2] for number in range(CALLBACKS)}

    async def settled(self) -> bool:
        """Whether the newest is published and told of, and nobody is owed anything."""
        content = {feed: (self.feeds / feed).read_bytes() for feed in FEEDS}
        async with self.store.read() as tx:
            told = await tx.topics.digests()
            if any(told[feed] != digest_of(content[feed]) for feed in FEEDS) or await tx.errands.waiting():
                return False
        return all(f"Post {self.blog.posts}<".encode() in each for each in content.values())


async def test_a_hub_that_is_killed_again_and_again_loses_no_subscriber_and_no_news(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with open_store(only(database_url=sqlite_url)) as store, listening() as reader:
        lives = Lives(tmp_path, store, sqlite_url, reader)
        with lives.running():
            assert await until(lives.knows_feeds, WITHIN)
            async with Hanging(reader) as hanging:
                for number in range(CALLBACKS):
                    await lives.subscribe(f"{reader.url}{number}", FEEDS[number % 2])
                await hanging.reached.wait()
        with lives.running():
            assert await until(lives.all_subscribed, WITHIN)
        for point in (BETWEEN, ANSWERED):
            await lives.dies(point)
        lives.blog.post()
        with lives.running():
            async with Hanging(reader) as hanging:
                await hanging.reached.wait()
        await lives.arrives()
        # What is lost here would come with the next news, so there is none.
        for point in (OWING, UNTOLD):
            await lives.dies(point)
            await lives.arrives()
        assert await lives.all_subscribed()
