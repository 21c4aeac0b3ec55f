"""Saves one event item with its dates, and announces what members should know: new, moved, cancelled.

Only dates that are still to come are announced; what members were told of them is corrected where it reads otherwise. Reminders of what moved or was cancelled are withdrawn in the same
transaction; the clock plans new ones from the new dates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from blogbot import ical
from blogbot.intake.corrections import correct_dates, corrected_dates, shown_of_event
from blogbot.intake.dates import Change, changes
from blogbot.intake.herald import Herald
from blogbot.intake.posts import Whence, tags_of
from blogbot.intake.report import Verdict
from blogbot.model import Announcement, AnnouncementKind, Event, EventItem, EventStatus, Occurrence, Tag
from blogbot.store import NewAnnouncement, Transaction

AHEAD = timedelta(days=400)
BEHIND = timedelta(days=366)
"""How far the dates of a recurring event are worked out around the present; the clock extends them daily."""

EVER = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


async def save(
    herald: Herald, item: EventItem, *, untitled: str, now: datetime, whence: Whence = Whence()
) -> tuple[Verdict, int]:
    """The verdict and the event's id. `untitled` is what an event is called whose source names none; `now` is when it was looked at."""
    tx = herald.tx
    old, uid = await _identify(tx, item, whence)
    item = replace(item, uid=uid)
    title = item.title or untitled
    tags = tags_of(item.tags)
    if old is None:
        event = await tx.events.insert(item, title=title, tags=tags, now=now)
        await _save_dates(tx, event, now, behind=BEHIND)
        if event.status is not EventStatus.CANCELLED:
            await _announce_new(herald, event, now)
        return Verdict.NEW, event.id
    if not _differs(old, item, title, tags):
        return Verdict.UNCHANGED, old.id
    before = await tx.events.occurrences_of(old.id, after=now)
    item = replace(item, sequence=_sequence(old, item))
    event = await tx.events.update(old.id, item, title=title, tags=tags, now=now)
    await _settle(herald, event, before, now)
    after = await tx.events.occurrences_of(old.id, after=now)
    otherwise = shown_of_event(old) != shown_of_event(event)
    await correct_dates(herald, event.id, corrected_dates(before, after, all_of_them=otherwise))
    return Verdict.CHANGED, event.id


async def _identify(tx: Transaction, item: EventItem, whence: Whence) -> tuple[Event | None, str]:
    """The event that an item is, and the UID to keep it under; two sources may have made up the same for two events."""
    scoped = f"{item.uid}@{hashlib.sha256(whence.source.encode()).hexdigest()[:8]}"
    known = await tx.events.by_uid(scoped) if item.made_up else None
    if known is not None:
        return known, scoped
    known = await tx.events.by_uid(item.uid)
    same = known is None or item.title == known.title or item.starts == known.starts
    if item.made_up and known is not None and known.id not in whence.own and not same:
        return None, scoped
    return known, item.uid


async def cancel(herald: Herald, event_id: int, *, now: datetime) -> bool:
    """An event that vanished from a complete calendar. What is over stays as it was; whether anything was to come."""
    tx = herald.tx
    event = await tx.events.by_id(event_id)
    if event is None or event.status is EventStatus.CANCELLED:
        return False
    before = await tx.events.occurrences_of(event_id, after=now)
    if not any(occurrence.starts > now for occurrence in before):
        return False
    item = EventItem(
        uid=event.uid, title=event.title, starts=event.starts, ends=event.ends, timezone=event.timezone,
        summary=event.summary, html=event.html, recurrence=event.recurrence, overrides=event.overrides,
        location=event.location, url=event.url, status=EventStatus.CANCELLED, sequence=event.sequence + 1,
        tags=tuple(tag.name for tag in event.tags),
    )  # fmt: skip
    event = await tx.events.update(event_id, item, title=event.title, tags=event.tags, now=now)
    await _settle(herald, event, before, now)
    return True


async def extend(tx: Transaction, event: Event, now: datetime) -> None:
    """Works out the dates that have come within reach since the event was saved. Where its zone has got other rules, they are
    other moments at the same hours, and are reminded of anew."""
    before = {date.id: date.starts for date in await tx.events.occurrences_of(event.id, after=now)}
    await _save_dates(tx, event, now)
    after = await tx.events.occurrences_of(event.id, after=now)
    moved = [date.id for date in after if before.get(date.id, date.starts) != date.starts]
    kinds = [AnnouncementKind.REMINDER]
    await tx.announcements.withdraw(occurrence_ids=moved, kinds=kinds, reason="its zone has other rules", now=now)


def _differs(old: Event, item: EventItem, title: str, tags: tuple[Tag, ...]) -> bool:
    # A sequence never falls (RFC 5545), also where ours was raised when the event vanished for a while.
    kept = (old.title, old.summary, old.html, old.starts, old.ends, old.timezone, old.recurrence, old.overrides,
            old.location, old.url, old.status, old.sequence, old.tags)  # fmt: skip
    given = (title, item.summary, item.html, item.starts, item.ends, item.timezone, item.recurrence, item.overrides,
             item.location, item.url, item.status, max(item.sequence, old.sequence), tags)  # fmt: skip
    return kept != given


def _sequence(old: Event, item: EventItem) -> int:
    """The sequence of what `old` has become: the source's, or one more than before where it did not count on and people have
    to look again at when, where or whether (RFC 5545, 3.8.7.4). Calendars pass over a change that does not count."""
    kept = (old.starts, old.ends, old.timezone, old.recurrence, old.overrides, old.location, old.status)
    given = (item.starts, item.ends, item.timezone, item.recurrence, item.overrides, item.location, item.status)
    return max(item.sequence, old.sequence + (kept != given))


def _window(event: Event, now: datetime, behind: timedelta) -> tuple[datetime, datetime]:
    """What happened stays as it was told: only a new event's dates are worked out into the past."""
    return (now - behind, now + AHEAD) if event.recurrence else EVER


async def _save_dates(
    tx: Transaction, event: Event, now: datetime, *, behind: timedelta = timedelta(0), also: Sequence[Occurrence] = ()
) -> None:
    """Saves the dates that the event has by its rule. What was cancelled for good stays as such, for it may not be told yet."""
    after, before = _window(event, now, behind)
    dates = ical.occurrences(event, after, before, now)
    given = {occurrence.key for occurrence in (*dates, *also)}
    kept = [old for old in await tx.events.occurrences_of(event.id, after=now) if old.status is EventStatus.CANCELLED]
    dates = [*dates, *also, *(old for old in kept if old.key not in given)]
    await tx.events.save_occurrences(event.id, dates, now, after=after, before=before)


async def _settle(herald: Herald, event: Event, before: Sequence[Occurrence], now: datetime) -> None:
    """Saves the new dates, withdraws what would be wrong now, and says what changed, once for each kind of change."""
    tx = herald.tx
    after = ical.occurrences(event, *_window(event, now, timedelta(0)), now)
    found = changes(before, after, now)
    await tx.events.rekey(event.id, {change.before.key: change.after.key for change in found if change.renamed})
    keys = {occurrence.key for occurrence in after}
    await _save_dates(tx, event, now, also=[change.after for change in found if change.after.key not in keys])
    told = [change for change in found if change.kind is not None]
    if not told:
        return
    cancelled = await tx.announcements.of_event(event.id, [AnnouncementKind.CANCELLED])
    moved = await tx.announcements.of_event(event.id, [AnnouncementKind.MOVED])
    earlier = {each.occurrence_id: each.id for each in moved}
    why = str(told[0].kind)
    for kind, ids, reason in (
        (AnnouncementKind.REMINDER, [change.before.id for change in told], why),
        (AnnouncementKind.MOVED, _overtaken(moved, told), why),
        (AnnouncementKind.CANCELLED, _taken_back(cancelled, told), "takes place after all"),
    ):
        await tx.announcements.withdraw(occurrence_ids=ids, kinds=[kind], reason=reason, now=now)
    for way in sorted({(change.kind, change.again) for change in told}):
        await _announce_change(herald, event, [each for each in told if (each.kind, each.again) == way], earlier)


def _overtaken(moved: Sequence[Announcement], told: Sequence[Change]) -> list[int]:
    """The dates whose move need not be told by itself any more. A date that moved anew tells of both moves; one that is
    cancelled, or takes place after all, says nothing of others that moved with it."""
    with_others = {each.occurrence_id for each in moved if each.dates > len(told)}
    anew = {change.before.id for change in told if change.kind is AnnouncementKind.MOVED and not change.again}
    ids = [change.before.id for change in told]
    return [each for each in ids if each in anew or each not in with_others]


def _taken_back(cancelled: Sequence[Announcement], told: Sequence[Change]) -> list[int]:
    """The dates whose cancellation is untrue now, as it is of no other date that stays cancelled."""
    back = {change.before.id for change in told if change.again}
    wholly = [each for each in cancelled if each.dates <= len(back)]
    return [each.occurrence_id for each in wholly if each.occurrence_id in back]


async def _announce_new(herald: Herald, event: Event, now: datetime) -> None:
    following = await herald.tx.events.next_of(event.id, now)
    if following is not None and following.starts > herald.told and following.status is not EventStatus.CANCELLED:
        await herald.say(
            NewAnnouncement(
                f"event:{event.id}",
                AnnouncementKind.EVENT,
                herald.told,
                following.starts,
                event_id=event.id,
                occurrence_id=following.id,
            )
        )


async def _announce_change(
    herald: Herald, event: Event, found: Sequence[Change], earlier: Mapping[int | None, int]
) -> None:
    """One announcement, of the first of the dates to which the same happened. `earlier` are the announcements of what happened
    to dates before: for who has not heard of that yet, it is part of this."""
    change = found[0]
    kind = AnnouncementKind.CANCELLED if change.kind is AnnouncementKind.CANCELLED else AnnouncementKind.MOVED
    detail = {"dates": str(len(found))}
    if change.again:
        detail["again"] = "1"
    if change.before.starts != change.after.starts or change.before.ends != change.after.ends:
        detail["was"] = change.before.starts.isoformat()
    if change.before.location != change.after.location:
        detail["was_location"] = change.before.location
    if kind is AnnouncementKind.MOVED and not change.again and change.before.id in earlier:
        detail["after"] = str(earlier[change.before.id])
    until = max(change.before.starts, change.after.starts)
    way = "again" if change.again else str(kind)
    await herald.say(
        NewAnnouncement(
            f"{way}:{event.id}:{herald.now.isoformat()}",
            kind,
            herald.now,
            until,
            event_id=event.id,
            occurrence_id=change.before.id,
            detail=detail,
        )
    )
