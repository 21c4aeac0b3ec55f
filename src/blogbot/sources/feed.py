"""RSS and Atom through feedparser, and JSON Feed: one entry per item, its HTML cleaned only when it is read.

Knows what feeds mean by ids, dates and relations. It must never fetch anything, and feedparser is given bytes only.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from blogbot import text
from blogbot.errors import SourceError
from blogbot.model import Entry, Item, Look, PostItem, Problem
from blogbot.sources import dates
from blogbot.sources.document import (
    MAX_ARTICLE,
    MAX_TAGS,
    Document,
    Setting,
    decode,
    names,
    plain_slug,
    title,
)

MAX_ENTRIES = 20_000
_MAX_KEY = 500
_MAX_URL = 2_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item of any feed as it stands there, nothing cleaned yet; instants are in UTC, in ISO 8601."""

    key: str
    url: str
    title: str
    html: str
    summary: str
    base: str
    published: str
    updated: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    curated: tuple[str, ...]
    language: str
    image: str


def look(document: Document, setting: Setting) -> Look:
    """One look at a feed. It is never complete: a feed shows its newest items only. Raises SourceError."""
    if document.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        found, problems = _json_entries(document, setting)
    else:
        found, problems = _xml_entries(document, setting)
    entries: dict[str, Entry] = {}
    for item in found[:MAX_ENTRIES]:
        if not item.key:
            what = f"the item {title(item.title)[:80]!r} has neither an id nor a link; give it one"
            problems.append(Problem(document.where, what))
            continue
        fingerprint = setting.fingerprint(repr(astuple(item)).encode("utf-8", "replace"))
        where = text.clean(item.key)
        entries.setdefault(where, Entry(where, fingerprint, partial(_items, item, f"{document.where}, {where}")))
    return Look(list(entries.values()), validators=document.validators, problems=problems)


def _items(item: _Entry, where: str) -> Sequence[Item]:
    if len(item.html) + len(item.summary) > MAX_ARTICLE:
        raise SourceError(where, f"is larger than {MAX_ARTICLE // 1_000_000} MB, too large for one article")
    html = text.sanitise(text.clean(item.html or item.summary), item.base or item.url)
    summary = text.excerpt(text.plain(item.summary), 1_000) if item.html and item.summary else ""
    name = title(text.plain(item.title) if "<" in item.title else item.title)
    name = name or title(text.excerpt(text.plain(html), 80)) or where[-80:]
    return [
        PostItem(
            key=item.key,
            slug=_slug(item.url, name),
            title=name,
            html=html,
            url=item.url,
            summary=summary,
            authors=names(item.authors),
            tags=names(item.tags, MAX_TAGS),
            published=_read_instant(item.published),
            updated=_read_instant(item.updated),
            links=text.links(html),
            curated=item.curated,
            language=item.language,
            image=item.image,
        )
    ]


def _key(given: str, url: str) -> str:
    """The stable id of an item: its own, else its address. A bare "17" is made unique by the site that the item is on."""
    own = text.clean(given).strip()
    if own and ":" not in own:
        own = f"{urlsplit(url).netloc}:{own}"
    return (own or url)[:_MAX_KEY]


def _slug(url: str, name: str) -> str:
    """The last part of the address, which people know, unless it is a number or nothing; else made from the title."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    last = re.sub(r"\.(?:html?|php|aspx?)$", "", last, flags=re.IGNORECASE)
    return plain_slug(last) if re.search(r"[a-zA-Z]{3}", last) and last.lower() != "index" else text.slug(name)


def _url(raw: object, base: str = "") -> str:
    if not isinstance(raw, str) or not raw.strip():
        return ""
    try:
        url = urljoin(base, raw.strip()) if base else raw.strip()
        parts = urlsplit(url)
    except ValueError:
        return ""
    fine = parts.scheme in ("http", "https") and parts.hostname and len(url) <= _MAX_URL and not re.search(r"\s", url)
    return url if fine else ""


def _read_instant(written: str) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _instant(raw: object, parsed: Any, setting: Setting) -> str:
    """The instant of a feed's date in ISO 8601: naive ones on the clock of the source's zone; "" for what is no date."""
    try:
        return dates.instant(dates.parse(str(raw)), setting.zone).isoformat() if raw else ""
    except ValueError:
        pass
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat() if year >= 1900 else ""
    except (TypeError, ValueError):
        return ""


# --- RSS and Atom ----------------------------------------------------------------------------------------------------


def _xml_entries(document: Document, setting: Setting) -> tuple[list[_Entry], list[Problem]]:
    if b"<!ENTITY" in document.data[:100_000].replace(b"\0", b""):
        raise SourceError(document.where, "defines entities of its own, which no feed needs; it is not read")
    decode(document.data, document.where, document.charset)  # binary and empty files get their own words
    import feedparser  # which takes a megabyte, and who follows no feed does without

    headers = {"content-type": document.media_type or "application/xml"}
    if document.charset:
        headers["content-type"] += f"; charset={document.charset}"
    if document.url or setting.base:
        headers["content-location"] = document.url or setting.base
    try:
        # A stream, because feedparser takes a string for an address and would fetch it.
        parsed = feedparser.parse(io.BytesIO(document.data), response_headers=headers, sanitize_html=False)
    except Exception as error:  # feedparser lets through whatever its parsers raise, of any kind
        raise SourceError(document.where, f"cannot be read as a feed ({type(error).__name__})") from None
    if not parsed.get("version") and not parsed.entries:
        raise SourceError(document.where, "is not a feed; name one in RSS, Atom or JSON Feed")
    problems = []
    broken = parsed.get("bozo_exception")
    if parsed.get("bozo") and not isinstance(broken, feedparser.CharacterEncodingOverride):
        reason = text.clean(str(broken)).removeprefix("<unknown>:")[:200]
        if not parsed.entries:
            raise SourceError(document.where, f"is a broken feed without any item that can be read ({reason})")
        problems.append(Problem(document.where, f"is not well-formed ({reason}); what could be read was"))
    language = str(parsed.feed.get("language", ""))[:20]
    return [_xml_entry(each, language, document, setting) for each in parsed.entries[:MAX_ENTRIES]], problems


def _xml_entry(entry: Any, language: str, document: Document, setting: Setting) -> _Entry:
    content = _best(entry.get("content", []))
    base = str(content.get("base", "") or entry.get("summary_detail", {}).get("base", "") or document.url)
    url = _url(entry.get("link", ""), base)
    published = entry.get("published", "") or entry.get("created", "")
    # Asked of the plain dict, because feedparser gives `published` for an `updated` that is not there, with a warning.
    updated = _instant(dict.get(entry, "updated", ""), dict.get(entry, "updated_parsed"), setting)
    return _Entry(
        key=_key(str(entry.get("id", "")), url),
        url=url,
        title=str(entry.get("title", "")),
        html=str(content.get("value", "")),
        summary=str(entry.get("summary", "")),
        base=_url(base),
        published=_instant(published, entry.get("published_parsed"), setting) or updated,
        updated=updated if published else "",
        authors=_authors(entry),
        tags=tuple(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags", [])),
        curated=_related(entry, base),
        language=str(content.get("language") or "")[:20] or language,
        image=_picture(entry, base),
    )


def _best(contents: Sequence[Any]) -> Any:
    """The HTML among an entry's contents, else its first."""
    html = [each for each in contents if "html" in each.get("type", "")]
    return next(iter(html or contents), {})


def _authors(entry: Any) -> tuple[str, ...]:
    people = [str(each.get("name", "")) for each in entry.get("authors", [])]
    return tuple(each for each in people if each) or ((str(entry["author"]),) if entry.get("author") else ())


def _related(entry: Any, base: str) -> tuple[str, ...]:
    links = [_url(link.get("href"), base) for link in entry.get("links", []) if link.get("rel") == "related"]
    return tuple(dict.fromkeys(link for link in links if link))[:MAX_TAGS]


def _picture(entry: Any, base: str) -> str:
    pictures = [each.get("url") for each in entry.get("media_thumbnail", [])]
    pictures += [each.get("url") for each in entry.get("media_content", []) if each.get("medium") == "image"]
    pictures += [each.get("href") for each in entry.get("enclosures", []) if each.get("type", "").startswith("image/")]
    return next((found for each in pictures if (found := _url(each, base))), "")


# --- JSON Feed (jsonfeed.org, 1.1) -----------------------------------------------------------------------------------


def _json_entries(document: Document, setting: Setting) -> tuple[list[_Entry], list[Problem]]:
    try:
        given = json.loads(decode(document.data, document.where, document.charset))
    except (ValueError, RecursionError):
        raise SourceError(document.where, "is not valid JSON; name a feed in RSS, Atom or JSON Feed") from None
    items = given.get("items")
    if not str(given.get("version", "")).startswith("https://jsonfeed.org/") or not isinstance(items, list):
        raise SourceError(document.where, "is JSON but not a feed; name one in RSS, Atom or JSON Feed")
    base = document.url or _url(given.get("feed_url")) or _url(given.get("home_page_url"))
    fine = [item for item in items[:MAX_ENTRIES] if isinstance(item, dict)]
    problems = (
        [Problem(document.where, f"{len(items) - len(fine)} items are not objects")] if len(fine) < len(items) else []
    )
    return [_json_entry(item, given, base, setting) for item in fine], problems


def _json_entry(item: dict[str, Any], feed: dict[str, Any], base: str, setting: Setting) -> _Entry:
    url = _url(item.get("url"), base) or _url(item.get("external_url"), base)
    people = item.get("authors") or [item.get("author") or {}]
    paragraphs = str(item.get("content_text") or "").split("\n\n")
    plain = "".join(f"<p>{text.escape(each)}</p>" for each in paragraphs if each.strip())
    own = item.get("_blogbot")
    related = own.get("related") if isinstance(own, dict) else None
    # What another blogbot only found to be alike is nobody's choice.
    chosen = [each for each in _list(related) if not (isinstance(each, dict) and each.get("origin") == "computed")]
    addresses = [_url(each.get("url") if isinstance(each, dict) else each, base) for each in chosen]
    return _Entry(
        key=_key(str(item.get("id") or ""), url),
        url=url,
        title=str(item.get("title") or ""),
        html=str(item.get("content_html") or plain),
        summary=text.escape(str(item.get("summary") or "")),
        base=url or base,
        published=_instant(item.get("date_published"), None, setting),
        updated=_instant(item.get("date_modified"), None, setting),
        authors=tuple(str(each.get("name") or "") for each in _list(people) if isinstance(each, dict)),
        tags=tuple(str(each) for each in _list(item.get("tags"))),
        curated=tuple(each for each in addresses if each)[:MAX_TAGS],
        language=str(item.get("language") or feed.get("language") or "")[:20],
        image=_url(item.get("image"), base) or _url(item.get("banner_image"), base),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
