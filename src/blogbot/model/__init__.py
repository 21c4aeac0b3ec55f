"""The words of the product, as frozen data.

Nothing here does I/O, knows a database, a chat service or a library. Instants are aware and in UTC unless a name says
`local`; a local time stands beside its IANA zone. Whatever wants to change one of these makes a new one.
"""

from blogbot.model.audience import Chat, ChatKind, Follow, FollowKind, Offset, ReminderRule
from blogbot.model.content import Event, EventStatus, Occurrence, Origin, Override, Post, Related, Site, Tag
from blogbot.model.ledger import Announcement, AnnouncementKind, Lane, Notification, NotificationState
from blogbot.model.message import Button, Message, Page
from blogbot.model.source import Entry, EventItem, Item, Look, PostItem, Problem, Validators

__all__ = [
    "Announcement",
    "AnnouncementKind",
    "Button",
    "Chat",
    "ChatKind",
    "Entry",
    "Event",
    "EventItem",
    "EventStatus",
    "Follow",
    "FollowKind",
    "Item",
    "Lane",
    "Look",
    "Message",
    "Notification",
    "NotificationState",
    "Occurrence",
    "Offset",
    "Origin",
    "Override",
    "Page",
    "Post",
    "PostItem",
    "Problem",
    "Related",
    "ReminderRule",
    "Site",
    "Tag",
    "Validators",
]
