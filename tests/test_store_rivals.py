"""Two transactions at once on PostgreSQL: what one does is not overlooked by the other, and no two wait for each other.

SQLite lets one write at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from blogbot.audience import Audience
from blogbot.clock import MovableClock
from blogbot.model import Chat
from blogbot.store import Store, Transaction
from blogbot.store.tables import announcements, notifications
from tests.store_samples import (
    DAY,
    EVERYTHING,
    EXPIRED,
    FAILED,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    QUEUED,
    SENDING,
    add_chat,
    add_post,
    announce,
    fan_out,
    ledger,
    queue,
    states,
)

Act = Callable[[Transaction], Awaitable[object]]

LATE = NOW + 2 * DAY
_BLOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")


@pytest.fixture
async def store(postgres_url: str, clock: MovableClock) -> AsyncIterator[Store]:
    opened = await Store.open(postgres_url, clock=clock)
    yield opened
    await opened.close()


async def begun(store: Store, act: Coroutine[Any, Any, object], others: int = 0) -> asyncio.Task[object]:
    """Begins `act` and comes back when it waits for another transaction, as `others` do already, or is over."""
    task = asyncio.create_task(act)
    blocked = 0
    while blocked <= others and not task.done():
        async with store.read() as tx:
            blocked = await tx.notifications._value(_BLOCKED)
    return task


async def done(store: Store, act: Act) -> None:
    async with store.write() as tx:
        await act(tx)


async def follower(store: Store) -> Chat:
    async with store.write() as tx:
        return await add_chat(tx, 1, EVERYTHING, at=NOW - DAY)


@asynccontextmanager
async def a_page_under_way(store: Store) -> AsyncIterator[None]:
    """An article's news is queued for its followers, and not committed before the end."""
    async with store.write() as tx:
        news = await announce(tx, "post:a", post_id=(await add_post(tx, "a")).id)
    async with store.write() as tx:
        assert await fan_out(tx, news) == 1
        yield


# --- A wish that changes while its chat is passed -------------------------------------------------------------------


async def test_who_unfollows_while_news_is_being_queued_is_not_told(store: Store, clock: MovableClock) -> None:
    chat = await follower(store)
    async with a_page_under_way(store):
        unfollowing = await begun(store, Audience(store, clock).unfollow(chat, EVERYTHING))
    assert await unfollowing
    assert await states(store) == {EXPIRED: 1}


async def test_news_outlives_a_mute_that_began_while_it_was_being_queued(store: Store, clock: MovableClock) -> None:
    chat = await follower(store)
    async with a_page_under_way(store):
        muting = await begun(store, Audience(store, clock).set_terms(chat, muted_until=NOW + 5 * DAY))
    await muting
    async with store.read() as tx:
        assert await tx.notifications._value(select(notifications.c.expires)) > NOW + 5 * DAY


async def test_who_is_just_unfollowing_when_news_comes_is_not_told(store: Store) -> None:
    chat = await follower(store)
    async with store.write() as tx:
        news = await announce(tx, "post:a", post_id=(await add_post(tx, "a")).id)
    async with store.write() as tx:
        await tx.chats.lock(chat.id)
        await tx.follows.remove(chat.id, EVERYTHING)
        passing = await begun(store, done(store, lambda other: fan_out(other, news)))
    await passing
    assert await states(store) == {}


# --- Two that want the same rows ------------------------------------------------------------------------------------


async def both(store: Store, first: Act, second: Act) -> None:
    """Both at once: each goes as far as it can while somebody holds the last of the rows that both want."""
    async with store.write() as tx:
        last = select(notifications).order_by(notifications.c.announcement_id.desc(), notifications.c.chat_id)
        await tx.notifications._rows(last.limit(1).with_for_update())
        tasks = [await begun(store, done(store, act), others) for others, act in enumerate((first, second))]
    await asyncio.gather(*tasks)


async def test_what_is_withdrawn_while_it_expires_comes_to_its_end(store: Store) -> None:
    await follower(store)
    async with store.write() as tx:
        await queue(tx, "a", due=NOW, expires=NOW + HOUR)
        post = await tx.notifications._value(select(announcements.c.post_id))
    await both(
        store,
        lambda tx: tx.notifications.expire(LATE),
        lambda tx: tx.announcements.withdraw(post_id=post, reason="gone", now=LATE),
    )
    assert await states(store) == {EXPIRED: 1}


async def test_what_is_withdrawn_while_its_call_begins_is_still_being_sent(store: Store) -> None:
    await follower(store)
    async with store.write() as tx:
        await queue(tx, "a")
        post = await tx.notifications._value(select(announcements.c.post_id))
        leased = await tx.notifications.lease(NOW, 1, LEASE)
    async with store.write() as tx:
        await tx.notifications.begin(leased, NOW)
        withdrawing = await begun(
            store, done(store, lambda other: other.announcements.withdraw(post_id=post, reason="gone", now=NOW))
        )
    await withdrawing
    assert await states(store) == {SENDING: 1}


@pytest.mark.parametrize(
    "look_anew",
    [
        lambda tx: tx.notifications.wake(NOW + HOUR, 1),
        lambda tx: tx.notifications.reconsider_held(NOW + HOUR, 1),
        lambda tx: tx.notifications.recall(NOW, 1),
    ],
)
async def test_what_another_has_just_put_off_anew_stays_put_off(
    store: Store, look_anew: Callable[[Transaction], Awaitable[int]]
) -> None:
    chat = await follower(store)
    found: list[int] = []

    async def look(tx: Transaction) -> None:
        found.append(await look_anew(tx))

    async with store.write() as tx:
        await queue(tx, "a")
        (leased,) = await tx.notifications.lease(NOW, 1, LEASE)
        await tx.notifications.hold([(leased, NOW + HOUR)], NOW + MINUTE)
    async with store.write() as tx:
        await tx.notifications.reconsider(chat.id)
        (leased,) = await tx.notifications.lease(NOW, 1, LEASE)
        await tx.notifications.hold([(leased, LATE)], NOW)
        looking = await begun(store, done(store, look))
    await looking
    await done(store, look)
    assert found == [1, 0]  # a full page was not the last, and no page is found again
    async with store.read() as tx:
        assert await tx.notifications.next_parked() == LATE


async def test_two_operators_send_the_same_again_in_whatever_order(store: Store) -> None:
    chat = await follower(store)
    async with store.write() as tx:
        keys = [(await queue(tx, key), chat.id) for key in ("a", "b")]
        await tx.notifications.drop_chat(chat.id, "broken", NOW)
    assert await states(store) == {FAILED: 2}

    def again(keys: Sequence[tuple[int, int]]) -> Act:
        return lambda tx: tx.notifications.retry_by_hand(keys, NOW)

    await both(store, again(keys[::-1]), again(keys))
    assert await states(store) == {QUEUED: 2}


async def test_a_group_that_becomes_a_supergroup_while_its_news_is_taken_loses_none(store: Store) -> None:
    async with store.write() as tx:
        old = await add_chat(tx, -5)
        await add_chat(tx, -1005, EVERYTHING, at=NOW - DAY)
        await queue(tx, "a")
    await both(
        store,
        lambda tx: tx.chats.migrate(-5, -1005),
        lambda tx: tx.notifications.lease(NOW, 10, LEASE),
    )
    async with store.read() as tx:
        assert [row[:2] for row in await ledger(tx, old.id)] == [("a", QUEUED)]
