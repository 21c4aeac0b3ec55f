"""blogbot as its own hub: subscribe, verify, push, end; with real subscribers on this machine."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from aiohttp import web

from blogbot import doctor
from blogbot.app.server import Server, listen
from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.config import only
from blogbot.store import Store
from blogbot.web import create_web
from tests.listener import Hanging, Heard, Listener, listening
from tests.own_hub import ATOM, BLOG, RSS, Hub, signed
from tests.own_hub import hub as hub
from tests.own_hub import reader as reader
from tests.store_samples import DAY, HOUR, MINUTE
from tests.visitor import SITE, allowed, browser, well

LINK = f'<{BLOG}/hub>; rel="hub", <{ATOM}>; rel="self"'
SECOND = timedelta(seconds=1)


# --- Asking ----------------------------------------------------------------------------------------------------------

FORM = {"hub.mode": "subscribe", "hub.topic": ATOM, "hub.callback": "http://127.0.0.1:9/c"}


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"hub.mode": ""}, 400, "hub.mode must be subscribe or unsubscribe"),
        ({"hub.mode": "publish"}, 400, "blogbot itself tells its hub"),
        ({"hub.topic": ""}, 404, "none of our feeds; http://127.0.0.1:8080/feeds/ lists them"),
        ({"hub.topic": "https://other.example/feeds/atom.xml"}, 404, "none of our feeds"),
        ({"hub.topic": f"{BLOG}/feeds/tags/none/atom.xml"}, 404, "none of our feeds"),
        ({"hub.topic": f"{BLOG}/feeds/../../etc/passwd"}, 404, "none of our feeds"),
        ({"hub.topic": f"{BLOG}/feeds/events.ics"}, 404, "none of our feeds"),
        ({"hub.topic": f"{BLOG}/feeds/custom/atom.xml?tag=a"}, 404, "none of our feeds"),
        ({"hub.callback": ""}, 400, "hub.callback is missing"),
        ({"hub.callback": "c"}, 400, "must be an http or https address"),
        ({"hub.callback": "ftp://reader.example/c"}, 400, "must be an http or https address"),
        ({"hub.callback": "http:///c"}, 400, "must be an http or https address"),
        ({"hub.callback": "http://[::1/c"}, 400, "is not an address"),
        ({"hub.callback": "http://reader.example:99999/c"}, 400, "is not an address"),
        ({"hub.callback": "http://reader.example/c d"}, 400, "encode it"),
        ({"hub.callback": "http://reader.example/\r\nX: y"}, 400, "encode it"),
        ({"hub.callback": "http://reader.example/ü"}, 400, "encode it"),
        ({"hub.callback": "http://reader.example/c#d"}, 400, "neither a fragment nor a user"),
        ({"hub.callback": "http://me:secret@reader.example/c"}, 400, "neither a fragment nor a user"),
        ({"hub.callback": f"http://reader.example/{'c' * 500}"}, 400, "longer than 500 bytes"),
        ({"hub.lease_seconds": "a week"}, 400, "must be a number of seconds"),
        ({"hub.lease_seconds": "-1"}, 400, "must be a number of seconds"),
        ({"hub.lease_seconds": "9" * 13}, 400, "must be a number of seconds"),
        ({"hub.secret": "s" * 200}, 400, "must be shorter than 200 bytes"),
        ({"hub.secret": "ü" * 100}, 400, "must be shorter than 200 bytes"),
        ({"hub.secret": "a\0b"}, 400, "holds a NUL"),
        ({f"x{number}": "" for number in range(40)}, 400, "the form cannot be read"),
        ({"padding": "x" * 10_000}, 413, ""),
    ],
)  # fmt: skip
async def test_what_the_hub_does_not_take_is_refused_in_a_sentence(
    hub: Hub, changed: dict[str, str], status: int, said: str
) -> None:
    answer = await hub.ask("/hub", "POST", data=FORM | changed)
    assert answer.status_code == status
    assert said in answer.text
    assert await hub.owed() == 0
    if status != 413:
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"{}", "application/json", 415), (b"hub.mode=%ff", "application/x-www-form-urlencoded", 400)],
)
async def test_what_is_no_form_is_refused(hub: Hub, content: bytes, kind: str, status: int) -> None:
    assert (await hub.ask("/hub", "POST", content=content, headers={"Content-Type": kind})).status_code == status
    assert allowed(await hub.ask("/hub")) == {"POST"}


async def test_without_a_hub_of_our_own_there_is_none(hub: Hub) -> None:
    ask = browser(Blog(hub.store, hub.clock), hub.folder)
    assert (await ask("/hub", "POST", data=FORM)).status_code == 404


# --- Verifying -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "lease"), [({}, 864_000), ({"lease_seconds": "1"}, 300), ({"lease_seconds": "7200"}, 7200),
                         ({"lease_seconds": "99999999"}, 2_592_000)]
)  # fmt: skip
async def test_a_subscriber_is_asked_whether_it_means_it(
    hub: Hub, reader: Listener, clock: MovableClock, asked: dict[str, str], lease: int
) -> None:
    await hub.subscribed(f"{reader.url}c?user=1&x=%2F", **asked)
    (question,) = reader.heard
    assert question.method == "GET"
    assert question.path.startswith("/c?user=1&x=%2F&hub.mode=subscribe&")
    assert (question.query["hub.topic"], question.query["hub.lease_seconds"]) == (ATOM, str(lease))
    assert len(question.query["hub.challenge"]) > 30
    assert await hub.count() == 1
    clock.move(timedelta(seconds=lease) - SECOND)
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    assert len(reader.pushes) == 1
    clock.move(SECOND)
    await hub.publish(atom="<feed>3</feed>")
    await hub.websub.turn()
    assert len(reader.pushes) == 1
    assert await hub.count() == await hub.owed() == 0


@pytest.mark.parametrize("status", [200, 204, 301, 404])
async def test_who_does_not_repeat_the_challenge_is_not_subscribed(hub: Hub, reader: Listener, status: int) -> None:
    async def wrong(_: Heard) -> web.Response:
        return web.Response(status=status, text="another challenge" if status == 200 else None)

    reader.answer = wrong
    await hub.subscribed(f"{reader.url}c")
    assert await hub.count() == await hub.owed() == 0
    await hub.publish(atom="<feed>2</feed>")
    assert await hub.websub.turn() == 0


async def test_who_does_not_answer_for_now_is_asked_again_but_not_for_ever(
    hub: Hub, reader: Listener, clock: MovableClock
) -> None:
    reader.statuses = [500, 503]
    await hub.subscribed(f"{reader.url}a")
    for _ in range(2):
        clock.move(MINUTE)
        await hub.websub.turn()
    assert await hub.count() == 1
    challenges = [question.query["hub.challenge"] for question in reader.questions]
    assert len(set(challenges)) == 3
    reader.statuses = [500] * 10
    await hub.request(f"{reader.url}b")
    for _ in range(10):
        await hub.websub.turn()
        clock.move(MINUTE)
    assert len(reader.questions) == 3 + 4
    assert (await hub.count(), await hub.owed()) == (1, 0)


async def test_a_later_subscription_takes_the_place_of_the_earlier_once_it_is_verified(
    hub: Hub, reader: Listener, clock: MovableClock
) -> None:
    await hub.subscribed(f"{reader.url}c", secret="old", lease_seconds="3600")
    reader.echo = False
    await hub.subscribed(f"{reader.url}c", secret="wrong")
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    assert reader.pushes[0].headers["X-Hub-Signature"] == signed("old", b"<feed>2</feed>")
    reader.echo = True
    clock.move(MINUTE)
    await hub.subscribed(f"{reader.url}c", secret="new")
    clock.move(2 * HOUR)
    await hub.publish(atom="<feed>3</feed>")
    await hub.websub.turn()
    assert reader.pushes[1].headers["X-Hub-Signature"] == signed("new", b"<feed>3</feed>")
    assert await hub.count() == 1


async def test_a_subscription_ends_when_its_subscriber_means_it(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c")
    await hub.subscribed(f"{reader.url}c", RSS)
    reader.echo = False
    await hub.request(f"{reader.url}c", mode="unsubscribe")
    await hub.websub.turn()
    assert await hub.count() == 2
    reader.echo = True
    hub.clock.move(MINUTE)
    await hub.publish(atom="<feed>2</feed>")
    await hub.request(f"{reader.url}c", mode="unsubscribe")
    await hub.websub.turn()
    assert reader.questions[-1].query["hub.mode"] == "unsubscribe"
    assert "hub.lease_seconds" not in reader.questions[-1].query
    assert (await hub.count(), await hub.owed()) == (1, 0)
    before = len(reader.pushes)
    await hub.publish(atom="<feed>3</feed>")
    assert await hub.websub.turn() == 0
    assert len(reader.pushes) == before


# --- Pushing ---------------------------------------------------------------------------------------------------------


async def test_a_changed_feed_is_pushed_as_it_is_served_and_signed_for_who_gave_a_secret(
    hub: Hub, reader: Listener
) -> None:
    await hub.subscribed(f"{reader.url}signed?u=1", secret="geheim ü")
    await hub.subscribed(f"{reader.url}plain")
    await hub.subscribed(f"{reader.url}other", RSS)
    await hub.publish(atom="<feed>2</feed>")
    assert await hub.websub.turn() == 2
    plain, sealed = sorted(reader.pushes, key=lambda heard: heard.path)
    for push in (plain, sealed):
        assert push.body == b"<feed>2</feed>"
        assert push.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert push.headers["Link"] == LINK
    assert (plain.path, sealed.path) == ("/plain", "/signed?u=1")
    assert "X-Hub-Signature" not in plain.headers
    assert sealed.headers["X-Hub-Signature"] == signed("geheim ü", b"<feed>2</feed>")


@pytest.mark.parametrize("path", ["atom.xml", "rss.xml", "feed.json"])
async def test_a_push_says_of_each_format_what_is_said_when_it_is_served(hub: Hub, reader: Listener, path: str) -> None:
    hub.feeds[path] = "1"
    await hub.publish()
    await hub.subscribed(f"{reader.url}c", f"{BLOG}/feeds/{path}")
    hub.feeds[path] = "2"
    await hub.publish()
    await hub.websub.turn()
    (push,) = reader.pushes
    served = await hub.ask(f"/feeds/{path}")
    assert push.body == served.content == b"2"
    assert push.headers["Content-Type"] == served.headers["content-type"]
    assert push.headers["Link"] == served.headers["link"]


@pytest.mark.parametrize(
    ("status", "kept", "owed"),
    [(200, 1, 0), (202, 1, 0), (204, 1, 0), (301, 1, 1), (308, 1, 1), (400, 1, 1), (404, 1, 1), (410, 0, 0),
     (429, 1, 1), (500, 1, 1), (503, 1, 1)],
)  # fmt: skip
async def test_only_2xx_takes_a_push_and_only_410_ends_a_subscription(
    hub: Hub, reader: Listener, status: int, kept: int, owed: int
) -> None:
    await hub.subscribed(f"{reader.url}c")
    reader.statuses = [status]
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    assert (len(reader.pushes), await hub.count(), await hub.owed()) == (1, kept, owed)


async def test_a_subscriber_in_trouble_gets_the_newest_once_it_is_well(
    hub: Hub, reader: Listener, clock: MovableClock
) -> None:
    await hub.subscribed(f"{reader.url}c")
    reader.statuses = [500, 404]
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    await hub.publish(atom="<feed>3</feed>")
    await hub.publish(atom="<feed>4</feed>")
    for _ in range(2):
        clock.move(MINUTE)
        await hub.websub.turn()
    assert [push.body for push in reader.pushes] == [b"<feed>2</feed>", b"<feed>4</feed>", b"<feed>4</feed>"]
    assert await hub.owed() == 0


async def test_a_push_is_given_up_after_three_days_and_the_next_change_is_pushed_all_the_same(
    hub: Hub, reader: Listener, clock: MovableClock
) -> None:
    await hub.subscribed(f"{reader.url}c")
    reader.statuses = [500] * 4
    await hub.publish(atom="<feed>2</feed>")
    for _ in range(4):
        await hub.websub.turn()
        clock.move(DAY)
    assert len(reader.pushes) == 3
    assert (await hub.count(), await hub.owed()) == (1, 0)
    reader.statuses = []
    await hub.publish(atom="<feed>3</feed>")
    await hub.websub.turn()
    assert reader.pushes[-1].body == b"<feed>3</feed>"


async def test_a_subscriber_that_is_gone_is_left_alone(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c")
    reader.statuses = [410]
    await hub.publish(atom="<feed>2</feed>")
    await hub.websub.turn()
    assert (await hub.count(), await hub.owed()) == (0, 0)
    await hub.publish(atom="<feed>3</feed>")
    assert await hub.websub.turn() == 0


async def test_who_is_slow_holds_up_nobody_and_is_called_once_at_a_time(hub: Hub, reader: Listener) -> None:
    async with listening() as slow, Hanging(slow) as hanging:
        slow.answer = None
        for topic in (ATOM, RSS):
            await hub.subscribed(f"{slow.url}c", topic)
        await hub.subscribed(f"{reader.url}c")
        slow.answer = hanging._hang
        arrived = asyncio.Event()

        async def note(_: Heard) -> None:
            arrived.set()

        reader.answer = note
        await hub.publish(atom="<feed>2</feed>", rss="<rss>2</rss>")
        turn = asyncio.create_task(hub.websub.turn())
        await hanging.reached.wait()
        await arrived.wait()
        await hub.publish(atom="<feed>3</feed>")
        assert len(slow.pushes) == 1
        hanging.let_go()
        await turn
    assert slow.pushes[0].body == b"<feed>2</feed>"
    assert sorted(push.body for push in slow.pushes[1:]) == [b"<feed>3</feed>", b"<rss>2</rss>"]
    assert [push.body for push in reader.pushes] == [b"<feed>2</feed>", b"<feed>3</feed>"]


async def test_a_push_that_was_under_way_at_a_crash_is_made_again(
    hub: Hub, reader: Listener, clock: MovableClock
) -> None:
    await hub.subscribed(f"{reader.url}c")
    async with Hanging(reader) as hanging:
        await hub.publish(atom="<feed>2</feed>")
        turn = asyncio.create_task(hub.websub.turn())
        await hanging.reached.wait()
        for task in (turn, *hub.websub._courier._under_way):
            task.cancel()
        await asyncio.gather(turn, return_exceptions=True)
    await hub.restart()
    assert await hub.websub.turn() == 0
    clock.move(MINUTE)
    assert await hub.websub.turn() == 1
    assert [push.body for push in reader.pushes] == [b"<feed>2</feed>"] * 2
    assert await hub.owed() == 0


async def test_a_feed_that_ends_is_said_to_its_subscribers(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c?u=1", RSS)
    await hub.withdraw("rss.xml")
    await hub.websub.turn()
    denied = reader.heard[-1]
    assert (denied.method, denied.path.startswith("/c?u=1&hub.mode=denied&")) == ("GET", True)
    assert (denied.query["hub.topic"], denied.query["hub.reason"]) == (RSS, "this feed has ended")
    assert (await hub.count(), await hub.owed()) == (0, 0)


async def test_a_feed_that_cannot_be_read_at_the_moment_has_not_ended(hub: Hub, reader: Listener) -> None:
    await hub.subscribed(f"{reader.url}c", RSS)
    assert await hub.websub.tell(hub.digests | {"rss.xml": ""}) == 0
    assert await hub.websub.tell({}) == 0
    assert (await hub.count(), await hub.owed()) == (1, 0)


async def test_a_feed_that_ends_before_its_subscriber_was_asked_is_denied(hub: Hub, reader: Listener) -> None:
    await hub.request(f"{reader.url}c", RSS)
    await hub.withdraw("rss.xml")
    await hub.websub.turn()
    assert [heard.query["hub.mode"] for heard in reader.heard] == ["subscribe", "denied"]
    assert (await hub.count(), await hub.owed()) == (0, 0)


async def test_neither_a_secret_nor_a_callback_is_written_into_the_log(hub: Hub, reader: Listener) -> None:
    with structlog.testing.capture_logs() as lines:
        await hub.subscribed(f"{reader.url}hidden-callback", secret="hidden-secret")
        reader.statuses = [500, 410]
        for text in ("2", "3"):
            await hub.publish(atom=f"<feed>{text}</feed>")
            await hub.websub.turn()
    said = repr(lines)
    assert "subscriber called" in said
    assert "hidden" not in said


async def test_over_http_from_the_form_to_the_push(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path, reader: Listener
) -> None:
    with listen("127.0.0.1", 0) as socket:
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        hub = Hub(sqlite_store, clock, tmp_path / "feeds", url)
        await hub.publish()
        fields: dict[str, Any] = {"link": hub.websub.link, "hub": hub.websub.desk, "feeds_dir": hub.folder}
        made = create_web(blog=Blog(sqlite_store, clock), site=SITE, ready=well, **fields)
        server = Server(made, made.quick)
        await server.start(socket)
        async with httpx.AsyncClient() as client:
            found = (await client.head(f"{url}/feeds/atom.xml")).links
            form = {"hub.mode": "subscribe", "hub.topic": found["self"]["url"], "hub.callback": f"{reader.url}c"}
            assert (await client.post(found["hub"]["url"], data=form)).status_code == 202
        assert (await doctor._hub(only(hub="own", public_url=url))).verdict == "ok"
        await hub.websub.turn()
        await hub.publish(atom="<feed>2</feed>")
        await hub.websub.turn()
        assert reader.pushes[0].body == b"<feed>2</feed>"
        await hub.websub.stop()
        await server.stop()
    assert (await doctor._hub(only(hub="own", public_url=url))).verdict == "note"
    assert (await doctor._hub(only(hub="own", public_url=reader.url.rstrip("/")))).verdict == "wrong"
