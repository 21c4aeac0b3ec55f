"""The store: everything that blogbot keeps, on SQLite or PostgreSQL. The only place that knows SQLAlchemy.

One file for each noun, one transaction for each change. It keeps and finds; what a change means, and what to announce,
is decided above it.
"""

from blogbot.store.announcements import NewAnnouncement
from blogbot.store.audience import Subject, reasons
from blogbot.store.fan_out import FanOut
from blogbot.store.kinship import Link, Name, Terms
from blogbot.store.listing import Known
from blogbot.store.notifications import Told, Trouble
from blogbot.store.outcomes import Recovered
from blogbot.store.posts import PostRecord
from blogbot.store.progress import Progress
from blogbot.store.queue import Held
from blogbot.store.senders import Standing
from blogbot.store.sources import LastLook, Seen
from blogbot.store.store import Store, Transaction

__all__ = [
    "FanOut",
    "Held",
    "Known",
    "LastLook",
    "Link",
    "Name",
    "NewAnnouncement",
    "PostRecord",
    "Progress",
    "Recovered",
    "Seen",
    "Standing",
    "Store",
    "Subject",
    "Terms",
    "Told",
    "Transaction",
    "Trouble",
    "reasons",
]
