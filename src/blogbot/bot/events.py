"""Events in the conversation: the next, all that are planned, those that are over, one of them, and it as a calendar file."""

from __future__ import annotations

from blogbot import ical, text
from blogbot.bot.turn import File, Reply, Turn, page_at
from blogbot.cards import Tap
from blogbot.errors import NotFoundError
from blogbot.model import Event, EventStatus, Message, Occurrence

FILE_NAME = 40  # characters


# --- Commands ---


async def coming(turn: Turn, _words: str) -> Message:
    """The next event."""
    return await _next(turn)


async def events(turn: Turn, _words: str) -> Message:
    """Everything that is planned."""
    return await _events(turn, 0)


# --- Taps ---


async def tap_next(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await _next(turn))


async def tap_events(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _events(turn, tap.number(0) or 0), in_place=bool(tap.args))


async def tap_past(turn: Turn, tap: Tap) -> Reply:
    page = await page_at(turn.blog.past, tap.number(0) or 0)
    message = turn.cards.events(page, past=True) if page.total else turn.cards.no_past()
    return Reply(message, in_place=bool(tap.args))


async def tap_event(turn: Turn, tap: Tap) -> Reply:
    return Reply(await card(turn, await date_of(turn, tap)))


async def tap_calendar(turn: Turn, tap: Tap) -> Reply:
    """The event, with all its dates, as a file that calendars read."""
    _ = turn.words.gettext
    event = (await date_of(turn, tap)).event
    data = ical.calendar([event], name=event.title)
    caption = _("Open this file to add {event} to your calendar.").format(event=turn.cards.title(event.title))
    file = File(f"{text.slug(event.title, FILE_NAME)}.ics", data)
    return Reply(turn.cards.says([caption]), file=file)


# --- What they share ---


async def card(turn: Turn, occurrence: Occurrence) -> Message:
    """An event's card as this chat sees it."""
    return turn.cards.event(occurrence, await turn.audience.rules(turn.chat))


async def date_of(turn: Turn, tap: Tap) -> Occurrence:
    """The date whose event and id a tap names, else the next date of that event; raises NotFoundError.

    An event that was removed has no next date; one date that was cancelled is still shown as that.
    """
    event = await turn.blog.event(tap.number(0) or 0)
    try:
        occurrence = await turn.blog.occurrence(tap.number(1) or 0)
    except NotFoundError:
        return await _date(turn, event)
    if occurrence.event.id == event.id and occurrence.status is EventStatus.CANCELLED:
        return occurrence
    coming = await _date(turn, event)
    return occurrence if occurrence.event.id == event.id else coming


async def card_of(turn: Turn, event: Event) -> Message:
    """The card of an event's next date, else its last; raises NotFoundError where it has none."""
    return await card(turn, await _date(turn, event))


async def _date(turn: Turn, event: Event) -> Occurrence:
    occurrence = await turn.blog.next_of(event)
    if occurrence is None:
        raise NotFoundError(f"event {event.id} has no date")
    return occurrence


async def _next(turn: Turn) -> Message:
    occurrence = await turn.blog.next()
    if occurrence is None:
        return turn.cards.no_event(await turn.blog.last())
    return await card(turn, occurrence)


async def _events(turn: Turn, offset: int) -> Message:
    page = await page_at(turn.blog.upcoming, offset)
    if not page.total:
        return turn.cards.no_event(await turn.blog.last())
    return turn.cards.events(page)
