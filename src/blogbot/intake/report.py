"""What a run found, counted, with the problems it met."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from blogbot.model import Problem


class Verdict(StrEnum):
    """What an item is, beside what is kept."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class Counts:
    """How many of one kind were new, changed, unchanged; and gone, where the source is complete."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0

    def count(self, verdict: Verdict, number: int = 1) -> None:
        setattr(self, verdict.value, getattr(self, verdict.value) + number)

    @property
    def total(self) -> int:
        return self.new + self.changed + self.unchanged


@dataclass(slots=True)
class Report:
    """The outcome of one run, or of several added up."""

    posts: Counts = field(default_factory=Counts)
    events: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)

    @property
    def anything_changed(self) -> bool:
        """Whether feeds and lists differ from before."""
        return any(counts.new or counts.changed or counts.gone for counts in (self.posts, self.events))

    @property
    def nothing_read(self) -> bool:
        return not any(counts.total or counts.gone for counts in (self.posts, self.events))

    def add(self, other: Report) -> None:
        for mine, theirs in ((self.posts, other.posts), (self.events, other.events)):
            for verdict in Verdict:
                mine.count(verdict, getattr(theirs, verdict.value))
            mine.gone += theirs.gone
        self.problems.extend(other.problems)
