"""The page that tells people what a feed is and lists every one. It writes bytes and knows no files.

What it says stands in `offers.html`, which the web part shows within its own pages, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from blogbot.i18n import Words
from blogbot.publish import atom, calendar, jsonfeed, opml, rss
from blogbot.publish.address import webcal
from blogbot.publish.channel import SUMMARY
from blogbot.publish.feed import STYLE, Head
from blogbot.publish.readers import readers

FILE = "index.html"
SCRIPT_FILE = "feeds.js"
ICON = "favicon.ico"
TEMPLATES = Path(__file__).parent / "templates"

_ALL: Mapping[str, int] = MappingProxyType({"tags/": 0, "authors/": 0})
OFFERED = 20
"""Topics, and authors, on the page of all feeds: the fullest. Further pages have them all."""

ROWS = 40
"""Feeds on one of these."""

FORMATS = (("Atom", atom), ("RSS", rss), ("JSON Feed", jsonfeed))


OfferT = TypeVar("OfferT", bound="Offer")


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel as people choose it: its folder ("tags/<slug>/"), its name, and how many posts and events it has in all."""

    folder: str
    name: str
    posts: int
    events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Offer):
    """A channel with what its feeds say of themselves. The folder of everything is ""."""

    head: Head


def offers(
    address: str, tags: Sequence[Offer], authors: Sequence[Offer] = (), more: Mapping[str, int] = _ALL
) -> Mapping[str, Any]:
    """What `offers.html` wants to know. `address` is where the folder is served, ending in "/"; "" where nobody knows.

    `more` says, by "tags/" and "authors/", how many there are where not all are given; then there are pages of these, too. Links within the folder are relative, so that the page works wherever the folder is put.
    """
    return {
        "tags": tags,
        "authors": authors,
        "more": more,
        "formats": FORMATS,
        "summary": SUMMARY,
        "calendar": calendar,
        "opml": opml,
        "readers": readers(f"{address}{atom.FILE}" if address else ""),
        "webcal": webcal(address),
    }


def sorted_by_name(offers: Iterable[OfferT]) -> list[OfferT]:
    return sorted(offers, key=lambda offer: (offer.name.casefold(), offer.folder))


def fullest(offers: Iterable[OfferT], most: int = OFFERED) -> list[OfferT]:
    """Those that hold most, by name."""
    return sorted_by_name(sorted(offers, key=lambda offer: -offer.posts - offer.events)[:most])


def further(folder: str, count: int) -> list[str]:
    """The pages of all `count` topics ("tags/") or authors ("authors/"), where the first page does not list them all."""
    name = folder.rstrip("/")
    numbers = range(1, math.ceil(count / ROWS) + 1) if count > OFFERED else ()
    return [f"{name}-{number}.html" if number > 1 else f"{name}.html" for number in numbers]


def overview(address: str, tags: Sequence[Offer], authors: Sequence[Offer]) -> Mapping[str, Any]:
    """The same where there may be many topics and authors: the fullest, with how many there are in all."""
    kinds = {"tags/": tags, "authors/": authors}
    more = {folder: len(each) if len(each) > OFFERED else 0 for folder, each in kinds.items()}
    return offers(address, fullest(tags), fullest(authors), more)


def pages(
    everything: Listed, events: Head, tags: Sequence[Listed], authors: Sequence[Listed], words: Words
) -> Iterator[tuple[str, bytes]]:
    """The page as HTML, for a folder that stands alone, and its `further` ones, by their paths."""
    given = {
        "language": words.language.replace("_", "-"),
        "direction": "rtl" if words.right_to_left else "ltr",
        "everything": everything,
        "events": events,
        "style": STYLE,
        "script": SCRIPT_FILE,
        "icon": ICON,
        "chat": "",
        "served": False,
    }
    given |= overview(everything.head.address, tags, authors)
    templates = _environment(words)
    yield FILE, templates.get_template(FILE).render(given).encode()
    for folder, listed in (("tags/", tags), ("authors/", authors)):
        ordered, files = sorted_by_name(listed), further(folder, len(listed))
        for place, file in enumerate(files):
            shown = {
                "folder": folder,
                "listed": ordered[place * ROWS : (place + 1) * ROWS],
                "files": files,
                "place": place,
            }
            yield file, templates.get_template("further.html").render({**given, **shown}).encode()


def style(words: Words) -> bytes:
    """The style sheet of the page, and of feeds that are opened in a browser, which it tells people what they look at."""
    _ = words.gettext
    said = {
        "--of-feed": _(
            "This is a feed, a page for reader apps. Copy its address into yours, and what is new comes to you by itself."
        ),
        "--of-archive": _("This is a part of a feed's archive: older articles, which reader apps fetch by themselves."),
        "--of-list": _(
            "This is a list of feeds. Save it as a file and import that into your reader app to follow them all."
        ),
    }
    lines = "".join(f"  {name}: {_quoted(sentence)};\n" for name, sentence in said.items())
    direction = "\n:root:not([dir]) {\n  direction: rtl;\n}\n" if words.right_to_left else ""
    return _file(STYLE) + f"\n:root {{\n{lines}}}\n{direction}".encode()


def script() -> bytes:
    """The script of the page, which offers addresses to copy."""
    return _file(SCRIPT_FILE)


def icon() -> bytes:
    """The icon of the page, where browsers also look for one when they show a feed. It is drawn after `icon.svg` of the web part."""
    return _file(ICON)


@cache
def _file(name: str) -> bytes:
    return (TEMPLATES / name).read_bytes()


def _quoted(sentence: str) -> str:
    """A string as style sheets write it (CSS Syntax, 4.3.5)."""
    return '"' + " ".join(sentence.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=1)
def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment
