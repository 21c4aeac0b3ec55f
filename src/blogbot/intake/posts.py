"""Saves one post item: new, changed or as it was, with the announcement of a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from blogbot import related
from blogbot.intake.report import Verdict
from blogbot.model import AnnouncementKind, Post, PostItem, Tag
from blogbot.store import Transaction
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


async def save(tx: Transaction, draft: Draft, *, now: datetime, announce: bool) -> tuple[Verdict, int]:
    """The verdict and the post's id."""
    item = draft.item
    old = await tx.posts.by_key(item.key)
    if old is None and item.url:
        old = await tx.posts.by_address(address_key(item.url))
    published = item.published or (old.published if old else now)
    gone = old is not None and await tx.posts.is_gone(old.id)
    if old is not None and not gone and not _differs(old, draft, published):
        return Verdict.UNCHANGED, old.id
    if old is not None:
        updated = max(item.updated or now, published)
        post = await tx.posts.update(
            old.id, item, slug=old.slug, summary=draft.summary, published=published, updated=updated, now=now,
            tags=draft.tags, suggested=() if draft.tags else old.suggested, terms=draft.terms, text=draft.text,
        )  # fmt: skip
        return Verdict.CHANGED, post.id
    post = await tx.posts.insert(
        item, slug=await tx.posts.free_slug(item.slug), summary=draft.summary, published=published,
        updated=max(item.updated or published, published), now=now,
        tags=draft.tags, suggested=(), terms=draft.terms, text=draft.text,
    )  # fmt: skip
    if announce and published > now - NEWS_AGE:
        await _announce(tx, post, now)
    return Verdict.NEW, post.id


def _differs(old: Post, draft: Draft, published: datetime) -> bool:
    item = draft.item
    return (old.url, old.title, old.summary, old.html, old.authors, old.tags, old.language, old.image, old.published) != (
        item.url, item.title, draft.summary, item.html, item.authors, draft.tags, item.language, item.image, published,
    )  # fmt: skip


async def _announce(tx: Transaction, post: Post, now: datetime) -> None:
    due = max(now, post.published)
    await tx.announcements.add(
        f"post:{post.id}", AnnouncementKind.POST, due, due + NEWS_LIFETIME, post_id=post.id, now=now
    )
