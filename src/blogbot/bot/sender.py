"""Puts messages into chats, and says in blogbot's own errors what became of them.

The only place where Telegram's refusals are read: `outcome` groups them by what to do about them. It must not know why a
message is sent; whether and when to try again is for the one who calls.

A server error (500, 502, 503) is taken for what it says: the message was not taken, and may go again. A gateway timeout (504)
says that nobody knows, like a timeout of our own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, error
from telegram.constants import ParseMode
from telegram.ext import ExtBot

from blogbot import errors, metrics, text
from blogbot.bot.passage import Passage, at_once
from blogbot.bot.request import Broken, Flood, Unsent, pause_of
from blogbot.delivery import Begin
from blogbot.errors import DeliveryError
from blogbot.model import Button, Chat, Lane, Message, Pace

log = structlog.get_logger(__name__)

T = TypeVar("T")
Buttons = tuple[tuple[Button, ...], ...]

SEND = "SendMessage"
"""Asked by name: python-telegram-bot's own method makes objects of the answer, which takes as long as the call, and for its own
spelling it advises against that. Telegram takes names in any case of letters (Bot API, Making requests)."""

RETRY_UNSENT = 2.0
RETRY_SERVER_ERROR = 5.0
"""Seconds until the next try. The ledger adds its own backoff to it."""

GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "chat was deactivated",
    "group is deactivated",
    "chat was deleted",
    "peer_id_invalid",
    "channel_private",
    "channel_invalid",
    "user_deactivated",
    "user_is_blocked",
    "user_is_bot",
)
"""Parts of the 400s that speak of a chat which is no more."""

CLOSED = (
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "have no rights to send",
    "not enough rights to send text",
    "need administrator rights in the channel chat",
)
"""Parts of the 400s that speak of a chat in which the bot may not write; groups are closed for a night, and opened again."""

TOPIC = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid", "topic is closed")
UNREADABLE = ("can't parse entities", "can't find end", "unsupported start tag", "entity_bounds_invalid")
"""Markup that Telegram cannot read. It is sent once more as plain text."""

TOO_LONG = ("message is too long", "message_too_long", "media_caption_too_long", "caption is too long")
UNCHANGED = ("message is not modified",)
TOO_LARGE = ("request entity too large",)

REMEMBERED = 64
"""How many unreadable messages are known by their text, so that one said to thousands is logged once."""

PROMPTLY: dict[str, Any] = {"pool_timeout": 3.0, "connect_timeout": 3.0}
"""Seconds. Whether a notification is still worth sending was decided right before; it must not leave long after that."""

LONGEST = 4096
LONGEST_CAPTION = 1024
"""UTF-16 code units after entity parsing (Bot API, sendMessage and sendDocument)."""


class Limiter(Protocol):
    """What of the rate limiter others want to know (`limiter.Lanes`)."""

    pace: Pace

    @property
    def rate(self) -> float: ...

    def rate_of(self, lane: Lane) -> float: ...

    def adopt(self, pace: Pace, share: int) -> None: ...


class TelegramSender:
    """Sends through `bot`, whose rate limiter reads the lane. Each method raises DeliveryError, by its kinds in errors.py.

    Messages of the lanes in `paid` may cost Telegram Stars (Bot API, allow_paid_broadcast).
    """

    def __init__(self, bot: ExtBot[Passage], paid: Collection[Lane] = ()) -> None:
        self._bot = bot
        self._paid = frozenset(paid)
        self._reported: deque[int] = deque(maxlen=REMEMBERED)

    @property
    def rate(self) -> float:
        """Messages a second that this process may send now; without a limiter that knows, Telegram's usual 30."""
        return self._limiter.rate if self._limiter is not None else 30.0

    def rate_of(self, lane: Lane) -> float:
        """The same of one lane: where some are paid for, all others together have no more than Telegram's usual 30."""
        return self._limiter.rate_of(lane) if self._limiter is not None else 30.0

    def pace(self) -> Pace:
        """What this process knows of the limits."""
        return self._limiter.pace if self._limiter is not None else Pace()

    def adopt(self, pace: Pace, share: int) -> None:
        """What all processes know, and how many of them share the rate."""
        if self._limiter is not None:
            self._limiter.adopt(pace, share)

    @property
    def _limiter(self) -> Limiter | None:
        limiter: Any = self._bot.rate_limiter
        return limiter if hasattr(limiter, "adopt") else None

    async def send(self, chat: Chat, message: Message, lane: Lane, begin: Begin = at_once) -> int:
        """Sends a message into a chat (into its topic, where it has one) and gives back its message id.

        An answer in a topic that is gone comes in the chat itself; what becomes of a notification is for the ledger.
        """
        if lane is Lane.ANSWER:
            return await _in_topic(chat, lambda topic: self._send(topic, chat, message, lane, begin))
        return await self._send(chat.topic_id or chat.thread_id, chat, message, lane, begin)

    async def _send(self, topic: int, chat: Chat, message: Message, lane: Lane, begin: Begin) -> int:
        async def attempt(html: str, mode: str | None) -> int:
            said = {
                "chat_id": chat.telegram_id,
                "text": html,
                "parse_mode": mode,
                **_look(message.buttons, message.preview_url),
                "message_thread_id": topic or None,
                "allow_paid_broadcast": True if lane in self._paid else None,
            }
            passage = Passage(lane, begin)
            sent = await self._bot.do_api_request(SEND, said, rate_limit_args=passage, **_limits(lane))
            return int(sent["message_id"])

        return await self._with_fallbacks(attempt, message.html, LONGEST)

    async def edit(
        self, chat: Chat, message_id: int, message: Message, lane: Lane = Lane.ANSWER, begin: Begin = at_once
    ) -> bool:
        """Puts a message in the place of one that was sent. False where it says the same already."""

        async def attempt(html: str, mode: str | None) -> bool:
            await self._bot.edit_message_text(
                html,
                chat.telegram_id,
                message_id,
                parse_mode=mode,
                reply_markup=keyboard(message.buttons),
                link_preview_options=_preview(message.preview_url),
                rate_limit_args=Passage(lane, begin),
                **_limits(lane),
            )
            return True

        try:
            return await self._with_fallbacks(attempt, message.html, LONGEST)
        except errors.Refused as refusal:
            if _speaks_of(str(refusal), UNCHANGED):
                return False
            raise

    async def send_document(
        self, chat: Chat, name: str, content: bytes, caption: Message, lane: Lane = Lane.ANSWER
    ) -> int:
        """Sends a file called `name` with a caption (1,024 characters at most), and gives back its message id.

        Where the chat's topic is gone, it comes in the chat itself.
        """
        document = InputFile(content, filename=name)

        async def attempt(html: str, mode: str | None, topic: int) -> int:
            sent = await self._bot.send_document(
                chat.telegram_id,
                document,
                caption=html,
                parse_mode=mode,
                reply_markup=keyboard(caption.buttons),
                message_thread_id=topic or None,
                rate_limit_args=Passage(lane),
            )
            return sent.message_id

        return await _in_topic(
            chat,
            lambda to: self._with_fallbacks(lambda html, mode: attempt(html, mode, to), caption.html, LONGEST_CAPTION),
        )

    async def _with_fallbacks(self, attempt: Callable[[str, str | None], Awaitable[T]], html: str, longest: int) -> T:
        """Tries a message as it is, and once more in a simpler form where Telegram cannot read it or finds it too long.

        It is cut rather than split: a notification is one message, and of two pieces the first might be sent twice.
        """
        try:
            return await attempt(html, ParseMode.HTML)
        except error.TelegramError as refusal:
            again = _simpler(refusal, html, longest)
            first = outcome(refusal)
        if again is None:
            raise first
        self._report(html, str(first), plain=again[1] is None)
        try:
            return await attempt(*again)
        except error.TelegramError as refusal:
            last = outcome(refusal)
        raise last

    def _report(self, html: str, reason: str, *, plain: bool) -> None:
        """Counts each plain message, and logs a text once, to however many chats it is said."""
        if plain:
            metrics.PLAIN.inc()
        if hash(html) not in self._reported:
            self._reported.append(hash(html))
            log.warning("telegram refused a message; sending it in a simpler form", plain=plain, reason=reason)


async def _in_topic(chat: Chat, send: Callable[[int], Awaitable[int]]) -> int:
    """Sends into the chat's topic, or into the chat itself where the topic is gone."""
    try:
        return await send(chat.thread_id)
    except errors.TopicGone:
        if not chat.thread_id:
            raise
    return await send(0)


def _simpler(refusal: error.TelegramError, html: str, longest: int) -> tuple[str, str | None] | None:
    if not isinstance(refusal, error.BadRequest):
        return None
    if _speaks_of(refusal.message, UNREADABLE):
        return text.visible(text.cut(html, longest)), None
    if _speaks_of(refusal.message, TOO_LONG):
        return text.cut(html, longest), ParseMode.HTML
    return None


def _limits(lane: Lane) -> dict[str, Any]:
    return {} if lane is Lane.ANSWER else PROMPTLY


def outcome(failure: error.TelegramError) -> DeliveryError:
    """What a failed call means, and so what to do: the one place that decides.

    python-telegram-bot's BadRequest and TimedOut are kinds of its NetworkError, so the order below matters.
    """
    said = failure.message
    match failure:
        case error.RetryAfter():
            everyone = isinstance(failure, Flood) and failure.everyone
            return errors.Throttled(said, seconds=pause_of(failure), everyone=everyone)
        case error.ChatMigrated():
            return errors.ChatMigrated(said, telegram_id=failure.new_chat_id)
        case error.Forbidden():
            return errors.ChatGone(said)
        case error.InvalidToken() | error.EndPointNotFound():
            return errors.TokenRejected("Telegram rejected the bot token; take one from @BotFather, set BLOGBOT_TOKEN")
        case error.BadRequest():
            return _bad_request(said)
        case Unsent():
            # Where no connection can be made, no other chat would fare better.
            return errors.RetryLater(said, seconds=RETRY_UNSENT, everyone=True)
        case Broken() | error.TimedOut():
            return errors.InDoubt(said)
        case error.NetworkError() if _speaks_of(said, TOO_LARGE):
            return errors.Refused(said)
        case error.NetworkError() | error.Conflict():
            return errors.RetryLater(said, seconds=RETRY_SERVER_ERROR)
        case _:
            return errors.InDoubt(said)


def _bad_request(said: str) -> DeliveryError:
    if _speaks_of(said, GONE):
        return errors.ChatGone(said)
    if _speaks_of(said, CLOSED):
        return errors.ChatClosed(said)
    if _speaks_of(said, TOPIC):
        return errors.TopicGone(f"the chat's topic is closed or gone: {said}")
    return errors.Refused(said)


def _speaks_of(said: str, parts: tuple[str, ...]) -> bool:
    lowered = said.lower()
    return any(part in lowered for part in parts)


@lru_cache(maxsize=64)  # a mailing says the same to many
def _look(buttons: Buttons, preview_url: str) -> Mapping[str, str]:
    """What stands around a message's text, as it travels."""
    shown = {"reply_markup": keyboard(buttons), "link_preview_options": _preview(preview_url)}
    return {name: what.to_json() for name, what in shown.items() if what is not None}


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """A message's buttons as Telegram takes them; None where it has none."""
    rows = [[_button(button) for button in row] for row in buttons if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url)
    return InlineKeyboardButton(button.label, callback_data=button.data)


def _preview(url: str) -> LinkPreviewOptions:
    return LinkPreviewOptions(url=url) if url else LinkPreviewOptions(is_disabled=True)
