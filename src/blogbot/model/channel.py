"""What posts are sorted by, and by what it shows that one has changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class LabelKind(StrEnum):
    TAG = "tag"
    AUTHOR = "author"


class Label(NamedTuple):
    """A tag that an editor gave, or an author, by slug."""

    kind: LabelKind
    slug: str


class Window(NamedTuple):
    """The newest posts with a label, newest first, its name as the newest of them writes it, and when any of them changed last."""

    name: str
    ids: tuple[int, ...]
    updated: datetime


Stamp = tuple[int, int]
"""How a post stands: its revision, which grows when it changes, and its kin, which grows when the list of its related ones does.

There is one for each post, and they are often made: a kind of tuple of its own would take three times as long.
"""


class Standing(NamedTuple):
    """How everything stands that feeds show: by comparing two of them, one knows what has to be looked at.

    `stamps` are those of all posts by id, the oldest first. `sizes` count the posts of each label; suggested tags are none. By
    `departures` one knows when a post last left a label, or with None the blog: it was withdrawn, or has the label no more.
    `dates` differs when events do, or which of their dates are still to come.
    """

    stamps: Mapping[int, Stamp]
    sizes: Mapping[Label, int]
    departures: Mapping[Label | None, datetime]
    dates: str
