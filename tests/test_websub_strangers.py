"""Our own hub on the open internet: whoever asks for what, we call nobody too often, and keep room for those who listen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from blogbot.clock import MovableClock
from blogbot.model import Subscription
from blogbot.store import Store
from blogbot.websub import courier, desk
from tests.listener import Hanging, Heard, Listener, listening
from tests.own_hub import Hub
from tests.own_hub import hub as hub
from tests.own_hub import reader as reader
from tests.store_samples import DAY, MINUTE


async def test_who_is_reached_in_public_takes_no_callback_at_home(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    public = Hub(sqlite_store, clock, tmp_path / "feeds", "https://blog.example")
    await public.publish()
    refused = await public.request("http://169.254.169.254/latest", "https://blog.example/feeds/atom.xml")
    assert (refused.status_code, "public internet" in refused.text) == (400, True)
    await public.websub.stop()


async def test_there_are_no_more_subscriptions_than_there_is_room_for(
    hub: Hub, reader: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MOST_ASKED", "MOST_ASKED_PER_HOST"):
        monkeypatch.setattr(desk, limit, 2)
        for name in ("a", "b"):
            assert (await hub.request(f"{reader.url}{limit}{name}")).status_code == 202
        many = await hub.request(f"{reader.url}c")
        assert (many.status_code, many.headers["retry-after"]) == (429, "60")
        monkeypatch.setattr(desk, limit, 100)
        await hub.websub.turn()
    for limit in ("MOST", "MOST_PER_HOST"):
        monkeypatch.setattr(desk, limit, 4)
        assert (await hub.request(f"{reader.url}c")).status_code == 503
        assert (await hub.request(f"{reader.url}MOST_ASKEDa")).status_code == 202  # it has its place already
        assert (await hub.request(f"{reader.url}c", mode="unsubscribe")).status_code == 202
        await hub.websub.turn()
        monkeypatch.setattr(desk, limit, 100)


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_a_stranger_cannot_have_us_call_one_callback_again_and_again(
    hub: Hub, reader: Listener, status: int
) -> None:
    reader.statuses, reader.echo = [status] * 2, False
    for _ in range(5):
        assert (await hub.request(f"{reader.url}victim")).status_code == 202
        await hub.websub.turn()
    assert len(reader.heard) == 1
    hub.clock.move(MINUTE)
    await hub.websub.turn()
    assert len(reader.heard) == 2


async def test_a_stranger_cannot_have_us_call_one_host_again_and_again(
    hub: Hub, reader: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST_ASKED_PER_HOST", 3)
    await hub.subscribed(f"{reader.url}known")
    reader.echo = False
    answers = []
    for number in range(5):
        answers.append((await hub.request(f"{reader.url}{number}")).status_code)
        await hub.websub.turn()
    assert answers == [202, 202, 202, 429, 429]
    assert len(reader.heard) == 4
    # Who is subscribed renews and ends it all the same.
    assert (await hub.request(f"{reader.url}known")).status_code == 202
    assert (await hub.request(f"{reader.url}known", mode="unsubscribe")).status_code == 202
    hub.clock.move(MINUTE)
    await hub.websub.turn()
    assert (await hub.request(f"{reader.url}7")).status_code == 202


@pytest.mark.parametrize("host", ["reader.example", "READER.example", "reader.example."])
async def test_a_host_is_counted_however_it_is_written(hub: Hub, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_ASKED_PER_HOST", 1)
    assert (await hub.request("http://reader.example/c")).status_code == 202
    assert (await hub.request(f"http://{host}/d")).status_code == 429


async def test_callbacks_that_never_answer_leave_room_for_pushes(
    hub: Hub, reader: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("AT_ONCE", 4), ("PER_HOST", 4), ("DOUBTED", 2)):
        monkeypatch.setattr(courier, name, value)
    await hub.subscribed(f"{reader.url}c")
    async with listening() as silent, Hanging(silent) as hanging:
        for number in range(6):
            await hub.request(f"{silent.url}{number}")
        arrived = asyncio.Event()

        async def note(_: Heard) -> web.Response | None:
            arrived.set()
            return None

        reader.answer = note
        turn = asyncio.create_task(hub.websub.turn())
        await hanging.reached.wait()
        await hub.publish(atom="<feed>2</feed>")
        await arrived.wait()
        assert len(silent.heard) == 2
        hanging.let_go()
        await turn


async def test_a_request_that_is_refused_writes_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_ASKED", 0)

    def write() -> None:
        raise AssertionError("it writes")

    monkeypatch.setattr(hub.store, "write", write)
    assert (await hub.request("http://reader.example/c")).status_code == 429
    assert (await hub.request("http://reader.example/c", "http://127.0.0.1:8080/feeds/x/atom.xml")).status_code == 404


async def test_many_subscribers_are_each_sent_it_and_no_connection_is_kept_for_any(hub: Hub, reader: Listener) -> None:
    many, now = 300, hub.clock.now()
    async with hub.store.write() as tx:
        for number in range(many):
            one = Subscription(f"{reader.url}{number}", "atom.xml", "", now + DAY)
            await tx.subscriptions.keep(one, f"reader{number % 40}.example", now)
    await hub.publish(atom="<feed>2</feed>")
    assert await hub.websub.turn() == many
    assert {push.path for push in reader.pushes} == {f"/{number}" for number in range(many)}
    assert {push.headers["Connection"] for push in reader.pushes} == {"close"}
    assert await hub.owed() == 0
