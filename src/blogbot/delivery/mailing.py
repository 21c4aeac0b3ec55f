"""The ledger at work: leases notifications that are due, sends them, and commits each outcome by itself.

A row is `sending`, with a lease, before the call is made. After a crash only such rows are in doubt; what becomes of
them is the store's `recover`: reminders and changes are sent again, news is not said twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from blogbot.clock import Clock
from blogbot.delivery.sender import Sender
from blogbot.errors import (
    ChatGone,
    ChatMigrated,
    DeliveryError,
    InDoubt,
    RetryLater,
    TokenRejected,
)
from blogbot.model import Lane, Message, Parcel
from blogbot.store import Store

LEASE = timedelta(seconds=90)
IN_FLIGHT = 32
"""How many are leased and sent side by side; also the most that a crash leaves in doubt."""

PATIENCE = 0.25
"""Seconds between two looks at the queue while something is under way: what is urgent meanwhile goes next."""

LONGEST_WAIT = 3600.0
"""Seconds. Backoff doubles up to an hour."""

Compose = Callable[[Parcel], Awaitable[Message | None]]
"""What to say; None where there is nothing to say any more."""

log = structlog.get_logger()


class Mailing:
    def __init__(self, store: Store, sender: Sender, compose: Compose, clock: Clock) -> None:
        self._store = store
        self._sender = sender
        self._compose = compose
        self._clock = clock
        self._paused_until: datetime | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def recover(self) -> None:
        """Settles what an earlier process left in the middle, and what is too late to be said."""
        now = self._clock.now()
        async with self._store.write() as tx:
            requeued, uncertain = await tx.notifications.recover(now)
            expired = await tx.notifications.expire(now)
        if requeued or uncertain or expired:
            log.info("notifications settled", requeued=requeued, uncertain=uncertain, expired=expired)

    async def lease(self) -> int:
        """Begins to send the most urgent that are due, as many as there is room for. How many are under way now."""
        now = self._clock.now()
        room = IN_FLIGHT - len(self._under_way)
        paused = self._paused_until is not None and now < self._paused_until
        if room and not paused:
            async with self._store.write() as tx:
                leased = await tx.notifications.lease(now, room, now + LEASE)
            self._under_way |= {asyncio.create_task(self._send(each)) for each in leased}
        return len(self._under_way)

    async def settle(self) -> int:
        """Waits until some of what is under way has arrived, but not for long; how many are done.

        So one slow chat holds up no other. Raises TokenRejected, with nothing lost: what was leased goes back into the queue.
        """
        done, self._under_way = await asyncio.wait(
            self._under_way, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
        return len(done)

    async def finish(self) -> None:
        """Waits until all that is under way has arrived. Where the wait is cancelled, so are they; their leases tell."""
        try:
            while self._under_way:
                await self.settle()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._under_way = set()

    async def _send(self, parcel: Parcel) -> None:
        announcement = parcel.announcement
        try:
            if self._clock.now() >= announcement.expires:
                await self._close(parcel, "too late")
                return
            message = await self._compose(parcel)
            if message is None:
                await self._close(parcel, "nothing to say any more")
                return
            message_id = await self._sender.send(parcel.chat, message, parcel.lane)
        except DeliveryError as error:
            await self._settle(parcel, error)
        except Exception:
            # A fault of ours in one message must not stop the others; its row stays to be looked at.
            log.exception("message not made", announcement=announcement.key, chat=parcel.chat.id)
            async with self._store.write() as tx:
                await tx.notifications.failed(parcel, "blogbot could not make the message", self._clock.now())
        else:
            async with self._store.write() as tx:
                await tx.notifications.sent(parcel, message_id, self._clock.now())

    async def _close(self, parcel: Parcel, reason: str) -> None:
        async with self._store.write() as tx:
            await tx.notifications.expired(parcel, reason, self._clock.now())

    async def _settle(self, parcel: Parcel, error: DeliveryError) -> None:
        """The one place that decides what a failed send means for its row, its chat and the rest."""
        now = self._clock.now()
        log.info("not delivered", announcement=parcel.announcement.key, chat=parcel.chat.id, why=str(error))
        async with self._store.write() as tx:
            ledger, chat = tx.notifications, parcel.chat
            match error:
                case TokenRejected():
                    await ledger.retry(parcel, now, str(error))
                case ChatMigrated(telegram_id=telegram_id):
                    await tx.chats.migrate(chat.telegram_id, telegram_id)
                    await ledger.retry(parcel, now, str(error))
                case ChatGone():
                    await tx.chats.deactivate(chat.telegram_id)
                    await ledger.drop_chat(chat.id, str(error), now)
                case RetryLater(seconds=seconds, everyone=everyone):
                    until = now + timedelta(seconds=max(seconds, backoff(parcel.attempts)))
                    await ledger.retry(parcel, until, str(error))
                    if everyone:
                        self._paused_until = now + timedelta(seconds=seconds)
                case InDoubt() if parcel.lane in (Lane.CHANGE, Lane.REMINDER):
                    await ledger.retry(parcel, now + timedelta(seconds=backoff(parcel.attempts)), str(error))
                case InDoubt():
                    await ledger.uncertain(parcel, str(error), now)
                case _:
                    await ledger.failed(parcel, str(error), now)
        if isinstance(error, TokenRejected):
            raise error


def backoff(attempts: int) -> float:
    """Seconds to wait after so many attempts: about 1, 2, 4 ... with jitter, so that chats do not come back in step."""
    return min(2.0 ** min(attempts - 1, 12), LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load only
