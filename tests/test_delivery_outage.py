"""What trouble of Telegram's means for everybody: who waits, who is tried, and that nobody is held up by others; on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.delivery import Begin
from blogbot.delivery.outage import FEW
from blogbot.errors import (
    ChatClosed,
    DeliveryError,
    InDoubt,
    Refused,
    RetryLater,
    Throttled,
)
from blogbot.model import Chat, Lane, Message, Offset, ReminderRule
from tests.content import event, post
from tests.delivery_world import EVERYTHING, TUESDAY_TEN, Notebook, World
from tests.delivery_world import delivery_world as delivery_world


class FewAtATime(Notebook):
    """A limiter that has so many calls under way at most."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls = asyncio.Semaphore(calls)

    async def send(self, chat: Chat, message: Message, lane: Lane, begin: Begin) -> int:
        async with self._calls:
            return await super().send(chat, message, lane, begin)


async def test_a_limit_for_everyone_stops_everyone_and_for_one_only_one(world: World) -> None:
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=30)]
    assert len(await world.turn()) == 2
    await world.shows(b=post("b"))
    world.sender.refusals = [RetryLater("429", seconds=60, everyone=True)] * 4
    await world.turn()
    world.sender.refusals = []
    world.clock.move(timedelta(seconds=59))
    assert await world.turn() == []
    world.clock.move(timedelta(seconds=10))
    await world.turn()
    assert sorted(world.sender.heard) == [1, 1, 2, 2, 3, 3]


async def test_who_is_refused_for_now_again_and_again_is_tried_until_it_is_too_late(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.always(RetryLater("Internal Server Error", seconds=5))
    await world.turns(timedelta(days=3), timedelta(hours=3))
    assert await world.states() == {"queued": 1}
    await world.turns(timedelta(hours=1), timedelta(minutes=10))
    assert await world.states() == {"expired": 1}


async def test_half_an_hour_of_server_errors_costs_a_small_bot_nothing(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.always(RetryLater("Bad Gateway", seconds=5))
    await world.turns(timedelta(minutes=30), timedelta(seconds=20))
    world.always(None)
    await world.turns(timedelta(minutes=10), timedelta(seconds=20))
    assert await world.states() == {"sent": 1}


@pytest.mark.parametrize("chats", [1, 3])
async def test_where_every_call_ends_in_doubt_the_next_news_waits_however_few_they_are(
    world: World, chats: int
) -> None:
    for number in range(chats):
        await world.chat(1 + number, EVERYTHING)
    await world.shows(a=post("a"))
    world.always(InDoubt("Gateway Timeout"))
    await world.turn()
    await world.shows(b=post("b"))
    await world.turn()
    assert await world.states() == {"uncertain": chats, "queued": chats}
    world.always(None)
    world.clock.move(timedelta(seconds=2))
    assert len(await world.turn()) == chats


async def test_one_call_of_several_that_ends_in_doubt_holds_up_nobody(world: World) -> None:
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [InDoubt("Gateway Timeout")]
    assert len(await world.turn()) == 2
    await world.shows(b=post("b"))
    assert len(await world.turn()) == 3


@pytest.mark.parametrize("everyone", [True, False])
async def test_after_trouble_a_reminder_comes_soon_and_never_too_late(world: World, everyone: bool) -> None:
    for number in range(1, 13 if everyone else 2):
        await world.chat(number, remind=(ReminderRule(Offset(minutes=30)),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    await world.turn()
    world.always(RetryLater("no connection", seconds=2, everyone=everyone))
    world.clock.move_to(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    await world.turns(timedelta(minutes=20), timedelta(seconds=20))
    calls = world.always(None)
    await world.turns(timedelta(minutes=6), timedelta(seconds=10))
    assert set(await world.states()) == {"sent"}
    assert max(calls) <= datetime(2026, 3, 10, 9, 51 if everyone else 55, 10, tzinfo=UTC)


async def test_while_telegram_cannot_be_reached_no_message_is_given_up(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.always(RetryLater("connection refused", seconds=2, everyone=True))
    await world.turns(timedelta(hours=3), timedelta(minutes=5))
    world.always(None)
    world.clock.move(timedelta(minutes=1))
    assert len(await world.turn()) == 1


async def test_what_everyone_was_refused_says_nothing_of_one_message(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.always(RetryLater("connection refused", seconds=2, everyone=True))
    await world.turns(timedelta(minutes=30), timedelta(minutes=1))
    async with world.store.write() as tx:
        await tx.notifications.wake(world.clock.now(), 9)
        (parcel,) = await tx.notifications.lease(world.clock.now(), 9, world.clock.now() + timedelta(seconds=30))
    assert parcel.attempts == 0


async def test_while_telegram_takes_nothing_it_is_tried_with_one_message_at_a_time(world: World) -> None:
    for number in range(1, 31):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    calls = world.always(RetryLater("Bad Gateway", seconds=5))
    await world.turn()
    assert len(calls) == 30, "they were under way together"
    for _ in range(10):
        world.clock.move(timedelta(minutes=1))
        await world.turn()
    assert len(calls) == 40
    world.always(None)
    world.clock.move(timedelta(hours=1))
    await world.turn()
    assert sorted(world.sender.heard) == list(range(1, 31))


@pytest.mark.parametrize("refusal", [Throttled("429", seconds=45), ChatClosed("no rights"), Refused("no")])
async def test_what_many_groups_refuse_holds_up_nobody_else(world: World, refusal: DeliveryError) -> None:
    for number in range(20):
        await world.chat(-100 - number, EVERYTHING)
    await world.chat(7, EVERYTHING)
    await world.shows(a=post("a"))

    class Groups(FewAtATime):
        async def under_way(self, chat: Chat) -> None:
            if chat.telegram_id < 0:
                raise refusal

    world.sender = Groups(2)
    world.delivery = world.another()
    assert len(await world.turn()) == 1


async def test_any_answer_shows_that_telegrams_trouble_is_over(world: World) -> None:
    for number in range(1, 41):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.always(RetryLater("Bad Gateway", seconds=5))
    await world.turn()
    world.clock.move(timedelta(seconds=70))
    calls = world.always(Refused("no"))
    await world.turn()
    assert len(calls) == 40, "no rest between them"


async def test_a_server_that_hangs_costs_no_more_news_than_is_under_way(world: World) -> None:
    for number in range(1, 101):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    sender = world.sender = FewAtATime(FEW)
    world.delivery = world.another(sender)
    world.always(InDoubt("Gateway Timeout"))
    await world.turn()
    assert await world.states() == {"uncertain": FEW, "queued": 100 - FEW}
    for minute in range(1, 11):
        world.clock.move(timedelta(minutes=1))
        await world.turn()
        assert (await world.states())["uncertain"] == FEW + minute, "one finds out whether it is over"
    world.always(None)
    await world.turns(timedelta(minutes=2), timedelta(seconds=5))
    assert await world.states() == {"uncertain": FEW + 10, "sent": 90 - FEW}
