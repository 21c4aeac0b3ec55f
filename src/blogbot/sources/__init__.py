"""Where content comes from: a file per format behind one protocol.

Each source says what it holds as entries that are read only when they changed. It must not know what is kept, nor who
is told.
"""

from blogbot.sources.fetch import Fetcher
from blogbot.sources.source import Source, open_source

__all__ = ["Fetcher", "Source", "open_source"]
