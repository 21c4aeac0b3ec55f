"""The page that tells people what a feed is and lists every one. It writes bytes and knows no files.

What it says stands in `offers.html`, which the web part shows within its own pages, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

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


def offers(
    address: str, tags: Sequence[Offer], authors: Sequence[Offer] = (), more: Mapping[str, int] = _ALL
) -> Mapping[str, Any]:
    """What `offers.html` wants to know. `address` is where the folder is served, ending in "/"; "" where nobody knows.

    `more` says, by "tags/" and "authors/", how many there are where not all are given; then these are pages, too. Links within the folder are relative, so that the page works wherever the folder is put.
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
            style=STYLE,
            script=SCRIPT_FILE,
            icon=ICON,
            chat="",
        )
    )
    return written.encode()


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
