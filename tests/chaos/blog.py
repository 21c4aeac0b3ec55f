"""The organisation's blog: a folder of Markdown, into which posts and events are written while the app looks at it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blogbot.config import SourceSettings


class Blog:
    """Posts are called "Post 1", "Post 2" ..., events "Event 1" ...; `begins` are the events' starts (Unix), by number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "blog"
        self.folder.mkdir(parents=True)
        self.posts = 0
        self.begins: dict[int, float] = {}
        self._draft = folder / "draft"
        self.source = SourceSettings(location=str(self.folder), kind="markdown", interval=1)
        self._write("about.md", "title: About\ndate: 2020-01-01", "Old.")

    def post(self) -> None:
        self.posts += 1
        self._write(
            f"post-{self.posts}.md", f"title: Post {self.posts}\ndate: {datetime.now(UTC).isoformat()}", "Text of it."
        )

    def event(self, begins_in: float) -> None:
        number = len(self.begins) + 1
        starts = (datetime.now(UTC) + timedelta(seconds=begins_in)).replace(microsecond=0)
        self.begins[number] = starts.timestamp()
        front = f"date: {starts.isoformat()}\nend_date: {(starts + timedelta(hours=1)).isoformat()}"
        self._write(f"event-{number}.md", f"title: Event {number}\n{front}", "Come.")

    def _write(self, name: str, front: str, text: str) -> None:
        """By rename, as a look may come in the middle."""
        self._draft.write_text(f"---\n{front}\n---\n{text}\n")
        os.replace(self._draft, self.folder / name)
