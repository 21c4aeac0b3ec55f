"""Whether two posts say the same: a reprint, or one corrected under another address, is no related article.

They are compared by the word pairs that they have. What many posts say, such as the frame of a weekly notice, counts for
little, so that what differs in it tells them apart. It must not know posts.
"""

from __future__ import annotations

from collections.abc import Callable, Set

TOO_SHORT = 8
"""Of texts with fewer pairs nobody can say it."""

LONG = 24
"""From so many pairs on, half of all is enough; the fewer there are, the more of them must be the same."""


def is_copy(one: Set[int], other: Set[int], worth: Callable[[int], float]) -> bool:
    """Whether two posts with these pairs are the same to read; `worth` is what a pair says, the more the rarer it is."""
    fewer, more = sorted((len(one), len(other)))
    if fewer < TOO_SHORT:
        return False
    needed = 1 - 0.5 * min(1.0, (fewer - TOO_SHORT) / (LONG - TOO_SHORT))
    if fewer < needed * more:
        return False
    shared = one & other
    if len(shared) < needed * (fewer + more - len(shared)):
        return False
    same, apart = sum(map(worth, shared)), sum(map(worth, one ^ other))
    return same >= needed * (same + apart)
