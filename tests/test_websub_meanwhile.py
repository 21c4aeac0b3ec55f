"""Our own hub loses no change, whatever happens meanwhile: to the feeds, to a subscription, to a process."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from blogbot.clock import MovableClock
from blogbot.model import Errand, Subscription
from blogbot.publish.topics import digest_of
from blogbot.store import Store
from blogbot.websub import verdict
from blogbot.websub.caller import Answer
from blogbot.websub.copies import Copies
from tests.listener import Hanging, Heard, Listener
from tests.own_hub import ATOM, RSS, Hub, signed
from tests.own_hub import hub as hub
from tests.own_hub import reader as reader
from tests.store_samples import DAY, MINUTE

LEASE = timedelta(seconds=30)


async def test_the_whole_way_on_each_database(
    store: Store, clock: MovableClock, tmp_path: Path, reader: Listener
) -> None:
    hub = Hub(store, clock, tmp_path / "feeds")
    await hub.publish()
    for name in ("a", "b", "c"):
        await hub.subscribed(f"{reader.url}{name}", secret=name)
    await hub.subscribed(f"{reader.url}a", RSS)

    async def trouble(heard: Heard) -> web.Response | None:
        """The first of all calls to one is not taken, and another is gone."""
        answers = {"/b": 503, "/c": 410}
        first = [push.path for push in reader.pushes].count(heard.path) == 1
        return web.Response(status=answers[heard.path]) if first and heard.path in answers else None

    reader.answer = trouble
    await hub.publish(atom="<feed>2</feed>")
    assert await hub.websub.turn() == 3
    await hub.restart()
    assert (await hub.count(), await hub.owed()) == (3, 1)
    await hub.publish(atom="<feed>3</feed>")
    clock.move(MINUTE)
    assert await hub.websub.turn() == 2
    reader.answer = None
    await hub.request(f"{reader.url}a", mode="unsubscribe")
    await hub.websub.turn()
    await hub.withdraw("rss.xml")
    await hub.websub.turn()
    assert reader.heard[-1].query["hub.mode"] == "denied"
    got = sorted((push.path, push.body, push.headers["X-Hub-Signature"]) for push in reader.pushes)
    two, three = b"<feed>2</feed>", b"<feed>3</feed>"
    due = [("/a", two), ("/a", three), ("/b", two), ("/b", three), ("/c", two)]
    assert got == [(path, body, signed(path[1:], body)) for path, body in due]
    clock.move(11 * DAY)
    await hub.websub.turn()
    assert (await hub.count(), await hub.owed()) == (0, 0)
    await hub.websub.stop()


# --- The feeds -------------------------------------------------------------------------------------------------------


async def test_a_folder_that_is_away_while_a_push_is_due_ends_no_subscription(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c")
    await hub.publish(atom="<feed>2</feed>")
    away = hub.folder.rename(hub.folder.with_name("away"))
    await hub.websub.turn()
    assert (await hub.count(), await hub.owed()) == (1, 1)
    away.rename(hub.folder)
    hub.clock.move(MINUTE)
    await hub.websub.turn()
    assert [push.body for push in reader.pushes] == [b"<feed>2</feed>"]


async def test_what_another_process_told_of_is_not_pushed_as_it_was_before_in_a_folder_of_ones_own(
    hub: Hub, reader: Listener, tmp_path: Path
) -> None:
    await hub.subscribed(f"{reader.url}c")
    other = Hub(hub.store, hub.clock, tmp_path / "elsewhere")
    await other.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    assert reader.pushes == []
    await hub.publish(atom="<feed>2</feed>")
    hub.clock.move(MINUTE)
    await hub.websub.turn()
    assert [push.body for push in reader.pushes] == [b"<feed>2</feed>"]
    await other.websub.stop()


async def test_a_feed_is_read_once_for_many_and_anew_once_it_is_another(tmp_path: Path) -> None:
    copies, place = Copies(tmp_path), tmp_path / "atom.xml"
    assert await copies.of("atom.xml") is None
    place.write_bytes(b"1")
    first = await copies.of("atom.xml")
    assert first == (b"1", digest_of(b"1"))
    assert await copies.of("atom.xml") is first
    place.write_bytes(b"22")
    assert await copies.of("atom.xml") == (b"22", digest_of(b"22"))


async def test_a_feed_that_changes_while_it_is_pushed_is_pushed_again(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c")

    async def change(_: Heard) -> None:
        reader.answer = None
        await hub.publish(atom="<feed>3</feed>")

    reader.answer = change
    await hub.publish(atom="<feed>2</feed>")
    assert await hub.websub.turn() == 2
    assert [push.body for push in reader.pushes] == [b"<feed>2</feed>", b"<feed>3</feed>"]


# --- A subscription --------------------------------------------------------------------------------------------------


async def test_what_changes_between_the_wish_and_its_verification_is_pushed(hub: Hub, reader: Listener) -> None:
    for name in ("a", "b"):
        await hub.request(f"{reader.url}{name}")
    await hub.request(f"{reader.url}rss", RSS)
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    assert sorted(push.path for push in reader.pushes) == ["/a", "/b"]
    await hub.request(f"{reader.url}a")
    await hub.websub.turn()
    assert len(reader.pushes) == 2


async def test_a_subscription_that_is_renewed_while_a_push_is_under_way_loses_neither(
    hub: Hub, reader: Listener, clock: MovableClock
) -> None:
    await hub.subscribed(f"{reader.url}c", secret="old", lease_seconds="300")

    async def renew(_: Heard) -> web.Response:
        reader.answer = None
        await hub.request(f"{reader.url}c", secret="new")
        await hub.publish(atom="<feed>3</feed>")
        return web.Response(status=500)

    reader.answer = renew
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    clock.move(10 * MINUTE)
    await hub.websub.turn()
    signatures = [push.headers["X-Hub-Signature"] for push in reader.pushes]
    assert signatures == [signed("old", b"<feed>2</feed>"), signed("new", b"<feed>3</feed>")]
    assert (await hub.count(), await hub.owed()) == (1, 0)


async def test_who_is_subscribed_anew_is_not_told_any_more_that_the_feed_has_ended(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c", RSS)
    await hub.withdraw("rss.xml")
    reader.statuses = [503]
    await hub.websub.turn()
    await hub.publish(rss="<rss>2</rss>")
    await hub.subscribed(f"{reader.url}c", RSS)
    hub.clock.move(MINUTE)
    await hub.websub.turn()
    assert [heard.query["hub.mode"] for heard in reader.heard] == ["subscribe", "denied", "subscribe"]
    assert (await hub.count(), await hub.owed()) == (1, 0)


# --- A process -------------------------------------------------------------------------------------------------------


async def lost(hub: Hub) -> Errand:
    """What a process has taken, and another one after it, since it came to nothing for longer than its lease."""

    async def take() -> Errand:
        now = hub.clock.now()
        async with hub.store.write() as tx:
            await tx.errands.recover(now)
            ((errand,),) = await tx.errands.take(now, now + LEASE, 1, per_host=1, doubted=1)
        return errand

    first = await take()
    hub.clock.move(LEASE)
    await take()
    return first


async def test_who_was_away_for_too_long_with_a_push_has_no_say_in_whether_its_subscriber_is_gone(
    hub: Hub, reader: Listener
) -> None:
    await hub.subscribed(f"{reader.url}c")
    await hub.publish(atom="<feed>2</feed>")
    late = verdict.push(await lost(hub), Answer(410), hub.clock.now())
    async with hub.store.write() as tx:
        await late.write(tx)
    assert (await hub.count(), await hub.owed()) == (1, 1)


@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe"])
async def test_who_was_away_for_too_long_with_a_question_has_no_say_in_its_answer(hub: Hub, mode: str) -> None:
    callback = "http://127.0.0.1:9/c"
    until = hub.clock.now() + DAY
    async with hub.store.write() as tx:
        await tx.subscriptions.keep(Subscription(callback, "atom.xml", "mine", until), "127.0.0.1", hub.clock.now())
    await hub.request(callback, ATOM, mode, secret="late")
    late = verdict.verification(await lost(hub), Answer(200, b"challenge"), "challenge", hub.clock.now())
    async with hub.store.write() as tx:
        await late.write(tx)
        kept = await tx.subscriptions.find(callback, "atom.xml", hub.clock.now())
    assert kept is not None
    assert (kept.secret, await hub.owed()) == ("mine", 1)


async def test_two_processes_push_each_change_once(hub: Hub, reader: Listener, store_url: str) -> None:
    for number in range(8):
        await hub.subscribed(f"{reader.url}{number}")
    other = Hub(await Store.open(store_url, clock=hub.clock), hub.clock, hub.folder)
    hub.feeds["atom.xml"] = other.feeds["atom.xml"] = "<feed>2</feed>"
    await asyncio.gather(hub.publish(), other.publish())
    async with Hanging(reader) as hanging:
        turns = [asyncio.create_task(each.websub.turn()) for each in (hub, other)]
        await hanging.reached.wait()
        hanging.let_go()
        await asyncio.gather(*turns)
    assert sorted(push.path for push in reader.pushes) == [f"/{number}" for number in range(8)]
    await other.websub.stop()
    await other.store.close()
