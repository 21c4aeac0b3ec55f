"""Transactions: who sees what, who waits for whom; and that no list reads a whole large table."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event, text

from blogbot.errors import StoreError
from blogbot.model import AnnouncementKind, Chat, Follow, FollowKind, Lane, Offset, ReminderRule
from blogbot.store import Store, Transaction
from tests.store_samples import DAY, HOUR, NOW, add_chat, add_dates, add_event, add_post, announce, date_of, tags


async def test_a_reader_sees_one_moment_and_waits_for_nobody(store: Store) -> None:
    async with store.read() as reader:
        assert await reader.chats.count() == 0
        async with store.write() as writer:
            await add_chat(writer, 1)
            assert await reader.chats.count() == 0
        assert await reader.chats.count() == 0
    async with store.read() as reader:
        assert await reader.chats.count() == 1


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError):
        async with store.read() as tx:
            await add_chat(tx, 1)
    async with store.read() as tx:
        assert await tx.chats.count() == 0


async def test_a_commit_is_on_the_disk_before_anyone_goes_by_it(sqlite_store: Store) -> None:
    """Else a power cut takes back what was sent, and it is sent again (https://sqlite.org/pragma.html#pragma_synchronous)."""
    async with sqlite_store._engines.writer.connect() as connection:
        pragmas = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in ("journal_mode", "synchronous")
        ]
    assert pragmas == ["wal", 2]  # FULL


async def test_what_is_raised_inside_undoes_the_transaction_and_comes_out_as_it_is(store: Store) -> None:
    async def fail() -> None:
        async with store.write() as tx:
            await add_chat(tx, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.read() as tx:
        assert await tx.chats.count() == 0


async def test_many_writers_take_turns_and_none_is_lost(store: Store) -> None:
    async def one(number: int) -> None:
        async with store.write() as tx:
            await add_chat(tx, number)

    await asyncio.gather(*(one(number) for number in range(40)))
    async with store.read() as tx:
        assert await tx.chats.count() == 40


async def test_a_writer_that_is_cancelled_frees_the_store(store: Store) -> None:
    began = asyncio.Event()

    async def hold() -> None:
        async with store.write() as tx:
            await add_chat(tx, 1)
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.write() as tx:
        await add_chat(tx, 2)
        assert await tx.chats.count() == 1


# --- Speed -----------------------------------------------------------------------------------------------------------

LARGE = [
    "posts",
    "post_tags",
    "post_authors",
    "post_links",
    "related",
    "occurrences",
    "chats",
    "follows",
    "rules",
    "announcements",
    "notifications",
    "source_entries",
]


@pytest.fixture
def asked(sqlite_store: Store) -> list[tuple[str, Any]]:
    """The statements that the store runs, with their parameters."""
    found: list[tuple[str, Any]] = []
    for engine in (sqlite_store._engines.reader, sqlite_store._engines.writer):

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def note(_: Any, __: Any, statement: str, parameters: Any, *rest: Any) -> None:
            found.append((statement, parameters))

    return found


def steps(url: str, statement: str, parameters: Any) -> list[str]:
    """How SQLite goes about a statement."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


async def test_the_oldest_in_a_queue_of_millions_is_found_in_leaps(
    sqlite_store: Store, sqlite_url: str, asked: list[tuple[str, Any]]
) -> None:
    async with sqlite_store.read() as tx:
        await tx.notifications.oldest_due(NOW)
    leaps = [each for each in asked if "leaps" in each[0]]
    assert len(leaps) == len(Lane)
    for statement, parameters in leaps:
        found = steps(sqlite_url, statement, parameters)
        assert sum("(deadline,announcement_id,chat_id)>(?,?,?)" in step for step in found) == 2, found


async def test_no_list_reads_a_whole_large_table(
    sqlite_store: Store, sqlite_url: str, asked: list[tuple[str, Any]]
) -> None:
    async with sqlite_store.write() as tx:
        post, party = await add_post(tx, "a", tags=tags("Art"), text="word"), await add_event(tx, "party")
        (date,) = await add_dates(tx, party, date_of(party, NOW + HOUR))
        chat = await add_chat(tx, 1, Follow(FollowKind.EVERYTHING), ReminderRule(Offset(1)))
        asked.clear()
        await ask_everything(tx, post.id, party.id, date.id, chat)
    assert len(asked) > 50
    whole = [
        (step, statement)
        for statement, parameters in asked
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
        for step in steps(sqlite_url, statement, parameters)
        if re.fullmatch(rf"SCAN ({'|'.join(LARGE)})", step)
    ]
    assert whole == []


async def ask_everything(tx: Transaction, post: int, party: int, date: int, chat: Chat) -> None:
    """Every question that is asked while people wait, and every step of delivery."""
    for page in ((10, 0), (10, 500)):
        await tx.posts.latest(*page)
        await tx.posts.by_tag("art", *page)
        await tx.posts.by_author("ann", *page)
        await tx.posts.search("word", *page)
        await tx.events.upcoming(NOW, *page)
        await tx.events.agenda(NOW, *page)
        await tx.events.past(NOW, *page)
    await tx.posts.by_address("example.org/a")
    await tx.posts.known("a")
    await tx.posts.free_slug("a")
    await tx.posts.related(post, 5)
    await tx.posts.lists([post], 5)
    await tx.posts.outlines([post])
    await tx.posts.remove(post, NOW)
    await tx.events.next_of(party, NOW)
    await tx.events.coming((await tx.events.many([party])).values(), NOW, 5)
    await tx.events.starting(NOW, NOW + DAY)
    await tx.events.occurrences_of(party, after=NOW)
    await tx.sources.seen("blog")
    await tx.chats.by_telegram(1)
    await tx.chats.deactivate(7)
    await tx.follows.of(chat.id)
    await tx.rules.of(chat.id)
    for number, kind in enumerate(AnnouncementKind):
        about: dict[str, Any] = (
            {"post_id": post} if kind is AnnouncementKind.POST else {"event_id": party, "occurrence_id": date}
        )
        announcement = await announce(tx, str(number), kind, **about, offset=Offset(1))
        await tx.announcements.fan_out(announcement, NOW)
    await tx.announcements.pending(NOW, 10)
    (leased,) = await tx.notifications.lease(NOW, 10, NOW + HOUR)
    await tx.notifications.gather([leased], NOW, NOW + HOUR)
    await tx.notifications.renew([leased], NOW + HOUR)
    await tx.notifications.begin([leased], NOW)
    await tx.notifications.sent([(leased, 1)], NOW)
    await tx.notifications.told(chat.id, 1)
    await tx.notifications.history(chat.id, 10)
    await tx.notifications.troubled(10)
    await tx.notifications.hold([(leased, NOW + HOUR)], NOW)
    await tx.notifications.wake(NOW, 10)
    await tx.notifications.needs_care(NOW)
    await tx.notifications.reconsider(chat.id)
    await tx.notifications.recall(NOW, 9)
    await tx.notifications.lease(NOW, 10, NOW + HOUR, lowest=1, alone=False)
    await tx.notifications.oldest_due(NOW)
    await tx.notifications.next_due(NOW)
    await tx.notifications.expire(NOW)
    await tx.notifications.recover(NOW)
    await tx.notifications.drop_chat(chat.id, "gone", NOW)
    await tx.announcements.withdraw(event_id=party, reason="moved", now=NOW)
    await tx.announcements.withdraw(occurrence_ids=[date], reason="moved", now=NOW)
