"""blogbot as its own hub, for tests: on feeds that a test writes, with a reader on this machine."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.publish.topics import digest_of
from blogbot.store import Store
from blogbot.websub import WebSub
from tests.listener import Listener, listening
from tests.visitor import browser

BLOG = "http://127.0.0.1:8080"
ATOM, RSS = f"{BLOG}/feeds/atom.xml", f"{BLOG}/feeds/rss.xml"


class Hub:
    """Our own, on feeds that a test writes."""

    def __init__(self, store: Store, clock: MovableClock, folder: Path, public_url: str = BLOG) -> None:
        self.store, self.clock, self.folder = store, clock, folder
        self.public_url = public_url
        self.feeds = {"atom.xml": "<feed>1</feed>", "rss.xml": "<rss>1</rss>"}
        self.websub = self._process()
        self.ask = browser(Blog(store, clock), folder, hub=self.websub.desk, link=self.websub.link)

    def _process(self) -> WebSub:
        hub = f"{self.public_url}/hub"
        return WebSub(self.store, self.clock, hub=hub, public_url=self.public_url, folder=self.folder, own=True)

    async def restart(self) -> None:
        """As if the process had ended, at whatever point, and another had begun."""
        await self.websub.close()
        self.websub = self._process()
        self.ask = browser(Blog(self.store, self.clock), self.folder, hub=self.websub.desk, link=self.websub.link)

    async def publish(self, **feeds: str) -> None:
        """Feeds by their files' names without the ending."""
        for stem, content in feeds.items():
            self.feeds[f"{stem}.xml"] = content
        self.folder.mkdir(exist_ok=True)
        for path, content in self.feeds.items():
            (self.folder / path).write_text(content)
        await self.websub.tell(self.digests)

    async def withdraw(self, path: str) -> None:
        del self.feeds[path]
        (self.folder / path).unlink()
        await self.websub.tell(self.digests)

    @property
    def digests(self) -> dict[str, str]:
        return {path: digest_of(content.encode()) for path, content in self.feeds.items()}

    async def request(self, callback: str, topic: str = ATOM, mode: str = "subscribe", **more: str) -> httpx.Response:
        form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
        return await self.ask("/hub", "POST", data=form | {f"hub.{name}": value for name, value in more.items()})

    async def subscribed(self, callback: str, topic: str = ATOM, **more: str) -> None:
        assert (await self.request(callback, topic, **more)).status_code == 202
        assert await self.websub.turn() == 1

    async def count(self) -> int:
        async with self.store.read() as tx:
            return await tx.subscriptions.count()

    async def owed(self) -> int:
        async with self.store.read() as tx:
            return sum((await tx.errands.waiting()).values())


@pytest.fixture
async def hub(sqlite_store: Store, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Hub]:
    hub = Hub(sqlite_store, clock, tmp_path / "feeds")
    await hub.publish()
    yield hub
    await hub.websub.stop()


@pytest.fixture
async def reader() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


def signed(secret: str, content: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
