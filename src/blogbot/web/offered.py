"""Which feeds the pages for people offer, and in which order. It knows no page."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.publish.index import Offer, sorted_by_name
from blogbot.web.labels import Labels


async def topics(labels: Labels) -> list[Offer]:
    """A feed for each topic that articles or events have."""
    dated = dict(await labels.event_tags())
    counts = dict(await labels.tags())
    return [
        Offer(f"tags/{tag.slug}/", tag.name, counts.get(tag, 0), dated.get(tag, 0))
        for tag in dict.fromkeys((*counts, *dated))
    ]


async def authors(labels: Labels) -> list[Offer]:
    """A feed for each author."""
    return [Offer(f"authors/{author.slug}/", author.name, posts) for author, posts in await labels.authors()]


def named(offers: Sequence[Offer], wanted: str) -> list[Offer]:
    """Those with `wanted` in their names, by name."""
    return sorted_by_name([offer for offer in offers if wanted.casefold() in offer.name.casefold()])
