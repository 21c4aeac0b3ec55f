"""One post, or one event, as every format shows it: clean lines, whole HTML with its related articles, absolute addresses.

What costs time (reading HTML, cutting a summary) is done here, once for all formats. It does not know any format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape

from blogbot import text
from blogbot.i18n import Words
from blogbot.model import Event, EventStatus, Occurrence, Origin, Post, Related, Site, Tag
from blogbot.publish.address import event_page, home, image_type, post_page, safe_slug, tag_uri, web_address

# How many further dates an event's entry names.
_DATES = 5

# A line and a paragraph separator end a line as "\n" does.
_SPACE = re.compile("[ \t\r\n\u2028\u2029]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
# What XML 1.0 has no place for (its production Char), carriage returns, and the controls that it advises against.
_WILD = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A hint that work is needed, not a reading of HTML: what is sanitised has double quotes and lower-case names.
# Two searches with a fixed beginning take a tenth of the time of one that begins with either.
_RELATIVE_LINK = re.compile('href="(?![A-Za-z][A-Za-z0-9+.-]*:)')
_RELATIVE_IMAGE = re.compile('src="(?![A-Za-z][A-Za-z0-9+.-]*:)')


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A related article: its title, its address ("" where it has none), who says so, and how strongly (0 to 1)."""

    title: str
    url: str
    origin: Origin
    score: float


@dataclass(frozen=True, slots=True)
class Article:
    """What an entry of a feed holds. `id` is a tag URI; `url` and `image` are absolute or ""; instants are UTC, to the second.

    `title`, `summary`, `authors` and names of tags are plain text; `html` ends with the related articles, and is "" in the short
    form. `image_type` is the picture's media type, "" where it has none or its address does not tell.
    """

    id: str
    url: str
    title: str
    summary: str
    html: str
    updated: datetime
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    related: tuple[Neighbour, ...] = ()
    language: str = ""
    image: str = ""

    @property
    def image_type(self) -> str:
        return image_type(self.image)


def line(wild: str, fallback: str = "") -> str:
    """`wild` as one clean line of plain text; `fallback` where nothing is left of it."""
    return _SPACE.sub(" ", text.clean(wild)).strip() or fallback


def language(code: str) -> str:
    """`code`, also one as systems write it (pt_BR), as a language tag (RFC 5646); "" where it is none."""
    tag = code.partition(".")[0].replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def second(instant: datetime) -> datetime:
    """`instant` in UTC, without its fraction, as all formats can write it."""
    return instant.astimezone(UTC).replace(microsecond=0)


def of_post(post: Post, related: Sequence[Related], site: Site, words: Words) -> Article:
    """`post` as feeds show it. Its suggested tags stay out: no editor gave them."""
    title = line(post.title, words.gettext("Untitled"))
    body = _body(post.html, web_address(post.url) or home(site))
    neighbours = tuple(_neighbour(one, site, words) for one in related)
    summary = line(post.summary) or line(text.excerpt(text.plain(body)), title)
    return Article(
        id=tag_uri(site, "post", post.key),
        url=post_page(site, post),
        title=title,
        summary=summary,
        html=(body or f"<p>{escape(summary)}</p>") + _related_html(neighbours, words),
        updated=second(post.updated),
        published=second(post.published),
        authors=tuple(filter(None, map(line, post.authors))),
        tags=_tags(post.tags),
        related=neighbours,
        language=language(post.language),
        image=web_address(post.image),
    )


def of_event(event: Event, upcoming: Sequence[Occurrence], site: Site, words: Words) -> Article:
    """`event` as feeds show it: its next date that takes place, and where, in words, what it is about, and its further dates.

    `upcoming` are its own coming dates, the soonest first, at least one.
    """
    first = next((one for one in upcoming if one.status is not EventStatus.CANCELLED), upcoming[0])
    title = line(first.title or event.title, words.gettext("Event"))
    if first.status is EventStatus.CANCELLED:
        title = words.gettext("Cancelled: {title}").format(title=title)
    when, place = _when(first, words), line(first.location)
    base = event_page(site, event) or home(site)
    html = "".join((
        f"<p><strong>{escape(when)}</strong></p>\n",
        f"<p>{escape(place)}</p>\n" if place else "",
        _body(event.html, base),
        _dates_html([one for one in upcoming if one is not first], words),
    ))  # fmt: skip
    return Article(
        id=tag_uri(site, "event", event.uid),
        url=event_page(site, event),
        title=title,
        summary=line(". ".join(filter(None, (when, place, line(event.summary))))),
        html=html,
        updated=second(event.updated or first.known),
        tags=_tags(event.tags),
    )


def in_short(article: Article) -> Article:
    """`article` without its content: its summary and its links."""
    # Where nothing leads to the content, Atom wants one in the entry (RFC 4287, 4.1.1).
    return replace(article, html="" if article.url else f"<p>{escape(article.summary)}</p>")


def _body(html: str, base: str) -> str:
    """`html` as a document can carry it, its addresses absolute, and nothing in it that could run.

    It was sanitised when it came in, maybe by other rules. Nearly all needs no work, and work on whole texts is slow.
    """
    if not html.replace("\n", "").isprintable() and _WILD.search(html):
        html = text.clean(html)
    relative = base and (_RELATIVE_LINK.search(html) or _RELATIVE_IMAGE.search(html))
    return text.sanitise(html, base) if relative or not text.is_harmless(html) else html


def _neighbour(related: Related, site: Site, words: Words) -> Neighbour:
    title = line(related.post.title, words.gettext("Untitled"))
    return Neighbour(title, post_page(site, related.post), related.origin, round(related.score, 4))


def _tags(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(Tag(key, line(tag.name, key)) for key, tag in {safe_slug(tag): tag for tag in tags}.items())


def _related_html(neighbours: Sequence[Neighbour], words: Words) -> str:
    if not neighbours:
        return ""
    items = "".join(f"<li>{_anchor(one)}</li>\n" for one in neighbours)
    return f"\n<h2>{escape(words.gettext('Related articles'))}</h2>\n<ul>\n{items}</ul>\n"


def _anchor(neighbour: Neighbour) -> str:
    title = escape(neighbour.title)
    return f'<a href="{escape(neighbour.url)}">{title}</a>' if neighbour.url else title


def _dates_html(occurrences: Sequence[Occurrence], words: Words) -> str:
    if not occurrences:
        return ""
    items = "".join(f"<li>{escape(_date(one, words))}</li>\n" for one in occurrences[:_DATES])
    return f"\n<h2>{escape(words.gettext('Further dates'))}</h2>\n<ul>\n{items}</ul>\n"


def _date(occurrence: Occurrence, words: Words) -> str:
    when = _when(occurrence, words)
    if occurrence.status is EventStatus.CANCELLED:
        return words.gettext("{when} (cancelled)").format(when=when)
    return when


def _when(occurrence: Occurrence, words: Words) -> str:
    zone, all_day = occurrence.event.timezone, occurrence.event.all_day
    first = words.when(occurrence.starts, zone, all_day=all_day)
    # An all-day event ends where its last day does, which is midnight: the day before is the last that people mean.
    last = words.when(occurrence.ends - timedelta(seconds=1), zone, all_day=True)
    if all_day and first != last and occurrence.ends > occurrence.starts:
        return words.gettext("{first} to {last}").format(first=first, last=last)
    return first
