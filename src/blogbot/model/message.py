"""What a chat reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: exactly one of `data` (comes back when tapped, 64 bytes at most) and `url` is set."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said in a chat: Telegram HTML (4,096 characters at most once its tags are taken out), and rows of buttons."""

    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview_url: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list: its items, where it starts, and how many there are in all."""

    items: tuple[T, ...]
    offset: int
    total: int


@dataclass(frozen=True, slots=True)
class Found(Page[T]):
    """What was found; `every` is whether all of it holds every word that was looked for, not just some."""

    every: bool = True
