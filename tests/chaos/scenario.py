"""A run: lives of the app, one after the other, and what came of them.

Only processes that were started here are ever killed. What happens is in the plan; this does it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from blogbot.app.core import open_core
from blogbot.config import only
from blogbot.model import NotificationState
from tests.chaos.blog import Blog
from tests.chaos.database import Database, first_revision, kept
from tests.chaos.ledger import Standing, ledger
from tests.chaos.oracle import Kill, Told, Verdict, judge
from tests.chaos.plan import (
    AT_RANDOM,
    AT_START,
    AWAY,
    MIGRATION,
    NONE,
    SLOW_REPLY,
    SLOWER_THAN_LEASE,
    TROUBLES,
    UNDISTURBED,
    Life,
)
from tests.chaos.telegram import FIRST_CHAT, telegram
from tests.chaos.workers import Worker, Workers, until, upgrade

GRACE = 5.0
"""Seconds beyond a lease within which the first message to a chat has to come."""

NAMED_PATIENCE = 15.0
"""Seconds beyond a lease until a process that did not get to its point is killed where it is."""

REMIND = timedelta(minutes=1)

HURRY = 25.0
"""Seconds beyond a lease; where an event begins sooner, nobody is killed until all are reminded. On a machine on which lives
last long, it is twice the longest life."""

MARGIN = 60.0
"""Seconds beyond a lease and the clock's error that have to be left before an event, for the error to do no harm."""


@dataclass
class Figures:
    """What a run showed."""

    name: str
    lease: float
    verdict: Verdict
    kills: list[Kill]
    by_way: Counter[str]
    by_trouble: Counter[str]
    seconds: float


@dataclass
class Chaos:
    """One run in `folder`, on one database, with so many `chats`; `events` says how far ahead events begin, by number of life."""

    folder: Path
    database: Database
    chats: int
    rate: int = 200
    processes: int = 1
    lease: float = 30.0
    remind: timedelta = REMIND
    events: Mapping[int, Sequence[float]] = field(default_factory=dict)
    name: str = ""
    near: float = 60.0
    """Seconds; an event that begins sooner is waited for in the end."""

    def __post_init__(self) -> None:
        self.kills: list[Kill] = []
        self.by_way: Counter[str] = Counter()
        self.by_trouble: Counter[str] = Counter()
        self._standing = Standing(frozenset(), frozenset())
        self._blog = Blog(self.folder)
        self._longest = 0.0

    async def run(self, lives: Sequence[Life], cuts: Sequence[int] = (), *, within: float) -> Figures:
        """Cuts off the upgrade, lives and dies so many times, and lets everything arrive, for some seconds."""
        began = time.monotonic()
        await first_revision(self.database.url, self.chats, self.remind)
        async with telegram(self.folder, self.chats) as self._telegram, ledger(self.database.url) as self._ledger:
            self._workers = Workers(
                self.folder,
                self.database.url,
                self._telegram.address,
                self._blog.source,
                rate=self.rate,
                lease=self.lease,
            )
            await self._upgrade(cuts)
            for number, life in enumerate(lives):
                await self._let_reminders_arrive()
                since = time.monotonic()
                await self._publish(number)
                await self._live(life)
                self._longest = max(self._longest, time.monotonic() - since)
            await self._to_the_end(within)
            verdict = await self._judge()
        seconds = time.monotonic() - began
        return Figures(self.name, self.lease, verdict, self.kills, self.by_way, self.by_trouble, seconds)

    async def _upgrade(self, cuts: Sequence[int]) -> None:
        """Again and again from the first version on; what was there is there in the end. Then a first look at the blog, as
        that announces nothing.
        """
        before = await kept(self.database.url)
        for cut in cuts:
            assert await asyncio.to_thread(upgrade, self.folder, self.database.url, cut), (
                f"no step {cut} in the migrations"
            )
            self.by_way[MIGRATION] += 1
            self.kills.append(Kill(time.time()))
        settings = only(database_url=self.database.url, sources=(self._blog.source,))
        async with open_core(settings) as core:
            assert await core.store.check() == []
            await core.take_in(self._blog.source)
        assert await kept(self.database.url) == before

    # --- One life ---

    async def _live(self, life: Life) -> None:
        faults = life.faults(self.lease)
        await self._telegram.misbehave(faults)
        points = [life.way if life.named else ""] * self.processes
        if life.trouble != NONE:  # who meets the trouble, or goes on alone, must live
            points[1:] = [""] * (self.processes - 1)
        with self._workers.running(points, life.passes, whole=life.way == AT_START) as workers:
            clock = asyncio.create_task(self._move_clock(life))
            try:
                await self._until_killed(life, workers)
            finally:
                clock.cancel()
        struck = sum(fault["times"] for fault in faults) - await self._telegram.calm()
        if struck and life.trouble in TROUBLES:
            self.by_trouble[life.trouble] += 1

    async def _until_killed(self, life: Life, workers: Sequence[Worker]) -> None:
        """It dies at its point, or is killed at some moment."""
        if life.way == AT_START:
            await asyncio.sleep(life.patience)
        elif await self._workers.ready(workers):
            await (self._until_its_point(workers) if life.named else self._until_struck(life))
        if life.trouble == UNDISTURBED:
            await self._take_over(life, workers)
        else:
            await self._kill(life.way, workers)

    async def _until_its_point(self, workers: Sequence[Worker]) -> None:
        async def one_is_dead() -> bool:
            return any(worker.poll() is not None for worker in workers)

        await until(one_is_dead, self.lease + NAMED_PATIENCE)

    async def _take_over(self, life: Life, workers: Sequence[Worker]) -> None:
        """The first dies, and the others go on, or one that is started then; undisturbed for as long as it may take them."""
        await self._kill(life.way, workers[:1])
        with self._workers.running([] if workers[1:] else [""]) as started:
            others = [*workers[1:], *started]
            await self._workers.ready(others)
            if not life.clock:  # by a clock that was ahead, a lease lasts longer
                self.kills[-1] = replace(self.kills[-1], revived=time.time())
            await until(self._ledger.nothing_open, self.lease + GRACE + 1, every=0.2)
            await self._kill(AT_RANDOM, others)

    async def _until_struck(self, life: Life) -> None:
        """Until Telegram has misbehaved as planned, as long as there is something to send, and a moment more."""
        await until(self._telegram.calm_again, self.lease + NAMED_PATIENCE)
        await asyncio.sleep(life.patience)
        if life.trouble == AWAY:
            await self.database.away()
            self.by_trouble[AWAY] += 1
            await asyncio.sleep(life.patience)
        elif life.trouble == SLOWER_THAN_LEASE:
            await asyncio.sleep(self.lease + SLOW_REPLY)

    async def _kill(self, way: str, workers: Sequence[Worker]) -> None:
        """Those that live yet; `way` is how it was to end, which a point that was not reached is not."""
        by_themselves = [self._workers.kill(worker) for worker in workers]
        await self._telegram.calls_taken()
        now = time.time()
        self.by_way[way if way == AT_START or any(by_themselves) else AT_RANDOM] += 1
        before, self._standing = self._standing, await self._ledger.standing()
        doubt = self._standing.under_way - before.under_way
        calls = {chat for _, chat, _ in doubt}
        self.kills.append(Kill(now, len(by_themselves), len(calls), len(doubt), self._standing.waiting))

    # --- The clock ---

    async def _move_clock(self, life: Life) -> None:
        passed = 0.0
        for after, wrong in life.clock:
            await asyncio.sleep(after - passed)
            passed = after
            self._workers.set_clock(wrong if self._harmless(wrong) else 0.0)

    def _harmless(self, wrong: float) -> bool:
        """Whether no event seems to have begun, or is taken for one that has not: a clock that is wrong then excuses anything."""
        spare = self.lease + MARGIN + max(wrong, 0.0)
        return all(begins - time.time() > spare for begins in self._coming())

    def _coming(self) -> list[float]:
        return [begins for begins in self._blog.begins.values() if begins > time.time()]

    # --- What is told ---

    async def _publish(self, number: int) -> None:
        for begins_in in self.events.get(number, ()):
            self._blog.event(begins_in)
        self._blog.post()

    async def _let_reminders_arrive(self) -> None:
        """Nobody is killed while an event is near that not all are reminded of."""
        coming = {number: begins - time.time() for number, begins in self._blog.begins.items()}
        near = [
            number for number, seconds in coming.items() if 0 < seconds < self.lease + max(HURRY, 2 * self._longest)
        ]

        async def reminded() -> bool:
            return {f"Reminder {number}" for number in near} <= await self._ledger.reminded()

        if await reminded():
            return
        self._workers.set_clock(0)
        with self._workers.running([""]) as workers:
            await self._workers.ready(workers)
            await until(reminded, max(coming[number] for number in near))
            await self._workers.stop(workers)

    async def _to_the_end(self, within: float) -> None:
        """A last life that nobody disturbs, until nothing is open any more, if anything is."""
        self._workers.set_clock(0)
        if await self._nothing_open():
            return
        with self._workers.running([""]) as workers:
            await self._workers.ready(workers)
            assert await until(self._nothing_open, within, every=0.3), f"something is still open after {within:g} s"
            await self._workers.stop(workers)

    async def _nothing_open(self) -> bool:
        if not await self._ledger.nothing_open() or await self._ledger.posts() <= self._blog.posts:
            return False
        reminded = await self._ledger.reminded()
        now = time.time()
        return all(
            begins < now or (begins > now + self.near and f"Reminder {number}" in reminded)
            for number, begins in self._blog.begins.items()
        )

    async def _judge(self) -> Verdict:
        """Every article and every reminder is due to every chat. That there is an event is news that may come too late."""
        posts = [f"Post {number}" for number in range(1, self._blog.posts + 1)]
        reminders = [f"Reminder {number}" for number in self._blog.begins]
        news = [f"{what} {number}" for what in ("Event", "Change") for number in self._blog.begins]
        return judge(
            await self._telegram.calls(),
            self._to_all([*posts, *reminders]),
            allowed=self._to_all(news),
            uncertain=await self._ledger.named(NotificationState.UNCERTAIN),
            expired=await self._ledger.named(NotificationState.EXPIRED),
            begins=self._blog.begins,
            kills=self.kills,
            rate=self.rate,
        )

    def _to_all(self, things: Sequence[str]) -> list[Told]:
        return [(thing, FIRST_CHAT + number) for thing in things for number in range(self.chats)]
