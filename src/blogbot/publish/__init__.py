"""Feeds: everything that is known, written as a tree of files for readers and calendars.

A file per format. It does not know where posts come from, nor who reads what it writes.
"""

from blogbot.publish.catalogue import Catalogue
from blogbot.publish.publisher import Publisher, Written
from blogbot.publish.tree import render

__all__ = ["Catalogue", "Publisher", "Written", "render"]
