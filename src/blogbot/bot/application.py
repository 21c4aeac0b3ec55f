"""Builds the bot: python-telegram-bot's Application with our request, limits and order of updates, and the conversation in it.

Fetching updates, starting and stopping are for the one who calls.
"""

from __future__ import annotations

from typing import Any

from telegram import BotCommand
from telegram.ext import Application, ApplicationBuilder, BaseRateLimiter, BaseUpdateProcessor, ExtBot
from telegram.request import BaseRequest

from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.bot.commands import MENU
from blogbot.bot.conversation import Conversation
from blogbot.bot.sender import TelegramSender
from blogbot.bot.turn import Desk
from blogbot.clock import Clock
from blogbot.i18n import Words, languages, words
from blogbot.model import Site
from blogbot.text import excerpt

UPDATES = ("message", "channel_post", "callback_query", "my_chat_member")
"""The kinds of updates that the conversation takes (Bot API: allowed_updates)."""

SHORT = 120  # characters, Bot API: setMyShortDescription
LONG = 512  # characters, Bot API: setMyDescription

Bot = Application[Any, Any, Any, Any, Any, Any]


def create_bot(
    *,
    token: str,
    api_url: str,
    blog: Blog,
    audience: Audience,
    site: Site,
    clock: Clock,
    feeds_dir: str,
    request: BaseRequest,
    limiter: BaseRateLimiter[Any],
    processor: BaseUpdateProcessor,
    updates_request: BaseRequest | None = None,
) -> Bot:
    """The bot, not yet initialised and without an updater. `updates_request` is for long polls, so that they hold no
    connection that an answer needs; without one they share `request`.
    """
    application = (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .request(request)
        .get_updates_request(updates_request or request)
        .rate_limiter(limiter)
        .concurrent_updates(processor)
        .job_queue(None)
        .updater(None)
        .build()
    )
    sender = TelegramSender(application.bot)
    Conversation(Desk(blog, audience, site, clock, sender, application.bot, feeds_dir)).register(application)
    return application


async def introduce(bot: ExtBot[Any], site: Site) -> None:
    """Tells Telegram what the bot is and which commands it knows, in every language; the site's own is the default.

    Only what differs is set: Telegram soon refuses a bot that says the same at every start.
    """
    for code in ["", *dict.fromkeys(known.partition("_")[0] for known in languages())]:
        spoken, language = words(code or site.language), code or None
        commands = tuple(BotCommand(name, spoken.gettext(description)) for name, description in MENU)
        if await bot.get_my_commands(language_code=language) != commands:
            await bot.set_my_commands(commands, language_code=language)
        description = _description(site, spoken)
        if (await bot.get_my_description(language_code=language)).description != description:
            await bot.set_my_description(description, language_code=language)
        line = _short_description(site, spoken)
        if (await bot.get_my_short_description(language_code=language)).short_description != line:
            await bot.set_my_short_description(line, language_code=language)


def _description(site: Site, spoken: Words) -> str:
    _ = spoken.gettext
    said = _("I bring you what {site} publishes, answer questions about it, and remind you of its events. Press Start.")
    return excerpt(said.format(site=excerpt(site.title, 200)), LONG)


def _short_description(site: Site, spoken: Words) -> str:
    _ = spoken.gettext
    return excerpt(_("Articles and events of {site}").format(site=excerpt(site.title, 60)), SHORT)
