"""Feeds: everything that is known, written as a tree of files for readers and calendars.

A file per format. It does not know where posts come from, nor who reads what it writes.
"""

from blogbot.publish.channel import NEWEST
from blogbot.publish.contents import Contents
from blogbot.publish.publisher import Publisher, Written

__all__ = ["NEWEST", "Contents", "Publisher", "Written"]
