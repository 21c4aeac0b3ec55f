"""What happened to an event's dates, as members who planned for them see it. Pure: dates in, changes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from blogbot.model import AnnouncementKind, EventStatus, Occurrence


@dataclass(frozen=True, slots=True)
class Change:
    """One date, before and after. `kind` is None where only its key is another; `again`: it takes place after all."""

    kind: AnnouncementKind | None
    before: Occurrence
    after: Occurrence
    again: bool = False

    @property
    def renamed(self) -> bool:
        """Whether the date goes by another key now, since the rule that gives it changed."""
        return self.before.key != self.after.key


def changes(before: Sequence[Occurrence], after: Sequence[Occurrence], now: datetime) -> list[Change]:
    """What happened to the dates that were still to come, soonest first.

    A date is the same one where its key is. Where a rule changed, all its keys did: then the date with the same start is the
    same one, and of those left over the first new one stands for the first old one, and so on. An old date that no new
    one stands for is cancelled.
    """
    coming = sorted((old for old in before if old.starts > now), key=lambda old: old.starts)
    found = [_change(old, new) for old, new in _pairs(coming, after, now)]
    return [change for change in found if change.kind is not None or change.renamed]


def _pairs(
    coming: Sequence[Occurrence], after: Sequence[Occurrence], now: datetime
) -> Iterator[tuple[Occurrence, Occurrence]]:
    by_key = {new.key: new for new in after}
    known = {old.key for old in coming}
    free = {new.starts: new for new in after if new.key not in known and _held(new) and new.starts > now}
    partners = {old.key: by_key[old.key] for old in coming if old.key in by_key}
    lost = [old for old in coming if old.key not in partners and _held(old)]
    for old in lost:
        if old.starts in free:
            partners[old.key] = free.pop(old.starts)
    rest = [old for old in lost if old.key not in partners]
    partners |= {old.key: new for old, (_, new) in zip(rest, sorted(free.items()), strict=False)}
    for old in coming:
        yield old, partners.get(old.key) or replace(old, status=EventStatus.CANCELLED)


def _change(old: Occurrence, new: Occurrence) -> Change:
    if _held(old) and not _held(new):
        return Change(AnnouncementKind.CANCELLED, old, new)
    if _held(new) and not _held(old):
        return Change(AnnouncementKind.MOVED, old, new, again=True)
    if _held(new) and (old.starts, old.ends, old.location) != (new.starts, new.ends, new.location):
        return Change(AnnouncementKind.MOVED, old, new)
    return Change(None, old, new)


def _held(occurrence: Occurrence) -> bool:
    return occurrence.status is not EventStatus.CANCELLED
