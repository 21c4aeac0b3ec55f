"""Which posts belong beside a post, and which topics a post without tags has: TF-IDF over an inverted index of our own.

It knows ids, words and instants. It must not know where posts are kept, what their addresses look like or who reads them.
"""

from __future__ import annotations

from blogbot.related.index import Document, Index
from blogbot.related.shortlist import Neighbour
from blogbot.related.topics import suggest_tags
from blogbot.related.vocabulary import terms

__all__ = ["Document", "Index", "Neighbour", "suggest_tags", "terms"]
