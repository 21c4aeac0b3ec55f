"""Which posts link to which: the addresses in their texts, matched with the addresses that posts have.

A link may come before the post it points to; it is remembered and found when the post arrives. Only links within the
organisation's own sites matter here; the others point to nothing that is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from blogbot.text import slug


class LinkMap:
    """Grows with the posts. Keys are `text.address_key` forms, or slugs."""

    def __init__(self, own_hosts: Iterable[str | None]) -> None:
        self._own_hosts = {host.removeprefix("www.") for host in own_hosts if host}
        self._ids: dict[str, int] = {}
        self._keys: dict[int, set[str]] = defaultdict(set)
        self._targets: dict[int, tuple[str, ...]] = {}
        self._wanting: dict[str, set[int]] = defaultdict(set)

    def update(
        self,
        changed: Iterable[int],
        gone: Iterable[int],
        addresses: Mapping[str, int],
        links: Iterable[tuple[int, str, bool]],
    ) -> set[int]:
        """Takes in changed posts' addresses and links; the posts whose `of` may differ now, the changed ones among them."""
        changed, gone = set(changed), set(gone)
        relinked = set(changed)
        for id_ in changed | gone:
            for key in self._keys.pop(id_, ()):
                self._ids.pop(key, None)
                relinked |= self._wanting.get(key, set())
            for target in self._targets.pop(id_, ()):
                self._wanting[target].discard(id_)
        for key, id_ in addresses.items():
            self._ids[key] = id_
            self._keys[id_].add(key)
            self._own_hosts.update({_host(key)} - {""})
            relinked |= self._wanting.get(key, set())
        by_post: dict[int, list[str]] = defaultdict(list)
        # What an editor named as related counts before what the text happens to link to.
        for id_, target, _ in sorted(links, key=lambda link: not link[2]):
            by_post[id_].append(target)
        for id_, targets in by_post.items():
            kept = tuple(key for target in targets for key in self._candidates(target))
            self._targets[id_] = kept
            for key in kept:
                self._wanting[key].add(id_)
        return relinked - gone

    def of(self, post_id: int) -> tuple[int, ...]:
        """The posts that one links to, in order, without itself and without doubles."""
        found = (self._ids.get(key) for key in self._targets.get(post_id, ()))
        return tuple(dict.fromkeys(id_ for id_ in found if id_ is not None and id_ != post_id))

    def _candidates(self, target: str) -> tuple[str, ...]:
        """A link matches by its whole address; within our own sites also by its last part, which is the slug."""
        host = _host(target)
        if host and host not in self._own_hosts:
            return (target,)
        last = slug(target.rpartition("/")[2])
        return (target,) if last == target else (target, last)


def _host(key: str) -> str:
    """The host of an address key, or "" where it is a path or a slug: those begin with a word that has no dot in it."""
    first, slash, _ = key.partition("/")
    return first if slash and ("." in first or ":" in first) else ""
