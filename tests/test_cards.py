"""What chats read: every card fits, leads on, and survives whatever a site publishes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blogbot import text
from blogbot.cards import Cards, Tap, Verb, short
from blogbot.cards.voice import openable
from blogbot.i18n import words
from blogbot.model import (
    Announcement,
    AnnouncementKind,
    Button,
    Chat,
    ChatKind,
    Event,
    EventStatus,
    Follow,
    FollowKind,
    Message,
    Occurrence,
    Offset,
    Origin,
    Page,
    Post,
    Related,
    ReminderRule,
    Site,
    Tag,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = Site("Helping Hands", "https://helping.example.org", timezone="Europe/London")
CHAT = Chat(1, 77, ChatKind.PRIVATE, "Ada")
RULE = ReminderRule(Offset(days=1))
RIGHT_TO_LEFT = "מפגש האביב"

POST = Post(
    id=7,
    key="a",
    slug="a-year",
    url="https://helping.example.org/a-year",
    title="A year of intervention",
    summary="What we learned & what comes next.",
    html="<p>First.</p><p>Second.</p>",
    authors=("Jane Doe", "Ali Baba"),
    tags=(Tag("youth", "Youth work"), Tag("prevention", "Prevention")),
    suggested=(),
    published=NOW - timedelta(days=3),
    updated=NOW,
    revision=1,
)
EVENT = Event(
    id=3,
    uid="spring@helping.example.org",
    title="Spring meeting",
    summary="Bring a friend.",
    html="",
    starts=datetime(2026, 3, 12, 10, 0),  # noqa: DTZ001 - local by definition
    ends=datetime(2026, 3, 12, 11, 30),  # noqa: DTZ001
    timezone="Europe/London",
    location="Town hall",
    url="https://helping.example.org/spring",
)
OCCURRENCE = Occurrence(
    id=5,
    event=EVENT,
    key="",
    starts=datetime(2026, 3, 12, 10, tzinfo=UTC),
    ends=datetime(2026, 3, 12, 11, 30, tzinfo=UTC),
    title=EVENT.title,
    location=EVENT.location,
    status=EventStatus.CONFIRMED,
    known=NOW,
)
ALL_DAY = dataclasses.replace(
    OCCURRENCE,
    event=dataclasses.replace(EVENT, starts=date(2026, 3, 12), ends=date(2026, 3, 15)),
    starts=datetime(2026, 3, 12, tzinfo=UTC),
    ends=datetime(2026, 3, 15, tzinfo=UTC),
)


def cards(timezone: str = "Europe/London", now: datetime = NOW, site: Site = SITE) -> Cards:
    return Cards(site, words("en"), timezone, now)


def read(message: Message) -> str:
    return text.visible(message.html)


def buttons(message: Message) -> list[Button]:
    return [button for row in message.buttons for button in row]


def labels(message: Message) -> list[str]:
    return [button.label for button in buttons(message)]


def verbs(message: Message) -> list[Verb | None]:
    taps = [Tap.read(button.data) for button in buttons(message) if button.data]
    return [tap.verb if tap is not None else None for tap in taps]


def assert_telegram_takes(message: Message) -> None:
    """The limits of the Bot API's sendMessage and InlineKeyboardMarkup."""
    assert 0 < text.utf16_length(read(message)) <= 4096
    assert message.html == text.cut(message.html)
    assert len(buttons(message)) <= 100
    for row in message.buttons:
        assert 1 <= len(row) <= 8
    for button in buttons(message):
        assert button.label.strip()
        assert bool(button.data) != bool(button.url)
        assert len(button.data.encode()) <= 64
        assert not button.data or Tap.read(button.data) is not None


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
        "https://x.org/a b",
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


# --- Lists ---


def page_of(total: int, offset: int) -> Page[Post]:
    return Page(tuple(dataclasses.replace(POST, id=n) for n in range(offset, min(offset + 8, total))), offset, total)


@pytest.mark.parametrize(
    ("offset", "turns"),
    [(0, ["1:latest:8"]), (8, ["1:latest:0", "1:latest:16"]), (16, ["1:latest:8"])],
)
def test_a_list_has_a_button_for_each_item_and_turns_its_pages(offset: int, turns: list[str]) -> None:
    page = page_of(20, offset)
    message = cards().latest(page)
    assert labels(message)[: len(page.items)] == [str(n + 1) for n in range(len(page.items))]
    assert [button.data for button in buttons(message) if button.data.startswith("1:post")] == [
        f"1:post:{p.id}" for p in page.items
    ]
    assert [button.data for button in buttons(message) if button.data.startswith("1:latest")] == turns
    assert f"{offset + 1}–{offset + len(page.items)} of 20" in read(message)


def test_a_list_that_is_whole_does_not_turn() -> None:
    message = cards().latest(page_of(3, 0))
    assert labels(message) == ["1", "2", "3"]
    assert "of 3" not in read(message)


def empty_answers() -> Iterator[tuple[str, Message]]:
    nothing: Page[Post] = Page((), 0, 0)
    yield "latest", cards().latest(nothing)
    yield "tags", cards().tags(Page((), 0, 0))
    yield "tag", cards().tagged(nothing, POST.tags[0])
    yield "search", cards().found(nothing, "words")
    yield "related", cards().related(POST, [])
    yield "next", cards().no_event(None)
    yield "past", cards().no_past()
    yield "following", cards().following([], [])
    yield "unfollow", cards().unfollow_menu([])
    yield "unknown tag", cards().unknown_tag("x", [])
    yield "not understood", cards().not_understood()
    yield "gone", cards().gone()
    yield "old button", cards().old_button()
    yield "foreign link", cards().foreign_link()


@pytest.mark.parametrize("message", [pytest.param(message, id=name) for name, message in empty_answers()])
def test_an_empty_answer_says_what_to_do_next(message: Message) -> None:
    assert_telegram_takes(message)
    assert len(read(message)) > 20
    assert buttons(message)


def test_without_a_coming_event_the_last_is_named() -> None:
    message = cards().no_event(OCCURRENCE)
    assert read(message).startswith("No event is planned.")
    assert "The last was Spring meeting" in read(message)
    assert "1:event:3:5" in [button.data for button in buttons(message)]


def test_a_search_shows_its_words_first_in_bold() -> None:
    message = cards().found(page_of(1, 0), "<i>intervention</i> & more")
    assert "<b>&lt;i&gt;intervention&lt;/i&gt; &amp; more</b>" in message.html.split("\n")[0]


def test_who_made_a_relation_is_said() -> None:
    related = [Related(POST, Origin.CURATED, 1.0), Related(POST, Origin.COMPUTED, 0.4)]
    lines = read(cards().related(POST, related)).splitlines()
    assert sum("linked by the author" in line for line in lines) == 1
    assert "took the newest" in read(cards().related(POST, related, newest=True))


def test_tags_show_how_many_articles_carry_them() -> None:
    message = cards().tags(Page(((Tag("youth", "Youth work"), 12), (Tag("x" * 60, "Long"), 1)), 0, 2))
    assert "1. Youth work (12)" in read(message)
    assert_telegram_takes(message)


# --- Wishes ---


def test_the_menu_ticks_what_is_followed() -> None:
    follows = [Follow(FollowKind.EVENTS), Follow(FollowKind.TAG, "youth")]
    message = cards().follow_menu(follows, POST.tags)
    assert labels(message)[:4] == ["Everything", "✓ Events", "✓ Youth work", "Prevention"]
    assert verbs(message)[:4] == [Verb.FOLLOW, Verb.UNFOLLOW, Verb.UNFOLLOW, Verb.FOLLOW]


def test_what_is_followed_ends_with_a_tap() -> None:
    named = [(Follow(FollowKind.TAG, f"tag-{n}"), f"Tag {n}") for n in range(200)]
    message = cards().following(named, [RULE], paused=True)
    assert_telegram_takes(message)
    assert "the tag Tag 0" in read(message)
    assert "And 170 more" in read(message)
    assert "1 day before every event" in read(message)
    assert "paused" in read(message)


def test_reminders_are_toggles_with_the_chats_own_among_them() -> None:
    message = cards().remind_menu([RULE, ReminderRule(Offset(days=3)), ReminderRule(Offset(minutes=60), "one")])
    ticked = [label for label in labels(message) if label.startswith("✓")]
    assert ticked == ["✓ 3 days", "✓ 1 day"]
    assert "1 event by itself" in read(message)


def test_settings_tell_the_zone_and_whether_it_is_the_sites() -> None:
    assert "Europe/London (the site's own)" in read(cards().settings(CHAT, "English"))
    own = dataclasses.replace(CHAT, timezone="Asia/Tokyo", paused=True)
    message = cards("Asia/Tokyo").settings(own, "English")
    assert "18:00" in read(message)
    assert "Resume" in labels(message)


def test_feeds_have_addresses_or_a_folder() -> None:
    site = dataclasses.replace(SITE, public_url="https://bot.example.org")
    said = read(cards(site=site).feeds("feeds", "youth"))
    for path in ("atom.xml", "rss.xml", "feed.json", "events.ics", "feeds.opml", "tags/youth/atom.xml"):
        assert f"https://bot.example.org/feeds/{path}" in said
    assert "folder feeds" in read(cards().feeds("feeds"))


# --- News ---


def announcement(kind: AnnouncementKind, late: timedelta = timedelta(0), **detail: str) -> Announcement:
    return Announcement(1, "k", kind, NOW - late, NOW + timedelta(days=1), offset=Offset(minutes=60), detail=detail)


@pytest.mark.parametrize(
    ("kind", "said", "leads"),
    [
        (AnnouncementKind.POST, "New article", Verb.RELATED),
        (AnnouncementKind.EVENT, "New event", Verb.REMIND_EVENT),
        (AnnouncementKind.MOVED, "This event changed", Verb.CALENDAR),
        (AnnouncementKind.CANCELLED, "will not take place", Verb.NEXT),
        (AnnouncementKind.REMINDER, "In 1 hour: Spring meeting", Verb.CALENDAR),
    ],
)
def test_each_announcement_says_what_it_is_and_leads_on(kind: AnnouncementKind, said: str, leads: Verb) -> None:
    now = OCCURRENCE.starts - timedelta(hours=1)
    news = dataclasses.replace(announcement(kind), due=now)
    message = cards(now=now).announcement(news, post=POST, occurrence=OCCURRENCE)
    assert_telegram_takes(message)
    assert said in read(message)
    assert leads in verbs(message)
    assert "late" not in read(message)


def test_a_moved_event_says_when_it_was_and_when_it_is() -> None:
    was = OCCURRENCE.starts - timedelta(days=1, hours=1)
    news = announcement(AnnouncementKind.MOVED, was=was.isoformat(), location="Old place", title="Winter meeting")
    said = read(cards().announcement(news, post=None, occurrence=OCCURRENCE))
    assert said.startswith("🔁 This event moved")
    line = said.splitlines()[1]
    assert line.index("11 March 2026") < line.index("12 March 2026")
    assert "Old place" in said
    assert "Winter meeting" in said


@pytest.mark.parametrize("was", ["", "yesterday", "2026-03-12T10:00:00", "2026-99-99"])
def test_an_old_start_that_cannot_be_read_is_left_out(was: str) -> None:
    said = read(cards().announcement(announcement(AnnouncementKind.MOVED, was=was), post=None, occurrence=OCCURRENCE))
    assert "This event changed" in said


@pytest.mark.parametrize(
    ("kind", "late", "remarked"),
    [
        (AnnouncementKind.REMINDER, timedelta(minutes=4), False),
        (AnnouncementKind.REMINDER, timedelta(minutes=6), True),
        (AnnouncementKind.POST, timedelta(minutes=59), False),
        (AnnouncementKind.CANCELLED, timedelta(hours=3), True),
    ],
)
def test_what_comes_late_says_so(kind: AnnouncementKind, late: timedelta, remarked: bool) -> None:
    said = read(cards().announcement(announcement(kind, late), post=POST, occurrence=OCCURRENCE))
    assert ("comes late" in said) == remarked


@pytest.mark.parametrize("kind", AnnouncementKind)
def test_an_announcement_of_nothing_is_an_error(kind: AnnouncementKind) -> None:
    with pytest.raises(ValueError, match="there is none"):
        cards().announcement(announcement(kind), post=None, occurrence=None)


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
    for kind in AnnouncementKind:
        news = announcement(kind, timedelta(days=1), was=NOW.isoformat(), title=title, location=title)
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
