"""The Bot API's methods by name. Each takes a Call and gives back the `result`, or raises ApiError."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from . import chats, media, messages, profile, queries, updates
from .call import Call

Method = Callable[[Call], Awaitable[Any] | Any]

_ALL: Final[dict[str, Method]] = {
    "getMe": profile.get_me,
    "logOut": updates.log_out,
    "close": updates.log_out,
    "getUpdates": updates.get_updates,
    "setWebhook": updates.set_webhook,
    "deleteWebhook": updates.delete_webhook,
    "getWebhookInfo": updates.get_webhook_info,
    "sendMessage": messages.send_message,
    "sendDocument": media.send_document,
    "sendPhoto": media.send_photo,
    "sendChatAction": messages.send_chat_action,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "deleteMessages": messages.delete_messages,
    "pinChatMessage": messages.pin_chat_message,
    "unpinChatMessage": messages.unpin_chat_message,
    "unpinAllChatMessages": messages.unpin_chat_message,
    "answerCallbackQuery": queries.answer_callback_query,
    "answerInlineQuery": queries.answer_inline_query,
    "getFile": media.get_file,
    "getChat": chats.get_chat,
    "getChatMember": chats.get_chat_member,
    "getChatAdministrators": chats.get_chat_administrators,
    "getChatMemberCount": chats.get_chat_member_count,
    "leaveChat": chats.leave_chat,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_words("name"),
    "getMyName": profile.get_words("name"),
    "setMyDescription": profile.set_words("description"),
    "getMyDescription": profile.get_words("description"),
    "setMyShortDescription": profile.set_words("short_description"),
    "getMyShortDescription": profile.get_words("short_description"),
    "setChatMenuButton": profile.set_chat_menu_button,
    "getChatMenuButton": profile.get_chat_menu_button,
}

METHODS: Final = {name.lower(): (name, method) for name, method in _ALL.items()}
"""Each method's own spelling and its function, by its name in lower case: the Bot API takes any."""

__all__ = ["METHODS", "Call", "Method"]
