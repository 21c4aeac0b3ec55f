"""The pages that people visit: each asks the blog and hands what it hears to a template."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blogbot import text
from blogbot.blog import Blog
from blogbot.errors import NotFoundError
from blogbot.model import Event, Occurrence, Post, Site
from blogbot.web.view import View, prefix, web_link

POSTS = 10
"""Articles on one page of a list."""

_EVENTS = 50
_PAST = 10
_FURTHER = 6
_NEXT = 3
_LONGEST_QUERY = 200
_LAST_PAGE = 100_000  # offsets stay small enough for any database
_LARGEST_ID = 2**31 - 1


class Pages:
    """One method for each page."""

    def __init__(self, blog: Blog, site: Site, view: View) -> None:
        self._blog = blog
        self._site = site
        self._view = view

    async def home(self, request: Request) -> Response:
        posts = await self._blog.latest(POSTS)
        upcoming = _once_each((await self._blog.upcoming(_EVENTS)).items)[:_NEXT]
        last = None if upcoming else await self._blog.last()
        tags = await self._blog.tags()
        return self._view.page(
            request, "home.html", posts=posts, upcoming=upcoming, last=last, tags=tags[:24], count=len(tags)
        )

    async def posts(self, request: Request) -> Response:
        number = _page(request)
        found = await self._blog.latest(POSTS, (number - 1) * POSTS)
        _must_hold(number, len(found.items))
        return self._view.page(request, "posts.html", posts=found, number=number, size=POSTS)

    async def post(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        post = await self._blog.post(slug)
        if post.slug != slug:
            return RedirectResponse(_beside(request, f"/posts/{post.slug}"), 308)
        related = await self._blog.related(post)
        return self._view.page(request, "post.html", post=post, related=related, canonical=self._canonical(post))

    async def tags(self, request: Request) -> Response:
        return self._view.page(request, "tags.html", tags=await self._blog.tags())

    async def tag(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        tag = await self._blog.tag(slug)
        if tag.slug != slug:
            return RedirectResponse(_beside(request, f"/tags/{tag.slug}"), 308)
        number = _page(request)
        found = await self._blog.by_tag(tag.slug, POSTS, (number - 1) * POSTS)
        _must_hold(number, len(found.items))
        return self._view.page(request, "tag.html", tag=tag, posts=found, number=number, size=POSTS)

    async def search(self, request: Request) -> Response:
        query = " ".join(text.clean(request.query_params.get("q", "")).split())[:_LONGEST_QUERY]
        number = _page(request)
        found = await self._blog.search(query, POSTS, (number - 1) * POSTS) if query else None
        return self._view.page(request, "search.html", query=query, posts=found, number=number, size=POSTS)

    async def events(self, request: Request) -> Response:
        number = _page(request)
        upcoming = await self._blog.upcoming(_EVENTS) if number == 1 else None
        past = await self._blog.past(_PAST, (number - 1) * _PAST)
        _must_hold(number, len(past.items))
        return self._view.page(request, "events.html", upcoming=upcoming, past=past, number=number, size=_PAST)

    async def event(self, request: Request) -> Response:
        event_id = request.path_params["event_id"]
        if event_id > _LARGEST_ID:
            raise HTTPException(404)
        event = await self._blog.event(event_id)
        date = await self._blog.next_of(event)
        return self._view.page(request, "event.html", event=event, date=date, further=await self._further(event, date))

    async def _further(self, event: Event, date: Occurrence | None) -> list[Occurrence]:
        """The dates of a recurring event after the one that is shown."""
        if not event.recurrence or date is None:
            return []
        upcoming = await self._blog.upcoming(_EVENTS)
        return [one for one in upcoming.items if one.event.id == event.id and one.starts > date.starts][:_FURTHER]

    def _canonical(self, post: Post) -> str:
        """The address that search engines should keep: the article's own; "" where it has none."""
        return web_link(self._site.post_url(post))


def _once_each(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """The first date of each event."""
    firsts: dict[int, Occurrence] = {}
    for occurrence in occurrences:
        firsts.setdefault(occurrence.event.id, occurrence)
    return list(firsts.values())


def _page(request: Request) -> int:
    """The number of a list's page, from 1. What is no number is 1."""
    asked = request.query_params.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    return min(max(number, 1), _LAST_PAGE)


def _must_hold(number: int, items: int) -> None:
    """A page beyond the last is no page; the first may be empty."""
    if number > 1 and not items:
        raise NotFoundError("This list has fewer pages.")


def _beside(request: Request, path: str) -> str:
    return f"{prefix(request)}{path}"
