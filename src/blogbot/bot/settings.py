"""A chat's settings in the conversation: its time zone, its language, whether it hears anything unasked, and the way to its terms."""

from __future__ import annotations

import re

from blogbot.bot import filters, reminders, terms, urgent
from blogbot.bot.turn import Command, Reply, Turn
from blogbot.bot.zones import zones_meant
from blogbot.cards import MENU, NEWS, Tap, Verb, base
from blogbot.i18n import languages, words
from blogbot.model import Message

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")  # BCP 47, as much of it as catalogues and regions need

# --- Commands ---


async def settings(turn: Turn, said: str) -> Message:
    """Shows the settings, or changes one: `zone CITY`, `language CODE`, `digest daily 8`, `quiet 22-7`, `pause` and others."""
    what, _space, value = " ".join(said.split()).partition(" ")
    what = what.lower()
    if what in COMMANDS:
        return await COMMANDS[what](turn, value)
    if what in AS_SAID:
        return await AS_SAID[what](turn, said)
    return await _card(turn, said=_usage(turn) if what else "")


async def zone(turn: Turn, name: str) -> Message:
    """Sets the zone where exactly one is meant, else offers those that may be."""
    name = name.removeprefix("zone ")  # "/settings time zone London"
    if not name:
        return turn.cards.zones()
    meant = zones_meant(name, turn.words.language)
    if meant.zone is None:
        return turn.cards.zones(meant.zones, asked=name, known=meant.known)
    _ = turn.words.gettext
    changed = turn.of(await turn.audience.set_timezone(turn.chat, meant.zone))
    return await _card(changed, said=_("Done."))


async def language(turn: Turn, said: str) -> Message:
    """Sets the language, named by its code or its own name. A region ("en-US") decides how dates are written."""
    _ = turn.words.gettext
    wanted, spoken = said.strip().lower(), _languages()
    code = next((code for code, name in spoken if name.lower() == wanted), wanted).replace("_", "-")
    if not LANGUAGE.fullmatch(code.lower()) or base(code) not in {base(each) for each, _name in spoken}:
        unknown = _("I do not speak {language} yet.").format(language=turn.cards.quote(said, 60)) if wanted else ""
        return turn.cards.languages(spoken, said=unknown)
    changed = turn.of(await turn.audience.set_language(turn.chat, code))
    return await _card(changed, said=changed.words.gettext("Done."))


async def pause(turn: Turn, _words: str) -> Message:
    """Nothing unasked until the chat resumes."""
    return await _paused(turn, paused=True)


async def resume(turn: Turn, _words: str) -> Message:
    return await _paused(turn, paused=False)


# --- Taps ---


async def tap_settings(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _card(turn), in_place=tap.text(0) == MENU)


async def tap_zones(turn: Turn, tap: Tap) -> Reply:
    return Reply(turn.cards.zones(), in_place=tap.text(0) != NEWS)


async def tap_zone(turn: Turn, tap: Tap) -> Reply:
    """A zone from a button; beside something else that was set, it is answered and that stays."""
    name = tap.text(0)
    named = (
        name if name == turn.desk.site.timezone else zones_meant(name).zone
    )  # the site's may be one that is not offered
    if tap.text(1) != NEWS or named is None:
        return Reply(await zone(turn, name), in_place=True)
    changed = turn.of(await turn.audience.set_timezone(turn.chat, named))
    return Reply(changed.cards.zone_set())


async def tap_languages(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.languages(_languages()), in_place=True)


async def tap_language(turn: Turn, tap: Tap) -> Reply:
    return Reply(await language(turn, tap.text(0)), in_place=True)


async def tap_pause(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _paused(turn, paused=tap.verb is Verb.PAUSE), in_place=True)


# --- What they share ---


async def _card(turn: Turn, said: str = "") -> Message:
    filters = len(await turn.audience.filters(turn.chat))
    comes = terms.digest_comes(turn)
    return turn.cards.settings(turn.chat, turn.words.name, comes, filters, said=said)


def _usage(turn: Turn) -> str:
    _ = turn.words.gettext
    return _(
        "I know <code>/settings zone CITY</code>, <code>language CODE</code>, <code>digest daily 8</code>, <code>quiet 22-7</code>, <code>mute 8h</code>, <code>filter hide WORDS</code>, <code>urgent</code>, <code>remind 1d</code>, <code>topic here</code>, <code>pause</code> and <code>resume</code>."
    )


async def _paused(turn: Turn, *, paused: bool) -> Message:
    _ = turn.words.gettext
    changed = turn.of(await turn.audience.pause(turn.chat, paused))
    if paused:
        return await _card(changed, said=_("Paused. /resume ends it; what happens meanwhile does not come later."))
    return await _card(changed, said=_("I am back.") if turn.chat.paused else "")


def _languages() -> list[tuple[str, str]]:
    return [(code, words(code).name) for code in languages()]


COMMANDS: dict[str, Command] = {
    "zone": zone,
    "timezone": zone,
    "time": zone,
    "language": language,
    "digest": terms.digest,
    "news": terms.digest,
    "quiet": terms.quiet,
    "mute": terms.mute,
    "unmute": terms.unmute,
    "topic": terms.topic,
    "filter": filters.filters,
    "filters": filters.filters,
    "urgent": urgent.urgent,
    "remind": reminders.remind,
    "reminders": reminders.remind,
    "pause": pause,
    "resume": resume,
}
"""The first words after /settings; what follows them goes on."""

AS_SAID: dict[str, Command] = {"daily": terms.digest, "weekly": terms.digest, "instant": terms.digest}
"""The same, where the first word is part of the wish."""
