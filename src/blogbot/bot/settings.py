"""A chat's settings in the conversation: its time zone, its language, and whether it hears anything unasked."""

from __future__ import annotations

import difflib
from functools import cache
from zoneinfo import available_timezones

from blogbot.bot.received import taps_of
from blogbot.bot.turn import Reply, Turn
from blogbot.cards import Tap, Verb
from blogbot.i18n import languages, words
from blogbot.model import Message

NEAREST = 6
LONGEST = 100  # characters of a zone's name that are looked at


def zone_named(name: str) -> str | None:
    """The IANA zone called so, or the only one named after this city."""
    wanted, zones = _key(name), _zones()
    if wanted in zones:
        return zones[wanted]
    cities = [zone for key, zone in zones.items() if key.rpartition("/")[2] == wanted]
    return cities[0] if len(cities) == 1 else None


def zones_near(name: str) -> list[str]:
    """IANA zones whose city is called so or nearly so, best first."""
    wanted, zones = _key(name), _zones()
    cities = {key.rpartition("/")[2]: zone for key, zone in zones.items()}
    close = [cities[match] for match in difflib.get_close_matches(wanted, cities, n=NEAREST, cutoff=0.7)]
    within = [zone for key, zone in zones.items() if len(wanted) >= 3 and wanted in key]
    return list(dict.fromkeys([*close, *within]))[:NEAREST]


def _key(name: str) -> str:
    return "_".join(name[:LONGEST].lower().replace("_", " ").split())


@cache
def _zones() -> dict[str, str]:
    """Lower-case names to zones, without the historic and administrative ones."""
    odd = ("Etc/", "posix/", "right/", "SystemV/", "US/")
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(odd))
    return {name.lower(): name for name in [*names, "UTC"]}


# --- Commands ---


async def settings(turn: Turn, said: str) -> Message:
    """Shows the settings, or changes one: `zone CITY`, `language CODE`, `pause`, `resume`."""
    what, _, value = " ".join(said.split()).partition(" ")
    known = {"zone": _zone, "timezone": _zone, "time": _zone, "language": _language}
    if what.lower() in known:
        value = value.removeprefix("zone ") if what.lower() == "time" else value
        return await known[what.lower()](turn, value)
    if what.lower() in ("pause", "resume"):
        return await _paused(turn, what.lower() == "pause")
    return _card(turn, said=_usage(turn) if what else "")


# --- Taps ---


async def tap_settings(turn: Turn, _tap: Tap) -> Reply:
    return Reply(_card(turn), in_place=_from_settings(turn))


async def tap_zones(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.zones(), in_place=True)


async def tap_zone(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _zone(turn, tap.text(0)), in_place=True)


async def tap_languages(turn: Turn, _tap: Tap) -> Reply:
    return Reply(turn.cards.languages(_languages()), in_place=True)


async def tap_language(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _language(turn, tap.text(0)), in_place=True)


async def tap_pause(turn: Turn, tap: Tap) -> Reply:
    return Reply(await _paused(turn, tap.verb is Verb.PAUSE), in_place=True)


# --- What they share ---


def _card(turn: Turn, said: str = "") -> Message:
    return turn.cards.settings(turn.chat, turn.words.name, said=said)


def _usage(turn: Turn) -> str:
    _ = turn.words.gettext
    return _(
        "I know <code>/settings zone CITY</code>, <code>/settings language CODE</code>, <code>/settings pause</code> and <code>resume</code>."
    )


async def _zone(turn: Turn, name: str) -> Message:
    """Sets the zone where exactly one is meant, else offers the nearest."""
    if not name:
        return turn.cards.zones()
    zone = zone_named(name)
    if zone is None:
        return turn.cards.zones(zones_near(name), asked=name)
    _ = turn.words.gettext
    changed = turn.of(await turn.audience.set_timezone(turn.chat, zone))
    return _card(changed, said=_("Done."))


async def _language(turn: Turn, code: str) -> Message:
    _ = turn.words.gettext
    wanted = code.strip().lower().replace("-", "_")
    names = dict(_languages())
    match = next((known for known, name in names.items() if wanted in (known.lower(), name.lower())), None)
    if match is None:
        said = _("I do not speak {language} yet.").format(language=turn.cards.quote(code, 60)) if code else ""
        return turn.cards.languages(list(names.items()), said=said)
    changed = turn.of(await turn.audience.set_language(turn.chat, match))
    return _card(changed, said=changed.words.gettext("Done."))


async def _paused(turn: Turn, paused: bool) -> Message:
    return _card(turn.of(await turn.audience.pause(turn.chat, paused)))


def _languages() -> list[tuple[str, str]]:
    return [(code, words(code).name) for code in languages()]


def _from_settings(turn: Turn) -> bool:
    """Whether the tap is in a card of settings (back from a choice) rather than under a help or a list."""
    return any(tap.verb in (Verb.ZONE, Verb.LANGUAGE) for tap in taps_of(turn.received))
