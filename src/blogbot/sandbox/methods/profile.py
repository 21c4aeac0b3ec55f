"""The methods by which a bot says who it is and what it can do: names, descriptions, commands, the menu button."""

from __future__ import annotations

import re
from typing import Any, Final

from ..accounts import Command, Scope
from ..entities import utf16_length
from ..errors import bad_request
from .call import Call

_COMMAND: Final = re.compile("[a-z0-9_]{1,32}")
_LANGUAGE: Final = re.compile("(?:[a-z]{2,3}(?:-[a-z]{2,4})?)?")
_SCOPES: Final = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES: Final = ("chat", "chat_administrators", "chat_member")
_LONGEST: Final = {"name": 64, "description": 512, "short_description": 120}
MAX_COMMANDS: Final = 100
MAX_DESCRIPTION: Final = 256


def get_me(call: Call) -> dict[str, Any]:
    """getMe: the bot's User."""
    return call.account.me()


def set_my_commands(call: Call) -> bool:
    """setMyCommands: true."""
    commands = call.params.listing("commands")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("too many bot commands")
    _keep_commands(call, [_command(command) for command in commands])
    return True


def delete_my_commands(call: Call) -> bool:
    """deleteMyCommands: true."""
    _keep_commands(call, [])
    return True


def get_my_commands(call: Call) -> list[Command]:
    """getMyCommands: those set for exactly this scope and language."""
    return call.account.commands.get(_scope(call), [])


def _keep_commands(call: Call, commands: list[Command]) -> None:
    scope = _scope(call)
    if commands:
        call.account.commands[scope] = commands
    else:
        call.account.commands.pop(scope, None)
    call.telegram.broadcast.tell("commands", {"bot": call.account.user})


def _command(value: Any) -> Command:
    if not isinstance(value, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    command = str(value.get("command", "")).strip().removeprefix("/").lower()
    description = str(value.get("description", "")).strip()
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= utf16_length(description) <= MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _scope(call: Call) -> Scope:
    """The scope a call names, as a key. Raises ApiError 400."""
    language = _language(call)
    scope = call.params.mapping("scope")
    kind = scope.get("type", "default")
    if kind in _SCOPES:
        return kind, 0, 0, language
    if kind not in _CHAT_SCOPES:
        raise bad_request("unsupported bot command scope")
    chat_id, user_id = scope.get("chat_id"), scope.get("user_id", 0)
    chat_id = int(chat_id) if isinstance(chat_id, str) and re.fullmatch("-?[0-9]{1,18}", chat_id) else chat_id
    if not isinstance(chat_id, int) or call.telegram.chat(chat_id) is None:
        raise bad_request("chat not found")
    if not isinstance(user_id, int) or (kind == "chat_member" and user_id not in call.telegram.people):
        raise bad_request("user not found")
    return kind, chat_id, user_id if kind == "chat_member" else 0, language


def _language(call: Call) -> str:
    language = call.params.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def set_words(field: str) -> Any:
    """setMyName, setMyDescription or setMyShortDescription: true. An empty one goes back to the usual."""

    def method(call: Call) -> bool:
        language, words = _language(call), call.params.text(field).strip()
        if utf16_length(words) > _LONGEST[field]:
            raise bad_request(f"bot {field.replace('_', ' ')} is too long")
        if field == "name" and not language and not words:
            raise bad_request("bot name must be non-empty")
        call.account.names[field][language] = words
        if field == "name" and not language:
            call.account.rename(words)
        call.telegram.broadcast.tell("bots", {})
        return True

    return method


def get_words(field: str) -> Any:
    """getMyName, getMyDescription or getMyShortDescription: an object with the one field."""

    def method(call: Call) -> dict[str, str]:
        words = call.account.names[field]
        return {field: words.get(_language(call)) or words.get("", "")}

    return method


def set_chat_menu_button(call: Call) -> bool:
    """setChatMenuButton: true."""
    button = call.params.mapping("menu_button") or {"type": "default"}
    if button.get("type") not in {"commands", "web_app", "default"}:
        raise bad_request("unsupported menu button type")
    call.account.menu_buttons[_menu_chat(call)] = button
    return True


def get_chat_menu_button(call: Call) -> dict[str, Any]:
    """getChatMenuButton: the chat's button, else the bot's."""
    buttons = call.account.menu_buttons
    return buttons.get(_menu_chat(call)) or buttons.get(0) or {"type": "commands"}


def _menu_chat(call: Call) -> int:
    if "chat_id" not in call.params:
        return 0
    chat = call.chat()
    if chat.kind != "private":
        raise bad_request("chat not found")
    return chat.id
