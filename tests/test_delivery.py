"""From an announcement to a chat, on both databases: who is told what, when, how often, and what a refusal means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from blogbot.audience import Audience
from blogbot.clock import MovableClock
from blogbot.delivery import Delivery
from blogbot.errors import ChatGone, ChatMigrated, DeliveryError, InDoubt, Refused, RetryLater, TokenRejected
from blogbot.intake import Intake
from blogbot.model import Chat, ChatKind, EventStatus, Follow, FollowKind, Lane, Message, Offset, ReminderRule, Site
from blogbot.store import Store
from blogbot.text import visible
from tests.content import Written, event, post

DAY, HOUR = Offset(days=1), Offset(minutes=60)
TUESDAY_TEN = datetime(2026, 3, 10, 10)
EVERYTHING = Follow(FollowKind.EVERYTHING)


class PowerCut(BaseException):
    """Nothing of ours catches it, as nothing catches the end of a process."""


class Notebook:
    """A sender that writes down what it was given, and refuses when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str, Lane]] = []
        self.refusals: list[Exception] = []
        self.on_send: Callable[[], None] = lambda: None

    async def send(self, chat: Chat, message: Message, lane: Lane) -> int:
        self.on_send()
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append((chat.telegram_id, visible(message.html), lane))
        return len(self.sent)

    @property
    def heard(self) -> list[int]:
        return [telegram_id for telegram_id, _, _ in self.sent]


@dataclass
class World:
    store: Store
    clock: MovableClock
    audience: Audience
    intake: Intake
    delivery: Delivery
    sender: Notebook
    source: Written = field(default_factory=Written)

    async def chat(self, number: int, *follows: Follow, remind: tuple[ReminderRule, ...] = ()) -> Chat:
        chat = await self.audience.join(number, ChatKind.PRIVATE, f"Member {number}")
        for follow in follows:
            await self.audience.follow(chat, follow)
        for rule in remind:
            await self.audience.remind(chat, rule)
        return chat

    async def shows(self, **items: object) -> None:
        await self.intake.run(self.source.show(**items))  # type: ignore[arg-type]

    async def at(self, year: int, month: int, day: int, *time: int) -> list[tuple[int, str, Lane]]:
        """Moves the clock to an instant (UTC) and gives back what was sent then."""
        hour, minute, second = (*time, 0, 0, 0)[:3]
        self.clock.move_to(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
        return await self.turn()

    async def turn(self) -> list[tuple[int, str, Lane]]:
        before = len(self.sender.sent)
        await self.delivery.turn()
        return self.sender.sent[before:]

    async def states(self) -> dict[str, int]:
        async with self.store.read() as tx:
            return {str(state): count for (_, state), count in (await tx.notifications.counts()).items()}


@pytest.fixture
async def world(store: Store, clock: MovableClock) -> World:
    site, sender = Site("Test", url="https://blog.example", timezone="Europe/London"), Notebook()
    intake = Intake(store, site, clock)
    world = World(store, clock, Audience(store, clock), intake, Delivery(store, sender, site, clock), sender)
    await intake.run(world.source)
    return world


# --- Who hears -------------------------------------------------------------------------------------------------------


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


# --- Reminders -------------------------------------------------------------------------------------------------------


async def test_reminders_come_at_their_offsets_and_once(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN, title="A talk"))
    assert await world.at(2026, 3, 9, 9, 59) == []
    ((_, first, lane),) = await world.at(2026, 3, 9, 10, 0)
    assert "A talk" in first
    assert lane is Lane.REMINDER
    assert await world.at(2026, 3, 10, 8, 59) == []
    assert len(await world.at(2026, 3, 10, 9, 0)) == 1
    assert await world.at(2026, 3, 10, 10, 0) == []


async def test_a_rule_for_one_event_reminds_of_that_one_alone(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR, "talk"),))
    await world.shows(talk=event("talk", TUESDAY_TEN), walk=event("walk", TUESDAY_TEN))
    assert [text.count("Talk") > 0 for _, text, _ in await world.at(2026, 3, 10, 9)] == [True]


async def test_every_date_of_a_series_is_reminded_of(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(weekly=event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=5",)))
    # Clocks go forward on 29 March: ten in London is nine in UTC from then on.
    for day, hour in ((10, 9), (17, 9), (24, 9), (31, 8)):
        assert len(await world.at(2026, 3, day, hour)) == 1, day
    assert len(await world.at(2026, 4, 7, 8)) == 1


async def test_who_asks_too_late_for_a_day_before_is_not_reminded_of_the_past(world: World) -> None:
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 9, 20, tzinfo=UTC))
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    assert await world.turn() == []
    assert len(await world.at(2026, 3, 10, 9)) == 1


async def test_an_event_learnt_of_late_is_reminded_of_once_at_once(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    world.clock.move_to(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert len([text for _, text, lane in await world.turn() if lane is Lane.REMINDER]) == 1


async def test_after_a_long_stop_only_the_nearest_reminder_is_sent(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(Offset(days=2)), ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert len(await world.at(2026, 3, 10, 9, 30)) == 1


async def test_nothing_is_sent_after_the_event_began(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert await world.at(2026, 3, 10, 10, 0, 1) == []


async def test_what_was_queued_in_time_is_dropped_when_its_turn_comes_too_late(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.chat(2, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [RetryLater("slow down", seconds=7200), RetryLater("slow down", seconds=7200)]
    assert await world.at(2026, 3, 10, 9) == []
    assert await world.at(2026, 3, 10, 11, 1) == []
    assert await world.states() == {"expired": 2}


async def test_a_moved_event_moves_its_reminders_and_says_so(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN, title="A talk")
    await world.shows(talk=talk)
    await world.turn()
    await world.shows(talk=replace(talk, starts=datetime(2026, 3, 11, 15), ends=datetime(2026, 3, 11, 16)))
    ((_, news, lane),) = await world.turn()
    assert lane is Lane.CHANGE
    assert "A talk" in news
    assert await world.at(2026, 3, 10, 9) == []
    ((_, _, lane),) = await world.at(2026, 3, 11, 14)
    assert lane is Lane.REMINDER
    assert await world.at(2026, 3, 11, 14, 30) == []


async def test_an_event_moved_after_its_reminder_was_sent_is_reminded_of_again(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    assert len(await world.at(2026, 3, 10, 9)) == 1
    await world.shows(talk=replace(talk, starts=datetime(2026, 3, 10, 17), ends=datetime(2026, 3, 10, 18)))
    assert [lane for _, _, lane in await world.turn()] == [Lane.CHANGE]
    assert [lane for _, _, lane in await world.at(2026, 3, 10, 16)] == [Lane.REMINDER]


async def test_an_event_moved_away_and_back_is_reminded_of_as_it_is_now(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    for starts in (datetime(2026, 3, 12, 10), TUESDAY_TEN):
        world.clock.move(timedelta(minutes=1))
        await world.shows(talk=replace(talk, starts=starts, ends=starts + timedelta(hours=1)))
        await world.turn()
    assert [lane for _, _, lane in await world.at(2026, 3, 10, 9)] == [Lane.REMINDER]
    assert await world.at(2026, 3, 12, 9) == []


async def test_a_cancelled_event_cancels_its_reminders_and_says_so(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR, "talk"),))
    await world.chat(2, Follow(FollowKind.TAG, "unrelated"))
    talk = event("talk", TUESDAY_TEN, title="A talk")
    await world.shows(talk=talk)
    await world.shows(talk=replace(talk, status=EventStatus.CANCELLED))
    ((heard, news, lane),) = await world.turn()
    assert (heard, lane) == (1, Lane.CHANGE)
    assert "will not take place" in news
    assert await world.at(2026, 3, 10, 9) == []


async def test_a_cancellation_taken_back_is_said_to_those_who_heard_of_it(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    heard = []
    for status in (EventStatus.CANCELLED, EventStatus.CONFIRMED):
        world.clock.move(timedelta(minutes=5))
        await world.shows(talk=replace(talk, status=status))
        heard += [text.splitlines()[0] for _, text, _ in await world.turn()]
    assert heard == [
        "❌ This event will not take place. You will not be reminded of it.",
        "✅ This event takes place after all",
    ]
    assert len(await world.at(2026, 3, 10, 9)) == 1


async def test_a_reminder_withdrawn_while_it_was_being_sent_is_not_sent_again(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    starts = TUESDAY_TEN
    await world.shows(talk=event("talk", starts))
    for refusal in (RetryLater("429", seconds=5), InDoubt("timed out")):
        world.clock.move_to(starts.replace(tzinfo=UTC) - timedelta(hours=1))
        starts += timedelta(days=1)
        later = event("talk", starts)

        class Moving(Notebook):
            """The event moves while its reminder is on its way."""

            async def send(self, chat: Chat, message: Message, lane: Lane) -> int:
                if lane is Lane.REMINDER and not self.sent:
                    await world.shows(talk=later)  # noqa: B023  # it is called within this round
                    self.sent.append((0, "", lane))
                    raise refusal  # noqa: B023
                return await super().send(chat, message, lane)

        sender = Moving()
        delivery = Delivery(world.store, sender, Site("Test"), world.clock)
        await delivery.turn()
        world.clock.move(timedelta(seconds=100))
        await delivery.turn()
        assert [lane for _, _, lane in sender.sent[1:]] == [Lane.CHANGE]


async def test_the_next_reminder_is_known_in_advance(world: World) -> None:
    assert await world.delivery.next_reminder() is None
    await world.chat(1, remind=(ReminderRule(DAY), ReminderRule(HOUR)))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert await world.delivery.next_reminder() == datetime(2026, 3, 9, 10, tzinfo=UTC)
    world.clock.move_to(datetime(2026, 3, 9, 10, tzinfo=UTC))
    assert await world.delivery.next_reminder() == datetime(2026, 3, 10, 9, tzinfo=UTC)


# --- What a refusal means --------------------------------------------------------------------------------------------


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


async def test_a_group_that_became_a_supergroup_gets_the_same_message_under_its_new_id(world: World) -> None:
    await world.chat(-5, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [ChatMigrated("upgraded", telegram_id=-1005)]
    await world.turn()
    assert world.sender.heard == [-1005]


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
    world.sender.refusals = [RuntimeError("a bug")]
    assert len(await world.turn()) == 1
    assert await world.states() == {"failed": 1, "sent": 1}


async def test_what_a_crash_left_in_the_middle_is_settled_when_its_lease_ends(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))

    def crash() -> None:
        raise PowerCut

    world.sender.on_send = crash
    with pytest.raises(PowerCut):
        await world.turn()
    world.sender.on_send = lambda: None
    assert await world.states() == {"sending": 1}
    world.clock.move(timedelta(seconds=89))
    assert await world.turn() == []
    world.clock.move(timedelta(seconds=2))
    assert await world.turn() == []
    assert await world.states() == {"uncertain": 1}


async def test_one_slow_chat_holds_up_no_other(world: World) -> None:
    for number in range(1, 41):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    others, slow = asyncio.Event(), asyncio.Event()

    class OneSlow(Notebook):
        async def send(self, chat: Chat, message: Message, lane: Lane) -> int:
            if chat.telegram_id == 1:
                await slow.wait()
            sent = await super().send(chat, message, lane)
            if len(self.sent) == 39 + 39:
                others.set()
            return sent

    sender = OneSlow()
    delivery = Delivery(world.store, sender, Site("Test"), world.clock)
    turning = asyncio.create_task(delivery.turn())
    await world.shows(b=post("b"))
    async with asyncio.timeout(30):
        await others.wait()
    assert sorted(sender.heard) == sorted([*range(2, 41), *range(2, 41)])
    slow.set()
    await turning
    assert sorted(sender.heard) == sorted([*range(1, 41), *range(1, 41)])


async def test_told_to_stop_it_lets_arrive_what_is_under_way_and_begins_nothing(world: World) -> None:
    for number in range(1, 101):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Held(Notebook):
        async def send(self, chat: Chat, message: Message, lane: Lane) -> int:
            begun.set()
            await go_on.wait()
            return await super().send(chat, message, lane)

    sender = Held()
    delivery = Delivery(world.store, sender, Site("Test"), world.clock)
    turning = asyncio.create_task(delivery.turn())
    await begun.wait()
    stopping = asyncio.create_task(delivery.stop())
    await asyncio.wait({stopping}, timeout=0)
    go_on.set()
    await asyncio.gather(turning, stopping)
    states = await world.states()
    assert states["sent"] == len(sender.sent) <= 32
    assert states["queued"] == 100 - states["sent"]


async def test_a_large_audience_is_told_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blogbot.delivery.delivery.PAGE", 3)
    for number in range(1, 11):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    await world.turn()
    assert sorted(world.sender.heard) == list(range(1, 11))
