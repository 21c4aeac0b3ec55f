"""A feed of what somebody chose: the posts with all of some tags, by any of some authors. It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlencode

from blogbot.model import Author, Label, LabelKind, Post, Related, Tag
from blogbot.publish import article, atom, jsonfeed, rss
from blogbot.publish.address import tag_uri
from blogbot.publish.channel import EPOCH, EVERYTHING, SUMMARY, Channel
from blogbot.publish.feed import Head
from blogbot.publish.press import Press, shell

FOLDER = "custom/"

_NONE: Mapping[Label | None, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, each in order of its slug. No tags, or no authors, leave all posts in."""

    tags: tuple[Tag, ...] = ()
    authors: tuple[Author, ...] = ()
    summary: bool = False

    @property
    def query(self) -> str:
        """The selection in an address, always in the same way: `?tag=a&tag=b&author=c&summary=1`; "" where nothing was chosen."""
        pairs = [("tag", tag.slug) for tag in self.tags] + [("author", author.slug) for author in self.authors]
        pairs += [("summary", "1")] if self.summary else []
        return f"?{urlencode(pairs)}" if pairs else ""

    def left(self, left: Mapping[Label | None, datetime]) -> datetime:
        """When a post last left it at the latest: every tag is asked for, and any of the authors."""
        tags = [left.get(Label(LabelKind.TAG, tag.slug), EPOCH) for tag in self.tags]
        authors = [left.get(Label(LabelKind.AUTHOR, author.slug), EPOCH) for author in self.authors]
        return min([*tags, *([max(authors)] if authors else [])], default=left.get(None, EPOCH))


FILES = frozenset({atom.FILE, rss.FILE, jsonfeed.FILE})


def document(
    file: str,
    selection: Selection,
    posts: Sequence[Post],
    related: Mapping[int, Sequence[Related]],
    press: Press,
    left: Mapping[Label | None, datetime] = _NONE,
) -> bytes:
    """The feed in the format of `file`, from its posts, newest first, with their texts. `left` says when a post last left each label."""
    name = f"{SUMMARY}{file}" if selection.summary else file
    entries = (press.post(post, related.get(post.id, ()), (name,))[name] for post in posts)
    updated = max((article.second(post.updated) for post in posts), default=EPOCH)
    updated = max(updated, article.second(selection.left(left)))
    return shell(name, _head(selection, updated, press)).around(entries)


def _head(selection: Selection, updated: datetime, press: Press) -> Head:
    title, subtitle = press.said(
        topic=" + ".join(article.line(tag.name, tag.slug) for tag in selection.tags),
        author=" / ".join(article.line(author.name, author.slug) for author in selection.authors),
    )
    return replace(
        press.head(Channel(EVERYTHING, updated=updated)),
        id=tag_uri(press.site, "feed", *filter(None, (FOLDER.rstrip("/"), selection.query))),
        title=press.in_short(title) if selection.summary else title,
        subtitle=subtitle,
        address=press.address and press.link(FOLDER),
        folder=FOLDER,
        query=selection.query,
        hub="",  # it tells of what is written, and not of what is made on demand
    )
