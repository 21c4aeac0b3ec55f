"""What a publishing has to do: the channels as they will be, and which of them hold anything new.

It decides and does nothing: it compares what contents say with what was registered, and asks only about what changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from blogbot.model import Event, Stamp
from blogbot.publish import archives, article, channel, sitemap
from blogbot.publish.channel import EPOCH, EVENTS, EVERYTHING, Channel
from blogbot.publish.contents import Contents
from blogbot.publish.register import Register


@dataclass(frozen=True, slots=True)
class Changes:
    """Posts that `came` (new or changed), that have `gone`, and whose entries are `stale`: those that came, or whose related ones did."""

    came: frozenset[int]
    gone: frozenset[int]
    stale: frozenset[int]

    @classmethod
    def of(cls, contents: Contents, before: Register, stamps: Mapping[int, Stamp]) -> Changes:
        old = before.stamps
        differing = {post_id for post_id, stamp in stamps.items() if old.get(post_id) != stamp}
        came = {post_id for post_id in differing if post_id not in old or old[post_id][0] != stamps[post_id][0]}
        gone = {post_id for post_id in old if post_id not in stamps}
        # Others name these, so they say a title or an address that may not be right any more.
        named = (came & old.keys()) | gone
        naming = contents.naming(sorted(named)) if named else set()
        return cls(frozenset(came), frozenset(gone), frozenset(differing | (naming & stamps.keys())))


class Plan:
    """`channels` by key; `touched` are the keys of those whose posts have to be written, in the order of writing.

    `calendars` are the keys of those whose events have to be.
    """

    def __init__(self, contents: Contents, before: Register) -> None:
        self._contents = contents
        self._before = before
        self.stamps, sizes, departures, self.dates = contents.standing()
        self.changes = Changes.of(contents, before, self.stamps)
        self._updated: dict[int, datetime] = {}
        self._labelled = {channel.of_label(label): (label, size) for label, size in sorted(sizes.items())}
        self._left = {channel.of_label(label) if label else EVERYTHING: at for label, at in departures.items()}
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
        everything = self._before.channels.get(EVERYTHING, Channel(EVERYTHING))
        again = archives.revised(known, everything.ids, self.changes.came & self._before.stamps.keys())
        older, ids = archives.divide(known, list(self.stamps), again)
        keyed = {channel.of_archive(number): those for number, those in enumerate(older, 1)}
        # Of nearly all whose dates are needed, at once.
        self._updated |= self._contents.updated(self.changes.came.union(ids))
        found = {key: self._archive(key, those) for key, those in keyed.items()}
        updated = self._since(EVERYTHING, self._newest(ids))
        return found | {EVERYTHING: Channel(EVERYTHING, ids=ids, total=len(self.stamps), updated=updated)}

    def _archive(self, key: str, ids: tuple[int, ...]) -> Channel:
        """A known one keeps its date, whatever became of its posts."""
        known = self._before.channels.get(key)
        if known is None:
            return Channel(key, ids=ids, updated=self._newest(ids))
        return known if known.ids == ids else replace(known, ids=ids)

    def _labels(self) -> dict[str, Channel]:
        """Tags and authors. Only where something may have come or gone the newest are asked for."""
        asked = self._asked()
        windows = self._contents.windows([self._labelled[key][0] for key in asked])
        found = {}
        for key, (label, size) in self._labelled.items():
            known = self._before.channels.get(key, Channel(key))
            window = windows.get(label)
            if window:
                updated = self._since(key, article.second(window.updated))
                found[key] = replace(known, name=window.name, ids=window.ids, total=size, updated=updated)
            else:
                # What was asked for and is not there has lost its last post just now.
                ids = () if key in asked else known.ids
                found[key] = known if (known.ids, known.total) == (ids, size) else replace(known, ids=ids, total=size)
        return found

    def _since(self, key: str, newest: datetime) -> datetime:
        """When a channel changed last whose posts, or events, changed then: or when a post left it."""
        return max(newest, article.second(self._left.get(key, EPOCH)))

    def _newest(self, ids: Collection[int]) -> datetime:
        """When the one of these posts changed that changed last."""
        self._updated |= self._contents.updated(set(ids) - self._updated.keys())
        return max((article.second(self._updated[id_]) for id_ in ids if id_ in self._updated), default=EPOCH)

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
        parts = sitemap.parts(list(self.stamps), self._contents.site)
        return {key: self._mapped(key, ids) for number, ids in parts.items() for key in (channel.of_map(number),)}

    def _mapped(self, key: str, ids: tuple[int, ...]) -> Channel:
        known, came = self._before.channels.get(key, Channel(key)), self.changes.came
        if known.ids == ids and came.isdisjoint(ids):
            return known
        if self.changes.gone or not came.isdisjoint(known.ids) or not set(ids).issuperset(known.ids):
            # The newest of its posts may be older now, or gone; also while it was being published.
            known = Channel(key)
        return Channel(key, ids=ids, updated=max(known.updated, self._newest(set(ids).difference(known.ids))))

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
        return Channel(key, name, updated=self._since(key, newest))

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
