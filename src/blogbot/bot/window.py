"""The messages of the last second over all chats, and when the next one may go. Pure, like `schedule.py`, which uses it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import islice

CATCH_UP = 0.02
"""Seconds by which an even pace may be made up for after a late timer; timers come some milliseconds late."""

LATEST = 0.25
"""Seconds. How much later than the quickest a message is thought to reach Telegram, at most and until it is known."""

REMEMBERED = 5.0
"""Seconds for which it is remembered when each message went; a refusal's answer may take that long."""


@dataclass(slots=True, eq=False)
class Slot:
    """One message's place in the second. It `left` then, and reached Telegram no later than `at`, give or take what every
    message takes. Before it leaves, `left` is when it had its turn, and nobody knows when it will arrive."""

    left: float
    at: float = math.inf

    @property
    def gone(self) -> bool:
        return self.at < math.inf


class Window:
    """What went in the last second, over all chats. The rate may change from one message to the next.

    No second holds more than the rate, rounded up; on average it is the rate. A message counts from when it may have reached
    Telegram at the latest, so that one which was long on its way and a quick one a second later do not fall into one second.
    Between its turn and its leaving something slow may have to be done: so long it has a place in every second.
    """

    def __init__(self, margin: float) -> None:
        self._margin = margin
        self._staying: set[Slot] = set()
        self._slots: deque[Slot] = deque()
        self._left: deque[float] = deque()
        self._paced = -math.inf

    def open_from(self, rate: float, *, evenly: bool) -> float:
        """When the next message may go, infinite where another has to leave first; `evenly`: not before its place in the
        second, and not as long as half a second's messages stay, so that answers find room."""
        most, length = self._measure(rate)
        staying = len(self._staying)
        if staying >= (max(most // 2, 1) if evenly else most):
            return math.inf
        over = len(self._slots) + staying - most + 1
        full = max((slot.at for slot in islice(self._slots, over)), default=-math.inf) if over > 0 else -math.inf
        return max(full + length, self._paced if evenly else -math.inf)

    def took(self, slot: Slot, rate: float, *, evenly: bool) -> None:
        self._staying.add(slot)
        if evenly:
            self._paced = max(self._paced, slot.left - CATCH_UP) + 1 / rate

    def leaves(self, slot: Slot, rate: float) -> None:
        _, length = self._measure(rate)
        while self._slots and self._slots[0].at + length <= slot.left:
            self._slots.popleft()
        while self._left and self._left[0] < slot.left - REMEMBERED:
            self._left.popleft()
        self._staying.discard(slot)
        self._slots.append(slot)
        self._left.append(slot.left)

    def gave_back(self, slot: Slot, rate: float, *, evenly: bool) -> None:
        self._staying.discard(slot)
        if slot in self._slots:
            self._slots.remove(slot)
        if evenly:
            self._paced -= 1 / rate
        self.refused(slot)

    def refused(self, slot: Slot) -> None:
        """What Telegram did not take does not tell what it takes."""
        if slot.left in self._left:
            self._left.remove(slot.left)

    def taken(self, before: float) -> int:
        """How many messages that were not refused went in the second before."""
        return sum(before - 1 <= left < before for left in self._left)

    def _measure(self, rate: float) -> tuple[int, float]:
        """How many messages in how many seconds."""
        most = max(1, math.ceil(rate - 1e-9))
        return most, most / rate * (1 + self._margin)
