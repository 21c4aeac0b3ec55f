"""Every error that blogbot raises on purpose, under one root.

    BlogbotError                the work failed: exit 1
    ├── UsageError              the call is wrong: exit 2
    │   └── SettingsError       a setting is missing or wrong: exit 2
    ├── SourceError             a source, or one item of it, cannot be read
    │   └── FetchError          its address does not answer as it should
    ├── StoreError              the database cannot be used
    │   └── SchemaError         its tables are older or newer than this blogbot
    ├── PublishError            a feed cannot be written
    ├── NotFoundError           nothing is known under this name
    └── DeliveryError           a message did not reach its chat
        ├── RetryLater          not now: try again after some seconds
        │   └── Throttled       Telegram asks to wait: a 429
        ├── ChatClosed          nobody, or not the bot, may write there at the moment
        ├── ChatGone            the chat left or blocked the bot, or no longer exists
        ├── ChatMigrated        the group is a supergroup now, under another id
        ├── Refused             Telegram will never take this message
        │   └── TopicGone       the forum topic it was meant for is closed or gone
        ├── InDoubt             the call was under way; nobody knows whether it arrived
        └── TokenRejected       the bot token is not valid (any more)

An error carries its evidence in fields; its text is a sentence for the person who reads it, naming what
and where and what to do. Foreign errors are translated at the border where they arise.
"""

from __future__ import annotations


class BlogbotError(Exception):
    """The work failed."""

    exit_code = 1


class UsageError(BlogbotError):
    """The call is wrong."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is missing or wrong."""


class SourceError(BlogbotError):
    """A source, or one item of it, cannot be read."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class FetchError(SourceError):
    """A source's address does not answer as it should."""


class StoreError(BlogbotError):
    """The database cannot be used."""


class SchemaError(StoreError):
    """The database's tables are older or newer than this blogbot."""


class PublishError(BlogbotError):
    """A feed cannot be written."""


class NotFoundError(BlogbotError):
    """Nothing is known under this name."""


class DeliveryError(BlogbotError):
    """A message did not reach its chat."""


class RetryLater(DeliveryError):
    """Not now. `seconds` is how long to wait; `everyone` tells that every chat must wait, not this one alone."""

    def __init__(self, reason: str, *, seconds: float, everyone: bool = False) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.everyone = everyone


class Throttled(RetryLater):
    """Telegram asks to wait; it works, and has an answer for other chats."""


class ChatClosed(DeliveryError):
    """Nobody, or not the bot, may write in the chat at the moment: many groups are closed for the night."""


class ChatGone(DeliveryError):
    """The chat left, blocked the bot, or no longer exists."""


class ChatMigrated(DeliveryError):
    """The group became a supergroup, reached under `telegram_id` from now on."""

    def __init__(self, reason: str, *, telegram_id: int) -> None:
        super().__init__(reason)
        self.telegram_id = telegram_id


class Refused(DeliveryError):
    """Telegram will never take this message."""


class TopicGone(Refused):
    """The forum topic that the message was meant for is closed or gone; the chat itself is there."""


class InDoubt(DeliveryError):
    """The call was under way when it broke; nobody knows whether the message arrived."""


class TokenRejected(DeliveryError):
    """Telegram rejected the bot token: take a fresh one from @BotFather and set BLOGBOT_TOKEN."""
