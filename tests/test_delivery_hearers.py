"""From an announcement to a chat, on both databases: who is told what, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blogbot.errors import RetryLater
from blogbot.model import Follow, FollowKind
from tests.content import event, post
from tests.delivery_world import EVERYTHING, TUESDAY_TEN, World
from tests.delivery_world import delivery_world as delivery_world


@pytest.mark.parametrize(
    ("follow", "hears_post", "hears_event"),
    [
        (EVERYTHING, True, True),
        (Follow(FollowKind.TAG, "data"), True, True),
        (Follow(FollowKind.TAG, "other"), False, False),
        (Follow(FollowKind.AUTHOR, "mei-tanaka"), True, False),
        (Follow(FollowKind.EVENTS), False, True),
        (Follow(FollowKind.EVENT, "talk"), False, False),
    ],
)
async def test_followers_hear_of_what_they_follow(
    world: World, follow: Follow, hears_post: bool, hears_event: bool
) -> None:
    await world.chat(1, follow)
    await world.shows(
        a=post("a", "About numbers", tags=("Data",), authors=("Mei Tanaka",)),
        b=event("talk", TUESDAY_TEN, title="A talk", tags=("Data",)),
    )
    texts = [text for _, text, _ in await world.turn()]
    assert any("About numbers" in text for text in texts) is hears_post
    assert any("A talk" in text for text in texts) is hears_event
    assert await world.turn() == [], "each is said once"


async def test_a_chat_that_follows_by_several_ways_hears_once(world: World) -> None:
    await world.chat(1, EVERYTHING, Follow(FollowKind.TAG, "data"), Follow(FollowKind.AUTHOR, "mei-tanaka"))
    await world.shows(a=post("a", tags=("Data",), authors=("Mei Tanaka",)))
    assert len(await world.turn()) == 1


async def test_paused_and_departed_chats_hear_nothing_and_later_followers_nothing_old(world: World) -> None:
    await world.audience.pause(await world.chat(1, EVERYTHING), True)
    await world.chat(2, EVERYTHING)
    await world.audience.leave(2)
    await world.shows(a=post("a"))
    world.clock.move(timedelta(minutes=1))
    await world.chat(3, EVERYTHING)
    assert await world.turn() == []


async def test_a_chat_that_pauses_after_it_was_queued_hears_nothing(world: World) -> None:
    chat = await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=30)]
    await world.turn()
    await world.audience.pause(chat, True)
    world.clock.move(timedelta(seconds=31))
    assert await world.turn() == []
    assert await world.states() == {"expired": 1}
