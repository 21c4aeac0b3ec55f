"""Questions that wait for a bot's answer: taps on buttons and inline queries. A question can be answered once, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .errors import bad_request

if TYPE_CHECKING:
    from .accounts import Account
    from .chats import Message, User

T = TypeVar("T")

LIFETIME: Final = 900.0
"""Seconds for which a question can be answered."""

_BOUND: Final = 10_000
_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"


@dataclass(slots=True)
class Tap:
    """A person's tap on a button."""

    account: Account
    message: Message
    user: User
    data: str


@dataclass(slots=True)
class InlineQuestion:
    """What a person typed behind the bot's name. `answer` holds the parameters of answerInlineQuery, once given."""

    user: User
    text: str
    answer: dict[str, Any] | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class QueryDesk:
    """Keeps open questions, and the toasts that answers to taps showed."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._taps: dict[str, tuple[float, Tap]] = {}
        self._inline: dict[str, tuple[float, InlineQuestion]] = {}
        self._ids = count(1)
        self._toasts: dict[int, dict[int, dict[str, Any]]] = {}
        self._toast_ids = count(1)

    def ask_tap(self, tap: Tap) -> str:
        """Opens a tap; gives its id."""
        return self._open(self._taps, tap)

    def ask_inline(self, question: InlineQuestion) -> str:
        """Opens an inline query; gives its id."""
        return self._open(self._inline, question)

    def take_tap(self, query_id: str, account: Account) -> Tap:
        """The tap that this bot answers now. Raises ApiError 400 if it was answered, is too old or another bot's."""
        asked, tap = self._taps.get(query_id, (0.0, None))
        if tap is None or tap.account is not account or self._ticks() - asked > LIFETIME:
            raise bad_request(_TOO_OLD)
        del self._taps[query_id]
        return tap

    def take_inline(self, query_id: str) -> InlineQuestion:
        """The inline query that a bot answers now. Raises ApiError 400 as `take_tap` does."""
        asked, question = self._inline.get(query_id, (0.0, None))
        if question is None or question.answer is not None or self._ticks() - asked > LIFETIME:
            raise bad_request(_TOO_OLD)
        return question

    def inline(self, query_id: str) -> InlineQuestion | None:
        """An inline query by id, answered or not."""
        return self._inline.get(query_id, (0.0, None))[1]

    def toast(self, tap: Tap, query_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Keeps what the person sees of an answer; its text is empty where the bot answered without one."""
        chat_id = tap.message.chat.id
        toast = {
            "id": next(self._toast_ids),
            "callback_query_id": query_id,
            "message_id": tap.message.id,
            "data": tap.data,
            "user_id": tap.user["id"],
            **content,
        }
        kept = self._toasts.setdefault(chat_id, {})
        kept[toast["id"]] = toast
        if len(kept) > 100:
            del kept[next(iter(kept))]
        return toast

    def toasts(self, chat_id: int, after: int) -> list[dict[str, Any]]:
        """A chat's toasts behind the id `after`."""
        return [toast for toast in self._toasts.get(chat_id, {}).values() if toast["id"] > after]

    def close(self) -> None:
        """Lets nobody wait for an answer any more."""
        for _, question in self._inline.values():
            question.answered.set()

    def _open(self, shelf: dict[str, tuple[float, T]], question: T) -> str:
        query_id = str(7_000_000_000 + next(self._ids))
        shelf[query_id] = (self._ticks(), question)
        for oldest in list(islice(shelf, max(0, len(shelf) - _BOUND))):
            del shelf[oldest]
        return query_id
