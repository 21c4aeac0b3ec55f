"""What a chat's terms and wishes do to what waits for it, from the source to the chat, on both databases."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.event import listens_for

from blogbot.audience import Audience
from blogbot.clock import MovableClock
from blogbot.errors import RetryLater
from blogbot.intake import intake
from blogbot.intake.intake import BATCH
from blogbot.model import (
    ChatKind,
    Digest,
    EventItem,
    EventStatus,
    Follow,
    FollowKind,
    Lane,
    Offset,
    Override,
    ReminderRule,
    Terms,
)
from blogbot.store import Store
from tests.content import event, post
from tests.delivery_world import EVERYTHING, HOUR, TUESDAY_TEN, World
from tests.delivery_world import delivery_world as delivery_world

TWO_HOURS = Offset(minutes=120)
NIGHT = Terms(quiet_from=22 * 60, quiet_until=8 * 60)
HALF_PAST_EIGHT = datetime(2026, 3, 10, 8, 30)


def expired() -> float:
    """How many a monitor has seen expire."""
    return REGISTRY.get_sample_value("blogbot_expired_total") or 0.0


def articles(count: int) -> dict[str, Any]:
    return {f"article{number}": post(f"article{number}") for number in range(count)}


def muted(clock: MovableClock, **length: float) -> datetime:
    return clock.now() + timedelta(**length)


# --- A backlog -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("articles_then", "batch", "messages"), [(1, BATCH, 1), (2, BATCH, 2), (3, BATCH, 1), (20, BATCH, 1), (20, 15, 1)]
)
async def test_what_was_written_while_blogbot_was_away_comes_as_one_message(
    world: World, articles_then: int, batch: int, messages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH", batch)
    await world.chat(1, EVERYTHING)
    world.clock.move(timedelta(days=2))
    await world.shows(**articles(articles_then))
    at_once = await world.turn()
    # What is taken in in several steps waits for the last of them.
    assert bool(at_once) == (articles_then <= batch)
    world.clock.move(timedelta(minutes=1))
    await world.turn()
    assert len(world.sender.sent) == messages
    assert set(await world.states()) == {"sent"}


async def test_what_waits_since_a_while_comes_as_one_message_however_little_it_is(world: World) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(quiet_from=8 * 60, quiet_until=10 * 60))
    await world.shows(**articles(2))
    assert await world.turn() == []
    ((_, text, _),) = await world.at(2026, 3, 2, 10)
    assert text.startswith("🗞 What happened meanwhile")


async def test_of_a_hundred_one_digest_names_some_and_counts_the_rest(world: World) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(digest=Digest.DAILY, digest_hour=18))
    await world.shows(**articles(25))
    world.clock.move(timedelta(minutes=1))
    await world.shows(**articles(110))
    assert await world.turn() == []
    ((_, text, lane),) = await world.at(2026, 3, 2, 18)
    assert lane is Lane.DIGEST
    assert "… and 100 more" in text
    assert await world.states() == {"sent": 110}


async def test_a_digest_reads_its_articles_together_and_none_of_their_texts(world: World) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(digest=Digest.DAILY, digest_hour=18))
    await world.shows(**articles(12))
    assert await world.turn() == []
    asked: list[str] = []

    @listens_for(world.store._engines.reader.sync_engine, "before_cursor_execute")
    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    assert len(await world.at(2026, 3, 2, 18)) == 1
    assert [statement for statement in asked if "posts.html" in statement] == []
    assert len([statement for statement in asked if "posts.title" in statement]) == 1


@pytest.mark.parametrize(
    ("starts", "terms", "told"),
    [
        (datetime(2026, 3, 4, 18), {}, datetime(2026, 3, 2, 9)),  # it would be over when the digest comes
        (datetime(2026, 3, 8, 8), {}, datetime(2026, 3, 2, 9)),
        (datetime(2026, 3, 8, 8, 1), {}, datetime(2026, 3, 8, 8)),
        (datetime(2026, 3, 4, 18), {"quiet_from": 8 * 60, "quiet_until": 20 * 60}, datetime(2026, 3, 2, 20)),
        (datetime(2026, 3, 2, 18), {"quiet_from": 8 * 60, "quiet_until": 20 * 60}, None),
    ],
)
async def test_an_event_that_begins_before_the_digest_is_told_without_it_or_not_at_all(
    world: World, starts: datetime, terms: dict[str, Any], told: datetime | None
) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(Digest.WEEKLY, 8, 6, **terms))
    await world.shows(talk=event("talk", starts), **articles(2))
    heard = {}
    for hour in range(9, 24 * 7):
        world.clock.move_to(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour))
        for _, text, _ in await world.turn():
            heard[text.splitlines()[0]] = ("Talk" in text, "Article1" in text, world.clock.now().replace(tzinfo=None))
    digest = datetime(2026, 3, 8, 20 if terms else 8)
    alone = {} if told in (None, digest) else {"📅 New event": (True, False, told)}
    assert heard == alone | {"🗞 This week's digest": (told == digest, True, digest)}


# --- Reminders that meet ---------------------------------------------------------------------------------------------


async def test_two_reminders_that_the_night_held_are_said_once(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(TWO_HOURS), ReminderRule(HOUR)), terms=NIGHT)
    await world.shows(talk=event("talk", HALF_PAST_EIGHT))
    assert await world.at(2026, 3, 10, 6, 30) == []
    assert await world.at(2026, 3, 10, 7, 30) == []
    before = expired()
    ((_, text, _),) = await world.at(2026, 3, 10, 8)
    assert text.startswith("⏰ In 30 minutes: Talk")
    assert await world.states() == {"sent": 1, "expired": 1}
    assert expired() - before == 1


@pytest.mark.parametrize("quiet", [False, True])
async def test_a_reminder_that_was_refused_until_the_next_one_was_due_is_not_said_beside_it(
    world: World, quiet: bool
) -> None:
    rules = ReminderRule(TWO_HOURS, urgent=quiet), ReminderRule(HOUR, urgent=quiet)
    await world.chat(1, remind=rules, terms=Terms(quiet_from=0, quiet_until=12 * 60) if quiet else None)
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.sender.refusals = [RetryLater("429", seconds=3600)]
    assert await world.at(2026, 3, 10, 8) == []
    assert len(await world.at(2026, 3, 10, 9, 0, 1)) == 1


@pytest.mark.parametrize(("first", "second", "heard"), [(True, False, 1), (True, True, 1), (False, True, 1)])
async def test_an_urgent_reminder_is_not_left_to_one_that_is_held(
    world: World, first: bool, second: bool, heard: int
) -> None:
    rules = ReminderRule(TWO_HOURS, urgent=first), ReminderRule(HOUR, urgent=second)
    await world.chat(1, remind=rules, terms=NIGHT)
    await world.shows(talk=event("talk", datetime(2026, 3, 10, 7)))
    assert len(await world.at(2026, 3, 10, 6, 30)) == heard, "both are due, since blogbot was away at five"
    assert await world.at(2026, 3, 10, 6, 31) == []


# --- Mute ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begins", ["before", "after"])
@pytest.mark.parametrize("days", [7, 30])
async def test_an_article_of_the_first_day_of_a_mute_comes_when_it_ends(world: World, begins: str, days: int) -> None:
    chat = await world.chat(1, EVERYTHING, terms=Terms(quiet_from=8 * 60, quiet_until=10 * 60))
    until = muted(world.clock, days=days, hours=3)
    if begins == "before":
        await world.audience.set_terms(chat, muted_until=until)
    await world.shows(a=post("a", "Something new"))
    await world.turn()
    if begins == "after":
        await world.audience.set_terms(chat, muted_until=until)
    world.clock.move_to(until - timedelta(minutes=1))
    assert await world.turn() == []
    world.clock.move_to(until)
    ((_, text, _),) = await world.turn()
    assert "Something new" in text


async def test_who_turns_to_a_weekly_digest_still_reads_there_what_waited(world: World) -> None:
    chat = await world.chat(1, EVERYTHING, terms=Terms(quiet_from=8 * 60, quiet_until=10 * 60))
    await world.shows(a=post("a"))
    await world.turn()
    await world.audience.set_terms(chat, digest=Digest.WEEKLY, digest_day=0, digest_hour=8, quiet_from=None)
    assert await world.at(2026, 3, 8, 12) == []
    assert len(await world.at(2026, 3, 9, 8)) == 1


async def test_a_mute_that_its_chat_ends_ends_at_once(world: World) -> None:
    chat = await world.chat(1, EVERYTHING, terms=Terms(muted_until=muted(world.clock, days=3)))
    await world.shows(a=post("a"))
    assert await world.turn() == []
    await world.audience.set_terms(chat, muted_until=None)
    assert len(await world.turn()) == 1


# --- What is urgent --------------------------------------------------------------------------------------------------

HELD = {
    "quiet hours": {"quiet_from": 8 * 60, "quiet_until": 20 * 60},
    "a mute": {"muted_until": datetime(2026, 4, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("terms", [*HELD.values(), {"digest": Digest.WEEKLY}], ids=[*HELD, "a digest"])
@pytest.mark.parametrize("urgent", [True, False])
async def test_only_urgent_news_comes_in_spite_of_the_terms(world: World, terms: dict[str, Any], urgent: bool) -> None:
    chat = await world.chat(1, Follow(FollowKind.EVENTS), Follow(FollowKind.TAG, "art", urgent), terms=Terms(**terms))
    await world.shows(a=post("a", "The flood", tags=("Art",)))
    assert len(await world.turn()) == urgent
    await world.audience.mark(chat, Follow(FollowKind.TAG, "art"), urgent=True)
    assert len(await world.turn()) == (not urgent), "marked later, it comes then"


@pytest.mark.parametrize("terms", HELD.values(), ids=HELD)
@pytest.mark.parametrize("urgent", [True, False])
async def test_only_an_urgent_reminder_comes_in_spite_of_the_terms(
    world: World, terms: dict[str, Any], urgent: bool
) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR, urgent=urgent),), terms=Terms(**terms))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    assert len(await world.at(2026, 3, 10, 9)) == urgent


@pytest.mark.parametrize("terms", HELD.values(), ids=HELD)
@pytest.mark.parametrize(
    ("wishes", "hears"),
    [((ReminderRule(HOUR, "talk"),), True), ((EVERYTHING,), False), ((ReminderRule(HOUR, "other"),), False)],
)
async def test_the_cancellation_of_what_one_is_reminded_of_comes_in_spite_of_the_terms(
    world: World, terms: dict[str, Any], wishes: tuple[Any, ...], hears: bool
) -> None:
    follows = [wish for wish in wishes if isinstance(wish, Follow)]
    rules = tuple(wish for wish in wishes if isinstance(wish, ReminderRule))
    await world.chat(1, *follows, remind=rules, terms=Terms(**terms))
    talk = event("talk", TUESDAY_TEN)
    await world.shows(talk=talk)
    await world.turn()
    await world.shows(talk=event("talk", TUESDAY_TEN, status=EventStatus.CANCELLED))
    assert [lane for _, _, lane in await world.turn()] == [Lane.CHANGE] * hears


# --- Wishes that end -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["all", "that one", "another"])
async def test_what_is_followed_no_more_is_not_in_the_next_digest(world: World, ends: str) -> None:
    art, music = Follow(FollowKind.TAG, "art"), Follow(FollowKind.TAG, "music")
    chat = await world.chat(1, art, music, terms=Terms(digest=Digest.DAILY, digest_hour=18))
    await world.shows(a=post("a", tags=("Art",)))
    await world.turn()
    before = expired()
    if ends == "all":
        await world.audience.unfollow_all(chat)
    else:
        await world.audience.unfollow(chat, art if ends == "that one" else music)
    assert expired() - before == (ends != "another")
    assert len(await world.at(2026, 3, 2, 18)) == (ends == "another")


@pytest.mark.parametrize("ends", ["all", "that one", "another"])
async def test_what_is_to_be_reminded_of_no_more_is_not_said_after_the_night(world: World, ends: str) -> None:
    chat = await world.chat(1, EVERYTHING, remind=(ReminderRule(TWO_HOURS), ReminderRule(HOUR, "other")), terms=NIGHT)
    await world.shows(talk=event("talk", HALF_PAST_EIGHT))
    assert len(await world.turn()) == 1, "that there is an event"
    assert await world.at(2026, 3, 10, 6, 30) == []
    if ends == "all":
        await world.audience.forget_all(chat)
    else:
        await world.audience.forget(
            chat, ReminderRule(TWO_HOURS) if ends == "that one" else ReminderRule(HOUR, "other")
        )
    assert len(await world.at(2026, 3, 10, 8)) == (ends == "another")


@pytest.mark.parametrize("told", [True, False])
async def test_who_was_told_of_an_event_hears_that_it_moved_whatever_was_unfollowed_meanwhile(
    world: World, told: bool
) -> None:
    chat = await world.chat(1, *([EVERYTHING] if told else []))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    await world.turn()
    await world.audience.follow(chat, EVERYTHING)
    await world.audience.set_terms(chat, quiet_from=8 * 60, quiet_until=20 * 60)
    world.clock.move(timedelta(minutes=1))
    await world.shows(talk=event("talk", datetime(2026, 3, 11, 10)))
    await world.turn()
    await world.audience.unfollow_all(chat)
    assert len(await world.at(2026, 3, 2, 20)) == told


# --- Changes that meet -----------------------------------------------------------------------------------------------

TALK = event("talk", TUESDAY_TEN)
CANCELLED = event("talk", TUESDAY_TEN, status=EventStatus.CANCELLED)
ELEVEN, TWELVE = (event("talk", datetime(2026, 3, 10, hour)) for hour in (11, 12))


@pytest.mark.parametrize(
    ("changes", "awake", "asleep"),
    [
        ((CANCELLED, TALK), ["❌", "✅"], []),
        ((ELEVEN, TWELVE), ["🔁 10:00 11:00", "🔁 11:00 12:00"], ["🔁 10:00 12:00"]),
        ((ELEVEN, TALK), ["🔁 10:00 11:00", "🔁 11:00 10:00"], []),
        ((ELEVEN, CANCELLED), ["🔁 10:00 11:00", "❌"], ["❌"]),
        ((CANCELLED, TALK, CANCELLED), ["❌", "✅", "❌"], ["❌"]),
        ((CANCELLED, TALK, ELEVEN), ["❌", "✅", "🔁 10:00 11:00"], ["🔁 10:00 11:00"]),
    ],
)
async def test_who_wakes_hears_what_changed_since_the_evening_and_no_more(
    world: World, changes: tuple[EventItem, ...], awake: list[str], asleep: list[str]
) -> None:
    await world.chat(1, EVERYTHING)
    sleeper = await world.chat(2, EVERYTHING)
    await world.shows(talk=TALK)
    assert len(await world.turn()) == 2
    await world.audience.set_terms(sleeper, quiet_from=9 * 60, quiet_until=12 * 60)
    heard: dict[int, list[str]] = {1: [], 2: []}
    for change in (*changes, None):
        world.clock.move(timedelta(minutes=5))
        if change is None:
            world.clock.move_to(datetime(2026, 3, 2, 12, tzinfo=UTC))
        else:
            await world.shows(talk=change)
        for who, text, _ in await world.turn():
            said = text.splitlines()
            was = re.findall("[0-9]{2}:00", said[1]) if said[0].startswith("🔁") else []
            heard[who].append(" ".join([said[0][0], *was]))
    assert heard == {1: awake, 2: asleep}


WEEKLY = event("weekly", TUESDAY_TEN, recurrence=("RRULE:FREQ=WEEKLY;COUNT=4",))
AN_HOUR_LATER = event("weekly", datetime(2026, 3, 10, 11), recurrence=WEEKLY.recurrence)


def first_date(**otherwise: Any) -> EventItem:
    """The series an hour later, with its first date otherwise."""
    return replace(AN_HOUR_LATER, overrides=(Override(AN_HOUR_LATER.starts, **otherwise),))


@pytest.mark.parametrize(
    ("then", "hears"),
    [
        ([first_date(starts=TUESDAY_TEN, ends=datetime(2026, 3, 10, 11))], [("🔁", [], True)]),
        ([first_date(starts=datetime(2026, 3, 10, 15))], [("🔁", ["10:00", "15:00"], True)]),
        ([first_date(status=EventStatus.CANCELLED)], [("🔁", ["10:00", "11:00"], True), ("❌", [], False)]),
        ([first_date(status=EventStatus.CANCELLED), AN_HOUR_LATER], [("🔁", ["10:00", "11:00"], True)]),
        ([replace(AN_HOUR_LATER, status=EventStatus.CANCELLED)], [("❌", [], True)]),
        ([WEEKLY], []),
    ],
    ids=["back", "elsewhere", "cancelled", "cancelled and not", "all cancelled", "all back"],
)
async def test_who_wakes_hears_that_a_series_moved_whatever_became_of_its_first_date(
    world: World, then: list[EventItem], hears: list[tuple[str, list[str], bool]]
) -> None:
    sleeper = await world.chat(2, EVERYTHING)
    await world.shows(weekly=WEEKLY)
    assert len(await world.turn()) == 1
    await world.audience.set_terms(sleeper, quiet_from=8 * 60, quiet_until=12 * 60)
    for change in (AN_HOUR_LATER, *then):
        world.clock.move(timedelta(minutes=5))
        await world.shows(weekly=change)
        assert await world.turn() == []
    heard = []
    for _, text, _ in await world.at(2026, 3, 2, 12):
        said = text.splitlines()
        was = re.findall("[0-9]{2}:00", said[1]) if said[0].startswith("🔁") else []
        heard.append((said[0][0], was, "4 dates of this event changed" in text))
    assert heard == hears


async def test_an_event_cancelled_and_back_in_the_night_is_news_to_who_was_not_told_of_it(world: World) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(quiet_from=8 * 60, quiet_until=12 * 60))
    for change in (TALK, CANCELLED, TALK):
        world.clock.move(timedelta(minutes=5))
        await world.shows(talk=change)
        assert await world.turn() == []
    ((_, text, _),) = await world.at(2026, 3, 2, 12)
    assert text.startswith("📅 New event")


# --- Corrections -----------------------------------------------------------------------------------------------------


async def test_a_digest_of_which_one_thing_alone_is_still_true_keeps_its_form_when_that_is_corrected(
    world: World,
) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(digest=Digest.DAILY, digest_hour=18))
    await world.shows(a=post("a", "Teh title"), talk=TALK)
    await world.turn()
    await world.shows(talk=CANCELLED)
    assert [lane for _, _, lane in await world.turn()] == [Lane.CHANGE], "it does not wait behind what is put back"
    ((_, digest, _),) = await world.at(2026, 3, 2, 18)
    await world.shows(a=post("a", "The title"))
    await world.at(2026, 3, 2, 18, 1)
    ((_, _, edited),) = world.sender.edited
    assert digest.startswith("🗞 Today's digest\n\n1. Teh title")
    assert edited.startswith(digest.replace("Teh", "The"))


async def test_a_correction_waits_for_a_message_that_is_in_the_hands_of_a_process(world: World, store: Store) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a", "Teh title"))
    await world.delivery.fan_out()
    now = world.clock.now()
    async with store.write() as tx:
        (made,) = await tx.notifications.lease(now, 9, now + timedelta(minutes=1))
    await world.shows(a=post("a", "The title"))
    world.clock.move(timedelta(minutes=9))
    now = world.clock.now()
    async with store.write() as tx:
        await tx.notifications.renew([made], now + timedelta(minutes=1))
    await world.turn()
    async with store.write() as tx:
        await tx.notifications.sent([(made, 7)], now)
    world.clock.move(timedelta(minutes=1))
    await world.turn()
    ((_, message_id, text),) = world.sender.edited
    assert message_id == 7
    assert "The title" in text


# --- Two at once -----------------------------------------------------------------------------------------------------


async def test_two_changes_at_once_both_last(world: World, store: Store) -> None:
    chat = await world.chat(1)
    other = Audience(store, world.clock)
    for hour in range(1, 20):
        await asyncio.gather(
            world.audience.join(1, ChatKind.PRIVATE, f"Name {hour}"),
            other.set_terms(chat, quiet_from=hour),
            other.set_timezone(chat, "Asia/Tokyo" if hour % 2 else "Europe/Paris"),
            world.audience.set_terms(chat, digest_hour=hour),
        )
        async with store.read() as tx:
            kept = await tx.chats.by_id(chat.id)
        assert kept is not None
        assert (kept.title, kept.terms.quiet_from, kept.terms.digest_hour) == (f"Name {hour}", hour, hour)
        assert kept.timezone == ("Asia/Tokyo" if hour % 2 else "Europe/Paris")


@pytest.mark.parametrize("change", ["unmute", "mark"])
async def test_a_chat_that_changes_its_terms_while_it_is_being_put_back_is_not_forgotten(
    world: World, store: Store, change: str
) -> None:
    follow = Follow(FollowKind.EVERYTHING)
    chat = await world.chat(1, follow, terms=Terms(muted_until=muted(world.clock, days=20)))
    await world.shows(a=post("a"))
    await world.delivery.fan_out()
    now = world.clock.now()

    async def act() -> None:
        if change == "unmute":
            await world.audience.set_terms(chat, muted_until=None)
        else:
            await world.audience.mark(chat, follow, urgent=True)

    async with store.write() as tx:
        (leased,) = await tx.notifications.lease(now, 9, now + timedelta(minutes=1))
        acting = asyncio.create_task(act())
        await asyncio.wait({acting}, timeout=0.3)
        await tx.notifications.hold([(leased, now + timedelta(days=20))], now)
    await acting
    assert len(await world.turn()) == 1


# --- A zone that is no more ------------------------------------------------------------------------------------------


async def test_a_chat_whose_zone_nobody_knows_any_more_goes_by_the_sites(world: World) -> None:
    chat = await world.chat(
        1, EVERYTHING, remind=(ReminderRule(HOUR),), terms=Terms(quiet_from=22 * 60, quiet_until=600)
    )
    await world.change(chat, timezone="Europe/Atlantis")
    await world.shows(a=post("a"), talk=event("talk", datetime(2026, 3, 10, 14)))
    assert await world.turn() == []
    ((_, news, _),) = await world.at(2026, 3, 2, 10)
    ((_, reminder, _),) = await world.at(2026, 3, 10, 13)
    assert "14:00" in news or "14:00" in reminder
    assert set(await world.states()) == {"sent"}
