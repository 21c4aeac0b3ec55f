"""Chats, their messages and the people in them, as the Bot API shows them. Compact, since a million may be held at once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .accounts import Account
    from .entities import Entity

User = dict[str, Any]
"""The Bot API's User, shared by every message of that person and never changed in place."""

_NAMES: Final = ("first_name", "last_name", "username")
KINDS: Final = ("private", "group", "supergroup", "channel")


class Standing(StrEnum):
    """What the bots are in a chat, in the Bot API's words of ChatMember.status; `kicked` also where a person blocked them."""

    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"


class Chat:
    """One chat. `messages` holds what was said, in order; `members` each known person's ChatMember status."""

    __slots__ = (
        "id",
        "kind",
        "last_id",
        "members",
        "messages",
        "moved_to",
        "name",
        "owner",
        "pinned",
        "standing",
        "started",
        "topics",
        "view",
    )

    def __init__(self, chat_id: int, kind: str, name: str, owner: User) -> None:
        self.id = chat_id
        self.kind = kind
        self.name = name
        self.owner = owner
        self.started = True
        self.standing = Standing.MEMBER
        self.moved_to = 0
        self.last_id = 0
        self.pinned: Message | None = None
        self.messages: dict[int, Message] = {}
        self.members: dict[int, str] | None = None
        self.topics: dict[int, str] | None = None
        self.view = self._view()
        """The Bot API's Chat; shared, never changed in place."""

    def _view(self) -> dict[str, Any]:
        if self.kind == "private":
            names: dict[str, Any] = {key: self.owner[key] for key in _NAMES if key in self.owner}
            return {"id": self.id, "type": self.kind, **names}
        forum = {"is_forum": True} if self.topics is not None else {}
        return {"id": self.id, "type": self.kind, "title": self.name, **forum}

    def open_topics(self) -> dict[int, str]:
        """The topics by thread id; a supergroup without any becomes a forum."""
        if self.topics is None:
            self.topics = {}
            self.view = self._view()
        return self.topics

    def beginning(self, thread: int) -> Message | None:
        """The service message that began a topic. What is said there and replies to nothing else replies to it."""
        message = self.messages.get(thread) if thread else None
        return message if message is not None and "forum_topic_created" in (message.extra or {}) else None

    def status(self, user_id: int) -> str:
        """A person's ChatMember status."""
        if user_id == self.owner["id"]:
            return "member" if self.kind == "private" else "creator"
        return (self.members or {}).get(user_id, "left")

    def note(self, user_id: int, status: str) -> None:
        """Remembers what a person is in this chat."""
        if self.members is None:
            self.members = {}
        self.members[user_id] = status

    def summary(self) -> dict[str, Any]:
        """The chat as the person's side lists it: the Bot API's Chat and how things stand."""
        last = next(reversed(self.messages.values())) if self.messages else None
        return {
            **self.view,
            "owner": self.owner,
            "started": self.started,
            "standing": self.standing,
            "last_message_id": self.last_id,
            "last_message": last.view(person=True) if last else None,
        }


class Message:
    """One message. `account` is the bot that sent it, None for a person's; `extra` holds what only some messages have."""

    __slots__ = (
        "account",
        "chat",
        "date",
        "edited",
        "entities",
        "extra",
        "id",
        "markup",
        "reply",
        "sender",
        "text",
        "thread",
    )

    def __init__(self, chat: Chat, date: int, text: str, entities: list[Entity], sender: User | None) -> None:
        self.chat = chat
        self.id = 0
        self.date = date
        self.edited = 0
        self.text = text
        self.entities = entities
        self.sender = sender
        self.account: Account | None = None
        self.markup: dict[str, Any] | None = None
        self.reply: Message | None = None
        self.thread = 0
        self.extra: dict[str, Any] | None = None

    @property
    def is_media(self) -> bool:
        """Whether the text is a caption."""
        return self.extra is not None and ("document" in self.extra or "photo" in self.extra)

    def view(self, *, person: bool = False, quoted: bool = False) -> dict[str, Any]:
        """The Bot API's Message. A person also sees reply keyboards, which the Bot API keeps to itself; a quoted
        message does not quote its own."""
        view: dict[str, Any] = {"message_id": self.id, "date": self.date, "chat": self.chat.view}
        if self.chat.kind == "channel":
            view["sender_chat"] = self.chat.view
        elif self.sender is not None:
            view["from"] = self.sender
        if self.edited:
            view["edit_date"] = self.edited
        if self.thread:
            view |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.reply is not None and not quoted:
            view["reply_to_message"] = self.reply.view(quoted=True)
        if self.extra:
            view |= self.extra
        if self.text:
            view["caption" if self.is_media else "text"] = self.text
            if self.entities:
                view["caption_entities" if self.is_media else "entities"] = self.entities
        if self.markup and (person or "inline_keyboard" in self.markup):
            view["reply_markup"] = self.markup
        return view
