"""How posts and events look in lists of JSON, the same for the command line and for other sites. Whoever asks adds to it."""

from __future__ import annotations

from typing import Any

from blogbot.model.content import Occurrence, Post, Related


def post_json(post: Post) -> dict[str, Any]:
    """`url` is "" where the article has no address but our own page."""
    return {
        "slug": post.slug,
        "url": post.url,
        "title": post.title,
        "published": post.published.isoformat(),
        "tags": [tag.name for tag in post.tags],
    }


def related_json(related: Related) -> dict[str, Any]:
    """The article, who says that it belongs there, and how strongly (0 to 1)."""
    return post_json(related.post) | {"score": round(related.score, 4), "origin": str(related.origin)}


def occurrence_json(occurrence: Occurrence) -> dict[str, Any]:
    """Times with the offset of the event's own zone; dates (the end exclusive) for an all-day event."""
    event = occurrence.event
    starts = occurrence.local_starts
    ends = occurrence.ends.astimezone(starts.tzinfo)
    return {
        "uid": event.uid,
        "title": occurrence.title,
        "starts": starts.date().isoformat() if event.all_day else starts.isoformat(),
        "ends": ends.date().isoformat() if event.all_day else ends.isoformat(),
        "timezone": event.timezone,
        "all_day": event.all_day,
        "location": occurrence.location,
        "url": event.url,
        "status": str(occurrence.status),
    }
