"""The ledger of calls to hubs and subscribers: what is owed once, taken by one, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from blogbot.clock import MovableClock
from blogbot.errors import StoreError
from blogbot.model import Errand, ErrandKind, Subscription
from blogbot.store import Store
from blogbot.store.errands import AT_A_LOOK, FARTHEST, TOGETHER
from blogbot.store.tables import errands
from tests.store_samples import DAY, HOUR, MINUTE, NOW

PING, PUSH, VERIFY = ErrandKind.PING, ErrandKind.PUSH, ErrandKind.VERIFY
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
HUB = "https://hub.example/"


async def want(
    store: Store, *topics: str, kind: ErrandKind = PUSH, target: str = "https://a.example/", **more: str
) -> None:
    rows = [(target, more.get("host", target), topic) for topic in topics]
    async with store.write() as tx:
        now = store.clock.now()
        await tx.errands.want(kind, rows, now, expires=None if kind is PING else now + 3 * DAY)


async def take(store: Store, room: int = 100, per_host: int = 100, doubted: int = 100) -> list[tuple[Errand, ...]]:
    now = store.clock.now()
    async with store.write() as tx:
        return await tx.errands.take(now, now + LEASE, room, per_host=per_host, doubted=doubted)


async def done(store: Store, *carried: Errand) -> None:
    async with store.write() as tx:
        await tx.errands.done(carried, store.clock.now())


async def states(store: Store) -> list[tuple[str, str, int]]:
    async with store.read() as tx:
        rows = await tx.errands._rows(select(errands).order_by(errands.c.id))
    return [(row.topic, str(row.state), row.attempts) for row in rows]


def topics(groups: Sequence[tuple[Errand, ...]]) -> list[list[str]]:
    return [[errand.topic for errand in group] for group in groups]


async def test_what_is_wanted_again_while_it_waits_is_owed_once(store: Store) -> None:
    await want(store, "atom.xml")
    await want(store, "atom.xml")
    ((errand,),) = await take(store)
    assert (errand.topic, errand.attempts) == ("atom.xml", 1)
    await done(store, errand)
    assert await states(store) == [("atom.xml", "sent", 1)]
    assert await take(store) == []


async def test_what_is_wanted_while_its_call_is_under_way_is_owed_again(store: Store) -> None:
    await want(store, "atom.xml")
    ((first,),) = await take(store)
    await want(store, "atom.xml")
    assert await take(store) == []
    await done(store, first)
    ((second,),) = await take(store)
    await done(store, second)
    assert await states(store) == [("atom.xml", "sent", 1)]


async def test_a_change_does_not_shorten_the_wait_after_a_refusal_but_is_tried_for_its_own_time(
    store: Store, clock: MovableClock
) -> None:
    await want(store, "atom.xml")
    ((errand,),) = await take(store)
    async with store.write() as tx:
        await tx.errands.again([errand], NOW + HOUR, "it answered 500", NOW)
    clock.move_to(NOW + MINUTE)
    await want(store, "atom.xml")
    assert await take(store) == []
    clock.move_to(NOW + HOUR)
    ((again,),) = await take(store)
    assert again.attempts == 2
    async with store.write() as tx:
        await tx.errands.again([again], NOW + HOUR, "it answered 500", NOW)
    for expired in ([], [PUSH]):
        clock.move(3 * DAY - HOUR + (MINUTE if expired else timedelta()))
        async with store.write() as tx:
            assert await tx.errands.expire(clock.now()) == expired
            assert not (await tx.errands.due(clock.now())).care
        if not expired:
            clock.move_to(NOW + HOUR)
    assert await states(store) == [("atom.xml", "expired", 2)]
    await want(store, "atom.xml")
    assert await states(store) == [("atom.xml", "queued", 0)]


async def test_one_target_is_sent_one_thing_at_a_time(store: Store) -> None:
    await want(store, "atom.xml", "rss.xml")
    await want(store, "atom.xml", target="https://b.example/")
    first = await take(store)
    assert topics(first) == [["atom.xml"], ["atom.xml"]]
    assert await take(store) == []
    await done(store, first[0][0])
    assert topics(await take(store)) == [["rss.xml"]]


async def test_one_host_does_not_take_all_places(store: Store) -> None:
    for number in range(6):
        await want(store, "atom.xml", target=f"https://a.example/{number}", host="a.example")
    await want(store, "atom.xml", target="https://b.example/", host="b.example")
    first = await take(store, room=4, per_host=2)
    assert [group[0].target for group in first] == ["https://a.example/0", "https://a.example/1", "https://b.example/"]
    assert await take(store, per_host=2) == []
    await done(store, first[0][0])
    assert [group[0].target for group in await take(store, per_host=2)] == ["https://a.example/2"]


async def test_thousands_of_one_host_or_in_doubt_do_not_hide_who_comes_after_them(store: Store) -> None:
    for host, kind in (("slow.example", PUSH), ("new.example", VERIFY)):
        rows = [(f"https://{host}/{number}", host, "atom.xml") for number in range(2 * AT_A_LOOK)]
        async with store.write() as tx:
            await tx.errands.want(kind, rows, NOW, expires=NOW + DAY)
    await want(store, "atom.xml", target="https://a.example/", host="a.example")
    first = await take(store, room=8, per_host=3, doubted=2)
    hosts = [group[0].target.split("/")[2] for group in first]
    assert hosts == ["slow.example"] * 3 + ["new.example"] * 2 + ["a.example"]
    assert await take(store, room=8, per_host=3, doubted=2) == []


async def test_pings_for_one_hub_go_together_and_those_that_were_refused_together_go_alone(store: Store) -> None:
    paths = [f"tags/t{number}/atom.xml" for number in range(TOGETHER + 2)]
    await want(store, *paths, kind=PING, target=HUB)
    (group,) = await take(store)
    assert [errand.topic for errand in group] == paths[:TOGETHER]
    async with store.write() as tx:
        await tx.errands.again(group[:2], NOW, "it answered 400", NOW, alone=True)
        await tx.errands.done(group[2:], NOW)
    for expected in ([paths[0]], [paths[1]], paths[TOGETHER:]):
        (group,) = await take(store)
        assert [errand.topic for errand in group] == expected
        await done(store, *group)


async def test_what_a_crash_left_in_the_middle_is_taken_again_once_its_lease_is_over(
    store: Store, clock: MovableClock
) -> None:
    await want(store, "atom.xml")
    ((lost,),) = await take(store)
    for moment, care in ((NOW + LEASE - SECOND, False), (NOW + LEASE, True)):
        clock.move_to(moment)
        async with store.read() as tx:
            assert (await tx.errands.due(clock.now())).care is care
    async with store.write() as tx:
        assert await tx.errands.recover(clock.now()) == [PUSH]
    ((again,),) = await take(store)
    assert again.attempts == 2
    # Whoever had it before has no say any more.
    await done(store, lost)
    assert await states(store) == [("atom.xml", "sending", 2)]


async def test_a_clock_that_was_set_back_holds_nothing(store: Store, clock: MovableClock) -> None:
    await want(store, "atom.xml", "rss.xml")
    ((first,),) = await take(store)
    async with store.write() as tx:
        await tx.errands.again([first], NOW + HOUR, "it answered 500", NOW)
    ((_,),) = await take(store)
    clock.move_to(NOW - FARTHEST)
    async with store.write() as tx:
        assert await tx.errands.recover(clock.now()) == [PUSH]
    assert topics(await take(store)) == [["rss.xml"]]


async def test_a_verification_is_over_once_it_is_done_and_another_wish_takes_its_place(store: Store) -> None:
    async with store.write() as tx:
        rows = [("https://a.example/", "a.example", "atom.xml")]
        await tx.errands.want(VERIFY, rows, NOW, expires=NOW + DAY, detail={"mode": "subscribe"})
    ((first,),) = await take(store)
    async with store.write() as tx:
        await tx.errands.want(VERIFY, rows, NOW, expires=NOW + DAY, detail={"mode": "unsubscribe"})
    assert first.detail == {"mode": "subscribe"}
    await done(store, first)
    ((second,),) = await take(store)
    assert second.detail == {"mode": "unsubscribe"}
    await done(store, second)
    assert await states(store) == []


async def test_who_was_asked_in_vain_is_remembered_for_a_while_and_not_asked_again_before(
    store: Store, clock: MovableClock
) -> None:
    async def asked() -> list[int]:
        async with store.read() as tx:
            return [await tx.errands.verifications(host) for host in ("", "a.example", "b.example")]

    await want(store, "atom.xml", kind=VERIFY, host="a.example")
    ((errand,),) = await take(store)
    async with store.write() as tx:
        await tx.errands.in_vain(errand, NOW + MINUTE, NOW)
    assert await asked() == [1, 1, 0]
    await want(store, "atom.xml", kind=VERIFY, host="a.example")
    clock.move_to(NOW + MINUTE - SECOND)
    assert await take(store) == []
    clock.move_to(NOW + MINUTE)
    ((again,),) = await take(store)
    assert again.attempts == 1
    await want(store, "atom.xml", kind=VERIFY, host="a.example")  # and meanwhile it wishes again
    async with store.write() as tx:
        await tx.errands.in_vain(again, NOW + 2 * MINUTE, clock.now())
    clock.move_to(NOW + 2 * MINUTE)
    ((last,),) = await take(store)
    async with store.write() as tx:
        await tx.errands.in_vain(last, NOW + 3 * MINUTE, clock.now())
    clock.move_to(NOW + 3 * MINUTE)
    async with store.write() as tx:
        assert (await tx.errands.due(clock.now())).care
        assert await tx.errands.expire(clock.now()) == []
    assert await asked() == [0, 0, 0]


async def test_pings_to_a_hub_of_before_are_let_go(store: Store) -> None:
    await want(store, "atom.xml", kind=PING, target="https://old.example/")
    await want(store, "atom.xml", kind=PING, target=HUB)
    async with store.write() as tx:
        await tx.errands.forget_pings(but=HUB)
        assert await tx.errands.waiting() == {PING: 1}


async def test_a_change_is_owed_to_those_whose_subscription_lasts(store: Store) -> None:
    async with store.write() as tx:
        for name, topic, until in (("a", "atom.xml", DAY), ("b", "atom.xml", -DAY), ("c", "rss.xml", DAY)):
            one = Subscription(f"https://{name}.example/", topic, "", NOW + until)
            await tx.subscriptions.keep(one, f"{name}.example", NOW)
        await tx.errands.want_pushes(["atom.xml"], NOW, NOW + DAY)
        await tx.errands.want_pushes(["atom.xml"], NOW, NOW + DAY)
    groups = await take(store)
    assert [(group[0].target, group[0].topic) for group in groups] == [("https://a.example/", "atom.xml")]


async def test_a_push_outlives_its_subscription_only_while_it_is_under_way(store: Store) -> None:
    await want(store, "atom.xml")
    await want(store, "atom.xml", target="https://b.example/")
    ((errand,),) = await take(store, room=1)
    async with store.write() as tx:
        await tx.errands.forget_orphans()
    assert await states(store) == [("atom.xml", "sending", 1)]
    await done(store, errand)
    async with store.write() as tx:
        await tx.errands.forget_orphans()
    assert await states(store) == []


async def test_the_feeds_are_remembered_as_they_were_told_of(store: Store) -> None:
    async with store.write() as tx:
        assert await tx.topics.learn({"atom.xml": "1", "rss.xml": "1"}) == ["atom.xml", "rss.xml"]
        assert await tx.topics.learn({"atom.xml": "1", "rss.xml": "2", "feed.json": "1"}) == ["feed.json", "rss.xml"]
        await tx.topics.forget(["rss.xml"])
        assert await tx.topics.digests() == {"atom.xml": "1", "feed.json": "1"}
        held = [await tx.topics.digest(path, hold=True) for path in ("atom.xml", "rss.xml")]
        assert held == ["1", None]


async def test_a_later_subscription_takes_the_place_of_the_earlier_and_ends_with_its_lease(store: Store) -> None:
    async with store.write() as tx:
        for secret, until in (("old", DAY), ("new", 2 * DAY)):
            await tx.subscriptions.keep(Subscription("https://a.example/", "atom.xml", secret, NOW + until), "a", NOW)
        found = await tx.subscriptions.find("https://a.example/", "atom.xml", NOW)
        assert found is not None
        assert (found.secret, found.expires) == ("new", NOW + 2 * DAY)
        assert "new" not in repr(found)
        assert await tx.subscriptions.count() == await tx.subscriptions.count("a") == 1
        assert await tx.subscriptions.count("b") == 0
        assert not await tx.subscriptions.lapsed(NOW + DAY)
        assert await tx.subscriptions.find("https://a.example/", "atom.xml", NOW + 2 * DAY) is None
        assert await tx.subscriptions.lapse(NOW + 2 * DAY) == 1
        assert not await tx.subscriptions.end("https://a.example/", "atom.xml")


@pytest.mark.parametrize("count", [0, 3])
async def test_what_was_tried_in_vain_is_counted_with_what_was_said_last(store: Store, count: int) -> None:
    for number in range(count):
        await want(store, "atom.xml", target=f"https://a.example/{number}")
    for group in await take(store):
        async with store.write() as tx:
            await tx.errands.again(group, NOW, "it answered 500", NOW)
    async with store.read() as tx:
        assert await tx.errands.trouble() == (count, "it answered 500" if count else "")


async def test_two_processes_never_take_the_same_nor_two_of_one_target(store: Store, store_url: str) -> None:
    for number in range(6):
        await want(store, "atom.xml", "rss.xml", target=f"https://a.example/{number}")
    other = await Store.open(store_url, clock=store.clock)
    taken = await asyncio.gather(*(take(each, room=4) for each in (store, other, store, other)))
    await other.close()
    targets = [group[0].target for groups in taken for group in groups]
    assert sorted(targets) == [f"https://a.example/{number}" for number in range(6)]


async def test_a_change_that_two_processes_see_is_new_to_one_of_them(store: Store, store_url: str) -> None:
    other = await Store.open(store_url, clock=store.clock)

    async def learn(one: Store) -> list[str]:
        async with one.write() as tx:
            return await tx.topics.learn({"atom.xml": "1"})

    assert sorted(await asyncio.gather(learn(store), learn(other))) == [[], ["atom.xml"]]
    await other.close()


async def test_who_holds_a_feed_and_who_tells_of_it_do_not_pass_each_other(
    postgres_url: str, clock: MovableClock
) -> None:
    first, second = [await Store.open(postgres_url, clock=clock) for _ in range(2)]

    async def hold(store: Store) -> str | None:
        async with store.write() as tx:
            await tx.topics._run(text("SET LOCAL lock_timeout = '10ms'"))
            return await tx.topics.digest("atom.xml", hold=True)

    async with first.write() as tx:
        await tx.topics.learn({"atom.xml": "1"})
    async with first.write() as telling:
        await telling.topics.learn({"atom.xml": "2"})
        with pytest.raises(StoreError):
            await hold(second)
    assert await hold(second) == "2"
    for store in (first, second):
        await store.close()


async def test_a_feed_that_ends_takes_its_subscriptions_along(store: Store) -> None:
    async with store.write() as tx:
        for name, topic in (("b", "atom.xml"), ("a", "atom.xml"), ("a", "rss.xml")):
            await tx.subscriptions.keep(Subscription(f"https://{name}.example/", topic, "", NOW + DAY), name, NOW)
        assert await tx.subscriptions.of_topic("atom.xml") == ["https://a.example/", "https://b.example/"]
        await tx.subscriptions.end_topics(["atom.xml"])
        assert await tx.subscriptions.count() == 1
