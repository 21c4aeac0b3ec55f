"""Time zones as people name them: an IANA name, a city, or nearly so. Pure; never guesses one from a language."""

from __future__ import annotations

import difflib
from functools import cache
from zoneinfo import available_timezones

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
