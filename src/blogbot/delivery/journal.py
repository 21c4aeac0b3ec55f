"""The ledger's pen: what is to be written is committed at once, together with what else waits at that moment.

Commits are what a database is slow at, so those that come while one is under way share the next. Whoever asks waits until
it is committed. While the database is away, outcomes are kept here and written first when it is back: what was sent is
not forgotten. Knows the store, nothing of messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from blogbot.clock import Clock
from blogbot.errors import StoreError
from blogbot.model import Announcement, Parcel
from blogbot.store import Store, Transaction

REST = 0.5
"""Seconds between two tries while the database is away."""

FAULTS = 20
"""How often an outcome may fail although the database answers, before it is given up: the fault is its own."""

Change = Callable[[Transaction], Awaitable[None]]

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """A parcel's turn has come and it must not go. Of what it carries, `expired` is untrue or too late, and `back` waits
    again; what is in neither, somebody else has closed or taken."""

    def __init__(self, expired: Sequence[Announcement], back: Sequence[Announcement]) -> None:
        super().__init__("its turn came too late")
        self.expired = expired
        self.back = back


@dataclass(eq=False, slots=True)
class _Entry:
    """One thing to write: what begins (a parcel alone), what arrived (with its message's id), or another change."""

    done: asyncio.Future[None]
    at: datetime
    parcel: Parcel | None = None
    message_id: int | None = None
    change: Change | None = None
    faults: int = 0
    begun: Parcel | None = None
    stopped: Stopped | None = None

    @property
    def begins(self) -> bool:
        return self.parcel is not None and self.message_id is None

    def settle(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # nobody may be waiting any more


class Journal:
    """Writes into the ledger, one transaction at a time."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[_Entry] = []
        self._writing: asyncio.Task[None] | None = None
        self._away = False

    @property
    def behind(self) -> bool:
        """Whether the database is away and outcomes wait for it."""
        return self._away

    async def begin(self, parcel: Parcel) -> Parcel:
        """Commits that the call for a parcel begins. Raises Stopped where it must not, and StoreError."""
        entry = self._entry(parcel=parcel)
        await self._write(entry)
        if entry.begun is None:
            raise entry.stopped or Stopped((), ())
        return entry.begun

    async def sent(self, parcel: Parcel, message_id: int) -> None:
        """Commits that a parcel arrived. Raises StoreError where that cannot be written, however often it is tried."""
        await self._write(self._entry(parcel=parcel, message_id=message_id))

    async def change(self, change: Change) -> None:
        """Commits what became of a parcel otherwise. Raises as `sent` does, and what is wrong with `change` itself."""
        await self._write(self._entry(change=change))

    async def flush(self) -> None:
        """Waits until everything is written. Where the wait is cancelled, what is left is not written any more."""
        try:
            while self._writing is not None:
                await asyncio.shield(self._writing)
        except asyncio.CancelledError:
            if self._writing is not None:
                log.error("stopped before the database was back", unwritten=len(self._waiting))
                self._writing.cancel()
            raise

    # --- One batch after the other ---

    async def _write(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        if self._writing is None:
            self._writing = asyncio.create_task(self._work())
        await asyncio.shield(entry.done)

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                kept = await self._settle(batch)
                self._waiting = kept + self._waiting
                if self._away:
                    await asyncio.sleep(REST)
        finally:
            self._writing = None

    async def _settle(self, batch: list[_Entry]) -> list[_Entry]:
        """Writes a batch; gives back what has to be tried again."""
        try:
            await self._commit(batch)
        except Exception as error:
            if isinstance(error, StoreError) and not await self._answers():
                return self._put_off([(entry, error) for entry in batch])
            return await self._one_by_one(batch)
        self._back()
        return []

    async def _answers(self) -> bool:
        """Whether the database lets anyone write; so that a long batch does not wait for it once for each entry."""
        try:
            async with self._store.write():
                return True
        except StoreError:
            return False

    async def _one_by_one(self, batch: list[_Entry]) -> list[_Entry]:
        """So that one that cannot be written spoils no other."""
        failed: list[tuple[_Entry, Exception]] = []
        for entry in batch:
            try:
                await self._commit([entry])
            except Exception as error:
                entry.faults += 1
                failed.append((entry, error))
        if len(failed) < len(batch):
            self._back()
            return self._kept(failed)
        return self._put_off(failed)

    def _put_off(self, failed: list[tuple[_Entry, Exception]]) -> list[_Entry]:
        """Nothing can be written at all."""
        kept = self._kept(failed)
        if kept and not self._away:
            log.warning("the database is away; what was sent is kept until it is back", why=str(failed[0][1]))
        self._away = bool(kept)
        return kept

    def _kept(self, failed: list[tuple[_Entry, Exception]]) -> list[_Entry]:
        """Outcomes are tried again. What would begin is told to wait, and what can never be written is given up."""
        kept = []
        for entry, error in failed:
            hopeless = entry.faults >= FAULTS or not isinstance(error, StoreError)
            if hopeless and not entry.begins:
                log.error("an outcome cannot be written", why=f"{type(error).__name__}: {error}")
            if hopeless or entry.begins:
                entry.fail(error)
            else:
                kept.append(entry)
        return kept

    def _back(self) -> None:
        if self._away:
            log.info("the database is back")
        self._away = False

    async def _commit(self, batch: Sequence[_Entry]) -> None:
        """One transaction: first what was sent, then other outcomes, then what begins."""
        arrived = [(each.parcel, each.message_id) for each in batch if each.parcel and each.message_id is not None]
        beginning = [each for each in batch if each.begins]
        async with self._store.write() as tx:
            if arrived:
                await tx.notifications.sent(arrived, max(each.at for each in batch))
            for each in batch:
                if each.change is not None:
                    await each.change(tx)
            for some in _apart(beginning):
                await self._begin(tx, some)
        for each in batch:
            each.settle()

    async def _begin(self, tx: Transaction, entries: dict[int, _Entry]) -> None:
        """`entries` by their chats."""
        parcels = {chat_id: entry.parcel for chat_id, entry in entries.items() if entry.parcel}
        begun = await tx.notifications.begin(list(parcels.values()), self._clock.now())
        going = {parcel.chat.id: parcel for parcel in begun.going}
        for chat_id, parcel in parcels.items():
            entries[chat_id].begun = going.get(chat_id)
            expired, back = (
                [each for each in parcel.announcements if (each.id, chat_id) in rows]
                for rows in (begun.expired, begun.back)
            )
            entries[chat_id].stopped = Stopped(expired, back)

    def _entry(
        self, *, parcel: Parcel | None = None, message_id: int | None = None, change: Change | None = None
    ) -> _Entry:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return _Entry(done, self._clock.now(), parcel, message_id, change)


def _apart(beginning: Sequence[_Entry]) -> list[dict[int, _Entry]]:
    """In groups that hold no chat twice, by their chats: the ledger would not tell an old lease of a chat from the new one."""
    groups: list[dict[int, _Entry]] = []
    for entry in beginning:
        chat_id = entry.parcel.chat.id if entry.parcel else 0
        group = next((group for group in groups if chat_id not in group), None)
        if group is None:
            groups.append({chat_id: entry})
        else:
            group[chat_id] = entry
    return groups
