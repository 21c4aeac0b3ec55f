"""The pages that people visit: each asks the blog and hands what it hears to a template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from blogbot import text
from blogbot.blog import Blog, WithdrawnError
from blogbot.errors import NotFoundError
from blogbot.model import Event, EventStatus, Occurrence, Page, Post, Site
from blogbot.publish import index
from blogbot.publish.address import event_page, post_page
from blogbot.web import ended, linked_data, month, offered
from blogbot.web.labels import Labels
from blogbot.web.view import View, prefix

POSTS = 10
"""Articles on one page of a list."""

TAGS = 150
"""Topics on one page of them all: so many with long names are still light."""

EVENTS = 20
"""Events that are coming on one page of the list."""

_PAST = 10
_FURTHER = 3
_OTHERS = 12
_NEXT = 3
_TOPICS = 24
_LONGEST_QUERY = 200
_LAST_PAGE = 100_000  # offsets stay small enough for any database
_LARGEST_ID = 2**31 - 1


class Pages:
    """One method for each page."""

    def __init__(self, blog: Blog, site: Site, view: View, labels: Labels) -> None:
        self._blog = blog
        self._site = site
        self._view = view
        self._labels = labels

    async def home(self, request: Request) -> Response:
        async with self._blog.moment() as blog:
            posts = await blog.latest(POSTS)
            upcoming = _until_taking_place((await blog.agenda(EVENTS)).items, _NEXT)
            last = None if upcoming else await blog.last()
        tags = await self._labels.tags()
        return self._view.page(
            request, "home.html", posts=posts, upcoming=upcoming, next=next(filter(_takes_place, upcoming), None),
            last=last, tags=tags[:_TOPICS], count=len(tags), now=self._blog.now(),
        )  # fmt: skip

    async def posts(self, request: Request) -> Response:
        number = _page(request)
        found = await self._blog.latest(POSTS, (number - 1) * POSTS)
        _must_hold(number, len(found.items))
        return self._list(request, "posts.html", found, number)

    async def post(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        try:
            async with self._blog.moment() as blog:
                post = await blog.post(slug)
                related = await blog.related(post) if post.slug == slug else []
        except WithdrawnError:
            raise
        except NotFoundError:
            near = await self._blog.search(slug.replace("-", " "), _NEXT)
            return self._view.nothing_here(request, posts=near.items)
        if post.slug != slug:
            return RedirectResponse(_beside(request, f"/posts/{post.slug}"), 308)
        address = post_page(self._site, post)
        data = linked_data.posting(post, self._site, address)
        return self._view.page(request, "post.html", post=post, related=related, address=address, data=data)

    async def tags(self, request: Request) -> Response:
        """Every topic: those of articles, the fullest first, and then those that only events have."""
        number, tags = _page(request), await self._labels.tags()
        written = {tag.slug for tag, _ in tags}
        dated = [(tag, events) for tag, events in await self._labels.event_tags() if tag.slug not in written]
        begin, end = (number - 1) * TAGS, number * TAGS
        only_dated = dated[max(begin - len(tags), 0) : max(end - len(tags), 0)]
        _must_hold(number, len(tags[begin:end]) + len(only_dated))
        return self._view.page(
            request, "tags.html", tags=tags[begin:end], dated=only_dated, number=number, size=TAGS,
            total=len(tags) + len(dated), address=self._address(request, number),
        )  # fmt: skip

    async def tag(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        number, with_events = _page(request), dict(await self._labels.event_tags())
        async with self._blog.moment() as blog:
            tag = await blog.tag(slug)
            if tag.slug != slug:
                return RedirectResponse(_beside(request, f"/tags/{tag.slug}"), 308)
            found = await blog.by_tag(tag.slug, POSTS, (number - 1) * POSTS)
            dated = with_events.get(tag, 0)
            if not found.total and not dated:
                await ended.must_have_something(blog, tag.slug)
            _must_hold(number, len(found.items))
            events: Sequence[Occurrence] = ()
            if dated and number == 1:
                coming = await blog.agenda(EVENTS, 0, tag.slug)
                events = coming.items or (await blog.past(_NEXT, 0, tag.slug)).items
        return self._list(request, "tag.html", found, number, tag=tag, dated=dated, events=events)

    async def author(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        number = _page(request)
        async with self._blog.moment() as blog:
            author = await ended.author(blog, slug)
            if author.slug != slug:
                return RedirectResponse(_beside(request, f"/authors/{author.slug}"), 308)
            found = await blog.by_author(author.slug, POSTS, (number - 1) * POSTS)
        _must_hold(number, len(found.items))
        return self._list(request, "author.html", found, number, author=author)

    async def search(self, request: Request) -> Response:
        query, number = _query(request), _page(request)
        found = await self._blog.search(query, POSTS, (number - 1) * POSTS) if query else None
        _must_hold(number, len(found.items) if found else 0)
        tags = [] if found is None or found.items else (await self._labels.tags())[:_TOPICS]
        return self._view.page(
            request, "search.html", query=query, posts=found, number=number, size=POSTS, tags=tags, address=""
        )

    async def events(self, request: Request) -> Response:
        first = month.asked(request.query_params.get("month", ""))
        if first is not None:
            return await self._month(request, first)
        coming, number = _page(request, "coming"), _page(request)
        upcoming = past = None
        async with self._blog.moment() as blog:
            if number == 1:
                upcoming = await blog.agenda(EVENTS, (coming - 1) * EVENTS)
                _must_hold(coming, len(upcoming.items))
            further = await _further(blog, upcoming.items if upcoming else ())
            if coming == 1:
                past = await blog.past(_PAST, (number - 1) * _PAST)
                _must_hold(number, len(past.items))
        address = self._address(request, coming, "coming") if coming > 1 else self._address(request, number)
        return self._view.page(
            request, "events.html", upcoming=upcoming, further=further, coming=coming,
            events=EVENTS, past=past, number=number, size=_PAST, month=f"{self._today():%Y-%m}", address=address, now=self._blog.now(),
        )  # fmt: skip

    async def _month(self, request: Request, first: date) -> Response:
        async with self._blog.moment() as blog:
            near, span = await blog.between(*month.window(first)), await blog.span()
        shown = month.month(first, near, span, self._view.words.first_weekday)
        weekdays = self._view.words.weekdays
        return self._view.page(
            request,
            "month.html",
            month=shown,
            weekdays=list(zip(weekdays("abbreviated"), weekdays("wide"), strict=True)),
            # Only where there is something to see, so that nobody (and no crawler) walks on for ever.
            previous=month.following(first, -1) if shown.before else None,
            following=month.following(first, 1) if shown.after else None,
            today=self._today(),
            address=f"{self._site.public_url}/events?month={first:%Y-%m}" if self._site.public_url else "",
        )

    async def event(self, request: Request) -> Response:
        event_id = request.path_params["event_id"]
        if event_id > _LARGEST_ID:
            raise HTTPException(404)
        async with self._blog.moment() as blog:
            event = await blog.event(event_id)
            date = await blog.next_of(event)
            wanted = await _date(blog, request, event) if date is not None else None
            others = (await blog.coming([event], _OTHERS + 2)).get(event_id, []) if event.recurrence else []
        missed = "date" in request.query_params and date is not None and wanted is None
        date = wanted or date
        address = event_page(self._site, event)
        return self._view.page(
            request,
            "event.html",
            event=event,
            date=date,
            missed=missed,
            others=[one for one in others if date is not None and one.id != date.id],
            most=_OTHERS,
            now=self._blog.now(),
            address=address,
            data=linked_data.happening(event, date, self._site, address),
        )

    async def robots(self, _: Request) -> Response:
        """Where the site map is: one that lies in a folder counts for all pages only if it is named here (sitemaps.org)."""
        site_map = f"\nSitemap: {self._folder}sitemap.xml\n" if self._folder else ""
        headers = {"Cache-Control": "public, max-age=86400"}
        return PlainTextResponse(f"User-agent: *\nDisallow:\n{site_map}", headers=headers)

    async def feeds(self, request: Request) -> Response:
        """What there is to follow, and how to subscribe. The links are those of the folder that this page stands for."""
        topics, authors = await offered.topics(self._labels), await offered.authors(self._labels)
        return self._view.page(request, "feeds.html", served=True, **index.overview(self._folder, topics, authors))

    async def topic_feeds(self, request: Request) -> Response:
        """The feeds of all topics, or of those that are called as somebody asks."""
        _ = self._view.words.gettext
        offers = await offered.topics(self._labels)
        return self._feeds_of(request, offers, title=_("Feeds by topic"), find=_("Find a topic"))

    async def author_feeds(self, request: Request) -> Response:
        """The feeds of all authors, likewise."""
        _ = self._view.words.gettext
        offers = await offered.authors(self._labels)
        return self._feeds_of(request, offers, title=_("Feeds by author"), find=_("Find an author"))

    def _feeds_of(self, request: Request, offers: Sequence[index.Offer], *, title: str, find: str) -> Response:
        wanted, number = _query(request), _page(request)
        found = offered.named(offers, wanted)
        shown = found[(number - 1) * index.ROWS : number * index.ROWS]
        _must_hold(number, len(shown))
        return self._view.page(
            request, "feeds_of.html", listed=shown, wanted=wanted, number=number, size=index.ROWS, total=len(found),
            address="" if wanted else self._address(request, number), title=title, find=find, **index.offers(self._folder, ()),
        )  # fmt: skip

    @property
    def _folder(self) -> str:
        """Where feeds are served; "" where nobody knows."""
        return f"{self._site.public_url}/feeds/" if self._site.public_url else ""

    def _list(self, request: Request, template: str, found: Page[Post], number: int, **given: Any) -> Response:
        address = self._address(request, number)
        return self._view.page(request, template, posts=found, number=number, size=POSTS, address=address, **given)

    def _address(self, request: Request, number: int, name: str = "page") -> str:
        """The canonical address of a list's page; "" where ours is not known."""
        path = quote(request.url.path.removeprefix(prefix(request)))
        query = f"?{name}={number}" if number > 1 else ""
        return f"{self._site.public_url}{path}{query}" if self._site.public_url else ""

    def _today(self) -> date:
        return self._blog.now().astimezone(ZoneInfo(self._site.timezone)).date()


async def _date(blog: Blog, request: Request, event: Event) -> Occurrence | None:
    """The date of the event that is asked for; None where none is, or it is not planned any more."""
    asked = _number(request.query_params.get("date", ""), 0)
    try:
        date = await blog.occurrence(min(asked, _LARGEST_ID)) if asked else None
    except NotFoundError:
        return None
    return date if date is not None and date.event.id == event.id else None


async def _further(blog: Blog, upcoming: Iterable[Occurrence]) -> dict[int, list[Occurrence]]:
    """By the date that is listed, the next ones of the same event."""
    listed = [one for one in upcoming if one.event.recurrence and _takes_place(one)]
    dates = await blog.coming([one.event for one in listed], 2 * _FURTHER) if listed else {}
    return {
        one.id: [each for each in dates[one.event.id] if each.starts > one.starts][: _FURTHER + 1]
        for one in listed
        if one.event.id in dates
    }


def _takes_place(occurrence: Occurrence) -> bool:
    return occurrence.status != EventStatus.CANCELLED


def _until_taking_place(occurrences: Sequence[Occurrence], count: int) -> list[Occurrence]:
    """The first of them, so many that `count` take place where there are as many."""
    held = [place for place, occurrence in enumerate(occurrences) if _takes_place(occurrence)]
    return list(occurrences[: held[count - 1] + 1 if len(held) >= count else len(occurrences)])


def _query(request: Request) -> str:
    """The words that are looked for."""
    return " ".join(text.clean(request.query_params.get("q", "")).split())[:_LONGEST_QUERY]


def _page(request: Request, name: str = "page") -> int:
    """The number of a list's page, from 1. What is no number is 1."""
    return min(max(_number(request.query_params.get(name, ""), 1), 1), _LAST_PAGE)


def _number(said: str, otherwise: int) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 11 else otherwise


def _must_hold(number: int, items: int) -> None:
    """A page beyond the last is no page; the first may be empty."""
    if number > 1 and not items:
        raise NotFoundError("This list has fewer pages.")


def _beside(request: Request, path: str) -> str:
    return f"{prefix(request)}{path}"
