"""The emulated Telegram itself: its bots, chats, people and messages, and what follows when one of them does something.

Both sides, bots and people, act through it. It knows nothing of HTTP and keeps everything in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from .accounts import TOKEN, Account
from .broadcast import Broadcast
from .call_log import CallLog
from .chats import KINDS, Chat, Message, Standing, User
from .errors import ApiError, PersonError
from .faults import FaultPlan
from .files import FileShelf
from .limits import LimitBook
from .queries import QueryDesk

KEEP_MESSAGES: Final = 1_000_000
KEEP_UNCLAIMED: Final = 1000
_FIRST: Final = {
    "private": 100_001,
    "group": -4_000_001,
    "supergroup": -1_001_000_000_001,
    "channel": -1_002_000_000_001,
}
_FIRST_MEMBER: Final = 900_000_001


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many chats at once, each made when it is first spoken of."""

    kind: str
    first: int
    count: int

    def __contains__(self, chat_id: int) -> bool:
        return self.first <= chat_id < self.first + self.count


class Telegram:
    """Everything the sandbox knows. `now` gives Unix seconds; `ticks` seconds that never go back, for flood limits."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        bot_name: str = "Blogbot",
        keep_messages: int = KEEP_MESSAGES,
    ) -> None:
        self.now = now
        self.bots: dict[str, Account] = {}
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, User] = {}
        self.broadcast = Broadcast()
        self.log = CallLog()
        self.faults = FaultPlan()
        self.limits = LimitBook(ticks)
        self.files = FileShelf()
        self.queries = QueryDesk(ticks)
        self._closing = asyncio.Event()
        self._bot_name = bot_name
        self._crowds: list[Crowd] = []
        self._recent: deque[Message] = deque()
        self._keep = keep_messages
        self._unclaimed: deque[tuple[str, dict[str, Any]]] = deque(maxlen=KEEP_UNCLAIMED)

    # Bots

    def bot(self, token: str) -> Account:
        """The bot of a token; the first call makes it. Raises ApiError 401 for what is no token."""
        account = self.bots.get(token)
        if account is None:
            if not TOKEN.fullmatch(token):
                raise ApiError(401, "Unauthorized")
            account = self.bots[token] = Account(token, self._bot_name)
            while self._unclaimed:  # what people said before there was any bot is for the first one
                account.mailbox.put(*self._unclaimed.popleft())
            self.broadcast.tell("bots", {})
        return account

    def inform(self, kind: str, content: dict[str, Any], chat: Chat | None = None) -> None:
        """Gives an update to every bot, unless they are no longer in its chat."""
        if chat is not None and chat.standing is not Standing.MEMBER:
            return
        if not self.bots:
            self._unclaimed.append((kind, content))
        for account in self.bots.values():
            account.mailbox.put(kind, content)

    # Chats and people

    def chat(self, chat_id: int) -> Chat | None:
        """The chat under an id."""
        chat = self.chats.get(chat_id)
        if chat is None:
            crowd = next((crowd for crowd in self._crowds if chat_id in crowd), None)
            if crowd is not None:
                chat = self._make(chat_id, crowd.kind, "", {})
        return chat

    def new_chat(self, kind: str, name: str, chat_id: int | None = None, owner: User | None = None) -> Chat:
        """A chat of the kind; one that is there already is given back. Raises PersonError."""
        if kind not in KINDS:
            raise PersonError(f'"type" must be one of {", ".join(KINDS)}.')
        if chat_id is None:
            chat_id = next(self._free_ids(kind))
        if (chat_id > 0) != (kind == "private") or chat_id == 0:
            raise PersonError("The id of a private chat is a positive number, that of any other a negative one.")
        chat = self.chat(chat_id)
        if chat is None:
            chat = self._make(chat_id, kind, name, owner or {})
            self.broadcast.tell("chat", chat.summary())
        elif chat.kind != kind:
            raise PersonError(f"The chat {chat_id} is there already and is a {chat.kind}.", 409)
        return chat

    def add_crowd(self, kind: str, first: int, count: int) -> None:
        """Lets the chats `first` to `first + count - 1` exist without making them yet."""
        self._crowds.append(Crowd(kind, first, count))

    def person(self, user: User) -> User:
        """The person with this id, with the names given; without names, as known or made up."""
        user_id = user["id"]
        known = self.people.get(user_id)
        if known is None or any(known.get(key) != value for key, value in user.items()):
            known = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}", "language_code": "en"} | (
                known or {}
            )
            known = known | user
            self.people[user_id] = known
        return known

    def _make(self, chat_id: int, kind: str, name: str, owner: User) -> Chat:
        if kind == "private":
            named = {"first_name": name} if name and "first_name" not in owner else {}
            owner = self.person({**owner, **named, "id": chat_id})
        elif "id" in owner:
            owner = self.person(owner)
        else:
            owner = self.person({"id": _FIRST_MEMBER + len(self.chats), "first_name": "Member"})
        chat = self.chats[chat_id] = Chat(chat_id, kind, name or f"Chat {chat_id}", owner)
        return chat

    def _free_ids(self, kind: str) -> Iterator[int]:
        step = 1 if kind == "private" else -1
        chat_id = _FIRST[kind] + step * len(self.chats)
        while True:
            if self.chat(chat_id) is None and chat_id not in self.people:
                yield chat_id
            chat_id += step

    # Messages

    def post(self, message: Message) -> Message:
        """Puts a message into its chat, under the next id, and shows it to those who look on."""
        chat = message.chat
        chat.last_id += 1
        message.id = chat.last_id
        chat.messages[message.id] = message
        self._recent.append(message)
        if len(self._recent) > self._keep:
            oldest = self._recent.popleft()
            oldest.chat.messages.pop(oldest.id, None)
        if self.broadcast.heard:
            self.show("message", message)
        return message

    def show(self, name: str, message: Message) -> None:
        """Shows a message to those who look on."""
        self.broadcast.tell(name, {"chat_id": message.chat.id, "message": message.view(person=True)})

    def delete(self, message: Message) -> None:
        """Takes a message out of its chat."""
        message.chat.messages.pop(message.id, None)
        if message.chat.pinned is message:
            message.chat.pinned = None
        self.broadcast.tell("deleted", {"chat_id": message.chat.id, "message_id": message.id})

    async def pause(self, seconds: float) -> None:
        """Lets so many seconds pass, or fewer if everything ends before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def close(self) -> None:
        """Ends everything that waits: long polls, streams, webhooks. To be called before its server is stopped."""
        self._closing.set()
        self.broadcast.close()
        self.queries.close()
        for account in self.bots.values():
            account.mailbox.close()
            if account.webhook is not None:
                account.webhook.close()
