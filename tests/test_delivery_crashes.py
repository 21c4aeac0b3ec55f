"""What a mailing makes of crashes, slow chats and its own end; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from blogbot.delivery import mailing
from blogbot.model import Chat, Lane, ReminderRule
from tests.content import event, post
from tests.delivery_world import EVERYTHING, HOUR, TUESDAY_TEN, Held, Notebook, World
from tests.delivery_world import delivery_world as delivery_world

LEASE = mailing.LEASE
T = TypeVar("T")


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


async def until(look: Callable[[], Awaitable[T]], seen: Callable[[T], bool]) -> None:
    """Looks until another task has done its work, which fails after a while."""
    async with asyncio.timeout(20):
        while not seen(await look()):
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=0.01)


async def lease_lapses(world: World) -> bool:
    """Whether what is under way will soon be taken for left behind."""
    async with world.store.read() as tx:
        return await tx.notifications.needs_care(world.clock.now() + LEASE / 4)


async def test_what_a_crash_left_in_the_middle_is_settled_when_its_lease_ends(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    await world.crash()
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
    await world.crash()
    world.clock.move(LEASE + timedelta(seconds=1))
    assert [lane for _, _, lane in await world.turn()] == [Lane.REMINDER]


async def test_what_was_leased_and_not_begun_is_not_in_doubt_after_a_crash(world: World) -> None:
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    await world.crash(begun=False)
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
    await world.crash()
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


async def test_news_does_not_wait_until_all_are_reminded(world: World) -> None:
    for number in range(1, 101):
        await world.chat(number, remind=(ReminderRule(HOUR),))
    for number in range(101, 111):
        await world.chat(number, EVERYTHING)
    await world.shows(talk=event("talk", TUESDAY_TEN))
    await world.at(2026, 3, 10, 8, 59)
    await world.shows(hello=post("hello", published=world.clock.now()))
    first = [lane for _, _, lane in await world.at(2026, 3, 10, 9)][: int(mailing.AHEAD * world.sender.rate)]
    assert first.count(Lane.POST) == 6


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
