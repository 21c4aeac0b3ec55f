"""The bot's conversation, as a person has it: through the sandbox's Telegram, with a real store behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from blogbot.bot.application import introduce
from blogbot.bot.commands import COMMANDS, MENU, TAPS
from blogbot.cards import Verb
from blogbot.clock import MovableClock
from blogbot.model import Event, Follow, FollowKind, Offset, Post, ReminderRule
from blogbot.store import Store
from tests.bot_world import SITE, World, buttons, cancel_event, keep_event, keep_post, labels, open_world

LONG = " ".join(f"This is sentence number {n} of a long article." for n in range(400))


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    """A bot that has nothing to tell."""
    async with open_world(sqlite_store, clock) as world:
        yield world


@dataclass
class Content:
    """What the site has published."""

    newest: Post
    reading: Post
    meeting: Event
    holiday: Event


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    """Twelve articles, of which two are special; an event in ten days, one of all day, one that is over."""
    store = sqlite_store
    for n in range(10):
        await keep_post(store, clock, f"Filler number {n}", days=20 + n, tags=["Research"])
    reading = await keep_post(
        store,
        clock,
        "A long read",
        days=5,
        url="",
        html=f"<p>{LONG}</p>",
        tags=["Youth work", "Prevention"],
        authors=["Ali Baba"],
    )
    newest = await keep_post(
        store,
        clock,
        "Mentoring pays",
        days=1,
        url="https://helping.example.org/mentoring",
        tags=["Youth work"],
        related=[reading],
    )
    start = datetime(2026, 3, 12, 10, 0)  # noqa: DTZ001 - local by definition
    meeting = await keep_event(store, clock, "Spring meeting", start, start + timedelta(hours=1), location="Town hall")
    holiday = await keep_event(store, clock, "Open days", date(2026, 3, 20), date(2026, 3, 22))
    over = datetime(2026, 1, 12, 18, 0)  # noqa: DTZ001
    await keep_event(store, clock, "Winter talk", over, over + timedelta(hours=1))
    return Content(newest, reading, meeting, holiday)


# --- Every command, with and without content ---


ANSWERS = [
    ("/start", "Welcome!", "Welcome!"),
    ("/help", "/latest – the newest articles", "/remind – be reminded before events"),
    ("/latest", "No article has been published yet", "1. Mentoring pays"),
    ("/tags", "No article has a tag yet", "1. Research (10)"),
    ("/tag", "No article has a tag yet", "Youth work (2)"),
    ("/tag Youth work", "No tag is called Youth work", "Articles on Youth work"),
    ("/tag youth-work", "No tag is called youth-work", "Articles on Youth work"),
    ("/tag Yuoth wrok", "No tag is called", "Did you mean"),
    ("/tag ../../etc", "No tag is called ../../etc", "No tag is called ../../etc"),
    ("/search", "/search WORDS", "/search WORDS"),
    ("/search mentoring", "No article fits", "1. Mentoring pays"),
    ("/related", "No article has been published yet", "Related to Mentoring pays"),
    ("/related A long read", "No article fits", "A long read"),
    ("/related 2", "No article fits", "A long read"),
    ("/next", "No event is planned.", "Spring meeting"),
    ("/events", "No event is planned.", "2. Open days"),
    ("/follow", "What shall I tell you of?", "What shall I tell you of?"),
    ("/follow everything", "You follow everything now", "You follow everything now"),
    ("/follow events", "You follow all events now", "You follow all events now"),
    ("/follow youth work", "No tag is called youth work", "You follow the tag Youth work now"),
    ("/follow author ali baba", "No article is by ali baba", "You follow the author Ali Baba now"),
    ("/following", "You follow nothing yet", "You follow nothing yet"),
    ("/unfollow", "You follow nothing yet", "You follow nothing yet"),
    ("/unfollow all", "You followed nothing", "You followed nothing"),
    ("/unfollow research", "You did not follow the tag research", "You did not follow the tag research"),
    ("/remind", "1 day and 1 hour before every event", "1 day and 1 hour before every event"),
    ("/remind 2h", "2 hours before every event", "2 hours before every event"),
    ("/remind 1d, 2h and 15m", "1 day, 2 hours and 15 minutes", "1 day, 2 hours and 15 minutes"),
    ("/remind off", "There was no reminder", "There was no reminder"),
    ("/remind tomorrow", "I do not read tomorrow", "I do not read tomorrow"),
    ("/remind 31d", "I do not read 31d", "I do not read 31d"),
    ("/feeds", "folder feeds", "folder feeds"),
    ("/settings", "Europe/London (the site's own)", "Europe/London (the site's own)"),
    ("/settings zone tokyo", "Time zone: Asia/Tokyo; it is 18:00 there", "Time zone: Asia/Tokyo"),
    ("/settings zone Tokio", "Did you mean", "I know no time zone Tokio"),
    ("/settings zone xyzzy", "A city's name works", "A city's name works"),
    ("/settings language klingon", "I do not speak klingon yet", "I do not speak klingon yet"),
    ("/settings language english", "Language: English", "Language: English"),
    ("/settings pause", "paused", "paused"),
    ("/settings colour red", "/settings zone CITY", "/settings zone CITY"),
    ("/lastest", "Did you mean /latest?", "Did you mean /latest?"),
    ("/xyzzy", "I have no command /xyzzy", "/help lists all I can do"),
    ("mentoring", "I looked for mentoring and found nothing", "1. Mentoring pays"),
    ("🤷", "I read words", "I read words"),
]
"""Words, a part of the answer where the site has published nothing, and a part of it where it has."""


@pytest.mark.parametrize(("words", "said"), [pytest.param(words, said, id=words) for words, said, _ in ANSWERS])
async def test_every_command_answers_where_there_is_nothing(world: World, words: str, said: str) -> None:
    assert said in (await world.ask(words))["text"]


@pytest.mark.parametrize(("words", "said"), [pytest.param(words, said, id=words) for words, _, said in ANSWERS])
@pytest.mark.usefixtures("content")
async def test_every_command_answers_where_there_is_something(world: World, words: str, said: str) -> None:
    assert said in (await world.ask(words))["text"]


# --- The first words ---


async def test_the_welcome_has_three_buttons_that_lead_on(world: World, content: Content) -> None:
    welcome = await world.ask("/start")
    assert "Helping Hands" in welcome["text"]
    assert labels(welcome) == ["Latest articles", "Next event", "Follow everything"]
    assert "Mentoring pays" in (await world.tap(welcome, "Latest articles"))[0]["text"]
    assert "Spring meeting" in (await world.tap(welcome, "Next event"))[0]["text"]
    assert "You follow everything now" in (await world.tap(welcome, "Follow everything"))[0]["text"]
    assert await world.audience.follows(await world.chat()) == [Follow(FollowKind.EVERYTHING)]


async def test_deep_links_lead_to_what_they_name(world: World, content: Content) -> None:
    assert "A long read" in (await world.ask(f"/start post-{content.reading.id}"))["text"]
    assert "Articles on Youth work" in (await world.ask("/start tag-youth-work"))["text"]
    assert "Spring meeting" in (await world.ask(f"/start event-{content.meeting.id}"))["text"]


@pytest.mark.parametrize(
    "payload",
    [
        "post-9999",
        "post-x",
        "post-",
        "event-9999",
        "tag-nothing",
        "tag-../../etc",
        "ref_campaign_2026",
        "x" * 64,
        "post-1 or 1=1",
        "post-" + "9" * 40,
    ],
)
async def test_a_link_that_is_not_ours_is_answered_kindly(world: World, content: Content, payload: str) -> None:
    answer = await world.ask(f"/start {payload}")
    assert "leads to nothing I know" in answer["text"]
    assert "Latest articles" in labels(answer)


async def test_the_menu_of_commands_is_telegrams_too(world: World) -> None:
    await introduce(world.bot, SITE)
    calls = len(await world.get("/sandbox/log"))
    await introduce(world.bot, SITE)
    said_again = [call["method"] for call in (await world.get("/sandbox/log"))[calls:]]
    assert not [method for method in said_again if method.lower().startswith("set")]
    menu = await world.bot.get_my_commands()
    assert [(command.command, command.description) for command in menu] == list(MENU)
    assert set(COMMANDS) == {name for name, _ in MENU} | {"start"}
    assert "Helping Hands" in (await world.bot.get_my_description()).description
    assert "Helping Hands" in (await world.bot.get_my_short_description()).short_description


def test_every_verb_is_done_by_somebody() -> None:
    assert set(TAPS) == set(Verb)


# --- Articles ---


async def test_a_list_turns_its_pages_in_place(world: World, content: Content) -> None:
    first = await world.ask("/latest")
    assert await world.tap(first, "Next ›") == []
    second = await world.now_reads(first)
    assert "9–12 of 12" in second["text"]
    assert labels(second)[:4] == ["1", "2", "3", "4"]
    assert await world.tap(second, "‹ Back") == []
    assert (await world.now_reads(first))["text"] == first["text"]


async def test_an_item_of_a_list_opens_its_card(world: World, content: Content) -> None:
    card = (await world.tap(await world.ask("/latest"), "2"))[0]
    assert card["text"].startswith("A long read")
    assert labels(card) == ["Read", "Related", "Follow its tags"]


async def test_an_article_without_an_address_is_read_in_the_chat(world: World, content: Content) -> None:
    card = await world.ask(f"/start post-{content.reading.id}")
    page = (await world.tap(card, "Read"))[0]
    assert "sentence number 0 " in page["text"]
    said = page["text"]
    while "Next ›" in labels(page):
        await world.tap(page, "Next ›")
        page = await world.now_reads(page)
        said += page["text"]
    assert "sentence number 399 " in said
    assert "‹ Back" in labels(page)


async def test_a_card_leads_to_related_articles(world: World, content: Content) -> None:
    card = await world.ask(f"/start post-{content.newest.id}")
    assert labels(card) == ["Read", "Related (1)", "Follow its tags"]
    assert buttons(card)[0]["url"] == content.newest.url
    related = (await world.tap(card, "Related (1)"))[0]
    assert "1. A long read (linked by the author)" in related["text"]
    assert (await world.tap(related, "1"))[0]["text"].startswith("A long read")


async def test_the_tags_of_an_article_are_followed_and_unfollowed_in_place(world: World, content: Content) -> None:
    card = await world.ask(f"/start post-{content.reading.id}")
    assert await world.tap(card, "Follow its tags") == []
    follows = await world.audience.follows(await world.chat())
    assert set(follows) == {Follow(FollowKind.TAG, "youth-work"), Follow(FollowKind.TAG, "prevention")}
    followed = await world.now_reads(card)
    assert "Unfollow its tags" in labels(followed)
    await world.tap(followed, "Unfollow its tags")
    assert await world.audience.follows(await world.chat()) == []
    assert await world.toasts() == [
        "You follow Youth work, Prevention now.",
        "You do not follow Youth work, Prevention any more.",
    ]


async def test_related_is_about_the_card_it_replies_to(world: World, content: Content) -> None:
    card = await world.ask(f"/start post-{content.reading.id}")
    answer = await world.ask("/related", reply_to=card["message_id"])
    assert "A long read" in answer["text"]
    assert "took the newest" not in answer["text"]


async def test_related_takes_a_number_of_the_list_it_replies_to(world: World, content: Content) -> None:
    found = await world.ask("/search long read")
    assert "1. A long read" in found["text"]
    assert "nothing related to A long read" in (await world.ask("/related 1", reply_to=found["message_id"]))["text"]
    assert "Related to Mentoring pays" in (await world.ask("/related 1"))["text"]


async def test_related_without_anything_says_that_it_took_the_newest(world: World, content: Content) -> None:
    answer = await world.ask("/related")
    assert "Related to Mentoring pays" in answer["text"]
    assert "took the newest" in answer["text"]


async def test_a_search_turns_its_pages_however_long_its_words_are(world: World, content: Content) -> None:
    words = "filler number " + "and some other words that never fit a button " * 2
    found = await world.ask(f"/search {words}")
    assert "1–8 of 1" in found["text"]
    await world.tap(found, "Next ›")
    assert "9–1" in (await world.now_reads(found))["text"]


async def test_near_tags_are_offered_as_buttons(world: World, content: Content) -> None:
    answer = await world.ask("/tag Reserch")
    assert "Articles on Research" in (await world.tap(answer, "Research"))[0]["text"]


async def test_a_tag_with_a_long_name_works_from_its_button(
    world: World, sqlite_store: Store, clock: MovableClock
) -> None:
    name = "A very long name of a tag that has more than sixty letters in all"
    await keep_post(sqlite_store, clock, "Only one", tags=[name])
    articles = (await world.tap(await world.ask("/tags"), "1"))[0]
    assert f"Articles on {name}" in articles["text"]
    await world.tap(articles, "Follow this tag")
    answer = (await world.tap(await world.ask("/tag " + name), "Unfollow this tag"))[0]
    assert "any more" in answer["text"]


# --- Events ---


async def test_a_person_is_reminded_of_one_event_and_not_any_more(world: World, content: Content) -> None:
    card = await world.ask("/next")
    await world.tap(card, "Remind me")
    rules = await world.audience.rules(await world.chat())
    uid = content.meeting.uid
    assert set(rules) == {ReminderRule(Offset(days=1), uid), ReminderRule(Offset(minutes=60), uid)}
    reminded = await world.now_reads(card)
    assert "I will remind you 1 day and 1 hour before." in reminded["text"]
    await world.tap(reminded, "Don't remind me")
    assert await world.audience.rules(await world.chat()) == []
    assert "Remind me" in labels(await world.now_reads(card))


@pytest.mark.parametrize(
    ("before", "rules"),
    [
        (timedelta(hours=5), {Offset(minutes=60)}),
        (timedelta(minutes=40), {Offset(minutes=15)}),
        (timedelta(minutes=10), set()),
    ],
)
async def test_an_event_that_begins_soon_gets_the_reminders_that_still_can_come(
    world: World, content: Content, clock: MovableClock, before: timedelta, rules: set[Offset]
) -> None:
    card = await world.ask("/next")
    clock.move_to(datetime(2026, 3, 12, 10, tzinfo=UTC) - before)
    await world.tap(card, "Remind me")
    assert {rule.offset for rule in await world.audience.rules(await world.chat())} == rules
    assert ("too soon" in (await world.toasts())[-1]) == (not rules)


async def test_an_event_comes_as_a_file_for_calendars(world: World, content: Content) -> None:
    sent = (await world.tap(await world.ask("/next"), "Add to calendar"))[0]
    assert sent["document"]["file_name"] == "spring-meeting.ics"
    assert "Spring meeting" in sent["caption"]
    file = await world.bot.get_file(sent["document"]["file_id"])
    data = bytes(await file.download_as_bytearray())
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.meeting.uid.encode() in data


async def test_events_that_are_over_have_a_list_of_their_own(world: World, content: Content) -> None:
    past = (await world.tap(await world.ask("/events"), "Past events"))[0]
    assert "1. Winter talk" in past["text"]
    card = (await world.tap(past, "1"))[0]
    assert "This event is over." in card["text"]
    assert "Remind me" not in labels(card)


async def test_without_a_coming_event_the_last_is_named(world: World, content: Content, clock: MovableClock) -> None:
    clock.move(timedelta(days=60))
    answer = await world.ask("/next")
    assert answer["text"].startswith("No event is planned.\n\nThe last was Open days")
    assert "Tell me of new events" in labels(answer)
    assert "This event is over" in (await world.tap(answer, "Show it"))[0]["text"]


async def test_the_time_of_an_event_is_an_entity_in_the_chats_zone(world: World, content: Content) -> None:
    await world.ask("/settings zone Asia/Tokyo")
    card = await world.ask("/next")
    times = [entity for entity in card["entities"] if entity["type"] == "date_time"]
    assert times[0]["unix_time"] == int(datetime(2026, 3, 12, 10, tzinfo=UTC).timestamp())
    assert "19:00" in card["text"]


async def test_a_cancelled_event_says_so(world: World, content: Content, clock: MovableClock) -> None:
    listed = await world.ask("/events")
    await cancel_event(world.store, clock, content.meeting)
    card = (await world.tap(listed, "1"))[0]
    assert "Cancelled" in card["text"]
    assert "Remind me" not in labels(card)


# --- Wishes ---


async def test_the_menu_of_follows_ticks_what_is_tapped(world: World, content: Content) -> None:
    menu = await world.ask("/follow")
    for label in ("Events", "Youth work"):
        assert await world.tap(menu, label) == []
        menu = await world.now_reads(menu)
    assert [label for label in labels(menu) if label.startswith("✓")] == ["✓ Events", "✓ Youth work"]
    await world.tap(menu, "✓ Events")
    assert await world.audience.follows(await world.chat()) == [Follow(FollowKind.TAG, "youth-work")]


async def test_what_is_followed_is_listed_and_ends_with_a_tap(world: World, content: Content) -> None:
    for words in ("everything", "events", "research", "author Ali Baba"):
        await world.ask(f"/follow {words}")
    listed = await world.ask("/following")
    for name in ("everything", "all events", "the tag Research", "the author Ali Baba"):
        assert f"• {name}" in listed["text"]
    await world.tap(listed, "✕ Research")
    listed = await world.now_reads(listed)
    assert "Research" not in listed["text"]
    await world.tap(listed, "Stop all")
    assert "it was 3 things" in (await world.now_reads(listed))["text"]
    assert await world.audience.follows(await world.chat()) == []


@pytest.mark.parametrize("words", ["Research", "research", "tag RESEARCH"])
async def test_a_follow_ends_by_name(world: World, content: Content, words: str) -> None:
    await world.ask("/follow Research")
    assert "You follow the tag Research already" in (await world.ask("/follow research"))["text"]
    assert "do not follow the tag Research any more" in (await world.ask(f"/unfollow {words}"))["text"]
    assert await world.audience.follows(await world.chat()) == []


async def test_all_follows_end_at_once(world: World, content: Content) -> None:
    await world.ask("/follow Research")
    assert "✕ Research" in labels(await world.ask("/unfollow"))
    assert "it was 1 thing." in (await world.ask("/unfollow ALL"))["text"]


async def test_reminders_are_set_toggled_and_ended(world: World, content: Content) -> None:
    menu = await world.ask("/remind 1d 2h")
    assert set(await world.audience.rules(await world.chat())) == {
        ReminderRule(Offset(days=1)),
        ReminderRule(Offset(minutes=120)),
    }
    await world.tap(menu, "✓ 1 day")
    menu = await world.now_reads(menu)
    assert "2 hours before every event" in menu["text"]
    await world.tap(menu, "15 minutes")
    assert "Change reminders" in labels(await world.ask("/next"))
    await world.tap(menu, "No reminders")
    assert "I remind you of nothing any more" in (await world.now_reads(menu))["text"]
    assert await world.audience.rules(await world.chat()) == []


async def test_reminders_that_stand_are_shown_not_set_again(world: World) -> None:
    await world.ask("/remind 15m")
    assert "I remind you 15 minutes before every event." in (await world.ask("/remind"))["text"]
    assert await world.audience.rules(await world.chat()) == [ReminderRule(Offset(minutes=15))]


async def test_settings_change_by_taps(world: World) -> None:
    card = await world.ask("/settings")
    await world.tap(card, "Time zone")
    await world.tap(await world.now_reads(card), "Asia/Tokyo")
    assert "Asia/Tokyo; it is 18:00" in (await world.now_reads(card))["text"]
    await world.tap(await world.now_reads(card), "Language")
    await world.tap(await world.now_reads(card), "✓ English")
    await world.tap(await world.now_reads(card), "Pause")
    assert (await world.chat()).paused
    await world.tap(await world.now_reads(card), "Resume")
    chat = await world.chat()
    assert (chat.paused, chat.timezone, chat.language) == (False, "Asia/Tokyo", "en")


async def test_who_is_paused_is_told_so_where_it_matters(world: World) -> None:
    await world.ask("/settings pause")
    for words in ("/follow everything", "/remind 1h", "/following"):
        assert "paused" in (await world.ask(words))["text"]
