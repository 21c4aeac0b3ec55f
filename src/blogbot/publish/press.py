"""A post in every format, a channel's head, and whole documents from both: the one place that puts the formats together.

An entry is rendered once however many channels show it, and is found again in a document that was made of it. It knows
neither which channels there are, nor a disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from blogbot.i18n import Words
from blogbot.model import Event, Occurrence, Post, Related, Site
from blogbot.publish import article, atom, calendar, jsonfeed, rss, sitemap
from blogbot.publish.address import home, some_home, tag_uri, web_address
from blogbot.publish.article import Article
from blogbot.publish.channel import ARCHIVE, EVENTS, EVERYTHING, FEEDS, SUMMARY, Channel, archived
from blogbot.publish.feed import Head, History, Shell, entries_of, feed_entry

log = structlog.get_logger(__name__)

Parts = dict[str, bytes]
"""One article, by the formats in which it is rendered: the names in `FEEDS`."""

_SHELLS: Mapping[str, Callable[[Head, str], Shell]] = {
    atom.FILE: atom.shell,
    rss.FILE: rss.shell,
    jsonfeed.FILE: jsonfeed.shell,
}


def render(made: Article, names: Collection[str]) -> Parts:
    """An article in these formats, whole and in short."""
    short = {name for name in names if name.startswith(SUMMARY)}
    parts = _render(made, set(names) - short)
    if short:
        brief = _render(article.in_short(made), {name.removeprefix(SUMMARY) for name in short})
        parts |= {f"{SUMMARY}{name}": part for name, part in brief.items()}
    return parts


def _render(made: Article, names: Collection[str]) -> Parts:
    entry = feed_entry(made)
    writers: dict[str, Callable[[], bytes]] = {
        atom.FILE: lambda: atom.entry(entry),
        rss.FILE: lambda: rss.item(entry),
        jsonfeed.FILE: lambda: jsonfeed.item(made),
    }
    return {name: writers[name]() for name in names}


def shell(name: str, head: Head, file: str = "") -> Shell:
    """A feed in the format `name`, around entries in that format. `file` is what it is called, where that is not its format."""
    name = name.removeprefix(SUMMARY)
    return _SHELLS[name](head, file or name)


def entries(name: str, written: bytes) -> list[bytes]:
    """The entries that a document in the format `name` was made of, in order."""
    name = name.removeprefix(SUMMARY)
    if name == atom.FILE:
        return entries_of(written, b"entry", b"</feed>")
    if name == rss.FILE:
        return entries_of(written, b"item", b"</channel>")
    return jsonfeed.items(written)


class Press:
    """Everything that depends on the site and its language alone."""

    def __init__(self, site: Site, words: Words, hub: str = "") -> None:
        self.site = site
        self._hub = web_address(hub)
        self.words = words
        self.title = article.line(site.title, words.gettext("Our blog"))
        self.address = web_address(site.public_url).rstrip("/")
        self._home = home(site)
        self._some_home = some_home(site)
        self._language = article.language(site.language)

    def post(self, post: Post, related: Sequence[Related], names: Collection[str] = FEEDS) -> Parts:
        return render(article.of_post(post, related, self.site, self.words), names)

    def event(self, dates: Sequence[Occurrence]) -> Article | None:
        """The entry of an event with its coming dates; None for one that cannot be written: all others would be lost with it."""
        event = dates[0].event
        try:
            return article.of_event(event, dates, self.site, self.words)
        except Exception:
            log.exception("event left out of feeds", uid=event.uid, title=event.title)
            return None

    def url(self, post: Post) -> bytes:
        """The post's line in the site map."""
        return sitemap.url(post, self.site, self.title, self.words.gettext("Untitled"))

    def name(self, channel: Channel) -> str:
        """What a channel is called in lists."""
        return article.line(channel.name, channel.slug) if channel.tag or channel.author else self.title

    def head(self, channel: Channel, *, summary: bool = False) -> Head:
        """The head of the channel's feeds, or of those with summaries alone."""
        title, subtitle = self._said_of(channel)
        folder = channel.key
        if summary:
            title, folder = self.in_short(title), f"{folder}{SUMMARY}"
        return self._with_page(channel, self._head(folder, title, subtitle, channel.updated))

    def leading_back(self, head: Head, archives: int, file: str) -> Head:
        """`head`, leading to the newest of so many archives in the format of `file`."""
        return replace(head, history=History(previous=self.link(archived(archives, file)) if archives else ""))

    def _with_page(self, channel: Channel, head: Head) -> Head:
        """`head`, leading people to the channel's own page, where ours are reached."""
        if not self.address or channel.key == EVERYTHING:
            return head
        page = f"{self.address}/{channel.key.rstrip('/')}"
        return replace(head, home=page, some_home=page)

    def archive(self, channel: Channel, file: str) -> Head:
        """The head of an archive in the format of `file`. It names the one before it, and never one that comes after: it stays
        as it is."""
        whole = self.head(Channel(EVERYTHING, updated=channel.updated))
        older = archived(channel.number - 1, file) if channel.number > 1 else ""
        history = History(
            archive=True,
            previous=older and (self.link(older) if self.address else older.rpartition("/")[2]),
            current=self.link(file) if self.address else f"../{file}",
        )
        address = self.address and self.link(ARCHIVE)
        return replace(whole, history=history, hub="", address=address, folder=ARCHIVE)

    def calendar(self, channel: Channel, events: Iterable[Event]) -> bytes:
        return calendar.document(self.head(channel), self.site, events)

    def said(self, topic: str = "", author: str = "") -> tuple[str, str]:
        """The title of a feed of posts on a topic, by an author, both or neither, and what it holds in a sentence."""
        words = self.words
        if topic and author:
            title = words.gettext("{site}: {topic}, by {author}")
            subtitle = words.gettext("The newest articles on {topic} by {author}.")
        elif topic:
            title, subtitle = words.gettext("{site}: {topic}"), words.gettext("The newest articles on {topic}.")
        elif author:
            title, subtitle = words.gettext("{site}: {author}"), words.gettext("The newest articles by {author}.")
        else:
            return self.title, words.gettext("The newest articles, each with its related ones.")
        names = {"site": self.title, "topic": topic, "author": author}
        return title.format(**names), subtitle.format(**names)

    def in_short(self, title: str) -> str:
        """The title of a feed's short form."""
        return self.words.gettext("{feed} (in short)").format(feed=title)

    def _said_of(self, channel: Channel) -> tuple[str, str]:
        if channel.key == EVENTS:
            title = self.words.gettext("{site}: events").format(site=self.title)
            return title, self.words.gettext("Upcoming events, the soonest first.")
        name = self.name(channel)
        return self.said(topic=name if channel.tag else "", author=name if channel.author else "")

    def _head(self, folder: str, title: str, subtitle: str, updated: datetime) -> Head:
        return Head(
            id=tag_uri(self.site, "feed", *folder.strip("/").split("/")) if folder else tag_uri(self.site, "feed"),
            title=title,
            subtitle=subtitle,
            author=self.title,
            language=self._language,
            home=self._home,
            some_home=self._some_home,
            address=f"{self.address}/feeds/{folder}" if self.address else "",
            updated=updated,
            hub=self._hub,
            folder=folder,
        )

    def link(self, path: str) -> str:
        """The address of a file of the tree; its path while nobody knows the address."""
        return f"{self.address}/feeds/{path}" if self.address else path
