"""The similarity index: posts by their terms, held small, asked in two steps.

First the words and tags: an inverted index gives the posts that share the strongest of them. Then the word pairs, which tell
a shared subject from shared words, are compared for the best of those only: there are too many to keep an index of, so each
post keeps the hashes of its own, and one table counts in how many posts each occurs. It knows numbers and terms, no posts.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from heapq import nlargest
from itertools import repeat
from operator import mul
from sys import intern
from zlib import crc32

from blogbot.model import Origin
from blogbot.related.copies import is_copy
from blogbot.related.shortlist import Neighbour, Shortlist
from blogbot.related.steps import steps, walked
from blogbot.related.vocabulary import is_pair

STRONGEST = 80  # a post is looked up by so many of its words and tags; the rest adds little but time
POSTINGS = 40_000  # and no further word is looked up once so many postings were read, so that time stays bounded
CANDIDATES = 40  # so many are compared by their word pairs too
RESERVE = 400  # and so many more follow by their words alone, for a list that leaves out copies and mixes tags
REACH = 100  # so many neighbours of a new post are looked at, whether it enters their lists
LISTED = 10  # how long the lists are that somebody keeps
MARGIN = 0.7  # a post enters a list from so much of its last score on: what terms are worth has moved since
NEARNESS_DAYS = 365.0  # two posts of one day count double, and that fades with this time constant
EVENNESS = 0.1  # how far lengths are drawn to their mean; at 1 long posts would win all, at 0 very short ones
LINKED_HERE = 0.5  # what a link from the other post is worth at least; mere likeness hardly ever is as much
REFRESH = 0.1  # lengths are worked out anew when the number of posts has changed by so much
FEW = 50  # while there are so few posts, at every change
COMMON = 0.8  # a tag that more posts than this share have tells no topic
SMOOTHING = 10  # among few posts nobody can say yet what all of them repeat

_COUNT_BITS = 4
_MOST = (1 << _COUNT_BITS) - 1
_LOGS = [0.0, *(1 + math.log(count) for count in range(1, _MOST + 1))]
_PAIR_BITS = 20
_PAIRS = 1 << _PAIR_BITS
_SHORT = 0xFFFF  # up to so many posts, two bytes hold a count of them
_FIRST_DAY = datetime(1990, 1, 1, tzinfo=UTC)
_DAYS = 40_000


@dataclass(frozen=True, slots=True)
class Document:
    """A post as the index needs it. `terms` is what `terms()` gave; `published` is aware.

    `links` are the ids of the posts that its text points to, `pins` those that its editor named as related, in order;
    unknown ones wait until they come.
    """

    id: int
    terms: Mapping[str, int]
    published: datetime
    links: tuple[int, ...] = ()
    pins: tuple[int, ...] = ()


@dataclass(slots=True)
class _Entry:
    """A post in the index, its words and pairs as steps. The first `pinned` of its links are its editor's."""

    id: int
    word_steps: array[int]
    pair_steps: array[int]
    tags: tuple[str, ...]
    links: tuple[int, ...]
    pinned: int = 0

    @property
    def words(self) -> Iterator[int]:
        """A term's number and count in one integer each."""
        return walked(self.word_steps)

    @property
    def pairs(self) -> Iterator[int]:
        """The pairs' hashes."""
        return walked(self.pair_steps)


class Index:
    """Posts by their terms.

    Every answer is worked out from what the index holds at that moment, so it is always current. What terms are worth drifts
    as posts come; a list that somebody keeps is therefore right for the time it was asked for, and `affected` names those
    that one post changes enough to ask again.
    """

    def __init__(self) -> None:
        self._slots: dict[int, int] = {}
        self._entries: list[_Entry | None] = []
        self._free: list[int] = []
        self._days = array("i")
        self._inverse = array("d")  # 1 / length of each post, 0 for a free slot
        self._floors = array("d")  # the score of the tenth in each post's last list, 0 where there was none
        self._refreshed = 0  # how many posts there were when all the lengths were worked out
        self._mean = 0.0
        self._worth: list[float] = []
        self._numbers: dict[str, int] = {}
        self._postings: list[array[int]] = []
        self._pair_counts = array("H", bytes(2 * _PAIRS))
        self._linking: dict[int, set[int]] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, id: object) -> bool:
        return id in self._slots

    def add(self, document: Document) -> None:
        """Takes `document` in, in place of what was there under its id."""
        self.remove(document.id)
        slot = self._free.pop() if self._free else self._new_slot()
        entry = _Entry(
            document.id,
            steps(self._number(term) << _COUNT_BITS | min(count, _MOST) for term, count in _words(document.terms)),
            steps(_hashes(document.terms)),
            tuple(intern(term) for term in document.terms if term.startswith("#")),  # many posts share few
            (),
        )
        self._slots[document.id] = slot
        self._entries[slot] = entry
        self._days[slot] = min(max((document.published - _FIRST_DAY).days, 0), _DAYS - 1)
        for packed in entry.words:
            self._postings[packed >> _COUNT_BITS].append(slot << _COUNT_BITS | packed & _MOST)
        for pair in entry.pairs:
            self._pair_counts[pair] += 1
        if len(self._slots) <= FEW or not self._mean:
            self._refreshed = -1  # among so few, one post taken in place of another changes what all terms are worth
        self._inverse[slot] = 0.0 if self._stale() else self._inverse_of(self._length(entry))
        self.relink(document.id, document.links, document.pins)

    def remove(self, id: int) -> None:
        """Forgets a post; one that is not there is no error."""
        if id not in self._slots:
            return
        self.relink(id, ())
        slot = self._slots.pop(id)
        entry = self._entry(slot)
        for packed in entry.words:
            self._postings[packed >> _COUNT_BITS].remove(slot << _COUNT_BITS | packed & _MOST)
        for pair in entry.pairs:
            self._pair_counts[pair] -= 1
        self._entries[slot] = None
        self._inverse[slot] = self._floors[slot] = 0.0
        self._free.append(slot)

    def relink(self, id: int, links: tuple[int, ...], pins: tuple[int, ...] = ()) -> None:
        """Puts other links and pins in place of a post's; an unknown post is no error."""
        slot = self._slots.get(id)
        if slot is None:
            return
        entry = self._entry(slot)
        for other in entry.links:
            linking = self._linking[other]
            linking.discard(id)
            if not linking:
                del self._linking[other]
        pinned = dict.fromkeys(other for other in pins if other != id)
        entry.links = tuple(pinned | dict.fromkeys(other for other in links if other != id))
        entry.pinned = len(pinned)
        for other in entry.links:
            self._linking.setdefault(other, set()).add(id)

    def related(self, id: int, limit: int = 10) -> list[Neighbour]:
        """The posts that belong beside `id`, best first, at most `limit`, never `id` itself; [] for an unknown id.

        First those that are pinned to it, then those it links to, in order, with score 1; then those that are alike, with a
        bonus for a link to this one. But for pins there is no copy of this post among them, nor two of one another.
        """
        slot = self._slots.get(id)
        if slot is None:
            return []
        entry = self._entry(slot)
        alike = [item for item in self._alike_to(slot, max(CANDIDATES, limit + 1), RESERVE) if item[0] != id]
        self._floors[slot] = alike[LISTED - 1][1] if len(alike) >= LISTED else 0.0
        scores = dict(alike)
        for other in self._linking.get(id, ()):
            scores[other] = LINKED_HERE + (1 - LINKED_HERE) * scores.get(other, 0.0)
        there = [other for other in entry.links if other in self._slots]
        pinned = there[: sum(other in self._slots for other in entry.links[: entry.pinned])]
        shortlist = Shortlist(id, limit, cache(self._telling_tags), self._prints, self._is_copy)
        shortlist.pin(pinned)
        shortlist.link(there)
        shortlist.fill(scores.items())
        return shortlist.neighbours

    def similar(self, terms: Mapping[str, int], published: datetime | None = None, limit: int = 10) -> list[Neighbour]:
        """The posts that are most like a text that need not be in the index; without `published`, of whatever time."""
        if self._stale():
            self._refresh()
        words = ((self._numbers[term], count) for term, count in _words(terms) if term in self._numbers)
        entry = _Entry(
            0,
            steps(number << _COUNT_BITS | min(count, _MOST) for number, count in words),
            steps(_hashes(terms)),
            (),
            (),
        )
        day = None if published is None else min(max((published - _FIRST_DAY).days, 0), _DAYS - 1)
        found = self._alike(entry, day, self._inverse_of(self._length(entry)), max(CANDIDATES, limit))
        return [Neighbour(id, Origin.COMPUTED, score) for id, score in found[:limit]]

    def affected(self, id: int) -> set[int]:
        """The posts whose lists may change because `id` was added or changed, or is about to be removed: `id` too.

        These are those that a link joins with it, and of the nearest ones those whose last list it is near enough to enter,
        or that were not asked for their list yet.
        """
        slot = self._slots.get(id)
        if slot is None:
            return set(self._linking.get(id, ()))
        entry = self._entry(slot)
        near = self._alike_to(slot, REACH + 1)
        entered = (other for other, score in near if score >= MARGIN * self._floors[self._slots[other]])
        linked = (other for other in entry.links if other in self._slots)
        return {id, *linked, *self._linking.get(id, ()), *entered}

    def tags(self, id: int) -> tuple[str, ...]:
        """The tag terms of a post."""
        slot = self._slots.get(id)
        return () if slot is None else self._entry(slot).tags

    def frequency(self, term: str) -> int:
        """In how many posts a word or a tag stands; for a pair, at least in how many."""
        if is_pair(term):
            return self._pair_counts[crc32(term.encode()) % _PAIRS]
        number = self._numbers.get(term)
        return 0 if number is None else len(self._postings[number])

    # --- What a list is made by --------------------------------------------------------------------------------------

    def _telling_tags(self, id: int) -> frozenset[str]:
        most = COMMON * len(self._slots)
        return frozenset(tag for tag in self.tags(id) if self.frequency(tag) <= most)

    def _prints(self, id: int) -> frozenset[int]:
        return frozenset(self._entry(self._slots[id]).pairs)

    def _is_copy(self, one: Set[int], other: Set[int]) -> bool:
        return is_copy(one, other, self._rarity)

    def _rarity(self, pair: int) -> float:
        return math.log((len(self._slots) + SMOOTHING) / self._pair_counts[pair]) ** 2

    # --- Likeness ----------------------------------------------------------------------------------------------------

    def _alike_to(self, slot: int, count: int, reserve: int = 0) -> list[tuple[int, float]]:
        if self._stale():
            self._refresh()
        return self._alike(self._entry(slot), self._days[slot], self._inverse[slot], count, reserve)

    def _alike(
        self, entry: _Entry, day: int | None, inverse: float, count: int, reserve: int = 0
    ) -> list[tuple[int, float]]:
        """The `count` posts most like `entry`, as ids with scores from 0 to 1, best first; `entry` itself may be among them.

        The `reserve` next are compared by words and tags alone.
        """
        near = repeat(2.0) if day is None else map(_fade().__getitem__, map((-day).__add__, self._days))
        factors = list(map(mul, self._inverse, near))
        scored = zip(map(mul, self._by_words(entry), factors), range(len(factors)), strict=True)
        first = nlargest(count + reserve, scored)
        worths = self._worths()
        worth = {pair: worths[self._pair_counts[pair]] ** 2 for pair in entry.pairs if self._pair_counts[pair] > 1}
        pairs = set(worth)
        scores = []
        for number, (by_words, slot) in enumerate(first):
            if by_words <= 0.0:
                break
            other = self._entry(slot)
            shared = pairs.intersection(other.pairs) if number < count else ()
            score = by_words + sum(map(worth.__getitem__, shared)) * factors[slot]
            scores.append((other.id, min(1.0, score * inverse / 2)))
        return sorted(scores, key=lambda item: (-item[1], -item[0]))

    def _by_words(self, entry: _Entry) -> list[float]:
        """For every slot, what its words and tags have in common with the strongest of `entry`'s."""
        worths, postings = self._worths(), self._postings
        numbers = [packed >> _COUNT_BITS for packed in entry.words]
        weights = [_LOGS[packed & _MOST] * worths[len(postings[packed >> _COUNT_BITS])] for packed in entry.words]
        scores = [0.0] * len(self._entries)
        read = 0
        for weight, number in nlargest(STRONGEST, zip(weights, numbers, strict=True)):
            if weight <= 0.0 or read > POSTINGS:
                break
            read += len(postings[number])
            factor = weight * worths[len(postings[number])]
            parts = [factor * log for log in _LOGS]
            for packed in postings[number]:
                scores[packed >> _COUNT_BITS] += parts[packed & _MOST]
        return scores

    def _worths(self) -> list[float]:
        """By the number of posts that a term stands in, what it says: the rarer, the more; in one alone, it joins nothing."""
        posts = len(self._slots)
        if len(self._worth) != posts + 2:
            self._worth = [0.0, 0.0, *(math.log((posts + 1) / count) for count in range(2, posts + 2))]
        return self._worth

    # --- Lengths -----------------------------------------------------------------------------------------------------

    def _length(self, entry: _Entry) -> float:
        worths, postings, pairs = self._worths(), self._postings, self._pair_counts
        words = sum(
            (_LOGS[packed & _MOST] * worths[len(postings[packed >> _COUNT_BITS])]) ** 2 for packed in entry.words
        )
        return math.sqrt(words + sum(worths[pairs[pair]] ** 2 for pair in entry.pairs))

    def _inverse_of(self, length: float) -> float:
        """1 / length, drawn to the mean. A post that shared no term with any so far counts as one of mean length."""
        length = EVENNESS * self._mean + (1 - EVENNESS) * (length or self._mean)
        return 1 / length if length else 0.0

    def _stale(self) -> bool:
        change = abs(len(self._slots) - self._refreshed)
        rarely = self._refreshed > FEW and self._mean > 0.0
        return change > (REFRESH * self._refreshed if rarely else 0)

    def _refresh(self) -> None:
        """Works out all lengths by what terms are worth now; a tenth more or fewer posts hardly changes them."""
        lengths = {slot: self._length(self._entry(slot)) for slot in self._slots.values()}
        self._mean = sum(lengths.values()) / max(1, len(lengths))
        for slot, length in lengths.items():
            self._inverse[slot] = self._inverse_of(length)
        self._refreshed = len(self._slots)

    # --- Slots and numbers -------------------------------------------------------------------------------------------

    def _new_slot(self) -> int:
        if len(self._entries) == _SHORT:
            self._pair_counts = array("I", self._pair_counts)
        self._entries.append(None)
        self._days.append(0)
        self._inverse.append(0.0)
        self._floors.append(0.0)
        return len(self._entries) - 1

    def _entry(self, slot: int) -> _Entry:
        entry = self._entries[slot]
        if entry is None:
            raise LookupError(f"slot {slot} is free")
        return entry

    def _number(self, term: str) -> int:
        number = self._numbers.setdefault(term, len(self._postings))
        if number == len(self._postings):
            self._postings.append(array("I"))
        return number


def _words(terms: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return ((term, count) for term, count in terms.items() if count > 0 and not is_pair(term))


def _hashes(terms: Iterable[str]) -> set[int]:
    return {crc32(term.encode()) % _PAIRS for term in terms if is_pair(term)}


@cache
def _fade() -> array[float]:
    """By the days from one post to another, what their likeness is multiplied with: from 2 down to 1.

    Days before are counted from the end, as lists do, so that no difference has to be made between before and after.
    """
    after = [1 + math.exp(-days / NEARNESS_DAYS) for days in range(_DAYS)]
    return array("d", [*after, *reversed(after[1:])])
