"""Events and their dates. An occurrence always comes with its event, which is read once for all of its dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from blogbot.model import Event, EventItem, EventStatus, Occurrence, Override, Page, Tag
from blogbot.store.labels import Labels
from blogbot.store.lists import among, packed
from blogbot.store.noun import AnyRow, Listed, Noun, chunks
from blogbot.store.tables import event_tags, events, occurrences
from blogbot.store.tables import tags as all_tags

Order = tuple[ColumnElement[Any], ...]

_LISTED = events.c.gone.is_(None)
_TAGS = (
    select(event_tags.c.tag_slug, event_tags.c.name)
    .where(event_tags.c.event_id == events.c.id)
    .order_by(event_tags.c.position)
    .correlate(events)
)
_FIELDS = [field.name for field in fields(Event)]
_EVENT = [packed(_TAGS).label(name) if name == "tags" else events.c[name] for name in _FIELDS]
_EVENTS = select(*_EVENT).order_by(events.c.id)
_MANY = _EVENTS.where(among(events.c.id))
_STAMP = select(func.count(), func.max(events.c.updated)).where(_LISTED)
_BY_ID = _EVENTS.where(events.c.id == bindparam("id"))
_DATE = ("id", "event_id", "key", "starts", "ends", "title", "location", "status", "known")
"""In the order of an occurrence's fields."""
_JOINED = occurrences.join(events, events.c.id == occurrences.c.event_id)
_DATES = select(*(occurrences.c[name] for name in _DATE)).select_from(_JOINED)
_TAKES_PLACE = occurrences.c.status != EventStatus.CANCELLED
_HELD = and_(_LISTED, _TAKES_PLACE)


def _soonest(dates: FromClause) -> Order:
    return dates.c.starts, dates.c.id


def _newest(dates: FromClause) -> Order:
    return dates.c.starts.desc(), dates.c.id.desc()


_SOONEST, _NEWEST = _soonest(occurrences), _newest(occurrences)
_NOW: BindParameter[datetime] = bindparam("now")
_COMING = occurrences.c.ends > _NOW
_HAS_TAG = exists().where(event_tags.c.event_id == events.c.id, event_tags.c.tag_slug == bindparam("tag"))


def _listed(order: Callable[[FromClause], Order], *conditions: ColumnElement[bool]) -> Listed:
    """Dates with all of their events: on a page there are few, and most are of different ones."""
    some, total = Listed.of(_DATES, _JOINED, order(occurrences), *conditions)
    # Chosen first, so that nobody sorts all events with their texts.
    page = some.subquery()
    dates = [page.c[name] for name in _DATE]
    query = select(*dates, *_EVENT, page.c.total).join_from(page, events, events.c.id == page.c.event_id)
    return Listed(query.order_by(*order(page)), total)


def _firsts(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The ids of the dates that come first of each event, of those that are not over and fulfil the conditions."""
    # By groups along the index on events and starts, which takes a fraction of the time of ranking all dates.
    fits = (_COMING, *conditions)
    starts = func.min(occurrences.c.starts).label("starts")
    first = select(occurrences.c.event_id, starts).where(*fits).group_by(occurrences.c.event_id).subquery()
    same = and_(occurrences.c.event_id == first.c.event_id, occurrences.c.starts == first.c.starts)
    return select(occurrences.c.id).join(first, same).where(*fits)


_SHOWN = occurrences.c.id.in_(select(union(_firsts(), _firsts(_TAKES_PLACE)).cte().c.id))
# That they began is implied; saying it lets the index on `starts` find where to begin.
_OVER = and_(_HELD, occurrences.c.starts <= _NOW, occurrences.c.ends <= _NOW)
_NTH = func.row_number().over(partition_by=occurrences.c.event_id, order_by=_SOONEST)
_RANKED = select(occurrences.c.id, _NTH.label("nth")).where(among(occurrences.c.event_id), _COMING).subquery()
_NEXT = _DATES.where(occurrences.c.id.in_(select(_RANKED.c.id).where(_RANKED.c.nth <= bindparam("most")))).order_by(
    *_SOONEST
)
_UPCOMING = _listed(_soonest, _HELD, _COMING)
_AGENDA = {False: _listed(_soonest, _LISTED, _SHOWN), True: _listed(_soonest, _LISTED, _HAS_TAG, _SHOWN)}
_PAST = {False: _listed(_newest, _OVER), True: _listed(_newest, _OVER, _HAS_TAG)}
"""By whether only events with a "tag" are wanted."""
_AFTER: BindParameter[datetime] = bindparam("after")
_BEFORE: BindParameter[datetime] = bindparam("before")
_WITHIN = and_(occurrences.c.starts < _BEFORE, or_(occurrences.c.ends > _AFTER, occurrences.c.starts >= _AFTER))
_BETWEEN = _DATES.where(_LISTED, _WITHIN).order_by(*_SOONEST)
# By the ends of two indexes, and not as a minimum and a maximum, for which all dates would be read.
_FIRST, _LAST = (
    select(column).select_from(_JOINED).where(_LISTED).order_by(order).limit(1).scalar_subquery()
    for column, order in ((occurrences.c.starts, occurrences.c.starts), (occurrences.c.ends, occurrences.c.ends.desc()))
)
_SPAN = select(_FIRST, _LAST)
_MINE = _DATES.where(_LISTED, occurrences.c.event_id == bindparam("event"))
_NEXT_OR_LAST = (
    _MINE.where(_HELD, _COMING).order_by(*_SOONEST).limit(1),
    _MINE.where(_HELD).order_by(*_NEWEST).limit(1),
    _MINE.order_by(*_NEWEST).limit(1),
)


class Events(Noun):
    async def insert(self, item: EventItem, *, title: str, tags: Sequence[Tag], now: datetime) -> Event:
        """Keeps a new event; its uid must be free. Its dates are saved apart."""
        row = _row(item, title, now) | {"uid": item.uid, "sequence": item.sequence}
        event_id = await self._value(insert(events).values(row).returning(events.c.id))
        return await self._tagged(event_id, tags)

    async def update(self, event_id: int, item: EventItem, *, title: str, tags: Sequence[Tag], now: datetime) -> Event:
        """Replaces all of an event but its uid; its sequence never falls (RFC 5545, 3.8.7.4). One that was gone is back."""
        old = await self._value(select(events.c.sequence).where(events.c.id == event_id))
        row = _row(item, title, now) | {"sequence": max(item.sequence, old or 0), "gone": None}
        await self._run(update(events).where(events.c.id == event_id).values(row))
        await self._run(delete(event_tags).where(event_tags.c.event_id == event_id))
        return await self._tagged(event_id, tags)

    async def remove(self, event_id: int, now: datetime) -> None:
        """Marks an event as gone: neither it nor its dates are listed any more; `by_id` and `occurrence` still know them."""
        await self._run(update(events).where(events.c.id == event_id, _LISTED).values(gone=now))

    async def by_id(self, event_id: int) -> Event | None:
        return next(iter(await self._events(_BY_ID, {"id": event_id})), None)

    async def by_uid(self, uid: str) -> Event | None:
        """The event with this uid; also one that is gone."""
        return next(iter(await self._events(_EVENTS.where(events.c.uid == uid))), None)

    async def many(self, ids: Sequence[int]) -> dict[int, Event]:
        found: dict[int, Event] = {}
        for some in chunks(sorted(set(ids))):
            found.update((event.id, event) for event in await self._events(_MANY, {"ids": some}))
        return found

    async def all(self) -> list[Event]:
        """Every event that is not gone, in order of id."""
        return await self._events(_EVENTS.where(_LISTED))

    async def stamp(self) -> tuple[int, ...]:
        """Differs when the events differ; cheap enough to look at every few seconds."""
        count, changed = (await self._rows(_STAMP))[0]
        return count, int(changed.timestamp() * 1_000_000) if changed else 0

    async def unfinished(self, now: datetime) -> list[Event]:
        """The events whose dates have no end of their own, or are not over: they are worked out anew from time to time."""
        coming = exists().where(occurrences.c.event_id == events.c.id, occurrences.c.ends > now)
        return await self._events(_EVENTS.where(_LISTED, or_(events.c.recurring, coming)))

    async def save_occurrences(
        self, event_id: int, given: Sequence[Occurrence], now: datetime, *, after: datetime, before: datetime
    ) -> None:
        """Makes the event's dates that start in [after, before) the given ones.

        A date whose key is known keeps its id, and its `known` unless its start changed. A date in the window that is
        not given is deleted; one outside it stays.
        """
        query = select(occurrences).where(occurrences.c.event_id == event_id)
        old = {row.key: row for row in await self._rows(query)}
        kept = {occurrence.key for occurrence in given}
        outdated = [row.id for key, row in old.items() if key not in kept and after <= row.starts < before]
        for some in chunks(outdated):
            await self._run(delete(occurrences).where(occurrences.c.id.in_(some)))
        added, changed = [], []
        for occurrence in {occurrence.key: occurrence for occurrence in given}.values():
            row = _date(occurrence)
            was = old.get(occurrence.key)
            if was is None:
                added.append(row | {"event_id": event_id, "key": occurrence.key, "known": now})
            elif any(getattr(was, name) != value for name, value in row.items()):
                known = was.known if was.starts == occurrence.starts else now
                changed.append(row | {"this": was.id, "known": known})
        if added:
            await self._run(insert(occurrences), added)
        if changed:
            await self._run(update(occurrences).where(occurrences.c.id == bindparam("this")), changed)

    async def rekey(self, event_id: int, keys: Mapping[str, str]) -> None:
        """Gives dates other keys, old to new, so that a date whose rule changed stays the same date. A key in use is left."""
        for old, new in keys.items():
            twin = occurrences.alias()
            taken = exists().where(twin.c.event_id == event_id, twin.c.key == new)
            mine = (occurrences.c.event_id == event_id) & (occurrences.c.key == old)
            await self._run(update(occurrences).where(mine, ~taken).values(key=new))

    async def occurrence(self, occurrence_id: int) -> Occurrence | None:
        return next(iter(await self._dates(_DATES.where(occurrences.c.id == occurrence_id))), None)

    async def occurrences_of(self, event_id: int, after: datetime | None = None) -> list[Occurrence]:
        """The event's dates in order, also cancelled ones; with `after`, those that end later than it."""
        query = _DATES.where(occurrences.c.event_id == event_id)
        if after is not None:
            query = query.where(occurrences.c.ends > after)
        return await self._dates(query.order_by(*_SOONEST))

    async def upcoming(self, now: datetime, limit: int, offset: int) -> Page[Occurrence]:
        """The dates that take place and are not over, soonest first."""
        return await self._page(_UPCOMING, {"now": now}, limit, offset)

    async def agenda(self, now: datetime, limit: int, offset: int, tag_slug: str = "") -> Page[Occurrence]:
        """What is coming, each event once, by its next date, soonest first; before that its next date where this was cancelled.

        With `tag_slug`, only events with this tag.
        """
        return await self._page(_AGENDA[tag_slug != ""], {"now": now, "tag": tag_slug}, limit, offset)

    async def coming(self, of: Iterable[Event], now: datetime, most: int) -> dict[int, list[Occurrence]]:
        """The next dates of these events, by the event's id, at most so many of each, soonest first; also cancelled ones."""
        known = {event.id: event for event in of}
        found: dict[int, list[Occurrence]] = {}
        for row in await self._rows(_NEXT, {"ids": list(known), "now": now, "most": most}):
            found.setdefault(row.event_id, []).append(_occurrence(row, known))
        return found

    async def past(self, now: datetime, limit: int, offset: int, tag_slug: str = "") -> Page[Occurrence]:
        """The dates that are over and took place, newest first; with `tag_slug`, only of events with this tag."""
        return await self._page(_PAST[tag_slug != ""], {"now": now, "tag": tag_slug}, limit, offset)

    async def starting(self, after: datetime, before: datetime) -> list[Occurrence]:
        """The dates that take place and start in [after, before), soonest first."""
        condition = and_(_HELD, occurrences.c.starts >= after, occurrences.c.starts < before)
        return await self._dates(_DATES.where(condition).order_by(*_SOONEST))

    async def between(self, after: datetime, before: datetime) -> list[Occurrence]:
        """The dates that have some of their time in [after, before), soonest first; also cancelled ones."""
        return await self._dates(_BETWEEN, {"after": after, "before": before})

    async def span(self) -> tuple[datetime, datetime] | None:
        """When the first of all dates begins, and when the last one ends, also cancelled ones; None where there are none."""
        first, last = (await self._rows(_SPAN))[0]
        return None if first is None else (first, last)

    async def tagged(self) -> list[tuple[Tag, int]]:
        """The tags of events, by slug, and how many events have each."""
        counted = (
            select(event_tags.c.tag_slug, func.count().label("n"))
            .join(events, events.c.id == event_tags.c.event_id)
            .where(_LISTED)
            .group_by(event_tags.c.tag_slug)
            .subquery()
        )
        query = select(all_tags.c.slug, all_tags.c.name, counted.c.n).join(
            counted, counted.c.tag_slug == all_tags.c.slug
        )
        return [(Tag(slug, name), n) for slug, name, n in await self._rows(query.order_by(all_tags.c.slug))]

    async def next_of(self, event_id: int, now: datetime) -> Occurrence | None:
        """The event's next date that takes place and is not over; where none is left its last, at worst a cancelled one."""
        for query in _NEXT_OR_LAST:
            found = await self._dates(query, {"event": event_id, "now": now})
            if found:
                return found[0]
        return None

    async def _tagged(self, event_id: int, tags: Sequence[Tag]) -> Event:
        await Labels(self._connection, self._dialect).keep(tags, by_editor=True)
        rows = [
            {"event_id": event_id, "position": position, "tag_slug": tag.slug, "name": tag.name}
            for position, tag in enumerate(dict.fromkeys(tags))
        ]
        if rows:
            await self._run(insert(event_tags), rows)
        event = await self.by_id(event_id)
        if event is None:
            raise LookupError(f"event {event_id} is not there")
        return event

    async def _events(self, query: Select[Any], given: Mapping[str, Any] | None = None) -> list[Event]:
        return [_event(row) for row in await self._rows(query, given)]

    async def _page(self, listed: Listed, given: Mapping[str, Any], limit: int, offset: int) -> Page[Occurrence]:
        rows, total = await self._some(listed, given, limit, offset)
        known: dict[int, Event] = {}
        for row in rows:
            if row.event_id not in known:
                known[row.event_id] = _event(row[len(_DATE) : len(_DATE) + len(_EVENT)])
        return Page(tuple([_occurrence(row, known) for row in rows]), offset, total)

    async def _dates(self, query: Select[Any], given: Mapping[str, Any] | None = None) -> list[Occurrence]:
        return await self._with_events(await self._rows(query, given))

    async def _with_events(self, rows: Sequence[AnyRow]) -> list[Occurrence]:
        known = await self.many([row.event_id for row in rows])
        return [_occurrence(row, known) for row in rows]


def _occurrence(row: AnyRow, known: Mapping[int, Event]) -> Occurrence:
    """`row` begins with what `_DATE` names."""
    number, event_id, *rest = row[: len(_DATE)]
    return Occurrence(number, known[event_id], *rest)


def _date(occurrence: Occurrence) -> dict[str, Any]:
    return {name: getattr(occurrence, name) for name in ("starts", "ends", "title", "location", "status")}


def _row(item: EventItem, title: str, now: datetime) -> dict[str, Any]:
    return {
        "title": title,
        "summary": item.summary,
        "html": item.html,
        "starts": item.starts.isoformat(),
        "ends": item.ends.isoformat(),
        "timezone": item.timezone,
        "recurrence": list(item.recurrence),
        "overrides": [_pack(override) for override in item.overrides],
        "location": item.location,
        "url": item.url,
        "status": item.status,
        "updated": now,
        "recurring": bool(item.recurrence),
    }


def _event(row: Sequence[Any]) -> Event:
    """`row` is what `_EVENT` names."""
    given = dict(zip(_FIELDS, row, strict=True))
    for name in ("starts", "ends"):
        given[name] = _local(given[name])
    given["recurrence"] = tuple(given["recurrence"])
    given["overrides"] = tuple(map(_unpack, given["overrides"]))
    given["tags"] = tuple([Tag(*tag) for tag in given["tags"] or ()])
    return Event(**given)


def _local(text: str) -> datetime | date:
    """A local time, or a date where that is all there is."""
    return date.fromisoformat(text) if len(text) == len("2026-03-02") else datetime.fromisoformat(text)


def _pack(override: Override) -> dict[str, str]:
    """An override without what it leaves as the rule says."""
    times = {name: getattr(override, name) for name in ("original", "starts", "ends")}
    words = {name: getattr(override, name) for name in ("title", "location", "status")}
    packed = {name: value.isoformat() for name, value in times.items() if value is not None}
    return packed | {name: str(value) for name, value in words.items() if value is not None}


def _unpack(packed: dict[str, str]) -> Override:
    times = {name: _local(packed[name]) for name in ("original", "starts", "ends") if name in packed}
    words = {name: packed[name] for name in ("title", "location") if name in packed}
    status = {"status": EventStatus(packed["status"])} if "status" in packed else {}
    return Override(**times, **words, **status)  # type: ignore[arg-type]  # the names choose the types
