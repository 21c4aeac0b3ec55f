"""A Markdown file, or a folder of them: each is an article, or an event where its front matter says when it ends.

Knows front matter and CommonMark; it must not know how items are kept. Listing a folder reads bytes and hashes them;
Markdown is parsed only when an entry is read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from markdown_it import MarkdownIt

from blogbot import text
from blogbot.errors import SourceError
from blogbot.model import Entry, EventItem, EventStatus, Item, Look, PostItem, Problem
from blogbot.sources import dates, front_matter, liquid
from blogbot.sources.document import (
    MAX_ARTICLE,
    MAX_BYTES,
    MAX_TAGS,
    Document,
    Setting,
    decode,
    load,
    names,
    one_line,
    plain_slug,
    title,
)
from blogbot.sources.front_matter import flag, list_of, text_of

EXTENSIONS = (".md", ".markdown")
MAX_FILES = 100_000
MAX_SUMMARY = 1_000

# Files about a folder rather than of it, unless they have front matter.
_ABOUT = frozenset({
    "readme", "changelog", "changes", "history", "contributing", "license", "licence", "code_of_conduct", "security",
    "support", "authors", "todo",
})  # fmt: skip
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_ ]+(?=.)")
_LOOSELY_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?!\d)")
_IDENTITY = re.compile(rb"^(id|guid|uid)[ \t]*[:=][ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_MAX_IDENTITY = 300
# Names that say nothing, because the folder carries the article's: Hugo's page bundles and their like.
_BUNDLES = frozenset(["index", "_index", "readme"])
_STARTS = ("event_date", "start_date", "starts", "start", "date")
_ENDS = ("end_date", "ends", "end", "event_end")
_ENDINGS = frozenset({"end_date", "ends", "event_date", "event_end", "start_date", "starts"})
_PLACES = ("location", "venue", "place", "event_platform")
_DURATION = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _File:
    """One file that is to be read: its name for people, the name its article goes by, and the key of what it holds."""

    where: str
    name: str
    key: str
    made_up: bool

    def fingerprint(self, setting: Setting, data: bytes) -> str:
        return setting.fingerprint(self.key.encode(), self.name.encode("utf-8", "replace"), data)


def look(document: Document, setting: Setting) -> Look:
    """One look at a single document, from a file or an address."""
    path = document.where.partition("?")[0].rstrip("/")
    name = _name(path)
    file = _File(document.where, name, *_identity(document.data, name))
    entry = Entry(
        document.where,
        file.fingerprint(setting, document.data),
        partial(_items, document.data, file, setting, document.charset),
    )
    return Look([entry], validators=document.validators)


def look_at_folder(folder: Path, setting: Setting) -> Look:
    """One look at a folder and all folders in it, hidden ones left out. Raises SourceError where it holds no article.

    Where a folder below cannot be read, the look is not complete: what it held is not gone.
    """
    entries: dict[str, Entry] = {}
    by_key: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for path in _paths(folder, problems):
        relative = path.relative_to(folder).as_posix()
        where = text.clean(relative)
        try:
            data = load(path, where, MAX_BYTES)
        except SourceError as error:
            entries[where] = _failing(error, setting)
            continue
        if path.stem.lower() in _ABOUT and not data.lstrip(b"\xef\xbb\xbf").startswith((b"---", b"+++")):
            continue
        file = _File(where, _name(f"{folder.resolve().name}/{relative}"), *_identity(data, _bare(where)))
        entries[where] = Entry(where, file.fingerprint(setting, data), partial(_read, path, file, setting))
        by_key.setdefault(file.key, []).append(where)
    for same in by_key.values():
        entries |= {where: _failing(_shared(where, same), setting) for where in same if len(same) > 1}
    if not entries and not problems:
        wanted = " or ".join(f"*{extension}" for extension in EXTENSIONS)
        raise SourceError(str(folder), f"holds no article; blogbot looked for {wanted} in it and the folders below it")
    return Look(list(entries.values()), complete=not problems, problems=problems)


def _failing(error: SourceError, setting: Setting) -> Entry:
    """What cannot be read is an entry all the same, so that what it held before is not taken for gone."""
    return Entry(error.where, setting.fingerprint(error.what.encode("utf-8", "replace")), partial(_fail, error))


def _shared(where: str, same: Sequence[str]) -> SourceError:
    # None of them is read: whichever were taken for the article, a file more or less would make it another.
    other = next((each for each in same if each != where), where)
    return SourceError(where, f"is the same article as {other} by its id or its name; give each its own")


def _paths(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """The Markdown files below `folder` in a stable order. Links to folders are not followed, so that none is endless.

    Folders that cannot be read are added to `problems`; raises SourceError where `folder` itself is one.
    """
    found: list[Path] = []
    for root, folders, files in os.walk(folder, onerror=lambda error: problems.append(_unreadable(folder, error))):
        folders[:] = [name for name in folders if not name.startswith((".", "_site", "node_modules"))]
        found += [Path(root, name) for name in files if name.lower().endswith(EXTENSIONS) and name[0] != "."]
        if len(found) > MAX_FILES:
            raise SourceError(str(folder), f"holds more than {MAX_FILES} files; name a smaller folder")
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _unreadable(folder: Path, error: OSError) -> Problem:
    what = f"cannot be read ({(error.strerror or 'unknown').lower()}); check its permissions"
    path = Path(error.filename or folder)
    if path == folder:
        raise SourceError(str(folder), what)
    return Problem(text.clean(path.relative_to(folder).as_posix()), what)


def _identity(data: bytes, path: str) -> tuple[str, bool]:
    """The stable key of what a file holds, and whether it is made up: its `id`, `guid` or `uid`, else its path.

    Found without parsing, so that listing is fast. The path is the whole one below the folder, so that no other file can
    come to have the key.
    """
    given: dict[bytes, str] = {}
    mark = data.lstrip(b"\xef\xbb\xbf")[:3]
    if mark in (b"---", b"+++"):
        head = data[: data.find(b"\n" + mark, 3)][: front_matter.MAX_SIZE]
        head = head.partition(b"\n[")[0] if mark == b"+++" else head  # what follows a table's name is the table's
        for key, raw in _IDENTITY.findall(head):
            value = re.sub(r"\s+#.*$", "", raw.decode("utf-8", "replace")).strip().strip("\"'")
            given.setdefault(key.lower(), "" if value.lower() in ("~", "null") else one_line(value)[:_MAX_IDENTITY])
    unique = given.get(b"id") or given.get(b"guid") or given.get(b"uid")
    if not unique and len(path) > _MAX_IDENTITY:
        path = f"{path[:_MAX_IDENTITY]}~{blake2b(path.encode(), digest_size=8).hexdigest()}"
    return f"markdown:{unique or path}", not unique


def _bare(path: str) -> str:
    """`path` without the extension of Markdown."""
    return next((path[: -len(each)] for each in EXTENSIONS if path.lower().endswith(each)), path)


def _name(path: str) -> str:
    """The name that an article at `path` goes by: its file's without the extension, or its folder's where that is a bundle."""
    *folders, last = path.split("/")
    above = folders[-1].strip(".") if folders else ""
    bare = _bare(last)
    return above if above and bare.lower() in _BUNDLES else bare


def _stem(name: str) -> str:
    """A file's name without its date."""
    return _DATED.sub("", name, count=1) if _DATED.match(name) else name


def _fail(error: SourceError) -> Sequence[Item]:
    raise error


def _read(path: Path, file: _File, setting: Setting) -> Sequence[Item]:
    return _items(load(path, file.where), file, setting)


def _items(data: bytes, file: _File, setting: Setting, charset: str = "") -> Sequence[Item]:
    if len(data) > MAX_ARTICLE:
        raise SourceError(file.where, f"is larger than {MAX_ARTICLE // 1_000_000} MB, too large for one article")
    fields, body = front_matter.split(decode(data, file.where, charset), file.where)
    event = _event_fields(fields)
    if event is not None:
        return [_event(event, body, file, setting)]
    if flag(fields, "draft") or str(fields.get("published", "")).lower() == "false":
        return []
    return [_post(fields, body, file, setting)]


def _post(fields: dict[str, Any], body: str, file: _File, setting: Setting) -> PostItem:
    heading, body = _heading(fields, body)
    url = _address(fields, setting, "canonical_url", "canonical", "url", "permalink")
    html = render(body, url or setting.base)
    stem = _stem(file.name)
    return PostItem(
        key=file.key,
        slug=plain_slug(text_of(fields, "slug") or stem),
        title=title(heading) or title(re.sub(r"[-_]+", " ", stem)).capitalize(),
        html=html,
        url=url,
        summary=_summary(fields),
        authors=names(list_of(fields, "authors", "author")),
        tags=names(list_of(fields, "tags", "tag", "topics", "categories", "category"), MAX_TAGS),
        published=_published(fields, file, setting),
        updated=_instant(fields, file, setting, "updated", "lastmod", "last_modified", "modified"),
        links=text.links(html),
        curated=_pins(fields),
        language=text_of(fields, "lang", "language", "locale")[:20],
        image=_image(fields, url or setting.base),
        made_up=file.made_up,
    )


def _pins(fields: dict[str, Any]) -> tuple[str, ...]:
    """The articles that the editor names as related, by address, slug, id, file or title."""
    given = list_of(fields, "related", "related_posts", "related_articles", by=("url", "link", "slug", "id", "title"))
    return tuple(dict.fromkeys(map(_pin, given)))[:MAX_TAGS]


def _pin(raw: str) -> str:
    raw = liquid.resolve(raw).strip()[:2_000]
    if "://" in raw:
        return raw
    folder, slash, name = _bare(raw).rpartition("/")
    # A title is known by the slug that can be made of it; a file's date is no part of its article's.
    return f"{folder}{slash}{text.slug(name) if ' ' in name else _stem(name)}"


def _heading(fields: dict[str, Any], body: str) -> tuple[str, str]:
    """The title and the body without it: the front matter's, else a `# heading` that the body begins with."""
    given = text_of(fields, "title")
    first, _, rest = body.lstrip().partition("\n")
    if given or not re.match(r"#\s+\S", first):
        return given, body
    return text.plain(render(first)), rest


def render(body: str, base: str = "") -> str:
    """Markdown (CommonMark with tables) as sanitised HTML, its template tags resolved; relative links seen from `base`."""
    return text.sanitise(_markdown().render(liquid.resolve(text.clean(body))), base)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _summary(fields: dict[str, Any]) -> str:
    raw = text_of(fields, "excerpt", "summary", "description", "deck")
    return text.excerpt(text.plain(render(raw)), MAX_SUMMARY) if raw else ""


def _image(fields: dict[str, Any], base: str) -> str:
    value = fields.get("image", "")
    raw = text_of(value, "path", "src", "url") if isinstance(value, dict) else text_of(fields, "image")
    address = _joined(base, raw)
    return address if re.match(r"https?://\S+$", address) and len(address) <= 2_000 else ""


def _joined(base: str, raw: str) -> str:
    try:
        return urljoin(base, raw) if base and raw else raw
    except ValueError:
        return ""  # an address such as http://[ that nothing can read


def _address(fields: dict[str, Any], setting: Setting, *keys: str) -> str:
    """The first of `keys` that is an http address, made absolute where the source's own address is known; else ""."""
    for key in keys:
        address = _joined(setting.base, text_of(fields, key))
        if re.match(r"https?://[^\s/]+\S*$", address) and len(address) <= 2_000:
            return address
    return ""


def _published(fields: dict[str, Any], file: _File, setting: Setting) -> datetime | None:
    given = _instant(fields, file, setting, "date", "published", "publishdate", "pubdate")
    if given is not None:
        return given
    name = _LOOSELY_DATED.match(file.name)
    return dates.instant(_date(name[1], file.where, "the file name"), setting.zone) if name else None


def _instant(fields: dict[str, Any], file: _File, setting: Setting, *keys: str) -> datetime | None:
    for key in keys:
        raw = text_of(fields, key)
        if raw and raw.lower() not in ("true", "false"):
            return dates.instant(_date(raw, file.where, key), setting.zone)
    return None


def _date(raw: str, where: str, key: str) -> datetime | date:
    try:
        return dates.parse(raw)
    except ValueError as error:
        raise SourceError(where, f"{key}: {error}") from None


def _event_fields(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The fields of an event; None where the front matter describes an article."""
    inner = fields.get("event")
    if isinstance(inner, dict):
        return {**fields, **inner}
    kinds = {text_of(fields, key).lower() for key in ("layout", "type", "kind", "category")}
    says_so = flag(fields, "event") or bool(kinds & {"event", "events"})
    return fields if says_so or _ENDINGS & fields.keys() else None


def _event(fields: dict[str, Any], body: str, file: _File, setting: Setting) -> EventItem:
    heading, body = _heading(fields, body)
    starts, ends = _times(fields, file, setting)
    url = _address(fields, setting, "registration_url", "url", "link", "canonical_url", "permalink")
    return EventItem(
        uid=file.key,
        title=title(heading),
        starts=starts,
        ends=ends,
        timezone=setting.timezone,
        summary=_summary(fields),
        html=render(body, setting.base),
        location=one_line(text_of(fields, *_PLACES))[:MAX_SUMMARY],
        url=url,
        status=_status(fields),
        tags=names(list_of(fields, "topics", "tags", "tag", "categories"), MAX_TAGS),
        made_up=file.made_up,
    )


def _status(fields: dict[str, Any]) -> EventStatus:
    said = text_of(fields, "status").lower()
    if flag(fields, "cancelled") or flag(fields, "canceled") or said in ("cancelled", "canceled"):
        return EventStatus.CANCELLED
    # A draft of an event already has its date: it is one that may still change (RFC 5545, TENTATIVE).
    tentative = said == "tentative" or flag(fields, "draft")
    return EventStatus.TENTATIVE if tentative else EventStatus.CONFIRMED


def _times(fields: dict[str, Any], file: _File, setting: Setting) -> tuple[datetime | date, datetime | date]:
    """Start and end on the clock of the source's zone; for whole days the end is the day after the last."""
    raw = text_of(fields, *_STARTS)
    if not raw:
        raise SourceError(file.where, "this event has no date; add a line such as date: 2026-03-12 10:00")
    starts, raw_end = _date(raw, file.where, "date"), text_of(fields, *_ENDS)
    ends = _date(raw_end, file.where, "end_date") if raw_end else None
    if isinstance(starts, datetime) and isinstance(ends, datetime) and starts.tzinfo and not ends.tzinfo:
        ends = ends.replace(tzinfo=starts.tzinfo)  # the editor wrote the offset once
    first = dates.local(starts, setting.zone)
    last = dates.local(ends, setting.zone) if ends is not None else None
    if not isinstance(first, datetime) and not isinstance(last, datetime):
        return first, _after(first, last or first, file) + timedelta(days=1)
    first = first if isinstance(first, datetime) else datetime.combine(first, datetime.min.time())
    if last is None:
        return first, first + _DURATION
    if not isinstance(last, datetime):
        last = datetime.combine(last + timedelta(days=1), datetime.min.time())
    return first, _after(first, last, file)


def _after(first: date, last: date, file: _File) -> date:
    if last < first:
        raise SourceError(file.where, f"this event ends ({last}) before it begins ({first}); correct end_date")
    return last
