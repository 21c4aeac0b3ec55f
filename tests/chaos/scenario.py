"""A run: content and people, processes that are killed and started again, a Telegram that misbehaves.

Everything random comes from one seed. Only processes that were started here are ever killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from blogbot.clock import Clock
from blogbot.model import ChatKind, Follow, FollowKind, NotificationState, Offset, ReminderRule
from blogbot.store import Store
from tests.chaos.oracle import Told, Verdict, judge
from tests.chaos.points import POINTS

TOKEN = "123456:chaos-token"
FOLDER = Path(__file__).parents[2]
FIRST_CHAT = 10_000
REMIND = Offset(minutes=1)

SANDBOX = """
import asyncio
from blogbot.sandbox import serve
asyncio.run(serve(port=0, on_ready=lambda address: print(address, flush=True)))
"""

STORMS: tuple[dict[str, Any], ...] = (
    {"method": "sendMessage", "retry_after": 1, "times": 8},
    {"method": "sendMessage", "error_code": 502, "times": 6},
    {"method": "sendMessage", "error_code": 500, "times": 3},
    {"method": "sendMessage", "drop_reply": True, "times": 2},
    {"method": "sendMessage", "delay": 1.5, "times": 3},
)


@dataclass
class Figures:
    """What a run showed. `restarts` are seconds from a kill to the next message that arrived."""

    seed: int
    kills: int
    verdict: Verdict
    restarts: list[float]
    seconds: float
    by_point: dict[str, int] = field(default_factory=dict)


class Chaos:
    """One run in `folder`, on one database."""

    def __init__(
        self,
        folder: Path,
        url: str,
        seed: int,
        *,
        chats: int,
        rate: int = 400,
        processes: int = 1,
        clock: bool = False,
        lease: float = 30.0,
    ) -> None:
        self.folder, self.url, self.seed, self.lease = folder, url, seed, lease
        self.chats, self.rate, self.processes, self.moves_clock = chats, rate, processes, clock
        self.dice = random.Random(seed)
        self.posts = self.events = 0
        self.begins: dict[str, float] = {}
        self.kills: list[float] = []
        self.by_point: dict[str, int] = {}
        self._source = folder / "blog"
        self._clock = folder / "clock"
        self._sandbox = ""
        self._session: aiohttp.ClientSession | None = None

    # --- The run ---

    async def run(self, *, kills: int, posts_each: int, events: int = 0, within: float) -> Figures:
        """Kills so many times while so many posts are told after each; then lets everything arrive, for some seconds."""
        began = time.monotonic()
        self._source.mkdir(parents=True)
        self._clock.write_text("0")
        async with self._telegram(), self._people() as store:
            await asyncio.to_thread(self._see_the_source)
            points = [point for point in POINTS if point != "inside a migration"]
            for number in range(kills):
                self._publish(posts_each, events if number % 8 == 0 else 0)
                point = self.dice.choice([*points, "at random"])
                await self._misbehave(point)
                await self._until_killed(point)
            await self._set_clock(0)
            await self._calm()
            await self._to_the_end(store, within)
            verdict = judge(await self._calls(), self._due(), await self._uncertain(store), self.begins, self.kills)
            restarts = _restarts(await self._calls(), self.kills)
        return Figures(self.seed, len(self.kills), verdict, restarts, time.monotonic() - began, self.by_point)

    async def _until_killed(self, point: str) -> None:
        """One life of the app: it dies at a point, or is killed at some moment if it does not get there."""
        passes = self.dice.randint(1, 150)
        workers = [self._start(point if point in POINTS else "", passes)]
        workers += [self._start("", 0) for _ in range(self.processes - 1)]
        patience = self.dice.uniform(2.5, 7.0)
        end = time.monotonic() + patience
        while time.monotonic() < end and workers[0].poll() is None:
            await asyncio.sleep(0.05)
            if self.moves_clock and self.dice.random() < 0.02:
                await self._set_clock(self.dice.choice([0, 0, 30, -30, 600, -600]))
        fell = workers[0].poll() == -signal.SIGKILL
        self.by_point[point if fell else "at random"] = self.by_point.get(point if fell else "at random", 0) + 1
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
            assert worker.returncode == -signal.SIGKILL, f"a worker ended by itself: {worker.returncode}"
        self.kills.append(time.time())

    async def _to_the_end(self, store: Store, within: float) -> None:
        """A last life that nobody disturbs, until nothing is open any more."""
        worker = self._start("", 0)
        end = time.monotonic() + within
        try:
            while time.monotonic() < end:
                await asyncio.sleep(0.5)
                if await self._nothing_open(store):
                    return
            raise AssertionError(f"something is still open after {within:g} s (seed {self.seed})")
        finally:
            worker.terminate()
            worker.wait(30)

    # --- Content and people ---

    def _publish(self, posts: int, events: int) -> None:
        for _ in range(posts):
            self.posts += 1
            text = f"---\ntitle: Post {self.posts}\ndate: {datetime.now(UTC).isoformat()}\n---\nText of it.\n"
            self._write(f"post-{self.posts}.md", text)
        for _ in range(events):
            self.events += 1
            starts = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self.dice.randint(100, 160))
            self.begins |= {f"{what} {self.events}": starts.timestamp() for what in ("Event", "Reminder")}
            ends = starts + timedelta(hours=1)
            front = f"title: Event {self.events}\ndate: {starts.isoformat()}\nend_date: {ends.isoformat()}"
            self._write(f"event-{self.events}.md", f"---\n{front}\n---\nCome.\n")

    def _write(self, name: str, text: str) -> None:
        """By rename, as a look may come in the middle."""
        draft = self.folder / "draft"
        draft.write_text(text)
        draft.rename(self._source / name)

    @asynccontextmanager
    async def _people(self) -> AsyncIterator[Store]:
        store = await Store.open(self.url, clock=Clock())
        await store.upgrade()
        async with store.write() as tx:
            for number in range(self.chats):
                chat = await tx.chats.insert(FIRST_CHAT + number, ChatKind.PRIVATE, f"Member {number}", language="en")
                await tx.follows.add(chat.id, Follow(FollowKind.EVERYTHING), datetime(2020, 1, 1, tzinfo=UTC))
                await tx.rules.add(chat.id, ReminderRule(REMIND), datetime(2020, 1, 1, tzinfo=UTC))
        try:
            yield store
        finally:
            await store.close()

    def _see_the_source(self) -> None:
        """The first look at a source announces nothing, so it has to be over."""
        self._write("about.md", "---\ntitle: About\ndate: 2020-01-01\n---\nOld.\n")
        done = subprocess.run(
            [sys.executable, "-m", "blogbot", "sync"], cwd=self.folder, env=self._environment("", 0), check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _due(self) -> list[Told]:
        """Every post and every event's reminder to every chat. That there is an event is news: it may be too late for it."""
        things = [f"Post {number}" for number in range(1, self.posts + 1)]
        things += [f"Reminder {number}" for number in range(1, self.events + 1)]
        return [(thing, FIRST_CHAT + number) for thing in things for number in range(self.chats)]

    async def _nothing_open(self, store: Store) -> bool:
        now = datetime.now(UTC)
        async with store.read() as tx:
            counts = await tx.notifications.counts()
            pending = await tx.announcements.pending(now, 10)
            posts = len(await tx.posts.revisions())
        open_states = (NotificationState.QUEUED, NotificationState.SENDING)
        open_ones = sum(count for (_, state), count in counts.items() if state in open_states)
        begun = all(start <= now.timestamp() for start in self.begins.values())
        return not open_ones and not pending and posts >= self.posts + 1 and begun

    async def _uncertain(self, store: Store) -> list[Told]:
        async with store.read() as tx:
            troubled = await tx.notifications.troubled(1_000_000, [NotificationState.UNCERTAIN])
            about = []
            for each in troubled:
                post = await tx.posts.by_id(each.announcement.post_id) if each.announcement.post_id else None
                date_id = each.announcement.occurrence_id
                date = await tx.events.occurrence(date_id) if date_id else None
                about.append((post.title if post else date.title if date else "", each.chat.telegram_id))
        return about

    # --- Processes ---

    def _start(self, point: str, passes: int) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker"],
                cwd=self.folder, env=self._environment(point, passes), stdout=log, stderr=log,
            )  # fmt: skip

    def _environment(self, point: str, passes: int) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BLOGBOT_")}
        return clean | {
            "PYTHONPATH": os.pathsep.join((str(FOLDER / "src"), str(FOLDER))),
            "BLOGBOT_TOKEN": TOKEN,
            "BLOGBOT_API_URL": self._sandbox,
            "BLOGBOT_DATABASE_URL": self.url,
            "BLOGBOT_PORT": "0",
            "BLOGBOT_RATE": str(self.rate),
            "BLOGBOT_PAID_LANES": "change,reminder,post,digest",
            "BLOGBOT_SOURCES": json.dumps([{"location": str(self._source), "kind": "markdown", "interval": 1}]),
            "CHAOS_POINT": point,
            "CHAOS_PASSES": str(passes),
            "CHAOS_CLOCK": str(self._clock),
            "CHAOS_LEASE": str(self.lease),
        }

    async def _set_clock(self, wrong: float) -> None:
        draft = self.folder / "clock-draft"
        draft.write_text(str(wrong))
        draft.rename(self._clock)

    # --- Telegram ---

    @asynccontextmanager
    async def _telegram(self) -> AsyncIterator[None]:
        process = _sandbox()
        assert process.stdout is not None
        try:
            self._sandbox = (await asyncio.to_thread(process.stdout.readline)).strip().rstrip("/")
            async with aiohttp.ClientSession() as self._session:
                crowd = {"first_id": FIRST_CHAT, "count": self.chats}
                await self._ask("POST", "crowds", crowd)
                yield
        finally:
            process.terminate()
            process.wait(10)
            process.stdout.close()

    async def _misbehave(self, point: str) -> None:
        await self._calm()
        if point == "accepted, no reply yet":
            await self._ask("POST", "faults", {"method": "sendMessage", "delay": 2, "times": 1})
        elif self.dice.random() < 0.4:
            await self._ask("POST", "faults", self.dice.choice(STORMS))

    async def _calm(self) -> None:
        await self._ask("DELETE", "faults")

    async def _calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = await self._ask("GET", "log")
        return calls

    async def _ask(self, verb: str, path: str, body: object = None) -> Any:
        assert self._session is not None
        async with self._session.request(verb, f"{self._sandbox}/sandbox/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json(content_type=None)


def _sandbox() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", SANDBOX], stdout=subprocess.PIPE, text=True)


def _restarts(calls: list[dict[str, Any]], kills: list[float]) -> list[float]:
    """Seconds from each kill to the next message that arrived, where one did before the next kill."""
    sent = sorted(float(call["at"]) for call in calls if call["method"].lower() == "sendmessage")
    found = []
    for kill, following in zip(kills, [*kills[1:], float("inf")], strict=True):
        first = next((at for at in sent if kill < at < following), None)
        if first is not None:
            found.append(first - kill)
    return found
