"""The page that tells people what a feed is and lists every one. It writes bytes and knows no files.

What it says stands in `offers.html`, which the web part shows within its own pages, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from blogbot.i18n import Words
from blogbot.publish import atom, calendar, jsonfeed, opml, rss
from blogbot.publish.channel import SUMMARY
from blogbot.publish.feed import Head
from blogbot.publish.readers import readers

FILE = "index.html"
STYLE_FILE = "feeds.css"
TEMPLATES = Path(__file__).parent / "templates"

FORMATS = (("Atom", atom), ("RSS", rss), ("JSON Feed", jsonfeed))


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


def offers(address: str, tags: Sequence[Offer], authors: Sequence[Offer] = ()) -> Mapping[str, Any]:
    """What `offers.html` wants to know. `address` is where the folder is served, ending in "/"; "" where nobody knows.

    Links within the folder are relative, so that the page works wherever the folder is put.
    """
    calendar_address = f"{address}{calendar.FILE}" if address else ""
    return {
        "tags": tags,
        "authors": authors,
        "formats": FORMATS,
        "summary": SUMMARY,
        "calendar": calendar,
        "opml": opml,
        "readers": readers(f"{address}{atom.FILE}" if address else ""),
        "webcal": "webcal" + calendar_address[calendar_address.index(":") :] if calendar_address else "",
    }


def page(everything: Listed, events: Head, tags: Sequence[Listed], authors: Sequence[Listed], words: Words) -> bytes:
    """The page as HTML, for a folder that stands alone."""
    written = (
        _environment(words)
        .get_template(FILE)
        .render(
            **offers(everything.head.address, tags, authors),
            language=words.language.replace("_", "-"),
            direction="rtl" if words.right_to_left else "ltr",
            everything=everything,
            events=events,
            style=STYLE_FILE,
            chat="",
        )
    )
    return written.encode()


@cache
def style() -> bytes:
    """The style sheet of the page, and of feeds that are opened in a browser."""
    return (TEMPLATES / STYLE_FILE).read_bytes()


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
