"""Saves one post item: new, changed or as it was, with the announcement of a new one."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from blogbot import related
from blogbot.intake.report import Verdict
from blogbot.model import AnnouncementKind, Post, PostItem, Tag
from blogbot.store import PostRecord, Transaction
from blogbot.text import address_key, excerpt, plain, slug

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
            by_slug.setdefault(slug(name), Tag(slug(name), name.strip()))
    return tuple(by_slug.values())


async def save(
    tx: Transaction, draft: Draft, *, now: datetime, announce: bool, others: Container[int] = ()
) -> tuple[Verdict, int]:
    """The verdict and the post's id.

    A post is known by its key, else by its address. `others` are the posts that other entries of the same source give:
    one of them may have the same address and is not this one.
    """
    item = draft.item
    known = await tx.posts.known(item.key, address_key(item.url))
    if known is not None and known.post.key != item.key and known.post.id in others:
        known = None
    old = None if known is None else known.post
    published = item.published or (old.published if old else now)
    if known is not None and not known.gone and not _differs(known.post, draft, published):
        return Verdict.UNCHANGED, known.post.id
    record = PostRecord(
        item, old.slug if old else await tx.posts.free_slug(item.slug), draft.summary, published,
        updated=max(item.updated or (now if old else published), published),
        tags=draft.tags, suggested=() if draft.tags or old is None else old.suggested,
        terms=draft.terms, text=draft.text,
    )  # fmt: skip
    if old is not None:
        await tx.posts.update(old.id, record)
        return Verdict.CHANGED, old.id
    post_id = await tx.posts.insert(record)
    if announce and published > now - NEWS_AGE:
        due = max(now, published)
        await tx.announcements.add(
            f"post:{post_id}", AnnouncementKind.POST, due, due + NEWS_LIFETIME, post_id=post_id, now=now
        )
    return Verdict.NEW, post_id


def _differs(old: Post, draft: Draft, published: datetime) -> bool:
    item = draft.item
    return (old.url, old.title, old.summary, old.html, old.authors, old.tags, old.language, old.image, old.published) != (
        item.url, item.title, draft.summary, item.html, item.authors, draft.tags, item.language, item.image, published,
    )  # fmt: skip
