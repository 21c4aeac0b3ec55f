"""A chat's own calendar: which events it holds, what alarms, and who can read it. Every test runs on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from blogbot.audience import Audience, OwnCalendar
from blogbot.clock import MovableClock
from blogbot.model import Chat, Event, Follow, FollowKind, Offset, ReminderRule
from blogbot.store import Store
from blogbot.store.tables import calendars
from tests.store_samples import NOW, add_chat, add_event, rule, tags

DAY = timedelta(days=1)


async def add_one(store: Store, telegram_id: int = 1) -> Chat:
    async with store.write() as tx:
        return await add_chat(tx, telegram_id)


async def read(audience: Audience, secret: str) -> OwnCalendar:
    found = await audience.calendars.find(secret)
    assert found is not None
    return found


# --- The address -----------------------------------------------------------------------------------------------------


async def test_an_address_is_long_random_and_kept_as_a_digest_alone(store: Store, clock: MovableClock) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    secrets = [await audience.calendars.open(chat) for _ in range(3)]
    assert len(set(secrets)) == 3
    for secret in secrets:
        assert len(secret) >= 22, "128 bits take 22 characters of base64"
        assert secret.replace("-", "").replace("_", "").isalnum()
    async with store._engines.reader.connect() as connection:
        kept = repr((await connection.execute(select(calendars))).all())
    assert not [secret for secret in secrets if secret in kept]


async def test_a_new_address_ends_the_old_one(store: Store, clock: MovableClock) -> None:
    audience, chat, other = Audience(store, clock), await add_one(store), await add_one(store, 2)
    others = await audience.calendars.open(other)
    assert await audience.calendars.since(chat) is None
    old = await audience.calendars.open(chat)
    clock.move_to(NOW + DAY)
    new = await audience.calendars.open(chat)
    assert await audience.calendars.since(chat) == NOW + DAY
    assert [(await read(audience, each)).ended for each in (old, new, others)] == [True, False, False]
    assert (await read(audience, new)).chat == chat


async def test_an_ended_address_stays_ended(store: Store, clock: MovableClock) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    assert not await audience.calendars.end(chat)
    secret = await audience.calendars.open(chat)
    assert await audience.calendars.end(chat)
    assert not await audience.calendars.end(chat)
    assert await audience.calendars.since(chat) is None
    assert (await read(audience, secret)).ended


@pytest.mark.parametrize("guess", ["", "x", "a" * 32, "\0", "\ud800", "x" * 100_000])
async def test_a_guess_leads_nowhere(store: Store, clock: MovableClock, guess: str) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    await audience.calendars.open(chat)
    assert await audience.calendars.find(guess) is None


async def test_a_calendar_goes_with_its_group(store: Store, clock: MovableClock) -> None:
    audience, group, twin = Audience(store, clock), await add_one(store, -5), await add_one(store, -100_5)
    ours, theirs = await audience.calendars.open(group), await audience.calendars.open(twin)
    await audience.migrate(-5, -100_5)
    for secret in (ours, theirs):
        found = await read(audience, secret)
        assert (found.chat.telegram_id, found.ended) == (-100_5, False)


# --- What it holds ---------------------------------------------------------------------------------------------------

EVENTS = Follow(FollowKind.EVENTS)


@pytest.mark.parametrize(
    ("follows", "rules", "held"),
    [
        ([], [], ""),
        ([EVENTS], [], "party talk"),
        ([Follow(FollowKind.EVERYTHING)], [], "party talk"),
        ([Follow(FollowKind.TAG, "art")], [], "party"),
        ([Follow(FollowKind.TAG, "music")], [], ""),
        ([Follow(FollowKind.AUTHOR, "art")], [], ""),
        ([Follow(FollowKind.EVENT, "talk")], [], "talk"),
        ([Follow(FollowKind.EVENT, "art")], [], ""),
        ([], [rule(days=1)], "party talk"),
        ([], [rule(days=1, uid="talk")], "talk"),
        ([Follow(FollowKind.TAG, "art")], [rule(days=1, uid="talk")], "party talk"),
    ],
)
async def test_it_holds_what_the_chat_follows_and_is_reminded_of(
    store: Store, clock: MovableClock, follows: list[Follow], rules: list[ReminderRule], held: str
) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    async with store.write() as tx:
        found = [await add_event(tx, "party", labels=tags("Art")), await add_event(tx, "talk")]
    for follow in follows:
        await audience.follow(chat, follow)
    for each in rules:
        await audience.remind(chat, each)
    own = await read(audience, await audience.calendars.open(chat))
    assert " ".join(event.uid for event in found if own.holds(event)) == held


@pytest.mark.parametrize(
    ("days_ago", "recurrence", "held"),
    [(-500, (), True), (0, (), True), (89, (), True), (92, (), False), (500, ("RRULE:FREQ=WEEKLY",), True), (500, ("RRULE:FREQ=WEEKLY;COUNT=5",), False)],
)  # fmt: skip
async def test_it_keeps_what_is_over_for_ninety_days(
    store: Store, clock: MovableClock, days_ago: int, recurrence: tuple[str, ...], held: bool
) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    await audience.follow(chat, EVENTS)
    starts = datetime(2026, 3, 2, 12) - days_ago * DAY
    async with store.write() as tx:
        event = await add_event(tx, "party", starts=starts, ends=starts + DAY / 24, recurrence=recurrence)
        whole_day = await add_event(tx, "fair", starts=starts.date(), ends=starts.date() + DAY, recurrence=recurrence)
    own = await read(audience, await audience.calendars.open(chat))
    assert (own.holds(event), own.holds(whole_day)) == (held, held)


async def test_its_alarms_are_the_chats_own_reminders(store: Store, clock: MovableClock) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    for each in (rule(days=1), rule(minutes=90), rule(minutes=15, uid="talk")):
        await audience.remind(chat, each)
    own = await read(audience, await audience.calendars.open(chat))
    assert own.alarms("party") == [Offset(days=1), Offset(minutes=90)]
    assert own.alarms("talk") == [Offset(days=1), Offset(minutes=90), Offset(minutes=15)]


async def test_it_differs_when_what_it_shows_differs(store: Store, clock: MovableClock) -> None:
    audience, chat = Audience(store, clock), await add_one(store)
    secret = await audience.calendars.open(chat)

    seen = [await read(audience, secret)]

    async def changed() -> bool:
        seen.append(await read(audience, secret))
        return seen[-1] != seen[-2]

    assert not await changed()
    await audience.follow(chat, EVENTS)
    assert await changed()
    await audience.remind(chat, rule(days=1))
    assert await changed()
    async with store.write() as tx:
        event: Event = await add_event(tx, "party", starts=date(2026, 3, 2), ends=date(2026, 3, 3))
    assert await changed()
    clock.move_to(NOW + DAY / 24)
    assert not await changed()
    async with store.write() as tx:
        await tx.events.remove(event.id, clock.now())
    assert await changed()
    clock.move_to(NOW + DAY)
    assert await changed(), "what was over for ninety days left it"
