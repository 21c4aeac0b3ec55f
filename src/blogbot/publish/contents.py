"""What publishing asks of whoever keeps posts and events. It is asked a little at a time: nobody holds all posts at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from blogbot.model import Event, Label, Occurrence, Post, Related, Site, Standing, Window


class Contents(Protocol):
    """Posts by id. What is gone since it was last heard of is missing in answers, and comes back as a change next time.

    The HTML was sanitised when it came in (`text.sanitise`); feeds add to it and pass it on.
    """

    @property
    def site(self) -> Site: ...

    def standing(self) -> Standing:
        """How everything stands now: asked first, and once."""

    def windows(self, labels: Collection[Label]) -> Mapping[Label, Window]:
        """The newest posts with each of these labels, at most `NEWEST`."""

    def labels(self, ids: Collection[int]) -> set[Label]:
        """The labels that any of these posts has."""

    def updated(self, ids: Collection[int]) -> Mapping[int, datetime]:
        """When each of these posts changed last."""

    def naming(self, ids: Collection[int]) -> set[int]:
        """The posts that show any of these among their related ones."""

    def articles(self, ids: Collection[int]) -> Mapping[int, tuple[Post, Sequence[Related]]]:
        """These posts as a whole, each with what belongs beside it, best first."""

    def outlines(self, ids: Collection[int]) -> Mapping[int, Post]:
        """These posts, perhaps without their texts and summaries."""

    def events(self) -> Sequence[Event]:
        """Every event, past ones too."""

    def occurrences(self) -> Sequence[Occurrence]:
        """The upcoming dates, in any order."""
