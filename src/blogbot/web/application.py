"""Which address leads where. Nothing is asked or shown here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from prometheus_client import REGISTRY, CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Receive, Scope, Send

from blogbot.audience import OwnCalendars
from blogbot.blog import Blog, WithdrawnError
from blogbot.clock import Clock
from blogbot.errors import NotFoundError
from blogbot.model import Site
from blogbot.web.api import Api
from blogbot.web.calendars import Calendars, WithAlarms
from blogbot.web.custom import CustomFeeds
from blogbot.web.feeds import FeedFiles, Feeds, Link
from blogbot.web.hub import Hub
from blogbot.web.kept import Standing
from blogbot.web.labels import Labels
from blogbot.web.operations import Operations, Ready, Webhook
from blogbot.web.pages import Pages
from blogbot.web.quick import not_modified
from blogbot.web.recent import Recent
from blogbot.web.view import View
from blogbot.websub import Desk


class Web(Starlette):
    """The web part. A server may ask `quick` first: it makes what answers it can of a request's bytes alone (web/quick.py).

    `prefix` is the path of our public address, "/..." or "". A proxy may hand requests on with it or without.
    """

    quick: Callable[[bytes], bytes | None]
    prefix = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.prefix and scope["type"] == "http" and not scope.get("root_path"):
            path = scope["path"]
            within = path == self.prefix or path.startswith(f"{self.prefix}/")
            path = path.removeprefix(self.prefix) if within else path
            scope = {**scope, "root_path": self.prefix, "path": f"{self.prefix}{path or '/'}"}
        await super().__call__(scope, receive, send)

    async def elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What no route is for: leads to the address with a slash at its end, or without, where there is one; else 404."""
        path = scope["path"]
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        found = (route.matches({**scope, "path": other})[0] != Match.NONE for route in self.routes)
        if scope["type"] != "http" or not any(found):
            await self.router.not_found(scope, receive, send)
            return
        await _moved(scope, other)(scope, receive, send)


def create_web(
    *,
    blog: Blog,
    site: Site,
    feeds_dir: Path,
    ready: Ready,
    own_calendars: OwnCalendars | None = None,
    webhook: Webhook | None = None,
    bot_username: Callable[[], str] = lambda: "",
    chat_url: str = "",
    extra: Sequence[BaseRoute] = (),
    registry: CollectorRegistry = REGISTRY,
    clock: Clock | None = None,
    link: Link = lambda _: "",
    hub: Desk | None = None,
    standing: Standing = lambda: None,
) -> Web:
    """The web part as an ASGI application.

    `ready` gives the sentences that say what is wrong, none when all is well. `webhook` takes a body and the secret that came
    with it, and gives False where the secret is wrong; without one there is no webhook; and without `own_calendars` no chat has one. `chat_url` is where people meet the
    bot, where that is not t.me. `extra` routes come first. `link` names the WebSub hub of each feed; `hub` is where subscribers come to our own.
    `standing` says without asking the database how posts and events stand (web/kept.py).
    """
    view = View(site, bot_username, chat_url)
    labels = Labels(blog, standing)
    pages = Pages(blog, site, view, labels)
    recent = Recent(standing, blog.now)
    operations = Operations(ready, webhook, registry)
    served = Feeds()
    feeds = FeedFiles(feeds_dir, {"tags": blog.tag_vanished, "authors": blog.author_vanished}, served, link)
    routes: list[BaseRoute] = [
        *extra,
        Route("/", recent(pages.home), name="home"),
        Route("/posts/", recent(pages.posts)),
        Route("/posts/{slug}", recent(pages.post)),
        Route("/tags/", recent(pages.tags)),
        Route("/tags/{slug}", recent(pages.tag)),
        Route("/authors/{slug}", recent(pages.author)),
        Route("/search", recent(pages.search)),
        Route("/events", recent(pages.events)),
        *Calendars(blog, site, own_calendars).routes(),
        Route("/events/{event_id:int}", recent(pages.event)),
        Route("/feeds/", recent(pages.feeds)),
        # Else they would be taken for files of the folder.
        Route("/feeds/tags", _with_slash),
        Route("/feeds/authors", _with_slash),
        Route("/feeds/tags/", recent(pages.topic_feeds)),
        Route("/feeds/authors/", recent(pages.author_feeds)),
        Route("/feeds/custom/{file}", CustomFeeds(blog, site, served, clock or Clock(), standing)),
        Mount("/feeds", WithAlarms(feeds)),
        Route("/robots.txt", pages.robots),
        # Where those look for it who do not ask for robots.txt.
        Route("/sitemap.xml", feeds),
        # Browsers look for it there when they show a feed, which can name none.
        Route("/favicon.ico", feeds),
        Mount("/api", Api(blog, site, labels, standing)),
        Mount("/static", view.assets),
        Route("/boxes.js", view.assets),
        *operations.routes(),
        *([Hub(hub).route()] if hub is not None else []),
    ]
    handlers = {
        HTTPException: view.http_error,
        NotFoundError: view.not_found,
        WithdrawnError: view.withdrawn,
        Exception: view.own_error,
    }
    web = Web(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]  # handlers of narrower errors
    path = urlsplit(site.public_url).path.rstrip("/")
    web.prefix = unquote(path)
    web.router.redirect_slashes, web.router.default = False, web.elsewhere
    web.quick = partial(not_modified, at_hand=feeds.at_hand, prefix=path.encode())
    return web


async def _with_slash(request: Request) -> Response:
    return _moved(request.scope, f"{request.scope['path']}/")


def _moved(scope: Scope, path: str) -> Response:
    """Leads to `path` with the same question. Starlette would name our whole address, with http where a proxy takes https off."""
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{quote(path)}{query and f'?{query}'}", 307)
