"""What a publishing has to do: the channels as they will be, and which of them hold anything new.

It decides and does nothing: it compares what contents say with what was registered, and asks only about what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from blogbot.model import Event, Label, Stamp
from blogbot.publish import archives, article, channel, sitemap
from blogbot.publish.channel import EPOCH, EVENTS, EVERYTHING, Channel
from blogbot.publish.contents import Contents
from blogbot.publish.register import Register, of_stamps


@dataclass(frozen=True, slots=True)
class Changes:
    """Posts that `came` (new or changed), that have `gone`, and whose entries are `stale`: those that came, or whose related ones did."""

    came: frozenset[int]
    gone: frozenset[int]
    stale: frozenset[int]

    @classmethod
    def of(cls, contents: Contents, before: Register, stamps: dict[int, Stamp]) -> Changes:
        old = before.stamps
        differing = [stamp for stamp in stamps.values() if old.get(stamp.post_id) != stamp]
        came = {
            stamp.post_id
            for stamp in differing
            if stamp.post_id not in old or old[stamp.post_id].revision != stamp.revision
        }
        gone = old.keys() - stamps.keys()
        # Others name these, so they say a title or an address that may not be right any more.
        named = (came & old.keys()) | gone
        naming = contents.naming(sorted(named)) if named else set()
        stale = {stamp.post_id for stamp in differing} | (naming & stamps.keys())
        return cls(frozenset(came), frozenset(gone), frozenset(stale))


class Plan:
    """`channels` by key; `touched` are the keys of those whose posts have to be written, in the order of writing.

    `calendars` are the keys of those whose events have to be.
    """

    def __init__(self, contents: Contents, before: Register) -> None:
        self._contents = contents
        self._before = before
        self.stamps = of_stamps(contents.stamps())
        self.changes = Changes.of(contents, before, self.stamps)
        self.dates = contents.dates()
        self._labelled = self._find_labels()
        self._left = {
            channel.of_label(label) if label else EVERYTHING: at for label, at in contents.departures().items()
        }
        self.channels = {
            **self._history(),
            **self._labels(),
            EVENTS: before.channels.get(EVENTS, Channel(EVENTS)),
            **self._map(),
        }
        self._count_events()
        self.touched = [key for key, one in self.channels.items() if key != EVENTS and self._is_touched(one)]
        self.calendars = [key for key, one in self.channels.items() if one.dated and self._is_dated_anew(one)]

    @property
    def events_changed(self) -> bool:
        return self.dates != self._before.dates or EVENTS not in self._before.channels

    @property
    def archives(self) -> int:
        return sum(one.archive for one in self.channels.values())

    @property
    def paths(self) -> Iterable[str]:
        return (path for one in self.channels.values() for path in one.paths)

    @cached_property
    def events(self) -> dict[str, tuple[str, list[Event]]]:
        """Every event, by the keys of its channels, each with the name of its tag."""
        found: dict[str, tuple[str, list[Event]]] = {EVERYTHING: ("", [])}
        for event in sorted(self._contents.events(), key=lambda event: event.uid):
            found[EVERYTHING][1].append(event)
            for key, tag in {channel.of_tag(tag): tag for tag in event.tags}.items():
                found.setdefault(key, (tag.name, []))[1].append(event)
        return found

    def _history(self) -> dict[str, Channel]:
        """The archives, and everything that is in none, or was edited since it came into one."""
        known, number = [], 1
        while (key := channel.of_archive(number)) in self._before.channels:
            known.append(self._before.channels[key].ids)
            number += 1
        shown = self._before.channels.get(EVERYTHING, Channel(EVERYTHING)).ids
        again = archives.revised(known, shown, self.changes.came & self._before.stamps.keys())
        older, ids = archives.divide(known, list(self.stamps), again)
        keyed = {channel.of_archive(number): those for number, those in enumerate(older, 1)}
        asked = [*ids, *(id_ for key, those in keyed.items() if key not in self._before.channels for id_ in those)]
        updated = self._contents.updated(asked)
        found = {key: self._archive(key, those, updated) for key, those in keyed.items()}
        return found | {
            EVERYTHING: Channel(
                EVERYTHING, ids=ids, total=len(self.stamps), updated=self._since(EVERYTHING, ids, updated)
            )
        }

    def _archive(self, key: str, ids: tuple[int, ...], updated: Mapping[int, datetime]) -> Channel:
        """A known one keeps its date, whatever became of its posts."""
        known = self._before.channels.get(key)
        return replace(known, ids=ids) if known else Channel(key, ids=ids, updated=_newest(ids, updated))

    def _find_labels(self) -> dict[str, tuple[Label, int]]:
        return {channel.of_label(label): (label, size) for label, size in sorted(self._contents.sizes().items())}

    def _labels(self) -> dict[str, Channel]:
        """Tags and authors. Only where something may have come or gone the newest are asked for."""
        asked = self._asked()
        windows = self._contents.windows([self._labelled[key][0] for key in asked])
        updated = self._contents.updated({id_ for window in windows.values() for id_ in window.ids})
        found = {}
        for key, (label, size) in self._labelled.items():
            known = self._before.channels.get(key, Channel(key))
            window = windows.get(label)
            if window:
                since = self._since(key, window.ids, updated)
                found[key] = replace(known, name=window.name, ids=window.ids, total=size, updated=since)
            else:
                found[key] = replace(known, total=size)
        return found

    def _since(self, key: str, ids: Iterable[int], updated: Mapping[int, datetime]) -> datetime:
        """When a channel that shows these posts changed last: one of them did, or one left it."""
        return max(_newest(ids, updated), article.second(self._left.get(key, EPOCH)))

    def _asked(self) -> set[str]:
        known = self._before.channels
        moved = self.changes.came | self.changes.gone
        asked = {
            key
            for key, (_, size) in self._labelled.items()
            if key not in known or known[key].total != size or not moved.isdisjoint(known[key].ids)
        }
        if self._before.stamps and self.changes.came:
            asked |= {channel.of_label(label) for label in self._contents.labels(sorted(self.changes.came))}
        return asked & self._labelled.keys()

    def _map(self) -> dict[str, Channel]:
        """The parts of the site map."""
        keyed = {
            channel.of_map(number): ids for number, ids in sitemap.parts(list(self.stamps), self._contents.site).items()
        }
        changed = [key for key, ids in keyed.items() if self._is_remapped(key, ids)]
        updated = self._contents.updated([id_ for key in changed for id_ in keyed[key]])
        return {
            key: Channel(key, ids=ids, updated=_newest(ids, updated)) if key in changed else self._before.channels[key]
            for key, ids in keyed.items()
        }

    def _is_remapped(self, key: str, ids: Sequence[int]) -> bool:
        known = self._before.channels.get(key)
        return known is None or known.ids != ids or not self.changes.came.isdisjoint(ids)

    def _count_events(self) -> None:
        """Says in each channel how many events it has; a tag that only events have gets a channel too."""
        if self.events_changed:
            for key, (name, events) in self.events.items():
                one = self.channels.get(key) or self._dated(key, name, _changed(events))
                self.channels[key] = replace(one, name=one.name or name, events=len(events))
            for key in self.channels.keys() - self.events.keys():
                self.channels[key] = replace(self.channels[key], events=0)
        else:
            for key, known in self._before.channels.items():
                if known.events and (key in self.channels or known.tag):
                    one = self.channels.get(key) or self._dated(key, *self._of_events(known))
                    self.channels[key] = replace(one, events=known.events)

    def _dated(self, key: str, name: str, newest: datetime) -> Channel:
        """The channel of a tag that only events have, the `newest` of which changed then."""
        return Channel(key, name, updated=max(self._since(key, (), {}), newest))

    def _of_events(self, known: Channel) -> tuple[str, datetime]:
        """The name of a tag that only events have, and when these changed last; while it had posts, it went by the newest of them."""
        if not known.total:
            return known.name, known.updated
        name, events = self.events.get(known.key, (known.name, ()))
        return name, _changed(events)

    def _is_touched(self, one: Channel) -> bool:
        """Whether its posts have to be written. An archive stays as it is unless a post has gone that is in it, or is named in it."""
        known = self._before.channels.get(one.key)
        if known is None or known.ids != one.ids:
            return True
        if one.archive:
            return bool(self.changes.gone) and not self.changes.stale.isdisjoint(one.ids)
        if one.mapped:
            return not self.changes.came.isdisjoint(one.ids)
        return (known.name, known.updated) != (one.name, one.updated) or not self.changes.stale.isdisjoint(one.ids)

    def _is_dated_anew(self, one: Channel) -> bool:
        known = self._before.channels.get(one.key)
        if known is None or known.name != one.name:
            return True
        return self.dates != self._before.dates and bool(known.events or one.events or one.key == EVERYTHING)


def _changed(events: Iterable[Event]) -> datetime:
    return max((article.second(event.updated) for event in events if event.updated), default=EPOCH)


def _newest(ids: Iterable[int], updated: Mapping[int, datetime]) -> datetime:
    return max((article.second(updated[id_]) for id_ in ids if id_ in updated), default=EPOCH)
