"""The bot's rate limiter: Telegram's limits are kept, and an answer never stands behind a mailing.

It waits until `schedule.py` gives a message its turn, and decides whose limit a 429 speaks of. It must not know what is
said, nor the ledger: a notification that fails goes back there, only answers are tried again here.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import structlog
from telegram._utils.types import JSONDict
from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from blogbot import metrics
from blogbot.bot.latency import Quickest, Usual
from blogbot.bot.pace import rate, refused
from blogbot.bot.passage import Passage
from blogbot.bot.request import Flood, Unsent, pause_of
from blogbot.bot.schedule import ChatKey, Limits, Schedule, Ticket, is_group
from blogbot.bot.sender import outcome
from blogbot.bot.suspects import Refusal, Suspects
from blogbot.clock import Clock
from blogbot.errors import RetryLater
from blogbot.model import Lane, Pace

log = structlog.get_logger(__name__)

Answer = bool | JSONDict | list[JSONDict]
Call = Callable[[], Awaitable[Answer]]

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

FEWEST_CALLS, MOST_CALLS = 5, 64
"""Calls of notifications under way at once: as many as the rate needs (Little's law), since a crash leaves them in doubt."""

SLACK = 1.5


def jitter() -> float:
    """Seconds to rest before the next try; random, so that not all who failed together come back together."""
    return random.uniform(SHORTEST_REST, LONGEST_REST)  # noqa: S311 - it spreads load and keeps no secret


class Lanes(BaseRateLimiter[Passage]):
    """Lets messages go by lane and limit. `rate_limit_args` is the `Passage`; without one it is an answer.

    Held are the methods that put something into a chat (send, edit, forward, copy). All others, such as answering a
    tapped button, pass at once. Raises Flood where Telegram refuses a message for now, or is known to.

    An answer that surely did not arrive (`sender.outcome` says: later) is tried again after `rest()` seconds. One that may
    have arrived is not, for a person would read it twice.

    What Telegram's refusals teach of the rate (`pace.py`) is kept as a `Pace`, shared with other processes by whoever asks
    for it: the rate is one for a bot, and `adopt` says how many processes divide it.
    """

    def __init__(
        self, limits: Limits = Limits(), rest: Callable[[], float] = jitter, clock: Clock | None = None
    ) -> None:
        self.rest = rest
        self.pace = Pace()
        self._limits = limits
        self._clock = clock or Clock()
        self._share = 1
        self._schedule = Schedule(limits)
        self._suspects = Suspects()
        self._calls = 0
        self._quickest = Quickest()
        self._usual = Usual()
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
        rate_limit_args: Passage | None,
    ) -> Answer:
        """Calls `callback` when its turn has come, and gives back what it gives."""
        call = partial(callback, *args, **kwargs)
        chat = _chat(endpoint, data)
        passage = rate_limit_args or Passage()
        if passage.lane is not Lane.ANSWER and chat is not None:
            return await self._notify(call, chat, passage)
        if chat is not None or endpoint.lower() in QUESTIONS:
            return await self._answer(call, chat)
        return await call()

    async def _answer(self, call: Call, chat: ChatKey | None) -> Answer:
        """Tries an answer until it is taken, in doubt, or tried often enough."""
        attempts = ATTEMPTS
        while True:
            ticket = None if chat is None else await self._turn(chat, Lane.ANSWER)
            attempts -= 1
            try:
                return await (call() if ticket is None else self._call(call, ticket))
            except RetryAfter:
                # The next turn comes when the pause is over. What is not held, nobody waits for so long.
                if ticket is None or not attempts:
                    raise
            except TelegramError as failure:
                if not attempts or not isinstance(outcome(failure), RetryLater):
                    raise
                log.warning("an answer was not taken; trying again", chat=chat, reason=failure.message)
                await self._rest()
            finally:
                self._pump()

    async def _notify(self, call: Call, chat: ChatKey, passage: Passage) -> Answer:
        """One try of a notification: what fails goes back to the ledger. Its calls are few at a time."""
        ticket = await self._turn(chat, passage.lane)
        began = self._now()
        try:
            await self._begin(passage, ticket)
            answer = await self._call(call, ticket)
            self._usual.note(self._now() - began)
            return answer
        finally:
            self._calls -= 1
            self._pump()

    async def _begin(self, passage: Passage, ticket: Ticket) -> None:
        """What has to be done before the call. If it was slow, a pause may have begun meanwhile: it is kept."""
        begun = False
        try:
            await passage.begin()
            until, everyone = self._schedule.paused_until(ticket.chat)
            if until > self._now():
                raise Flood(until - self._now(), everyone=everyone)
            begun = True
        finally:
            if not begun:
                self._schedule.give_back(ticket, self._now())

    async def _call(self, call: Call, ticket: Ticket) -> Answer:
        started = self._now()
        if self._schedule.leaves(ticket, started):
            self._pump()
        try:
            answer = await call()
        except RetryAfter as refusal:
            flood = self._refused(ticket, started, pause_of(refusal))
        except Unsent:
            self._schedule.give_back(ticket, self._now())
            raise
        else:
            self._suspects.accepted(started)
            return answer
        finally:
            took = self._now() - started
            self._schedule.landed(ticket, took - self._quickest.seconds)
            self._quickest.note(took)
        raise flood

    # --- The rate ---

    @property
    def rate(self) -> float:
        """Messages a second that this process may send now."""
        return self._mine(rate(self.pace, self._limits.rate, self._clock.now()))

    def rate_of(self, lane: Lane) -> float:
        """The same of one lane; those that are not paid for share theirs."""
        whole = rate(self.pace, self._limits.rate, self._clock.now())
        return self._mine(whole * self._limits.at_most(lane) / self._limits.rate)

    def adopt(self, pace: Pace, share: int) -> None:
        """What all processes of this bot know, and how many of them share the rate."""
        now = self._clock.now()
        self.pace = Pace.merged([self.pace.sound(now), pace.sound(now)])
        self._share = max(share, 1)
        pause = self.pace.paused_until
        if pause is not None and pause > now:
            self._pause(None, self._now() + (pause - now).total_seconds())
        self._pump()

    def _mine(self, whole: float) -> float:
        """This process's part of a rate. Whole messages: rounded up in each process, they would be more than the rate."""
        part = whole / self._share
        return part if self._share == 1 or part < 1 else math.floor(part)

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

    async def _turn(self, chat: ChatKey, lane: Lane) -> Ticket:
        """Waits for a message's turn. A notification's counts as a call under way from then on."""
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
            self._give_up(ticket, turn)
            raise
        return ticket

    def _give_up(self, ticket: Ticket, turn: asyncio.Future[None]) -> None:
        """Nobody waits for this turn any more; it may have come at this very moment."""
        if self._turns.pop(ticket, None) is not None:
            self._schedule.drop(ticket, self._now())
        elif not turn.cancelled() and turn.exception() is None:
            self._schedule.give_back(ticket, self._now())
            self._calls -= ticket.lane is not Lane.ANSWER
        self._pump()

    def _pump(self) -> None:
        """Gives a turn to whoever may go, and comes back when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._now()
        most = self._set_rate()
        while True:
            self._schedule.answers_only = self._calls >= most
            ticket = self._schedule.take(now)
            if ticket is None:
                break
            turn = self._turns.pop(ticket)
            if turn.done():
                self._schedule.give_back(ticket, now)
                continue
            turn.set_result(None)
            self._calls += ticket.lane is not Lane.ANSWER
        when = self._schedule.next(now)
        if when is not None:
            self._timer = asyncio.get_running_loop().call_later(max(when - now, 0.0), self._pump)

    def _set_rate(self) -> int:
        """Tells the schedule the rate of the moment; how many calls of notifications it needs under way."""
        whole = rate(self.pace, self._limits.rate, self._clock.now())
        mine = self._schedule.rate = self._mine(whole)
        self._schedule.free = self._mine(min(self._limits.free, self._limits.rate) * whole / self._limits.rate)
        metrics.RATE.set(mine)
        return max(FEWEST_CALLS, min(MOST_CALLS, math.ceil(mine * self._usual.seconds * SLACK)))

    # --- Refusals ------------------------------------------------------------------------------------------------------

    def _refused(self, ticket: Ticket, started: float, seconds: float) -> Flood:
        """Keeps the pause that a 429 asks for, and slows down where it is not the chat's own."""
        chat, now = ticket.chat, self._now()
        self._schedule.refused(ticket)
        self._pause(chat, now + seconds)
        full = self._schedule.heard(chat, now) * self._share / self._limits.group
        taken = self._scaled(ticket.lane, started)
        finding = self._suspects.refused(Refusal(chat, started, now, seconds, full, taken))
        everyone = finding is not None and finding.until is not None
        if finding is not None:
            self._slow_down(0.0 if finding.until is None else finding.until - now, finding.taken, now - started)
            if finding.until is not None:
                self._pause(None, finding.until)
        metrics.THROTTLED.labels("everyone" if everyone else "group" if is_group(chat) else "chat").inc()
        log.warning("telegram asks to wait", chat=chat, seconds=seconds, everyone=everyone)
        return Flood(seconds, everyone=everyone)

    def _scaled(self, lane: Lane, before: float) -> float:
        """What all processes sent in the second before, as if all lanes had been as fast for their limits as this one."""
        taken = self._schedule.taken(lane, before) * self._share
        return taken * self._limits.rate / self._limits.at_most(lane)

    def _slow_down(self, seconds: float, accepted: float, took: float) -> None:
        now = self._clock.now()
        self.pace = refused(self.pace, self._limits.rate, now, seconds=seconds, accepted=accepted, took=took)
        log.warning("slowing down", rate=round(self.rate, 1), failures=self.pace.failures)

    def _pause(self, chat: ChatKey | None, until: float) -> None:
        """Nothing goes to `chat` (None: to anyone) before `until`; who would have to wait too long for it is sent back."""
        now = self._now()
        self._schedule.pause(chat, until, now)
        for ticket in list(self._turns):
            held, everyone = self._schedule.held_until(ticket.chat, ticket.lane)
            if chat in (None, ticket.chat) and held - now > _patience(ticket.lane):
                self._send_back(ticket, Flood(held - now, everyone=everyone))

    def _send_back(self, ticket: Ticket, reason: Exception) -> None:
        turn = self._turns.pop(ticket)
        self._schedule.drop(ticket, self._now())
        if not turn.done():
            turn.set_exception(reason)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


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
