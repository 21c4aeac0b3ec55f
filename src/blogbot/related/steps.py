"""Ascending numbers, held as the steps from each to the next: steps are small, so that two bytes do where a number needs four."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

_LARGEST = 0xFFFF


def steps(numbers: Iterable[int]) -> array[int]:
    """These numbers, none negative and each once, in whatever order; in four bytes each where one step takes more than two."""
    found = [after - before for before, after in pairwise([0, *sorted(numbers)])]
    return array("H" if max(found, default=0) <= _LARGEST else "I", found)


def walked(taken: array[int]) -> Iterator[int]:
    """The numbers again, ascending."""
    return accumulate(taken)
