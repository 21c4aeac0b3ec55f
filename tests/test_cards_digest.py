"""Several things told in one message, what stands in the place of a withdrawn article, and what is said anew in place."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blogbot.cards import Item, Tap, Verb
from blogbot.model import AnnouncementKind, Digest, EventStatus, Message
from tests.card_samples import (
    NOW,
    OCCURRENCE,
    POST,
    RIGHT_TO_LEFT,
    announcement,
    assert_telegram_takes,
    buttons,
    cards,
    labels,
    read,
    verbs,
)

NEWS = announcement(AnnouncementKind.POST)
WILD = ["", "\x00", "x" * 5000, "<b>", "👩‍👩‍👧" * 900, RIGHT_TO_LEFT, "\u202e" * 50, "\ud800", "&" * 5000, "a\nb"]


def article(number: int) -> Item:
    return Item(NEWS, post=dataclasses.replace(POST, id=number, title=f"Article {number}"))


def date(number: int, status: EventStatus = EventStatus.CONFIRMED) -> Item:
    return Item(NEWS, occurrence=dataclasses.replace(OCCURRENCE, id=number, title=f"Event {number}", status=status))


def numbered(message: Message) -> dict[str, Tap | None]:
    return {button.label: Tap.read(button.data) for button in buttons(message) if button.label.isdigit()}


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (Digest.DAILY, "🗞 Today's digest"),
        (Digest.WEEKLY, "🗞 This week's digest"),
        (Digest.INSTANT, "🗞 What happened meanwhile"),
    ],
)
def test_a_digest_says_why_it_is_one(kind: Digest, heading: str) -> None:
    assert read(cards().digest([article(1), article(2)], kind)).startswith(heading)


def test_a_digest_names_each_thing_with_its_date_and_a_button_that_shows_it() -> None:
    message = cards().digest([article(4), date(9)], Digest.DAILY)
    said = read(message)
    assert_telegram_takes(message)
    assert "1. Article 4\n    Fri 27 Feb 2026" in said
    assert "2. 📅 Event 9\n    Thursday 12 March 2026" in said
    assert numbered(message) == {
        "1": Tap.of(Verb.POST, 4),
        "2": Tap.of(Verb.EVENT, OCCURRENCE.event.id, 9),
    }


def test_what_is_gone_since_is_struck_out_and_has_no_button() -> None:
    message = cards().digest([Item(NEWS, gone="Old <news>"), article(2), date(3, EventStatus.CANCELLED)], Digest.DAILY)
    assert "<s>Old &lt;news&gt;</s> (withdrawn)" in message.html
    assert "Event 3 (cancelled)" in read(message)
    assert list(numbered(message)) == ["2", "3"]


def test_more_than_ten_are_counted_and_the_lists_lead_to_the_others() -> None:
    message = cards().digest([article(number) for number in range(40)], Digest.INSTANT)
    said = read(message)
    assert_telegram_takes(message)
    assert "… and 30 more" in said
    assert [f"Article {number}\n" in said for number in (29, 30, 39)] == [False, True, True], "the newest are named"
    assert said.index("Article 30") < said.index("Article 39")
    assert verbs(message)[-2:] == [Verb.LATEST, Verb.FOLLOWING]


def test_events_are_named_before_articles() -> None:
    message = cards().digest([date(1), *(article(number) for number in range(40)), date(2)], Digest.INSTANT)
    said = read(message)
    assert "1. 📅 Event 1\n" in said
    assert "10. 📅 Event 2\n" in said
    assert "… and 32 more" in said
    assert verbs(message)[-3:] == [Verb.LATEST, Verb.EVENTS, Verb.FOLLOWING]


def test_ten_are_not_counted() -> None:
    assert "more" not in read(cards().digest([article(number) for number in range(10)], Digest.INSTANT))


def test_a_withdrawn_article_is_named_and_said_to_be_gone() -> None:
    message = cards().withdrawn("A year of <intervention>")
    assert_telegram_takes(message)
    assert message.html.startswith("<s>A year of &lt;intervention&gt;</s>")
    assert read(message).endswith("This article was withdrawn.")
    assert message.preview_url == ""
    assert labels(message) == ["Latest articles"]


@pytest.mark.parametrize("title", WILD)
@pytest.mark.parametrize("kind", Digest)
def test_any_title_makes_a_digest_that_telegram_takes(title: str, kind: Digest) -> None:
    post = Item(NEWS, post=dataclasses.replace(POST, title=title))
    event = Item(NEWS, occurrence=dataclasses.replace(OCCURRENCE, title=title))
    assert_telegram_takes(cards("Asia/Tokyo").digest([post, event, Item(NEWS, gone=title)] * 12, kind))
    assert_telegram_takes(cards().withdrawn(title))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(["post", "event", "gone"]), st.text(max_size=300)), min_size=1, max_size=25))
def test_wild_news_never_break_a_digest(news: list[tuple[str, str]]) -> None:
    made = {
        "post": lambda title: Item(NEWS, post=dataclasses.replace(POST, title=title)),
        "event": lambda title: Item(NEWS, occurrence=dataclasses.replace(OCCURRENCE, title=title)),
        "gone": lambda title: Item(NEWS, gone=title),
    }
    message = cards().digest([made[kind](title) for kind, title in news], Digest.WEEKLY)
    assert_telegram_takes(message)
    assert len(numbered(message)) <= 10
    assert ("… and" in read(message).splitlines()[-1]) == (len(news) > 10)


# --- Said anew, in the place of what was sent ---


@pytest.mark.parametrize("kind", [kind for kind in AnnouncementKind if not kind.edits])
def test_what_is_said_anew_does_not_apologise_for_being_late(kind: AnnouncementKind) -> None:
    news = announcement(kind, timedelta(days=1))
    late, again = (
        read(cards().announcement(news, post=POST, occurrence=OCCURRENCE, again=again)) for again in (False, True)
    )
    assert "I am sorry that this comes late" in late
    assert "late" not in again


@pytest.mark.parametrize(("held", "remarked"), [(timedelta(0), False), (timedelta(hours=2), True)])
def test_what_the_chat_itself_held_back_is_late_only_if_it_comes_later_than_that(
    held: timedelta, remarked: bool
) -> None:
    news = announcement(AnnouncementKind.POST, timedelta(hours=10))
    said = read(cards().announcement(news, post=POST, occurrence=None, wanted=NOW - held))
    assert ("it was due Monday 2 March 2026, 07:00" in said) == remarked
    assert ("late" in said) == remarked


def test_a_reminder_that_is_said_anew_counts_from_when_it_was_sent() -> None:
    news = dataclasses.replace(announcement(AnnouncementKind.REMINDER), due=OCCURRENCE.starts - timedelta(days=1))
    later = cards(now=OCCURRENCE.starts - timedelta(hours=3))
    assert read(later.announcement(news, post=None, occurrence=OCCURRENCE)).startswith("⏰ In 3 hours: Spring")
    assert read(later.announcement(news, post=None, occurrence=OCCURRENCE, again=True)).startswith(
        "⏰ In 1 day: Spring"
    )


@pytest.mark.parametrize("kind", [kind for kind in AnnouncementKind if kind.edits])
def test_an_edit_says_nothing_of_its_own(kind: AnnouncementKind) -> None:
    with pytest.raises(ValueError, match="only changes messages"):
        cards().announcement(announcement(kind), post=POST, occurrence=OCCURRENCE)


def test_a_cancellation_says_that_no_reminder_comes() -> None:
    cancelled = dataclasses.replace(OCCURRENCE, status=EventStatus.CANCELLED)
    said = read(cards().announcement(announcement(AnnouncementKind.CANCELLED), post=None, occurrence=cancelled))
    assert "You will not be reminded of it." in said
