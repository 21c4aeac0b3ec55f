"""Which posts point to which: what their editors pinned, and the addresses in their texts, matched with the names of posts.

A link may come before the post it points to; it is remembered and found when the post arrives. Only links within the
organisation's own sites matter here; the others point to nothing that is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from blogbot.intake.names import Names
from blogbot.text import slug


class Pointed(NamedTuple):
    """The posts that one points to, in order: those that its text links to, and those that its editor named as related."""

    links: tuple[int, ...]
    pins: tuple[int, ...]


class LinkMap:
    """Grows with the posts. Addresses are `text.address_key` forms."""

    def __init__(self, own_hosts: Iterable[str | None]) -> None:
        self._own_hosts = {host.removeprefix("www.") for host in own_hosts if host}
        self._names = Names()
        self._nicknames = Names()
        self._named: dict[int, tuple[str, ...]] = {}
        self._nicknamed: dict[int, tuple[str, ...]] = {}
        self._targets: dict[int, tuple[str, ...]] = {}
        self._pinned: dict[int, int] = {}
        self._wanting: dict[str, list[int]] = {}

    def update(
        self,
        changed: Iterable[int],
        gone: Iterable[int],
        names: Iterable[tuple[int, str, bool]],
        links: Iterable[tuple[int, str, bool]],
    ) -> set[int]:
        """Takes in changed posts; the posts whose `of` may differ now, the changed ones among them.

        `names` are posts with a name that they have, and whether it is an address or a slug: those go before others, which
        only an editor uses. `links` are posts with a target, and whether the editor pinned it, post by post, in order.
        """
        changed, gone = set(changed), set(gone)
        relinked = set(changed)
        for id_ in changed | gone:
            relinked |= self._forget(id_)
        for id_, name, strong in names:
            relinked |= self._name(id_, name, strong=strong)
        for id_, mine in groupby(links, key=itemgetter(0)):
            self._point(id_, [(target, by_editor) for _, target, by_editor in mine])
        return relinked - gone

    def of(self, post_id: int) -> Pointed:
        """What a post points to, without itself and without doubles; a post that is pinned is not among the links."""
        targets, pinned = self._targets.get(post_id, ()), self._pinned.get(post_id, 0)
        pins = dict.fromkeys(self._found(targets[:pinned], self._names, self._nicknames))
        links = dict.fromkeys(self._found(targets[pinned:], self._names))
        return Pointed(
            links=tuple(id_ for id_ in links if id_ != post_id and id_ not in pins),
            pins=tuple(id_ for id_ in pins if id_ != post_id),
        )

    def _found(self, targets: Iterable[str], *kinds: Names) -> Iterator[int]:
        for target in targets:
            found = (names.get(key) for names in kinds for key in self._keys(target))
            id_ = next((each for each in found if each is not None), None)
            if id_ is not None:
                yield id_

    def _keys(self, target: str) -> tuple[str, ...]:
        """A link matches by its whole address; within our own sites also by its last part, which is the slug."""
        host = _host(target)
        if host and host not in self._own_hosts:
            return (target,)
        last = target.rpartition("/")[2]
        return tuple(dict.fromkeys((target, last.lower(), slug(last))))

    def _name(self, id_: int, name: str, *, strong: bool) -> set[int]:
        """Gives a post a name; the posts that may find it by that."""
        names, named = (self._names, self._named) if strong else (self._nicknames, self._nicknamed)
        names.take(name, id_)
        named[id_] = (*named.get(id_, ()), name)
        waiting = {*self._wanting.get(name, ())}
        host = _host(name) if strong else ""
        if host and host not in self._own_hosts:
            waiting |= self._own(host)
        return waiting

    def _own(self, host: str) -> set[int]:
        """Counts a host among our own; the posts that link to it, which may find more now."""
        self._own_hosts.add(host)
        linking = {id_: [each for each in targets if _host(each) == host] for id_, targets in self._targets.items()}
        for id_, targets in linking.items():
            self._want(id_, {key for each in targets for key in self._keys(each)[1:]})
        return {id_ for id_, targets in linking.items() if targets}

    def _point(self, id_: int, targets: list[tuple[str, bool]]) -> None:
        # What an editor named as related counts before what the text happens to link to.
        targets.sort(key=lambda target: not target[1])
        self._targets[id_] = tuple(target for target, _ in targets)
        pinned = sum(by_editor for _, by_editor in targets)
        if pinned:
            self._pinned[id_] = pinned
        self._want(id_, {key for target, _ in targets for key in self._keys(target)})

    def _want(self, id_: int, keys: set[str]) -> None:
        for key in keys:
            self._wanting.setdefault(key, []).append(id_)

    def _forget(self, id_: int) -> set[int]:
        """Takes a post out; the posts that found it."""
        relinked: set[int] = set()
        for names, named in ((self._names, self._named), (self._nicknames, self._nicknamed)):
            for name in named.pop(id_, ()):
                names.drop(name, id_)
                relinked.update(self._wanting.get(name, ()))
        self._pinned.pop(id_, None)
        for key in {key for target in self._targets.pop(id_, ()) for key in self._keys(target)}:
            wanting = [each for each in self._wanting.get(key, ()) if each != id_]
            if wanting:
                self._wanting[key] = wanting
            else:
                self._wanting.pop(key, None)
        return relinked


def _host(key: str) -> str:
    """The host of an address key, or "" where it is a path or a slug: those begin with a word that has no dot in it."""
    first, slash, _ = key.partition("/")
    return first if slash and ("." in first or ":" in first) else ""
