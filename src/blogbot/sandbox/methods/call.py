"""One call of a Bot API method, and what many methods ask of it: the chat it is for, the text it carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..accounts import Account
from ..chats import Chat, Message, Standing
from ..entities import MAX_TEXT, Entity, Formatted, blank, clean, finish, utf16_length
from ..errors import ApiError, bad_request, forbidden
from ..markup import TIME_FORMAT, MarkupError, link_entity, parse_html
from ..parameters import Parameters
from ..telegram import Telegram

if TYPE_CHECKING:
    from ..dispatcher import Dispatcher

MAX_SOURCE: Final = 64 * 1024
"""Characters of a text before it is parsed; more cannot become a message."""

MAX_CAPTION: Final = 1024

_GIVEN: Final = frozenset(
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    ]
)
_FOUND: Final = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
_KEPT: Final = (("language", str), ("custom_emoji_id", str), ("unix_time", int), ("date_time_format", str))


@dataclass(frozen=True, slots=True)
class Call:
    """A bot calls a method. `dispatcher` is what carries it out, and may carry out more for the same bot."""

    telegram: Telegram
    account: Account
    params: Parameters
    dispatcher: Dispatcher

    def chat(self) -> Chat:
        """The chat of `chat_id`, whether or not the bot may write to it. Raises ApiError 400."""
        if "chat_id" not in self.params:
            raise bad_request("chat_id is empty")
        chat_id = self.params.integer("chat_id")
        chat = self.telegram.chat(chat_id) if chat_id else None
        if chat is None and chat_id in self.telegram.people:
            raise forbidden("bot can't initiate conversation with a user")
        if chat is None:
            raise bad_request("chat not found")
        if chat.moved_to:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, description, {"migrate_to_chat_id": chat.moved_to})
        return chat

    def open_chat(self) -> Chat:
        """The chat of `chat_id`, which the bot may write to. Raises ApiError 400 or 403."""
        chat = self.chat()
        if chat.kind == "private":
            if chat.standing is not Standing.MEMBER:
                raise forbidden("bot was blocked by the user")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.standing is Standing.KICKED:
            raise forbidden(f"bot was kicked from the {_called(chat)}")
        elif chat.standing is Standing.LEFT:
            raise forbidden(f"bot is not a member of the {_called(chat)}")
        return chat

    def message(self, chat: Chat, purpose: str) -> Message:
        """The message of `message_id`. Raises ApiError 400 naming the purpose ("edit")."""
        if "message_id" not in self.params:
            raise bad_request("message identifier is not specified")
        message = chat.messages.get(self.params.integer("message_id"))
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        return message

    def body(self) -> Formatted:
        """The `text` of a message with its entities. Raises ApiError 400 if it is empty, too long or badly marked up."""
        if not self.params.text("text"):
            raise bad_request("message text is empty")
        body = read_text(self.params, "text", "entities", self.telegram.now())
        if not body.text:
            raise bad_request("text must be non-empty")
        if utf16_length(body.text) > MAX_TEXT:
            raise bad_request("message is too long")
        return body

    def caption(self) -> Formatted:
        """The `caption` of a file, maybe empty. Raises ApiError 400."""
        caption = read_text(self.params, "caption", "caption_entities", self.telegram.now())
        if utf16_length(caption.text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return caption


def _called(chat: Chat) -> str:
    return f"{chat.kind} chat"


def read_text(params: Parameters, name: str, entities: str, now: float) -> Formatted:
    """A text marked up as `parse_mode` or the parameter `entities` says. Raises ApiError 400."""
    text = params.text(name)
    if len(text) > MAX_SOURCE:
        raise bad_request("message is too long")
    mode = params.text("parse_mode").strip().lower()
    if mode == "html":
        try:
            return finish(*parse_html(text, now))
        except MarkupError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    if mode in {"markdown", "markdownv2"}:
        raise bad_request("the sandbox understands no Markdown; use parse_mode HTML or entities")
    if mode and mode != "none":
        raise bad_request("unsupported parse_mode")
    given = params.listing(entities)
    return finish(blank(text), _given_entities(given, utf16_length(text))) if given else finish(clean(text), [])


def _given_entities(given: list[Any], length: int) -> list[Entity]:
    return [entity for value in given if (entity := _given_entity(value, length)) is not None]


def _given_entity(value: Any, length: int) -> Entity | None:
    if not isinstance(value, dict) or str(value.get("type")) not in _GIVEN:
        raise bad_request("can't parse MessageEntity: it must be an Object with a known type")
    offset, size = value.get("offset"), value.get("length")
    if not isinstance(offset, int) or not isinstance(size, int) or offset < 0 or size < 0:
        raise bad_request("can't parse MessageEntity: offset and length must be numbers of at least 0")
    if offset + size > length:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {offset + size}"
        )
    kind = value["type"]
    if kind in _FOUND or not size:  # Telegram finds these by itself
        return None
    place = {"offset": offset, "length": size}
    if kind == "text_link":
        link = link_entity(str(value.get("url", "")))
        return {**link, **place} if link else None
    if kind == "text_mention":
        user = value.get("user")
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise bad_request("can't parse MessageEntity: user must be an Object")
        return {"type": kind, "user": user, **place}
    if kind == "date_time" and not isinstance(value.get("unix_time"), int):
        raise bad_request("can't parse MessageEntity: unix_time must be a Number")
    if not TIME_FORMAT.fullmatch(str(value.get("date_time_format", ""))):
        raise bad_request("can't parse MessageEntity: wrong date_time_format")
    return {"type": kind, **place} | {name: value[name] for name, sort in _KEPT if isinstance(value.get(name), sort)}
