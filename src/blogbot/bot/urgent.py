"""What is urgent, in the conversation: follows and reminders that come at any time."""

from __future__ import annotations

from dataclasses import replace

from blogbot.audience import Wish
from blogbot.bot.follows import matching
from blogbot.bot.names import named, named_rules
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import LIST, Tap, short
from blogbot.errors import NotFoundError
from blogbot.model import Follow, FollowKind, Message
from blogbot.text import parse_offset, slug

OFF = ("off", "not", "no", "end")


async def urgent(turn: Turn, words: str) -> Message:
    """Every wish, with a tick where it is urgent; or marks the one that is named, `off` and its name not any more."""
    first, _space, rest = words.partition(" ")
    off = first.lower() in OFF and bool(rest)
    said = rest.strip() if off else words
    if not said:
        return await _menu(turn)
    wish = await _named(turn, said)
    if wish is None:
        _ = turn.words.gettext
        line = _("You neither follow {words} nor have such a reminder.")
        return await _menu(turn, line.format(words=turn.cards.quote(said, 60)))
    return await _mark(turn, wish, urgent=not off)


# --- Taps ---


async def tap_urgents(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await _menu(turn), in_place=True)


async def tap_urgent(turn: Turn, tap: Tap) -> Reply:
    """Marks a wish as urgent or not; in the menu it is drawn afresh, elsewhere it is answered."""
    wish = await _wish(turn, tap)
    if wish is None or tap.text(2) not in ("0", "1"):
        raise NotFoundError("the tap names no wish")
    message = await _mark(turn, wish, urgent=tap.text(2) == "1")
    return Reply(await _menu(turn), in_place=True) if tap.text(3) == LIST else Reply(message)


# --- What they share ---


async def _menu(turn: Turn, said: str = "") -> Message:
    follows = await named(turn, await turn.audience.follows(turn.chat))
    rules = await named_rules(turn, await turn.audience.rules(turn.chat))
    return turn.cards.urgent_menu(follows, rules, said=said)


async def _mark(turn: Turn, wish: Wish, *, urgent: bool) -> Message:
    marked = replace(wish, urgent=urgent)
    await turn.audience.mark(turn.chat, wish, urgent=urgent)
    return turn.cards.marked(await _said(turn, marked), marked)


async def _named(turn: Turn, words: str) -> Wish | None:
    """The follow that words name, or the reminder: by its offset, or by its event's title."""
    match = matching(await named(turn, await turn.audience.follows(turn.chat)), words)
    if match is not None:
        return match[0]
    rules = await named_rules(turn, await turn.audience.rules(turn.chat))
    try:
        offset = parse_offset(words)
    except ValueError:
        return next((rule for rule, title in rules if rule.event_uid and slug(title) == slug(words)), None)
    return next((rule for rule, _title in rules if rule.offset == offset and not rule.event_uid), None)


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
