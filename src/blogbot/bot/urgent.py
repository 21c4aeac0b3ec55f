"""What is urgent, in the conversation: follows and reminders that come at any time."""

from __future__ import annotations

from dataclasses import replace

from blogbot.audience import Wish
from blogbot.bot.names import named, named_rules
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import LIST, Tap, short
from blogbot.errors import NotFoundError
from blogbot.model import Follow, FollowKind, Message


async def urgent(turn: Turn, _words: str) -> Message:
    """Every wish, with a tick where it is urgent."""
    follows = await named(turn, await turn.audience.follows(turn.chat))
    rules = await named_rules(turn, await turn.audience.rules(turn.chat))
    return turn.cards.urgent_menu(follows, rules)


# --- Taps ---


async def tap_urgents(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await urgent(turn, ""), in_place=True)


async def tap_urgent(turn: Turn, tap: Tap) -> Reply:
    """Marks a wish as urgent or not; in the menu it is drawn afresh, elsewhere it is answered."""
    wish = await _wish(turn, tap)
    if wish is None or tap.text(2) not in ("0", "1"):
        raise NotFoundError("the tap names no wish")
    marked = replace(wish, urgent=tap.text(2) == "1")
    await turn.audience.mark(turn.chat, wish, urgent=marked.urgent)
    if tap.text(3) == LIST:
        return Reply(await urgent(turn, ""), in_place=True)
    return Reply(turn.cards.marked(await _said(turn, marked), marked))


# --- What they share ---


async def _wish(turn: Turn, tap: Tap) -> Wish | None:
    """The follow (by its kind) or the rule (by its offset) that a tap names."""
    first, key = tap.text(0), tap.text(1)
    if first in set(FollowKind):
        follows = await turn.audience.follows(turn.chat)
        return next((each for each in follows if each.kind == first and short(each.value) == key), None)
    rules = await turn.audience.rules(turn.chat)
    return next((each for each in rules if str(each.offset) == first and short(each.event_uid) == key), None)


async def _said(turn: Turn, wish: Wish) -> str:
    """A wish as part of a sentence."""
    if isinstance(wish, Follow):
        return turn.cards.named(*(await named(turn, [wish]))[0])
    return turn.cards.reminded(*(await named_rules(turn, [wish]))[0])
