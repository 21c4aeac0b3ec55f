"""Fetches updates from Telegram by long polling, and lets go of one only when it has been worked on.

Telegram keeps an update until a later poll asks for a higher number. That number moves on as updates are done, in order, so
that a crash has them delivered again instead of losing them. It must not know what an update asks for.

One stuck chat does not stop the others: while an update is in work, short polls at the number of the oldest unfinished one
fetch what is new, and those that are known already are passed over. After `patience` seconds an update no longer holds the
number back, and sooner where it would hide what is new behind a full batch. It is worked on to its end all the same, and
only a crash in that time would lose it.

A poll that does not end when it should is let go of, whether or not it heeds being cancelled, its connections are
dropped, and polling begins anew.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, RetryAfter, TelegramError

from blogbot import metrics
from blogbot.bot.processor import Handle, read
from blogbot.bot.sender import outcome
from blogbot.errors import RetryLater, TokenRejected

log = structlog.get_logger(__name__)

# do_api_request warns about names for which the bot has a method. This one has none, and is turned into getUpdates.
METHOD = "get_updates_"

BATCH = 100
"""As many as Telegram gives at once."""

SHORTEST_WAIT = 0.5
LONGEST_WAIT = 30.0
CONFLICT_WAIT = 10.0
"""Seconds between two polls after errors: doubled from the shortest to the longest, and random by half."""

TO_END = 1.0
"""Seconds that what is cancelled gets to end; what heeds nothing is left behind."""

TO_RECONNECT = 10.0


async def nothing() -> None:
    """For a bot whose connections are somebody else's."""


class Poller:
    """Long-polls `bot` and has `handle` work on each update. All times are in seconds.

    `timeout` is how long Telegram holds an empty poll open, `grace` how long a poll of short ones waits for work to end.
    A poll that is not over after `stuck` is begun anew once `reconnect` has dropped its connections.
    `last_poll` is the loop's time at which Telegram last answered, for health checks to look at.
    """

    def __init__(
        self,
        bot: Bot,
        handle: Handle,
        *,
        allowed_updates: Sequence[str] = (),
        timeout: float = 30.0,
        patience: float = 10.0,
        grace: float = 0.1,
        stuck: float = 90.0,
        reconnect: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        self._bot = bot
        self._handle = handle
        self._allowed = list(allowed_updates)
        self._timeout = timeout
        self._patience = patience
        self._grace = grace
        self._stuck = stuck
        self._reconnect = reconnect
        self._left: set[asyncio.Future[Any]] = set()
        self._work = Work()
        self._stopping = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._failures = 0
        self.last_poll: float | None = None

    async def run(self) -> None:
        """Polls until `stop()`. Raises TokenRejected where Telegram does not know the token (any more)."""
        stopping = asyncio.create_task(self._stopping.wait())
        self._at_rest.clear()
        try:
            while not self._stopping.is_set():
                await self._either(self._step(), stopping)
        finally:
            stopping.cancel()
            self._at_rest.set()

    async def stop(self, *, within: float = 5.0) -> None:
        """Ends the poll at once, gives what was taken `within` seconds to be done, and tells Telegram what is done.

        What is not done by then is cancelled; Telegram delivers it again to the next one who polls.
        """
        self._stopping.set()
        await self._at_rest.wait()
        await self._work.finish(within)
        if self._work.offset is None:
            return
        try:
            await asyncio.wait_for(self._fetch(hold=0, limit=1), timeout=2.0)
        except (TelegramError, TimeoutError) as error:
            log.warning("the last updates may be answered twice: telegram was not told of them", error=str(error))

    async def _either(self, step: Coroutine[Any, Any, None], stopping: asyncio.Task[bool]) -> None:
        """Runs one step, and cancels it when the poller is told to stop."""
        running = asyncio.ensure_future(step)
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            await self._end(running)

    async def _step(self) -> None:
        """One poll, and what follows from it."""
        busy = await self._work.settled(self._grace, self._patience)
        try:
            batch = await self._watched(self._fetch(hold=0 if busy else self._timeout, limit=BATCH))
        except TelegramError as error:
            await self._trouble(error)
            return
        if batch is None:
            await self._begin_anew()
            return
        self._failures = 0
        self.last_poll = asyncio.get_running_loop().time()
        news = sum([self._take(raw) for raw in batch])
        if len(batch) >= BATCH and not news:
            self._work.let_go()
        elif batch and not news and not busy:
            await asyncio.sleep(SHORTEST_WAIT)  # a server that repeats itself must not be asked without end

    # --- The watchdog ---

    async def _watched(self, poll: Coroutine[Any, Any, list[Any]]) -> list[Any] | None:
        """What a poll gives; None where it hangs, beyond all limits that the request itself keeps."""
        polling = asyncio.create_task(poll)
        try:
            await asyncio.wait({polling}, timeout=self._stuck)
            return polling.result() if polling.done() else None
        finally:
            await self._end(polling)

    async def _begin_anew(self) -> None:
        metrics.POLLS_RESTARTED.inc()
        log.error("a poll hung and is begun anew", seconds=self._stuck)
        reconnecting = asyncio.ensure_future(self._reconnect())
        try:
            await asyncio.wait({reconnecting}, timeout=TO_RECONNECT)
            if reconnecting.done():
                reconnecting.result()
        except Exception:
            log.exception("the connections of a poll that hung could not be dropped")
        finally:
            await self._end(reconnecting)

    async def _end(self, task: asyncio.Future[Any]) -> None:
        """Cancels what is not done. Who does not heed that is left behind, and what it says later is not heard."""
        if task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=TO_END)
        if not task.done():
            self._left.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # asked for, so that asyncio does not report it as lost

    # --- Telegram ---

    async def _fetch(self, *, hold: float, limit: int) -> list[Any]:
        """Asks Telegram for updates from the oldest unfinished one on."""
        parameters: dict[str, Any] = {"timeout": int(hold), "limit": limit, "allowed_updates": self._allowed}
        if self._work.offset is not None:
            parameters["offset"] = self._work.offset
        # A network may swallow an answer; the read timeout ends the wait a little after Telegram should have.
        batch = await self._bot.do_api_request(METHOD, parameters, read_timeout=hold + 10)
        if not isinstance(batch, list):
            raise TelegramError("getUpdates did not answer with a list")
        return batch

    def _take(self, raw: Any) -> bool:
        """Begins to work on an update; False where there is nothing new to it."""
        number = raw.get("update_id") if isinstance(raw, dict) else None
        if not isinstance(number, int):
            read(raw, self._bot)  # which says so in the log
            return False
        if self._work.known(number):
            return False
        self._work.start(number, read(raw, self._bot), self._handle)
        return True

    async def _trouble(self, error: TelegramError) -> None:
        """Says what is wrong, and waits before the next try. Raises TokenRejected, for which there is none."""
        self._failures += 1
        wait = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** min(self._failures - 1, 10))
        if isinstance(error, Conflict):
            log.warning(conflict(error))
            wait = max(wait, CONFLICT_WAIT)
        elif isinstance(meaning := outcome(error), TokenRejected):
            raise meaning
        else:
            if isinstance(error, RetryAfter) and isinstance(meaning, RetryLater):
                wait = max(wait, meaning.seconds)
            log.warning("no updates from telegram; trying again", error=str(error), seconds=round(wait, 1))
        await asyncio.sleep(wait * random.uniform(1.0, 1.5))  # noqa: S311 - it spreads load and keeps no secret


class Work:
    """The updates in work. `offset` is the number that the next poll asks for: that of the oldest one that holds it back."""

    def __init__(self) -> None:
        self.offset: int | None = None
        self._next = 0
        self._done: set[int] = set()
        self._holding: dict[int, tuple[asyncio.Task[None], float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def known(self, number: int) -> bool:
        """Whether this update was taken before."""
        return number in self._holding or number in self._done

    def start(self, number: int, update: Update | None, handle: Handle) -> None:
        """Begins to work on an update; None stands for one that cannot be read, and is done."""
        if self.offset is not None and number < self.offset and not self._holding:
            # After a quiet week Telegram counts on from any number, also from a lower one.
            self._next = 0
            self._done.clear()
        self._next = max(self._next, number + 1)
        if update is None:
            self._done.add(number)
        else:
            task = asyncio.create_task(_run(handle, update))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._holding[number] = task, asyncio.get_running_loop().time()
        self._advance()

    async def settled(self, grace: float, patience: float) -> bool:
        """Waits up to `grace` seconds for the work to be done, and gives back whether some of it still holds the number."""
        tasks = {task for task, _ in self._holding.values()}
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        now = asyncio.get_running_loop().time()
        for number, (task, since) in list(self._holding.items()):
            if task.cancelled():
                continue  # stopped in the middle of it: Telegram shall deliver it again
            if task.done() or now - since >= patience:
                if not task.done():
                    log.warning("an update takes long; going on without waiting for it", update_id=number)
                del self._holding[number]
                self._done.add(number)
        self._advance()
        return bool(self._holding)

    def let_go(self) -> None:
        """Lets the oldest update in work hold the number back no longer."""
        if self._holding:
            number = min(self._holding)
            log.warning("an update hides the newer ones; going on without waiting for it", update_id=number)
            del self._holding[number]
            self._done.add(number)
            self._advance()

    async def finish(self, within: float) -> None:
        """Waits for all work, and cancels what is not done `within` seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within)
        await self.settled(0, float("inf"))
        unfinished = set(self._tasks)
        for task in unfinished:
            task.cancel()
        if unfinished:
            log.warning("stopped in the middle of updates; telegram will deliver them again", count=len(unfinished))
            await asyncio.wait(unfinished, timeout=1.0)

    def _advance(self) -> None:
        if self._next:
            self.offset = min(self._holding, default=self._next)
            self._done = {number for number in self._done if number >= self.offset}


async def _run(handle: Handle, update: Update) -> None:
    try:
        await handle(update)
    except Exception:
        metrics.STEPPED_OVER.inc()
        log.exception("an update could not be worked on", update_id=update.update_id)


def conflict(error: Conflict) -> str:
    """What a 409 means, and what to do."""
    if "webhook" in str(error).lower():
        return "this bot has a webhook, so it cannot poll; remove it with deleteWebhook, or set BLOGBOT_PUBLIC_URL"
    return "another process polls with the same token; stop it, or give this one a bot of its own"
