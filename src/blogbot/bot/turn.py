"""One turn of a conversation: what a chat said or tapped, and the ways to answer it.

Holds everything that a command needs, and nothing that outlives the update: any replica of blogbot may get the next one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
from telegram import CallbackQuery
from telegram import Message as Received
from telegram.error import TelegramError
from telegram.ext import ExtBot

from blogbot import text
from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.bot.sender import TelegramSender
from blogbot.cards import PER_PAGE, Cards, Tap
from blogbot.clock import Clock
from blogbot.errors import Refused
from blogbot.i18n import Words
from blogbot.model import Chat, Lane, Message, Page, Site

log = structlog.get_logger(__name__)

T = TypeVar("T")

TOAST = 200  # characters, Bot API: answerCallbackQuery


@dataclass(frozen=True, slots=True)
class Desk:
    """What every turn works with. `feeds_dir` is named to people where feeds have no address on the web."""

    blog: Blog
    audience: Audience
    site: Site
    clock: Clock
    sender: TelegramSender
    bot: ExtBot[Any]
    feeds_dir: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to send."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say. `in_place` is in the place of the tapped message, or anew where that cannot be edited any more.

    `line` is said over the chat (Telegram HTML, of which the plain text is shown); with a `file`, `message` is its caption.
    """

    message: Message
    in_place: bool = False
    line: str = ""
    file: File | None = None


class Tapped:
    """A tapped button, which waits for an answer and takes exactly one."""

    def __init__(self, query: CallbackQuery) -> None:
        self._query = query
        self._answered = False

    @property
    def message_id(self) -> int | None:
        """The message with the button, None where Telegram does not name it."""
        return self._query.message.message_id if self._query.message is not None else None

    async def answer(self, line: str = "") -> None:
        """Ends the waiting, with a short line over the chat where there is one; what comes after the first does nothing."""
        if self._answered:
            return
        self._answered = True
        try:
            await self._query.answer(text.excerpt(line, TOAST) or None)
        except TelegramError as cause:  # most often a tap so old that nobody waits any more
            log.info("a tap could not be answered", error=cause.message)


@dataclass(frozen=True, slots=True)
class Turn:
    """One update of one chat. `received` is the message it sent, or the one under which it tapped.

    `chat` is the one whose wishes are spoken of: in the topic that a forum chose for its news, the forum. The answer goes
    into the topic in which was spoken, `thread_id` (0 for none).
    """

    desk: Desk
    chat: Chat
    received: Received | None = None
    tapped: Tapped | None = None
    thread_id: int = 0

    @property
    def blog(self) -> Blog:
        return self.desk.blog

    @property
    def audience(self) -> Audience:
        return self.desk.audience

    @property
    def cards(self) -> Cards:
        """The chat's cards as of now."""
        return Cards.of(self.chat, self.desk.site, self.desk.clock.now())

    @property
    def words(self) -> Words:
        """What the chat's cards are said in."""
        return self.cards.words

    @property
    def for_group(self) -> bool:
        """Whether a topic speaks for the forum that it is part of."""
        return self.thread_id != self.chat.thread_id

    def of(self, chat: Chat) -> Turn:
        """The same turn after the chat changed its settings."""
        return replace(self, chat=chat)

    async def answer(self, reply: Reply) -> None:
        """Says a reply: its line over the chat, its file, and its message in place or anew."""
        if self.tapped is not None and reply.line:
            await self.tapped.answer(text.visible(reply.line))
        where = replace(self.chat, thread_id=self.thread_id)
        if reply.file is not None:
            await self.desk.sender.send_document(where, reply.file.name, reply.file.content, reply.message)
        elif not (reply.in_place and await self._edit(reply.message)):
            await self.desk.sender.send(where, reply.message, Lane.ANSWER)

    async def _edit(self, message: Message) -> bool:
        """Whether the tapped message could be edited; one that says the same already is as good as edited."""
        if self.tapped is None or self.tapped.message_id is None:
            return False
        try:
            await self.desk.sender.edit(self.chat, self.tapped.message_id, message)
        except Refused:
            return False
        return True


Command = Callable[[Turn, str], Awaitable[Message]]
"""Decides what to say to a command and the words after it; changes the chat's wishes, sends nothing."""

TapHandler = Callable[[Turn, Tap], Awaitable[Reply]]
"""The same for a tap."""


async def page_at(fetch: Callable[[int, int], Awaitable[Page[T]]], offset: int) -> Page[T]:
    """The page at `offset`, or the last one where the list became shorter."""
    page = await fetch(PER_PAGE, offset)
    if page.items or not page.total:
        return page
    return await fetch(PER_PAGE, (page.total - 1) // PER_PAGE * PER_PAGE)


def part_of(items: list[T], offset: int) -> Page[T]:
    """The page at `offset` of a whole list, or its last one."""
    if offset >= len(items):
        offset = max(0, len(items) - 1) // PER_PAGE * PER_PAGE
    return Page(tuple(items[offset : offset + PER_PAGE]), offset, len(items))
