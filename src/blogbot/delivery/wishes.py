"""What the chats' terms mean for what was leased: some wait until morning, some are told together, the rest goes now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from blogbot.delivery.terms import digest_of, ends_at, held_until, wanted
from blogbot.i18n import zone_of
from blogbot.model import Announcement, AnnouncementKind, Digest, Parcel, ReminderRule, Site
from blogbot.store import Held, Subject, Transaction, reasons

LATE = timedelta(minutes=15)
"""News that waited longer is told together with what else waits for the chat: a backlog is one message, not a flood."""

ALONE, SEVERAL, MANY = 0, 2, 3
"""From how many things on something is told together with others: never, whenever there are others, or where there are so
many. So much news at once is a backlog too, however late it is: after a long stop all of it is as new as the look that found it."""

OVERTAKEN = "a later reminder of the same date says it"


class Heeded(NamedTuple):
    """What goes, and what need not be said any more."""

    going: list[Parcel]
    overtaken: list[Parcel]


class Wishes:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def heed(self, tx: Transaction, leased: Sequence[Parcel], now: datetime, lease_until: datetime) -> Heeded:
        """Of what was leased, what goes now; what is held is put back, and what is told together is gathered."""
        urgent = _Urgent(tx)
        held: list[tuple[Parcel, datetime]] = []
        free: list[Parcel] = []
        passing: list[Parcel] = []
        for parcel in leased:
            until = self._held_until(parcel, now)
            if until is None:
                free.append(parcel)
            elif await urgent(parcel):
                passing.append(parcel)
            else:
                held.append((parcel, until))
        await tx.notifications.hold(held, now)
        passing, overtaken = await _needed(tx, passing, now, urgent=True)
        free, too = await _needed(tx, free, now)
        by_least: dict[int, list[Parcel]] = defaultdict(list)
        for parcel in free:
            by_least[self._least(parcel, now)].append(parcel)
        going = passing + by_least.pop(ALONE, [])
        for least, some in by_least.items():
            going += await tx.notifications.gather(some, now, lease_until, least=least)
        return Heeded(going, overtaken + too)

    def due(self, parcel: Parcel, now: datetime) -> datetime:
        """From when on a parcel that is told now could have been told: when it was due, or when the chat's terms let it come."""
        return wanted(parcel.chat, parcel.announcement, now, zone=zone_of(parcel.chat, self._site))

    def rightly(self, held: Held) -> bool:
        """Whether what was put off is so also by the present rules of its chats' zone."""
        return ends_at(held.chat.terms, zone_of(held.chat, self._site), held.until)

    def _held_until(self, parcel: Parcel, now: datetime) -> datetime | None:
        zone = zone_of(parcel.chat, self._site)
        return held_until(parcel.chat, parcel.announcement, now, zone=zone)

    def _least(self, parcel: Parcel, now: datetime) -> int:
        """From how many things on it is told together with what else waits for its chat."""
        if not parcel.announcement.kind.gathers:
            return ALONE
        if parcel.chat.terms.digest is Digest.INSTANT:
            return SEVERAL if now - parcel.announcement.due > LATE else MANY
        zone = zone_of(parcel.chat, self._site)
        return ALONE if digest_of(parcel.chat, parcel.announcement, zone=zone) is None else SEVERAL


class _Urgent:
    """Whether a chat marked what would be held as urgent; or it is a cancellation of what the chat is reminded of."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._subjects: dict[int, Subject] = {}

    async def __call__(self, parcel: Parcel) -> bool:
        announcement, chat_id = parcel.announcement, parcel.chat.id
        follows, rules = await self._tx.follows.of(chat_id), await self._tx.rules.of(chat_id)
        cancelled = announcement.kind is AnnouncementKind.CANCELLED
        if not cancelled and not any(follow.urgent for follow in follows) and not any(rule.urgent for rule in rules):
            return False
        why = reasons(announcement, await self._subject(announcement), follows, rules)
        return any(wish.urgent or (cancelled and isinstance(wish, ReminderRule)) for wish in why)

    async def _subject(self, announcement: Announcement) -> Subject:
        if announcement.id not in self._subjects:
            self._subjects[announcement.id] = await self._tx.announcements.subject(announcement)
        return self._subjects[announcement.id]


async def _needed(
    tx: Transaction, parcels: Sequence[Parcel], now: datetime, *, urgent: bool = False
) -> tuple[list[Parcel], list[Parcel]]:
    """Those that no later reminder says again at the same moment, and those that one does, which expire.

    That may be so where both were held or a stop lay between.
    """
    reminders = [parcel for parcel in parcels if parcel.announcement.kind is AnnouncementKind.REMINDER]
    overtaken = await tx.announcements.overtaken(reminders, now, urgent=urgent)
    for parcel in overtaken:
        await tx.notifications.expired(parcel, OVERTAKEN, now)
    return [parcel for parcel in parcels if parcel not in overtaken], overtaken
