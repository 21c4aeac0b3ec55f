"""Time zones as people name them: an IANA name, a city, a country, or nearly so. Pure; never guesses one from a language.

What can mean several zones is not decided here: all of them are given, and the person is asked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from blogbot import i18n
from blogbot.bot.places import CITIES, COUNTRIES, MAIN
from blogbot.text import folded

NEAREST = 6  # zones that are offered for a name that is not known
MOST = 10  # zones that are offered for a name that means several
LONGEST = 100  # characters of a zone's name that are looked at
REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
OFFSET = re.compile(r"[+-]\s*[0-9]|[0-9]:[0-9]")  # "UTC+2" says what a clock shows now, and not when it changes
MERELY = ("north", "south", "east", "west")  # names of old zones that say nothing by themselves


class Meant(NamedTuple):
    """The zones that a name may mean, best first; `known` where it is the name of each, not only like it."""

    zones: tuple[str, ...]
    known: bool

    @property
    def zone(self) -> str | None:
        """The zone, where there is no doubt."""
        return self.zones[0] if self.known and len(self.zones) == 1 else None


def zones_meant(name: str, language: str = i18n.SOURCE) -> Meant:
    """What a name means, in English or in the `language` of a chat (the code of a catalogue)."""
    name = name[:LONGEST]
    exact = _zones().get("_".join(name.lower().split()))
    if exact is not None:
        return Meant((exact,), known=True)
    found = _called(name, language)
    if found:
        return Meant(found[:MOST], known=True)
    city, comma, rest = name.partition(",")
    if OFFSET.search(name):
        return Meant((), known=False)
    if comma:
        return _within(_called(city, language), _called(rest.rpartition(",")[2], language))
    return Meant(_near(_key(name), language), known=False)


def _within(city: tuple[str, ...], country: tuple[str, ...]) -> Meant:
    """ "Berlin, Germany": the city's zone where it is one of the country's; else both may be meant."""
    both = tuple(zone for zone in city if zone in country)
    return Meant(both or tuple(dict.fromkeys([*city, *country]))[:MOST], known=bool(both))


def _called(name: str, language: str) -> tuple[str, ...]:
    key = _key(name)
    return _places(language).get(key) or _places(language).get(key.removesuffix(" time"), ())


def _near(wanted: str, language: str) -> tuple[str, ...]:
    """The zones of places that are called nearly so, or that begin so."""
    places = _places(language)
    names = difflib.get_close_matches(wanted, places, n=NEAREST, cutoff=0.75)
    if len(wanted) >= 3:
        names += [name for name in places if name.startswith(wanted)]
    return tuple(dict.fromkeys(zone for name in names for zone in places[name]))[:NEAREST]


def _key(name: str) -> str:
    return folded(name.replace("'", "").replace("’", ""))


@cache
def _zones() -> dict[str, str]:
    """Names of zones in lower case to the zones by their present names."""
    present = available_timezones()
    names = sorted(name for name in present if name.partition("/")[0] in (*REGIONS, "US", "Canada") and "/" in name)
    current = {name: i18n.present_zone(name) for name in names}
    return {name.lower(): zone if zone in present else name for name, zone in current.items()} | {"utc": "UTC"}


@cache
def _places(language: str) -> dict[str, tuple[str, ...]]:
    """Names of places, as `_key` makes them, to their zones."""
    found: dict[str, dict[str, None]] = {}
    for name, zones in _named(language):
        found.setdefault(_key(name), {}).update(dict.fromkeys(zones))
    return {name: tuple(zones) for name, zones in found.items() if name}


def _named(language: str) -> Iterator[tuple[str, list[str]]]:
    zones = _zones()
    for key, zone in zones.items():
        city = key.rpartition("/")[2]
        if city not in MERELY:
            yield city, [zone]
    for zone, cities in CITIES.items():
        for city in cities.split(", "):
            yield city, [zone]
    for spoken in dict.fromkeys((i18n.SOURCE, language)):
        for zone, city in i18n.cities(spoken).items():
            if zone.lower() in zones:
                yield city, [zones[zone.lower()]]
        for code, country in i18n.countries(spoken).items():
            yield country, _zones_of(code)
    for code, countries in COUNTRIES.items():
        for country in countries.split(", "):
            yield country, _zones_of(code)


def _zones_of(code: str) -> list[str]:
    """The zones of a country, given as its ISO code."""
    if code in MAIN:
        return MAIN[code].split()
    return [zone for zone in i18n.zones_of(code) if zone.lower() in _zones()]
