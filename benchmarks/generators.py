"""Generators of static sites that make feeds too, beside which blogbot is measured: Hugo and Pelican.

Each gets the same posts as HTML, which neither has to convert, and makes feeds of everything, each tag and each author; no pages.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path

from benchmarks.child import Run, run
from blogbot.model import PostItem

NEWEST = 50
"""So many posts are in a feed, as in blogbot's. The layouts for Hugo say it by themselves."""

_HUGO = Path(__file__).parent / "hugo"
_FEEDS = {"atom": "atom.xml", "rss": "rss.xml"}


@dataclass(frozen=True, slots=True)
class Site:
    """Posts in a folder, ready to be built by one generator."""

    generator: Generator
    folder: Path

    def add(self, items: Iterable[PostItem]) -> None:
        for item in items:
            (self.folder / "content" / f"{item.slug}.html").write_text(self.generator.written(item), "utf-8")

    def build(self) -> Run:
        return run(self.generator.command, self.folder, os.environ | {"HUGO_CACHEDIR": str(self.folder / "cache")})

    @property
    def feeds(self) -> int:
        """How many it has built."""
        return sum(path.is_file() for path in (self.folder / "public").rglob("*.*"))


@dataclass(frozen=True, slots=True)
class Generator:
    """`written` is a post as it reads them; `prepared` makes a folder ready for `command`."""

    name: str
    there: bool
    missing: str
    written: Callable[[PostItem], str]
    prepared: Callable[[Path], None]
    command: tuple[str, ...]

    def site(self, folder: Path, items: Iterable[PostItem]) -> Site:
        self.prepared(folder)
        (folder / "content").mkdir()
        site = Site(self, folder)
        site.add(items)
        return site


def _for_hugo(item: PostItem) -> str:
    head = {
        "title": item.title,
        "date": f"{item.published:%Y-%m-%dT%H:%M:%SZ}",
        "slug": item.slug,
        "tags": _tags(item),
        "authors": item.authors,
    }
    return f"{json.dumps(head)}\n{item.html}\n"


def _for_pelican(item: PostItem) -> str:
    said = {
        "date": f"{item.published:%Y-%m-%d %H:%M}",
        "slug": item.slug,
        "tags": ", ".join(_tags(item)),
        "authors": ", ".join(item.authors),
    }
    head = "".join(f'<meta name="{name}" content="{escape(value)}">' for name, value in said.items())
    return f"<html><head><title>{escape(item.title)}</title>{head}</head><body>{item.html}</body></html>\n"


def _tags(item: PostItem) -> list[str]:
    return [str(tag) for tag in item.tags]


def _prepare_hugo(folder: Path) -> None:
    shutil.copytree(_HUGO, folder)


def _prepare_pelican(folder: Path) -> None:
    settings: Mapping[str, object] = {
        "SITENAME": "Built",
        "SITEURL": "https://blog.example",
        "TIMEZONE": "UTC",
        "THEME": "simple",
        "DIRECT_TEMPLATES": [],
        "FEED_MAX_ITEMS": NEWEST,
        "RSS_FEED_SUMMARY_ONLY": False,
        **{f"{kind}_SAVE_AS": "" for kind in ("ARTICLE", "CATEGORY", "TAG", "AUTHOR")},
        "TRANSLATION_FEED_ATOM": None,
        **{f"CATEGORY_FEED_{name.upper()}": None for name in _FEEDS},
        **{f"FEED_ALL_{name.upper()}": file for name, file in _FEEDS.items()},
        **{f"TAG_FEED_{name.upper()}": f"tags/{{slug}}/{file}" for name, file in _FEEDS.items()},
        **{f"AUTHOR_FEED_{name.upper()}": f"authors/{{slug}}/{file}" for name, file in _FEEDS.items()},
    }
    folder.mkdir()
    lines = (f"{name} = {value!r}\n" for name, value in settings.items())
    (folder / "conf.py").write_text("".join(lines), "utf-8")


GENERATORS = (
    Generator(
        "Hugo", bool(shutil.which("hugo")), "not here; Debian's package is called hugo", _for_hugo, _prepare_hugo,
        ("hugo", "--quiet"),
    ),
    Generator(
        "Pelican", bool(find_spec("pelican")), "not here; `make bench` installs it", _for_pelican, _prepare_pelican,
        (sys.executable, "-m", "pelican", "--quiet", "--settings", "conf.py", "--output", "public", "content"),
    ),
)  # fmt: skip
