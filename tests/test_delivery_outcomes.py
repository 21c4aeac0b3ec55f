"""What each answer of Telegram's means for its message and its chat, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from blogbot.delivery.verdict import backoff
from blogbot.errors import (
    ChatClosed,
    ChatGone,
    ChatMigrated,
    DeliveryError,
    InDoubt,
    Refused,
    RetryLater,
    TokenRejected,
    TopicGone,
)
from blogbot.model import MOST_IN_DOUBT, Chat, ChatKind, Lane, ReminderRule, Terms
from tests.content import event, post
from tests.delivery_world import EVERYTHING, HOUR, TUESDAY_TEN, Notebook, World
from tests.delivery_world import delivery_world as delivery_world


async def test_a_refused_send_is_tried_again_and_arrives_once(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=30)]
    assert await world.turn() == []
    world.clock.move(timedelta(seconds=29))
    assert await world.turn() == []
    world.clock.move(timedelta(seconds=1))
    assert len(await world.turn()) == 1
    assert await world.states() == {"sent": 1}


async def test_a_chat_that_blocked_the_bot_is_left_alone_until_it_comes_back(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"), b=post("b"))
    world.sender.refusals = [ChatGone("Forbidden: bot was blocked by the user")]
    assert await world.turn() == []
    assert await world.states() == {"failed": 2}
    await world.shows(c=post("c"))
    assert await world.turn() == []
    await world.chat(1)
    await world.shows(d=post("d", "After coming back"))
    assert ["After coming back" in text for _, text, _ in await world.turn()] == [True]


async def test_what_still_waits_for_a_chat_that_blocked_the_bot_is_dropped(world: World) -> None:
    await world.chat(1, EVERYTHING)
    for slug, refusal in (("a", RetryLater("slow down", seconds=600)), ("b", ChatGone("Forbidden: blocked"))):
        await world.shows(**{slug: post(slug)})
        world.sender.refusals = [refusal]
        assert await world.turn() == []
    assert await world.states() == {"failed": 2}


async def test_a_group_that_became_a_supergroup_gets_the_same_message_under_its_new_id(world: World) -> None:
    await world.chat(-5, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [ChatMigrated("upgraded", telegram_id=-1005)]
    await world.turn()
    assert world.sender.heard == [-1005]


async def test_a_group_known_under_both_ids_hears_a_post_once(world: World) -> None:
    class Upgraded(Notebook):
        async def under_way(self, chat: Chat) -> None:
            if chat.telegram_id == -5:
                raise ChatMigrated("upgraded", telegram_id=-1005)

    for number in (-1005, -5):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    sender = Upgraded()
    delivery = world.another(sender)
    for _ in range(2):
        await delivery.turn()
        world.clock.move(timedelta(minutes=1))
    assert sender.heard == [-1005]


@pytest.mark.parametrize("refusal", [Refused("Bad Request: topic closed"), DeliveryError("something new")])
async def test_what_telegram_will_never_take_is_not_tried_again(world: World, refusal: Exception) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [refusal]
    assert await world.turn() == []
    world.clock.move(timedelta(hours=2))
    assert await world.turn() == []
    assert await world.states() == {"failed": 1}


async def test_in_doubt_a_reminder_is_sent_again_and_a_post_is_not(world: World) -> None:
    await world.chat(1, EVERYTHING, remind=(ReminderRule(HOUR),))
    await world.shows(a=post("a"))
    world.sender.refusals = [InDoubt("timed out")]
    assert await world.turn() == []
    world.clock.move(timedelta(hours=1))
    assert await world.turn() == []
    assert await world.states() == {"uncertain": 1}
    await world.shows(talk=event("talk", TUESDAY_TEN))
    await world.turn()
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    world.sender.refusals = [InDoubt("timed out")]
    assert await world.turn() == []
    world.clock.move(timedelta(seconds=5))
    assert [lane for _, _, lane in await world.turn()] == [Lane.REMINDER]


async def test_in_doubt_the_next_try_waits(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    world.sender.refusals = [InDoubt("timed out"), InDoubt("timed out")]
    await world.turn()
    assert len(world.sender.refusals) == 1


async def test_a_rejected_token_stops_everything_and_loses_nothing(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [TokenRejected("Unauthorized")]
    with pytest.raises(TokenRejected):
        await world.turn()
    world.clock.move(timedelta(seconds=2))
    assert len(await world.turn()) == 1


async def test_a_message_that_cannot_be_made_stops_no_other(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.chat(2, EVERYTHING)
    await world.shows(a=post("a"))
    bugs = [RuntimeError("a bug")]

    def turn() -> None:
        if bugs:
            raise bugs.pop()

    world.sender.on_turn = turn
    assert len(await world.turn()) == 1
    assert await world.states() == {"failed": 1, "sent": 1}


async def test_what_breaks_once_the_call_has_begun_is_in_doubt(world: World) -> None:
    await world.chat(1, EVERYTHING, remind=(ReminderRule(HOUR),))
    await world.shows(a=post("a"), talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [RuntimeError("an answer that nobody can read") for _ in range(2)]
    await world.turns(timedelta(seconds=4), timedelta(seconds=2))
    assert await world.states() == {"uncertain": 2}
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    world.sender.refusals = [RuntimeError("an answer that nobody can read")]
    assert await world.turn() == []
    world.clock.move(timedelta(seconds=5))
    assert [lane for _, _, lane in await world.turn()] == [Lane.REMINDER]


async def test_a_call_that_is_refused_at_once_by_the_limits_is_no_attempt(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))

    def held() -> None:
        raise RetryLater("the pause lasts too long", seconds=30)

    world.sender.on_turn = held
    for _ in range(20):
        await world.turn()
        world.clock.move(timedelta(seconds=30))
    await world.turn()
    async with world.store.read() as tx:
        assert (await tx.notifications.counts()).keys() == {(Lane.POST, "queued")}
        assert (await tx.notifications.oldest_due(world.clock.now())) == {}
    world.sender.on_turn = lambda: None
    world.clock.move(timedelta(seconds=30))
    assert len(await world.turn()) == 1


async def test_the_backoff_of_one_message_grows_up_to_ten_minutes() -> None:
    for attempts, least, most in ((0, 0.5, 1), (1, 0.5, 1), (2, 1, 2), (5, 8, 16), (10, 256, 512), (99, 300, 600)):
        waits = [backoff(attempts) for _ in range(50)]
        assert least <= min(waits) <= max(waits) <= most, attempts
        assert len(set(waits)) > 1


async def test_news_goes_where_the_group_speaks_when_its_topic_is_gone(world: World) -> None:
    chat = await world.change(await world.chat(-5, EVERYTHING), topic_id=7)
    await world.shows(a=post("a"))
    world.sender.refusals = [TopicGone("Bad Request: message thread not found")]
    assert len(await world.turn()) == 1
    async with world.store.read() as tx:
        found = await tx.chats.by_id(chat.id)
    assert found is not None
    assert found.topic_id == 0


async def test_a_chat_that_is_a_topic_and_is_gone_is_not_told_again_until_it_comes_back(world: World) -> None:
    await world.chat(-5, EVERYTHING)
    topic = await world.audience.join(-5, ChatKind.SUPERGROUP, "Topic", thread_id=7)
    await world.audience.follow(topic, EVERYTHING)
    await world.shows(a=post("a"), b=post("b"))

    gone = True

    class Forum(Notebook):
        async def under_way(self, chat: Chat) -> None:
            if gone and chat.thread_id:
                raise TopicGone("Bad Request: TOPIC_DELETED")

    world.sender = Forum()
    world.delivery = world.another()
    await world.turn()
    assert await world.states() == {"failed": 2, "sent": 2}
    await world.shows(c=post("c"))
    assert len(await world.turn()) == 1, "the forum itself is there"
    await world.audience.join(-5, ChatKind.SUPERGROUP, "Topic", thread_id=7)
    gone = False
    await world.shows(d=post("d"))
    assert len(await world.turn()) == 2


async def test_what_comes_while_a_group_is_closed_for_the_night_comes_when_it_is_open_again(world: World) -> None:
    await world.chat(-5, EVERYTHING)
    await world.chat(6, EVERYTHING)
    await world.shows(a=post("a"))
    closed = True

    class Group(Notebook):
        async def under_way(self, chat: Chat) -> None:
            if closed and chat.telegram_id == -5:
                raise ChatClosed("Bad Request: not enough rights to send text messages to the chat")

    world.sender = Group()
    world.delivery = world.another()
    assert len(await world.turn()) == 1, "others are told meanwhile"
    for _ in range(10):  # five hours
        world.clock.move(timedelta(minutes=31))
        assert await world.turn() == []
    closed = False
    world.clock.move(timedelta(minutes=31))
    assert len(await world.turn()) == 1
    assert await world.states() == {"sent": 2}


async def test_a_reminder_in_doubt_is_said_three_times_at_most(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [InDoubt("timed out") for _ in range(9)]
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    for _ in range(9):
        await world.turn()
        world.clock.move(timedelta(minutes=1))
    assert len(world.sender.refusals) == 9 - MOST_IN_DOUBT
    assert await world.states() == {"uncertain": 1}


async def test_what_was_refused_before_does_not_count_as_doubt(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [RetryLater("Bad Gateway", seconds=5), RetryLater("Bad Gateway", seconds=5), InDoubt("504")]
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    await world.turns(timedelta(minutes=5), timedelta(seconds=10))
    assert await world.states() == {"sent": 1}


async def test_each_outcome_is_counted_for_the_monitor(world: World) -> None:
    def count(outcome: str) -> float:
        return REGISTRY.get_sample_value("blogbot_sends_total", {"lane": "post", "outcome": outcome}) or 0.0

    names = ("sent", "retried", "failed", "expired", "uncertain", "dropped")
    before = {name: count(name) for name in names}
    for number in range(1, 7):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [
        RetryLater("429", seconds=30),
        Refused("Bad Request"),
        InDoubt("timed out"),
        ChatGone("blocked"),
    ]
    await world.turn()
    assert {name: count(name) - before[name] for name in names} == {
        "sent": 2,
        "retried": 1,
        "failed": 1,
        "expired": 0,
        "uncertain": 1,
        "dropped": 1,
    }


async def test_lateness_is_counted_from_when_the_chat_could_be_told(world: World) -> None:
    def late() -> tuple[float, float]:
        found = [
            REGISTRY.get_sample_value(f"blogbot_lateness_seconds_{what}", {"lane": "post"}) for what in ("count", "sum")
        ]
        return found[0] or 0.0, found[1] or 0.0

    count, total = late()
    await world.chat(1, EVERYTHING)
    await world.chat(2, EVERYTHING, terms=Terms(quiet_from=8 * 60, quiet_until=12 * 60))
    await world.shows(a=post("a"))
    world.clock.move(timedelta(seconds=7))
    await world.turn()
    await world.at(2026, 3, 2, 12, 0, 3)
    later = late()
    assert later[0] == count + 2
    assert later[1] == pytest.approx(total + 7 + 3)
