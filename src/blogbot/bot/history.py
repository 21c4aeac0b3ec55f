"""Looking back in the conversation: what the bot told a chat unasked, and which wish sent it."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message as Received

from blogbot.audience import Why, Wish
from blogbot.bot.names import named, named_rules
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import Because, Heard, Tap, Verb
from blogbot.errors import NotFoundError
from blogbot.model import Announcement, Event, Follow, Message, NotificationState, Occurrence, Post, ReminderRule

LAST = 10


async def history(turn: Turn, _words: str) -> Message:
    """The last things told."""
    told = await turn.audience.history(turn.chat, LAST)
    ids = [each.message_id for each in told if each.message_id is not None]
    heard = []
    for each in told:
        title, tap = await _shown(turn, each.announcement)
        gathered = each.message_id is not None and ids.count(each.message_id) > 1
        uncertain = each.state is NotificationState.UNCERTAIN
        heard.append(Heard(each.announcement.kind, title, each.at, tap, gathered, uncertain))
    return turn.cards.history(heard)


async def why(turn: Turn, _words: str) -> Message:
    """Which wishes sent the message replied to, or else the last one."""
    message_id = _replied_to(turn)
    found = await turn.audience.why(turn.chat, message_id)
    if found is None:
        return turn.cards.why_nothing() if message_id is None else turn.cards.why_not_news()
    return await _explained(turn, found)


# --- Taps ---


async def tap_history(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await history(turn, ""))


async def tap_why(turn: Turn, _tap: Tap) -> Reply:
    """Of the last message told; what the tapped message itself replies to is of no matter."""
    found = await turn.audience.why(turn.chat)
    return Reply(turn.cards.why_nothing() if found is None else await _explained(turn, found))


# --- What they share ---


def _replied_to(turn: Turn) -> int | None:
    """The message that a command replies to. In a topic, what replies to nothing names the message that began the topic."""
    reply = turn.received.reply_to_message if isinstance(turn.received, Received) else None
    if reply is None or reply.forum_topic_created is not None:
        return None
    return reply.message_id


async def _explained(turn: Turn, why: Why) -> Message:
    told = [await _because(turn, announcement, wishes) for announcement, wishes in why.told]
    return turn.cards.why(told, whole_forum=why.chat.id != turn.chat.id)


async def _because(turn: Turn, announcement: Announcement, wishes: tuple[Wish, ...]) -> Because:
    title, tap = await _shown(turn, announcement)
    follows = await named(turn, [each for each in wishes if isinstance(each, Follow)])
    rules = await named_rules(turn, [each for each in wishes if isinstance(each, ReminderRule)])
    because = Because(announcement.kind, title, tuple(follows), tuple(rules))
    if announcement.post_id is not None:
        post = await _post(turn, announcement.post_id)
        return because if post is None else replace(because, post_id=post.id, authors=post.authors)
    event = (announcement.event_id, announcement.occurrence_id or 0) if tap and announcement.event_id else None
    return replace(because, event=event)


async def _shown(turn: Turn, announcement: Announcement) -> tuple[str, Tap | None]:
    """The title of what was announced, and the tap that shows it; of what is gone, what is known and no tap."""
    if announcement.post_id is not None:
        post = await _post(turn, announcement.post_id)
        if post is None:
            return await turn.blog.gone_title(announcement.post_id), None
        return post.title, Tap.of(Verb.POST, post.id)
    date = await _date(turn, announcement.occurrence_id)
    if date is not None:
        return date.title, Tap.of(Verb.EVENT, date.event.id, date.id)
    event = await _event(turn, announcement.event_id)
    return ("", None) if event is None else (event.title, Tap.of(Verb.EVENT, event.id))


async def _post(turn: Turn, post_id: int) -> Post | None:
    try:
        return await turn.blog.post(post_id)
    except NotFoundError:
        return None


async def _date(turn: Turn, occurrence_id: int | None) -> Occurrence | None:
    try:
        return await turn.blog.occurrence(occurrence_id or 0)
    except NotFoundError:
        return None


async def _event(turn: Turn, event_id: int | None) -> Event | None:
    try:
        return await turn.blog.event(event_id or 0)
    except NotFoundError:
        return None
