"""A small blog with a bit of everything: posts with and without address, a series, an all-day event, a cancelled date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from blogbot.model import Event, EventStatus, Occurrence, Origin, Post, Related, Site, Tag
from tests.blog_in_memory import Catalogue

SITE = Site("Harbour Library", "https://harbour.example", "https://bot.harbour.example", "Europe/London", "en")

READING = Tag("reading", "Reading")
LOCAL = Tag("local-history", "Local history")
TIDE = Tag("tide", "Tide & weather")


def post(number: int, title: str, **given: object) -> Post:
    """The post of this number; each is a day newer than the one before."""
    published = datetime(2026, 2, 1, 9, tzinfo=UTC) + timedelta(days=number)
    fields: dict[str, object] = {
        "id": number,
        "key": f"https://harbour.example/{number}",
        "slug": f"post-{number}",
        "url": f"https://harbour.example/{number}",
        "title": title,
        "summary": f"In short: {title}",
        "html": f"<p>All of {number}.</p>",
        "authors": (),
        "tags": (),
        "suggested": (),
        "published": published,
        "updated": published,
        "revision": 1,
    }
    return Post(**{**fields, **given})  # type: ignore[arg-type]


LAMPS = post(
    1,
    "The lamplighter's diary",
    authors=("Ada Moor", "Ben Quay"),
    tags=(LOCAL, READING),
    html='<p>He wrote each night. <a href="/about">About us</a>.</p>\n<p>Read on &amp; on.</p>',
    image="https://harbour.example/lamp.jpg",
)
STORM = post(
    2,
    "Storm & <spring> tide",
    authors=("Ada Moor",),
    tags=(TIDE, LOCAL),
    updated=datetime(2026, 2, 9, 17, 30, 15, 250_000, tzinfo=UTC),
)
NOTE = post(3, "A note without an address", key="note", slug="a-note", url="", suggested=(READING,))
ARABIC = post(4, "مرحبا بكم في المكتبة", tags=(READING,), language="ar", html="<p>أهلا وسهلا</p>")

WALK = Event(
    id=1, uid="walk@harbour.example", title="Harbour walk", summary="An hour along the quay.", html="<p>Bring a coat.</p>",
    starts=datetime(2026, 3, 5, 10, 0), ends=datetime(2026, 3, 5, 11, 0), timezone="Europe/London",
    recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",), location="The old quay", url="https://harbour.example/walk", sequence=1,
    tags=(LOCAL,), updated=datetime(2026, 2, 20, 8, tzinfo=UTC),
)  # fmt: skip
FAIR = Event(
    id=2, uid="fair 2026", title="Book fair", summary="", html="", starts=date(2026, 4, 11), ends=date(2026, 4, 13),
    timezone="Europe/London", updated=datetime(2026, 2, 21, 8, tzinfo=UTC),
)  # fmt: skip
TALK = Event(
    id=3, uid="talk@harbour.example", title="A talk that was", summary="", html="", starts=datetime(2025, 11, 4, 18, 0),
    ends=datetime(2025, 11, 4, 19, 0), timezone="Europe/London", tags=(TIDE,), updated=datetime(2025, 10, 1, tzinfo=UTC),
)  # fmt: skip


def occurrence(event: Event, number: int, starts: datetime, hours: int = 1, **given: object) -> Occurrence:
    """One date of `event`, from a local start without zone."""
    begins = starts.replace(tzinfo=ZoneInfo(event.timezone)).astimezone(UTC)
    fields: dict[str, object] = {
        "id": number,
        "event": event,
        "key": starts.isoformat() if event.recurrence else "",
        "starts": begins,
        "ends": begins + timedelta(hours=hours),
        "title": event.title,
        "location": event.location,
        "status": event.status,
        "known": datetime(2026, 2, 20, 8, tzinfo=UTC),
    }
    return Occurrence(**{**fields, **given})  # type: ignore[arg-type]


WALKS = (
    occurrence(WALK, 1, datetime(2026, 3, 5, 10, 0)),
    occurrence(WALK, 2, datetime(2026, 3, 12, 10, 0), status=EventStatus.CANCELLED),
    occurrence(WALK, 3, datetime(2026, 3, 19, 10, 0)),
)
FAIRS = (occurrence(FAIR, 4, datetime(2026, 4, 11), hours=48),)

CATALOGUE = Catalogue(
    site=SITE,
    posts=(LAMPS, STORM, NOTE, ARABIC),
    related={
        1: (Related(STORM, Origin.CURATED, 1.0), Related(NOTE, Origin.COMPUTED, 0.4321987)),
        2: (Related(LAMPS, Origin.COMPUTED, 0.25),),
    },
    events=(WALK, FAIR, TALK),
    occurrences=(*FAIRS, *WALKS),
)
