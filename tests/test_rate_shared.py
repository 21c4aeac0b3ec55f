"""One rate for one bot, however many processes send: they tell each other through the store, and Telegram never objects."""

from __future__ import annotations

import asyncio
import itertools
import selectors
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from telegram.ext import ExtBot

from blogbot.bot.limiter import Lanes
from blogbot.bot.sender import TelegramSender
from blogbot.delivery.standing import REPORT_EVERY, Standing
from blogbot.errors import RetryLater
from blogbot.model import Chat, ChatKind, Lane, Message, Pace
from blogbot.store import Store
from blogbot.store.senders import ALIVE
from tests.offline import TOKEN, Offline, now
from tests.test_bot_pace import Hidden, LoopClock

T = TypeVar("T")

_chats = itertools.count(1)


class _Patient(selectors.DefaultSelector):
    """Passes the time that the loop would sleep, but for a database it waits, and no time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or (self.at_work and timeout != 0):
            return super().select(10)
        events = super().select(0)
        if not events:
            self.now += max(timeout, 0)
        return events

    @contextmanager
    def database(self) -> Iterator[None]:
        self.at_work += 1
        try:
            yield
        finally:
            self.at_work -= 1


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.patient = _Patient()
        super().__init__(self.patient)

    def time(self) -> float:
        return self.patient.now


def database() -> Any:
    """The loop's time stands still inside."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _Loop)
    return loop.patient.database()


def travel(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)


class Process:
    """One process that sends for the bot: as fast as it may, once and as long as it may."""

    def __init__(self, name: str, store: Store, telegram: Hidden) -> None:
        request = Offline(telegram)
        self.lanes = Lanes(clock=LoopClock())
        bot = ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=self.lanes)
        self.sender = TelegramSender(bot)
        self.standing = Standing(store, self.sender, LoopClock(), bot="bot", process=name)
        self.times: list[float] = []
        self._ready = False
        self._paused_until = 0.0
        self._work: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        with database():
            self._ready = await self.standing.ready()
        self._work = [asyncio.create_task(self._mail()) for _ in range(32)]
        self._work.append(asyncio.create_task(self._stand()))

    async def crash(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def stop(self) -> None:
        await self.crash()
        with database():
            await self.standing.leave()

    def rate(self, first: float, last: float) -> float:
        """Messages a second between two seconds of the story."""
        return sum(first <= time - 1000 < last for time in self.times) / (last - first)

    async def _stand(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            with database():
                self._ready = await self.standing.ready()

    async def _mail(self) -> None:
        while True:
            if not self._ready or now() < self._paused_until:
                await asyncio.sleep(0.1)
                continue
            chat = Chat(id=1, telegram_id=next(_chats), kind=ChatKind.PRIVATE, title="Ada")
            try:
                await self.sender.send(chat, Message("hello"), Lane.POST)
                self.times.append(now())
            except RetryLater as refusal:
                if refusal.everyone:
                    self._paused_until = now() + refusal.seconds


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    with database():
        store = await Store.open(url, clock=LoopClock())
    try:
        yield store
    finally:
        with database():
            await store.close()


async def at(second: float) -> None:
    """Waits until this second of the story."""
    await asyncio.sleep(second - (now() - 1000))


def test_two_processes_share_the_rate_and_get_it_back(store_url: str) -> None:
    telegram = Hidden(30)

    async def main() -> None:
        async with opened(store_url) as store:
            first, second, third = (Process(name, store, telegram) for name in ("a", "b", "c"))
            await first.start()
            await at(5)
            await second.start()
            await at(20)
            await second.stop()
            await at(30)
            await third.start()
            await at(45)
            await third.crash()
            await at(65)
            await first.stop()
        assert min(first.rate(0, 5), first.rate(22, 30)) > 0.95 * 30
        for other, began, ended in ((second, 8, 20), (third, 33, 45)):
            assert min(process.rate(began, ended) for process in (first, other)) > 0.95 * 15
        assert first.rate(45 + (ALIVE + REPORT_EVERY).total_seconds(), 65) > 0.95 * 30

    travel(main())
    assert telegram.refused == 0


def test_what_one_process_learns_of_a_limit_all_keep(sqlite_url: str) -> None:
    telegram = Hidden(20)

    async def main() -> None:
        async with opened(sqlite_url) as store:
            processes = [Process(name, store, telegram) for name in ("a", "b")]
            for process in processes:
                await process.start()
            await at(100)
            assert [process.sender.rate for process in processes] == [9, 9]
            newcomer = Process("c", store, telegram)
            await newcomer.start()
            assert newcomer.sender.rate == 6
            for process in (newcomer, *processes):
                await process.stop()

    travel(main())
    assert telegram.refused <= 0.005 * len(telegram.taken)
    assert len(telegram.taken) > 0.85 * 20 * 100


def test_a_pause_that_one_process_is_told_all_keep(sqlite_url: str) -> None:
    telegram = Hidden(30)

    async def main() -> None:
        async with opened(sqlite_url) as store:
            first, second = Process("a", store, telegram), Process("b", store, telegram)
            for process in (first, second):
                await process.start()
            await at(10)
            first.lanes.pace = Pace(20.0, LoopClock().now(), LoopClock().now() + timedelta(seconds=8), 1)
            await at(30)
            for process in (first, second):
                assert process.rate(5, 10) > 14
                assert process.rate(10 + 2 * REPORT_EVERY.total_seconds(), 18) == 0
                assert process.rate(19, 30) > 9
                await process.stop()

    travel(main())


@pytest.mark.parametrize("processes", [4, 7])
def test_many_processes_never_send_more_than_the_rate_together(sqlite_url: str, processes: int) -> None:
    telegram = Hidden(30)

    async def main() -> None:
        async with opened(sqlite_url) as store:
            team = [Process(str(number), store, telegram) for number in range(processes)]
            await asyncio.gather(*(process.start() for process in team))
            await at(30)
            for process in team:
                assert process.rate(5, 30) > 0.95 * (30 // processes)
                await process.stop()

    travel(main())
    assert telegram.refused == 0
