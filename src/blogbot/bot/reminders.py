"""Reminders in the conversation: before every event by /remind, before one by its card's button."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from blogbot.audience import DEFAULT_OFFSETS
from blogbot.bot import events
from blogbot.bot.terms import asking_zone
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import NEWS, Tap
from blogbot.errors import NotFoundError
from blogbot.model import Message, Occurrence, Offset, ReminderRule
from blogbot.text import parse_offset

AT_ONCE = 10  # reminders in one command
SOON = Offset(minutes=15)  # for an event that begins too soon for the usual ones
OFF = ("off", "none", "stop", "no", "never")


def offsets(words: str) -> list[Offset]:
    """Reads one or several offsets: "1d", "2h 15m", "2 days, 90 min", "1 day and 1 hour" are each what they name.

    What stands by itself is a reminder by itself; only "1d12h" in one word is one of a day and a half. Raises ValueError
    with advice.
    """
    found: list[Offset] = []
    for part in re.split(r"[,;+&]|\band\b", words[:400].lower()):
        pieces = part.split()
        if all(re.fullmatch(r"(\d+[a-z]+)+", piece) for piece in pieces):
            found.extend(parse_offset(piece) for piece in pieces)
        elif part.strip():
            found.append(parse_offset(part))
    if not found or len(found) > AT_ONCE:
        return [parse_offset(words)]
    return sorted(set(found), reverse=True)


# --- Commands ---


async def remind(turn: Turn, words: str) -> Message:
    """Sets reminders before every event; without words the usual ones, or the menu where there are some already."""
    if words.strip().lower() in OFF:
        return await _off(turn)
    if not words:
        return await _usual(turn)
    try:
        wanted = offsets(words)
    except ValueError:
        return await _not_read(turn, words)
    return await _set(turn, wanted)


# --- Taps ---


async def tap_menu(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.remind_menu(await turn.audience.rules(turn.chat), paused=turn.chat.paused))


async def tap_rule(turn: Turn, tap: Tap) -> Reply:
    """Turns one offset on or off, in the menu."""
    try:
        rule = ReminderRule(parse_offset(tap.text(0)))
    except ValueError:
        raise NotFoundError("the tap names no offset") from None
    ended = await turn.audience.forget(turn.chat, rule)
    if not ended:
        await turn.audience.remind(turn.chat, rule)
    menu = turn.cards.remind_menu(await turn.audience.rules(turn.chat), paused=turn.chat.paused)
    return Reply(menu if ended else await asking_zone(turn, menu), in_place=True)


async def tap_off(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await _off(turn), in_place=True)


async def tap_remind_event(turn: Turn, tap: Tap) -> Reply:
    """Reminds of one event: a day and an hour before, and where that is over already, shortly before."""
    occurrence = await events.date_of(turn, tap)
    uid = occurrence.event.uid
    chosen = _in_time(turn, occurrence)
    for offset in chosen:
        await turn.audience.remind(turn.chat, ReminderRule(offset, uid))
    _ = turn.words.gettext
    said = _("I will remind you {offsets} before.").format(offsets=turn.cards.offsets(chosen))
    if not chosen:
        said = _("It begins too soon for a reminder, or is over.")
    elif of_this := _of_this_date(turn, occurrence, chosen):
        said = f"{said} {of_this}"
    if tap.text(2) == NEWS:
        line = f"<b>{turn.cards.title(occurrence.title)}</b>\n{said}"
        buttons = turn.cards.reminding(occurrence, await turn.audience.rules(turn.chat))
        card = turn.cards.says([line], [buttons])
    else:
        card = await events.card(turn, occurrence)
    asked = await asking_zone(turn, card) if chosen else card
    return Reply(asked, in_place=tap.text(2) != NEWS, line=said)


async def tap_forget_event(turn: Turn, tap: Tap) -> Reply:
    """Ends the reminders of one event."""
    occurrence = await events.date_of(turn, tap)
    for rule in await turn.audience.rules(turn.chat):
        if rule.event_uid == occurrence.event.uid:
            await turn.audience.forget(turn.chat, rule)
    _ = turn.words.gettext
    said = _("I will not remind you of it.")
    return Reply(await events.card(turn, occurrence), in_place=True, line=said)


# --- What they share ---


async def _usual(turn: Turn) -> Message:
    rules = await turn.audience.rules(turn.chat)
    if any(not rule.event_uid for rule in rules):
        return turn.cards.remind_menu(rules, paused=turn.chat.paused)
    return await _set(turn, list(DEFAULT_OFFSETS))


async def _set(turn: Turn, wanted: list[Offset]) -> Message:
    _ = turn.words.gettext
    for offset in wanted:
        await turn.audience.remind(turn.chat, ReminderRule(offset))
    rules = await turn.audience.rules(turn.chat)
    menu = turn.cards.remind_menu(rules, said=_("Done."), paused=turn.chat.paused)
    return await asking_zone(turn, menu)


async def _off(turn: Turn) -> Message:
    _ = turn.words.gettext
    count = await turn.audience.forget_all(turn.chat)
    said = _("I remind you of nothing any more.") if count else _("There was no reminder.")
    return turn.cards.remind_menu([], said=said, paused=turn.chat.paused)


async def _not_read(turn: Turn, words: str) -> Message:
    _ = turn.words.gettext
    said = _(
        "I do not read {words} as a time before an event: from one minute to 30 days, such as 1d, 2h or 15m, or off."
    )
    said = said.format(words=turn.cards.quote(words, 60))
    return turn.cards.remind_menu(await turn.audience.rules(turn.chat), said=said, paused=turn.chat.paused)


def _in_time(turn: Turn, occurrence: Occurrence) -> list[Offset]:
    """The offsets that can still come before this event; a recurring one has later dates for all of them."""
    left = occurrence.starts - turn.desk.clock.now()
    if occurrence.event.recurrence:
        return list(DEFAULT_OFFSETS)
    usual = _shorter(DEFAULT_OFFSETS, left)
    return usual or _shorter((SOON,), left)


def _of_this_date(turn: Turn, occurrence: Occurrence, chosen: Sequence[Offset]) -> str:
    """Which of the chosen offsets can still come before this date of a series, as a sentence; "" where all can."""
    _ = turn.words.gettext
    still = _shorter(chosen, occurrence.starts - turn.desk.clock.now())
    if len(still) == len(chosen):
        return ""
    if not still:
        return _("For this date it is too late.")
    return _("For this date, {offsets} before.").format(offsets=turn.cards.offsets(still))


def _shorter(offsets: Sequence[Offset], left: timedelta) -> list[Offset]:
    return [offset for offset in offsets if _length(offset) < left]


def _length(offset: Offset) -> timedelta:
    return timedelta(days=offset.days, minutes=offset.minutes)
