"""A list of related posts in the making: what the editor pinned, what the text links to, then what is alike.

It keeps out the post itself, copies of it and of what is in the list already, and it mixes tags, so that a series does not
fill a list. It must not know how likeness is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field

from blogbot.model import Origin

MIXING = 0.2
"""So much of its likeness a post loses whose tags all the posts before it in the list have."""

IN_A_ROW = 4
"""When so many posts in a row share a tag, the next one is without it, if any such is alike at all."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A post that belongs beside another: who says so, and how strongly (0 to 1)."""

    id: int
    origin: Origin
    score: float


Scored = tuple[int, float]
"""A post's id, and how much it is alike."""


@dataclass(slots=True)
class Shortlist:
    """At most `limit` posts beside `post`. `tags` and `prints` give what tells a post's topic, and what tells its text."""

    post: int
    limit: int
    tags: Callable[[int], frozenset[str]]
    prints: Callable[[int], Set[int]]
    is_copy: Callable[[Set[int], Set[int]], bool]
    neighbours: list[Neighbour] = field(default_factory=list)
    _tags: list[frozenset[str]] = field(default_factory=list)
    _prints: list[Set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._prints.append(self.prints(self.post))

    def pin(self, ids: Iterable[int]) -> None:
        """What an editor chose stands as it was chosen, in that order."""
        for id_ in ids:
            self._offer(id_, Origin.CURATED, 1.0, even_copies=True)

    def link(self, ids: Iterable[int]) -> None:
        """What the text links to, in order."""
        for id_ in ids:
            self._offer(id_, Origin.CURATED, 1.0)

    def fill(self, alike: Iterable[Scored]) -> None:
        """What is alike, the most alike first, but for the mix of tags."""
        waiting = sorted(alike, key=lambda item: (-item[1], -item[0]))
        while waiting and len(self.neighbours) < self.limit:
            id_, score = waiting.pop(self._next(waiting))
            self._offer(id_, Origin.COMPUTED, score)

    def _offer(self, id_: int, origin: Origin, score: float, *, even_copies: bool = False) -> None:
        if len(self.neighbours) >= self.limit or id_ == self.post or any(id_ == each.id for each in self.neighbours):
            return
        prints = self.prints(id_)
        if even_copies or not any(self.is_copy(prints, other) for other in self._prints):
            self.neighbours.append(Neighbour(id_, origin, score))
            self._tags.append(self.tags(id_))
            self._prints.append(prints)

    def _next(self, waiting: Sequence[Scored]) -> int:
        """Where the one stands that comes next; `waiting` is in order of likeness, and not empty."""
        tired = self._tired()
        if tired:
            fresh = self._best((n, item) for n, item in enumerate(waiting) if tired.isdisjoint(self.tags(item[0])))
            if fresh is not None:
                return fresh
        return self._best(enumerate(waiting)) or 0

    def _tired(self) -> frozenset[str]:
        """The tags that so many in a row have that the next should have another."""
        last = self._tags[-IN_A_ROW:]
        return frozenset.intersection(*last) if len(last) == IN_A_ROW else frozenset()

    def _best(self, numbered: Iterable[tuple[int, Scored]]) -> int | None:
        best, highest = None, 0.0
        for number, (id_, score) in numbered:
            if score <= highest:  # mixing only takes away, so that none of those behind can be higher
                break
            mixed = score * (1 - MIXING * self._share(self.tags(id_)))
            if mixed > highest:
                best, highest = number, mixed
        return best

    def _share(self, tags: frozenset[str]) -> float:
        """The share of the list that has these tags, each tag by itself; 0 without tags."""
        if not tags or not self._tags:
            return 0.0
        return sum(len(tags & others) for others in self._tags) / len(tags) / len(self._tags)
