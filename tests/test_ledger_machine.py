"""The ledger against whatever two processes, crashes and clocks do to it: hypothesis chooses, and a model says what may be.

The model knows a row's past, and what each step may change. It finds out by itself which rows a lease must give.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from blogbot.clock import MovableClock
from blogbot.model import MOST_IN_DOUBT, AnnouncementKind, Digest, NotificationState, Offset, Parcel, ReminderRule
from blogbot.store import Store, Transaction
from blogbot.store.tables import announcements, metadata, notifications
from tests.store_samples import (
    DAY,
    EVERYTHING,
    EXPIRED,
    FAILED,
    HOUR,
    MINUTE,
    NOW,
    QUEUED,
    SENDING,
    SENT,
    UNCERTAIN,
    add_chat,
    add_event,
    add_post,
    fan_out,
)

SECOND = MINUTE / 60
LEASE = MINUTE / 2
LONGEST = 10 * MINUTE
KINDS = [each for each in AnnouncementKind if not each.edits]
CHATS = 4

T = TypeVar("T")
Key = tuple[int, int]
Change = tuple[NotificationState, NotificationState]

# What a step may do to a row's state; what is not named here leaves every row as it is.
MAY: dict[str, set[Change]] = {
    "lease": {(QUEUED, FAILED)},  # its chat has left
    "begin": {(QUEUED, SENDING), (QUEUED, EXPIRED), (SENDING, QUEUED), (SENDING, EXPIRED)},
    "arrived": {(state, SENT) for state in NotificationState if state is not SENT},
    "refused": {(SENDING, QUEUED), (SENDING, EXPIRED)},
    "failed": {(SENDING, FAILED)},
    "in doubt": {(SENDING, UNCERTAIN)},
    "nothing to say": {(QUEUED, EXPIRED)},
    "care": {(SENDING, QUEUED), (SENDING, UNCERTAIN), (SENDING, EXPIRED), (QUEUED, EXPIRED)},
    "withdraw": {(QUEUED, EXPIRED)},
    "again by hand": {(FAILED, QUEUED), (UNCERTAIN, QUEUED)},
    "drop by hand": {(FAILED, EXPIRED), (UNCERTAIN, EXPIRED)},
    "chat gone": {(QUEUED, FAILED), (SENDING, FAILED)},
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the ledger as it is kept."""

    state: NotificationState
    lane: int
    deadline: datetime
    expires: datetime
    not_before: datetime
    parked: int
    lease_until: datetime | None
    lease: int | None
    attempts: int
    doubts: int
    at: datetime

    def free(self, now: datetime) -> bool:
        return self.lease_until is None or not now < self.lease_until <= now + LONGEST


@dataclass(slots=True)
class Process:
    """What one process believes: the parcels it has leased, and those it is calling Telegram for."""

    held: list[Parcel] = field(default_factory=list)
    calling: list[Parcel] = field(default_factory=list)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.runner.run(Store.open(url, clock=MovableClock(NOW)))
        self.now = NOW
        self.step = ""
        self.rows: dict[Key, Row] = {}
        self.calls: Counter[Key] = Counter()
        self.doubts: Counter[Key] = Counter()
        self.kinds: dict[int, AnnouncementKind] = {}
        self.withdrawn: dict[int, dict[str, Any]] = {}
        self.about: dict[int, dict[str, Any]] = {}
        self.active = dict.fromkeys(range(1, CHATS + 1), True)
        self.processes = [Process(), Process()]
        self.zombies: list[Parcel] = []
        self.write(self._prepare)

    async def _prepare(self, tx: Transaction) -> None:
        for table in reversed(metadata.sorted_tables):
            await tx.notifications._run(delete(table))
        await add_event(tx, "party")
        found = []
        for number in range(CHATS):
            chat = await add_chat(tx, number, EVERYTHING, ReminderRule(Offset()), at=NOW - 400 * DAY)
            if number == 0:
                await tx.chats.change(chat.id, digest=Digest.DAILY)
            found.append(chat.id)
        self.active = dict.fromkeys(found, True)

    def write(self, act: Callable[[Transaction], Awaitable[T]]) -> T:
        async def go() -> T:
            async with self.store.write() as tx:
                return await act(tx)

        return self.runner.run(go())

    def look(self) -> dict[Key, Row]:
        async def go() -> dict[Key, Row]:
            columns = [notifications.c[each.name] for each in fields(Row)]
            async with self.store.read() as tx:
                query = select(notifications.c.announcement_id, notifications.c.chat_id, *columns)
                return {(row[0], row[1]): Row(*row[2:]) for row in await tx.notifications._rows(query)}

        return self.runner.run(go())

    # --- What is said, and taken back ---

    @rule(kind=st.sampled_from(KINDS), lives=st.sampled_from([MINUTE, 20 * MINUTE, 3 * HOUR]))
    def announce(self, kind: AnnouncementKind, lives: timedelta) -> None:
        self.step = "announce"
        number = len(self.kinds)

        async def act(tx: Transaction) -> int:
            about: dict[str, Any] = {"occurrence_id": number, "event_id": await tx.notifications._value(_EVENT)}
            if kind is AnnouncementKind.POST:
                about = {"post_id": (await add_post(tx, f"post-{number}")).id}
            about["offset"] = Offset() if kind is AnnouncementKind.REMINDER else None
            return await self._say(tx, f"key-{number}", kind, lives, about)

        self.kinds[self.write(act)] = kind

    @precondition(lambda self: self.withdrawn)
    @rule(which=st.integers(0), lives=st.sampled_from([MINUTE, 3 * HOUR]))
    def announce_again(self, which: int, lives: timedelta) -> None:
        """What was withdrawn is true again: those who have not heard it hear it."""
        self.step = "announce again"
        chosen = pick(sorted(self.withdrawn), which)
        about = self.withdrawn.pop(chosen)

        async def act(tx: Transaction) -> int:
            announcement = await tx.announcements.by_id(chosen)
            assert announcement is not None
            return await self._say(tx, announcement.key, announcement.kind, lives, about)

        assert self.write(act) == chosen
        for key, row in self.rows.items():
            if key[0] == chosen and row.state in (QUEUED, EXPIRED):
                self.calls[key] = self.doubts[key] = 0

    async def _say(
        self, tx: Transaction, key: str, kind: AnnouncementKind, lives: timedelta, about: dict[str, Any]
    ) -> int:
        added = await tx.announcements.add(key, kind, self.now, self.now + lives, now=self.now, **about)
        assert added is not None
        announcement = await tx.announcements.by_id(added)
        assert announcement is not None
        await fan_out(tx, announcement, now=self.now, page=3)
        self.about[added] = about
        return added

    @precondition(lambda self: self.about)
    @rule(which=st.integers(0))
    def withdraw(self, which: int) -> None:
        self.step = "withdraw"
        chosen = pick(sorted(self.about), which)
        about = self.about.pop(chosen)

        async def act(tx: Transaction) -> int:
            these: dict[str, Any] = (
                {"post_id": about["post_id"]} if "post_id" in about else {"occurrence_ids": [about["occurrence_id"]]}
            )
            return await tx.announcements.withdraw(**these, reason="not so", now=self.now)

        if self.write(act):
            self.withdrawn[chosen] = about
        else:  # nothing of it was open any more
            assert not [key for key, row in self.rows.items() if key[0] == chosen and row.state in (QUEUED, SENDING)]

    # --- A process at work ---

    @rule(
        who=st.integers(0, 1),
        limit=st.integers(0, 5),
        lowest=st.integers(0, 2),
        alone=st.booleans(),
    )
    def lease(self, who: int, limit: int, lowest: int, alone: bool) -> None:
        self.step = "lease"
        leased = self.write(
            lambda tx: tx.notifications.lease(self.now, limit, self.now + LEASE, lowest=lowest, alone=alone)
        )
        found = [(parcel.announcement.id, parcel.chat.id) for parcel in leased]
        assert len({chat for _, chat in found}) == len(found) <= limit
        for key in found:
            assert key in self._ready()
        if alone:
            assert found == [key for key in self._next(limit, lowest) if self.active[key[1]]]
        self.processes[who].held += leased

    def _ready(self) -> list[Key]:
        """What may be leased now, the most urgent first."""
        busy = {
            chat
            for (_, chat), row in self.rows.items()
            if row.lease and (not row.free(self.now) or row.state is SENDING)
        }
        ready = [
            (row.lane, row.deadline, *key)
            for key, row in self.rows.items()
            if row.state is QUEUED and not row.parked and row.expires > self.now and key[1] not in busy
        ]
        return [(each[2], each[3]) for each in sorted(ready)]

    def _next(self, limit: int, lowest: int) -> list[Key]:
        """What a process that is alone must get: some of the lowest lane, and then the most urgent."""
        ready = self._ready()
        lane = max((self.rows[key].lane for key in ready), default=0)
        first = _firsts([key for key in ready if self.rows[key].lane == lane], min(lowest, limit))
        chats = {chat for _, chat in first}
        return [*first, *(key for key in _firsts(ready, limit) if key[1] not in chats)][:limit]

    @precondition(lambda self: self._held())
    @rule(which=st.integers(0), wait=st.sampled_from([SECOND, MINUTE, HOUR]))
    def hold(self, which: int, wait: timedelta) -> None:
        self.step = "hold"
        _, parcel = self._take(which)
        self.write(lambda tx: tx.notifications.hold([(parcel, self.now + wait)], self.now))

    @precondition(lambda self: self._held())
    @rule(which=st.integers(0))
    def release(self, which: int) -> None:
        self.step = "release"
        _, parcel = self._take(which)
        self.write(lambda tx: tx.notifications.release([parcel]))

    @precondition(lambda self: self._held())
    @rule(which=st.integers(0), least=st.integers(1, 4))
    def gather(self, which: int, least: int) -> None:
        self.step = "gather"
        who, parcel = self._take(which)
        if not parcel.announcement.kind.gathers:
            who.held.append(parcel)
            return
        (full,) = self.write(lambda tx: tx.notifications.gather([parcel], self.now, self.now + LEASE, least=least))
        assert {*keys_of(parcel)} <= {*keys_of(full)}
        assert all(each.kind.gathers for each in full.announcements)
        assert full == parcel or len(full.announcements) >= least
        who.held.append(full)

    @rule(who=st.integers(0, 1))
    def renew(self, who: int) -> None:
        self.step = "renew"
        mine = self.processes[who]
        self.write(lambda tx: tx.notifications.renew([*mine.held, *mine.calling], self.now + LEASE))

    @precondition(lambda self: self._held())
    @rule(which=st.integers(0))
    def begin(self, which: int) -> None:
        self.step = "begin"
        who, parcel = self._take(which)
        going = self.write(lambda tx: tx.notifications.begin([parcel], self.now)).going
        keys = keys_of(parcel)
        before = [self.rows[key] for key in keys]
        others = [
            row.lease
            for (_, chat), row in self.rows.items()
            if chat == parcel.chat.id and row.state is SENDING and row.lease != parcel.lease
        ]
        ours = all(row.lease == parcel.lease and row.state in (QUEUED, SENDING) for row in before)
        true = not any(key[0] in self.withdrawn for key in keys) and all(row.expires > self.now for row in before)
        assert bool(going) == (ours and true and not others)
        for begun in going:
            for key, row in zip(keys, before, strict=True):
                self.calls[key] += row.state is QUEUED
            assert begun.attempts == max(self.calls[key] for key in keys)
            who.calling.append(begun)

    @precondition(lambda self: self._held())
    @rule(which=st.integers(0))
    def find_nothing_to_say(self, which: int) -> None:
        self.step = "nothing to say"
        who, parcel = self._take(which)
        if any(self.rows[key].state is SENDING for key in keys_of(parcel)):  # that shows before the first call
            who.held.append(parcel)
            return
        self.write(lambda tx: tx.notifications.expired(parcel, "nothing to say any more", self.now))

    @precondition(lambda self: self._called())
    @rule(which=st.integers(0))
    def try_in_a_simpler_form(self, which: int) -> None:
        self.step = "begin"
        who, parcel = self._hang_up(which)
        who.held.append(parcel)

    # --- What becomes of a call ---

    @precondition(lambda self: self._called() or self.zombies)
    @rule(which=st.integers(0), number=st.integers(1, 99))
    def arrive(self, which: int, number: int) -> None:
        self.step = "arrived"
        parcel = self._hang_up(which, zombies=True)[1]
        self.write(lambda tx: tx.notifications.sent([(parcel, number)], self.now))
        assert all(row.state is SENT for key, row in self.look().items() if key in keys_of(parcel))

    @precondition(lambda self: self._called() or self.zombies)
    @rule(which=st.integers(0), wait=st.sampled_from([SECOND, MINUTE, HOUR]), counts=st.booleans(), doubt=st.booleans())
    def refuse(self, which: int, wait: timedelta, counts: bool, doubt: bool) -> None:
        self.step = "refused"
        parcel = self._hang_up(which, zombies=True)[1]
        self.write(lambda tx: tx.notifications.retry(parcel, self.now + wait, "429", counts=counts, doubt=doubt))
        for key in keys_of(parcel):
            row = self.rows[key]
            if row.lease == parcel.lease and row.state is SENDING and key[0] not in self.withdrawn:
                self.calls[key] -= not counts
                self.doubts[key] += doubt

    @precondition(lambda self: self._called() or self.zombies)
    @rule(which=st.integers(0), doubt=st.booleans())
    def fail(self, which: int, doubt: bool) -> None:
        self.step = "in doubt" if doubt else "failed"
        parcel = self._hang_up(which, zombies=True)[1]
        settle = "uncertain" if doubt else "failed"
        self.write(lambda tx: getattr(tx.notifications, settle)(parcel, "said so", self.now))

    @precondition(lambda self: self._called())
    @rule(which=st.integers(0))
    def lose_the_chat(self, which: int) -> None:
        self.step = "chat gone"
        _, parcel = self._hang_up(which)

        async def act(tx: Transaction) -> None:
            await tx.chats.deactivate(parcel.chat.telegram_id)
            await tx.notifications.failed(parcel, "blocked", self.now)
            await tx.notifications.drop_chat(parcel.chat.id, "blocked", self.now)

        self.write(act)
        self.active[parcel.chat.id] = False

    @rule()
    def have_everyone_back(self) -> None:
        self.step = "back"

        async def act(tx: Transaction) -> None:
            for chat_id in self.active:
                assert await tx.chats.change(chat_id, active=True) is not None

        self.write(act)
        self.active = dict.fromkeys(self.active, True)

    # --- What time, crashes and an operator do ---

    @rule(who=st.integers(0, 1))
    def crash(self, who: int) -> None:
        """Or so it seems: what was being called may still come back, much later."""
        self.step = "crash"
        self.zombies += self.processes[who].calling
        self.processes[who] = Process()

    @rule(by=st.sampled_from([SECOND, 10 * SECOND, 31 * SECOND, 2 * MINUTE, 12 * MINUTE, 2 * HOUR]))
    def let_time_pass(self, by: timedelta) -> None:
        self.step = "time"
        self.now += by

    @rule(by=st.sampled_from([10 * SECOND, 2 * MINUTE, HOUR]))
    def set_the_clock_back(self, by: timedelta) -> None:
        self.step = "clock"
        self.now -= by
        self.write(lambda tx: tx.notifications.recall(self.now, 100))
        assert not [row for row in self.look().values() if row.state is QUEUED and row.parked and row.at > self.now]

    @rule(limit=st.integers(1, 5))
    def care(self, limit: int) -> None:
        """As every process does now and then."""
        self.step = "care"

        needed = self.write(lambda tx: tx.notifications.needs_care(self.now))
        found = self.write(lambda tx: tx.notifications.recover(self.now))
        for key, row in self.look().items():
            before = self.rows[key]
            if before.state is SENDING and row.state is not SENDING:
                assert before.free(self.now)
                self.doubts[key] += row.state is QUEUED
                if key[0] not in self.withdrawn:
                    kind = self.kinds[key[0]]
                    enough = kind.gathers or (not kind.edits and before.doubts + 1 >= MOST_IN_DOUBT)
                    assert row.state is (UNCERTAIN if enough else QUEUED)
            assert not (row.state is SENDING and row.free(self.now))
        closed = self.write(lambda tx: tx.notifications.expire(self.now, limit))
        assert needed or not (found or closed)

    @rule()
    def wake(self) -> None:
        self.step = "wake"
        self.write(lambda tx: tx.notifications.wake(self.now, 100))
        waiting = [row for row in self.look().values() if row.state is QUEUED]
        assert not [row for row in waiting if row.parked and row.not_before <= self.now]

    @rule(again=st.booleans(), everything=st.booleans(), which=st.integers(0))
    def decide(self, again: bool, everything: bool, which: int) -> None:
        self.step = "again by hand" if again else "drop by hand"
        trouble = sorted(key for key, row in self.rows.items() if row.state in (FAILED, UNCERTAIN))
        keys = trouble if everything else [pick(trouble, which)] if trouble else []

        async def act(tx: Transaction) -> int:
            notes = tx.notifications
            return await (notes.retry_by_hand if again else notes.drop_by_hand)(keys, self.now)

        count, wanted = self.write(act), set(keys)
        changed = {key for key, row in self.look().items() if row.state is not self.rows[key].state}
        assert changed <= wanted
        assert count == len(changed)
        assert again or changed == wanted
        if again:
            for key in changed:
                self.calls[key] = self.doubts[key] = 0

    # --- What holds always ---

    @invariant()
    def nothing_changes_but_as_it_may_and_no_chat_is_called_twice_at_once(self) -> None:
        rows = self.look()
        lost = set(self.rows) - set(rows)
        assert not [key for key in lost if self.active[key[1]]]
        for key in lost:  # what was withdrawn is said again, but not to those who have left
            assert (self.step, self.rows[key].state) == ("announce again", EXPIRED)
        for key, row in rows.items():
            before = self.rows.get(key)
            if before is not None and row.state is not before.state and self.step != "announce again":
                assert (before.state, row.state) in MAY.get(self.step, set()), (self.step, key)
            if (
                self.step == "announce again"
                and before is not None
                and before.state in (SENT, SENDING, UNCERTAIN, FAILED)
            ):
                assert row == before or (before.state is SENDING and replace(row, expires=before.expires) == before)
            assert (row.lease is None) == (row.lease_until is None)
            assert row.state in (QUEUED, SENDING) or (row.lease is None and not row.parked)
            assert row.state is not SENDING or row.lease is not None
            assert (row.attempts, row.doubts) == (self.calls[key], self.doubts[key])
        self.rows = rows
        for chat in self.active:
            leases = {row.lease for (_, hearer), row in self.rows.items() if hearer == chat and row.state is SENDING}
            assert len(leases) <= 1

    # --- The end: nothing is lost ---

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._drain()
        finally:
            self.runner.run(self.store.close())
            self.runner.close()

    def _drain(self) -> None:
        """Everybody has crashed; one process starts anew, and says what is left to say."""
        self.have_everyone_back()
        self.now += LONGEST + MINUTE
        for _ in range(200):
            self.write(lambda tx: tx.notifications.recover(self.now))
            self.write(lambda tx: tx.notifications.expire(self.now))
            self.write(lambda tx: tx.notifications.wake(self.now, 100))
            leased = self.write(lambda tx: tx.notifications.lease(self.now, 9, self.now + LEASE, lowest=1))
            going = self.write(lambda tx, leased=leased: tx.notifications.begin(leased, self.now)).going  # type: ignore[misc]
            left = {key for parcel in leased for key in keys_of(parcel)} - {
                key for each in going for key in keys_of(each)
            }
            assert all(about in self.withdrawn for about, _ in left)
            self.write(lambda tx, going=going: tx.notifications.sent([(each, 1) for each in going], self.now))  # type: ignore[misc]
            parked = self.write(lambda tx: tx.notifications.next_parked())
            if not leased and parked is None:
                break
            self.now = max(self.now + SECOND, parked or self.now) if not leased else self.now
        before, rows = self.rows, self.look()
        for key, row in rows.items():
            assert row.state not in (QUEUED, SENDING), key
            told = row.state is SENT or before[key].state in (EXPIRED, FAILED, UNCERTAIN)
            assert told or row.state is UNCERTAIN or row.expires <= self.now or key[0] in self.withdrawn, key
        self._forget(len(rows))

    def _forget(self, count: int) -> None:
        """Long afterwards nothing is open, and nothing is kept."""
        self.now += 30 * DAY
        for _ in range(3):
            self.write(lambda tx: tx.notifications.expire(self.now))
        assert not self.write(lambda tx: tx.notifications.needs_care(self.now))
        assert self.write(lambda tx: tx.notifications._value(_OPEN)) is None
        assert self.write(lambda tx: tx.notifications.prune(self.now, 10_000)) == count

    # --- Whose turn it is ---

    def _held(self) -> list[tuple[Process, Parcel]]:
        return [(who, parcel) for who in self.processes for parcel in who.held]

    def _called(self) -> list[tuple[Process, Parcel]]:
        return [(who, parcel) for who in self.processes for parcel in who.calling]

    def _take(self, which: int) -> tuple[Process, Parcel]:
        who, parcel = pick(self._held(), which)
        who.held = [each for each in who.held if each is not parcel]
        return who, parcel

    def _hang_up(self, which: int, *, zombies: bool = False) -> tuple[Process, Parcel]:
        lost = [(Process(), parcel) for parcel in self.zombies] if zombies else []
        who, parcel = pick([*self._called(), *lost], which)
        who.calling = [each for each in who.calling if each is not parcel]
        self.zombies = [each for each in self.zombies if each is not parcel]
        return who, parcel


_EVENT = select(announcements.metadata.tables["events"].c.id).limit(1)
_OPEN = select(announcements.c.id).where(announcements.c.sweep.is_not(None)).limit(1)


def pick(among: list[T], which: int) -> T:
    return among[which % len(among)]


def keys_of(parcel: Parcel) -> list[Key]:
    return [(announcement.id, parcel.chat.id) for announcement in parcel.announcements]


def _firsts(ready: list[Key], limit: int) -> list[Key]:
    """The first of each chat; a lease looks at twice as many rows as it has places."""
    first: dict[int, Key] = {}
    for key in ready[: 2 * limit]:
        first.setdefault(key[1], key)
    return list(first.values())[:limit]


def _run(url: str, examples: int) -> None:
    machine: Any = partial(LedgerMachine, url)  # it asks for a class, and calls it
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_nothing_is_lost_and_nothing_is_said_twice_on_sqlite(sqlite_url: str) -> None:
    _run(sqlite_url, 60)


def test_whatever_happens_nothing_is_lost_and_nothing_is_said_twice_on_postgresql(postgres_url: str) -> None:
    _run(postgres_url, 8)
