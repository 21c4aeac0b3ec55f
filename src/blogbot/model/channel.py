"""What posts are sorted by, and by what it shows that one has changed."""

from __future__ import annotations

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
    """The newest posts with a label, newest first, and its name as the newest of them writes it."""

    name: str
    ids: tuple[int, ...]


class Stamp(NamedTuple):
    """A post as it stands: `revision` grows when it changes, `kin` when the list of its related ones does."""

    post_id: int
    revision: int
    kin: int
