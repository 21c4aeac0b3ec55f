"""The ledger at work: leases notifications that are due, sends them, and commits each outcome by itself.

A leased row is still queued. It becomes `sending` when its turn has come, right before the call, so that after a crash only
calls under way are in doubt; what becomes of them is the store's `recover`: reminders and changes are sent again, news is
not said twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from blogbot.clock import Clock
from blogbot.delivery.composer import Composer, Draft
from blogbot.delivery.journal import Journal, Stopped
from blogbot.delivery.outage import FEW, Outage
from blogbot.delivery.sender import Begin, Sender
from blogbot.delivery.tally import Tally
from blogbot.delivery.verdict import verdict
from blogbot.delivery.wishes import OVERTAKEN, Wishes
from blogbot.errors import DeliveryError, InDoubt, RetryLater, StoreError, Throttled, TokenRejected
from blogbot.model import Parcel
from blogbot.store import Store, Transaction

LEASE = timedelta(seconds=30)
"""Renewed while the process lives; after a crash its rows are free, or settled, so much later."""

RENEW_EVERY = LEASE / 3

CARE_EVERY = timedelta(seconds=5)
"""How often a long mailing looks for what others left in the middle, and for what became too late."""

AHEAD = 2.0
"""Seconds of work that are leased ahead, so that the limiter never waits for the ledger."""

FEWEST, MOST = 32, 256
"""How many are leased ahead, at least and at most. Who waits for a chat's second must not starve the others."""

AT_A_TIME = 4
"""A lease is a transaction: not for less than so small a part of what is leased ahead, where more is under way."""

SHARE = 10
"""One place in so many belongs to the lowest lane that waits."""

HESITATION = timedelta(seconds=1)
"""How long what has its turn waits while another finds out whether Telegram takes anything again."""

PATIENCE = 0.25
"""Seconds between two looks at the queue while something is under way: what is urgent meanwhile goes next."""

log = structlog.get_logger(__name__)


class Mailing:
    """Sends what is due. `alone`: whether no other process sends for the same bot; `young`: whether one before this may have,
    less than a minute ago."""

    def __init__(self, store: Store, sender: Sender, composer: Composer, wishes: Wishes, clock: Clock) -> None:
        self._store = store
        self._sender = sender
        self._composer = composer
        self._wishes = wishes
        self._clock = clock
        self._journal = Journal(store, clock)
        self._outage = Outage()
        self._tally = Tally(clock)
        self._renewed = clock.now()
        self._cared: datetime | None = None
        self._since_lowest = 0
        self.alone, self.young = True, True
        self._under_way: dict[asyncio.Task[None], Parcel] = {}
        self._begun: set[asyncio.Task[None] | None] = set()

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._under_way)

    async def care(self) -> None:
        """Settles what an earlier process left in the middle, and what is too late to be said. Writes only if there is any.

        What this process itself is sending is renewed before it looks, so that it is not taken for left behind.
        """
        now = self._clock.now()
        if self._journal.behind or (self._cared is not None and abs(now - self._cared) < CARE_EVERY and self.busy):
            return
        await self._renew()
        self._cared = now
        async with self._store.read() as tx:
            if not await tx.notifications.needs_care(now):
                return
        async with self._store.write() as tx:
            recovered = await tx.notifications.recover(now)
            expired = await tx.notifications.expire(now)
        self._tally.settled(recovered, expired)

    async def lease(self) -> bool:
        """Begins to send the most urgent that are due, as many as there is room for; whether more may wait behind them."""
        now = self._clock.now()
        room = self._room()
        if not room or self._outage.holds(now) or self._journal.behind:
            return self.busy
        leased, parcels = await self._take(now, room)
        for parcel, draft in zip(parcels, await self._compose(parcels), strict=True):
            self._under_way[asyncio.create_task(self._send(parcel, draft))] = parcel
        return leased == room or len(parcels) < leased  # behind what was put back, its chat may have more

    async def settle(self) -> int:
        """Waits until some of what is under way has arrived, but not for long; how many are done.

        So one slow chat holds up no other. Raises TokenRejected, with nothing lost: what was leased goes back into the queue.
        """
        await self._renew()
        if not self._under_way:
            return 0
        done, _ = await asyncio.wait(self._under_way, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        self._tally.say(now=False)
        for task in done:
            del self._under_way[task]
            self._begun.discard(task)
        for error in [task.exception() for task in done]:
            if error is not None and not isinstance(error, StoreError):  # of those the journal has told
                raise error
        return len(done)

    async def finish(self) -> None:
        """Waits until all that is under way has arrived."""
        failure: Exception | None = None
        try:
            while self._under_way:
                try:
                    await self.settle()
                except Exception as error:
                    failure = failure or error
        finally:
            await self.abandon()
            self._tally.say(now=True)
        if failure is not None:
            raise failure

    async def abandon(self) -> None:
        """Waits for nothing any more. What became of what was under way is for the leases to tell."""
        await self._cancel(list(self._under_way))

    async def stop(self) -> None:
        """Lets arrive what is being called, writes what is known, and gives back what was not begun."""
        waiting = {task: parcel for task, parcel in self._under_way.items() if task not in self._begun}
        await self._cancel(list(waiting))
        try:
            await self.finish()
        finally:
            await self._journal.flush()
            if waiting:
                async with self._store.write() as tx:
                    await tx.notifications.release(list(waiting.values()))

    async def clock_set_back(self) -> None:
        """What was learnt and leased by the clock as it was must not last until it shows that again."""
        self._outage.forget()
        async with self._store.write() as tx:
            await tx.notifications.renew(list(self._under_way.values()), self._clock.now() + LEASE)
        self._renewed = self._clock.now()

    # --- Before the call ---

    def _room(self) -> int:
        """How many more to lease; one alone while it is tried whether Telegram takes anything."""
        if self._outage.trying:
            return int(not self._under_way)
        ahead = max(FEWEST, min(MOST, int(self._sender.rate * AHEAD)))
        room = ahead - len(self._under_way)
        return room if room >= ahead // AT_A_TIME else 0

    async def _take(self, now: datetime, room: int) -> tuple[int, list[Parcel]]:
        """Leases, puts back whom the chats' terms hold, and gathers what is told together, in one transaction.

        How many were leased, and what of it goes now.
        """
        lowest, self._since_lowest = divmod(self._since_lowest + room, SHARE)
        async with self._store.write() as tx:
            leased = await tx.notifications.lease(
                now, room, now + LEASE, lowest=lowest, alone=self.alone, young=self.young
            )
            heeded = await self._wishes.heed(tx, leased, now, now + LEASE)
        for parcel in heeded.overtaken:
            self._tally.note(parcel, "expired", reason=OVERTAKEN)
        return len(leased), heeded.going

    async def _compose(self, parcels: Sequence[Parcel]) -> Sequence[Draft | Exception | None]:
        """Where nothing can be read, what was leased goes back at once, and does not wait for its lease to end."""
        try:
            return await self._composer.compose(parcels)
        except StoreError:
            await self._journal.change(lambda tx: tx.notifications.release(parcels))
            raise

    async def _renew(self) -> None:
        """What this process holds stays its own. Where the database is away, the journal says so."""
        now = self._clock.now()
        if abs(now - self._renewed) < RENEW_EVERY or self._journal.behind or not self._under_way:
            return
        self._renewed = now
        try:
            async with self._store.write() as tx:
                await tx.notifications.renew(list(self._under_way.values()), now + LEASE)
        except StoreError as error:
            log.warning("leases not renewed", why=str(error))

    # --- The call ---

    async def _send(self, parcel: Parcel, draft: Draft | Exception | None) -> None:
        """One parcel to its end. What is wrong with it alone stops no other."""
        begun = parcel

        async def begin() -> None:
            nonlocal begun
            if begun is parcel:
                self._admit()
            self._begun.add(asyncio.current_task())
            begun = await self._journal.begin(parcel)

        try:
            if isinstance(draft, Exception):
                raise draft
            if draft is None:
                await self._close(parcel, "nothing to say any more")
                return
            message_id = await self._call(parcel, draft, begin)
        except Stopped as stopped:
            self._tally.stopped(parcel, stopped.expired, stopped.back)
        except DeliveryError as error:
            await self._settle(begun, error, called=begun is not parcel)
        except StoreError as error:
            log.debug("not begun", announcement=parcel.announcement.key, chat=parcel.chat.id, why=str(error))
            await self._journal.change(lambda tx: self._give_back(tx, parcel))
        except Exception as error:
            log.exception("message not made", announcement=parcel.announcement.key, chat=parcel.chat.id)
            if begun is parcel:
                await self._fail(parcel, "blogbot could not make the message")
            else:
                await self._settle(begun, InDoubt(f"blogbot could not read what became of it: {error!r}"), called=True)
        else:
            self._outage.answered()
            await self._journal.sent(begun, message_id)
            self._tally.arrived(parcel, self._wishes.due(parcel, self._clock.now()))

    def _admit(self) -> None:
        """While Telegram takes nothing, also what has its turn already waits, and one alone finds out. Raises RetryLater."""
        rest = self._outage.rest(self._clock.now())
        if rest or (self._outage.trying and self._begun):
            raise RetryLater("Telegram takes nothing at the moment", seconds=max(rest, HESITATION).total_seconds())

    async def _call(self, parcel: Parcel, draft: Draft, begin: Begin) -> int:
        if draft.edits is None:
            return await self._sender.send(parcel.chat, draft.message, parcel.lane, begin)
        await self._sender.edit(parcel.chat, draft.edits, draft.message, parcel.lane, begin)
        return draft.edits

    # --- After the call ---

    async def _settle(self, parcel: Parcel, error: DeliveryError, *, called: bool) -> None:
        """Writes what a failed send means, and draws from it what concerns all others."""
        now = self._clock.now()
        means = verdict(parcel, error, now, called=called)
        self._heed(parcel, error, now, called=called)
        await self._journal.change(means.write)
        self._tally.note(parcel, means.outcome, reason=str(error))
        if isinstance(error, TokenRejected):
            raise error

    def _heed(self, parcel: Parcel, error: DeliveryError, now: datetime, *, called: bool) -> None:
        """Whether Telegram is in trouble. Whatever it answers but an error of its own shows that it is not."""
        everyone = isinstance(error, RetryLater) and error.everyone
        if isinstance(error, RetryLater) and everyone:
            self._outage.pause(now + timedelta(seconds=error.seconds))
        if not called:
            return
        if isinstance(error, RetryLater | InDoubt) and not isinstance(error, Throttled):
            # What is in doubt is not said again, so that of the few chats of a small bot each would lose its news.
            among = len(self._begun) if isinstance(error, InDoubt) else FEW
            self._outage.refused(parcel.chat.id, now, everyone=everyone, among=among)
        elif not everyone:
            self._outage.answered()

    async def _close(self, parcel: Parcel, reason: str) -> None:
        await self._journal.change(lambda tx: tx.notifications.expired(parcel, reason, self._clock.now()))
        self._tally.note(parcel, "expired", reason=reason)

    async def _fail(self, parcel: Parcel, reason: str) -> None:
        await self._journal.change(lambda tx: tx.notifications.failed(parcel, reason, self._clock.now()))
        self._tally.note(parcel, "failed")

    async def _give_back(self, tx: Transaction, parcel: Parcel) -> None:
        """The database was away as the turn came, and nothing was sent: at once back into the queue, if it is ours still.

        Whether that it begins was committed is not known; to begin again under the same lease finds out.
        """
        now = self._clock.now()
        for ours in (await tx.notifications.begin([parcel], now)).going:
            await tx.notifications.retry(ours, now, "the database was away", counts=False)

    async def _cancel(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
            self._under_way.pop(task, None)
            self._begun.discard(task)
        await asyncio.gather(*tasks, return_exceptions=True)
