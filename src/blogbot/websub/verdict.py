"""What an answer means for what was owed: the one place that decides. It gives back what to write, and writes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from blogbot.delivery.verdict import Verdict, backoff
from blogbot.model import Errand
from blogbot.websub.caller import Answer

LONGEST_WAIT = 3600.0
"""Seconds between two tries, at most; also where an answer asks for more."""


def ping(group: Sequence[Errand], answer: Answer, now: datetime) -> Verdict:
    """A ping waits until the hub is back, however long that takes. One that refuses several feeds is told of each alone."""
    if answer.taken:
        return Verdict("sent", lambda tx: tx.errands.done(group, now))
    return _again(group, answer, now, alone=len(group) > 1 and answer.refused)


def failed(group: Sequence[Errand], now: datetime) -> Verdict:
    """blogbot could not make the call."""
    return _again(group, Answer(0, why="blogbot could not make the call"), now)


def _again(group: Sequence[Errand], answer: Answer, now: datetime, *, alone: bool = False) -> Verdict:
    attempts = max(errand.attempts for errand in group)
    wait = max(backoff(attempts, LONGEST_WAIT), min(answer.wait, LONGEST_WAIT))
    not_before = now + timedelta(seconds=wait)
    return Verdict("retried", lambda tx: tx.errands.again(group, not_before, answer.why, now, alone=alone))
