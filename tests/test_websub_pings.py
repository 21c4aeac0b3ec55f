"""Another hub is told of each change of a feed: of which, how, and again until it has taken it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from blogbot import doctor
from blogbot.app.core import Core, open_core
from blogbot.app.running import Running
from blogbot.app.ticks import Ticks
from blogbot.bot import BotService
from blogbot.clock import MovableClock
from blogbot.config import only
from blogbot.delivery import Delivery
from blogbot.model import ErrandKind
from blogbot.store import Store
from blogbot.websub import WebSub
from blogbot.websub.caller import Caller
from tests.content import Written, post
from tests.listener import Hanging, Heard, Listener, listening
from tests.shell import free_port
from tests.store_samples import DAY, MINUTE
from tests.visitor import browser

BLOG = "https://blog.example"
FORMATS = ("atom.xml", "rss.xml", "feed.json", "summary/atom.xml", "summary/rss.xml", "summary/feed.json")
BAKING = sorted(f"{folder}{name}" for folder in ("", "tags/baking/") for name in FORMATS)


@pytest.fixture
async def hub() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


class Blog:
    """What tells a hub, in one process after the other, on one database."""

    def __init__(self, store: Store, clock: MovableClock, hub: str) -> None:
        self.store = store
        self._clock = clock
        self._hub = hub
        self._digests = dict.fromkeys(BAKING, "0")
        self.websub = self._process()

    def _process(self) -> WebSub:
        return WebSub(self.store, self._clock, hub=self._hub, public_url=BLOG, folder=Path("/nowhere"))

    async def change(self, *paths: str) -> None:
        self._digests |= {path: f"{self._digests.get(path)}+" for path in paths}
        await self.websub.tell(self._digests)

    async def restart(self) -> None:
        """As if the process had ended, at whatever point, and another had begun."""
        await self.websub.close()
        self.websub = self._process()
        await self.websub.tell(self._digests)

    async def waiting(self) -> int:
        async with self.store.read() as tx:
            return (await tx.errands.waiting()).get(ErrandKind.PING, 0)


@pytest.fixture
async def blog(sqlite_store: Store, clock: MovableClock, hub: Listener) -> AsyncIterator[Blog]:
    """With feeds that were looked at once."""
    blog = Blog(sqlite_store, clock, hub.url)
    await blog.change()
    yield blog
    await blog.websub.stop()


def told(heard: Heard) -> list[str]:
    """The feeds that the hub was told of, by their paths, in order."""
    return sorted(value.removeprefix(f"{BLOG}/feeds/") for name, value in heard.form if name == "hub.url")


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("blogbot_websub_calls_total", {"kind": "ping", "outcome": outcome}) or 0.0


# --- What is told, with real feeds -----------------------------------------------------------------------------------


class Site:
    """The running whole without a bot."""

    def __init__(self, core: Core) -> None:
        bot, delivery = cast(BotService, SimpleNamespace(ready=True)), cast(Delivery, None)
        self.core = core
        self.websub = WebSub(
            core.store, core.clock, hub=core.settings.hub_url, public_url=BLOG, folder=core.settings.feeds_dir
        )
        self.running = Running(core, bot, delivery, Ticks(print), self.websub)
        self._source = Written()

    async def take_in(self, **texts: str) -> None:
        for slug, text in texts.items():
            tag = "Baking" if slug == "bread" else "Weather"
            self._source.show(**{slug: post(slug, tags=(tag,), html=f"<p>{text}</p>")})
        await self.core.intake.run(self._source)


@pytest.fixture
async def site(sqlite_url: str, clock: MovableClock, tmp_path: Path, hub: Listener) -> AsyncIterator[Site]:
    """With two articles, whose feeds were published once."""
    settings = only(database_url=sqlite_url, feeds_dir=tmp_path / "feeds", public_url=BLOG, hub=hub.url)
    async with open_core(settings, clock) as core:
        site = Site(core)
        await site.take_in(bread="Dough rises.", rain="Wet streets.")
        await site.running.publish()
        await site.websub.turn()
        yield site
        await site.websub.stop()


async def test_a_changed_article_is_told_to_the_hub_as_just_the_feeds_that_show_it(site: Site, hub: Listener) -> None:
    assert hub.heard == []
    await site.take_in(bread="Dough rises slowly.")
    await site.running.publish()
    await site.websub.turn()
    (heard,) = hub.heard
    assert told(heard) == BAKING
    await site.running.publish()
    assert await site.websub.turn() == 0


async def test_what_was_written_by_another_process_or_before_a_crash_is_told_all_the_same(
    site: Site, hub: Listener
) -> None:
    await site.take_in(bread="Dough falls.")
    await site.core.publish()
    await site.running.publish()
    await site.websub.turn()
    assert told(hub.heard[0]) == BAKING


async def test_every_feed_names_the_hub_in_itself_and_when_it_is_served(site: Site, hub: Listener) -> None:
    core = site.core
    ask = browser(core.blog, core.settings.feeds_dir, site=core.site, link=site.websub.link)
    for path in (*BAKING, "events/atom.xml"):
        for method in ("GET", "HEAD"):
            answer = await ask(f"/feeds/{path}", method)
            assert answer.headers["link"] == f'<{hub.url}>; rel="hub", <{BLOG}/feeds/{path}>; rel="self"'
        assert hub.url in (await ask(f"/feeds/{path}")).text
        for known in ({"If-None-Match": answer.headers["etag"]}, {"Range": "bytes=0-9"}):
            part = await ask(f"/feeds/{path}", headers=known)
            assert part.status_code in (304, 206)
            assert part.headers["link"] == answer.headers["link"]
    for path in ("feeds.opml", "events.ics", "sitemap.xml", "custom/atom.xml?tag=baking"):
        assert "link" not in (await ask(f"/feeds/{path}")).headers
    without = browser(core.blog, core.settings.feeds_dir, site=core.site)
    assert "link" not in (await without("/feeds/atom.xml")).headers


# --- How it is told --------------------------------------------------------------------------------------------------


async def test_a_ping_is_a_form_and_several_feeds_are_one_call(blog: Blog, hub: Listener) -> None:
    before = counted("sent")
    await blog.change("rss.xml", "atom.xml")
    await blog.websub.turn()
    (heard,) = hub.heard
    assert (heard.method, heard.headers["Content-Type"]) == ("POST", "application/x-www-form-urlencoded")
    feeds = [("hub.url", f"{BLOG}/feeds/{path}") for path in ("atom.xml", "rss.xml")]
    assert heard.form == [("hub.mode", "publish"), *feeds]
    assert counted("sent") == before + 1


async def test_a_hub_that_is_away_hears_once_of_all_that_changed_meanwhile(
    blog: Blog, hub: Listener, clock: MovableClock
) -> None:
    hub.statuses = [503, 302]
    for path in ("atom.xml", "atom.xml", "rss.xml"):
        await blog.change(path)
        await blog.websub.turn()
    assert await blog.waiting() == 2
    clock.move(MINUTE)
    await blog.websub.turn()
    assert [told(heard) for heard in hub.heard] == [["atom.xml"], ["rss.xml"], ["atom.xml", "rss.xml"]]
    assert await blog.waiting() == 0


async def test_no_ping_is_lost_while_the_hub_is_gone_for_days_nor_over_a_restart(
    sqlite_store: Store, clock: MovableClock
) -> None:
    port = free_port()
    blog = Blog(sqlite_store, clock, f"http://127.0.0.1:{port}/")
    await blog.change()
    await blog.change("atom.xml")
    for _ in range(5):
        await blog.websub.turn()
        clock.move(DAY)
    await blog.restart()
    assert await blog.waiting() == 1
    async with listening(port) as back:
        await blog.websub.turn()
        assert told(back.heard[0]) == ["atom.xml"]
    assert await blog.waiting() == 0
    await blog.websub.stop()


async def test_a_ping_that_was_under_way_at_a_crash_is_made_again(
    blog: Blog, hub: Listener, clock: MovableClock
) -> None:
    async with Hanging(hub) as hanging:
        await blog.change("atom.xml")
        turn = asyncio.create_task(blog.websub.turn())
        await hanging.reached.wait()
        for task in (turn, *blog.websub._courier._under_way):
            task.cancel()
        await asyncio.gather(turn, return_exceptions=True)
    await blog.restart()
    assert await blog.websub.turn() == 0
    clock.move(MINUTE)
    assert await blog.websub.turn() == 1
    assert [told(heard) for heard in hub.heard] == [["atom.xml"], ["atom.xml"]]


async def test_an_orderly_end_gives_back_at_once_what_is_under_way(
    blog: Blog, hub: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blogbot.websub.courier.LINGER", 0)
    async with Hanging(hub) as hanging:
        await blog.change("atom.xml")
        turn = asyncio.create_task(blog.websub.turn())
        await hanging.reached.wait()
        await blog.websub.stop()
        await turn
    await blog.restart()
    assert await blog.websub.turn() == 1
    assert await blog.waiting() == 0


async def test_a_hub_that_refuses_some_feeds_is_told_of_the_others(
    blog: Blog, hub: Listener, clock: MovableClock
) -> None:
    async def knows_rss_alone(heard: Heard) -> web.Response | None:
        return None if all(path.endswith("rss.xml") for path in told(heard)) else web.Response(status=400)

    hub.answer = knows_rss_alone
    await blog.change(*FORMATS)
    await blog.websub.turn()
    clock.move(MINUTE)
    await blog.websub.turn()
    assert sorted(told(heard) for heard in hub.heard) == sorted([sorted(FORMATS), *([path] for path in FORMATS)])
    assert await blog.waiting() == 4


NOON, LATER = "Mon, 02 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:10:00 GMT"


@pytest.mark.parametrize("said", [{"Retry-After": "600"}, {"Retry-After": LATER, "Date": NOON}])
async def test_a_hub_that_asks_to_be_left_alone_is(
    blog: Blog, hub: Listener, clock: MovableClock, said: dict[str, str]
) -> None:
    async def busy(_: Heard) -> web.Response:
        return web.Response(status=429, headers=said)

    hub.answer = busy
    await blog.change("atom.xml")
    await blog.websub.turn()
    hub.answer = None
    clock.move(9 * MINUTE)
    assert await blog.websub.turn() == 0
    clock.move(MINUTE)
    assert await blog.websub.turn() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"Retry-After": NOON, "Date": LATER},
        {"Retry-After": "Mon, 02 Mar 2026 12:10:00 -0000", "Date": NOON},
        {"Retry-After": LATER, "Date": "today"},
        {"Retry-After": "-5"},
        {"Retry-After": "\u0663"},
    ],
)
async def test_a_wish_to_be_left_alone_that_says_nothing_is_none(hub: Listener, said: dict[str, str]) -> None:
    async def busy(_: Heard) -> web.Response:
        return web.Response(status=503, headers=said)

    hub.answer = busy
    async with Caller() as caller:
        assert (await caller.get(hub.url)).wait == 0


async def test_a_folder_that_is_away_takes_nothing_back(blog: Blog) -> None:
    assert await blog.websub.tell({}) == 0
    async with blog.store.read() as tx:
        assert await tx.topics.digest("atom.xml") is not None


async def test_the_doctor_says_whether_the_hub_answers_and_what_waits(blog: Blog, hub: Listener) -> None:
    settings: dict[str, Any] = {"public_url": BLOG}
    assert (await doctor._hub(only(hub=hub.url, **settings))).verdict == "ok"
    away = await doctor._hub(only(hub=f"http://127.0.0.1:{free_port()}/", **settings))
    assert (away.verdict, "no connection (connection refused)" in away.what) == ("wrong", True)
    assert (await doctor._hub(only(**settings))).verdict == "note"
    assert await doctor._owed(blog.store) == []
    hub.statuses = [500]
    await blog.change("atom.xml")
    await blog.websub.turn()
    (note,) = await doctor._owed(blog.store)
    assert "1 call waits" in note.what
    assert "it answered 500" in note.what
