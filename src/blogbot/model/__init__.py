"""The words of the product, as frozen data.

Nothing here does I/O, knows a database, a chat service or a library. Instants are aware and in UTC unless a name says
`local`; a local time stands beside its IANA zone. Whatever wants to change one of these makes a new one.
"""

from blogbot.model.audience import (
    Chat,
    ChatKind,
    Digest,
    Filter,
    FilterKind,
    Follow,
    FollowKind,
    Offset,
    ReminderRule,
    Terms,
)
from blogbot.model.channel import Label, LabelKind, Stamp, Standing, Window
from blogbot.model.content import Author, Event, EventStatus, Occurrence, Origin, Override, Post, Related, Site, Tag
from blogbot.model.ledger import MOST_IN_DOUBT, Announcement, AnnouncementKind, Lane, NotificationState, Parcel
from blogbot.model.message import Button, Found, Message, Page
from blogbot.model.pace import Pace
from blogbot.model.source import Entry, EventItem, Item, Look, PostItem, Problem, Validators
from blogbot.model.websub import Errand, ErrandKind, Subscription

__all__ = [
    "MOST_IN_DOUBT",
    "Announcement",
    "AnnouncementKind",
    "Author",
    "Button",
    "Chat",
    "ChatKind",
    "Digest",
    "Entry",
    "Errand",
    "ErrandKind",
    "Event",
    "EventItem",
    "EventStatus",
    "Filter",
    "FilterKind",
    "Follow",
    "FollowKind",
    "Found",
    "Item",
    "Label",
    "LabelKind",
    "Lane",
    "Look",
    "Message",
    "NotificationState",
    "Occurrence",
    "Offset",
    "Origin",
    "Override",
    "Pace",
    "Page",
    "Parcel",
    "Post",
    "PostItem",
    "Problem",
    "Related",
    "ReminderRule",
    "Site",
    "Stamp",
    "Standing",
    "Subscription",
    "Tag",
    "Terms",
    "Validators",
    "Window",
]
