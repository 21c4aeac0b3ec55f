"""Saves one post item: new, changed or as it was, with what members hear of it: that it is new, corrected, gone or back."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from blogbot import related
from blogbot.intake import corrections
from blogbot.intake.herald import Herald
from blogbot.intake.report import Verdict
from blogbot.model import AnnouncementKind, Post, PostItem, Tag
from blogbot.store import Known, NewAnnouncement, PostRecord, Transaction
from blogbot.text import address_key, excerpt, plain, tag_slug

NEWS_AGE = timedelta(days=7)
"""A post older than this is no news: an archive that appears late is taken in without a word."""

NEWS_LIFETIME = timedelta(days=3)
"""How long a new post is worth telling of; later, `/latest` shows it anyway."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A post item with what is computed from its text, ready to be saved."""

    item: PostItem
    text: str
    summary: str
    terms: dict[str, int]
    tags: tuple[Tag, ...]


def draft(item: PostItem) -> Draft:
    """The costly part, apart from any transaction: text, summary, index terms."""
    text = plain(item.html)
    tags = tags_of(item.tags)
    return Draft(
        item=item,
        text=text,
        summary=item.summary or excerpt(text),
        terms=related.terms(item.title, text, [tag.name for tag in tags], summary=item.summary),
        tags=tags,
    )


def tags_of(names: tuple[str, ...]) -> tuple[Tag, ...]:
    """Tags by their names; two spellings of one slug are one tag."""
    by_slug: dict[str, Tag] = {}
    for name in names:
        if name.strip():
            by_slug.setdefault(tag_slug(name), Tag(tag_slug(name), name.strip()))
    return tuple(by_slug.values())


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a post comes from, as far as that tells which one it is.

    `own` are the posts that the source ever gave, `given` those that it gives now, `mine` what this entry gave when it was
    read last, and `only`: whether it gives a single one now. Of an event: the same of events.
    """

    source: str = ""
    own: Set[int] = frozenset()
    given: Set[int] = frozenset()
    mine: tuple[int, ...] = ()
    only: bool = False

    def others(self, id_: int) -> bool:
        """Whether another entry of the source gives it."""
        return id_ in self.given and id_ not in self.mine

    @property
    def before(self) -> int | None:
        """What this entry gave before, where it was one and is one now."""
        return self.mine[0] if self.only and len(self.mine) == 1 else None


async def save(herald: Herald, draft: Draft, *, now: datetime, whence: Whence = Whence()) -> tuple[Verdict, int]:
    """The verdict and the post's id. `now` is when the source was looked at."""
    tx = herald.tx
    known, key = await _identify(tx, draft.item, whence)
    item = replace(draft.item, key=key)
    old = None if known is None else known.post
    published = item.published or (old.published if old else now)
    same = known is not None and not known.gone and not _differs(known.post, draft, published)
    if known is not None and same and await tx.posts.points_alike(known.post.id, item):
        return Verdict.UNCHANGED, known.post.id
    # What else a post points to than its text does is no change that its readers see.
    at = published if old is None else old.updated if same else now
    record = PostRecord(
        item, old.slug if old else await tx.posts.free_slug(item.slug), draft.summary, published,
        updated=max(item.updated or at, published),
        tags=draft.tags, suggested=() if draft.tags or old is None else old.suggested,
        terms=draft.terms, text=draft.text,
    )  # fmt: skip
    if known is not None:
        await tx.posts.update(known.post.id, record)
        await _correct(herald, known, draft)
        return Verdict.CHANGED, known.post.id
    post_id = await tx.posts.insert(record)
    if published > now - NEWS_AGE:
        # Lists show it from now on, also where it is dated in the future; so this is when to tell.
        until = herald.told + NEWS_LIFETIME
        await herald.say(NewAnnouncement(f"post:{post_id}", AnnouncementKind.POST, herald.told, until, post_id=post_id))
    return Verdict.NEW, post_id


async def remove(herald: Herald, post_id: int, *, now: datetime) -> None:
    """A post that no source gives any more."""
    post = await herald.tx.posts.by_id(post_id)
    await herald.tx.posts.remove(post_id, now)
    if post is not None:
        await corrections.withdraw_post(herald, post)


async def _correct(herald: Herald, known: Known, draft: Draft) -> None:
    post, revision = known.post, known.post.revision + 1
    if known.gone:
        await corrections.restore_post(herald, post.id, revision)
    elif _shown(post) != _shown_anew(draft):
        await corrections.correct_post(herald, post.id, revision)


def _shown(post: Post) -> corrections.Shown:
    return corrections.shown_of_post(post.title, post.url, post.authors, post.summary.strip() or plain(post.html))


def _shown_anew(draft: Draft) -> corrections.Shown:
    item = draft.item
    return corrections.shown_of_post(item.title, item.url, item.authors, draft.summary.strip() or draft.text)


async def _identify(tx: Transaction, item: PostItem, whence: Whence) -> tuple[Known | None, str]:
    """The post that an item is, and the key to keep it under.

    A post is known by its key, else by its address; but entries of one source that share an address are posts of their own,
    and so are items of two sources for which the same key was made up, unless they are the same to read.
    """
    scoped = f"{item.key}@{hashlib.sha256(whence.source.encode()).hexdigest()[:8]}"
    known = await tx.posts.known(scoped) if item.made_up else None
    if known is not None:
        return known, scoped
    known = await tx.posts.known(item.key, address_key(item.url))
    if known is None:
        return await _renamed(tx, item, whence), item.key
    if known.post.key != item.key:
        return (None if whence.others(known.post.id) else known), item.key
    if item.made_up and known.post.id not in whence.own and not _same(known.post, item):
        return None, scoped
    return known, item.key


async def _renamed(tx: Transaction, item: PostItem, whence: Whence) -> Known | None:
    """The post that this entry gave before, where only its title made another key of it."""
    before = await tx.posts.by_id(whence.before) if item.made_up and whence.before is not None else None
    return None if before is None else Known(before, gone=False)


def _same(post: Post, item: PostItem) -> bool:
    dated = item.published is not None and (item.published, item.title) == (post.published, post.title)
    return dated or item.html == post.html


def _differs(old: Post, draft: Draft, published: datetime) -> bool:
    item = draft.item
    return (old.url, old.title, old.summary, old.html, old.authors, old.tags, old.language, old.image, old.published) != (
        item.url, item.title, draft.summary, item.html, item.authors, draft.tags, item.language, item.image, published,
    )  # fmt: skip
