"""What the blog is asked more than once: all answers are of one moment, and take one connection."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import event

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.errors import NotFoundError
from blogbot.store import Store
from tests.content import event as happening
from tests.content import post
from tests.store_samples import add_post
from tests.visitor import Open, TakeIn
from tests.visitor import take_in as take_in
from tests.visitor import web as web


async def test_a_moment_does_not_see_what_comes_meanwhile(store: Store, clock: MovableClock) -> None:
    blog = Blog(store, clock)
    async with blog.moment() as then:
        assert (await then.latest()).total == 0
        async with store.write() as tx:
            await add_post(tx, "new")
        assert ((await then.latest()).total, (await blog.latest()).total) == (0, 1)
        with pytest.raises(NotFoundError):
            await then.post("new")
    assert (await blog.post("new")).slug == "new"


@pytest.mark.parametrize(
    "path",
    [
        "/", "/posts/", "/posts/a", "/posts/none", "/tags/art", "/authors/ann", "/search?q=none", "/events", "/events?coming=2",
        "/events?month=2026-03", "/events/1", "/events/1?date=2", "/feeds/custom/atom.xml?tag=art&author=ann",
    ],
)  # fmt: skip
async def test_whoever_asks_for_a_page_takes_one_connection_at_a_time(
    web: Open, take_in: TakeIn, sqlite_store: Store, path: str
) -> None:
    """One that holds a connection and waits for a second can wait for ever: others may do the same."""
    await take_in(
        a=post("a", tags=("Art",), authors=("Ann",)), b=happening("b", datetime(2026, 3, 10, 10), tags=("Art",))
    )
    taken, most, times = 0, 0, 0

    @event.listens_for(sqlite_store._engines.reader.sync_engine, "checkout")
    def take(*_: object) -> None:
        nonlocal taken, most, times
        taken, times = taken + 1, times + 1
        most = max(most, taken)

    @event.listens_for(sqlite_store._engines.reader.sync_engine, "checkin")
    def give(*_: object) -> None:
        nonlocal taken
        taken -= 1

    assert (await web()(path)).status_code in {200, 404}
    assert (taken, most) == (0, 1)
    assert times <= 2, "once for the page, and once for the topics that are counted for all pages"
