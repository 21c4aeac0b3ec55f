"""The ledger of calls to hubs and subscribers: the discipline of `notifications`, in rows that recur.

`sending` is committed, with a lease, before a call begins, and its outcome after it. A call that a crash left in the middle
is made again: a push repeated does no harm. A row says what its target is owed, so that what is wanted twice is owed once;
what is wanted while its call is under way is owed again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, literal, or_, select, text, update

from blogbot.model import Errand, ErrandKind, NotificationState
from blogbot.store.ledger import OPEN, UNLEASED
from blogbot.store.noun import AnyRow, Noun, chunks
from blogbot.store.places import Places
from blogbot.store.queue import run_out
from blogbot.store.tables import FAILED, QUEUED, SENDING, VERIFY, errands, subscriptions

if TYPE_CHECKING:
    from blogbot.store.noun import Insert

FARTHEST = timedelta(hours=3)
"""Nothing is put off for longer: what seems to be was put off by a clock that has been set back."""

TOGETHER = 50
"""How many feeds a hub is told of at once."""

AT_A_LOOK = 256
"""How many that wait are looked at together."""

RECURRING = tuple(kind for kind in ErrandKind if kind.recurs)

_TAKING = 0x62687562  # any number of our own: who takes errands on PostgreSQL holds this lock

_e = errands.c
_CANDIDATE = (_e.id, _e.kind, _e.target, _e.host, _e.alone, _e.attempts)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be looked at: errands that may be carried now, and those that nobody carries any more or that are too late."""

    ready: bool
    care: bool


class Errands(Noun):
    # --- What is wanted ---

    async def want(
        self,
        kind: ErrandKind,
        targets: Iterable[tuple[str, str, str]],
        now: datetime,
        *,
        expires: datetime | None = None,
        detail: Mapping[str, str] | None = None,
    ) -> None:
        """Owes each target (its address, its host, and the topic) a call of this kind."""
        row = _row(kind, now, expires) | {"detail": dict(detail or {})}
        for some in chunks(list(targets), 500):
            rows = [row | {"target": target, "host": host, "topic": topic} for target, host, topic in some]
            await self._run(_merged(self._insert(errands).values(rows)))

    async def want_pushes(self, topics: Sequence[str], now: datetime, expires: datetime) -> None:
        """Owes a push to everyone who is subscribed to one of these."""
        row = _row(ErrandKind.PUSH, now, expires) | {"detail": {}}
        values = [literal(value, errands.c[name].type).label(name) for name, value in row.items()]
        s = subscriptions.c
        for some in chunks(topics):
            query = select(s.callback, s.host, s.topic, *values).where(s.topic.in_(some), s.expires > now)
            made = self._insert(errands).from_select(["target", "host", "topic", *row], query)
            await self._run(_merged(made))

    # --- Taking ---

    async def due(self, now: datetime) -> Due:
        """Reads only, and little."""
        ready = exists().where(_ready(now))
        care = or_(*(exists().where(which(now)) for which in (_lost, _late, _forgettable)))
        row = await self._first(select(ready, care))
        return Due(*map(bool, row)) if row else Due(False, False)

    async def take(
        self, now: datetime, lease_until: datetime, room: int, *, per_host: int, doubted: int
    ) -> list[tuple[Errand, ...]]:
        """Makes up to `room` of them `sending`, to be committed before they are carried: the longest due first, one for a
        target, no more than `per_host` under way to one host, and no more than `doubted` to those who may not answer
        (store/places.py). Pings to one hub go together."""
        if room <= 0:
            return []
        if self._dialect == "postgresql":
            await self._run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TAKING})
        chosen = await self._choose(now, Places(room, per_host, doubted))
        groups = [[row.id, *(await self._beside(row, now) if _joins(row) else ())] for row in chosen]
        taken = await self._begin([id_ for group in groups for id_ in group], now, lease_until)
        return [tuple(taken[id_] for id_ in group if id_ in taken) for group in groups]

    async def _choose(self, now: datetime, places: Places) -> list[AnyRow]:
        """Looks at a few at a time, as thousands may wait. What one look has passed over, the next leaves out."""
        places.occupy(await self._rows(select(*_CANDIDATE).where(_e.state == SENDING)))
        chosen: list[AnyRow] = []
        while places.room > 0:
            looked_at = await self._rows(_open_to(places, now))
            chosen += [row for row in looked_at if places.take(row)]
            if len(looked_at) < AT_A_LOOK:
                break
        return chosen

    async def _beside(self, row: AnyRow, now: datetime) -> list[int]:
        """The other pings that wait for the same hub."""
        others = select(_e.id).where(
            _e.target == row.target, _e.kind == ErrandKind.PING, _e.alone == 0, _e.id != row.id, _ready(now)
        )
        return [each.id for each in await self._rows(others.order_by(_e.not_before, _e.id).limit(TOGETHER - 1))]

    async def _begin(self, ids: Sequence[int], now: datetime, lease_until: datetime) -> dict[int, Errand]:
        lease = secrets.randbits(62)
        row = {"state": NotificationState.SENDING, "attempts": _e.attempts + 1, "at": now}
        row |= {"lease_until": lease_until, "lease": lease}
        taken: dict[int, Errand] = {}
        for some in chunks(ids):
            begin = update(errands).where(_e.id.in_(some), _e.state == QUEUED).values(row).returning(errands)
            taken |= {each.id: _errand(each) for each in await self._rows(begin)}
        return taken

    # --- Outcomes ---

    async def held(self, errand: Errand) -> bool:
        """Whether nobody else has taken it since, and nobody will before this transaction ends."""
        return await self._first(select(_e.id).where(_mine(errand)).with_for_update()) is not None

    async def done(self, carried: Sequence[Errand], now: datetime) -> None:
        """It was taken. What was wanted again meanwhile is owed anew."""
        sent = {"state": NotificationState.SENT, "reason": "", "at": now} | UNLEASED
        for errand in carried:
            this = _mine(errand), _e.changes == errand.changes
            over = update(errands).where(*this).values(sent) if errand.kind.recurs else delete(errands).where(*this)
            if not await self._count(over):
                await self._anew(errand, now, now)

    async def in_vain(self, errand: Errand, until: datetime, now: datetime) -> None:
        """A verification that came to nothing. It is remembered for so long, and its subscriber is asked no earlier again."""
        vain = {"state": NotificationState.FAILED, "detail": {}, "not_before": until, "expires": until, "at": now}
        over = update(errands).where(_mine(errand), _e.changes == errand.changes).values(vain | UNLEASED)
        if not await self._count(over):
            await self._anew(errand, until, now)

    async def _anew(self, errand: Errand, not_before: datetime, now: datetime) -> None:
        row = {"state": NotificationState.QUEUED, "not_before": not_before, "at": now} | _FRESH
        await self._run(update(errands).where(_mine(errand)).values(row))

    async def again(
        self, carried: Sequence[Errand], not_before: datetime, reason: str, now: datetime, *, alone: bool = False
    ) -> None:
        """It was not taken; it is tried again from `not_before` on."""
        row: dict[str, Any] = {"state": NotificationState.QUEUED, "not_before": not_before, "reason": reason, "at": now}
        row |= UNLEASED | ({"alone": 1} if alone else {})
        for errand in carried:
            await self._run(update(errands).where(_mine(errand)).values(row))

    async def drop(self, target: str, topic: str, kind: ErrandKind = ErrandKind.PUSH) -> None:
        """Owes this no more, whatever became of it."""
        await self._run(delete(errands).where(_e.target == target, _e.topic == topic, _e.kind == kind))

    async def release(self, carried: Sequence[Errand], now: datetime) -> None:
        """Gives back what was taken and is not carried to its end; to be carried again at once."""
        await self.again(carried, now, "blogbot was stopped while it was under way", now)

    # --- What time does ---

    async def recover(self, now: datetime) -> list[ErrandKind]:
        """Queues again what a process left in the middle; of which kinds, one for each."""
        row = {"state": NotificationState.QUEUED, "reason": "the process that was sending it stopped", "at": now}
        lost = update(errands).where(_lost(now)).values(row | {"not_before": now} | UNLEASED)
        return [each.kind for each in await self._rows(lost.returning(_e.kind))]

    async def expire(self, now: datetime) -> list[ErrandKind]:
        """Ends what could not be done for too long; of which kinds, one for each. Forgets what was in vain."""
        await self._run(delete(errands).where(_forgettable(now)))
        late = _late(now)
        ended = {"state": NotificationState.EXPIRED, "at": now}
        gone = delete(errands).where(late, _e.kind.not_in(RECURRING)).returning(_e.kind)
        kept = update(errands).where(late).values(ended).returning(_e.kind)
        return [row.kind for change in (gone, kept) for row in await self._rows(change)]

    async def forget_pings(self, but: str) -> None:
        """Lets go of pings to hubs that were set up before."""
        await self._run(delete(errands).where(_e.kind == ErrandKind.PING, _e.target != but))

    async def forget_orphans(self) -> None:
        """Lets go of pushes to those who are not subscribed any more, but for one that is under way."""
        s = subscriptions.c
        own = exists().where(s.callback == _e.target, s.topic == _e.topic)
        await self._run(delete(errands).where(_e.kind == ErrandKind.PUSH, _e.state != SENDING, ~own))

    # --- As others see it ---

    async def waiting(self) -> dict[ErrandKind, int]:
        """How many are not done, by kind."""
        query = select(_e.kind, func.count()).where(_e.state.in_(OPEN)).group_by(_e.kind)
        return {row[0]: row[1] for row in await self._rows(query)}

    async def trouble(self) -> tuple[int, str]:
        """How many wait although they were tried, and what was said of the one that was tried most often."""
        tried = and_(_e.state == QUEUED, _e.attempts > 0)
        count = int(await self._value(select(func.count()).select_from(errands).where(tried)))
        worst = select(_e.reason).where(tried).order_by(_e.attempts.desc()).limit(1)
        return count, (await self._value(worst) or "") if count else ""

    async def verifications(self, host: str = "") -> int:
        """How many subscribers are to be asked whether they mean it, or were in vain a moment ago; or how many of one host's."""
        which = [_e.kind == VERIFY, *([_e.host == host] if host else [])]
        return int(await self._value(select(func.count()).select_from(errands).where(*which)))


_FRESH: dict[str, Any] = {"attempts": 0, "alone": 0, "reason": ""} | UNLEASED


def _joins(row: AnyRow) -> bool:
    return row.kind is ErrandKind.PING and not row.alone


def _row(kind: ErrandKind, now: datetime, expires: datetime | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "state": NotificationState.QUEUED,
        "changes": 1,
        "alone": 0,
        "not_before": now,
        "expires": expires,
        "attempts": 0,
        "reason": "",
        "at": now,
    }


def _merged(statement: Insert) -> Insert:
    """What is owed already is owed once, and worth a call for as long as its latest change. What waits out a refusal waits on,
    and whoever was asked in vain is not asked again at once."""
    new = statement.excluded
    held = _e.state.in_(OPEN)
    row: dict[str, Any] = {name: case((held, _e[name]), else_=new[name]) for name in _BEGINNING}
    row |= {"not_before": case((or_(held, _e.state == FAILED), _e.not_before), else_=new.not_before)}
    row |= {"detail": new.detail, "expires": new.expires, "changes": _e.changes + 1}
    return statement.on_conflict_do_update(index_elements=["target", "topic", "kind"], set_=row)


_BEGINNING = ("state", "alone", "attempts", "reason", "at")


def _open_to(places: Places, now: datetime) -> Select[Any]:
    """What may get one of these places, the longest due first."""
    query = select(*_CANDIDATE).where(_ready(now), _e.target.not_in(places.targets), _e.host.not_in(places.full_hosts))
    if places.doubted <= 0:
        query = query.where(_e.kind.in_(RECURRING), _e.attempts == 0)
    return query.order_by(_e.not_before, _e.id).limit(AT_A_LOOK)


def _ready(now: datetime) -> ColumnElement[bool]:
    due = or_(_e.not_before <= now, _e.not_before > now + FARTHEST)
    return and_(_e.state == QUEUED, due, or_(_e.expires.is_(None), _e.expires > now))


def _late(now: datetime) -> ColumnElement[bool]:
    return and_(_e.state == QUEUED, _e.expires <= now)


def _forgettable(now: datetime) -> ColumnElement[bool]:
    vain = and_(_e.kind == VERIFY, _e.state == FAILED)
    return and_(vain, or_(_e.expires <= now, _e.expires > now + FARTHEST))


def _lost(now: datetime) -> ColumnElement[bool]:
    """Being carried by nobody any more."""
    return and_(_e.state == SENDING, run_out(_e.lease_until, now))


def _mine(errand: Errand) -> ColumnElement[bool]:
    """Its row, as long as nobody else has taken it."""
    return and_(_e.id == errand.id, _e.state == SENDING, _e.lease == errand.lease)


def _errand(row: AnyRow) -> Errand:
    return Errand(row.id, row.kind, row.target, row.topic, row.attempts, row.changes, row.detail, row.lease)
