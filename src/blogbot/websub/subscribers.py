"""What our own hub says to its subscribers: are you sure, here is the feed, there is nothing to hear (WebSub, sections 5.2, 5.3, 7).

Makes one call and tells what it means. Neither a callback nor a secret is written into the log, only the callback's host.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import structlog

from blogbot.clock import Clock
from blogbot.delivery.verdict import Verdict
from blogbot.model import Errand, ErrandKind
from blogbot.publish.topics import media_type
from blogbot.store import Store
from blogbot.websub import verdict
from blogbot.websub.caller import Answer, Caller
from blogbot.websub.intent import SUBSCRIBE
from blogbot.websub.topics import Topics, host

log = structlog.get_logger(__name__)


class Subscribers:
    """`folder` is where the feeds lie."""

    def __init__(self, store: Store, topics: Topics, clock: Clock, folder: Path, caller: Caller) -> None:
        self._store = store
        self._topics = topics
        self._clock = clock
        self._folder = folder
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
        """The feed as it is now, whatever it was when the push was wanted."""
        async with self._store.read() as tx:
            subscription = await tx.subscriptions.find(errand.target, errand.topic, self._clock.now())
        content = await asyncio.to_thread(_read, self._folder / errand.topic)
        if subscription is None or content is None:
            return verdict.ended(errand)
        headers = {"Content-Type": media_type(errand.topic), "Link": self._topics.link(errand.topic)}
        if subscription.secret:
            signature = hmac.new(subscription.secret.encode(), content, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={signature}"
        answer = await self._caller.post(errand.target, content, headers)
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


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except OSError:
        return None
