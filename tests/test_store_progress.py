"""How far a reminder is: what waits, what is settled, what its chats' terms hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from blogbot.model import Announcement, AnnouncementKind
from blogbot.store import Progress, Store, Transaction
from tests.store_samples import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    add_chat,
    add_dates,
    add_event,
    announce,
    date_of,
    fan_out,
    queue,
    rule,
)

STARTS = NOW + HOUR
RULE = rule(minutes=60)


async def reminder(tx: Transaction, uid: str = "talk", starts: datetime = STARTS) -> Announcement:
    """Due now."""
    event = await add_event(tx, uid)
    (date,) = await add_dates(tx, event, date_of(event, starts))
    about: dict[str, Any] = {"event_id": event.id, "occurrence_id": date.id, "offset": RULE.offset}
    return await announce(tx, uid, AnnouncementKind.REMINDER, expires=starts, **about)


@pytest.fixture
async def five(store: Store) -> Store:
    """Five chats want to be reminded."""
    async with store.write() as tx:
        for number in range(1, 6):
            await add_chat(tx, number, RULE, at=NOW - DAY)
    return store


async def test_what_nobody_has_announced_has_no_progress(five: Store) -> None:
    async with five.write() as tx:
        await reminder(tx)
        assert await tx.announcements.progress([]) == {}
        assert await tx.announcements.progress(["walk"]) == {}
        await tx.announcements.withdraw(event_id=1, reason="moved", now=NOW)
        assert await tx.announcements.progress(["talk"]) == {}


async def test_while_it_is_fanned_out_what_is_settled_is_counted(five: Store) -> None:
    async with five.write() as tx:
        made = await reminder(tx)
        assert await tx.announcements.progress(["talk"]) == {"talk": Progress(NOW, False, 0, 0)}
        await tx.announcements.fan_out(made, NOW, 3)
        parcels = await tx.notifications.lease(NOW, 2, NOW + MINUTE)
        await tx.notifications.begin(parcels, NOW)
        await tx.notifications.sent([(parcels[0], 1)], NOW)
        (progress,) = (await tx.announcements.progress(["talk"])).values()
        assert progress == Progress(NOW, False, 1, 1)
        assert progress.left(5) == 4


async def test_afterwards_what_waits_is_all_that_is_left(five: Store) -> None:
    async with five.write() as tx:
        made = await reminder(tx)
        await fan_out(tx, made)
        parcels = await tx.notifications.lease(NOW, 4, NOW + MINUTE)
        await tx.notifications.begin(parcels[:3], NOW)
        await tx.notifications.sent([(parcels[0], 1)], NOW)
        await tx.notifications.failed(parcels[1], "no", NOW)
        await tx.notifications.uncertain(parcels[2], "who knows", NOW)
        (progress,) = (await tx.announcements.progress(["talk"])).values()
        assert progress == Progress(NOW, True, 2, 0)
        assert progress.left(5) == 2


async def test_what_is_held_counts_only_where_it_can_still_go_in_time(five: Store) -> None:
    """Another reminder, of a later date, is held until then as well."""
    async with five.write() as tx:
        for uid, starts in (("talk", STARTS), ("walk", STARTS + DAY)):
            await fan_out(tx, await reminder(tx, uid, starts))
            parcels = await tx.notifications.lease(NOW, 5, NOW + MINUTE)
            held = [STARTS - MINUTE, STARTS - MINUTE, STARTS, STARTS + HOUR]
            await tx.notifications.hold([*zip(parcels[:4], held, strict=True)], NOW)
            await tx.notifications.release(parcels[4:])
        found = await tx.announcements.progress(["talk", "walk"])
        assert {key: progress.waiting for key, progress in found.items()} == {"talk": 3, "walk": 5}


async def test_others_in_the_queue_are_not_counted(five: Store) -> None:
    async with five.write() as tx:
        await fan_out(tx, await reminder(tx))
        await queue(tx, "post")
        assert (await tx.announcements.progress(["talk"]))["talk"].waiting == 5
