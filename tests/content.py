"""A source whose content a test writes down, and short ways to say posts and events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from blogbot.errors import SourceError
from blogbot.model import Entry, EventItem, Item, Look, PostItem, Problem, Validators

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def post(slug: str, title: str = "", **more: Any) -> PostItem:
    """A post that is `MONDAY` old, with a text of its own."""
    fields: dict[str, Any] = {
        "key": f"test:{slug}",
        "title": title or slug.replace("-", " ").capitalize(),
        "html": f"<p>{slug.replace('-', ' ')} and what became of it.</p>",
        "published": MONDAY - timedelta(hours=1),
    }
    return PostItem(slug=slug, **(fields | more))


def event(uid: str, starts: datetime | date, hours: float = 1, **more: Any) -> EventItem:
    """An event in London, at a naive local time (or on a date, for all day)."""
    ends = starts + timedelta(hours=hours) if isinstance(starts, datetime) else starts + timedelta(days=1)
    fields: dict[str, Any] = {"title": uid.capitalize(), "timezone": "Europe/London", "ends": ends}
    return EventItem(uid=uid, starts=starts, **(fields | more))


class Written:
    """A source that shows what stands in `entries`: by its place, an item, several, or an error that reading raises.

    `reads` counts how often an entry was parsed.
    """

    def __init__(self, name: str = "written", *, complete: bool = True) -> None:
        self.name = name
        self.context = f"{name}\nas it is"
        self.entries: dict[str, Item | Sequence[Item] | SourceError] = {}
        self.problems: list[Problem] = []
        self.complete = complete
        self.etag = ""
        self.since: list[Validators] = []
        self.reads = 0

    async def look(self, since: Validators) -> Look:
        self.since.append(since)
        if self.etag and self.etag == since.etag:
            return Look(entries=None, validators=since)
        entries = [self._entry(where) for where in self.entries]
        return Look(entries, complete=self.complete, validators=Validators(etag=self.etag), problems=self.problems)

    def show(self, **items: Item | Sequence[Item] | SourceError) -> Written:
        """Adds or replaces entries; `_` in a name is read as `-`."""
        self.entries.update({name.replace("_", "-"): item for name, item in items.items()})
        return self

    def _entry(self, where: str) -> Entry:
        content = self.entries[where]

        def read() -> Sequence[Item]:
            self.reads += 1
            if isinstance(content, SourceError):
                raise content
            return [content] if isinstance(content, PostItem | EventItem) else content

        return Entry(where, hashlib.sha256(repr(content).encode()).hexdigest(), read)
