"""The bot: the only place that knows python-telegram-bot.

application    builds it; conversation, commands, ... are what it says
request, limiter, processor, poller, webhook, sender    its machinery
service        starts it, listens, stops it
"""

from blogbot.bot.service import BotService, check_token

__all__ = ["BotService", "check_token"]
