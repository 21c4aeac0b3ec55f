"""The bot's conversation, as a person has it: through the sandbox's Telegram, with a real store behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from blogbot.bot.application import introduce
from blogbot.bot.commands import COMMANDS, MENU, SHORTCUTS, TAPS
from blogbot.cards import Verb
from blogbot.clock import MovableClock
from blogbot.model import Follow, FollowKind
from blogbot.store import Store
from tests.bot_world import SITE, Content, World, buttons, keep_post, keep_sample, labels, open_world

LONG = " ".join(f"This is sentence number {n} of a long article." for n in range(400))


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    """A bot that has nothing to tell."""
    async with open_world(sqlite_store, clock) as world:
        yield world


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    return await keep_sample(sqlite_store, clock)


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
    ("/calendar", "no address on the web", "no address on the web"),
    ("/settings", "Europe/London (the site's own)", "Europe/London (the site's own)"),
    ("/settings zone tokyo", "Time zone: Asia/Tokyo; it is 18:00 there", "Time zone: Asia/Tokyo"),
    ("/settings zone Tokio", "Did you mean", "I know no time zone Tokio"),
    ("/settings zone xyzzy", "A city's name works", "A city's name works"),
    ("/settings language klingon", "I do not speak klingon yet", "I do not speak klingon yet"),
    ("/settings language english", "Language: English", "Language: English"),
    ("/settings pause", "paused", "paused"),
    ("/settings digest weekly monday 9", "every Monday at 09:00", "every Monday at 09:00"),
    ("/settings quiet 22-7", "Quiet hours: 22:00 to 07:00", "Quiet hours: 22:00 to 07:00"),
    ("/mute", "For how long", "For how long"),
    ("/mute 3 days", "Muted until", "Muted until"),
    ("/unmute", "You were not muted", "You were not muted"),
    ("/urgent", "nothing can be urgent", "nothing can be urgent"),
    ("/filter", "You filter nothing", "You filter nothing"),
    ("/filter only youth work", "Only: “youth work”", "Only: “youth work”"),
    ("/history", "told you nothing unasked yet", "told you nothing unasked yet"),
    ("/why", "told you nothing unasked yet", "told you nothing unasked yet"),
    ("/settings colour red", "/settings zone CITY", "/settings zone CITY"),
    ("/lastest", "Did you mean /latest?", "Did you mean /latest?"),
    ("/xyzzy", "I have no command /xyzzy", "/help lists all I can do"),
    ("mentoring", "I looked for mentoring and found nothing", "1. Mentoring pays"),
    ("🤷", "I read words", "I read words"),
]
"""Words, a part of the answer where the site has published nothing, and a part of it where it has."""


FOREIGN = [
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
]
"""What follows /start in links that are not ours, or lead to nothing."""


async def test_every_command_answers_where_there_is_nothing(world: World) -> None:
    answers = [(words, said, (await world.ask(words, await world.person()))["text"]) for words, said, _ in ANSWERS]
    assert [answer for answer in answers if answer[1] not in answer[2]] == []


async def test_every_command_answers_where_there_is_something(world: World, content: Content) -> None:
    answers = [(words, said, (await world.ask(words, await world.person()))["text"]) for words, _, said in ANSWERS]
    assert [answer for answer in answers if answer[1] not in answer[2]] == []


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


async def test_a_link_that_is_not_ours_is_answered_kindly(world: World, content: Content) -> None:
    for payload in FOREIGN:
        answer = await world.ask(f"/start {payload}")
        assert "leads to nothing I know" in answer["text"], payload
        assert "Latest articles" in labels(answer)


async def test_the_menu_of_commands_is_telegrams_too(world: World) -> None:
    await introduce(world.bot, SITE)
    calls = len(await world.get("/sandbox/log"))
    await introduce(world.bot, SITE)
    said_again = [call["method"] for call in (await world.get("/sandbox/log"))[calls:]]
    assert not [method for method in said_again if method.lower().startswith("set")]
    menu = await world.bot.get_my_commands()
    assert [(command.command, command.description) for command in menu] == list(MENU)
    assert set(COMMANDS) == {name for name, _ in MENU} | {"start"} | set(SHORTCUTS)
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
