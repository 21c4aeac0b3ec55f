"""Feeds that readers put together themselves: `/feeds/custom/atom.xml?tag=a&tag=b&author=c&summary=1`.

The posts that have all the tags and were written by any of the authors, made when somebody asks and kept until the posts
change. They are served as the feeds in the folder are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from blogbot.blog import Blog
from blogbot.clock import Clock
from blogbot.i18n import N_, words
from blogbot.model import Label, Post, Related, Site
from blogbot.publish import NEWEST, selection
from blogbot.publish.press import Press
from blogbot.publish.selection import Selection
from blogbot.text import slug, tag_slug
from blogbot.web import ended
from blogbot.web.document import Document, held
from blogbot.web.feeds import Feeds, feed_shape
from blogbot.web.kept import Kept, Standing
from blogbot.web.refusal import RefusedError

MOST = 8
"""How many tags, and how many authors, one feed can name."""

ROOM = 8 * 2**20
"""Bytes of feeds that are kept."""

_LONGEST_QUERY = 2_000
_KINDS: Mapping[str, Callable[[str], str]] = {"tag": tag_slug, "author": slug}
_YES = frozenset({"1", "true", "yes"})

Asked = tuple[tuple[str, ...], tuple[str, ...], bool]


class CustomFeeds:
    """An ASGI application for a route that names the `file`."""

    def __init__(self, blog: Blog, site: Site, feeds: Feeds, clock: Clock, standing: Standing) -> None:
        self._blog = blog
        self._standing = standing
        self._feeds = feeds
        self._clock = clock
        self._press = Press(site, words(site.language))
        self._kept: Kept[tuple[Hashable, Document]] = Kept(ROOM)
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = scope["path_params"]["file"]
        if file not in selection.FILES:
            raise HTTPException(404)
        wanted = _wanted(scope["query_string"].decode("latin-1"))
        name = f"{selection.FOLDER}{wanted}/{file}"
        await self._feeds.serve(scope, send, name, partial(self._find, name, file, wanted))

    async def _find(self, name: str, file: str, wanted: Asked) -> Document:
        stamp = self._standing()
        if stamp is None:
            stamp = await self._blog.stamp()
        # One at a time: making a feed is work, and anybody can ask for many.
        async with self._making:
            kept = self._kept.get(name)
            if kept is not None and kept[0] == stamp:
                return kept[1]
            document = await self._made(name, file, wanted)
            if kept is not None and kept[1].digest == document.digest:
                document = kept[1]
            self._kept.keep(name, (stamp, document), sum(form.size for form in document.forms.values()))
            return document

    async def _made(self, name: str, file: str, wanted: Asked) -> Document:
        tags, authors, summary = wanted
        async with self._blog.moment() as blog:
            chosen = Selection(
                tuple([await blog.tag(tag) for tag in tags]),
                tuple([await ended.author(blog, author) for author in authors]),
                summary,
            )
            posts = await blog.selected(tags, authors, NEWEST)
            for tag in tags if not posts else ():
                await ended.must_have_something(blog, tag)
            related = await blog.relatives([post.id for post in posts])
            left = await blog.departures()
        return await asyncio.to_thread(self._written, name, file, chosen, posts, related, left)

    def _written(
        self,
        name: str,
        file: str,
        chosen: Selection,
        posts: Sequence[Post],
        related: Mapping[int, Sequence[Related]],
        left: Mapping[Label | None, datetime],
    ) -> Document:
        content = selection.document(file, chosen, posts, related, self._press, left)
        document = held(content, feed_shape(file), int(self._clock.now().timestamp()))
        self._feeds.deltas.learn(name, document.digest, content)
        return document


def _wanted(query: str) -> Asked:
    """The slugs of the tags and of the authors that a query names, each once and in order, and whether it wants summaries."""
    if len(query) > _LONGEST_QUERY:
        raise RefusedError(N_("This address is too long."))
    pairs = parse_qsl(query)
    for name, _ in pairs:
        # Passed over like what trackers add, it would give all posts to somebody who asked for few.
        meant = name.lower().removesuffix("s")
        if meant in _KINDS and name != meant:
            raise RefusedError(
                N_("“{said}” is not known here; write “{name}=” instead, once for each."), said=name, name=meant
            )
    tags, authors = (
        tuple(sorted({plainly(said) for name, said in pairs if name == kind})) for kind, plainly in _KINDS.items()
    )
    if max(len(tags), len(authors)) > MOST:
        raise RefusedError(N_("A feed can be of up to {most} tags and {most} authors."), most=MOST)
    return tags, authors, any(name.lower() == "summary" and said.lower() in _YES for name, said in pairs)
