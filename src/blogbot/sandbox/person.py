"""What people do in the sandbox: write, tap, ask inline, block and come back. The updates that bots get follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .chats import Chat, Message, Standing, User
from .entities import MAX_TEXT, Formatted, Ruler, clean, finish, utf16_length
from .errors import PersonError
from .keyboards import MAX_DATA_BYTES
from .methods.chats import change_standing, member
from .queries import InlineQuestion, Tap
from .telegram import Telegram

_EMPTY: Final = '"text" must be a text of 1 to 4096 characters; a new message may be longer and is sent in pieces.'


@dataclass(frozen=True, slots=True)
class Writing:
    """What a person writes. Without a user, the chat's own person writes it."""

    text: str
    user: User | None = None
    reply_to: int = 0
    thread: int = 0


class Person:
    """The person's side of one Telegram. Every method raises PersonError for what cannot be."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    def write(self, chat: Chat, writing: Writing) -> Message:
        """A message in a chat; a text too long for one becomes several, of which the last is given back."""
        if chat.kind == "private" and chat.standing is not Standing.MEMBER:
            raise PersonError("This person has blocked the bot; unblock it first.", 409)
        text, author, reply = (
            clean(writing.text).strip(" \n"),
            self._author(chat, writing.user),
            self._replied(chat, writing) or chat.beginning(writing.thread),
        )
        if not text:
            raise PersonError(_EMPTY)
        if writing.thread:
            chat.open_topics().setdefault(writing.thread, f"Topic {writing.thread}")
        chat.started = True
        return [self._say(chat, finish(piece, []), author, reply, writing.thread) for piece in _pieces(text)][-1]

    def _say(self, chat: Chat, said: Formatted, author: User, reply: Message | None, thread: int) -> Message:
        message = Message(chat, self._now(), said.text, said.entities, author)
        message.reply, message.thread = reply, thread
        self._telegram.post(message)
        self._telegram.inform("channel_post" if chat.kind == "channel" else "message", message.view(), chat)
        return message

    def rewrite(self, chat: Chat, message_id: int, text: str) -> Message:
        """Another text for a message that a person wrote."""
        message = chat.messages.get(message_id)
        if message is None or message.account is not None:
            raise PersonError(f"No person wrote a message {message_id} here.", 404)
        said = finish(clean(text), [])
        if not said.text or utf16_length(said.text) > MAX_TEXT:
            raise PersonError(_EMPTY)
        message.text, message.entities = said
        message.edited = self._now()
        self._telegram.show("edited", message)
        kind = "edited_channel_post" if chat.kind == "channel" else "edited_message"
        self._telegram.inform(kind, message.view(), chat)
        return message

    def tap(self, chat: Chat, message_id: int, data: str, user: User | None) -> str:
        """A tap on a button, with its callback data of 1 to 64 bytes; the id of its query.

        The data need not be that of a button which the message has now: an app may still show how it was before an edit,
        and a bad client sends what it likes. The Bot API warns bots of it (CallbackQuery, `data`).
        """
        message = chat.messages.get(message_id)
        if message is None or message.account is None:
            raise PersonError(f"No bot's message {message_id} is here.")
        if not 1 <= len(data.encode("utf-8", "replace")) <= MAX_DATA_BYTES:
            raise PersonError(f'"data" must be of 1 to {MAX_DATA_BYTES} bytes.')
        if chat.standing is not Standing.MEMBER:
            raise PersonError("The bot is no longer in this chat.", 409)
        tap = Tap(message.account, message, self._author(chat, user), data)
        query_id = self._telegram.queries.ask_tap(tap)
        query = {
            "id": query_id,
            "from": tap.user,
            "message": message.view(),
            "chat_instance": str(10**15 + abs(chat.id)),
            "data": data,
        }
        message.account.mailbox.put("callback_query", query)
        return query_id

    def ask(self, user: User, text: str, offset: str, chat_kind: str) -> tuple[str, InlineQuestion]:
        """An inline query, with its id."""
        question = InlineQuestion(self._telegram.person(user), text)
        query_id = self._telegram.queries.ask_inline(question)
        query = {"id": query_id, "from": question.user, "query": text, "offset": offset, "chat_type": chat_kind}
        self._telegram.inform("inline_query", query)
        return query_id, question

    def block(self, chat: Chat) -> None:
        """The person of a private chat blocks the bots."""
        self._only_private(chat)
        change_standing(self._telegram, chat, Standing.KICKED, chat.owner)

    def unblock(self, chat: Chat) -> None:
        """The person of a private chat lets the bots write again."""
        self._only_private(chat)
        change_standing(self._telegram, chat, Standing.MEMBER, chat.owner)

    def kick(self, chat: Chat) -> None:
        """Somebody throws the bots out of a group or channel."""
        self._only_shared(chat)
        change_standing(self._telegram, chat, Standing.KICKED, chat.owner)

    def invite(self, chat: Chat) -> None:
        """Somebody brings the bots into a group or channel. Each hears of it, even if it never was out."""
        self._only_shared(chat)
        if chat.standing is Standing.MEMBER:
            chat.standing = Standing.LEFT
        change_standing(self._telegram, chat, Standing.MEMBER, chat.owner)

    def appoint(self, chat: Chat, user: User, status: str) -> dict[str, Any]:
        """A person (or a bot) becomes a member or an administrator, leaves, or is thrown out. Gives their ChatMember."""
        self._only_shared(chat)
        if status not in {"member", "administrator", "left", "kicked"}:
            raise PersonError('"status" must be member, administrator, left or kicked.')
        bot = next((account for account in self._telegram.bots.values() if account.id == user["id"]), None)
        who = bot.user if bot else self._telegram.person(user)
        before = chat.status(who["id"])
        chat.note(who["id"], status)
        view = member(who, status)
        change = {"chat": chat.view, "from": chat.owner, "date": self._now()}
        change |= {"old_chat_member": member(who, before), "new_chat_member": view}
        if bot is not None:
            bot.mailbox.put("my_chat_member", change)
        else:
            self._telegram.inform("chat_member", change, chat)
        return view

    def migrate(self, chat: Chat) -> Chat:
        """A group becomes a supergroup under another id; both chats say so in a service message."""
        if chat.kind != "group" or chat.moved_to:
            raise PersonError("Only a group can become a supergroup, and only once.")
        new = self._telegram.new_chat("supergroup", chat.name, owner=chat.owner)
        new.members = chat.members
        chat.moved_to = new.id
        self._service(chat, {"migrate_to_chat_id": new.id})
        self._service(new, {"migrate_from_chat_id": chat.id})
        return new

    def open_topic(self, chat: Chat, name: str) -> int:
        """A new topic in a supergroup; its thread id."""
        if chat.kind != "supergroup":
            raise PersonError("Only a supergroup has topics.")
        topics = chat.open_topics()
        message = self._service(chat, {"forum_topic_created": {"name": name, "icon_color": 7322096}})
        topics[message.id] = name
        return message.id

    def _service(self, chat: Chat, extra: dict[str, Any]) -> Message:
        message = Message(chat, self._now(), "", [], chat.owner)
        message.extra = extra
        self._telegram.post(message)
        self._telegram.inform("message", message.view(), chat)
        return message

    def _author(self, chat: Chat, user: User | None) -> User:
        if user is None:
            return chat.owner
        person = self._telegram.person(user)
        if chat.kind == "private" and person["id"] == chat.id:
            chat.owner = person
        elif chat.status(person["id"]) not in {"creator", "administrator", "member"}:
            chat.note(person["id"], "member")
        return person

    def _replied(self, chat: Chat, writing: Writing) -> Message | None:
        if not writing.reply_to:
            return None
        if writing.reply_to not in chat.messages:
            raise PersonError(f"No message {writing.reply_to} is here to reply to.")
        return chat.messages[writing.reply_to]

    def _now(self) -> int:
        return int(self._telegram.now())

    def _only_private(self, chat: Chat) -> None:
        if chat.kind != "private":
            raise PersonError("Only a person in a private chat can block the bot; in a group, it is kicked.")

    def _only_shared(self, chat: Chat) -> None:
        if chat.kind == "private":
            raise PersonError("Nobody joins or is kicked from a private chat; there, a person blocks the bot.")


def _pieces(text: str) -> list[str]:
    """The text as Telegram's own apps send it: in messages of at most 4096 UTF-16 units, cut at white space if they can."""
    pieces = []
    while utf16_length(text) > MAX_TEXT:
        cut = Ruler(text).index(MAX_TEXT)
        space = max(text.rfind("\n", cut // 2, cut), text.rfind(" ", cut // 2, cut))
        cut = space if space > 0 else cut
        pieces.append(text[:cut])
        text = text[cut:].lstrip(" \n")
    return [*pieces, text] if text else pieces
