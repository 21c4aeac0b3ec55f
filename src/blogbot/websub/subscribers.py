"""What our own hub says to its subscribers: are you sure, here is the feed, there is nothing to hear (WebSub, sections 5.2, 5.3, 7).

Makes one call and tells what it means. Neither a callback nor a secret is written into the log, only the callback's host.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

import structlog

from blogbot.clock import Clock
from blogbot.delivery.verdict import Verdict
from blogbot.model import Errand, ErrandKind
from blogbot.publish.topics import media_type
from blogbot.store import Store
from blogbot.websub import verdict
from blogbot.websub.caller import Answer, Caller
from blogbot.websub.copies import Copies
from blogbot.websub.intent import SUBSCRIBE
from blogbot.websub.topics import Topics, host

log = structlog.get_logger(__name__)


class Subscribers:
    def __init__(self, store: Store, topics: Topics, clock: Clock, copies: Copies, caller: Caller) -> None:
        self._store = store
        self._topics = topics
        self._clock = clock
        self._copies = copies
        self._caller = caller

    async def carry(self, errand: Errand) -> Verdict:
        """Raises StoreError before a call was made."""
        match errand.kind:
            case ErrandKind.VERIFY:
                means = await self._verify(errand)
            case ErrandKind.DENY:
                means = await self._deny(errand)
            case _:
                means = await self._push(errand)
        return means

    async def _verify(self, errand: Errand) -> Verdict:
        mode, challenge = errand.detail["mode"], secrets.token_urlsafe(32)
        question = {"hub.mode": mode, "hub.topic": self._topics.address(errand.topic), "hub.challenge": challenge}
        if mode == SUBSCRIBE:
            question["hub.lease_seconds"] = errand.detail["lease"]
        answer = await self._caller.get(_with(errand.target, question))
        means = verdict.verification(errand, answer, challenge, self._clock.now())
        self._note(errand, means, answer, mode=mode)
        return means

    async def _deny(self, errand: Errand) -> Verdict:
        topic, reason = self._topics.address(errand.topic), errand.detail["reason"]
        said = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
        answer = await self._caller.get(_with(errand.target, said))
        means = verdict.denial(errand, answer, self._clock.now())
        self._note(errand, means, answer, mode="denied")
        return means

    async def _push(self, errand: Errand) -> Verdict:
        """The feed as it is now, whatever it was when the push was wanted; but none that is older than what was told of."""
        async with self._store.read() as tx:
            subscription = await tx.subscriptions.find(errand.target, errand.topic, self._clock.now())
            told = await tx.topics.digest(errand.topic)
        if subscription is None:
            return verdict.ended(errand)
        copy = await self._copies.of(errand.topic)
        if copy is None or copy.digest != told:
            return verdict.not_here(errand, self._clock.now())
        headers = {"Content-Type": media_type(errand.topic), "Link": self._topics.link(errand.topic)}
        if subscription.secret:
            signature = hmac.new(subscription.secret.encode(), copy.content, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={signature}"
        answer = await self._caller.post(errand.target, copy.content, headers)
        means = verdict.push(errand, answer, self._clock.now())
        self._note(errand, means, answer, mode="push")
        return means

    def _note(self, errand: Errand, means: Verdict, answer: Answer, *, mode: str) -> None:
        say = log.debug if mode == "push" and means.outcome != "ended" else log.info
        say(
            "subscriber called",
            mode=mode,
            topic=errand.topic,
            host=host(errand.target),
            outcome=means.outcome,
            why=answer.why,
        )


def _with(callback: str, parameters: Mapping[str, str]) -> str:
    """The callback with these added to its query, which stays as it is."""
    between = "" if callback.endswith(("?", "&")) else "&" if "?" in callback else "?"
    return f"{callback}{between}{urlencode(parameters)}"
