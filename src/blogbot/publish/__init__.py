"""Feeds: everything that is known, written as a tree of files for readers and calendars.

A file per format. It does not know where posts come from, nor who reads what it writes.
"""

from blogbot.publish.catalogue import NEWEST, Catalogue, Held
from blogbot.publish.contents import Contents
from blogbot.publish.publisher import Publisher, Written
from blogbot.publish.tree import render

__all__ = ["NEWEST", "Catalogue", "Contents", "Held", "Publisher", "Written", "render"]
