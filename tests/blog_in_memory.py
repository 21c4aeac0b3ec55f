"""A few posts and events, held in memory, and how they answer as contents to publish.

It does not know a file or the time: whoever makes a catalogue says what is upcoming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from blogbot.i18n import Words
from blogbot.model import Event, Label, LabelKind, Occurrence, Post, Related, Site, Stamp, Standing, Window
from blogbot.publish import NEWEST
from blogbot.publish.address import safe_slug
from blogbot.publish.press import Press
from blogbot.publish.tree import File, Tree
from blogbot.text import slug


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that feeds can show, where it is little. `related` is by post id; `occurrences` are the upcoming ones, in any order.

    The HTML in it was sanitised when it came in (`text.sanitise`); feeds add to it and pass it on.
    """

    site: Site
    posts: Sequence[Post] = ()
    related: Mapping[int, Sequence[Related]] = field(default_factory=dict)
    events: Sequence[Event] = ()
    occurrences: Sequence[Occurrence] = ()
    departures: Mapping[Label | None, datetime] = field(default_factory=dict)


class Held:
    """A catalogue that answers as `Contents`. That something changed shows by what it is, not by its revision."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.site = catalogue.site
        self._catalogue = catalogue
        self._posts = {post.id: post for post in sorted(catalogue.posts, key=lambda post: (post.published, post.id))}
        self._labels = {post.id: _labels(post) for post in self._posts.values()}

    def standing(self) -> Standing:
        sizes = Counter(label for labels in self._labels.values() for label in labels)
        dates = _digest((self.events(), sorted(self.occurrences(), key=lambda one: one.id)))
        return Standing(self._stamps(), sizes, self._catalogue.departures, str(dates))

    def _stamps(self) -> dict[int, Stamp]:
        # As in the store, a list differs by which posts it names, not by what is in them.
        kin = {
            id_: [(each.post.id, each.origin, each.score) for each in those]
            for id_, those in self._catalogue.related.items()
        }
        return {id_: (_digest(post), _digest(kin.get(id_, []))) for id_, post in self._posts.items()}

    def windows(self, labels: Collection[Label]) -> dict[Label, Window]:
        ids: dict[Label, list[int]] = {}
        for post_id in reversed(self._posts):
            for label in self._labels[post_id].keys() & set(labels):
                ids.setdefault(label, []).append(post_id)
        return {
            label: Window(
                self._labels[those[0]][label],
                tuple(those[:NEWEST]),
                max(self._posts[id_].updated for id_ in those[:NEWEST]),
            )
            for label, those in ids.items()
        }

    def labels(self, ids: Collection[int]) -> set[Label]:
        return {label for post_id in ids for label in self._labels.get(post_id, ())}

    def updated(self, ids: Collection[int]) -> dict[int, datetime]:
        return {post_id: self._posts[post_id].updated for post_id in ids if post_id in self._posts}

    def naming(self, ids: Collection[int]) -> set[int]:
        lists = self._catalogue.related
        return {mine for mine, those in lists.items() if any(one.post.id in ids for one in those)}

    def articles(self, ids: Collection[int]) -> dict[int, tuple[Post, Sequence[Related]]]:
        return {id_: (post, self._catalogue.related.get(id_, ())) for id_, post in self.outlines(ids).items()}

    def outlines(self, ids: Collection[int]) -> dict[int, Post]:
        return {post_id: self._posts[post_id] for post_id in ids if post_id in self._posts}

    def events(self) -> Sequence[Event]:
        return sorted(self._catalogue.events, key=lambda event: event.uid)

    def occurrences(self) -> Sequence[Occurrence]:
        return self._catalogue.occurrences


def _labels(post: Post) -> dict[Label, str]:
    """A post's labels, and how it writes their names; of two spellings, a tag has the last and an author the first."""
    tags = {Label(LabelKind.TAG, safe_slug(tag)): tag.name for tag in post.tags}
    return tags | {Label(LabelKind.AUTHOR, slug(name)): name for name in reversed(post.authors)}


def _digest(thing: object) -> int:
    return crc32(repr(thing).encode(errors="surrogatepass"))


def render(catalogue: Catalogue, words: Words) -> Iterator[File]:
    """Every file of the feed tree: its path, relative, and its bytes, which depend on the arguments alone."""
    with Tree(Held(catalogue), Press(catalogue.site, words)) as tree:
        yield from tree.feeds()
        yield from tree.lists()
