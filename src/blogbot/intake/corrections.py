"""Truth after sending: a message that stands in a chat follows the article or event that it is of.

Where what the message shows is corrected, the message is edited; where the article is gone, the message says so; where it
comes back, so does the message. An edit makes no sound. What stands only behind the link changes no message. How a message
reads is decided above; here is decided only whose messages are not true any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from blogbot.intake.herald import Herald
from blogbot.model import Announcement, AnnouncementKind, Event, EventStatus, Occurrence, Post
from blogbot.store import NewAnnouncement
from blogbot.text import clean, excerpt, plain

SETTLES = timedelta(seconds=10)
"""What is on its way while the change is saved may still say what was. The edit begins when that has arrived."""

LIFETIME = timedelta(days=3)
"""How long an edit is worth making. Telegram itself sets no limit to a bot's editing of its own messages: the 48 hours of
the Bot API (editMessageText) are for business messages that others sent."""

CORRECTED_WITHIN = timedelta(days=7)
"""Who reads the news of an article older than this has read it: a correction costs as many calls as the news did."""

WITHDRAWN_WITHIN = timedelta(days=30)
"""For so long, the news of an article that is gone is worth changing, and the news of an event that is still ahead."""

SHOWN_OF_POST, SHOWN_OF_EVENT = 400, 600  # characters of a text that stand in its message (a test holds them equal)

EDITS = (AnnouncementKind.CORRECTED, AnnouncementKind.GONE)
OF_DATES = (AnnouncementKind.EVENT, AnnouncementKind.MOVED, AnnouncementKind.REMINDER)

Shown = tuple[object, ...]
"""What of a post or an event stands in a message, and would be missed if it were wrong. Equal where a reader sees no difference."""


def shown_of_post(title: str, url: str, authors: Sequence[str], text: str) -> Shown:
    """`text` is the summary, or the article's own text where it has none. Not its date, for feeds let that drift, nor its tags."""
    return _line(title), url, tuple(_line(author) for author in authors), excerpt(_line(text), SHOWN_OF_POST)


def shown_of_event(event: Event) -> Shown:
    """Not its time and place: who was told of those is told that they changed."""
    return _line(event.title), event.url, excerpt(_line(event.summary.strip() or plain(event.html)), SHOWN_OF_EVENT)


def shown_of_date(occurrence: Occurrence) -> Shown:
    """A date may have a title and a status of its own."""
    return _line(occurrence.title), occurrence.status


async def correct_post(herald: Herald, post_id: int, revision: int) -> None:
    """The post reads otherwise as of this revision."""
    told = [each for each in await _told_of(herald, post_id) if herald.now - each.due < CORRECTED_WITHIN]
    if told and not herald.quiet:
        # An edit says what is so when it is made, so the newest does for all before it.
        await _withdraw(herald, post_id, EDITS, "corrected anew")
    for each in told:
        await _edit(herald, each, AnnouncementKind.CORRECTED, str(revision))


async def withdraw_post(herald: Herald, post: Post) -> None:
    """The post is gone."""
    told = await _told_of(herald, post.id)
    await _withdraw(herald, post.id, (AnnouncementKind.POST, AnnouncementKind.CORRECTED), "the article is gone")
    for each in told:
        if herald.now - each.due < WITHDRAWN_WITHIN:
            await _edit(herald, each, AnnouncementKind.GONE, str(post.revision + 1), {"title": post.title})


async def restore_post(herald: Herald, post_id: int, revision: int) -> None:
    """The post is back. Whoever was told that it is gone reads it as before, whichever source gives it now, also at its
    first look; who was not told of it yet is told now, while it is news."""
    told = await _told_of(herald, post_id)
    gone = {each.corrects for each in await herald.tx.announcements.of_post(post_id, [AnnouncementKind.GONE])}
    await _withdraw(herald, post_id, (AnnouncementKind.GONE,), "the article is back")
    for each in told:
        if herald.now < each.expires:
            await herald.say(NewAnnouncement(each.key, each.kind, herald.now, each.expires, post_id=post_id))
        if each.id in gone:
            await _edit(herald, each, AnnouncementKind.CORRECTED, str(revision), always=True)


async def correct_dates(herald: Herald, event_id: int, dates: Collection[int]) -> None:
    """Dates (by id) read otherwise than they were told. That matters while they are ahead: until their news expires."""
    if not dates or herald.quiet:
        return
    told = [
        each
        for each in await herald.tx.announcements.of_event(event_id, OF_DATES)
        if each.occurrence_id in dates
        and each.key not in herald.said
        and each.due <= herald.now < each.expires
        and herald.now - each.due < WITHDRAWN_WITHIN
    ]
    await herald.tx.announcements.withdraw(
        occurrence_ids=sorted(dates), kinds=[AnnouncementKind.CORRECTED], reason="corrected anew", now=herald.now
    )
    for each in told:
        await _edit(herald, each, AnnouncementKind.CORRECTED, herald.now.isoformat())


def corrected_dates(before: Sequence[Occurrence], after: Sequence[Occurrence], *, all_of_them: bool) -> set[int]:
    """The dates that read otherwise, by id; `all_of_them`: what they share does. What is cancelled, or not any more, is told as such."""
    shown = {occurrence.id: shown_of_date(occurrence) for occurrence in before if _held(occurrence)}
    held = [each for each in after if _held(each) and each.id in shown]
    return {each.id for each in held if all_of_them or shown_of_date(each) != shown[each.id]}


async def _told_of(herald: Herald, post_id: int) -> list[Announcement]:
    """The announcements by which a post was told, also those that were withdrawn half-way."""
    announcements = herald.tx.announcements
    told = {each.id: each for each in await announcements.of_post(post_id, [AnnouncementKind.POST])}
    edited = {each.corrects for each in await announcements.of_post(post_id, EDITS) if each.corrects is not None}
    return list((told | await announcements.many(sorted(edited - told.keys()))).values())


async def _withdraw(herald: Herald, post_id: int, kinds: Sequence[AnnouncementKind], reason: str) -> None:
    await herald.tx.announcements.withdraw(post_id=post_id, kinds=kinds, reason=reason, now=herald.now)


async def _edit(
    herald: Herald,
    told: Announcement,
    kind: AnnouncementKind,
    version: str,
    detail: dict[str, str] | None = None,
    *,
    always: bool = False,
) -> None:
    """Has the messages of an announcement changed; those of a date only while it is ahead."""
    due, expires = herald.now + SETTLES, herald.now + LIFETIME
    if told.event_id is not None:
        expires = min(expires, told.expires)
    if due < expires:
        about = (told.post_id, told.event_id, told.occurrence_id)
        key = f"{kind}:{told.id}:{version}"
        edit = NewAnnouncement(key, kind, due, expires, *about, detail=detail or {}, corrects=told.id)
        await herald.say(edit, always=always)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _held(occurrence: Occurrence) -> bool:
    return occurrence.status is not EventStatus.CANCELLED
