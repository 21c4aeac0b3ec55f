"""When each message may go: Telegram's limits and the lanes, decided without waiting.

Pure: it is told the time (seconds, monotonic) and says who goes next, or when to ask again. It must not know asyncio or
python-telegram-bot; `limiter.py` is the thin layer that does the waiting. Every step costs O(log n), and a chat that has
been quiet for a while is forgotten.

The limits are those of https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from dataclasses import dataclass, field

from blogbot.bot.window import LATEST, Slot, Window
from blogbot.model import Lane

ChatKey = int | str
"""A chat's id, or a channel's @name."""


def is_group(chat: ChatKey) -> bool:
    """Groups, supergroups and channels have negative ids; a @name is always one of them."""
    return isinstance(chat, str) or chat < 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What Telegram takes.

    `rate` messages in any one second over all chats. Where some lanes are `paid` for (Bot API, allow_paid_broadcast), no
    more than `free` of them in the others.
    `spacing` seconds between two messages of one chat, of which answers
    may run ahead by `burst` messages (Telegram bears short bursts, and a person who taps twice should not wait); in a
    group no more than `group` in any minute, `group_reserve` of them kept for answers.
    `margin` widens the second and the minute by this share: two clocks are never quite the same.
    """

    rate: float = 30
    free: float = 30
    paid: frozenset[Lane] = frozenset()
    spacing: float = 1.0
    burst: int = 3
    group: int = 20
    group_reserve: int = 4
    margin: float = 0.01
    share: int = 10
    """One turn in so many belongs to the lowest lane that waits."""

    def at_most(self, lane: Lane) -> float:
        """Messages a second that a lane may send in all."""
        return min(self.rate, self.free) if self.paid and lane not in self.paid else self.rate


@dataclass(slots=True, eq=False)
class Ticket:
    """One message's place in the queue."""

    chat: ChatKey
    lane: Lane
    number: int
    dropped: bool = False
    slot: Slot | None = None

    def __lt__(self, other: Ticket) -> bool:
        return (self.lane, self.number) < (other.lane, other.number)


@dataclass(slots=True, eq=False)
class _Chat:
    """One chat's own limits. `paid` is the instant up to which its past messages use up its one a second; `staying` are
    those that had their turn and have not left yet."""

    key: ChatKey
    group: bool
    paid: float = -math.inf
    paused: float = -math.inf
    recent: deque[float] = field(default_factory=deque)
    waiting: list[Ticket] = field(default_factory=list)
    staying: int = 0
    entry: int = 0

    def earliest(self, lane: Lane, limits: Limits) -> float:
        answer = lane is Lane.ANSWER
        ahead = (limits.burst - 1) * limits.spacing * (1 + limits.margin) if answer else 0.0
        when = max(self.paused, self.paid - ahead)
        most = limits.group if answer else limits.group - limits.group_reserve
        if self.group and len(self.recent) >= most:
            when = max(when, self.recent[-most] + 60 * (1 + limits.margin))
        return when

    def took(self, now: float, limits: Limits) -> None:
        self.staying += 1
        self.paid = max(self.paid, now) + limits.spacing * (1 + limits.margin)
        if self.group:
            self.recent.append(now)
            if len(self.recent) > limits.group:
                self.recent.popleft()

    def leaves(self, slot: Slot, now: float, limits: Limits) -> None:
        self.staying -= 1
        self.paid = max(self.paid, now + limits.spacing * (1 + limits.margin))
        if slot.left in self.recent:
            self.recent.remove(slot.left)
            self.recent.append(now)

    def gave_back(self, slot: Slot, limits: Limits) -> None:
        self.staying -= not slot.gone
        self.paid -= limits.spacing * (1 + limits.margin)
        if slot.left in self.recent:
            self.recent.remove(slot.left)

    def quiet_from(self, limits: Limits) -> float:
        """From when on there is nothing to remember of this chat."""
        last = self.recent[-1] + 60 * (1 + limits.margin) if self.recent else -math.inf
        return max(self.paid, self.paused, last)

    def head(self) -> Ticket | None:
        while self.waiting and self.waiting[0].dropped:
            heapq.heappop(self.waiting)
        return self.waiting[0] if self.waiting else None


class Schedule:
    """Who may speak, and when. All times are seconds of one monotonic clock, handed in."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._numbers = itertools.count()
        self._entries = itertools.count(1)
        self._chats: dict[ChatKey, _Chat] = {}
        self._ready: dict[Lane, list[tuple[int, int, _Chat]]] = {lane: [] for lane in Lane}
        self._later: list[tuple[float, int, _Chat]] = []
        self._forget: list[tuple[float, int, _Chat]] = []
        self.rate: float = limits.rate
        """Messages a second now; `free`, in lanes that are not paid for."""
        self.free: float = min(limits.rate, limits.free)
        self.answers_only = False
        self._all = Window(limits.margin)
        self._free = Window(limits.margin)
        self._paused = -math.inf
        self._since_lowest = 0

    def __len__(self) -> int:
        """How many chats are remembered."""
        return len(self._chats)

    # --- Asking and giving up ------------------------------------------------------------------------------------------

    def add(self, chat: ChatKey, lane: Lane, now: float) -> Ticket:
        """Queues a message."""
        state = self._chat(chat, now)
        ticket = Ticket(chat, lane, next(self._numbers))
        heapq.heappush(state.waiting, ticket)
        if state.waiting[0] is ticket:
            self._place(state, now)
        return ticket

    def drop(self, ticket: Ticket, now: float) -> None:
        """Takes a message out of the queue."""
        ticket.dropped = True
        state = self._chats.get(ticket.chat)
        if state is not None and state.waiting and state.waiting[0] is ticket:
            self._place(state, now)

    def held_until(self, chat: ChatKey, lane: Lane) -> tuple[float, bool]:
        """Before when a message surely cannot go, and whether that is so for every chat."""
        state = self._chats.get(chat)
        return self._with_all(state.earliest(lane, self.limits) if state else -math.inf)

    def paused_until(self, chat: ChatKey) -> tuple[float, bool]:
        """Until when a chat is paused, and whether every chat is."""
        state = self._chats.get(chat)
        return self._with_all(state.paused if state else -math.inf)

    def _with_all(self, own: float) -> tuple[float, bool]:
        return max(own, self._paused), self._paused >= own and self._paused > -math.inf

    def pause(self, chat: ChatKey | None, until: float, now: float) -> None:
        """Nothing goes to `chat` (None: to anyone) before `until`. A pause is never shortened."""
        if chat is None:
            self._paused = max(self._paused, until)
            return
        state = self._chat(chat, now)
        state.paused = max(state.paused, until)
        self._place(state, now)

    def taken(self, lane: Lane, before: float) -> int:
        """How many messages went in the second before and were not refused, under the limits that a lane falls under."""
        return self._windows(lane)[-1][0].taken(before)

    def heard(self, group: ChatKey, now: float) -> int:
        """How many messages a group had in the last minute, also those that were refused."""
        state = self._chats.get(group)
        return sum(left > now - 60 for left in state.recent) if state else 0

    # --- Giving turns --------------------------------------------------------------------------------------------------

    def take(self, now: float) -> Ticket | None:
        """The message whose turn it is, or None: then `next(now)` says when to ask again. It keeps its place until it leaves
        or is given back, however long that takes."""
        self._wake(now)
        self._prune(now)
        lane = None if now < self._paused else self._choose(now)
        if lane is None:
            return None
        _, _, state = heapq.heappop(self._ready[lane])
        ticket = heapq.heappop(state.waiting)
        state.took(now, self.limits)
        ticket.slot = Slot(now)
        for window, rate in self._windows(lane):
            window.took(ticket.slot, rate, evenly=lane is not Lane.ANSWER)
        self._place(state, now)
        return ticket

    def leaves(self, ticket: Ticket, now: float) -> bool:
        """The message that had its turn goes to Telegram now: its second begins. Whether others may have waited for that."""
        slot, state = ticket.slot, self._chats.get(ticket.chat)
        if slot is None or state is None:
            return False
        awaited = state.head() is not None or any(self._open_from(lane) == math.inf for lane in self._lanes())
        state.leaves(slot, now, self.limits)
        slot.left, slot.at = now, now + LATEST
        for window, rate in self._windows(ticket.lane):
            window.leaves(slot, rate)
        self._place(state, now)
        return awaited

    def landed(self, ticket: Ticket, late: float) -> None:
        """Telegram answered, `late` seconds later than it does at its quickest: so much later it may have had the message."""
        late = min(max(late, 0.0), LATEST)
        if ticket.slot is not None:
            ticket.slot.at = ticket.slot.left + late
            if (state := self._chats.get(ticket.chat)) is not None:
                state.paid = max(state.paid, ticket.slot.at + self.limits.spacing * (1 + self.limits.margin))

    def refused(self, ticket: Ticket) -> None:
        """Telegram did not take the message."""
        if ticket.slot is not None:
            for window, _ in self._windows(ticket.lane):
                window.refused(ticket.slot)

    def give_back(self, ticket: Ticket, now: float) -> None:
        """The message that had its turn was not sent."""
        slot, ticket.slot = ticket.slot, None
        if slot is None:
            return
        for window, rate in self._windows(ticket.lane):
            window.gave_back(slot, rate, evenly=ticket.lane is not Lane.ANSWER)
        if (state := self._chats.get(ticket.chat)) is not None:
            state.gave_back(slot, self.limits)
            self._place(state, now)

    def next(self, now: float) -> float | None:
        """When to ask again; None where nobody waits, or only for those who have not left."""
        times = [max(now, self._open_from(lane), self._paused) for lane in self._lanes()]
        if self._later:
            times.append(max(self._later[0][0], self._paused))
        return min((time for time in times if time < math.inf), default=None)

    def _choose(self, now: float) -> Lane | None:
        """The highest lane, but every tenth turn the lowest.

        Unlike answers, all else is spread evenly over the second, so that an answer finds a gap at any moment instead of a
        second that is used up at its start.
        """
        waiting = self._lanes()
        lanes = [lane for lane in waiting if self._open_from(lane) <= now]
        if not lanes:
            return None
        lane, lowest = lanes[0], waiting[-1]
        # Among answers, which keep no pace, the lowest lane's turn need not keep it either.
        hurried = waiting[0] is Lane.ANSWER and self._open_from(lowest, evenly=False) <= now
        if self._since_lowest >= self.limits.share - 1 and (hurried or lowest in lanes):
            lane = lowest
        self._since_lowest = 0 if lane is lowest else self._since_lowest + 1
        return lane

    def _windows(self, lane: Lane) -> list[tuple[Window, float]]:
        """The limits over all chats that a lane falls under, with their rates."""
        if not self.limits.paid or lane in self.limits.paid:
            return [(self._all, self.rate)]
        return [(self._all, self.rate), (self._free, min(self.rate, self.free))]

    def _open_from(self, lane: Lane, *, evenly: bool = True) -> float:
        evenly = evenly and lane is not Lane.ANSWER
        return max(window.open_from(rate, evenly=evenly) for window, rate in self._windows(lane))

    def _lanes(self) -> list[Lane]:
        """The lanes in which somebody may go, as far as their own chat is concerned; the highest first."""
        for queue in self._ready.values():
            while queue and queue[0][1] != queue[0][2].entry:
                heapq.heappop(queue)
        return [lane for lane, queue in self._ready.items() if queue and not (self.answers_only and lane)]

    # --- Keeping order -------------------------------------------------------------------------------------------------

    def _chat(self, key: ChatKey, now: float) -> _Chat:
        state = self._chats.get(key)
        if state is None:
            state = self._chats[key] = _Chat(key, group=is_group(key))
            heapq.heappush(self._forget, (now + 60, next(self._entries), state))
        return state

    def _place(self, state: _Chat, now: float) -> None:
        """Puts a chat where its first message belongs. An older entry of the chat is void from now on.

        While one of its messages has not left, only an answer may follow: the others' second has not begun.
        """
        state.entry = next(self._entries)
        head = state.head()
        if head is None or (state.staying and head.lane is not Lane.ANSWER):
            return
        when = state.earliest(head.lane, self.limits)
        if when <= now:
            heapq.heappush(self._ready[head.lane], (head.number, state.entry, state))
        else:
            heapq.heappush(self._later, (when, state.entry, state))

    def _wake(self, now: float) -> None:
        while self._later and (self._later[0][0] <= now or self._later[0][1] != self._later[0][2].entry):
            _, entry, state = heapq.heappop(self._later)
            if entry == state.entry:
                self._place(state, now)

    def _prune(self, now: float) -> None:
        while self._forget and self._forget[0][0] <= now:
            _, _, state = heapq.heappop(self._forget)
            quiet = state.quiet_from(self.limits)
            if state.head() is None and not state.staying and quiet <= now:
                del self._chats[state.key]
            else:
                heapq.heappush(self._forget, (max(quiet, now + 1), next(self._entries), state))
