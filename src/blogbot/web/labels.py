"""The topics and authors that pages lead to, with how much each holds: counted again only where posts or events changed since.

Counting goes through what all posts have, and almost every page shows some of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from blogbot.blog import Blog
from blogbot.model import Author, Tag
from blogbot.web.kept import Standing

T = TypeVar("T")


class Labels:
    """What the blog counts, in its order."""

    def __init__(self, blog: Blog, standing: Standing) -> None:
        self._blog = blog
        self._standing = standing
        self._counted: dict[str, tuple[Hashable, Any]] = {}

    async def tags(self) -> list[tuple[Tag, int]]:
        """The editors' tags with how many posts carry each, most used first."""
        return await self._once("tags", self._blog.tags)

    async def authors(self) -> list[tuple[Author, int]]:
        """Every author with the number of their posts, those who wrote most first."""
        return await self._once("authors", self._blog.authors)

    async def event_tags(self) -> list[tuple[Tag, int]]:
        """The tags of events, by slug, and how many events have each."""
        return await self._once("event tags", self._blog.event_tags)

    async def _once(self, name: str, count: Callable[[], Awaitable[T]]) -> T:
        standing = self._standing()
        before = self._counted.get(name)
        if before is not None and standing is not None and before[0] == standing:
            known: T = before[1]
            return known
        found = await count()
        self._counted[name] = (standing, found)
        return found
