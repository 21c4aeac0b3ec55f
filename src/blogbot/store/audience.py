"""Who hears of an announcement: the rules, as branches of one statement, each served in order of chat by an index.

It only builds statements. A branch is a way to belong to the audience (a follow, a rule, having been told before);
a page of an audience is the union of its branches within a range of chat ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, or_, select, union

from blogbot.model import Announcement, AnnouncementKind, Follow, FollowKind, NotificationState, Offset, ReminderRule
from blogbot.store.tables import follows, notifications, rules

MOST_BRANCHES = 64  # SQLite joins at most 500 selects into one


@dataclass(frozen=True, slots=True)
class Subject:
    """What an announcement is about, as its audience knows it. `told` are earlier announcements of the same event."""

    tags: Sequence[str] = ()
    authors: Sequence[str] = ()
    event_uid: str = ""
    told: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to belong to an audience: the column of chat ids, and what a row must be like."""

    chat: ColumnElement[int]
    condition: ColumnElement[bool]

    def select(self, first: int, last: int | None = None) -> Select[Any]:
        """The chats after `first`, up to `last` where given."""
        query = select(self.chat.label("chat_id")).where(self.condition, self.chat > first)
        return query if last is None else query.where(self.chat <= last)


def branches(announcement: Announcement, subject: Subject) -> list[Branch]:
    """The ways to belong to the audience. A wish made after the announcement was due comes too late for it."""
    due = announcement.due
    match announcement.kind:
        case AnnouncementKind.POST:
            ways = [_follow(FollowKind.EVERYTHING, [""], due)]
            ways += _follows(FollowKind.TAG, subject.tags, due)
            ways += _follows(FollowKind.AUTHOR, subject.authors, due)
        case AnnouncementKind.EVENT:
            ways = _event_followers(subject, due)
        case AnnouncementKind.MOVED if takes_place_again(announcement):
            ways = [_told(some, NotificationState.SENDING) for some in _groups(subject.told) or [[0]]]
        case AnnouncementKind.MOVED | AnnouncementKind.CANCELLED:
            ways = _event_followers(subject, due)
            ways += [_follow(FollowKind.EVENT, [subject.event_uid], due)]
            ways += [_rule(uid, None, due) for uid in dict.fromkeys(("", subject.event_uid))]
            ways += [_told(some) for some in _groups(subject.told)]
        case AnnouncementKind.CORRECTED | AnnouncementKind.GONE:
            ways = [_has_message_of(announcement.corrects or 0)]
        case AnnouncementKind.REMINDER:
            ways = [_rule(uid, announcement.offset or Offset(), due) for uid in dict.fromkeys(("", subject.event_uid))]
    return ways


def ahead(ways: Sequence[Branch], first: int, page: int) -> Subquery:
    """The next `page` chats of the audience after `first`, in order. No branch need give more than `page` for that."""
    limited = []
    for way in ways:
        chats = way.select(first).order_by(way.chat).limit(page).subquery()
        limited.append(select(chats.c.chat_id))
    everyone = union(*limited).subquery()
    return select(everyone.c.chat_id).order_by(everyone.c.chat_id).limit(page).subquery()


def between(ways: Sequence[Branch], first: int, last: int | None = None) -> Subquery:
    """The audience after `first`, up to `last` where given, each chat once."""
    return union(*(way.select(first, last) for way in ways)).subquery()


def superseded(
    chat: ColumnElement[int], event_uid: str, later: Sequence[tuple[Offset, datetime]], *, urgent: bool = False
) -> ColumnElement[bool]:
    """Whether the chat is reminded by one of the `later` reminders of the same date, so that this one would only repeat.

    A rule that was made after its own reminder was due brings none, so it makes nothing superfluous. `urgent`: only one that
    the chat marked as such counts.
    """
    others = [_offset(offset) & (rules.c.created <= due) for offset, due in later]
    marked = [rules.c.urgent.is_(True)] if urgent else []
    return exists().where(_rules_of(chat, event_uid), or_(*others), *marked)


def marked_urgent(chat: ColumnElement[int], event_uid: str, offset: Offset) -> ColumnElement[bool]:
    """Whether the chat marked a rule for this reminder as urgent."""
    return exists().where(_rules_of(chat, event_uid), _offset(offset), rules.c.urgent.is_(True))


def _rules_of(chat: ColumnElement[int], event_uid: str) -> ColumnElement[bool]:
    return (rules.c.chat_id == chat) & rules.c.event_uid.in_({"", event_uid})


def _event_followers(subject: Subject, due: datetime) -> list[Branch]:
    everyone = [_follow(FollowKind.EVERYTHING, [""], due), _follow(FollowKind.EVENTS, [""], due)]
    return everyone + _follows(FollowKind.TAG, subject.tags, due)


def _follows(kind: FollowKind, values: Sequence[str], due: datetime) -> list[Branch]:
    return [_follow(kind, some, due) for some in _groups(values)]


def _follow(kind: FollowKind, values: Sequence[str], due: datetime) -> Branch:
    wanted = follows.c.value == values[0] if len(values) == 1 else follows.c.value.in_(values)
    return Branch(follows.c.chat_id, and_(follows.c.kind == kind, wanted, follows.c.created <= due))


def _rule(event_uid: str, offset: Offset | None, due: datetime) -> Branch:
    condition = and_(rules.c.event_uid == event_uid, rules.c.created <= due)
    return Branch(rules.c.chat_id, condition if offset is None else and_(_offset(offset), condition))


def takes_place_again(announcement: Announcement) -> bool:
    """Whether it says that what was cancelled takes place after all; who was not told of the one need not hear of the other."""
    return announcement.kind is AnnouncementKind.MOVED and "again" in announcement.detail


def _told(announcement_ids: Sequence[int], *also: NotificationState) -> Branch:
    """Those who were told, or may have been: whoever may expect the event should hear that it changed."""
    told = (NotificationState.SENT, NotificationState.UNCERTAIN, *also)
    those = (
        notifications.c.announcement_id == announcement_ids[0]
        if len(announcement_ids) == 1
        else notifications.c.announcement_id.in_(announcement_ids)
    )
    return Branch(notifications.c.chat_id, and_(those, notifications.c.state.in_(told)))


def _has_message_of(announcement_id: int) -> Branch:
    """Those in whose chat an announcement stands, or may stand in a moment."""
    there = notifications.c.state.in_((NotificationState.SENT, NotificationState.SENDING))
    leased = and_(notifications.c.state == NotificationState.QUEUED, notifications.c.lease_until.is_not(None))
    return Branch(notifications.c.chat_id, and_(notifications.c.announcement_id == announcement_id, or_(there, leased)))


def reasons(
    announcement: Announcement, subject: Subject, follows: Sequence[Follow], rules: Sequence[ReminderRule]
) -> list[Follow | ReminderRule]:
    """Why a chat with these wishes hears of an announcement: the same rules as `branches`, for one chat.

    A wish made too late counts here; having been told before is no wish. Edits answer to no wish of their own.
    """
    mine = [each for each in rules if each.event_uid in ("", subject.event_uid)]
    if announcement.kind is AnnouncementKind.REMINDER:
        return [each for each in mine if each.offset == announcement.offset]
    kinds = {FollowKind.EVERYTHING}
    if announcement.kind is not AnnouncementKind.POST:
        kinds.add(FollowKind.EVENTS)
    named = {FollowKind.TAG: set(subject.tags), FollowKind.AUTHOR: set(subject.authors)}
    changes = announcement.kind in (AnnouncementKind.MOVED, AnnouncementKind.CANCELLED)
    if changes:
        named[FollowKind.EVENT] = {subject.event_uid}
    heard = [each for each in follows if each.kind in kinds or each.value in named.get(each.kind, ())]
    return [*heard, *mine] if changes else [*heard]


def _offset(offset: Offset) -> ColumnElement[bool]:
    return and_(rules.c.days == offset.days, rules.c.minutes == offset.minutes)


def _groups(values: Iterable[Any]) -> list[list[Any]]:
    """Each value by itself, so that its branch needs no sorting; where they are very many, a few together."""
    distinct = list(dict.fromkeys(values))
    size = max(1, -(-len(distinct) // MOST_BRANCHES))
    return [distinct[start : start + size] for start in range(0, len(distinct), size)]
