"""Calendars as calendar apps fetch them: one event, a chat's own, and those among the feeds; with alarms where they are asked for.

What is secret in the address of a chat's own calendar is written nowhere: not into a log, a page or a header.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blogbot import ical, text
from blogbot.audience import OwnCalendar, OwnCalendars
from blogbot.blog import Blog
from blogbot.cards import Cards
from blogbot.i18n import N_, Words
from blogbot.model import Event, Offset, Site
from blogbot.publish.calendar import of_events
from blogbot.publish.edition import edition
from blogbot.web.conditions import asked, tags
from blogbot.web.document import Document, Shape, answer, base_digest, held
from blogbot.web.feeds import CORS, FRESH
from blogbot.web.headers import PAGE
from blogbot.web.refusal import RefusedError

ALARMS = 5
"""How many alarms can be asked for at once."""

_KIND = "text/calendar; charset=utf-8"
_LONGEST_UID = 1_000
_AS_FEED = Shape(_KIND, FRESH, {**PAGE, **CORS})

# Between a chat and its calendar app: no cache on the way keeps it, no search engine lists it.
_PRIVATE = "private, max-age=300"
_OWN = Shape(
    _KIND, _PRIVATE, {**PAGE, "Content-Disposition": 'inline; filename="calendar.ics"', "X-Robots-Tag": "noindex"}
)


class Calendars:
    """One event as a file, and the chats' own calendars where there are any."""

    def __init__(self, blog: Blog, site: Site, own: OwnCalendars | None) -> None:
        self._blog = blog
        self._site = site
        self._own = own

    def routes(self) -> list[BaseRoute]:
        event = Route("/events/{uid:path}.ics", self.event)
        return [event, Route("/calendars/{secret}.ics", self.own)] if self._own is not None else [event]

    async def event(self, request: Request) -> ASGIApp:
        """One event for a calendar."""
        uid = request.path_params["uid"]
        if len(uid) > _LONGEST_UID or "\0" in uid:
            raise HTTPException(404)
        alarms = alarms_asked_for(request)
        event = await self._blog.event(uid)
        name = f'attachment; filename="{text.slug(event.title)}.ics"'
        data = ical.with_alarms(of_events([event], self._site, event.title), lambda _: alarms)
        return _sent(held(data, Shape(_KIND, FRESH, {**PAGE, **CORS, "Content-Disposition": name})))

    async def own(self, request: Request) -> ASGIApp:
        """A chat's own calendar; 410 once its address has ended."""
        own = await self._own.find(request.path_params["secret"]) if self._own is not None else None
        if own is None:
            raise HTTPException(404)
        words = Cards.of(own.chat, self._site, own.since).words
        if own.ended:
            said = words.gettext("This calendar has ended. /calendar in the chat gives it a new address.")
            return PlainTextResponse(f"{said}\n", 410, headers={**PAGE, "Cache-Control": "private, no-store"})
        digest = self._digest(own, words)
        for tag in tags(asked(request.scope["headers"]).get("if-none-match", "")):
            if base_digest(tag) == digest:
                told = {"ETag": f'"{tag}"', "Cache-Control": _PRIVATE, "Vary": "Accept-Encoding"}
                return Response(status_code=304, headers=told)
        events = await self._blog.events()
        return _sent(replace(await asyncio.to_thread(self._written, own, events, words), digest=digest))

    def _digest(self, own: OwnCalendar, words: Words) -> str:
        """What stands for the calendar in its entity tag: all that it is made of and by, so that nothing is made to say 304."""
        made_of = (
            edition("audience/calendars.py", "web/calendars.py"),
            self._site,
            words.language,
            own.follows,
            own.rules,
            own.since,
            own.events,
        )
        return hashlib.sha256(repr(made_of).encode()).hexdigest()[:20]

    def _written(self, own: OwnCalendar, events: Iterable[Event], words: Words) -> Document:
        _ = words.gettext
        name = _("{site}: my calendar").format(site=self._site.title)
        data = of_events(filter(own.holds, events), self._site, name, _("What you follow and are reminded of."))
        return held(ical.with_alarms(data, own.alarms), _OWN)


class WithAlarms:
    """Files, of which each calendar comes with alarms where `?alarm=1h` asks for them, as often as it does."""

    def __init__(self, files: ASGIApp) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        alarms: Sequence[Offset] = ()
        if scope["method"] in ("GET", "HEAD") and scope["path"].endswith(".ics"):
            alarms = alarms_asked_for(Request(scope))
        if not alarms:
            await self._files(scope, receive, send)
            return
        taken = _Taken()
        await self._files({**scope, "method": "GET", "query_string": b"", "headers": []}, receive, taken.take)
        if taken.status != 200:
            await Response(taken.body, taken.status, headers=taken.headers)(scope, receive, send)
            return
        document = await asyncio.to_thread(_alarmed, taken.body, tuple(alarms))
        await answer(send, scope["method"], asked(scope["headers"]), document)


class _Taken:
    """An answer, kept from being sent."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], asked(message["headers"])
        else:
            self.body += message.get("body", b"")


@lru_cache(16)
def _alarmed(data: bytes, alarms: tuple[Offset, ...]) -> Document:
    return held(ical.with_alarms(data, lambda _: alarms), _AS_FEED)


def alarms_asked_for(request: Request) -> list[Offset]:
    """What the address asks for: `?alarm=1d&alarm=1h`, or `?alarm=1d,1h`; [] for none."""
    said = [each for given in request.query_params.getlist("alarm") for each in given.split(",") if each.strip()]
    if len(said) > ALARMS:
        raise RefusedError(N_("There can be up to {most} alarms."), most=ALARMS)
    return [_offset(each) for each in said]


def _offset(said: str) -> Offset:
    try:
        return text.parse_offset(said)
    except ValueError:
        raise RefusedError(
            N_("“{said}” is no time before an event; write one such as 1d, 2h or 30m."), said=said[:40]
        ) from None


def _sent(document: Document) -> ASGIApp:
    async def send_it(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, scope["method"], asked(scope["headers"]), document)

    return send_it
