"""Words, dates and times in a person's language: gettext catalogues (`locales/`) and Babel's formats.

It knows languages and zones, and nothing of what is said in them. A word without a translation is said in English.
"""

from __future__ import annotations

import gettext as gettext_module
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_day_names,
    get_timezone_location,
)
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.units import format_unit

from blogbot.model import Chat, Offset, Site

SOURCE = "en"
"""The language that msgids are written in."""

_DOMAIN = "blogbot"
_LOCALES = Path(__file__).with_name("locales")
_AHEAD = timedelta(days=1098)  # Bot API: how far ahead the time of a date_time entity may lie

# English without a region is British, as this project writes it.
_REGIONS: Mapping[str, str] = MappingProxyType({"en": "en_GB"})
# A date with its weekday, where Babel's own full form is not how people write it.
_DATES: Mapping[str, str] = MappingProxyType({"en_GB": "EEEE d MMMM y"})
_SHORT_DATES: Mapping[str, str] = MappingProxyType({"en_GB": "EEE d MMM y"})

Style = Literal["full", "short"]


class Words:
    """What is said in one language. `language` is the code of its catalogue, as `languages` lists it.

    Time zones are IANA names. Instants are aware; what comes back is plain text, unless a docstring says otherwise.
    """

    def __init__(self, language: str, locale: Locale, translations: gettext_module.NullTranslations) -> None:
        self.language = language
        self._locale = locale
        self._region = str(locale)
        self._translations = translations
        self._patterns: Mapping[Style, str] = {
            "full": _DATES.get(self._region, "full"),
            "short": _SHORT_DATES.get(self._region, "medium"),
        }

    @property
    def right_to_left(self) -> bool:
        return self._locale.text_direction == "rtl"

    @property
    def name(self) -> str:
        """The language's own name for itself, such as "English"."""
        return (Locale.parse(self.language).get_display_name(self.language) or self.language).capitalize()

    # --- Words ---

    def gettext(self, msgid: str) -> str:
        return self._translations.gettext(msgid)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self._translations.ngettext(one, many, n)

    def pgettext(self, context: str, msgid: str) -> str:
        return self._translations.pgettext(context, msgid)

    def npgettext(self, context: str, one: str, many: str, n: int) -> str:
        return self._translations.npgettext(context, one, many, n)

    # --- Times ---

    def month_and_year(self, day: date) -> str:
        """ "November 2026": a month as a heading."""
        return format_skeleton("yMMMM", day, locale=self._locale)

    def date(self, day: date, tz: str = "UTC", style: Style = "full") -> str:
        """ "Thursday 12 March 2026", or "Thu 12 Mar 2026" in the short style; an instant's day is that of the zone `tz`."""
        if isinstance(day, datetime):
            day = day.astimezone(ZoneInfo(tz)).date()
        return _date(day, self._patterns[style], self._region)

    def time(self, instant: datetime, tz: str) -> str:
        """ "10:00", on the clock of the zone `tz`."""
        return _time(instant.astimezone(ZoneInfo(tz)).time(), self._region)

    def month(self, instant: datetime, tz: str) -> str:
        """ "Mar": the month in which the instant lies in the zone `tz`, as short as calendars write it."""
        return _date(instant.astimezone(ZoneInfo(tz)).date(), "LLL", self._region)

    @property
    def first_weekday(self) -> int:
        """The day that weeks begin with; 0 is Monday."""
        return int(self._locale.first_week_day)

    def weekdays(self, style: Literal["wide", "abbreviated"]) -> list[str]:
        """The names of the days of the week, the first one first."""
        names = get_day_names(style, context="stand-alone", locale=self._locale)
        return [names[(self.first_weekday + n) % 7] for n in range(7)]

    def when(self, instant: datetime, tz: str, *, all_day: bool = False, zoned: bool = True) -> str:
        """ "Thursday 12 March 2026, 10:00 (London time)"; only the date where it is all day, and no zone unless `zoned`."""
        if all_day:
            return self.date(instant, tz)
        if not zoned:
            said = self.pgettext("a date and a time", "{date}, {time}")
            return said.format(date=self.date(instant, tz), time=self.time(instant, tz))
        said = self.pgettext("a date, a time and its zone", "{date}, {time} ({zone})")
        return said.format(date=self.date(instant, tz), time=self.time(instant, tz), zone=self.zone(tz))

    def zone(self, tz: str) -> str:
        """ "London time"; the name itself for zones that are no place ("UTC")."""
        city = get_timezone_location(ZoneInfo(tz), locale=self._locale, return_city=True) if "/" in tz else ""
        if not city or tz.startswith("Etc/"):
            return tz.removeprefix("Etc/")
        return self.pgettext("the time zone of a city", "{city} time").format(city=city)

    def relative(self, delta: timedelta) -> str:
        """ "in 2 hours", "3 days ago", or "now" within half a minute. Rounded towards now, so that nobody comes late."""
        minutes = round(abs(delta.total_seconds()) / 60)
        if not minutes:
            return self.pgettext("within this minute", "now")
        unit, rounded = _rounded(minutes)
        # A threshold that nothing reaches leaves Babel no unit but the smallest that it is given.
        return format_timedelta(
            rounded if delta > timedelta(0) else -rounded,
            granularity=unit,
            threshold=math.inf,
            add_direction=True,
            locale=self._locale,
        )

    def offset(self, offset: Offset) -> str:
        """ "1 day", "2 hours", "1 day and 12 hours"."""
        hours, minutes = divmod(offset.minutes, 60)
        parts = ((offset.days, "duration-day"), (hours, "duration-hour"), (minutes, "duration-minute"))
        said = [format_unit(n, unit, "long", locale=self._locale) for n, unit in parts if n]
        return format_list(
            said or [format_unit(0, "duration-minute", "long", locale=self._locale)], locale=self._locale
        )

    def telegram_time(self, instant: datetime, tz: str, fmt: str = "wDt", *, now: datetime) -> str:
        """Telegram HTML: an instant that each reader's client shows in the reader's own zone and language.

        `fmt` is the Bot API's date-time entity format (`r`, or `w`, `d` or `D`, `t` or `T`). Inside stands the same for
        the zone `tz`, and it stands alone where Telegram takes no such entity: before 1970 and over 1,098 days from `now`.
        """
        fallback = escape(self._fallback(instant, tz, fmt, now))
        unix = int(instant.timestamp())
        if unix <= 0 or instant > now + _AHEAD:
            return fallback
        return f'<tg-time unix="{unix}" format="{escape(fmt)}">{fallback}</tg-time>'

    def _fallback(self, instant: datetime, tz: str, fmt: str, now: datetime) -> str:
        has_date, has_time = bool({"w", "d", "D"} & set(fmt)), bool({"t", "T"} & set(fmt))
        if fmt == "r":
            return self.relative(instant - now)
        if has_time and not has_date:
            return self.time(instant, tz)
        if has_date and not has_time:
            return self.date(instant, tz)
        return self.when(instant, tz)


def words(language: str) -> Words:
    """The words of a language, given as a tag such as "en", "en-GB" or "pt_BR".

    Where there is no catalogue for it, its region is left out; where there is none either, or the tag is none at all, it
    is English.
    """
    return _words(language.strip().replace("-", "_")[:35])


@lru_cache(maxsize=256)
def _words(tag: str) -> Words:
    locale = _locale(tag)
    known = {code.lower(): code for code in languages()}
    for candidate in _candidates(locale) if locale else ():
        if code := known.get(candidate.lower()):
            return Words(code, _with_region(locale, code), _translations(code))
    return Words(SOURCE, Locale.parse(_REGIONS[SOURCE]), _translations(SOURCE))


def _candidates(locale: Locale) -> list[str]:
    """The codes under which a locale's catalogue may be kept, the most exact first."""
    parts = [locale.language, locale.script, locale.territory]
    codes = ("_".join(p for p in kept if p) for kept in (parts, [parts[0], None, parts[2]], parts[:2], parts[:1]))
    return list(dict.fromkeys(codes))


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag) if tag else None
    except (UnknownLocaleError, ValueError):
        pass
    language = tag.partition("_")[0]
    return _locale(language) if language != tag else None


def _with_region(locale: Locale | None, code: str) -> Locale:
    """The locale whose dates to use: the person's own region where they gave one."""
    return locale if locale and locale.territory else Locale.parse(_REGIONS.get(code, code))


@cache
def languages() -> list[str]:
    """The codes of the languages that have a catalogue, sorted; English is always among them."""
    return sorted({SOURCE, *(path.parent.parent.name for path in _LOCALES.glob(f"*/LC_MESSAGES/{_DOMAIN}.po"))})


@cache
def _translations(code: str) -> gettext_module.NullTranslations:
    path = _LOCALES / code / "LC_MESSAGES" / f"{_DOMAIN}.po"
    if not path.is_file():
        return gettext_module.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)


# --- Places ---


def present_zone(zone: str) -> str:
    """The name by which a zone goes today: "Asia/Kolkata" for "Asia/Calcutta" (CLDR)."""
    return str(get_global("zone_aliases").get(zone, zone))


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """None where no zone has this name (any more): one chat's must not stop what is said to all."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zone_of(chat: Chat, site: Site) -> str:
    """The zone whose clock a chat goes by: its own; the site's until it has said one, or where no zone has that name any more."""
    return chat.timezone if chat.timezone and zone_named(chat.timezone) else site.timezone


def zones_of(country: str) -> list[str]:
    """The zones of a country, given as its ISO code."""
    return list(get_global("territory_zones").get(country, ()))


def countries(language: str) -> dict[str, str]:
    """ISO codes to the countries' names in a language, given as the code of its catalogue."""
    return {code: name for code, name in Locale.parse(language).territories.items() if len(code) == 2}


def cities(language: str) -> dict[str, str]:
    """Zones to the names of their cities in a language, where these are not plainly those of the zones."""
    zones = Locale.parse(language).time_zones
    return {zone: names["city"] for zone, names in zones.items() if "city" in names}


@lru_cache(maxsize=4096)
def _date(day: date, pattern: str, locale: str) -> str:
    """Pages name the same few days again and again, and Babel reads its pattern anew for each. A `Locale` would take long to look up by."""
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _time(clock: time, locale: str) -> str:
    return _spaced(format_time(clock, "short", locale=locale))


_Unit = Literal["minute", "hour", "day", "week", "month", "year"]
_HOUR, _DAY = 60, 24 * 60


def _rounded(minutes: int) -> tuple[_Unit, timedelta]:
    """The unit to say a length of time in, and how many whole ones it has: at least two, or exactly one.

    What is short of one more by less than anyone minds (5 minutes, an hour) counts as one more, so that a reminder that
    goes out a moment late still says "in 2 hours".
    """
    hours, days = (minutes + 5) // _HOUR, (minutes + 60) // _DAY
    if hours < 2 and minutes != _HOUR:
        return "minute", timedelta(minutes=minutes)
    if hours < 48 and hours != 24:
        return "hour", timedelta(hours=hours)
    if days < 14:
        return "day", timedelta(days=days)
    unit, length = next((unit, length) for unit, length, most in _LONG_UNITS if days < most)
    return unit, timedelta(days=days // length * length)


_LONG_UNITS: tuple[tuple[_Unit, int, float], ...] = (("week", 7, 61), ("month", 30, 730), ("year", 365, math.inf))


def _spaced(text: str) -> str:
    """CLDR's narrow and hard spaces as plain ones, which every font and terminal shows."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def N_(msgid: str) -> str:  # noqa: N802  # gettext's own name for "translated elsewhere"
    """Marks a msgid for the catalogue; it is translated where it is said."""
    return msgid
