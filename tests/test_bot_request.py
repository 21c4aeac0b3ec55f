"""The bot's request against real sockets: what arrives, and what its errors tell."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from blogbot.bot.request import AiohttpRequest, Broken, BrokenByTime, Flood, Unsent, UnsentInTime
from tests.offline import TOKEN, failed, ok, sent

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(talk: Talk) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def http_server(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot_at(base: str, **options: Any) -> AsyncIterator[Bot]:
    async with AiohttpRequest(**options) as request:
        yield Bot(TOKEN, base_url=f"{base}/bot", request=request, get_updates_request=request)


async def failure(base: str, **options: Any) -> TelegramError:
    async with bot_at(base, **options) as bot:
        with pytest.raises(TelegramError) as caught:
            await bot.send_message(5, "hello")
    return caught.value


def head(status: str, length: int) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()


# --- What arrives ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arrives"),
    [("Grüße & <b>co</b> + 100 %", None), ("line\nbreak \U0001f600", None), ("half \ud83d", "half ?")],
)
async def test_a_message_arrives_as_it_was_written(text: str, arrives: str | None) -> None:
    async def answer(request: web.Request) -> web.Response:
        form = dict(await request.post())
        assert request.path == f"/bot{TOKEN}/sendMessage"
        assert form == {"chat_id": "5", "text": arrives or text}
        return web.json_response(sent(form))

    async with http_server(answer) as base, bot_at(base) as bot:
        assert (await bot.send_message(5, text)).message_id == 7


@pytest.mark.parametrize(
    ("name", "arrives"),
    [("event.ics", "event.ics"), ("Über uns.ics", "Über uns.ics"), ('a"\r\nX: 1.ics', "a___X: 1.ics")],
)
async def test_a_file_arrives_whole_under_its_name(name: str, arrives: str) -> None:
    content = bytes(range(256)) * 100
    file = InputFile(content, filename="x.ics")
    file.filename = name

    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        document = form["document"]
        assert isinstance(document, web.FileField)
        assert (document.filename, document.content_type) == (arrives, "text/calendar")
        assert document.file.read() == content
        assert (form["chat_id"], form["caption"]) == ("5", "Grüße ?")
        return web.json_response(sent({"chat_id": form["chat_id"]}))

    async with http_server(answer) as base, bot_at(base) as bot:
        await bot.send_document(5, file, caption="Grüße \ud83d")


async def test_calls_share_one_connection() -> None:
    peers = set()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response(sent(dict(await request.post())))

    async with http_server(answer) as base, bot_at(base) as bot:
        for _ in range(5):
            await bot.send_message(5, "hello")
    assert len(peers) == 1


async def test_a_file_is_fetched_as_bytes_even_without_a_length() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for _ in range(3):
            await response.write(b"part")
        return response

    async with http_server(answer) as base, AiohttpRequest() as request:
        assert await request.retrieve(f"{base}/file") == b"partpartpart"


async def test_the_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.json_response(ok(True))

    async with http_server(answer) as proxy, AiohttpRequest() as request:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        await request.post("http://api.example/bot1:x/close")
    assert seen == ["http://api.example/bot1:x/close"]


# --- What went wrong ---------------------------------------------------------------------------------------------------


async def hang_up_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"hello")


async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"hello")
    writer.write(head("200 OK", 100) + b'{"ok"')
    await writer.drain()


async def not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"hello")
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()


async def not_json(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"hello")
    writer.write(head("200 OK", 6) + b"<html>")
    await writer.drain()


async def too_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"hello")
    writer.write(head("200 OK", 10**12))
    await writer.drain()
    await reader.read()


BREAKS: list[tuple[Talk, type[TelegramError]]] = [
    (hang_up_at_once, Broken),
    (never_answer, BrokenByTime),
    (half_an_answer, Broken),
    (not_http, Broken),
    (not_json, Broken),
    (too_much, Broken),
]


@pytest.mark.parametrize(("talk", "kind"), BREAKS)
async def test_what_breaks_after_writing_is_in_doubt_and_keeps_the_token_to_itself(
    talk: Talk, kind: type[TelegramError]
) -> None:
    async with raw_server(talk) as base:
        error = await failure(base, read_timeout=0.2 if kind is BrokenByTime else 10)
    assert type(error) is kind
    assert "SECRET" not in "".join(traceback.format_exception(error))
    assert error.__context__ is None


@pytest.mark.parametrize("fault", [ValueError, RuntimeError, RecursionError])
async def test_what_breaks_in_a_way_nobody_thought_of_is_in_doubt_too(
    fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(response: aiohttp.ClientResponse) -> bytes:
        raise fault(f"of {response.url}")

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(sent(dict(await request.post())))

    monkeypatch.setattr(aiohttp.ClientResponse, "read", read)
    async with http_server(answer) as base:
        error = await failure(base)
    assert type(error) is Broken
    assert "SECRET" not in "".join(traceback.format_exception(error))


async def test_a_refused_connection_was_not_sent() -> None:
    async with raw_server(never_answer) as base:
        pass
    error = await failure(base)
    assert type(error) is Unsent
    assert "SECRET" not in "".join(traceback.format_exception(error))


async def test_a_call_that_finds_no_free_connection_was_not_sent() -> None:
    taken = asyncio.Event()

    async def take_and_wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hello")
        taken.set()
        await reader.read()

    async with raw_server(take_and_wait) as base, bot_at(base, connections=1) as bot:
        first = asyncio.create_task(bot.send_message(5, "hello"))
        await taken.wait()
        with pytest.raises(UnsentInTime) as caught:
            await bot.send_message(5, "hello", pool_timeout=0.05, connect_timeout=0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert isinstance(caught.value, TimedOut)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("address", ["nonsense://x", "http://[::1", "http://127.0.0.1:port"])
async def test_an_address_that_is_none_was_not_sent(address: str) -> None:
    error = await failure(address)
    assert type(error) is Unsent
    assert "SECRET" not in "".join(traceback.format_exception(error))


async def test_a_request_that_is_not_open_sends_nothing() -> None:
    request = AiohttpRequest()
    await request.shutdown()
    with pytest.raises(Unsent):
        await request.post("http://127.0.0.1:1/bot1:x/getMe")
    await request.initialize()
    await request.initialize()
    await request.shutdown()
    await request.shutdown()


# --- What the server says ----------------------------------------------------------------------------------------------

PAGE = "<html>Not here</html>"


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, failed(401, "Unauthorized")[1], InvalidToken, "Unauthorized"),
        (404, failed(404, "Not Found")[1], InvalidToken, "Not Found"),
        (404, PAGE, NetworkError, "BLOGBOT_API_URL"),
        (302, PAGE, NetworkError, "302"),
        (500, failed(500, "Internal Server Error")[1], NetworkError, "Internal Server Error"),
        (502, PAGE, NetworkError, "502"),
        (502, [1], NetworkError, "502"),
        (503, PAGE, NetworkError, "503"),
        (504, PAGE, BrokenByTime, "in time"),
        (504, failed(504, "Gateway Timeout")[1], BrokenByTime, "in time"),
    ],
)
async def test_an_answer_is_read_for_what_it_is(status: int, body: Any, kind: type[TelegramError], says: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers={"Location": "/other"})
        return web.json_response(body, status=status)

    async with http_server(answer) as base:
        error = await failure(base)
    assert type(error) is kind
    assert says in str(error)


@pytest.mark.parametrize(
    ("parameters", "seconds"),
    [({"retry_after": 17}, 17.0), ({}, 5.0), ({"retry_after": "soon"}, 5.0), ({"retry_after": -1}, 5.0)],
)
async def test_a_429_says_how_long_to_wait(parameters: dict[str, Any], seconds: float) -> None:
    async def answer(_: web.Request) -> web.Response:
        status, body = failed(429, "Too Many Requests", **parameters)
        return web.json_response(body, status=status)

    async with http_server(answer) as base:
        error = await failure(base)
    assert isinstance(error, Flood)
    assert isinstance(error, RetryAfter)
    assert error.seconds == error.retry_after.total_seconds() == seconds
