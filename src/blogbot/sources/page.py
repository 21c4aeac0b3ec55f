"""A saved page or a page at an address: one article, and the "Next Upcoming Event" that stands beside it.

Understands the headings of such a page in both its forms, text and HTML; for an article page without them, trafilatura
finds the text. It must not know how items are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from blogbot import text
from blogbot.errors import SourceError
from blogbot.model import Entry, EventItem, EventStatus, Item, Look, PostItem
from blogbot.sources import blocks, dates, head
from blogbot.sources.blocks import Block
from blogbot.sources.document import (
    MAX_ARTICLE,
    MAX_TAG,
    MAX_TAGS,
    Document,
    Setting,
    decode,
    names,
    one_line,
    title,
)
from blogbot.sources.head import Head

_EVENT = re.compile(r"(?:our |the )?(?:next|upcoming|next upcoming|forthcoming)(?: \w+)? events?")
_TAGS = re.compile(r"tags?(?: assigned(?: to this (?:article|post|page))?)?|tagged(?: with| as)?")
_RELATED = re.compile(r"(?:related|similar)(?: (?:blog|news))?(?: (?:articles?|posts?|stories|reading))")
_NOTHING = re.compile(r"(?:none|no tags?|n/?a|-|there are no .{0,60})\.?", re.IGNORECASE)
_DURATION = timedelta(hours=1)
_MAX_RELATED_LINE = 300
_MAX_PAGE = 4 * MAX_ARTICLE
# trafilatura weighs every element against others: beyond this a page would keep a core busy for long.
_MAX_FOREIGN = 1_000_000


@dataclass(slots=True)
class _Sections:
    """A page, sorted by its known headings."""

    article: list[Block]
    event: list[Block]
    tags: list[Block]
    related: list[Block]
    known: bool = False


@dataclass(frozen=True, slots=True)
class _NextEvent:
    starts: datetime | date
    ends: datetime | date | None
    title: str
    url: str


def look(document: Document, setting: Setting) -> Look:
    """One look at a page; it is one entry."""
    fingerprint = setting.fingerprint(document.url.encode(), document.data)
    entry = Entry(document.where, fingerprint, partial(_items, document, setting))
    return Look([entry], validators=document.validators)


def is_html(document: Document) -> bool:
    """Whether the document is HTML, by its type or its first tags."""
    if document.media_type in ("text/html", "application/xhtml+xml"):
        return True
    opening = document.data[:2_000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    named = document.where.lower().endswith((".html", ".htm", ".xhtml"))
    return named or opening.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in opening


def _items(document: Document, setting: Setting) -> Sequence[Item]:
    if len(document.data) > _MAX_PAGE:
        raise SourceError(document.where, f"is larger than {_MAX_PAGE // 1_000_000} MB, too large for one page")
    raw = text.clean(decode(document.data, document.where, document.charset))
    base = document.url or setting.base
    if not is_html(document):
        return _of_sections(_sections(blocks.of_text(raw), document.where), Head(), document, setting)
    root = blocks.tree(document.data, raw, document.where)
    about = head.read(root, base)
    sections = _sections(blocks.of_html(root), document.where)
    if not sections.known:
        return _foreign(root, raw, sections, about, document, setting)
    return _of_sections(sections, about, document, setting)


def _of_sections(sections: _Sections, about: Head, document: Document, setting: Setting) -> Sequence[Item]:
    event, rest = _event(sections.event, document.where)
    article = sections.article + rest
    if any(block.main for block in article):
        article = [block for block in article if block.main]  # the rest is the page's frame
    heading, body = _heading(article, about)
    items: list[Item] = []
    if heading or body:
        html = "\n".join(block.html for block in body)
        items.append(_post(heading, html, _tags(sections.tags), _related(sections.related), about, document, setting))
    if event is not None:
        items.append(_event_item(event, setting))
    elif about.event:
        items += _declared(about.event, document, setting)
    if not items:
        raise SourceError(document.where, "holds no article and no event")
    return items


# --- Sections --------------------------------------------------------------------------------------------------------


def _sections(found: list[Block], where: str) -> _Sections:
    if len(found) >= blocks.MAX_BLOCKS:
        raise SourceError(where, f"holds more than {blocks.MAX_BLOCKS} paragraphs, too many for one page")
    sections = _Sections([], [], [], [])
    start = 0
    current: list[Block] = sections.article
    for at, block in enumerate(found):
        section = _named(block, sections)
        if section is not None:
            _close(found[start:at], current, sections)
            current, start, sections.known = section, at, True
    _close(found[start:], current, sections)
    return sections


def _named(block: Block, sections: _Sections) -> list[Block] | None:
    """The section that `block` is the heading of, also where the content follows on its line: "Tags: health, care"."""
    first = block.lines[0] if block.lines else ""
    phrase, colon, _ = first.partition(":")
    phrase = phrase.casefold().strip()
    if len(phrase) > 80 or block.items:
        return None
    if _EVENT.fullmatch(phrase):
        return sections.event
    # "Tags" alone may be any heading of an article; with a colon, or as the whole phrase, it is meant.
    if _TAGS.fullmatch(phrase) and (" " in phrase or colon):
        return sections.tags
    return sections.related if _RELATED.fullmatch(phrase) else None


def _close(run: list[Block], current: list[Block], sections: _Sections) -> None:
    """Puts what follows a heading into its section, or into the article where it is none: nothing may get lost."""
    if not run or current is sections.article:
        current += run
        return
    content = [*_after_phrase(run[0]), *run[1:]]
    if current is sections.event:
        current += content
        return
    limit = MAX_TAG if current is sections.tags else _MAX_RELATED_LINE
    fitting = 0
    while fitting < len(content) and _fits(content[fitting], limit, inner=current is sections.tags):
        fitting += 1
    current += content[:fitting]
    sections.article += [block for block in content[fitting:] if block.html]


def _after_phrase(heading: Block) -> list[Block]:
    """What stands in the heading's own block behind its phrase, as a block."""
    rest = heading.lines[0].partition(":")[2].strip()
    lines = ((rest,) if rest else ()) + heading.lines[1:]
    return [Block(lines, f"<p>{'<br>'.join(map(escape, lines))}</p>", 0, heading.links, heading.main)] if lines else []


def _fits(block: Block, limit: int, *, inner: bool) -> bool:
    """Whether a block can be part of a list of tags (`inner`: commas part them) or of related articles."""
    if inner and block.level in range(1, 7):
        return False
    parts = [part for line in block.lines for part in (line.split(",") if inner else [line])]
    return len(parts) <= 200 and all(len(part) <= limit for part in parts)


def _tags(section: list[Block]) -> tuple[str, ...]:
    found: list[str] = []
    for block in section:
        if block.links:
            found += [link.label for link in block.links]
        else:
            found += [part.lstrip("#•*- ") for line in block.lines for part in re.split(r"[,;|]", line)]
    return names([each for each in found if not _NOTHING.fullmatch(each.strip() or "-")], MAX_TAGS)


def _related(section: list[Block]) -> tuple[str, ...]:
    """The related articles that the page names: their addresses, or the slugs of their titles where it links none."""
    found: list[str] = []
    for block in section:
        if block.links:
            found += [link.href for link in block.links]
        else:
            titles = [one_line(line).lstrip("•*- ") for line in block.lines]
            found += [text.slug(each) for each in titles if each and not _NOTHING.fullmatch(each)]
    return tuple(dict.fromkeys(each[:2_000] for each in found))[:MAX_TAGS]


# --- The event -------------------------------------------------------------------------------------------------------


def _event(section: list[Block], where: str) -> tuple[_NextEvent | None, list[Block]]:
    """The event of its section, and the blocks after it. None where the section names no date: all is the article's."""
    for at, block in enumerate(section[:6]):
        for line_at, line in enumerate(block.lines):
            times = _times(line, where)
            if times is None:
                continue
            others = (*block.lines[:line_at], *block.lines[line_at + 1 :])
            before = [each for each in section[:at] if each.text]
            after, rest = _details(section[at + 1 :])
            label = next((b.text for b in before), "") or " ".join(others[:1]) or next((b.text for b in after), "")
            links = [link.href for each in (*before, block, *after) for link in each.links]
            url = next((href for href in links if href.startswith(("http://", "https://"))), "")
            return _NextEvent(*times, title("" if _NOTHING.fullmatch(label) else label), url), rest
    return None, [block for block in section if block.html]


def _times(line: str, where: str) -> tuple[datetime | date, datetime | None] | None:
    """The times that `line` gives; None where it is no date. Raises SourceError for a date that does not exist."""
    bare = re.sub(r"^(?:date|when|time)\s*:\s*", "", line, flags=re.IGNORECASE)
    if not any(c.isdigit() for c in bare) or len(bare) > 80:
        return None
    try:
        return dates.span(bare)
    except ValueError as error:
        if "does not exist" in str(error) or "out of range" in str(error):
            raise SourceError(where, f"the next event: {error}") from None
        return None


def _details(section: list[Block]) -> tuple[list[Block], list[Block]]:
    """What follows the date: the event's own lines up to the article's heading, and the article.

    Without a heading (plain text) the article begins at once.
    """
    for at, block in enumerate(section):
        if block.level:
            own = all(len(each.text) <= _MAX_RELATED_LINE for each in section[:at]) and at <= 3
            return (section[:at], section[at:]) if own else ([], section)
    return [], section


def _uid(starts: datetime | date, setting: Setting) -> str:
    name = setting.name
    if not name.startswith(("http://", "https://")) and Path(name).exists():
        name = str(Path(name).resolve())  # one file, however its path is written
    return f"page:{sha256(name.encode('utf-8', 'replace')).hexdigest()[:12]}:{starts.isoformat()}"


def _event_item(event: _NextEvent, setting: Setting) -> EventItem:
    starts = dates.local(event.starts, setting.zone)
    ends = dates.local(event.ends, setting.zone) if event.ends else None
    usual = starts + (_DURATION if isinstance(starts, datetime) else timedelta(days=1))
    return EventItem(
        uid=_uid(starts, setting),
        title=event.title,
        starts=starts,
        ends=ends or usual,
        timezone=setting.timezone,
        url=event.url,
        made_up=True,
    )


def _declared(given: dict[str, str], document: Document, setting: Setting) -> list[EventItem]:
    """The event that a page's JSON-LD declares; none where its date cannot be read."""
    if not given["starts"]:
        return []
    try:
        starts = dates.local(dates.parse(given["starts"]), setting.zone)
        ends = dates.local(dates.parse(given["ends"]), setting.zone) if given["ends"] else None
    except ValueError as error:
        raise SourceError(document.where, f"the event it declares: {error}") from None
    whole_days = not isinstance(starts, datetime)
    if isinstance(ends, datetime) == whole_days or (ends is not None and ends < starts):
        ends = None
    if whole_days:
        ends = (ends or starts) + timedelta(days=1)
    cancelled = given["status"] == "EventCancelled"
    return [
        EventItem(
            uid=_uid(starts, setting),
            title=title(given["title"]),
            starts=starts,
            ends=ends or starts + _DURATION,
            timezone=setting.timezone,
            location=one_line(given["location"])[:1_000],
            url=given["url"],
            status=EventStatus.CANCELLED if cancelled else EventStatus.CONFIRMED,
            made_up=True,
        )
    ]


# --- The article -----------------------------------------------------------------------------------------------------


def _heading(article: list[Block], about: Head) -> tuple[str, list[Block]]:
    """The article's title and its body: its first heading where it has any, else its first line."""
    at = next((i for i, block in enumerate(article) if block.level == 1), None)
    if at is None:
        at = next((i for i, block in enumerate(article) if block.level), None)
    if at is not None and any(len(block.text) > _MAX_RELATED_LINE for block in article[:at]):
        at = None  # a heading in the middle of the text
    if at is not None:
        return article[at].text, article[at + 1 :]
    if about.title:
        return about.title, article
    return (article[0].text, article[1:]) if article else ("", [])


def _post(
    heading: str,
    raw: str,
    tags: tuple[str, ...],
    curated: tuple[str, ...],
    about: Head,
    document: Document,
    setting: Setting,
) -> PostItem:
    url = about.url or document.url
    html = text.sanitise(raw, url or setting.base)
    name = title(heading)
    # An address without a path is a front page: its article changes, so that its title has to tell them apart.
    fixed = url if urlsplit(url).path.strip("/") else ""
    return PostItem(
        key=fixed or f"page:{text.slug(name)}",
        slug=text.slug(name),
        title=name,
        html=html,
        url=fixed,
        summary=one_line(about.summary)[:1_000],
        authors=names(about.authors),
        tags=tags or names(about.tags, MAX_TAGS),
        published=_instant(about.published, setting),
        updated=_instant(about.updated, setting),
        links=text.links(html),
        curated=curated,
        language=about.language,
        image=about.image,
        made_up=not fixed,
    )


def _instant(raw: str, setting: Setting) -> datetime | None:
    try:
        return dates.instant(dates.parse(raw), setting.zone) if raw else None
    except ValueError:
        return None  # a page's hidden date is a hint only; its article is worth more


def _foreign(
    root: HtmlElement, raw: str, sections: _Sections, about: Head, document: Document, setting: Setting
) -> Sequence[Item]:
    """An article page without our headings: trafilatura tells its text from its frame."""
    body = _main_text(raw, document.url) if sections.article and len(raw) <= _MAX_FOREIGN else ""
    if not body:
        return _of_sections(sections, about, document, setting)
    first = next((block.text for block in sections.article if block.level == 1), "")
    name = about.title.removesuffix(about.site).rstrip(" |-–—·") if about.site else about.title
    items: list[Item] = [_post(name or first or body[:80], body, (), (), about, document, setting)]
    return items + (_declared(about.event, document, setting) if about.event else [])


def _main_text(raw: str, url: str) -> str:
    # Imported here because it takes long to load and most sources never need it.
    import trafilatura

    try:
        found = trafilatura.extract(
            raw, url=url or None, output_format="html", include_links=True, include_formatting=True, include_images=True
        )
    except (etree.LxmlError, ValueError, RecursionError):
        return ""
    return str(found or "")
