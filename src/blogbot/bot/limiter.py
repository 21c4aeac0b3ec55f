"""The bot's rate limiter: Telegram's limits are kept, and an answer never stands behind a mailing.

It waits until `schedule.py` gives a message its turn, and decides whose limit a 429 speaks of. It must not know what is
said, nor the ledger: a notification that fails goes back there, only answers are tried again here.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from telegram._utils.types import JSONDict
from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from blogbot.bot.request import Flood, Unsent
from blogbot.bot.schedule import ChatKey, Limits, Schedule, Ticket
from blogbot.bot.sender import outcome
from blogbot.errors import RetryLater
from blogbot.model import Lane

log = structlog.get_logger(__name__)

Answer = bool | JSONDict | list[JSONDict]

ATTEMPTS = 3
"""How often an answer is tried where Telegram says 429, where its server has trouble, and where none can be reached."""

SHORTEST_REST, LONGEST_REST = 1.0, 3.0
"""Seconds between two tries after trouble. A person waits that long, and many servers' troubles are over by then."""

QUESTIONS = ("answercallbackquery", "answerinlinequery")
"""Methods that answer a person without a message: never held, but worth another try."""

PATIENCE = {Lane.ANSWER: 30.0}
"""Seconds that a message may be held for a pause or a group's full minute. What has to wait longer goes back to the one
who sends it: a notification's lease must not run out in this queue."""

PATIENCE_OF_OTHERS = 5.0


def jitter() -> float:
    """Seconds to rest before the next try; random, so that not all who failed together come back together."""
    return random.uniform(SHORTEST_REST, LONGEST_REST)  # noqa: S311 - it spreads load and keeps no secret


class Lanes(BaseRateLimiter[int]):
    """Lets messages go by lane and limit. `rate_limit_args` is the `Lane`; without one it is an answer.

    Held are the methods that put something into a chat (send, edit, forward, copy). All others, such as answering a
    tapped button, pass at once. Raises Flood where Telegram refuses a message for now, or is known to.

    An answer that surely did not arrive (`sender.outcome` says: later) is tried again after `rest()` seconds. One that may
    have arrived is not, for a person would read it twice.
    """

    def __init__(self, limits: Limits = Limits(), rest: Callable[[], float] = jitter) -> None:
        self.rest = rest
        self._schedule = Schedule(limits)
        self._suspects = Suspects()
        self._turns: dict[Ticket, asyncio.Future[None]] = {}
        self._resting: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Sends back whoever still waits or rests, unsent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for ticket in list(self._turns):
            self._send_back(ticket, _stopping())
        for rest in list(self._resting):
            if not rest.done():
                rest.set_exception(_stopping())

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Answer:
        """Calls `callback` when its turn has come, and gives back what it gives."""
        chat = _chat(endpoint, data)
        if chat is None and endpoint.lower() not in QUESTIONS:
            return await callback(*args, **kwargs)
        lane = Lane.ANSWER if rate_limit_args is None else Lane(rate_limit_args)
        attempts = ATTEMPTS if lane is Lane.ANSWER else 1
        while True:
            if chat is not None:
                await self._turn(chat, lane)
            started = self._now()
            attempts -= 1
            try:
                answer = await callback(*args, **kwargs)
            except RetryAfter as refusal:
                if chat is None:
                    raise
                flood = self._refused(chat, _seconds(refusal))
                if not attempts:
                    raise flood from None
            except TelegramError as failure:
                if not attempts or not isinstance(outcome(failure), RetryLater):
                    raise
                log.warning("an answer was not taken; trying again", chat=chat, reason=failure.message)
                await self._rest()
            else:
                if chat is not None:
                    self._suspects.accepted(started)
                return answer

    def waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._turns)

    async def _rest(self) -> None:
        """Waits before another try; raises Unsent where the bot stops meanwhile."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        self._resting.add(over)
        timer = loop.call_later(self.rest(), _end, over)
        try:
            await over
        finally:
            timer.cancel()
            self._resting.discard(over)

    # --- Turns ---------------------------------------------------------------------------------------------------------

    async def _turn(self, chat: ChatKey, lane: Lane) -> None:
        now = self._now()
        until, everyone = self._schedule.held_until(chat, lane)
        if until - now > _patience(lane):
            raise Flood(until - now, everyone=everyone)
        ticket = self._schedule.add(chat, lane, now)
        turn = self._turns[ticket] = asyncio.get_running_loop().create_future()
        self._pump()
        try:
            await turn
        except asyncio.CancelledError:
            if self._turns.pop(ticket, None) is not None:
                self._schedule.drop(ticket, self._now())
            raise

    def _pump(self) -> None:
        """Gives a turn to whoever may go, and comes back when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._now()
        while (ticket := self._schedule.take(now)) is not None:
            turn = self._turns.pop(ticket)
            if not turn.done():
                turn.set_result(None)
        when = self._schedule.next(now)
        if when is not None:
            self._timer = asyncio.get_running_loop().call_later(max(when - now, 0.0), self._pump)

    def _refused(self, chat: ChatKey, seconds: float) -> Flood:
        """Keeps the pause that a 429 asks for, and sends back those who would have to wait too long in it."""
        now = self._now()
        until = now + seconds
        self._schedule.pause(chat, until, now)
        everyone_until = self._suspects.refused(chat, until, now)
        if everyone_until is not None:
            self._schedule.pause(None, everyone_until, now)
        everyone = everyone_until is not None
        log.warning("telegram asks to wait", chat=chat, seconds=seconds, everyone=everyone)
        for ticket in list(self._turns):
            held, all_held = self._schedule.held_until(ticket.chat, ticket.lane)
            if (everyone or ticket.chat == chat) and held - now > _patience(ticket.lane):
                self._send_back(ticket, Flood(held - now, everyone=all_held))
        self._pump()
        return Flood(seconds, everyone=everyone)

    def _send_back(self, ticket: Ticket, reason: Exception) -> None:
        turn = self._turns.pop(ticket)
        self._schedule.drop(ticket, self._now())
        if not turn.done():
            turn.set_exception(reason)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


class Suspects:
    """Whose limit does a 429 speak of? Telegram does not say.

    A first refusal is taken for the chat's own, and a group's always is (20 a minute): one chat must never halt the bot. It is
    everyone's where a second private chat is refused before its pause is over, and nothing was accepted in between.
    """

    def __init__(self) -> None:
        self._until: dict[ChatKey, float] = {}
        self._last = 0.0

    def accepted(self, started: float) -> None:
        """A call that began at `started` was accepted: if that was after a refusal, then not everyone is refused."""
        if self._until and started > self._last:
            self._until.clear()

    def refused(self, chat: ChatKey, until: float, now: float) -> float | None:
        """Until when everyone has to wait; None where it is this chat alone."""
        if isinstance(chat, str) or chat < 0:
            return None
        self._until = {key: end for key, end in self._until.items() if end > now} | {chat: until}
        self._last = now
        # The shortest of them: a chat with a longer pause of its own keeps that one for itself.
        return min(self._until.values()) if len(self._until) > 1 else None


def _chat(endpoint: str, data: dict[str, Any]) -> ChatKey | None:
    """The chat whose limits a call falls under; None for a call that is not held."""
    name = endpoint.lower()
    if not name.startswith(("send", "edit", "forward", "copy")) or name == "sendchataction":
        return None
    chat = data.get("chat_id")
    if chat is None:
        return None  # the edit of a message that was sent inline
    try:
        return int(chat)
    except ValueError:
        return str(chat).lower()


def _end(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _stopping() -> Unsent:
    return Unsent("the bot is stopping; this message was not sent")


def _patience(lane: Lane) -> float:
    return PATIENCE.get(lane, PATIENCE_OF_OTHERS)


def _seconds(refusal: RetryAfter) -> float:
    wait = refusal.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
