"""What an answer means for what was owed: the one place that decides. It gives back what to write, and writes nothing itself."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from blogbot.delivery.verdict import Verdict, backoff
from blogbot.model import Errand, ErrandKind, Subscription
from blogbot.store import Transaction
from blogbot.websub.caller import Answer
from blogbot.websub.intent import SUBSCRIBE
from blogbot.websub.topics import host

LONGEST_WAIT = 3600.0
"""Seconds between two tries, at most; also where an answer asks for more."""

WORTH = timedelta(days=3)
"""How long it is tried to push a feed to a subscriber. It gets the next change all the same."""

SOON = 15.0
"""Seconds until it is looked again, at most, whether a feed is there that should be."""

REST = timedelta(minutes=1)
"""Who was asked in vain is not asked again so soon, and counts among those who wait to be asked. Else whoever likes could have us
call whomever they like, as often as they like."""

TRIES = 4
"""How often a subscriber is asked, or told that there is no subscription, who does not answer for now."""


def ping(group: Sequence[Errand], answer: Answer, now: datetime) -> Verdict:
    """A ping waits until the hub is back, however long that takes. One that refuses several feeds is told of each alone."""
    if answer.taken:
        return Verdict("sent", lambda tx: tx.errands.done(group, now))
    return _again(group, answer, now, alone=len(group) > 1 and answer.refused)


def not_here(errand: Errand, now: datetime) -> Verdict:
    """What was told of cannot be read here, or does not lie here: not yet, or because another process writes elsewhere."""
    return _again([errand], Answer(0, why="the feed in the folder is not the one that was told of"), now, longest=SOON)


def push(errand: Errand, answer: Answer, now: datetime) -> Verdict:
    """Whatever is not taken is tried again, for a subscriber may be mended; only 410 says that it is no more."""
    if answer.taken:
        return Verdict("sent", lambda tx: tx.errands.done([errand], now))
    if answer.status == HTTPStatus.GONE:
        return ended(errand)
    return _again([errand], answer, now)


def ended(errand: Errand) -> Verdict:
    """Nobody is there any more to push it to."""
    return Verdict("ended", lambda tx: _end(tx, errand))


def verification(errand: Errand, answer: Answer, challenge: str, now: datetime) -> Verdict:
    """Only who repeats the challenge means it (WebSub, section 5.3)."""
    if answer.taken and hmac.compare_digest(answer.body, challenge.encode()):
        return Verdict("sent", lambda tx: _confirm(tx, errand, now))
    return _told(errand, answer, now) or Verdict("failed", lambda tx: tx.errands.in_vain(errand, now + REST, now))


def denial(errand: Errand, answer: Answer, now: datetime) -> Verdict:
    if answer.taken:
        return Verdict("sent", lambda tx: tx.errands.done([errand], now))
    return _told(errand, answer, now) or Verdict("failed", lambda tx: tx.errands.done([errand], now))


def failed(group: Sequence[Errand], now: datetime) -> Verdict:
    """blogbot could not make the call."""
    return _again(group, Answer(0, why="blogbot could not make the call"), now)


def _told(errand: Errand, answer: Answer, now: datetime) -> Verdict | None:
    """Tried again where nobody answered, or not for now, but not for ever; else it stays as it was before."""
    if (answer.status == 0 or answer.status >= 500 or answer.busy) and errand.attempts < TRIES:
        return _again([errand], answer, now)
    return None


def _again(
    group: Sequence[Errand], answer: Answer, now: datetime, *, alone: bool = False, longest: float = LONGEST_WAIT
) -> Verdict:
    attempts = max(errand.attempts for errand in group)
    wait = max(backoff(attempts, longest), min(answer.wait, LONGEST_WAIT))
    not_before = now + timedelta(seconds=wait)
    return Verdict("retried", lambda tx: tx.errands.again(group, not_before, answer.why, now, alone=alone))


async def deny(tx: Transaction, topic: str, callbacks: Sequence[str], now: datetime) -> None:
    """Owes the subscribers of a feed that is no more the word that there will be nothing to hear."""
    targets = [(callback, host(callback), topic) for callback in callbacks]
    await tx.errands.want(ErrandKind.DENY, targets, now, expires=now + WORTH, detail={"reason": "this feed has ended"})


async def _confirm(tx: Transaction, errand: Errand, now: datetime) -> None:
    """A subscriber is owed what changed since it asked to be one."""
    if not await tx.errands.held(errand):
        return
    said, target = errand.detail, (errand.target, host(errand.target), errand.topic)
    await tx.errands.done([errand], now)
    if said["mode"] != SUBSCRIBE:
        await _forget(tx, errand)
        return
    told = await tx.topics.digest(errand.topic, hold=True)
    if told is None:
        await deny(tx, errand.topic, [errand.target], now)
        return
    await tx.errands.drop(errand.target, errand.topic, ErrandKind.DENY)  # of an earlier subscription
    expires = now + timedelta(seconds=int(said["lease"]))
    await tx.subscriptions.keep(Subscription(errand.target, errand.topic, said["secret"], expires), target[1], now)
    if said.get("seen", told) != told:
        await tx.errands.want(ErrandKind.PUSH, [target], now, expires=now + WORTH)


async def _end(tx: Transaction, errand: Errand) -> None:
    if await tx.errands.held(errand):
        await _forget(tx, errand)


async def _forget(tx: Transaction, errand: Errand) -> None:
    await tx.subscriptions.end(errand.target, errand.topic)
    await tx.errands.drop(errand.target, errand.topic)
