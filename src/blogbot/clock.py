"""What time it is. Handed to whoever needs it, so that tests and the demo can move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class MovableClock(Clock):
    """A clock that can be moved. It stands still from `start` on, or, without one, runs ahead of the system's clock."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return (self._start or datetime.now(UTC)) + self._ahead

    def move(self, by: timedelta) -> None:
        """Moves the clock by `by`, forwards or backwards."""
        self._ahead += by

    def move_to(self, instant: datetime) -> None:
        """Moves the clock to `instant` (aware)."""
        self.move(instant - self.now())
