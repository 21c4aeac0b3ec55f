"""The page that tells people what a feed is and lists every one. It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from blogbot.i18n import Words
from blogbot.publish import atom, calendar, jsonfeed, opml, rss
from blogbot.publish.feed import Head

FILE = "index.html"
STYLE_FILE = "feeds.css"

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel on the page: its folder ("" or "tags/<slug>/"), its name, and how many posts and events it has in all."""

    folder: str
    name: str
    head: Head
    posts: int
    events: int


def page(everything: Listed, events: Head, tags: Sequence[Listed], words: Words) -> bytes:
    """The page as HTML. Links within the folder are relative, so that it works wherever the folder is put."""
    calendar_address = everything.head.own(calendar.FILE)
    written = (
        _environment(words)
        .get_template(FILE)
        .render(
            language=words.language.replace("_", "-"),
            direction="rtl" if words.right_to_left else "ltr",
            everything=everything,
            events=events,
            tags=tags,
            formats=(("Atom", atom), ("RSS", rss), ("JSON Feed", jsonfeed)),
            webcal="webcal" + calendar_address[calendar_address.index(":") :] if calendar_address else "",
            atom=atom,
            calendar=calendar,
            opml=opml,
            style=STYLE_FILE,
        )
    )
    return written.encode()


@cache
def style() -> bytes:
    """The page's style sheet."""
    return (_TEMPLATES / STYLE_FILE).read_bytes()


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment
