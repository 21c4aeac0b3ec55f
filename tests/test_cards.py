"""What chats read of one article and one event; every card fits, leads on, and survives whatever a site publishes."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blogbot.cards import Cards, Tap, Verb, short
from blogbot.cards.voice import openable
from blogbot.model import (
    AnnouncementKind,
    Button,
    EventStatus,
    Follow,
    FollowKind,
    Offset,
    Page,
    ReminderRule,
    Tag,
)
from tests.card_samples import (
    ALL_DAY,
    CHAT,
    EVENT,
    NOW,
    OCCURRENCE,
    POST,
    RIGHT_TO_LEFT,
    RULE,
    SITE,
    announcement,
    assert_telegram_takes,
    buttons,
    cards,
    labels,
    read,
    verbs,
)

# --- Taps ---


@pytest.mark.parametrize(
    "tap", [Tap(Verb.LATEST), Tap(Verb.TAG, ("youth", "16")), Tap(Verb.ZONE, ("America/Port-au-Prince",))]
)
def test_a_tap_comes_back_as_it_went(tap: Tap) -> None:
    assert tap.data.startswith("1:")
    assert Tap.read(tap.data) == tap


@pytest.mark.parametrize(
    "data",
    [
        "",
        "1",
        "1:",
        "0:latest",
        "2:latest",
        "latest",
        "latest:8",
        "1:nothing",
        "1:post:<b>",
        "1:post:é",
        "1:post:" + "1" * 60,
        ":::::",
        "\x00",
    ],
)
def test_what_is_not_of_this_version_is_no_tap(data: str) -> None:
    assert Tap.read(data) is None


@given(st.text(max_size=80))
def test_reading_a_tap_never_fails(data: str) -> None:
    tap = Tap.read(data)
    assert tap is None or tap.data == data


@pytest.mark.parametrize("argument", ["a:b", "x" * 60, "schön", "a b"])
def test_what_does_not_fit_a_button_is_not_put_on_one(argument: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        _ = Tap.of(Verb.TAG, argument).data


@pytest.mark.parametrize(
    ("value", "number"), [("12", 12), ("0", 0), ("-1", None), ("x", None), ("9" * 20, None), ("٣", None)]
)
def test_the_numbers_of_a_tap_are_whole_and_bounded(value: str, number: int | None) -> None:
    assert Tap(Verb.POST, (value,)).number(0) == number
    assert Tap(Verb.POST).number(0) is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_name_has_a_short_key_of_its_own(one: str, other: str) -> None:
    assert len(Tap.of(Verb.UNFOLLOW, "everything", short(one), "menu").data) <= 64
    assert (short(one) == short(other)) == (one == other)


# --- One article ---


def test_a_post_card_says_what_when_who_and_on_what() -> None:
    said = read(cards().post(POST, 4))
    for part in (
        "A year of intervention",
        "27 February 2026",
        "Jane Doe, Ali Baba",
        "What we learned & what",
        "Tags: Youth work",
    ):
        assert part in said
    assert said.startswith("A year")


def test_a_post_card_leads_to_the_site_to_related_ones_and_to_its_tags() -> None:
    message = cards().post(POST, 4)
    assert buttons(message)[0] == Button("Read", url=POST.url)
    assert verbs(message) == [Verb.RELATED, Verb.FOLLOW_POST]
    assert labels(message)[1] == "Related (4)"
    assert message.preview_url == POST.url


def test_followed_tags_can_be_unfollowed() -> None:
    assert verbs(cards().post(POST, followed=True)) == [Verb.RELATED, Verb.UNFOLLOW_POST]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://localhost:8080/a",
        "ftp://x.org/a",
        "javascript:alert(1)",
        "https://[x",
        "https://x.org/" + "a" * 3000,
    ],
)
def test_a_post_without_an_address_that_telegram_takes_is_read_in_the_chat(url: str) -> None:
    message = cards().post(dataclasses.replace(POST, url=url))
    assert verbs(message)[0] is Verb.READ
    assert message.preview_url == ""


def test_our_own_page_is_read_where_the_site_has_none() -> None:
    site = dataclasses.replace(SITE, public_url="https://bot.example.org")
    message = cards(site=site).post(dataclasses.replace(POST, url=""))
    assert buttons(message)[0].url == "https://bot.example.org/posts/a-year"


def test_suggested_tags_are_called_so_and_cannot_be_followed() -> None:
    message = cards().post(dataclasses.replace(POST, tags=(), suggested=POST.tags))
    assert "Suggested tags: Youth work, Prevention" in read(message)
    assert verbs(message) == [Verb.RELATED]


def test_a_long_article_is_read_in_pages_that_lose_nothing() -> None:
    sentences = [f"Sentence number {n} of this long article." for n in range(500)]
    post = dataclasses.replace(POST, html="".join(f"<p>{sentence}</p>" for sentence in sentences))
    page, said = 0, ""
    while True:
        message = cards().article(post, page)
        assert_telegram_takes(message)
        said += read(message)
        if "Next ›" not in labels(message):
            break
        page += 1
    assert page > 3
    assert "‹ Back" in labels(message)
    assert [sentence for sentence in sentences if sentence not in said] == []


@pytest.mark.parametrize(
    ("html", "page"), [("", 0), ("<p> </p>", 0), ("<img src=x>", 3), ("<p>One.</p>", 99), ("<p>One.</p>", -1)]
)
def test_a_page_that_does_not_exist_gives_one_that_does(html: str, page: int) -> None:
    message = cards().article(dataclasses.replace(POST, html=html), page)
    assert_telegram_takes(message)
    assert "One." in read(message) or "no text of its own" in read(message)


# --- One event ---


def test_an_event_card_says_what_when_and_where() -> None:
    message = cards().event(OCCURRENCE)
    said = read(message)
    for part in ("Spring meeting", "12 March 2026", "10:00", "Where: Town hall", "Bring a friend."):
        assert part in said
    assert f'<tg-time unix="{int(OCCURRENCE.starts.timestamp())}"' in message.html
    assert "There:" not in said


def test_a_chat_elsewhere_also_reads_the_time_there() -> None:
    said = read(cards("Asia/Tokyo").event(OCCURRENCE))
    assert "19:00" in said
    there = said[said.index("There:") :]
    assert "10:00" in there


def test_an_event_card_leads_to_reminders_calendar_and_page() -> None:
    message = cards().event(OCCURRENCE)
    assert verbs(message) == [Verb.REMIND_EVENT, Verb.CALENDAR, Verb.EVENTS]
    assert Button("Event page", url=EVENT.url) in buttons(message)


@pytest.mark.parametrize(
    ("rules", "label", "sentence"),
    [
        ([], "Remind me", ""),
        ([ReminderRule(Offset(days=1), "another")], "Remind me", ""),
        ([ReminderRule(Offset(minutes=60), EVENT.uid)], "Don't remind me", "I will remind you 1 hour before."),
        ([RULE], "Change reminders", "I will remind you 1 day before."),
        ([RULE, ReminderRule(Offset(minutes=60))], "Change reminders", "I will remind you 1 day and 1 hour before."),
    ],
)
def test_an_event_card_knows_the_chats_reminders(rules: list[ReminderRule], label: str, sentence: str) -> None:
    message = cards().event(OCCURRENCE, rules)
    assert labels(message)[0] == label
    assert sentence in read(message)
    assert ("I will remind" in read(message)) == bool(sentence)


@pytest.mark.parametrize(
    ("status", "now", "said", "reminds", "saves"),
    [
        (EventStatus.CANCELLED, NOW, "Cancelled", False, False),
        (EventStatus.TENTATIVE, NOW, "Not confirmed yet", True, True),
        (EventStatus.CONFIRMED, OCCURRENCE.starts + timedelta(minutes=5), "Going on now", False, True),
        (EventStatus.CONFIRMED, OCCURRENCE.ends, "This event is over.", False, True),
    ],
)
def test_an_event_out_of_the_ordinary_says_so(
    status: EventStatus, now: datetime, said: str, reminds: bool, saves: bool
) -> None:
    message = cards(now=now).event(dataclasses.replace(OCCURRENCE, status=status))
    assert said in read(message)
    assert (Verb.REMIND_EVENT in verbs(message)) == reminds
    assert (Verb.CALENDAR in verbs(message)) == saves


def test_an_event_of_days_names_its_first_and_last() -> None:
    said = read(cards("Asia/Tokyo").event(ALL_DAY))
    assert "12 March 2026 to" in said
    assert "14 March 2026, all day" in said
    assert "15 March" not in said
    assert "There" not in said


# --- Whatever a site publishes ---


@pytest.mark.parametrize(
    "title",
    [
        "",
        "  ",
        "\x00\x07",
        "x" * 5000,
        "word " * 1000,
        "<script>",
        "👩‍👩‍👧" * 900,
        RIGHT_TO_LEFT,
        "\u202e" * 50,
        "\ud800",
    ],
)
def test_any_title_makes_cards_that_telegram_takes(title: str) -> None:
    tag = Tag("t", title)
    post = dataclasses.replace(
        POST, title=title, summary=title, html=f"<p>{title}</p>", authors=(title,) * 30, tags=(tag,) * 30, url=""
    )
    event = dataclasses.replace(EVENT, title=title, summary=title, location=title)
    occurrence = dataclasses.replace(OCCURRENCE, event=event, title=title, location=title)
    for kind in (each for each in AnnouncementKind if not each.edits):
        news = announcement(kind, timedelta(days=1), was=NOW.isoformat(), was_location=title)
        assert_telegram_takes(cards().announcement(news, post=post, occurrence=occurrence))
    assert_telegram_takes(cards().post(post, 5))
    assert_telegram_takes(cards().article(post))
    assert_telegram_takes(cards("Asia/Tokyo").event(occurrence, [RULE]))
    assert_telegram_takes(cards().tagged(Page((post,) * 8, 0, 8), tag))
    assert_telegram_takes(cards().events(Page((occurrence,) * 8, 8, 100)))
    assert_telegram_takes(cards().unknown_tag(title, [tag] * 9))
    assert_telegram_takes(cards().unknown_command(title, ["tags"]))
    assert_telegram_takes(cards().following([(Follow(FollowKind.TAG, "t"), title)] * 40, []))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400), st.text(max_size=400))
def test_wild_text_never_breaks_a_card(title: str, body: str) -> None:
    post = dataclasses.replace(POST, title=title, summary=body, authors=(body,), html=body)
    assert_telegram_takes(cards().post(post))
    assert_telegram_takes(cards().article(post))
    assert_telegram_takes(cards().not_understood(body))


def test_markup_in_a_title_is_read_as_it_was_written() -> None:
    message = cards().post(dataclasses.replace(POST, title="<script>1 & 2</script>"))
    assert read(message).startswith("<script>1 & 2</script>")
    assert "<script>" not in message.html


@pytest.mark.parametrize(
    ("language", "timezone", "shown"),
    [("", "", "London time"), ("xx", "", "London time"), ("en-GB", "Asia/Tokyo", "Tokyo time")],
)
def test_a_chat_reads_in_its_own_language_and_zone_else_the_sites(language: str, timezone: str, shown: str) -> None:
    chat = dataclasses.replace(CHAT, language=language, timezone=timezone)
    own = Cards.of(chat, SITE, NOW)
    assert own.words.language == "en"
    assert shown in read(own.event(OCCURRENCE))


def test_right_to_left_text_is_isolated_from_the_words_around_it() -> None:
    said = read(cards().tagged(Page((), 0, 0), Tag("t", RIGHT_TO_LEFT + "\u202e")))
    assert f"\u2068{RIGHT_TO_LEFT}\u2069" in said
    assert "\u202e" not in said
    assert "\u2068" not in read(cards().post(POST))


@pytest.mark.parametrize(
    ("url", "takes"),
    [
        ("https://x.org", True),
        ("http://127.0.0.1:80/", True),
        ("https://x", False),
        ("tg://x.y", False),
        ("https:///a.b", False),
    ],
)
def test_addresses_for_buttons(url: str, takes: bool) -> None:
    assert openable(url) is takes
