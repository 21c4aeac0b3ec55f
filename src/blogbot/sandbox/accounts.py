"""A bot as the sandbox knows it: who it is, what it says of itself, its commands, and the updates that wait for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .mailbox import Mailbox

if TYPE_CHECKING:
    from .chats import User
    from .webhooks import Webhook

TOKEN: Final = re.compile(r"([0-9]{1,16}):[A-Za-z0-9_-]{3,128}")

Command = dict[str, str]
Scope = tuple[str, int, int, str]
"""A command scope: its type, chat id, user id (0 where it has none) and language."""


class Account:
    """One token's bot."""

    def __init__(self, token: str, name: str) -> None:
        self.token = token
        self.id = int(token.partition(":")[0])
        self.names: dict[str, dict[str, str]] = {"name": {"": name}, "description": {}, "short_description": {}}
        """What the bot says of itself, by field and language."""
        self.commands: dict[Scope, list[Command]] = {}
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        self.mailbox = Mailbox()
        self.webhook: Webhook | None = None
        self.user: User = {}
        self.rename(name)

    @property
    def username(self) -> str:
        """Made from the bot's id, unique among the sandbox's bots."""
        return f"sandbox_{self.id}_bot"

    def rename(self, name: str) -> None:
        """Gives the bot a first name."""
        self.user = {"id": self.id, "is_bot": True, "first_name": name, "username": self.username}

    def me(self) -> dict[str, Any]:
        """The Bot API's User for getMe. The bot reads every message of a group: its privacy mode is off."""
        return {
            **self.user,
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def commands_for(self, kind: str, chat_id: int = 0, user_id: int = 0, language: str = "") -> list[Command]:
        """The commands a person sees in a chat: those of the narrowest scope that has any, as the Bot API orders them."""
        private = kind == "private"
        scopes = [("chat_member", chat_id, user_id), ("chat", chat_id, 0)]
        scopes += [("all_private_chats" if private else "all_group_chats", 0, 0), ("default", 0, 0)]
        for scope in scopes:
            for code in (language, "") if language else ("",):
                if commands := self.commands.get((*scope, code)):
                    return commands
        return []
