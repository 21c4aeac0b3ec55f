"""The chat's own calendar in the conversation: how to get its address, to change it, and to end it."""

from __future__ import annotations

from blogbot.audience import wishes_events
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import NEW, Tap
from blogbot.model import ChatKind, Message


async def calendar(turn: Turn, _words: str) -> Message:
    """What it is, and the way to it."""
    if not turn.desk.site.public_url:
        return turn.cards.no_calendar()
    return turn.cards.own_calendar(await turn.audience.calendars.since(turn.chat), empty=await _empty(turn))


# --- Taps ---


async def tap_calendar(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await calendar(turn, ""))


async def tap_address(turn: Turn, tap: Tap) -> Reply:
    """An address where there is none; in the place of one only where a new one is asked for."""
    has_one = await turn.audience.calendars.since(turn.chat) is not None
    if not turn.desk.site.public_url or (has_one and tap.text(0) != NEW):
        return Reply(await calendar(turn, ""), in_place=True)
    secret = await turn.audience.calendars.open(turn.chat)
    alone = turn.chat.kind is ChatKind.PRIVATE
    return Reply(turn.cards.calendar_address(secret, alone=alone, empty=await _empty(turn)), in_place=True)


async def tap_end(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.calendar_ended(was=await turn.audience.calendars.end(turn.chat)), in_place=True)


# --- What they share ---


async def _empty(turn: Turn) -> bool:
    """Whether the chat wishes to know of no event at all."""
    return not wishes_events(await turn.audience.follows(turn.chat), await turn.audience.rules(turn.chat))
