"""How pages are rendered: templates, words, the site's look, and the pages for what went wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from blogbot import text
from blogbot.blog import UnknownAuthorError, UnknownTagError, WithdrawnError
from blogbot.errors import NotFoundError
from blogbot.i18n import Words, words
from blogbot.model import Author, Event, EventStatus, Occurrence, Post, Site, Tag
from blogbot.publish import index
from blogbot.publish.address import web_address, webcal
from blogbot.publish.coding import ENDINGS, encode
from blogbot.web import article, linked_data
from blogbot.web.assets import Assets
from blogbot.web.codings import choose
from blogbot.web.conditions import asked
from blogbot.web.headers import PAGE
from blogbot.web.month import days_of
from blogbot.web.qr import qr
from blogbot.web.refusal import RefusedError

_OFF, _NOTHING = Markup(' class="off"'), Markup("")
_HERE = Path(__file__).parent
# Where pages of other sites fetch feeds and calendars.
_FOR_MACHINES = ("/feeds/", "/events/")


class View:
    """Renders templates in the site's language."""

    def __init__(self, site: Site, bot_username: Callable[[], str], chat_url: str = "") -> None:
        self.words: Words = words(site.language)
        self._site = site
        self._bot_username = bot_username
        self._chat_url = chat_url
        self.assets = Assets(_HERE / "static")
        self._environment = self._make_environment()

    def page(self, request: Request, template: str, /, status: int = 200, **given: Any) -> Response:
        """A whole page, with what tells it from others (RFC 9110, ETag).

        Its canonical `address` is its own, unless another is given; "" for none.
        """
        shown = {**self._common(request), **({} if status == 200 else {"address": ""}), **given}
        body = self._environment.get_template(template).render(shown).encode()
        coding = coding_for(request)
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}{coding and f"-{coding}"}"'
        headers = {**PAGE, "ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if coding:
            headers["Content-Encoding"] = coding
        if status != 200 and request.url.path.removeprefix(prefix(request)).startswith(_FOR_MACHINES):
            # A reader in a browser learns that there is none, instead of nothing at all.
            headers["Access-Control-Allow-Origin"] = "*"
        return HTMLResponse(encode(body, coding), status, headers=headers)

    async def http_error(self, request: Request, error: HTTPException) -> Response:
        """What Starlette itself refuses: no such page, no such method."""
        if error.status_code == 404:
            return self.nothing_here(request)
        if error.status_code == 410:
            feed = request.url.path.removeprefix(prefix(request)).startswith("/feeds/")
            return self.page(request, "gone.html", 410, what="feed" if feed else "page")
        headers = error.headers or {}
        reason = error.reason(self.words) if isinstance(error, RefusedError) else ""
        response = self.page(
            request, "refused.html", error.status_code, reason=reason, allowed=headers.get("Allow", "")
        )
        response.headers.update(headers)
        return response

    async def not_found(self, request: Request, error: NotFoundError) -> Response:
        """What the blog does not know; the tags nearest to one that it does not know are shown."""
        near = error.near if isinstance(error, UnknownTagError) else ()
        authors = error.near if isinstance(error, UnknownAuthorError) else ()
        return self.nothing_here(request, near, authors)

    async def withdrawn(self, request: Request, error: WithdrawnError) -> Response:
        """An article that is gone for good, which search engines and readers may forget."""
        return self.page(request, "gone.html", 410, what="article", title=error.title)

    async def own_error(self, request: Request, _: Exception) -> Response:
        """Our own failure. The log has it; the page asks nobody and says what to do."""
        return self.page(request, "failed.html", 500)

    def nothing_here(
        self, request: Request, near: Sequence[Tag] = (), authors: Sequence[Author] = (), posts: Sequence[Post] = ()
    ) -> Response:
        """404, with what may have been meant."""
        # The last part of an address that led nowhere is often what was looked for.
        wanted = " ".join(text.words(request.url.path.rstrip("/").rpartition("/")[2].removesuffix(".html"))[:8])
        return self.page(request, "missing.html", 404, near=near, authors=authors, posts=posts, wanted=wanted[:80])

    def _common(self, request: Request) -> Mapping[str, Any]:
        root = prefix(request)
        path = request.url.path.removeprefix(root)
        telegram = "" if self._chat_url else self._telegram()
        return {
            "root": root,
            "path": path,
            "address": f"{self._site.public_url}{quote(path)}" if self._site.public_url else "",
            "chat": self._chat_url or telegram,
            "telegram": telegram,
        }

    def _telegram(self) -> str:
        """The bot's own address, which takes deep links; "" while its name is not known."""
        name = self._bot_username()
        return f"https://t.me/{quote(name)}" if name else ""

    def _make_environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader([_HERE / "templates", index.TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        said = self.words
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            said.gettext, said.ngettext, newstyle=True, pgettext=said.pgettext, npgettext=said.npgettext
        )
        # "Back" and "on" as arrows: where lines run from right to left, on is to the left.
        back, on = ("→", "←") if said.right_to_left else ("←", "→")
        environment.globals.update(
            site=self._site, language=said.language.replace("_", "-"), rtl=said.right_to_left, back=back, on=on,
            asset=self.assets.name, zone=said.zone(self._site.timezone),
        )  # fmt: skip
        environment.filters.update(
            day=self._day, short_day=self._short_day, when=self._when, short_date=self._short_date, ends=self._ends,
            lasts=self._lasts, events=self._events, block=self._block, path=_path, off=_off, by_month=self._by_month, until=self._until, month=said.month_and_year,
            date=said.date, iso=datetime.isoformat, summary=article.summary, article=partial(article.body, secure=self._site.public_url.startswith("https:")), minutes=article.minutes, segment=_segment, slug=text.slug,
            web=web_address, webcal=webcal, linked=linked_data.script, qr=qr,
        )  # fmt: skip
        return environment

    # --- Times ---

    def _day(self, post: Post) -> str:
        return self.words.date(post.published, self._site.timezone)

    def _short_day(self, post: Post) -> str:
        return self.words.date(post.published, self._site.timezone, "short")

    def _when(self, occurrence: Occurrence, *, zoned: bool = True) -> str:
        """When it begins, on the clock of the event's zone, which is not named where it is the site's and not `zoned`."""
        return self._said(occurrence.starts, occurrence.event, zoned=zoned)

    def _short_date(self, occurrence: Occurrence) -> str:
        return self.words.date(occurrence.starts, occurrence.event.timezone, "short")

    def _said(self, instant: datetime, event: Event, *, zoned: bool) -> str:
        zoned = zoned or event.timezone != self._site.timezone
        return self.words.when(instant, event.timezone, all_day=event.all_day, zoned=zoned)

    def _lasts(self, occurrence: Occurrence, *, zoned: bool = True) -> str:
        """ "until ...", where it lasts over days; else ""."""
        first, last = days_of(occurrence)
        return self._ends(occurrence, zoned=zoned) if last > first else ""

    def _ends(self, occurrence: Occurrence, *, zoned: bool = True) -> str:
        """ "until ...", in the event's zone: a time, or a date where it lasts over days; "" where it ends as it begins."""
        end = self._end(occurrence, zoned=zoned)
        return end and self.words.gettext("until %(end)s") % {"end": end}

    def _end(self, occurrence: Occurrence, *, zoned: bool) -> str:
        zone = occurrence.event.timezone
        # The end of an all-day event is the midnight after it (RFC 5545): its last day is what people say.
        last = occurrence.ends.timestamp() - (1 if occurrence.event.all_day else 0)
        ends = occurrence.ends.fromtimestamp(last, occurrence.ends.tzinfo)
        if ends <= occurrence.starts:
            return ""
        same_day = self.words.date(occurrence.starts, zone) == self.words.date(ends, zone)
        if occurrence.event.all_day:
            return "" if same_day else self.words.date(ends, zone)
        return self.words.time(ends, zone) if same_day else self._said(ends, occurrence.event, zoned=zoned)

    def _events(self, number: int) -> str:
        """ "3 events"."""
        return self.words.ngettext("%(num)d event", "%(num)d events", number) % {"num": number}

    def _until(self, occurrence: Occurrence, now: datetime) -> str:
        """How long until it begins: "in 3 days"; that it is on; "" where it is over."""
        if occurrence.ends <= now:
            return ""
        if occurrence.starts <= now:
            return self.words.gettext("On now")
        if not occurrence.event.all_day:
            return self.words.relative(occurrence.starts - now)
        # What lasts all day is so many days away, at whatever hour one asks.
        today = now.astimezone(occurrence.local_starts.tzinfo).date()
        return self.words.relative(timedelta(days=(occurrence.local_starts.date() - today).days))

    def _by_month(self, occurrences: Iterable[Occurrence]) -> list[tuple[str, list[Occurrence]]]:
        """Dates in their order under the name of the month that each begins in, by the clock of its own zone."""
        months = groupby(occurrences, key=lambda one: one.local_starts.date().replace(day=1))
        return [(self.words.month_and_year(first), list(dates)) for first, dates in months]

    def _block(self, occurrence: Occurrence) -> tuple[str, str]:
        """The month and the day, as on a tear-off calendar."""
        return self.words.month(occurrence.starts, occurrence.event.timezone), str(occurrence.local_starts.day)


def prefix(request: Request) -> str:
    """The part of the address before our own, where a proxy serves us under one; "" or "/..." without a slash at its end."""
    scope = request.scope
    # Inside a mount, Starlette's root_path is the mount's own.
    return str(scope.get("app_root_path", scope.get("root_path", ""))).rstrip("/")


def coding_for(request: Request) -> str:
    """The coding in which whoever asks gets a page; "" for none."""
    return choose(asked(request.scope["headers"]).get("accept-encoding", ""), frozenset(ENDINGS))


def _path(occurrence: Occurrence) -> str:
    """Where the page of a date is, as seen from our root: that of its event, which tells of this one where there are several."""
    event = occurrence.event
    return f"/events/{event.id}?date={occurrence.id}" if event.recurrence else f"/events/{event.id}"


def _off(occurrence: Occurrence) -> Markup:
    """The attribute that strikes out what was cancelled."""
    return _OFF if occurrence.status == EventStatus.CANCELLED else _NOTHING


def _segment(value: object) -> str:
    """One part of an address."""
    return quote(str(value), safe="")
