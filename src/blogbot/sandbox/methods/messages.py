"""The methods that send, change, delete and pin messages."""

from __future__ import annotations

from typing import Any, Final

from ..chats import Chat, Message
from ..entities import Formatted
from ..errors import bad_request
from ..keyboards import inline_keyboard, read_markup
from .call import Call

_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
_PREVIEW: Final = (
    ("is_disabled", bool),
    ("url", str),
    ("prefer_small_media", bool),
    ("prefer_large_media", bool),
    ("show_above_text", bool),
)
_ACTIONS: Final = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def send_message(call: Call) -> dict[str, Any]:
    """sendMessage: the Message sent."""
    chat = call.open_chat()
    extra = {}
    if preview := _preview(call):
        extra["link_preview_options"] = preview
    return deliver(call, chat, call.body(), extra)


def _preview(call: Call) -> dict[str, Any]:
    options = call.params.mapping("link_preview_options")
    return {name: options[name] for name, sort in _PREVIEW if isinstance(options.get(name), sort)}


def deliver(call: Call, chat: Chat, body: Formatted, extra: dict[str, Any]) -> dict[str, Any]:
    """Sends what a method made, with the options that all sending methods have. Raises ApiError."""
    message = Message(chat, int(call.telegram.now()), body.text, body.entities, call.account.user)
    message.account = call.account
    message.markup = read_markup(call.params.mapping("reply_markup"))
    message.thread = _thread(call, chat)
    message.reply = _replied(call, chat) or chat.beginning(message.thread)
    if call.params.flag("protect_content"):
        extra["has_protected_content"] = True
    if "message_effect_id" in call.params:
        extra["effect_id"] = call.params.text("message_effect_id")
    message.extra = extra or None
    group, paid = chat.kind in {"group", "supergroup"}, call.params.flag("allow_paid_broadcast")
    limits, token = call.telegram.limits, call.account.token
    limits.check(token, chat.id, group=group, paid=paid)
    limits.count(token, chat.id, group=group, paid=paid)
    return call.telegram.post(message).view()


def _thread(call: Call, chat: Chat) -> int:
    thread = call.params.integer("message_thread_id")
    if thread and thread not in (chat.topics or {}):
        raise bad_request("message thread not found")
    return thread


def _replied(call: Call, chat: Chat) -> Message | None:
    options = call.params.mapping("reply_parameters")
    message_id = options.get("message_id") or call.params.integer("reply_to_message_id")
    if not message_id:
        return None
    other = options.get("chat_id")
    place = chat if other in (None, chat.id, str(chat.id)) else _other_chat(call, other)
    replied = place.messages.get(message_id) if place and isinstance(message_id, int) else None
    lenient = options.get("allow_sending_without_reply") or call.params.flag("allow_sending_without_reply")
    if replied is None and not lenient:
        raise bad_request("message to be replied not found")
    return replied


def _other_chat(call: Call, chat_id: object) -> Chat | None:
    return call.telegram.chat(chat_id) if isinstance(chat_id, int) else None


def _own_message(call: Call) -> Message:
    """The message to edit. Raises ApiError 400 if it is not the bot's own."""
    if "inline_message_id" in call.params:
        raise bad_request("MESSAGE_ID_INVALID")
    message = call.message(call.open_chat(), "edit")
    if message.account is not call.account:
        raise bad_request("message can't be edited")
    return message


def edit_message_text(call: Call) -> dict[str, Any]:
    """editMessageText: the Message as it is now. A keyboard that is not given again goes."""
    message = _own_message(call)
    if message.is_media:
        raise bad_request("there is no text in the message to edit")
    extra = {**(message.extra or {})}
    extra.pop("link_preview_options", None)
    if preview := _preview(call):
        extra["link_preview_options"] = preview
    return _edit(call, message, call.body(), extra)


def edit_message_caption(call: Call) -> dict[str, Any]:
    """editMessageCaption: the Message as it is now."""
    message = _own_message(call)
    if not message.is_media:
        raise bad_request("there is no caption in the message to edit")
    return _edit(call, message, call.caption(), {**(message.extra or {})})


def edit_message_reply_markup(call: Call) -> dict[str, Any]:
    """editMessageReplyMarkup: the Message with other buttons, or none."""
    message = _own_message(call)
    return _edit(call, message, Formatted(message.text, message.entities), {**(message.extra or {})})


def _edit(call: Call, message: Message, body: Formatted, extra: dict[str, Any]) -> dict[str, Any]:
    markup = inline_keyboard(call.params.mapping("reply_markup"))
    if (message.text, message.entities, message.markup, message.extra or {}) == (*body, markup, extra):
        raise bad_request(_NOT_MODIFIED)
    message.text, message.entities, message.markup, message.extra = body.text, body.entities, markup, extra or None
    message.edited = int(call.telegram.now())
    if call.telegram.broadcast.heard:
        call.telegram.show("edited", message)
    return message.view()


def delete_message(call: Call) -> bool:
    """deleteMessage: true. A bot deletes its own messages, and anybody's in a private chat."""
    chat = call.chat()
    _delete(call, chat, call.message(chat, "delete"))
    return True


def delete_messages(call: Call) -> bool:
    """deleteMessages: true; ids that are not there are skipped."""
    chat = call.chat()
    ids = call.params.listing("message_ids")
    if not 1 <= len(ids) <= 100:
        raise bad_request("message identifiers are not specified or too many")
    for message in [chat.messages[number] for number in ids if isinstance(number, int) and number in chat.messages]:
        _delete(call, chat, message)
    return True


def _delete(call: Call, chat: Chat, message: Message) -> None:
    may = message.account is call.account or chat.kind == "private" or is_administrator(call, chat)
    if not may:
        raise bad_request("message can't be deleted")
    call.telegram.delete(message)


def is_administrator(call: Call, chat: Chat) -> bool:
    """Whether the bot administers the chat; in a channel it must, to be there at all."""
    return chat.kind == "channel" or chat.status(call.account.id) == "administrator"


def pin_chat_message(call: Call) -> bool:
    """pinChatMessage: true."""
    chat = _pinnable(call)
    chat.pinned = call.message(chat, "pin")
    return True


def unpin_chat_message(call: Call) -> bool:
    """unpinChatMessage and unpinAllChatMessages: true; the sandbox pins one message of a chat at most."""
    _pinnable(call).pinned = None
    return True


def _pinnable(call: Call) -> Chat:
    chat = call.open_chat()
    if chat.kind != "private" and not is_administrator(call, chat):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


def send_chat_action(call: Call) -> bool:
    """sendChatAction: true; those who look on see it for some seconds."""
    chat = call.open_chat()
    action = call.params.text("action").strip().lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    _thread(call, chat)
    if call.telegram.broadcast.heard:
        call.telegram.broadcast.tell("action", {"chat_id": chat.id, "action": action, "bot": call.account.user})
    return True
