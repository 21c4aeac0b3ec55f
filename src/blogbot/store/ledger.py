"""What several files say of the ledger's rows, said once: which they are, which are open, how they are given back and closed,
what is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, case, exists

from blogbot.model import NotificationState
from blogbot.store.noun import AnyRow, chunks
from blogbot.store.tables import SENDING, announcements, notifications

OPEN = (NotificationState.QUEUED, NotificationState.SENDING)
UNLEASED: dict[str, Any] = {"lease_until": None, "lease": None}

HEADROOM = timedelta(seconds=3)
"""What has less time left is not called any more: a call takes a moment, and must not arrive after its event began."""

Key = tuple[int, int]  # announcement id, chat id
Group = TypeVar("Group", int, tuple[int, int])

_l = notifications.c


def grouped(rows: Iterable[tuple[Group, int]]) -> Iterator[tuple[Group, Sequence[int]]]:
    """The chats of each group, in pieces; in one order always, so that two processes never wait for each other."""
    groups: dict[Group, list[int]] = defaultdict(list)
    for group, chat_id in rows:
        groups[group].append(chat_id)
    for group, chat_ids in sorted(groups.items()):
        for some in chunks(sorted(chat_ids)):
            yield group, some


def keys_of(rows: Iterable[AnyRow]) -> list[Key]:
    """What names these rows, whatever else was read of them."""
    return [(row.announcement_id, row.chat_id) for row in rows]


def named(keys: Iterable[Key]) -> Iterator[ColumnElement[bool]]:
    """These rows, in a condition for each announcement: they are few. For a list of pairs SQLite would scan its queue; for
    a query, PostgreSQL may compare every row with every other while it knows nothing of the table."""
    for announcement_id, chat_ids in grouped(keys):
        yield and_(_l.announcement_id == announcement_id, _l.chat_id.in_(chat_ids))


def closed(state: NotificationState, reason: str, now: datetime) -> dict[str, Any]:
    """What a row says that has come to its end."""
    return {"state": state, "reason": reason, "at": now, "parked": 0} | UNLEASED


def in_time(now: datetime) -> ColumnElement[bool]:
    """Whether a call that begins now arrives before it is too late."""
    return _l.expires > now + HEADROOM


def uncounted() -> ColumnElement[int]:
    """The attempts without the one that is under way, where it turned out to be none."""
    return case((_l.state == SENDING, _l.attempts - 1), else_=_l.attempts)


def withdrawn() -> ColumnElement[bool]:
    """Whether what the row says was taken back."""
    return exists().where(announcements.c.id == _l.announcement_id, announcements.c.withdrawn.is_not(None))


def of_a_date() -> ColumnElement[bool]:
    """Whether it is about a date of an event."""
    return exists().where(announcements.c.id == _l.announcement_id, announcements.c.occurrence_id.is_not(None))


def past(now: datetime) -> ColumnElement[bool]:
    """Whether it is about a date that has begun."""
    return and_(of_a_date(), exists().where(announcements.c.id == _l.announcement_id, announcements.c.expires <= now))
