"""One article, one event and what is said of them: what the tests of cards begin with."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

from blogbot import text
from blogbot.cards import Cards, Tap, Verb
from blogbot.i18n import words
from blogbot.model import (
    Announcement,
    AnnouncementKind,
    Button,
    Chat,
    ChatKind,
    Event,
    EventStatus,
    Message,
    Occurrence,
    Offset,
    Post,
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
    starts=datetime(2026, 3, 12, 10, 0),
    ends=datetime(2026, 3, 12, 11, 30),
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


def announcement(kind: AnnouncementKind, late: timedelta = timedelta(0), **detail: str) -> Announcement:
    return Announcement(1, "k", kind, NOW - late, NOW + timedelta(days=1), offset=Offset(minutes=60), detail=detail)
