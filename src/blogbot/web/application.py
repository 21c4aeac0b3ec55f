"""Which address leads where. Nothing is asked or shown here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route

from blogbot.audience import OwnCalendars
from blogbot.blog import Blog, WithdrawnError
from blogbot.errors import NotFoundError
from blogbot.model import Site
from blogbot.web.calendars import Calendars, WithAlarms
from blogbot.web.feeds import FeedFiles, Feeds
from blogbot.web.operations import Operations, Ready, Webhook
from blogbot.web.pages import Pages
from blogbot.web.view import View


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
) -> Starlette:
    """The web part as an ASGI application.

    `ready` gives the sentences that say what is wrong, none when all is well. `webhook` takes a body and the secret that came
    with it, and gives False where the secret is wrong; without one there is no webhook; and without `own_calendars` no chat has one. `chat_url` is where people meet the
    bot, where that is not t.me. `extra` routes come first.
    """
    view = View(site, bot_username, chat_url)
    pages = Pages(blog, site, view)
    operations = Operations(ready, webhook, registry)
    vanished = {"tags": blog.tag_vanished, "authors": blog.author_vanished}
    routes: list[BaseRoute] = [
        *extra,
        Route("/", pages.home, name="home"),
        Route("/posts/", pages.posts),
        Route("/posts/{slug}", pages.post),
        Route("/tags/", pages.tags),
        Route("/tags/{slug}", pages.tag),
        Route("/authors/{slug}", pages.author),
        Route("/search", pages.search),
        Route("/events", pages.events),
        *Calendars(blog, site, own_calendars).routes(),
        Route("/events/{event_id:int}", pages.event),
        Route("/feeds/", pages.feeds),
        Mount("/feeds", WithAlarms(FeedFiles(feeds_dir, vanished, Feeds()))),
        Mount("/static", view.assets),
        *operations.routes(),
    ]
    handlers = {
        HTTPException: view.http_error,
        NotFoundError: view.not_found,
        WithdrawnError: view.withdrawn,
        Exception: view.own_error,
    }
    return Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]  # handlers of narrower errors
