"""Every word on a page goes through the catalogues, and languages from right to left are written so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from blogbot import i18n
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import Site
from blogbot.store import Store
from tests.catalogue import LOCALES
from tests.content import Written, event, post
from tests.visitor import Open, TakeIn, page
from tests.visitor import take_in as take_in
from tests.visitor import web as web

Speaks = Callable[[str, Catalog], None]

NAMES = re.compile(
    r"\b(?:Atom|RSS|JSON(?: Feed)?|iCalendar|OPML|Telegram|Feedly|Inoreader|NewsBlur|Feedbin|The Old Reader|GET|HEAD|alarm|tags(?=”)|tag(?==)|https?)\b"
)
"""Names, which are the same in every language."""

# What stands for something else in a sentence, and markup, which stay as they are.
KEPT = re.compile(r"%\(\w+\)s|%\(\w+\)d|\{\w*\}|<[^>]*>|&\w+;")
SPOKEN = ("aria-label", "title", "placeholder", "alt", "value", "content", "data-now", "data-on", "data-over", "data-copy", "data-copied")  # fmt: skip
_WIDE = {code: code + 0xFEE0 for code in range(ord("A"), ord("z") + 1) if chr(code).isalpha()}


@contextmanager
def speaking(folder: Path, monkeypatch: pytest.MonkeyPatch, language: str, catalogue: Catalog) -> Iterator[None]:
    """With the catalogue as the language's only one."""
    place = folder / language / "LC_MESSAGES" / "blogbot.po"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        write_po(file, catalogue)
    caches = (i18n.languages, i18n._translations, i18n._words)
    monkeypatch.setattr(i18n, "_LOCALES", folder)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def widened(said: str) -> str:
    """`said` in letters that no English word is written in."""
    return "".join(
        part if KEPT.fullmatch(part) else part.translate(_WIDE) for part in re.split(f"({KEPT.pattern})", said)
    )


class Spoken(HTMLParser):
    """What people read or hear of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._silent = tag in ("script", "style")
        if tag == "meta" and given.get("property") not in ("og:title", "og:description"):
            return
        self.words += [value for name in SPOKEN if (value := given.get(name))]

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._silent = False


PATHS = (
    "/", "/posts/", "/posts/1", "/posts/3", "/tags/", "/tags/4", "/tags/7", "/authors/5", "/events", "/events?month=2026-03",
    "/events/1", "/events/1?date=99", "/events/2", "/search", "/search?q=1", "/search?q=1+9999", "/search?q=9999", "/feeds/", "/feeds/tags/",
    "/feeds/authors/?q=9999", "/9999", "/posts/1-9999", "/posts/2", "/feeds/tags/8/atom.xml", "/feeds/events.ics?alarm=9",
    "/feeds/events.ics?alarm=1h,2h,3h,4h,5h,6h", f"/feeds/custom/atom.xml?{'&'.join(f'tag={n}' for n in range(9))}",
    f"/feeds/custom/atom.xml?tag={'9' * 3000}", "/feeds/custom/atom.xml?tags=9", "/broken",
)  # fmt: skip


async def test_no_page_has_an_english_word_that_is_not_translated(
    web: Open, sqlite_store: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Request) -> Response:
        raise RuntimeError

    site = Site(
        "0", url="https://blog.example", public_url="https://bot.example", timezone="Europe/London", language="ja"
    )
    with (LOCALES / "blogbot.pot").open("rb") as file:
        catalogue = read_po(file)
    catalogue.locale = "ja"
    for message in catalogue:
        if message.id:
            said = message.id
            message.string = widened(said) if isinstance(said, str) else tuple(map(widened, said[1:]))
    written, intake = Written(), Intake(sqlite_store, site, clock)
    text = f"<p>{'11111 22222 33333 ' * 9}</p>"
    last = {"tags": ("8",)}
    with speaking(tmp_path / "locales", monkeypatch, "ja", catalogue):
        await intake.run(written.show(gone=post("2", "2", html=text, **last)))
        written.entries.clear()
        await intake.run(written.show(
            a=post("1", "1", html=text, tags=("4",), authors=("5",), links=("https://blog.example/3",), url="https://blog.example/1"),
            b=post("3", "3", html=text, url="https://blog.example/3"),
            c=event("6", datetime(2026, 3, 10, 10), hours=50, recurrence=("RRULE:FREQ=WEEKLY",), tags=("7",), location="9"),
            d=event("9", datetime(2026, 1, 5, 18), url="https://blog.example/9"),
            **{f"p{n}": post(f"6{n}", "6", html=text) for n in range(11)},
        ))  # fmt: skip
        ask = web(site=site, extra=[Route("/broken", broken)])
        found = {}
        for path, method in [*((path, "GET") for path in PATHS), ("/", "POST")]:
            spoken = Spoken((await ask(path, method)).text).words
            english = [said.strip() for said in spoken if re.search(r"[A-Za-z]{2}", NAMES.sub("", said))]
            if english or not any(ord(letter) > 0xFEE0 for said in spoken for letter in said):
                found[path] = english
    assert found == {}


async def test_pages_in_a_language_from_right_to_left(
    web: Open, take_in: TakeIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalog("ar")
    catalogue.add("Older", "أقدم")
    await take_in(**{f"p{n:02}": post(f"p{n:02}") for n in range(11)})
    with speaking(tmp_path / "locales", monkeypatch, "ar", catalogue):
        response = await web(site=Site("Ours", language="ar"))("/posts/")
    page(response)
    assert '<html lang="ar" dir="rtl">' in response.text
    assert "أقدم ←</a>" in response.text, "what comes next lies to the left"
