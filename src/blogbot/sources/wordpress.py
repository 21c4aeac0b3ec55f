"""A WordPress export (WXR): one entry per published post, its text with the paragraphs that WordPress adds on showing it.

Knows the export's XML; it must not know the WordPress that wrote it, nor fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

from lxml import etree

from blogbot import text
from blogbot.errors import SourceError
from blogbot.model import Entry, Item, Look, PostItem, Problem
from blogbot.sources import dates
from blogbot.sources.document import MAX_ARTICLE, MAX_TAGS, Document, Setting, names, plain_slug, title

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_NEVER = "0000-00-00 00:00:00"
# A blank line makes a paragraph, unless a block stands there already (WordPress, wpautop).
_BLOCK = re.compile(
    r"<(?:/?(?:p|div|h[1-6]|ul|ol|li|blockquote|pre|table|t[rdh]|thead|tbody|figure|figcaption|section|hr|iframe)\b|!--)",
    re.IGNORECASE,
)
_SHORTCODE = re.compile(r"\[/?(?:caption|gallery|embed|audio|video|vc_\w{1,40})(?:\s[^\]]{0,500})?\]")


def look(document: Document, setting: Setting) -> Look:
    """One look at an export, which holds the whole site. Raises SourceError where it is none."""
    if b"<!ENTITY" in document.data[:100_000]:
        raise SourceError(document.where, "defines entities of its own, which no export needs; it is not read")
    if b"wordpress.org/export/" not in document.data[:20_000]:
        raise SourceError(document.where, "is not a WordPress export; make one in WordPress under Tools, Export")
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    try:
        for item, people in _posts(document):
            key = _key(item)
            if not key:
                problems.append(Problem(document.where, f"the post {_of(item, 'title')[:80]!r} has no id and no link"))
                continue
            raw = etree.tostring(item, with_tail=False)
            fingerprint = setting.fingerprint(repr(sorted(people.items())).encode(), raw)
            read = partial(_items, raw, key, dict(people), f"{document.where}, {key}", setting)
            entries.setdefault(key, Entry(key, fingerprint, read))
    except etree.LxmlError as error:
        reason = text.clean(str(error))[:200]
        if not entries:
            raise SourceError(document.where, f"is not a WordPress export ({reason}); export it again") from None
        problems.append(Problem(document.where, f"breaks off ({reason}); what stands before was read"))
    return Look(list(entries.values()), complete=not problems, validators=document.validators, problems=problems)


def _posts(document: Document) -> Iterator[tuple[etree._Element, dict[str, str]]]:
    """The published posts, with the display names of authors known so far (they stand first in an export)."""
    people: dict[str, str] = {}
    for _, element in etree.iterparse(
        BytesIO(document.data),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    ):
        name = etree.QName(element).localname
        if name == "author" and "wordpress.org/export" in (etree.QName(element).namespace or ""):
            people[_of(element, "author_login")] = _of(element, "author_display_name")
        elif name == "item":
            if _of(element, "post_type") == "post" and _of(element, "status") == "publish":
                yield element, people
            element.clear()


def _of(element: etree._Element, name: str) -> str:
    """The text of the first child called `name`, in whatever version of the export's namespace."""
    for child in element:
        if str(child.tag).rpartition("}")[2] == name:
            return text.clean(child.text or "").strip()
    return ""


def _key(item: etree._Element) -> str:
    return (_of(item, "guid") or _of(item, "link") or _of(item, "post_id"))[:500]


def _items(raw: bytes, key: str, people: dict[str, str], where: str, setting: Setting) -> Sequence[Item]:
    if len(raw) > MAX_ARTICLE:
        raise SourceError(where, f"is larger than {MAX_ARTICLE // 1_000_000} MB, too large for one article")
    item = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    url = _url(_of(item, "link"))
    html = text.sanitise(paragraphs(text.clean(item.findtext(_CONTENT) or "")), url or setting.base)
    name = title(_of(item, "title")) or title(text.excerpt(text.plain(html), 80))
    excerpts = [child.text or "" for child in item if str(child.tag).endswith("/excerpt/}encoded")]
    author = _of(item, etree.QName(_CREATOR).localname)
    return [
        PostItem(
            key=key,
            slug=plain_slug(_of(item, "post_name")) if _of(item, "post_name") else text.slug(name),
            title=name,
            html=html,
            url=url,
            summary=text.excerpt(text.plain(excerpts[0]), 1_000) if excerpts and excerpts[0].strip() else "",
            authors=names([people.get(author) or author]),
            tags=names(_tags(item), MAX_TAGS),
            published=_instant(item, "post_date", where, setting),
            updated=_instant(item, "post_modified", where, setting),
            links=text.links(html),
        )
    ]


def _tags(item: etree._Element) -> list[str]:
    """Tags and categories; the category that WordPress gives to what has none says nothing."""
    return [
        child.text or ""
        for child in item
        if child.tag == "category"
        and child.get("domain") in ("category", "post_tag", None)
        and child.get("nicename") != "uncategorized"
    ]


def _instant(item: etree._Element, name: str, where: str, setting: Setting) -> datetime | None:
    """`name` from its GMT form, else on the clock of the source's zone."""
    in_gmt, local = _of(item, f"{name}_gmt"), _of(item, name)
    try:
        if in_gmt and in_gmt != _NEVER:
            return dates.instant(dates.parse(f"{in_gmt}Z"), setting.zone).astimezone(UTC)
        return dates.instant(dates.parse(local), setting.zone) if local and local != _NEVER else None
    except ValueError as error:
        raise SourceError(where, f"{name}: {error}") from None


def _url(raw: str) -> str:
    return raw if re.match(r"https?://[^\s/]+\S*$", raw) and len(raw) <= 2_000 else ""


def paragraphs(raw: str) -> str:
    """The text of a post as WordPress shows it: blank lines part paragraphs, single line ends are line breaks."""
    parts = []
    for part in re.split(r"\n[ \t]*(?:\n[ \t]*)+", _SHORTCODE.sub("", raw.replace("\r\n", "\n")).strip()):
        if _BLOCK.match(part.lstrip()):
            parts.append(part)
        elif part.strip():
            parts.append("<p>" + part.strip().replace("\n", "<br>\n") + "</p>")
    return "\n".join(parts)
