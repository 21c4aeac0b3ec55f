"""The web part: pages for people, feeds for readers, the webhook for Telegram, health and metrics for operators.

It asks the blog and shows the answers; it knows nothing of the store, the sources or the bot's inside.
"""

from blogbot.web.application import create_web

__all__ = ["create_web"]
