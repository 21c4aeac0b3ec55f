"""What publishing asks of whoever keeps posts and events. It is asked a little at a time: nobody holds all posts at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from blogbot.model import Event, Label, Occurrence, Post, Related, Site, Stamp, Window


class Contents(Protocol):
    """Posts by id. What is gone since it was last heard of is missing in answers, and comes back as a change next time.

    The HTML was sanitised when it came in (`text.sanitise`); feeds add to it and pass it on.
    """

    @property
    def site(self) -> Site: ...

    def stamps(self) -> Sequence[Stamp]:
        """How every post stands, the oldest first."""

    def sizes(self) -> Mapping[Label, int]:
        """How many posts each label has. Suggested tags are none."""

    def windows(self, labels: Collection[Label]) -> Mapping[Label, Window]:
        """The newest posts with each of these labels, at most `NEWEST`."""

    def labels(self, ids: Collection[int]) -> set[Label]:
        """The labels that any of these posts has."""

    def updated(self, ids: Collection[int]) -> Mapping[int, datetime]:
        """When each of these posts changed last."""

    def departures(self) -> Mapping[Label | None, datetime]:
        """When a post last left each label, and for None the blog: it was withdrawn, or has the label no more."""

    def naming(self, ids: Collection[int]) -> set[int]:
        """The posts that show any of these among their related ones."""

    def posts(self, ids: Collection[int]) -> Mapping[int, Post]:
        """These posts as a whole."""

    def outlines(self, ids: Collection[int]) -> Mapping[int, Post]:
        """These posts, perhaps without their texts and summaries."""

    def related(self, ids: Collection[int]) -> Mapping[int, Sequence[Related]]:
        """What belongs beside each of these posts, best first."""

    def dates(self) -> str:
        """Differs when `events` or `occurrences` do."""

    def events(self) -> Sequence[Event]:
        """Every event, past ones too."""

    def occurrences(self) -> Sequence[Occurrence]:
        """The upcoming dates, in any order."""
