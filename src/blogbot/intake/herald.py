"""What is announced of a change, in the change's own transaction: neither is ever there without the other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import structlog

from blogbot.store import NewAnnouncement, Transaction

log = structlog.get_logger(__name__)


class Herald:
    """Announces within one transaction, at the instant `now`. One that is `quiet` takes changes in without a word.

    News is due at `told`, if that is later: when what belongs together with it is taken in, too.
    """

    def __init__(self, tx: Transaction, now: datetime, *, quiet: bool = False, told: datetime | None = None) -> None:
        self.tx = tx
        self.now = now
        self.told = now if told is None else max(told, now)
        self.quiet = quiet
        self._said: list[NewAnnouncement] = []

    @property
    def said(self) -> Collection[str]:
        """The keys of what was announced."""
        return {each.key for each in self._said}

    async def say(self, news: NewAnnouncement, *, always: bool = False) -> None:
        """Announces something, unless it was announced before; what was withdrawn is taken up again. `always`: also if quiet."""
        if (always or not self.quiet) and await self.tx.announcements.add_many([news], now=self.now):
            self._said.append(news)

    def log(self) -> None:
        """Names what was announced, by the key under which the log follows it on; for when the transaction is committed."""
        for each in self._said:
            log.info("announced", announcement=each.key, due=each.due.isoformat(timespec="seconds"))
