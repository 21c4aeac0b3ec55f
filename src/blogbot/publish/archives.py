"""Which posts are in which archive (RFC 5005, 4), and which are still in the feed itself.

Pure. An archive gets its posts once; from then on it only loses those that are withdrawn. A post that is edited afterwards is in
the feed once more, and then in another archive: of two versions readers take the newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

SIZE = 50
"""How many posts an archive gets. The feed holds at least so many, and fewer than twice as many."""


def revised(known: Sequence[Sequence[int]], shown: Collection[int], changed: Collection[int]) -> set[int]:
    """The posts of archives that belong into the feed too: those that are `shown` there, and what has `changed` since.

    Where more change at once than anybody edits, it is how the site is written, and nothing to tell people of.
    """
    archived = set(chain.from_iterable(known))
    anew = archived.intersection(changed)
    return archived.intersection(shown) | (anew if len(anew) <= SIZE else set())


def divide(
    known: Sequence[Sequence[int]], ids: Sequence[int], again: Collection[int] = ()
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """The archives, the first the oldest, and the posts of the feed; each newest first.

    `known` are the archives so far, `ids` all posts, the oldest first, `again` those of archives that were edited since.
    """
    present = set(ids)
    # Nearly always all are there still.
    archives = [tuple(one) if present.issuperset(one) else tuple(filter(present.__contains__, one)) for one in known]
    put = set(chain.from_iterable(archives)).difference(again)
    left = [post_id for post_id in ids if post_id not in put]
    full = (len(left) - SIZE) // SIZE if len(left) >= 2 * SIZE else 0
    archives += [tuple(reversed(left[start * SIZE : (start + 1) * SIZE])) for start in range(full)]
    return archives, tuple(reversed(left[full * SIZE :]))
