"""A feed of what somebody chose: the posts with all of some tags, by any of some authors. It writes bytes and knows no files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from blogbot.i18n import Words
from blogbot.model import Author, Post, Related, Site, Tag
from blogbot.publish import article, atom, jsonfeed, rss
from blogbot.publish.address import home, some_home, tag_uri, web_address
from blogbot.publish.article import Article
from blogbot.publish.catalogue import EPOCH
from blogbot.publish.feed import Head, feed_entry

FOLDER = "custom/"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, each in order of its slug. No tags, or no authors, leave all posts in."""

    tags: tuple[Tag, ...] = ()
    authors: tuple[Author, ...] = ()
    summary: bool = False

    @property
    def query(self) -> str:
        """The selection in an address, always in the same way: `?tag=a&tag=b&author=c&summary=1`."""
        pairs = [("tag", tag.slug) for tag in self.tags] + [("author", author.slug) for author in self.authors]
        return f"?{urlencode(pairs + ([('summary', '1')] if self.summary else []))}"


_Format = tuple[Callable[[Article], bytes], Callable[[Head, Iterable[bytes]], bytes]]
_FORMATS: Mapping[str, _Format] = {
    atom.FILE: (lambda made: atom.entry(feed_entry(made)), atom.feed),
    rss.FILE: (lambda made: rss.item(feed_entry(made)), rss.feed),
    jsonfeed.FILE: (jsonfeed.item, jsonfeed.feed),
}
FILES = frozenset(_FORMATS)


def document(
    file: str,
    selection: Selection,
    posts: Sequence[Post],
    related: Mapping[int, Sequence[Related]],
    site: Site,
    words: Words,
) -> bytes:
    """The feed in the format of `file`, from its posts, newest first, with their texts."""
    made = [article.of_post(post, related.get(post.id, ()), site, words) for post in posts]
    if selection.summary:
        made = [article.in_short(one) for one in made]
    entry, feed = _FORMATS[file]
    return feed(_head(selection, made, site, words), map(entry, made))


def _head(selection: Selection, made: Sequence[Article], site: Site, words: Words) -> Head:
    own = article.line(site.title, words.gettext("Our blog"))
    address = web_address(site.public_url).rstrip("/")
    title, subtitle = _said(selection, own, words)
    return Head(
        id=tag_uri(site, "feed", FOLDER.rstrip("/"), selection.query),
        title=words.gettext("{feed} (in short)").format(feed=title) if selection.summary else title,
        subtitle=subtitle,
        author=own,
        language=article.language(site.language),
        home=home(site),
        some_home=some_home(site),
        address=f"{address}/feeds/{FOLDER}" if address else "",
        query=selection.query,
        updated=max((one.updated for one in made), default=EPOCH),
    )


def _said(selection: Selection, site: str, words: Words) -> tuple[str, str]:
    """The feed's title, and what it holds in a sentence."""
    topics = " + ".join(article.line(tag.name, tag.slug) for tag in selection.tags)
    authors = " / ".join(article.line(author.name, author.slug) for author in selection.authors)
    if topics and authors:
        title = words.gettext("{site}: {topic}, by {author}")
        subtitle = words.gettext("The newest articles on {topic} by {author}.")
    elif authors:
        title, subtitle = words.gettext("{site}: {author}"), words.gettext("The newest articles by {author}.")
    elif topics:
        title, subtitle = words.gettext("{site}: {topic}"), words.gettext("The newest articles on {topic}.")
    else:
        return site, words.gettext("The newest articles, each with its related ones.")
    names = {"site": site, "topic": topics, "author": authors}
    return title.format(**names), subtitle.format(**names)
