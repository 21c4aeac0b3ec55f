"""Takes an update, finds out which chat speaks and what it asks, has that done, and sees to it that nobody waits in vain.

Every tap is answered, whatever happens; a person is told in a sentence where something failed, and the log gets the cause
without what the person wrote.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from telegram import Chat as TelegramChat
from telegram import ChatMember, ChatMemberRestricted, Message, MessageEntity, Update
from telegram.ext import Application, CallbackQueryHandler, ChatMemberHandler, MessageHandler, filters

from blogbot.bot.commands import COMMANDS, MENU, TAPS, WISH_TAPS, WISHES
from blogbot.bot.guide import plain_words, unknown_command
from blogbot.bot.terms import still_asking
from blogbot.bot.turn import Desk, Reply, Tapped, Turn
from blogbot.cards import Tap
from blogbot.errors import BlogbotError, ChatGone, ChatMigrated, DeliveryError, NotFoundError
from blogbot.model import Chat, ChatKind
from blogbot.model import Message as Saying

log = structlog.get_logger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
Work = Callable[[Turn], Awaitable[Reply]]

HERE = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER)


@dataclass(frozen=True, slots=True)
class Said:
    """A command as it was written: its name without the slash, the bot it is meant for ("" for any), and what follows."""

    name: str
    bot: str
    words: str


def said(message: Message) -> Said | None:
    """The command that a message begins with (Bot API: an entity bot_command at its very beginning), or None."""
    text = message.text or ""
    first = next(
        (entity for entity in message.entities if entity.type == MessageEntity.BOT_COMMAND and not entity.offset), None
    )
    if first is None:
        return None
    name, _, bot = text[1 : first.length].partition("@")
    return Said(name.lower(), bot.lower(), text[first.length :].strip())


class Conversation:
    """What the bot does with the updates it gets."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, application: App) -> None:
        """Puts the handlers into `application`. Edited messages are not commands anew, and are left alone."""
        spoken = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
        application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE & spoken, self.migration))
        application.add_handler(MessageHandler(spoken & ~filters.StatusUpdate.ALL, self.message))
        application.add_handler(CallbackQueryHandler(self.tap))
        application.add_handler(ChatMemberHandler(self.membership, ChatMemberHandler.MY_CHAT_MEMBER))
        application.add_error_handler(self.error)

    # --- What Telegram brings ---

    async def message(self, update: Update, _context: object) -> None:
        """A command anywhere; any other message only in a private chat, for a group talks among itself."""
        message = update.effective_message
        if message is None:
            return
        command, private = said(message), message.chat.type == TelegramChat.PRIVATE
        if command is not None:
            await self._command(update, command, private)
        elif private:
            words = message.text or message.caption or ""
            await self._take(update, "words", lambda turn: _new(plain_words(turn, words)))

    async def _command(self, update: Update, command: Said, private: bool) -> None:
        mine = command.bot == self._desk.bot.username.lower()
        act = COMMANDS.get(command.name)
        if command.bot and not mine:
            return
        if act is not None:
            await self._take(update, command.name, lambda turn: _answer(turn, command.name, act(turn, command.words)))
        elif private or mine:  # in a group, an unknown command without our name is another bot's
            await self._take(update, "unknown", lambda turn: _new(unknown_command(turn, command.name, MENU)))

    async def tap(self, update: Update, _context: object) -> None:
        """A tapped button; it is answered whatever happens, for it waits until then."""
        query = update.callback_query
        if query is None:
            return
        tap, tapped = Tap.read(query.data or ""), Tapped(query)

        async def work(turn: Turn) -> Reply:
            if tap is None:
                return Reply(turn.cards.old_button())
            reply = still_asking(turn, await TAPS[tap.verb](turn, tap))
            return _marked(turn, reply) if tap.verb in WISH_TAPS else reply

        try:
            await self._take(update, f"tap {tap.verb}" if tap is not None else "tap of another version", work, tapped)
        finally:
            await tapped.answer()

    async def membership(self, update: Update, _context: object) -> None:
        """The bot was let in, let go, or blocked."""
        change = update.my_chat_member
        if change is None:
            return
        if not _is_here(change.new_chat_member):
            await self._desk.audience.leave(change.chat.id)
        elif change.chat.type in (TelegramChat.GROUP, TelegramChat.SUPERGROUP) and not _is_here(change.old_chat_member):
            await self._take(update, "joined", _hello)
        else:
            await self._join(update)

    async def migration(self, update: Update, _context: object) -> None:
        """A group became a supergroup; both of them say so, and the first to say it is enough."""
        message = update.effective_message
        if message is None:
            return
        if message.migrate_to_chat_id:
            await self._desk.audience.migrate(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id:
            await self._desk.audience.migrate(message.migrate_from_chat_id, message.chat.id)

    async def error(self, _update: object, context: Any) -> None:
        """What escaped a handler: logged by its kind and place."""
        log.error("an update could not be handled", exc_info=context.error)

    # --- How it is done ---

    async def _take(self, update: Update, what: str, work: Work, tapped: Tapped | None = None) -> None:
        """Does `work` for the chat of the update, and answers a failure with a sentence."""
        chat = _guest(update)
        if chat is None:
            return
        try:
            chat = await self._speaker(await self._join(update) or chat)
            await self._do(self._turn(update, chat, tapped), work)
        except (ChatGone, ChatMigrated) as moved:
            await self._moved(chat, moved)
        except Exception as cause:
            kind, traced = type(cause).__name__, not isinstance(cause, BlogbotError)
            log.error("a request failed", what=what, chat=chat.telegram_id, error=kind, exc_info=traced)
            await self._apologise(self._turn(update, chat, tapped))

    async def _do(self, turn: Turn, work: Work) -> None:
        try:
            reply = await work(turn)
        except NotFoundError:
            reply = Reply(turn.cards.gone())
        try:
            await turn.answer(reply)
        except ChatMigrated as moved:  # what was asked for is done already, so only the answer goes after the group
            await self._moved(turn.chat, moved)
            await turn.of(replace(turn.chat, telegram_id=moved.telegram_id)).answer(reply)

    async def _moved(self, chat: Chat, moved: ChatGone | ChatMigrated) -> None:
        if isinstance(moved, ChatMigrated):
            await self._desk.audience.migrate(chat.telegram_id, moved.telegram_id)
        else:
            await self._desk.audience.leave(chat.telegram_id)

    async def _apologise(self, turn: Turn) -> None:
        try:
            await turn.answer(Reply(turn.cards.trouble()))
        except DeliveryError as cause:
            log.warning("an apology was not delivered", chat=turn.chat.telegram_id, error=str(cause))

    def _turn(self, update: Update, chat: Chat, tapped: Tapped | None) -> Turn:
        guest = _guest(update)
        return Turn(self._desk, chat, update.effective_message, tapped, guest.thread_id if guest is not None else 0)

    async def _speaker(self, chat: Chat) -> Chat:
        """Whose wishes are spoken of: those of the whole forum in the topic that it chose for its news, else the chat's own."""
        forum = await self._desk.audience.whole(chat)
        return forum if forum.topic_id == chat.thread_id else chat

    async def _join(self, update: Update) -> Chat | None:
        """The chat of the update as the audience keeps it."""
        guest = _guest(update)
        if guest is None:
            return None
        return await self._desk.audience.join(
            guest.telegram_id, guest.kind, guest.title, guest.thread_id, guest.language
        )


async def _new(message: Awaitable[Saying]) -> Reply:
    """A message that is said anew."""
    return Reply(await message)


async def _answer(turn: Turn, name: str, message: Awaitable[Saying]) -> Reply:
    """The answer to a command."""
    reply = await _new(message)
    return _marked(turn, reply) if name in WISHES else reply


def _marked(turn: Turn, reply: Reply) -> Reply:
    """What speaks of wishes says so where they are the whole group's."""
    return replace(reply, message=turn.cards.for_group(reply.message)) if turn.for_group else reply


async def _hello(turn: Turn) -> Reply:
    return Reply(turn.cards.hello_group())


def _guest(update: Update) -> Chat | None:
    """The chat of an update as Telegram names it, before the audience knows it (id 0)."""
    chat, user = update.effective_chat, update.effective_user
    if chat is None or chat.type not in set(ChatKind):
        return None
    message = update.effective_message
    in_topic = isinstance(message, Message) and message.is_topic_message
    private = chat.type == TelegramChat.PRIVATE
    return Chat(
        id=0,
        telegram_id=chat.id,
        kind=ChatKind(chat.type),
        title=(chat.full_name if private else chat.title) or "",
        thread_id=(message.message_thread_id or 0) if in_topic and message is not None else 0,
        language=(user.language_code or "") if private and user is not None else "",
    )


def _is_here(member: ChatMember) -> bool:
    return member.status in HERE or (isinstance(member, ChatMemberRestricted) and member.is_member)
