"""Small files of every kind that a source may hold, and how tests read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from blogbot.model import EventItem, Item, Look, PostItem
from blogbot.sources.document import Document, Setting

HERE = Path(__file__).parent
LONDON = Setting("ours", "Europe/London")

Reader = Callable[[Document, Setting], Look]


def at(written: str) -> datetime:
    """A naive local time."""
    return datetime.fromisoformat(written)


def fixture(name: str) -> Document:
    """The file `name` of this folder."""
    return Document((HERE / name).read_bytes(), name)


def of(raw: str | bytes, where: str = "made-up") -> Document:
    """A document that a test writes itself."""
    return Document(raw.encode() if isinstance(raw, str) else raw, where)


def items(look: Look) -> list[Item]:
    """All that a look holds, read."""
    assert look.entries is not None
    return [item for entry in look.entries for item in entry.read()]


def posts(look: Look) -> list[PostItem]:
    return [item for item in items(look) if isinstance(item, PostItem)]


def events(look: Look) -> list[EventItem]:
    return [item for item in items(look) if isinstance(item, EventItem)]
