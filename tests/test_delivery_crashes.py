"""What a mailing makes of crashes, slow chats, ends, a database that is away and a clock that jumps; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import structlog

from blogbot.clock import MovableClock
from blogbot.delivery import mailing
from blogbot.delivery.composer import Composer
from blogbot.errors import InDoubt, RetryLater, StoreError
from blogbot.model import Chat, Lane, ReminderRule
from blogbot.store import Store, Transaction
from tests.content import event, post
from tests.delivery_world import EVERYTHING, HOUR, TUESDAY_TEN, Notebook, PowerCut, World

LEASE = mailing.LEASE
T = TypeVar("T")


@pytest.fixture
async def world(store: Store, clock: MovableClock) -> World:
    return await World.open(store, clock)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailing that looks often, so that no test waits for it."""
    monkeypatch.setattr(mailing, "PATIENCE", 0.01)


class Held(Notebook):
    """Calls that come to no answer before they may; to some chats, or to all."""

    def __init__(self, *chats: int, rate: float = 30.0) -> None:
        super().__init__(rate)
        self.chats = chats
        self.calls = 0
        self.begun, self.second, self.go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def under_way(self, chat: Chat) -> None:
        self.calls += 1
        if self.calls == 2:
            self.second.set()
        if not self.chats or chat.telegram_id in self.chats:
            self.begun.set()
            await self.go_on.wait()


class Queue(Notebook):
    """A limiter that gives a turn to `turns` messages and lets the others wait."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = asyncio.Semaphore(turns)
        self.full = asyncio.Event()

    async def send(self, chat, message, lane, begin):  # type: ignore[no-untyped-def]
        if self.turns.locked():
            self.full.set()
        await self.turns.acquire()
        return await super().send(chat, message, lane, begin)


async def crash(world: World) -> None:
    """The process ends right after a call was begun."""

    def cut() -> None:
        raise PowerCut

    world.sender.on_send = cut
    with pytest.raises(PowerCut):
        await world.turn()
    world.sender.on_send = lambda: None


async def until(look: Callable[[], Awaitable[T]], seen: Callable[[T], bool]) -> None:
    """Looks until another task has done its work, which fails after a while."""
    async with asyncio.timeout(20):
        while not seen(await look()):
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=0.01)


async def lease_lapses(world: World) -> bool:
    """Whether what is under way will soon be taken for left behind."""
    async with world.store.read() as tx:
        return await tx.notifications.needs_care(world.clock.now() + LEASE / 4)


class Broken:
    """A database that can be taken away, as seen by everyone who writes."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away = False
        real = store.write

        @asynccontextmanager
        async def write() -> AsyncIterator[Transaction]:
            if self.away:
                raise StoreError("the database does not answer")
            async with real() as tx:
                yield tx

        monkeypatch.setattr(store, "write", write)
        monkeypatch.setattr("blogbot.delivery.journal.REST", 0.001)


# --- Crashes ---------------------------------------------------------------------------------------------------------


async def comes_to(reached: Callable[[], bool]) -> None:
    """Lets the others work until something is so; on a busy machine that takes a while."""
    for _ in range(2_000):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def test_what_a_crash_left_in_the_middle_is_settled_when_its_lease_ends(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    await crash(world)
    assert await world.states() == {"sending": 1}
    world.clock.move(LEASE - timedelta(seconds=1))
    assert await world.turn() == []
    assert await world.states() == {"sending": 1}
    world.clock.move(timedelta(seconds=2))
    assert await world.turn() == []
    assert await world.states() == {"uncertain": 1}


async def test_a_reminder_that_a_crash_left_in_the_middle_is_sent_again(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    await crash(world)
    world.clock.move(LEASE + timedelta(seconds=1))
    assert [lane for _, _, lane in await world.turn()] == [Lane.REMINDER]


async def test_what_was_leased_and_not_begun_is_not_in_doubt_after_a_crash(world: World) -> None:
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))

    def cut() -> None:
        raise PowerCut

    world.sender.on_turn = cut
    with pytest.raises(PowerCut):
        await world.turn()
    world.sender.on_turn = lambda: None
    assert await world.states() == {"queued": 3}
    world.clock.move(LEASE + timedelta(seconds=1))
    assert len(await world.turn()) == 3


async def test_a_call_under_way_is_committed_before_it_is_made(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    seen: list[dict[str, int]] = []

    class Looking(Notebook):
        async def under_way(self, chat: Chat) -> None:
            seen.append(await world.states())

    await world.another(Looking()).turn()
    assert seen == [{"sending": 1}]
    assert await world.states() == {"sent": 1}


async def test_an_answer_that_is_slower_than_a_lease_is_no_crash(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    sender, other = Held(), Notebook()
    turning = asyncio.create_task(world.another(sender).turn())
    await sender.begun.wait()
    for _ in range(6):
        world.clock.move(LEASE / 2)
        await until(lambda: lease_lapses(world), lambda lapses: not lapses)
        await world.another(other).turn()
    sender.go_on.set()
    await turning
    assert (sender.heard, other.heard) == ([1], [])
    assert await world.states() == {"sent": 1}


async def test_what_arrived_counts_as_sent_although_another_process_gave_it_up(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Held()
    turning = asyncio.create_task(world.another(sender).turn())
    await sender.begun.wait()
    async with world.store.write() as tx:
        await tx.notifications.recover(world.clock.now() + 2 * LEASE)
    assert await world.states() == {"uncertain": 1}
    sender.go_on.set()
    await turning
    assert await world.states() == {"sent": 1}


async def test_a_long_mailing_settles_what_another_process_left_behind(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    await crash(world)
    await world.chat(2, EVERYTHING)
    await world.shows(b=post("b"))
    world.clock.move(LEASE / 2)
    sender = Held()
    turning = asyncio.create_task(world.another(sender).turn())
    await sender.begun.wait()
    world.clock.move(LEASE)
    await until(world.states, lambda states: "uncertain" in states)
    sender.go_on.set()
    await turning


async def test_a_group_hears_no_more_in_a_minute_than_it_takes_though_blogbot_was_started_again(world: World) -> None:
    await world.chat(-5, EVERYTHING)
    for number in range(16):
        await world.shows(**{f"a{number}": post(f"a{number}")})
        await world.turn()
        world.clock.move(timedelta(seconds=2))
    await world.shows(more=post("more"))
    world.clock.move(timedelta(seconds=10))  # nobody else sends any more
    again = world.another()
    await again.turn()
    assert len(world.sender.sent) == 16
    world.clock.move(timedelta(seconds=40))
    await again.turn()
    assert len(world.sender.sent) == 17


# --- Slow chats and the end ------------------------------------------------------------------------------------------


async def test_one_slow_chat_holds_up_no_other(world: World) -> None:
    for number in range(1, 41):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    others = asyncio.Event()

    class OneSlow(Held):
        async def under_way(self, chat: Chat) -> None:
            await super().under_way(chat)
            if self.calls == 39 + 40:
                others.set()

    sender = OneSlow(1)
    turning = asyncio.create_task(world.another(sender).turn())
    await world.shows(b=post("b"))
    async with asyncio.timeout(30):
        await others.wait()
    assert set(sender.heard) <= set(range(2, 41)), "the slow one has heard nothing yet"
    sender.go_on.set()
    await turning
    assert sorted(sender.heard) == sorted([*range(1, 41), *range(1, 41)])


async def test_told_to_stop_it_lets_arrive_what_is_under_way_and_begins_nothing(world: World) -> None:
    for number in range(1, 101):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Held()
    delivery = world.another(sender)
    turning = asyncio.create_task(delivery.turn())
    await sender.begun.wait()
    stopping = asyncio.create_task(delivery.stop())
    await asyncio.wait({stopping}, timeout=0)
    sender.go_on.set()
    await asyncio.gather(turning, stopping)
    states = await world.states()
    assert states["sent"] == len(sender.sent) < 100
    assert states["queued"] == 100 - states["sent"]


async def test_what_waits_for_its_turn_at_the_end_is_free_at_once(world: World) -> None:
    for number in range(1, 31):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Queue(turns=3)
    delivery = world.another(sender)
    turning = asyncio.create_task(delivery.turn())
    await sender.full.wait()
    await delivery.stop()
    await turning
    assert await world.states() == {"sent": 3, "queued": 27}
    assert len(await world.turn()) == 27, "nobody waits for the old leases"


async def test_a_turn_that_is_cancelled_leaves_nothing_running(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Held()
    delivery = world.another(sender)
    turning = asyncio.create_task(delivery.turn())
    await sender.begun.wait()
    stopping = asyncio.create_task(delivery.stop())
    await asyncio.sleep(0)
    while not turning.done():
        turning.cancel()
        await asyncio.wait({turning}, timeout=0.05)
    await stopping
    assert await world.states() == {"sending": 1}, "nobody knows; its lease tells"


# --- The database away -----------------------------------------------------------------------------------------------


async def test_what_was_sent_while_the_database_was_away_is_written_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Broken(world.store, monkeypatch)
    for number in (1, 2):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Held()
    turning = asyncio.create_task(world.another(sender).turn())
    async with asyncio.timeout(20):
        await sender.second.wait()
    database.away = True
    with structlog.testing.capture_logs() as logs:
        sender.go_on.set()
        await comes_to(lambda: any("database is away" in line["event"] for line in logs))
        assert not turning.done()
        database.away = False
        await turning
    assert sorted(sender.heard) == [1, 2]
    assert await world.states() == {"sent": 2}
    assert [line["event"] for line in logs if "database" in line["event"]] == [
        "the database is away; what was sent is kept until it is back",
        "the database is back",
    ]


async def test_nothing_is_sent_that_could_not_be_written_down_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Broken(world.store, monkeypatch)
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))

    def away() -> None:
        database.away = True

    world.sender.on_turn = away
    turning = asyncio.create_task(world.delivery.turn())
    await comes_to(lambda: database.away)
    assert world.sender.sent == []
    world.sender.on_turn = lambda: None
    database.away = False
    await turning
    assert world.sender.heard == [1], "it is sent at once, not when its lease has run out"
    assert await world.states() == {"sent": 1}


async def test_whether_it_was_written_or_not_what_was_not_sent_is_sent_when_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    database = Broken(world.store, monkeypatch)
    real = world.store.write
    cut = True

    @asynccontextmanager
    async def lost_after_commit() -> AsyncIterator[Transaction]:
        nonlocal cut
        async with real() as tx:
            yield tx
        if cut and (await world.states()).get("sending"):
            cut, database.away = False, True
            raise StoreError("connection lost")

    monkeypatch.setattr(world.store, "write", lost_after_commit)
    turning = asyncio.create_task(world.delivery.turn())
    await comes_to(lambda: not cut)
    assert await world.states() == {"sending": 1}
    assert world.sender.sent == []
    database.away = False
    await turning
    assert world.sender.heard == [1]
    assert await world.states() == {"sent": 1}


async def test_what_was_leased_and_could_not_be_read_is_free_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))

    async def unreadable(*_: object) -> None:
        raise StoreError("the database does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(Composer, "compose", unreadable)
        with pytest.raises(StoreError):
            await world.turn()
    assert len(await world.turn()) == 3, "nobody waits for the old leases"


# --- The clock -------------------------------------------------------------------------------------------------------


async def test_what_was_put_off_does_not_wait_for_a_clock_that_was_set_back(world: World) -> None:
    for number in range(1, 4):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=50, everyone=True) for _ in range(3)]
    world.clock.move(timedelta(hours=3))
    assert await world.turn() == []
    world.clock.move(timedelta(hours=-2))
    assert len(await world.turn()) == 3


async def test_what_was_put_off_by_a_clock_that_was_ahead_does_not_wait_for_it_after_a_restart(world: World) -> None:
    for number in range(1, 4):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.clock.move(timedelta(minutes=10))
    world.sender.refusals = [RetryLater("429", seconds=50) for _ in range(3)]
    assert await world.turn() == []
    world.clock.move(timedelta(minutes=-10))
    await world.another().turn()
    assert sorted(world.sender.heard) == [1, 2, 3]


async def test_after_a_restart_what_waits_out_a_refusal_waits_on(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=50)]
    await world.turn()
    world.clock.move(timedelta(seconds=40))
    await world.another().turn()
    assert world.sender.heard == []


@pytest.mark.parametrize("restarted", [True, False])
async def test_what_a_clock_that_was_ahead_announced_is_told_when_it_is_right_again(
    world: World, restarted: bool
) -> None:
    await world.chat(1, EVERYTHING)
    await world.turn()
    world.clock.move(timedelta(minutes=10))
    await world.shows(a=post("a"))
    world.clock.move(timedelta(minutes=-10))
    await (world.another() if restarted else world.delivery).turn()
    assert world.sender.heard == [1]


async def test_a_clock_that_is_set_back_in_a_long_mailing_makes_nobody_hear_twice(world: World) -> None:
    await world.chat(1, EVERYTHING, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    await world.turn()
    world.clock.move_to(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    sender = Held()
    turning = asyncio.create_task(world.another(sender).turn())
    await sender.begun.wait()
    for hours in (-3, 5, -2):
        world.clock.move(timedelta(hours=hours))
        for _ in range(3):
            await asyncio.wait({turning}, timeout=0.03)
    sender.go_on.set()
    await turning
    assert sender.calls == 1


async def test_in_doubt_the_next_try_waits(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    world.sender.refusals = [InDoubt("timed out"), InDoubt("timed out")]
    await world.turn()
    assert len(world.sender.refusals) == 1
