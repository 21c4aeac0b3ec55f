"""Which posts are in which archive (RFC 5005, 4), and which are still in the feed itself.

Pure. An archive gets its posts once; from then on it only loses those that are withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

SIZE = 50
"""How many posts an archive gets. The feed holds at least so many, and fewer than twice as many."""


def divide(known: Sequence[Sequence[int]], ids: Sequence[int]) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """The archives, the first the oldest, and the posts of the feed; each newest first.

    `known` are the archives so far, `ids` all posts, the oldest first.
    """
    present = set(ids)
    archives = [tuple(post_id for post_id in one if post_id in present) for one in known]
    put = set(chain.from_iterable(archives))
    left = [post_id for post_id in ids if post_id not in put]
    full = (len(left) - SIZE) // SIZE if len(left) >= 2 * SIZE else 0
    archives += [tuple(reversed(left[start * SIZE : (start + 1) * SIZE])) for start in range(full)]
    return archives, tuple(reversed(left[full * SIZE :]))
