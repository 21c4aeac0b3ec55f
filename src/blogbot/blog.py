"""The questions that people ask: what is new, what is there on a topic, what goes with it, what comes next.

Reads the store and nothing else; knows nothing of chats, messages or pages. Whoever asks decides how the answer looks.
"""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Protocol, TypeVar

from blogbot.clock import Clock
from blogbot.errors import NotFoundError
from blogbot.model import Author, Event, Found, Label, Occurrence, Page, Post, Related, Tag
from blogbot.store import Transaction
from blogbot.text import address_key, slug, tag_slug

_PAGE = 100

Labelled = TypeVar("Labelled", Tag, Author)


class Readable(Protocol):
    """The store, as far as it is needed here."""

    def read(self) -> AbstractAsyncContextManager[Transaction]: ...


class Blog:
    """Answers about posts, tags and events, each from one reading transaction."""

    def __init__(self, store: Readable, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def now(self) -> datetime:
        """The instant that answers are given at."""
        return self._clock.now()

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[Blog]:
        """The blog as it stands at one moment, for one task that asks more than once: all in one transaction.

        Whoever waits for another answer meanwhile keeps a connection from those who wait for one.
        """
        async with self._store.read() as tx:
            yield Blog(_Moment(tx), self._clock)

    async def latest(self, limit: int = 10, offset: int = 0) -> Page[Post]:
        """The newest posts first."""
        async with self._store.read() as tx:
            return await tx.posts.latest(limit, offset)

    async def posts(self, ids: Sequence[int]) -> dict[int, Post]:
        """The whole posts with these ids, by id; those that are not there any more are missing."""
        async with self._store.read() as tx:
            return await tx.posts.many(ids)

    async def tags(self) -> list[tuple[Tag, int]]:
        """The editors' tags with how many posts carry each, most used first."""
        async with self._store.read() as tx:
            return await tx.posts.tags()

    async def tag(self, name: str) -> Tag:
        """The tag with this name or slug, in whatever spelling; raises NotFoundError that names the nearest ones."""
        async with self._store.read() as tx:
            wanted = tag_slug(name)
            # What was taken in before signs were heeded has a slug without them.
            found = await tx.posts.tag(wanted) or await tx.posts.tag(slug(name))
            if found is not None:
                return found
            near = _near(wanted, [tag for tag, _ in await tx.posts.tags()])
        advice = f"did you mean {' or '.join(tag.name for tag in near)}?" if near else "`blogbot tags` lists them all."
        raise UnknownTagError(f"No tag is called {name.strip()[:80]!r}; {advice}", near)

    async def by_tag(self, tag_slug: str, limit: int = 10, offset: int = 0) -> Page[Post]:
        """The newest posts that carry a tag."""
        async with self._store.read() as tx:
            return await tx.posts.by_tag(tag_slug, limit, offset)

    async def author(self, name: str) -> Author:
        """The author with this name or slug, in whatever spelling; raises NotFoundError that names the nearest ones."""
        async with self._store.read() as tx:
            wanted = slug(name)
            found = await tx.posts.author(wanted)
            if found is not None:
                return found
            near = _near(wanted, [author for author, _ in await tx.posts.authors()])
        advice = f" Did you mean {' or '.join(author.name for author in near)}?" if near else ""
        raise UnknownAuthorError(f"No author is known as {name.strip()[:80]!r}.{advice}", near)

    async def authors(self) -> list[tuple[Author, int]]:
        """Every author with the number of their posts, those who wrote most first."""
        async with self._store.read() as tx:
            return await tx.posts.authors()

    async def by_author(self, author_slug: str, limit: int = 10, offset: int = 0) -> Page[Post]:
        """The newest posts of an author."""
        async with self._store.read() as tx:
            return await tx.posts.by_author(author_slug, limit, offset)

    async def selected(self, tag_slugs: Sequence[str], author_slugs: Sequence[str], limit: int) -> list[Post]:
        """The newest posts that have all these tags and were written by any of these authors; none of either asks for nothing."""
        async with self._store.read() as tx:
            return await tx.posts.selected(tag_slugs, author_slugs, limit)

    async def stamp(self) -> tuple[int, ...]:
        """Differs when the posts, or what is related to them, differ."""
        async with self._store.read() as tx:
            return await tx.posts.stamp()

    async def departures(self) -> dict[Label | None, datetime]:
        """When a post last left each tag and author, and for None the blog: it was withdrawn, or has the label no more."""
        async with self._store.read() as tx:
            return await tx.posts.departures()

    async def search(self, query: str, limit: int = 10, offset: int = 0) -> Found[Post]:
        """The posts that hold all the words, else those that hold some; best first."""
        async with self._store.read() as tx:
            return await tx.posts.search(query, limit, offset)

    async def post(self, name: str | int) -> Post:
        """The post with this id (int), slug or address; raises NotFoundError."""
        async with self._store.read() as tx:
            found = await _post(tx, name)
            gone = None if found or isinstance(name, int) else await tx.posts.withdrawn(name, address_key(name))
        if gone is not None:
            raise WithdrawnError(f"The post {gone[:200]!r} was withdrawn; `blogbot latest` lists what is there.", gone)
        if found is None:
            raise NotFoundError(
                f"No post is known as {str(name)[:200]!r}; `blogbot latest` and `blogbot search WORDS` find posts."
            )
        return found

    async def gone_title(self, post_id: int) -> str:
        """The title of a post that was withdrawn; "" where there is none."""
        async with self._store.read() as tx:
            return await tx.posts.gone_title(post_id)

    async def tag_vanished(self, tag_slug: str) -> bool:
        """Whether this tag was used once, and no post and no event has it now."""
        async with self._store.read() as tx:
            return await tx.posts.tag_vanished(tag_slug)

    async def author_vanished(self, author_slug: str) -> bool:
        """Whether all posts of this author are gone; False where there was none."""
        async with self._store.read() as tx:
            return await tx.posts.author_vanished(author_slug)

    async def related(self, post: Post, limit: int = 5) -> list[Related]:
        """What belongs beside a post, best first."""
        async with self._store.read() as tx:
            return await tx.posts.related(post.id, limit)

    async def relatives(self, ids: Sequence[int], limit: int = 5) -> dict[int, list[Related]]:
        """For each of these posts that has any, by its id, what belongs beside it, best first; the others without their texts."""
        async with self._store.read() as tx:
            lists = await tx.posts.lists(ids, limit)
            others = await tx.posts.outlines([other for those in lists.values() for other, _, _ in those])
        return {
            post_id: [Related(others[other], origin, score) for other, origin, score in those if other in others]
            for post_id, those in lists.items()
        }

    async def every_related(self, limit: int = 5) -> AsyncIterator[tuple[Post, list[Related]]]:
        """Every post, newest first, without its text, and what belongs beside it; a page at a time, so that memory stays small."""
        async with self._store.read() as tx:
            ids = list(reversed(await tx.posts.stamps()))
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE]
            async with self._store.read() as tx:
                posts = await tx.posts.outlines(page)
            lists = await self.relatives(page, limit)
            for post_id in page:
                if post_id in posts:
                    yield posts[post_id], lists.get(post_id, [])

    async def next(self) -> Occurrence | None:
        """The next event that is not over yet, or None."""
        async with self._store.read() as tx:
            page = await tx.events.upcoming(self._clock.now(), 1, 0)
        return page.items[0] if page.items else None

    async def last(self) -> Occurrence | None:
        """The newest event that is over, or None."""
        async with self._store.read() as tx:
            page = await tx.events.past(self._clock.now(), 1, 0)
        return page.items[0] if page.items else None

    async def upcoming(self, limit: int = 10, offset: int = 0) -> Page[Occurrence]:
        """What is planned, soonest first."""
        async with self._store.read() as tx:
            return await tx.events.upcoming(self._clock.now(), limit, offset)

    async def agenda(self, limit: int = 10, offset: int = 0, tag_slug: str = "") -> Page[Occurrence]:
        """What is planned, each event once; before its next date the one that was cancelled, for those who look whether it is on."""
        async with self._store.read() as tx:
            return await tx.events.agenda(self._clock.now(), limit, offset, tag_slug)

    async def coming(self, of: Iterable[Event], most: int) -> dict[int, list[Occurrence]]:
        """The next dates of these events, by the event's id, at most so many of each; also cancelled ones."""
        async with self._store.read() as tx:
            return await tx.events.coming(of, self._clock.now(), most)

    async def past(self, limit: int = 10, offset: int = 0, tag_slug: str = "") -> Page[Occurrence]:
        """What is over, newest first; with `tag_slug`, only of events with this tag."""
        async with self._store.read() as tx:
            return await tx.events.past(self._clock.now(), limit, offset, tag_slug)

    async def between(self, after: datetime, before: datetime) -> list[Occurrence]:
        """What is planned or was within [after, before), soonest first; also what began before or ends later, or was cancelled."""
        async with self._store.read() as tx:
            return await tx.events.between(after, before)

    async def span(self) -> tuple[datetime, datetime] | None:
        """When the first of all known dates begins, and when the last one ends; None where there are none."""
        async with self._store.read() as tx:
            return await tx.events.span()

    async def event_tags(self) -> list[tuple[Tag, int]]:
        """The tags of events, by slug, and how many events have each."""
        async with self._store.read() as tx:
            return await tx.events.tagged()

    async def events(self) -> list[Event]:
        """Every event, as the calendar holds it."""
        async with self._store.read() as tx:
            return await tx.events.all()

    async def event(self, name: int | str) -> Event:
        """The event with this id (int) or UID; raises NotFoundError."""
        async with self._store.read() as tx:
            found = await (tx.events.by_id(name) if isinstance(name, int) else tx.events.by_uid(name))
        if found is None:
            raise NotFoundError(f"No event is known as {str(name)[:200]!r}; `blogbot events` lists them.")
        return found

    async def occurrence(self, occurrence_id: int) -> Occurrence:
        """One date of an event; raises NotFoundError where it is not planned any more."""
        async with self._store.read() as tx:
            found = await tx.events.occurrence(occurrence_id)
        if found is None:
            raise NotFoundError("This date is not planned any more; `blogbot events` lists what is.")
        return found

    async def next_of(self, event: Event) -> Occurrence | None:
        """The next date of an event, else its last one, else None."""
        async with self._store.read() as tx:
            return await tx.events.next_of(event.id, self._clock.now())


class _Moment:
    """One transaction for whoever reads."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        yield self._tx


class UnknownTagError(NotFoundError):
    """No tag has this name. `near` holds the tags with the most similar ones, best first."""

    def __init__(self, message: str, near: list[Tag]) -> None:
        super().__init__(message)
        self.near = near


class UnknownAuthorError(NotFoundError):
    """Nobody of this name wrote anything that is there. `near` holds the authors with the most similar names, best first."""

    def __init__(self, message: str, near: list[Author]) -> None:
        super().__init__(message)
        self.near = near


class WithdrawnError(NotFoundError):
    """The post with this name was withdrawn. `title` is what it was called."""

    def __init__(self, message: str, title: str) -> None:
        super().__init__(message)
        self.title = title


async def _post(tx: Transaction, name: str | int) -> Post | None:
    if isinstance(name, int):
        return await tx.posts.by_id(name)
    return await tx.posts.by_slug(name) or await tx.posts.by_address(address_key(name))


def _near(wanted: str, known: list[Labelled]) -> list[Labelled]:
    by_slug = {one.slug: one for one in known}
    within = [one for one in known if len(wanted) >= 3 and wanted in one.slug]
    close = [by_slug[match] for match in difflib.get_close_matches(wanted, by_slug, n=3, cutoff=0.6)]
    return list(dict.fromkeys(within + close))[:3]
