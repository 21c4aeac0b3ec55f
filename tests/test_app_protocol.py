"""The short way for requests that are answered from their bytes, over real connections: the same answers, and never a wrong one."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blogbot.app.server import Server, listen
from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.store import Store
from blogbot.web import create_web
from blogbot.web.quick import LONGEST
from tests.visitor import SITE, well

DATE = "Tue, 10 Mar 2026 10:00:00 GMT"
CONTENT = b"<feed>" + b"0123456789" * 100 + b"</feed>"


@dataclass
class Connection:
    """One connection to a server, and what the short way made of what came over any."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    quick: list[bool] = field(default_factory=list)

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            # So that each part arrives by itself.
            for _ in range(50):
                await asyncio.sleep(0)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers but for the date, and body of the next answer."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
        assert headers.pop("date").endswith("GMT")
        return int(head[0].split()[1]), headers, await self.reader.readexactly(int(headers.get("content-length", 0)))


Connect = Callable[..., "asyncio.Future[Connection]"]


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    place = tmp_path / "feeds" / "atom.xml"
    place.parent.mkdir()
    place.write_bytes(CONTENT)
    os.utime(place, (1_773_136_800, 1_773_136_800))
    return place.parent


@pytest.fixture
async def connect(sqlite_store: Store, clock: MovableClock, feeds: Path) -> AsyncIterator[Connect]:
    """Opens connections to a server with the short way, or to one without."""
    web = create_web(blog=Blog(sqlite_store, clock), site=SITE, feeds_dir=feeds, ready=well)
    taken: list[bool] = []

    def quick(request: bytes) -> bytes | None:
        answer = web.quick(request)
        taken.append(answer is not None)
        return answer

    open_now: list[Connection] = []
    with listen("127.0.0.1", 0) as short, listen("127.0.0.1", 0) as ordinary:
        servers = {True: (Server(web, quick), short), False: (Server(web), ordinary)}
        for server, listener in servers.values():
            server.config.timeout_keep_alive = 1
            await server.start(listener)

        async def connect(*, with_short_way: bool = True) -> Connection:
            host, port = servers[with_short_way][1].getsockname()
            open_now.append(Connection(*await asyncio.open_connection(host, port), taken))
            return open_now[-1]

        yield lambda **given: asyncio.ensure_future(connect(**given))
        for connection in open_now:
            connection.writer.close()
        for server, _ in servers.values():
            await server.stop()


def request(*headers: str, first: str = "GET /feeds/atom.xml HTTP/1.1") -> bytes:
    return "\r\n".join((first, "Host: bot.example", *headers, "", "")).encode("latin-1")


async def etag_of(connection: Connection) -> str:
    await connection.say(request())
    return (await connection.answer())[1]["etag"]


@pytest.mark.parametrize(
    ("headers", "first", "quick", "status"),
    [
        (["If-None-Match: {etag}"], None, True, 304),
        (["if-none-match:{etag}", "Connection: keep-alive", "User-Agent: Le Lecteur é/1.0"], None, True, 304),
        (["If-None-Match: W/{etag}", "A-IM: feed", "Range: bytes=0-1"], None, True, 304),
        ([f"If-Modified-Since: {DATE}", "Accept-Encoding: gzip, br"], None, True, 304),
        (['If-None-Match: "other"'], None, False, 200),
        ([], None, False, 200),
        (["If-None-Match: {etag}"], "HEAD /feeds/atom.xml HTTP/1.1", False, 304),
        (["If-None-Match: {etag}"], "GET /feeds/atom.xml?x=1 HTTP/1.1", False, 304),
        (["If-None-Match: {etag}"], "GET /feeds/../feeds/atom.xml HTTP/1.1", False, 404),
        (["If-None-Match: {etag}"], "GET /feeds/none.xml HTTP/1.1", False, 404),
        (["If-None-Match: {etag}", 'If-Match: "other"'], None, False, 412),
        (['If-None-Match: "a"', "If-None-Match: {etag}"], None, False, 304),
        (["If-None-Match: {etag}", "Connection: close"], None, False, 304),
        (["If-None-Match: {etag}", "Content-Length: 0"], None, False, 304),
    ],
)
async def test_the_short_way_says_what_the_ordinary_one_would(
    connect: Connect, headers: list[str], first: str | None, quick: bool, status: int
) -> None:
    said: list[tuple[int, dict[str, str], bytes]] = []
    for with_short_way in (True, False):
        connection = await connect(with_short_way=with_short_way)
        etag = await etag_of(connection)
        lines = [each.format(etag=etag) for each in headers]
        connection.quick.clear()
        await connection.say(request(*lines, **({"first": first} if first else {})))
        if first and first.startswith("HEAD"):
            head = await connection.reader.readuntil(b"\r\n\r\n")
            said.append((int(head.split()[1]), {}, b""))
        else:
            said.append(await connection.answer())
        assert connection.quick == ([quick] if with_short_way else [])
    assert said[0] == said[1]
    assert said[0][0] == status


@pytest.mark.parametrize(("length", "quick"), [(LONGEST, True), (LONGEST + 1, False)])
async def test_a_request_that_is_too_long_takes_the_ordinary_way(connect: Connect, length: int, quick: bool) -> None:
    connection = await connect()
    same = [f"If-None-Match: {await etag_of(connection)}", "Referer: "]
    connection.quick.clear()
    await connection.say(request(*same[:-1], same[-1] + "x" * (length - len(request(*same)))))
    assert (await connection.answer())[0] == 304
    assert connection.quick == [quick]


async def test_a_changed_feed_is_sent_by_the_ordinary_way(connect: Connect, feeds: Path) -> None:
    connection = await connect()
    same = request(f"If-None-Match: {await etag_of(connection)}")
    await connection.say(same)
    assert (await connection.answer())[0] == 304
    (feeds / "atom.xml").write_bytes(b"<feed/>")
    await connection.say(same)
    assert (await connection.answer())[::2] == (200, b"<feed/>")


async def test_requests_in_pieces_or_several_at_once_are_each_answered_once_and_in_order(connect: Connect) -> None:
    connection = await connect()
    same, whole = request(f"If-None-Match: {await etag_of(connection)}"), request()
    await connection.say(same[:30], same[30:])
    assert (await connection.answer())[0] == 304
    await connection.say(same + whole + same)
    assert [(await connection.answer())[0] for _ in range(3)] == [304, 200, 304]
    # The second comes while the first is still being answered.
    connection.writer.write(whole)
    await connection.say(same)
    assert [(await connection.answer())[0] for _ in range(2)] == [200, 304]
    await connection.say(same)
    assert (await connection.answer())[0] == 304
    assert connection.quick[-1]


async def test_a_body_is_never_taken_for_a_request(connect: Connect) -> None:
    connection = await connect()
    inner = request(f"If-None-Match: {await etag_of(connection)}")
    # It is answered before its body is there.
    await connection.say(request(f"Content-Length: {len(inner)}", first="POST / HTTP/1.1"))
    assert (await connection.answer())[0] == 405
    await connection.say(inner)
    await connection.say(request("If-None-Match: *"))
    assert (await connection.answer())[0] == 304
    assert connection.quick == [False, False, True]


@pytest.mark.parametrize("line", [b"X-Long: " + b"x" * 20_000 + b"\r\n", b"x" * 20_000])
async def test_a_head_without_end_is_refused(connect: Connect, line: bytes) -> None:
    connection = await connect()
    await connection.say(request()[:-2])
    for _ in range(4):
        await connection.say(line)
    assert (await connection.answer())[0] == 431
    assert await asyncio.wait_for(connection.reader.read(), 10) == b""


async def test_long_heads_and_longer_bodies_are_taken(connect: Connect) -> None:
    connection = await connect()
    body = b"x" * 50_000
    posted = request(f"Content-Length: {len(body)}", first="POST / HTTP/1.1")
    long = b"X-Long: " + b"x" * 60_000 + b"\r\n\r\n"
    await connection.say(request()[:-2], long, posted)
    assert [(await connection.answer())[0] for _ in range(2)] == [200, 405]
    # The end of the body comes together with the next head's beginning.
    await connection.say(body[:10], body[10:] + request()[:-2], long[:-2], long[-2:])
    assert (await connection.answer())[0] == 200


async def test_what_strangers_send_is_not_kept(connect: Connect) -> None:
    connection = await connect()
    etag = await etag_of(connection)
    tracemalloc.start()
    try:
        for n in range(300):
            await connection.say(request(f"Accept-Encoding: {'x,' * 900}{n}", f"If-Modified-Since: {'x' * 900}{n}"))
            assert (await connection.answer())[0] == 200
            await connection.say(
                request(f"If-None-Match: {etag}", f"X-N: {n}", *(f"X-{each}: 1" for each in range(100)))
            )
            assert (await connection.answer())[0] == 304
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000


async def test_a_connection_is_closed_when_nothing_more_is_asked(connect: Connect) -> None:
    connection = await connect()
    await connection.say(request(f"If-None-Match: {await etag_of(connection)}"))
    assert (await connection.answer())[0] == 304
    assert await asyncio.wait_for(connection.reader.read(), 10) == b""
