"""Counts what became of messages: for the monitor at once, for the log by announcement once a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from blogbot import metrics
from blogbot.clock import Clock
from blogbot.model import Announcement, NotificationState, Parcel
from blogbot.store import Recovered

SETTLED = {
    NotificationState.QUEUED: "retried",
    NotificationState.UNCERTAIN: "uncertain",
    NotificationState.EXPIRED: "expired",
}
"""What a state that a crash's leftovers come to is called as the outcome of a try."""

SAY_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Tally:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[str, Counter[str]] = {}
        self._said = clock.now()

    def note(self, parcel: Parcel, outcome: str, *, reason: str = "") -> None:
        """A message came to an outcome; one that is tried again is worth a line only to who looks closely."""
        metrics.SENDS.labels(parcel.lane.name.lower(), outcome).inc()
        if outcome == "uncertain":
            metrics.UNCERTAIN.inc(len(parcel.announcements))
        if outcome == "expired":
            metrics.EXPIRED.inc(len(parcel.announcements))
        for announcement in parcel.announcements:
            self._counts.setdefault(announcement.key, Counter())[outcome] += 1
        if reason:
            say = log.debug if outcome in ("retried", "expired") else log.warning
            say("not delivered", announcement=parcel.announcement.key, chat=parcel.chat.id, outcome=outcome, why=reason)

    def stopped(self, parcel: Parcel, expired: Sequence[Announcement], back: Sequence[Announcement]) -> None:
        """A message's turn came and it did not go: of what it carries, some has expired, and some waits again."""
        for some, outcome in ((expired, "expired"), (back, "retried")):
            if some:
                self.note(replace(parcel, announcements=tuple(some)), outcome)

    def arrived(self, parcel: Parcel, due: datetime) -> None:
        """A message arrived. `due` is when its chat's terms let it come."""
        self.note(parcel, "sent")
        late = (self._clock.now() - due).total_seconds()
        metrics.LATENESS.labels(parcel.lane.name.lower()).observe(max(late, 0.0))
        log.debug("sent", announcement=parcel.announcement.key, chat=parcel.chat.id)

    def settled(self, recovered: Sequence[Recovered], expired: Counter[str]) -> None:
        """What earlier processes had left in the middle came to an outcome, and what waited too long has expired."""
        outcomes = [SETTLED[each.state] for each in recovered]
        messages = {(each.chat_id, each.lane, what) for each, what in zip(recovered, outcomes, strict=True)}
        for _, lane, what in messages:  # a digest is several notifications, and one message
            metrics.SENDS.labels(lane.name.lower(), what).inc()
        metrics.RECOVERED.inc(len(recovered))
        metrics.UNCERTAIN.inc(outcomes.count("uncertain"))
        metrics.EXPIRED.inc(outcomes.count("expired") + expired.total())
        counts = {key: Counter({"expired": count}) for key, count in expired.items()}
        for each, what in zip(recovered, outcomes, strict=True):
            counts.setdefault(each.announcement, Counter())[what] += 1
        for key, settled in counts.items():
            log.info("notifications settled", announcement=key, **settled)

    def say(self, *, now: bool) -> None:
        """Writes into the log how many of each announcement came to which outcome since it was last said."""
        instant = self._clock.now()
        if not now and abs(instant - self._said) < SAY_EVERY:
            return
        counts, self._counts, self._said = self._counts, {}, instant
        for key, outcomes in counts.items():
            log.info("told", announcement=key, **outcomes)
