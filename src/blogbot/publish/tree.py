"""Which files there are, and what is in them. Pure: the same contents and register give the same bytes, whatever the time.

It writes nothing. What did not change in a file is taken from the file as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from blogbot.model import Occurrence
from blogbot.publish import calendar, channel, index, opml, press, sitemap
from blogbot.publish.article import Article, second
from blogbot.publish.channel import ARCHIVE, EPOCH, EVENTS, EVERYTHING, NEWEST, SITEMAP, SUMMARY, Channel
from blogbot.publish.contents import Contents
from blogbot.publish.feed import STYLE, Head, Shell
from blogbot.publish.plan import Plan
from blogbot.publish.press import Parts, Press
from blogbot.publish.register import Register
from blogbot.publish.shelf import Shelf

# So many posts are held in memory while their lines in the site map are made, and about so many lines that are made beforehand.
_OUTLINED = 100
# For so many channels the shells are made at once: each would take twice as long between the bytes of whole feeds, which
# leave none of it in the processor's caches.
_SHELLS = 50

File = tuple[str, bytes]
Old = Callable[[str], bytes | None]
"""What a file holds that is as it was registered; None for any other."""

_LISTS = (opml.FILE, index.FILE, STYLE, index.SCRIPT_FILE, index.ICON)


class Tree:
    """A context: the feed tree as it should be. `paths` are those of all files; `feeds` and then `lists` give those that may have changed.

    When they are through, it knows the `channels` as they were written.
    """

    def __init__(
        self,
        contents: Contents,
        press: Press,
        before: Register | None = None,
        old: Old = lambda _: None,
        scratch: Path | None = None,
    ) -> None:
        """`scratch` is a folder for what would need too much memory."""
        self._before = before or Register()
        self._plan = Plan(contents, self._before)
        self._contents = contents
        self._press = press
        self._lines: dict[int, bytes] = {}
        self._shelf = Shelf(self._make, scratch)
        self._old = old
        self._followed, self._again = self._shown()
        self.stamps, self.dates, self.channels = self._plan.stamps, self._plan.dates, dict(self._plan.channels)

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *error: object) -> None:
        self._shelf.close()

    @property
    def paths(self) -> set[str]:
        """The paths of all files, relative, with "/" between their parts."""
        return {*self._plan.paths, *self._listing}

    @property
    def _listing(self) -> set[str]:
        """The paths of what leads to feeds and pages."""
        channels = self._plan.channels.values()
        mapped = {SITEMAP} if any(one.mapped for one in channels) else set()
        tags, authors = sum(one.tag for one in channels), sum(one.author for one in channels)
        return {*mapped, *_LISTS, *index.further("tags/", tags), *index.further("authors/", authors)}

    def feeds(self) -> Iterator[File]:
        """What readers wait for."""
        self._shelve()
        touched = [self.channels[key] for key in self._plan.touched]
        for start in range(0, len(touched), _SHELLS):
            some = touched[start : start + _SHELLS]
            shells = {path: shell for one in some for path, shell in self._shells(one, one.texts).items()}
            for one in some:
                yield from self._posts(one, shells)
        if self._plan.events_changed:
            yield from self._upcoming_files()
        for key in self._plan.calendars:
            yield self._calendar(self.channels[key])

    def lists(self) -> Iterator[File]:
        """What leads to the feeds, and tells of each; they have to be through."""
        if self._before.channels != self.channels:
            yield from self._lists()

    def again(self, paths: Collection[str]) -> Iterator[File]:
        """These files, from nothing: for those that are not as they were registered."""
        for one in list(self.channels.values()):
            if texts := [path for path in one.texts if path in paths]:
                yield from self._posts(one, self._shells(one, texts))
            if one.dated and one.paths[-1] in paths:
                yield self._calendar(one)
        if not set(self.channels[EVENTS].paths).isdisjoint(paths):
            yield from self._upcoming_files()
        if not self._listing.isdisjoint(paths):
            yield from self._lists()

    def _shown(self) -> tuple[set[int], set[int]]:
        """The posts that are to be written in all formats, and those that are to be written in several channels."""
        touched = [self._plan.channels[key] for key in self._plan.touched if not self._plan.channels[key].mapped]
        followed = set(chain.from_iterable(one.ids for one in touched if one.followed))
        shown = Counter(chain.from_iterable(one.ids for one in touched))
        return followed, {id_ for id_, times in shown.items() if times > 1}

    def _shelve(self) -> None:
        """Renders at once what several channels will show."""
        stale = sorted(self._plan.changes.stale & self._followed)
        if len(stale) <= NEWEST:
            self._shelf.take(stale, channel.FEEDS, stale)

    def _make(self, ids: Sequence[int], names: Collection[str]) -> dict[int, Parts]:
        found = self._contents.articles(ids)
        if len(self._lines) < _OUTLINED and self._press.address:
            self._lines |= {id_: self._press.url(post) for id_, (post, _) in found.items()}
        return {
            id_: self._press.post(post, related, channel.FEEDS if id_ in self._followed else names)
            for id_, (post, related) in found.items()
        }

    def _posts(self, one: Channel, shells: Mapping[str, Shell]) -> Iterator[File]:
        """The channel's files of posts, those that there are `shells` for by their paths."""
        known = {path: self._entries(one, path) for path in one.texts if path in shells}
        held = set(one.ids).intersection(*known.values())
        missing = [id_ for id_ in one.ids if id_ not in held]
        made = self._made(one, missing)
        shown = tuple(id_ for id_ in one.ids if id_ in made or id_ in held)
        self.channels[one.key] = one = replace(one, ids=shown)
        for path, entries in known.items():
            name = _name(one, path)
            filled = [entries[id_] if id_ in entries else made[id_][name] for id_ in shown]
            yield path, shells[path].around(filled)

    def _entries(self, one: Channel, path: str) -> dict[int, bytes]:
        """The entries that the file holds already and that are right still, by post."""
        before = self._before.channels.get(one.key)
        written = self._old(path) if before else None
        if before is None or written is None:
            return {}
        if one.mapped:
            found, stale = sitemap.urls_of(written), self._plan.changes.came
        else:
            found, stale = press.entries(_name(one, path), written), self._plan.changes.stale
        if one.archive and not self._plan.changes.gone:
            stale = frozenset()
        if len(found) != len(before.ids):
            return {}
        return {id_: entry for id_, entry in zip(before.ids, found, strict=True) if id_ not in stale}

    def _made(self, one: Channel, ids: Sequence[int]) -> dict[int, Parts]:
        if one.mapped:
            lines = {id_: self._lines[id_] for id_ in ids if id_ in self._lines}
            missing = [id_ for id_ in ids if id_ not in lines]
            for start in range(0, len(missing), _OUTLINED):
                found = self._contents.outlines(missing[start : start + _OUTLINED])
                lines |= {id_: self._press.url(post) for id_, post in found.items()}
            return {id_: {SITEMAP: line} for id_, line in lines.items()}
        return self._shelf.take(ids, channel.FEEDS if one.followed else channel.FORMATS, self._again)

    def _shells(self, one: Channel, paths: Sequence[str]) -> dict[str, Shell]:
        """What stands around the entries in these files of the channel, by their paths."""
        if one.mapped:
            return dict.fromkeys(paths, sitemap.SHELL)
        if one.archive:
            return {path: self._archive(one, path) for path in paths}
        heads = {summary: self._press.head(one, summary=summary) for summary in (False, True)}
        shells = {}
        for path in paths:
            name = _name(one, path)
            summary = name.startswith(SUMMARY)
            head = heads[summary]
            if one.key == EVERYTHING and not summary:
                head = self._press.leading_back(head, self._plan.archives, name)
            shells[path] = press.shell(name, head)
        return shells

    def _archive(self, one: Channel, path: str) -> Shell:
        name = channel.archived_as(path)
        return press.shell(name, self._press.archive(one, name), path.removeprefix(ARCHIVE))

    def _calendar(self, one: Channel) -> File:
        _, events = self._plan.events.get(one.key, ("", [])) if one.events else ("", [])
        return f"{one.key}{calendar.FILE}", self._press.calendar(one, events)

    def _upcoming_files(self) -> Iterator[File]:
        """The feeds of upcoming events: one entry for each event, the soonest first."""
        made = self._upcoming()
        # Also of those that are over, so that its date does not go back with them.
        held = (second(each.updated) for each in self._plan.events[EVERYTHING][1] if each.updated)
        one = Channel(EVENTS, updated=max((*(each.updated for each in made), *held), default=EPOCH))
        self.channels[EVENTS] = one
        parts = [press.render(each, channel.FEEDS) for each in made]
        for path, shell in self._shells(one, one.paths).items():
            yield path, shell.around(part[_name(one, path)] for part in parts)

    def _upcoming(self) -> list[Article]:
        dates: dict[str, list[Occurrence]] = {}
        for one in sorted(self._contents.occurrences(), key=lambda one: (one.starts, one.event.uid, one.key)):
            dates.setdefault(one.event.uid, []).append(one)
        return list(islice(filter(None, map(self._press.event, dates.values())), NEWEST))

    def _lists(self) -> Iterator[File]:
        """What leads to the rest; first what leads search engines, as news wait for it."""
        maps = [one for one in self.channels.values() if one.mapped and one.number]
        if maps:
            yield SITEMAP, sitemap.index((self._press.link(channel.mapped(one.number)), one.updated) for one in maps)
        everything, *labels = channel.followed(self.channels.values())
        events = self.channels[EVENTS]
        heads = {one.key: self._press.head(one) for one in (everything, events, *labels)}
        yield (
            opml.FILE,
            opml.outline(self._press.title, max(head.updated for head in heads.values()), list(heads.items())),
        )
        listed = [self._listed(one, heads[one.key]) for one in labels]
        yield from index.pages(
            self._listed(everything, heads[EVERYTHING]),
            heads[EVENTS],
            tags=[each for each in listed if self.channels[each.folder].tag],
            authors=[each for each in listed if self.channels[each.folder].author],
            words=self._press.words,
        )
        yield STYLE, index.style(self._press.words)
        yield index.SCRIPT_FILE, index.script()
        yield index.ICON, index.icon()

    def _listed(self, one: Channel, head: Head) -> index.Listed:
        return index.Listed(one.key, self._press.name(one), one.total, one.events, head=head)


def _name(one: Channel, path: str) -> str:
    """Which format of `FEEDS`, or the site map, a file of the channel is in."""
    if one.followed or one.key == EVENTS:
        return path.removeprefix(one.key)
    return SITEMAP if one.mapped else channel.archived_as(path)
