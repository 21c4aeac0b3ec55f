"""Which files there are, and what is in them. Pure: the same catalogue gives the same bytes, whatever the time.

It puts the formats together and knows no disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from blogbot.i18n import Words
from blogbot.model import Occurrence, Post
from blogbot.publish import article, atom, calendar, index, jsonfeed, opml, rss
from blogbot.publish.address import home, some_home, tag_uri, web_address
from blogbot.publish.article import Article
from blogbot.publish.catalogue import EPOCH, NEWEST, Catalogue, Channel, channels
from blogbot.publish.feed import Head, feed_entry

File = tuple[str, bytes]

_EVENTS = "events/"

# So many rendered posts are kept for the channels that come; others are rendered anew, which costs time and no memory.
_ROOM = 1_000

_CHANNEL_FILES = (atom.FILE, rss.FILE, jsonfeed.FILE, calendar.FILE)
_OWN_FILES = (f"{_EVENTS}{atom.FILE}", opml.FILE, index.FILE, index.STYLE_FILE)


@dataclass(frozen=True, slots=True)
class _Parts:
    """One article, rendered in every format."""

    atom: bytes
    rss: bytes
    json: bytes


class _Shelf:
    """Renders a post once for many channels, and keeps it until the last one took it, where there is room for it."""

    def __init__(self, wanted: Counter[int], make: Callable[[Sequence[Post]], dict[int, _Parts]]) -> None:
        self._wanted = wanted
        self._make = make
        self._kept: dict[int, _Parts] = {}

    def take(self, posts: Sequence[Post]) -> list[_Parts]:
        """The parts of these posts, in order; one that is gone by now is missing."""
        made = self._make([post for post in posts if post.id not in self._kept])
        parts = [self._kept.pop(post.id, None) or made.get(post.id) for post in posts]
        for post, part in zip(posts, parts, strict=True):
            self._wanted[post.id] -= 1
            if part is not None and self._wanted[post.id] > 0 and len(self._kept) < _ROOM:
                self._kept[post.id] = part
        return [part for part in parts if part is not None]


class Tree:
    """The whole feed tree. `paths` says at once which files there are; iterating renders them, one channel at a time."""

    def __init__(self, catalogue: Catalogue, words: Words) -> None:
        self._catalogue = catalogue
        self._words = words
        self._channels = channels(catalogue)
        self._address = web_address(catalogue.site.public_url).rstrip("/")
        self._home = home(catalogue.site)
        self._language = article.language(catalogue.site.language)
        self._title = article.line(catalogue.site.title, words.gettext("Our blog"))

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all files, relative, with "/" between their parts."""
        return (*(f"{one.folder}{file}" for one in self._channels for file in _CHANNEL_FILES), *_OWN_FILES)

    def __iter__(self) -> Iterator[File]:
        heads = [self._head(channel) for channel in self._channels]
        shelf = _Shelf(Counter(post.id for channel in self._channels for post in channel.posts), self._parts)
        for channel, head in zip(self._channels, heads, strict=True):
            yield from self._channel_files(channel, head, shelf)
        events, entries = self._events()
        yield f"{_EVENTS}{atom.FILE}", atom.feed(events, entries)
        yield opml.FILE, self._outline(heads, events)
        yield index.FILE, self._index(heads, events)
        yield index.STYLE_FILE, index.style()

    def _channel_files(self, channel: Channel, head: Head, shelf: _Shelf) -> Iterator[File]:
        parts = shelf.take(channel.posts)
        yield f"{channel.folder}{atom.FILE}", atom.feed(head, (part.atom for part in parts))
        yield f"{channel.folder}{rss.FILE}", rss.feed(head, (part.rss for part in parts))
        yield f"{channel.folder}{jsonfeed.FILE}", jsonfeed.feed(head, (part.json for part in parts))
        yield f"{channel.folder}{calendar.FILE}", calendar.document(head, channel.events)

    def _parts(self, posts: Sequence[Post]) -> dict[int, _Parts]:
        return {post.id: self._part(post) for post in self._catalogue.texts(posts)}

    def _part(self, post: Post) -> _Parts:
        related = self._catalogue.related.get(post.id, ())
        made = article.of_post(post, related, self._catalogue.site, self._words)
        entry = feed_entry(made)
        return _Parts(atom.entry(entry), rss.item(entry), jsonfeed.item(made))

    def _head(self, channel: Channel) -> Head:
        title, subtitle = self._title, self._words.gettext("The newest articles, each with its related ones.")
        if channel.tag:
            name = article.line(channel.tag.name, channel.tag.slug)
            title = self._words.gettext("{site}: {topic}").format(site=self._title, topic=name)
            subtitle = self._words.gettext("The newest articles on {topic}.").format(topic=name)
        # Of all the entries here, the one that changed last.
        updated = max((article.second(post.updated) for post in channel.posts), default=EPOCH)
        return self._make_head(channel.folder, title, subtitle, updated)

    def _make_head(self, folder: str, title: str, subtitle: str, updated: datetime) -> Head:
        site = self._catalogue.site
        return Head(
            id=tag_uri(site, "feed", *folder.strip("/").split("/")) if folder else tag_uri(site, "feed"),
            title=title,
            subtitle=subtitle,
            author=self._title,
            language=self._language,
            home=self._home,
            some_home=some_home(site),
            address=f"{self._address}/feeds/{folder}" if self._address else "",
            updated=updated,
        )

    def _events(self) -> tuple[Head, list[bytes]]:
        """The feed of upcoming events: one entry for each event, the soonest first."""
        made = self._upcoming()
        head = self._make_head(
            _EVENTS,
            self._words.gettext("{site}: events").format(site=self._title),
            self._words.gettext("Upcoming events, the soonest first."),
            max((one.updated for one in made), default=EPOCH),
        )
        return head, [atom.entry(feed_entry(one)) for one in made]

    def _upcoming(self) -> list[Article]:
        dates: dict[str, list[Occurrence]] = {}
        for one in sorted(self._catalogue.occurrences, key=lambda one: (one.starts, one.event.uid, one.key)):
            dates.setdefault(one.event.uid, []).append(one)
        site = self._catalogue.site
        return [article.of_event(own[0].event, own, site, self._words) for own in list(dates.values())[:NEWEST]]

    def _outline(self, heads: list[Head], events: Head) -> bytes:
        folders = [channel.folder for channel in self._channels]
        listed = [("", heads[0]), (_EVENTS, events), *zip(folders[1:], heads[1:], strict=True)]
        return opml.outline(self._title, max(head.updated for _, head in listed), listed)

    def _index(self, heads: list[Head], events: Head) -> bytes:
        everything, *tags = (
            index.Listed(
                folder=channel.folder,
                name=article.line(channel.tag.name, channel.tag.slug) if channel.tag else self._title,
                head=head,
                posts=channel.total,
                events=len(channel.events),
            )
            for channel, head in zip(self._channels, heads, strict=True)
        )
        tags.sort(key=lambda listed: (listed.name.casefold(), listed.folder))
        return index.page(everything, events, tags, (), self._words)


def render(catalogue: Catalogue, words: Words) -> Iterator[File]:
    """Every file of the feed tree: its path, relative, and its bytes, which depend on the arguments alone."""
    return iter(Tree(catalogue, words))
