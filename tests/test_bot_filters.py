"""Filters and what is urgent in the bot's conversation: what a chat leaves out, and what may come at any time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from blogbot.clock import MovableClock
from blogbot.model import Filter, FilterKind, Follow, FollowKind, Offset, ReminderRule
from blogbot.store import Store
from tests.bot_world import Content, World, keep_sample, labels, open_world


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    async with open_world(sqlite_store, clock) as world:
        yield world


@pytest.fixture
async def content(sqlite_store: Store, clock: MovableClock) -> Content:
    return await keep_sample(sqlite_store, clock)


# --- Urgent ---


async def test_a_follow_and_a_reminder_are_marked_urgent_in_the_menu(world: World, content: Content) -> None:
    for words in ("/follow research", "/follow events", "/remind 1d 2h"):
        await world.ask(words)
    menu = await world.ask("/urgent")
    for label in ("Research", "1 day before every event"):
        assert await world.tap(menu, label) == []
        menu = await world.now_reads(menu)
    assert [label for label in labels(menu) if label.startswith("✓")] == ["✓ Research", "✓ 1 day before every event"]
    chat = await world.chat()
    assert [each.value for each in await world.audience.follows(chat) if each.urgent] == ["research"]
    assert [each.offset for each in await world.audience.rules(chat) if each.urgent] == [Offset(days=1)]
    assert "the tag Research 🔔" in (await world.ask("/following"))["text"]
    assert "✓ 1 day 🔔" in labels(await world.ask("/remind"))
    await world.tap(menu, "✓ Research")
    assert not any(each.urgent for each in await world.audience.follows(chat))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("research", "Urgent now: the tag Research."),
        ("everything", "Urgent now: everything."),
        ("1d", "Urgent now: reminders 1 day before every event."),
        ("off research", "Not urgent any more: the tag Research."),
        ("spring meeting", "Urgent now: reminders 1 day before Spring meeting."),
        ("youth work", "You neither follow youth work nor have such a reminder."),
        ("2d", "You neither follow 2d nor have such a reminder."),
        ("off", "What is urgent?"),
    ],
)
async def test_what_is_named_is_marked_as_urgent(world: World, content: Content, words: str, said: str) -> None:
    for wish in ("/follow research", "/follow everything", "/remind 1d 2h"):
        await world.ask(wish)
    await world.audience.remind(await world.chat(), ReminderRule(Offset(days=1), content.meeting.uid))
    assert said in (await world.ask(f"/urgent {words}"))["text"]
    chat = await world.chat()
    marked = [each for each in await world.audience.follows(chat) if each.urgent]
    marked_rules = [each for each in await world.audience.rules(chat) if each.urgent]
    assert bool(marked or marked_rules) == said.startswith("Urgent now")


async def test_what_is_urgent_stays_so_when_it_is_wished_for_again(world: World, content: Content) -> None:
    await world.ask("/follow research")
    await world.ask("/remind 1h")
    chat = await world.chat()
    await world.audience.mark(chat, Follow(FollowKind.TAG, "research"), urgent=True)
    await world.audience.mark(chat, ReminderRule(Offset(minutes=60)), urgent=True)
    assert "already" in (await world.ask("/follow research"))["text"]
    await world.ask("/remind 1h")
    assert [each.urgent for each in await world.audience.follows(chat)] == [True]
    assert [each.urgent for each in await world.audience.rules(chat)] == [True]


async def test_a_wish_that_has_ended_is_not_marked(world: World) -> None:
    menu = await world.ask("/follow everything")
    chat = await world.chat()
    await world.ask("/unfollow all")
    assert not await world.audience.mark(chat, Follow(FollowKind.EVERYTHING), urgent=True)
    assert not await world.audience.mark(chat, ReminderRule(Offset(days=1)), urgent=True)
    assert "not there any more" in (await world.tap_data(menu, "1:urgent:everything::1"))[0]["text"]
    assert "nothing can be urgent" in (await world.ask("/urgent"))["text"]


# --- Filters ---


async def test_filters_are_made_listed_and_ended(world: World, content: Content) -> None:
    assert "You filter nothing" in (await world.ask("/filter"))["text"]
    assert "I leave out news with “budget cuts”" in (await world.ask("/filter hide Budget  CUTS!"))["text"]
    menu = await world.ask("/filter only author ali baba")
    assert "Left out: “budget cuts”" in menu["text"]
    assert "Only: the author Ali Baba" in menu["text"]
    chat = await world.chat()
    assert {(each.kind, each.value, each.only) for each in await world.audience.filters(chat)} == {
        (FilterKind.WORD, "budget cuts", False),
        (FilterKind.AUTHOR, "ali-baba", True),
    }
    assert "Filters: 2" in (await world.ask("/settings"))["text"]
    await world.tap(menu, "✕ Ali Baba")
    assert "Only" not in (await world.now_reads(menu))["text"].split("\n\n")[1]
    assert "Done." in (await world.ask("/filter off budget cuts"))["text"]
    assert await world.audience.filters(chat) == []


@pytest.mark.parametrize(
    ("words", "asked", "label", "filter_"),
    [
        ("budget cuts", "news with budget cuts?", "Leave it out", Filter(FilterKind.WORD, "budget cuts")),
        ("«Große Pläne»", "news with Große Pläne?", "Bring nothing else", Filter(FilterKind.WORD, "große pläne", True)),
        ("by ali baba", "news by ali baba?", "Leave it out", Filter(FilterKind.AUTHOR, "ali-baba")),
        ("author Ali Baba", "news by Ali Baba?", "Bring nothing else", Filter(FilterKind.AUTHOR, "ali-baba", True)),
        ("by design", "news with by design?", "Leave it out", Filter(FilterKind.WORD, "by design")),
        (
            '"author of the year"',
            "news with author of the year?",
            "Leave it out",
            Filter(FilterKind.WORD, "author of the year"),
        ),
        ("hide", None, "", None),
    ],
)
async def test_of_words_alone_is_asked_what_to_do_with_them(
    world: World, content: Content, words: str, asked: str | None, label: str, filter_: Filter | None
) -> None:
    card = await world.ask(f"/filter {words}")
    assert (asked or "I do not read hide as a filter") in card["text"]
    if filter_ is not None:
        assert await world.tap(card, label) == []
        assert "From now on" in (await world.now_reads(card))["text"]
        assert await world.audience.filters(await world.chat()) == [filter_]


@pytest.mark.parametrize(
    ("words", "filter_", "said"),
    [
        ("by design", Filter(FilterKind.WORD, "by design"), "“by design”"),
        ('"by Ali Baba"', Filter(FilterKind.WORD, "by ali baba"), "“by ali baba”"),
        ("by Ali Baba", Filter(FilterKind.AUTHOR, "ali-baba"), "the author Ali Baba"),
        ("“budget”", Filter(FilterKind.WORD, "budget"), "“budget”"),
        ("author", Filter(FilterKind.WORD, "author"), "“author”"),
    ],
)
async def test_only_an_authors_name_after_by_is_an_author(
    world: World, content: Content, words: str, filter_: Filter, said: str
) -> None:
    assert f"I leave out news with {said}." in (await world.ask(f"/filter hide {words}"))["text"]
    assert await world.audience.filters(await world.chat()) == [filter_]


async def test_all_is_no_word_to_end_all_filters_with(world: World) -> None:
    await world.ask("/filter hide one")
    assert "Left out: “one”" in (await world.ask("/filter all"))["text"]
    assert len(await world.audience.filters(await world.chat())) == 1


async def test_all_filters_end_at_once(world: World) -> None:
    await world.ask("/filter hide one")
    menu = await world.ask("/filter only two")
    await world.tap(menu, "End all")
    assert "You filter nothing" in (await world.now_reads(menu))["text"]
    await world.ask("/filter hide three")
    assert "You filter nothing" in (await world.ask("/filter off"))["text"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hide", "I do not read hide as a filter"),
        ("hide 🎉", "I do not read 🎉 as a filter"),
        ("only author Nobody Known", "No article is by Nobody Known"),
        ("off nothing", "You have no filter nothing"),
    ],
)
async def test_a_filter_that_cannot_be_gets_advice(world: World, words: str, said: str) -> None:
    answer = await world.ask(f"/filter {words}")
    assert said in answer["text"]
    assert "/filter hide budget cuts" in answer["text"]


async def test_a_chat_has_no_more_filters_than_it_can_see(world: World) -> None:
    await world.ask("/start")
    chat = await world.chat()
    for n in range(30):
        await world.audience.add_filter(chat, Filter(FilterKind.WORD, f"word {n}"))
    assert "end one first" in (await world.ask("/filter hide one more"))["text"]
    assert "From now on" in (await world.ask("/filter only word 3"))["text"]
