"""How a chat wants to be told, in the conversation: digest, quiet hours, mute, the topic of a forum.

Says when something comes next, which the delivery works out; what was held back comes as soon as nothing holds it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from telegram import Message as Received

from blogbot.bot import hours
from blogbot.bot.received import taps_of
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import NEWS, WEEKDAYS, Tap, Verb, taps_in
from blogbot.delivery.terms import next_digest, undisturbed
from blogbot.errors import NotFoundError
from blogbot.model import Chat, Digest, Message

OFF = ("off", "none", "no", "never", "end")
DAY = 24 * 60  # minutes


async def asking_zone(turn: Turn, message: Message) -> Message:
    """An answer to a wish that goes by the chat's clock; where the chat has not said its zone, it is asked, once."""
    if not await turn.audience.asks_zone(turn.chat):
        return message
    return turn.cards.with_zone_asked(message)


def still_asking(turn: Turn, reply: Reply) -> Reply:
    """A message that asks for the zone asks on when it is drawn afresh, until the chat has said its zone."""
    drawn = taps_in(reply.message)
    if not reply.in_place or turn.chat.timezone or any(tap.verb is Verb.ZONE for tap in drawn):
        return reply
    asked = any(tap.verb is Verb.ZONES and tap.text(0) == NEWS for tap in taps_of(turn.received))
    return replace(reply, message=turn.cards.with_zone_asked(reply.message)) if asked else reply


def digest_comes(turn: Turn) -> datetime | None:
    """When the chat's next digest comes, if not before its mute and its quiet hours end; None where it has none."""
    terms, zone, now = turn.chat.terms, turn.cards.timezone, turn.desk.clock.now()
    if terms.digest is Digest.INSTANT:
        return None
    return undisturbed(terms, zone, next_digest(terms, zone, now))


# --- Commands ---


async def digest(turn: Turn, words: str) -> Message:
    """Digest or not: `daily 8`, `weekly monday 9`, `instant`."""
    _ = turn.words.gettext
    if not words:
        return _digest_menu(turn)
    read = hours.gathering(words, [_(day) for day in WEEKDAYS], turn.chat.terms.digest)
    if read is None:
        said = _("I do not read {words} as a digest: daily and an hour, weekly with a day and an hour, or instant.")
        return _digest_menu(turn, said.format(words=turn.cards.quote(words, 60)))
    if read.minute and read.hour is not None:
        day = turn.chat.terms.digest_day if read.day is None else read.day
        return turn.cards.digest_hours(read.digest, read.hour, day)
    return await _set_digest(turn, read)


async def quiet(turn: Turn, words: str) -> Message:
    """Quiet hours: `22-7`, `off`."""
    _ = turn.words.gettext
    words = words.strip().lower().removeprefix("hours").strip()
    if not words:
        return turn.cards.quiet_menu(turn.chat)
    if words in OFF:
        return await _set_quiet(turn, None, None)
    night = hours.night(words)
    if night is None:
        said = _("I do not read {words} as quiet hours: when they begin and when they end, such as 22-7, or off.")
        return turn.cards.quiet_menu(turn.chat, said=said.format(words=turn.cards.quote(words, 60)))
    return await _set_quiet(turn, *night)


async def mute(turn: Turn, words: str) -> Message:
    """Silence for a while: `8h`, `3 days`, `until monday`; without words, the choice."""
    _ = turn.words.gettext
    if not words:
        return turn.cards.mute_menu(turn.chat)
    if words.strip().lower() in OFF:
        return await unmute(turn, "")
    length = hours.length(words)
    if length is not None:
        return await _mute(turn, turn.desk.clock.now() + length)
    zone = ZoneInfo(turn.cards.timezone)
    moment = hours.until(
        words, [_(day) for day in WEEKDAYS], turn.desk.clock.now().astimezone(zone).replace(tzinfo=None)
    )
    if moment is not None:
        return await asking_zone(turn, await _mute(turn, moment.replace(tzinfo=zone).astimezone(UTC)))
    said = _("I do not read {words} as a length of time: at most 30 days, such as 8h, 3 days or until monday.")
    return turn.cards.mute_menu(turn.chat, said=said.format(words=turn.cards.quote(words, 60)))


async def unmute(turn: Turn, _words: str) -> Message:
    """The end of silence; what waited comes."""
    muted_until, now = turn.chat.terms.muted_until, turn.desk.clock.now()
    was = muted_until is not None and muted_until > now
    left = (await turn.audience.set_terms(turn.chat, muted_until=None)).terms
    waits = left.digest is not Digest.INSTANT or undisturbed(left, turn.cards.timezone, now) > now
    return turn.cards.unmuted(was=was, waits=waits)


async def topic(turn: Turn, words: str) -> Message:
    """Where a forum's news goes: `here` (said in a topic), `off`."""
    word = words.strip().lower()
    forum = isinstance(turn.received, Received) and bool(turn.received.chat.is_forum)
    if word in OFF:
        whole = await turn.audience.whole(turn.chat)
        if not whole.topic_id:
            return turn.cards.topic_advice(forum=forum)
        await turn.audience.set_topic(turn.chat, 0)
        return turn.cards.topic_ended()
    if word not in ("here", "this", "on") or not turn.thread_id:
        return turn.cards.topic_advice(forum=forum)
    whole = await turn.audience.set_topic(turn.chat, turn.thread_id)
    return turn.cards.topic_set(joined=whole.id != turn.chat.id and await _join_wishes(turn, whole))


# --- Taps ---


async def tap_digests(turn: Turn, _tap: Tap) -> Reply:
    return Reply(_digest_menu(turn), in_place=True)


async def tap_digest(turn: Turn, tap: Tap) -> Reply:
    """Digest or not, and when: a kind, an hour, a day."""
    hour, day = tap.number(1), tap.number(2)
    if tap.text(0) not in set(Digest) or hour is None or hour > 23 or day is None or day > 6:
        raise NotFoundError("the tap names no digest")
    return Reply(await _set_digest(turn, hours.Gathering(Digest(tap.text(0)), hour, day)), in_place=True)


async def tap_quiets(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.quiet_menu(turn.chat), in_place=True)


async def tap_quiet(turn: Turn, tap: Tap) -> Reply:
    """Quiet hours in minutes after midnight, or off."""
    first, last = tap.number(0), tap.number(1)
    if tap.text(0) == "off":
        first = last = None
    elif first is None or last is None or max(first, last) >= DAY or first == last:
        raise NotFoundError("the tap names no quiet hours")
    return Reply(await _set_quiet(turn, first, last), in_place=True)


async def tap_mutes(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.mute_menu(turn.chat), in_place=True)


async def tap_mute(turn: Turn, tap: Tap) -> Reply:
    length = hours.length(tap.text(0))
    if length is None:
        raise NotFoundError("the tap names no length of time")
    return Reply(await _mute(turn, turn.desk.clock.now() + length), in_place=True)


async def tap_unmute(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await unmute(turn, ""), in_place=True)


async def tap_topic_off(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await topic(turn, "off"), in_place=True)


# --- What they share ---


async def _join_wishes(turn: Turn, whole: Chat) -> bool:
    """What a topic wished for by itself, the forum wishes for whose news it has from now on; so nothing comes twice."""
    follows, rules = await turn.audience.follows(turn.chat), await turn.audience.rules(turn.chat)
    for follow in follows:
        await turn.audience.follow(whole, follow)
    for rule in rules:
        await turn.audience.remind(whole, rule)
    await turn.audience.unfollow_all(turn.chat)
    await turn.audience.forget_all(turn.chat)
    return bool(follows or rules)


def _digest_menu(turn: Turn, said: str = "") -> Message:
    return turn.cards.digest_menu(turn.chat, digest_comes(turn), said=said)


async def _set_digest(turn: Turn, read: hours.Gathering) -> Message:
    _ = turn.words.gettext
    terms: dict[str, object] = {"digest": read.digest}
    if read.hour is not None:
        terms["digest_hour"] = read.hour
    if read.day is not None:
        terms["digest_day"] = read.day
    changed = turn.of(await turn.audience.set_terms(turn.chat, **terms))
    message = _digest_menu(changed, said=_("Done."))
    return message if read.digest is Digest.INSTANT else await asking_zone(changed, message)


async def _set_quiet(turn: Turn, first: int | None, last: int | None) -> Message:
    _ = turn.words.gettext
    changed = turn.of(await turn.audience.set_terms(turn.chat, quiet_from=first, quiet_until=last))
    message = changed.cards.quiet_menu(changed.chat, said=_("Done."))
    return message if first is None else await asking_zone(changed, message)


async def _mute(turn: Turn, until: datetime) -> Message:
    _ = turn.words.gettext
    changed = turn.of(await turn.audience.set_terms(turn.chat, muted_until=until))
    return changed.cards.mute_menu(changed.chat, said=_("Done."))
