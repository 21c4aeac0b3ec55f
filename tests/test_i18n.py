"""i18n: words, dates and lengths of time in a person's language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from gettext import NullTranslations

import pytest
from babel import Locale

from blogbot import text
from blogbot.i18n import Words, languages, words
from blogbot.model import Offset
from tests import catalogue

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WINTER = datetime(2026, 3, 12, 10, tzinfo=UTC)
SUMMER = datetime(2024, 7, 9, 9, tzinfo=UTC)


def test_the_catalogues_are_up_to_date() -> None:
    stale = [path for path, content in catalogue.files().items() if not path.is_file() or path.read_bytes() != content]
    assert stale == [], "run `make messages`"


def test_words_are_found_in_python_and_in_templates() -> None:
    found = list(catalogue.found())
    assert any(where.endswith("i18n.py") and context == "within this minute" for where, _, context in found)
    assert any("templates" in where for where, _, _ in found)


@pytest.mark.parametrize("tag", ["", "en", "EN", "en-GB", "en_GB", "xx", "../../etc", "en-" + "x" * 500, "\x00", "🎉"])
def test_any_language_tag_gives_words(tag: str) -> None:
    found = words(tag)
    assert found.language == "en"
    assert found.gettext("No such words") == "No such words"
    assert found.ngettext("{n} cat", "{n} cats", 2) == "{n} cats"
    assert found.when(SUMMER, "Europe/London") == "Tuesday 9 July 2024, 10:00 (London time)"
    assert not found.right_to_left


def test_untranslated_words_and_plurals_are_said_in_english() -> None:
    for _, msgids, context in catalogue.found():
        one, many = msgids[0], msgids[-1]
        said = words("en").npgettext(context, one, many, 2) if context else words("en").ngettext(one, many, 2)
        assert said == many


def test_a_persons_region_decides_how_dates_are_written() -> None:
    assert words("en-US").when(WINTER, "America/New_York") == "Thursday, March 12, 2026, 6:00 AM (New York time)"


@pytest.mark.parametrize(
    ("locale", "full", "short"),
    [
        ("en_GB", "Thursday 12 March 2026", "Thu 12 Mar 2026"),
        ("en_US", "Thursday, March 12, 2026", "Mar 12, 2026"),
        ("de", "Donnerstag, 12. März 2026", "12.03.2026"),
        ("ja", "2026年3月12日木曜日", "2026/03/12"),
    ],
)
def test_a_date_has_a_full_and_a_short_style_in_every_language(locale: str, full: str, short: str) -> None:
    said = Words("en", Locale.parse(locale), NullTranslations())
    assert (said.date(WINTER), said.date(WINTER, style="short")) == (full, short)


def test_english_is_always_there() -> None:
    assert "en" in languages()
    assert words("en").name == "English"


@pytest.mark.parametrize(
    ("zone", "wanted"),
    [
        ("Europe/London", "Thursday 12 March 2026, 10:00 (London time)"),
        ("Asia/Kathmandu", "Thursday 12 March 2026, 15:45 (Kathmandu time)"),
        ("Pacific/Kiritimati", "Friday 13 March 2026, 00:00 (Kiritimati time)"),
        ("UTC", "Thursday 12 March 2026, 10:00 (UTC)"),
        ("Etc/GMT+5", "Thursday 12 March 2026, 05:00 (GMT+5)"),
    ],
)
def test_when(zone: str, wanted: str) -> None:
    assert words("en").when(WINTER, zone) == wanted


def test_an_all_day_event_has_no_time() -> None:
    midnight = datetime(2026, 7, 1, 23, tzinfo=UTC)
    assert words("en").when(midnight, "Europe/London", all_day=True) == "Thursday 2 July 2026"


def test_dates_of_days_and_of_instants() -> None:
    assert words("en").date(date(2026, 3, 12)) == "Thursday 12 March 2026"
    assert words("en").date(WINTER, "Europe/London", "short") == "Thu 12 Mar 2026"
    assert words("en").time(SUMMER, "Europe/London") == "10:00"
    assert words("en").month(datetime(2026, 3, 31, 23, tzinfo=UTC), "Europe/London") == "Apr"


@pytest.mark.parametrize(
    ("delta", "wanted"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=15), "in 15 minutes"),
        (timedelta(minutes=14, seconds=57), "in 15 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(minutes=90), "in 90 minutes"),
        (timedelta(hours=1, minutes=59, seconds=50), "in 2 hours"),
        (timedelta(hours=2, minutes=50), "in 2 hours"),
        (timedelta(hours=23, minutes=58), "in 1 day"),
        (timedelta(hours=30), "in 30 hours"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=30), "in 4 weeks"),
        (timedelta(days=100), "in 3 months"),
        (timedelta(days=1000), "in 2 years"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=-1), "1 day ago"),
    ],
)
def test_relative(delta: timedelta, wanted: str) -> None:
    assert words("en").relative(delta) == wanted


@pytest.mark.parametrize(
    ("offset", "wanted"),
    [
        (Offset(days=1), "1 day"),
        (Offset(minutes=120), "2 hours"),
        (Offset(days=1, minutes=720), "1 day and 12 hours"),
        (Offset(days=2, minutes=61), "2 days, 1 hour and 1 minute"),
        (Offset(), "0 minutes"),
    ],
)
def test_offset(offset: Offset, wanted: str) -> None:
    assert words("en").offset(offset) == wanted


@pytest.mark.parametrize(
    ("fmt", "fallback"),
    [
        ("wDt", "Thursday 12 March 2026, 10:00 (London time)"),
        ("t", "10:00"),
        ("D", "Thursday 12 March 2026"),
        ("r", "in 10 days"),
        ("", "Thursday 12 March 2026, 10:00 (London time)"),
    ],
)
def test_telegram_time_holds_a_readable_fallback(fmt: str, fallback: str) -> None:
    said = words("en").telegram_time(WINTER, "Europe/London", fmt, now=NOW)
    assert said == f'<tg-time unix="1773309600" format="{fmt}">{fallback}</tg-time>'
    assert text.cut(said) == said


@pytest.mark.parametrize("instant", [datetime(1969, 7, 20, 20, tzinfo=UTC), NOW + timedelta(days=1098, seconds=1)])
def test_telegram_takes_no_time_so_far_away(instant: datetime) -> None:
    assert words("en").telegram_time(instant, "UTC", now=NOW) == words("en").when(instant, "UTC")
