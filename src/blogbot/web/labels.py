"""The topics and authors that pages lead to, with how much each holds: counted again only where posts or events changed since.

Counting goes through what all posts have, and almost every page shows some of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from blogbot.blog import Blog
from blogbot.model import Author, Tag
from blogbot.web.kept import Answer, Answers, Standing

T = TypeVar("T")

ROOM = 2**20
"""More than the names of what is counted take: all of it is kept, whatever its size."""


class Labels:
    """What the blog counts, in its order."""

    def __init__(self, blog: Blog, standing: Standing) -> None:
        self._blog = blog
        self._counted: Answers[Any] = Answers(ROOM, standing, blog.now)

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
        async def counted() -> Answer[T]:
            return Answer(await count(), size=0)

        found: T = await self._counted.once((name,), counted)
        return found
