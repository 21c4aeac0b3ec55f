"""A channel: posts that are published together, and the files in which they are.

Pure names and numbers. It does not know what is in a file, nor where the folder is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from blogbot.model import Label, LabelKind, Tag
from blogbot.publish import atom, calendar, jsonfeed, rss
from blogbot.publish.address import safe_slug

# As many as readers fetch at once; the rest is for archives.
NEWEST = 50

# What an empty feed says of when it last changed.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EVERYTHING = ""
EVENTS = "events/"
SUMMARY = "summary/"
SITEMAP = "sitemap.xml"
ARCHIVE = "archive/"

_TAGS, _AUTHORS, _MAP = "tags/", "authors/", "sitemap/"
FORMATS = (atom.FILE, rss.FILE, jsonfeed.FILE)
FEEDS = (*FORMATS, *(f"{SUMMARY}{name}" for name in FORMATS))
"""The files of a channel that hold posts."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One selection. `ids` are the posts that are shown, newest first; `total` counts those that are too old, too.

    `key` is the folder of a channel that people follow: "" for everything, "tags/<slug>/", "authors/<slug>/", "events/". An
    archive's is "archive/<n>", and that of a part of the site map "sitemap/<n>", or "sitemap/" where it is in one part.
    """

    key: str
    name: str = ""
    ids: tuple[int, ...] = ()
    total: int = 0
    events: int = 0
    updated: datetime = EPOCH

    @property
    def followed(self) -> bool:
        """Whether people follow it: everything, a tag or an author."""
        return self.key == EVERYTHING or self.key.startswith((_TAGS, _AUTHORS))

    @property
    def tag(self) -> bool:
        return self.key.startswith(_TAGS)

    @property
    def author(self) -> bool:
        return self.key.startswith(_AUTHORS)

    @property
    def archive(self) -> bool:
        return self.key.startswith(ARCHIVE)

    @property
    def mapped(self) -> bool:
        """Whether it is a part of the site map."""
        return self.key.startswith(_MAP)

    @property
    def slug(self) -> str:
        """A tag's or an author's."""
        return self.key.split("/")[1]

    @property
    def number(self) -> int:
        """An archive's, or that of a part of the site map; 0 for anything else."""
        last = self.key.rpartition("/")[2]
        return int(last) if last else 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The paths of its files that hold posts, relative to the whole tree."""
        if self.archive:
            return tuple(archived(self.number, file) for file in FORMATS)
        if self.mapped:
            return (mapped(self.number),)
        if self.key == EVENTS:
            return ()
        return tuple(f"{self.key}{file}" for file in FEEDS)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all its files."""
        if self.key == EVENTS:
            return tuple(f"{EVENTS}{file}" for file in FEEDS)
        return (*self.texts, f"{self.key}{calendar.FILE}") if self.dated else self.texts

    @property
    def dated(self) -> bool:
        """Whether it has a calendar."""
        return self.key == EVERYTHING or self.tag


def of_label(label: Label) -> str:
    """The key of a label's channel."""
    folder = _TAGS if label.kind is LabelKind.TAG else _AUTHORS
    return f"{folder}{safe_slug(Tag(label.slug, label.slug))}/"


def of_tag(tag: Tag) -> str:
    return f"{_TAGS}{safe_slug(tag)}/"


def of_archive(number: int) -> str:
    return f"{ARCHIVE}{number}"


def of_map(number: int) -> str:
    """The key of a part of the site map, or for 0 of the only one."""
    return f"{_MAP}{number or ''}"


def archived(number: int, file: str) -> str:
    """The path of an archive in the format of `file`: "archive/atom-1.xml", or rss-1.xml, or feed-1.json."""
    name, _, ending = file.partition(".")
    return f"{ARCHIVE}{name}-{number}.{ending}"


def archived_as(path: str) -> str:
    """The format of the archive at `path`, as `archived` takes it."""
    name, _, numbered = path.removeprefix(ARCHIVE).partition("-")
    return f"{name}.{numbered.partition('.')[2]}"


def mapped(number: int) -> str:
    """The path of a part of the site map."""
    return f"{ARCHIVE}sitemap-{number}.xml" if number else SITEMAP


def followed(channels: Iterable[Channel]) -> list[Channel]:
    """Those that people follow, everything first, then authors and tags by slug."""
    return sorted((channel for channel in channels if channel.followed), key=lambda channel: channel.key)
