"""A Telegram to try a bot and to test it against: the Bot API on one side, people on the other, in memory, on one port.

It emulates Telegram, not blogbot: it imports nothing else of blogbot, and any bot can talk to it. It is as strict as
Telegram is, since a kinder one would hide bugs.
"""

from .server import create_sandbox, sandbox_routes, serve
from .telegram import Telegram

__all__ = ["Telegram", "create_sandbox", "sandbox_routes", "serve"]
