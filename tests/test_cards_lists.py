"""What chats read of many things: lists, wishes and news."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest

from blogbot.cards import Verb
from blogbot.model import (
    AnnouncementKind,
    Follow,
    FollowKind,
    Message,
    Offset,
    Origin,
    Page,
    Post,
    Related,
    ReminderRule,
    Tag,
)
from tests.card_samples import (
    CHAT,
    OCCURRENCE,
    POST,
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
    news = announcement(AnnouncementKind.MOVED, was=was.isoformat(), was_location="Old place", dates="1")
    said = read(cards().announcement(news, post=None, occurrence=OCCURRENCE))
    assert said.startswith("🔁 This event moved")
    line = said.splitlines()[1]
    assert line.index("11 March 2026") < line.index("12 March 2026")
    assert "The place was Old place." in said
    assert "dates of this event" not in said


def test_an_event_that_ends_at_another_time_changed_and_did_not_move() -> None:
    news = announcement(AnnouncementKind.MOVED, was=OCCURRENCE.starts.isoformat(), was_location="")
    said = read(cards().announcement(news, post=None, occurrence=OCCURRENCE))
    assert said.startswith("🔁 This event changed\nThe place was not named.")
    assert "It was" not in said


@pytest.mark.parametrize("kind", [AnnouncementKind.MOVED, AnnouncementKind.CANCELLED])
@pytest.mark.parametrize(("dates", "said"), [("4", True), ("1", False), ("", False), ("x", False), ("9" * 99, False)])
def test_a_series_says_how_many_dates_changed(kind: AnnouncementKind, dates: str, said: bool) -> None:
    message = cards().announcement(announcement(kind, dates=dates), post=None, occurrence=OCCURRENCE)
    assert (f"{dates} dates of this event changed; this is the first." in read(message)) == said


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


@pytest.mark.parametrize("kind", [kind for kind in AnnouncementKind if not kind.edits])
def test_an_announcement_of_nothing_is_an_error(kind: AnnouncementKind) -> None:
    with pytest.raises(ValueError, match="there is none"):
        cards().announcement(announcement(kind), post=None, occurrence=None)
