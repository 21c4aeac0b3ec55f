"""One GET with manners, against a real server on this machine."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from blogbot import __version__
from blogbot.errors import FetchError
from blogbot.model import Validators
from blogbot.sources import Fetcher
from blogbot.text import shown

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def site(handler: Handler) -> AsyncIterator[str]:
    """A server that answers every GET with `handler`; gives its address, without a slash at the end."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def versioned(request: web.Request) -> web.Response:
    headers = {"ETag": '"v1"', "Last-Modified": "Mon, 02 Mar 2026 09:00:00 GMT"}
    if request.headers.get("If-None-Match") == '"v1"':
        return web.Response(status=304, headers=headers)
    return web.Response(
        body="Grüße".encode("latin-1"), headers=headers | {"Content-Type": "Text/Plain; charset=Latin-1"}
    )


async def test_a_document_with_all_that_the_server_said() -> None:
    async with site(versioned) as url, Fetcher() as fetcher:
        document = await fetcher.get(f"{url}/a?token=secret")
    assert document is not None
    assert document.data.decode("latin-1") == "Grüße"
    assert (document.media_type, document.charset) == ("text/plain", "latin-1")
    assert document.url == f"{url}/a?token=secret"
    assert document.where == f"{url}/a?…"
    assert document.validators == Validators('"v1"', "Mon, 02 Mar 2026 09:00:00 GMT")


async def test_what_did_not_change_is_not_sent_again() -> None:
    async with site(versioned) as url, Fetcher() as fetcher:
        assert await fetcher.get(url, Validators(etag='"v1"')) is None
        assert await fetcher.get(url, Validators(etag='"v0"')) is not None


async def test_who_asks_and_on_what_conditions() -> None:
    seen: dict[str, str] = {}

    async def note(request: web.Request) -> web.Response:
        seen.update(request.headers)
        return web.Response(text="x")

    async with site(note) as url, Fetcher() as fetcher:
        await fetcher.get(url, Validators(etag='W/"a"', last_modified="Mon, 02 Mar 2026 09:00:00 GMT"))
    assert seen["User-Agent"] == f"blogbot/{__version__}"
    assert seen["If-None-Match"] == 'W/"a"'
    assert seen["If-Modified-Since"] == "Mon, 02 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (304, "answered 304"),  # nobody asked on a condition
        (401, "wants a password"),
        (403, "refuses"),
        (404, "was not found"),
        (410, "gone for good"),
        (429, "too often"),
        (500, "answered 500; try again later"),
        (503, "answered 503"),
        (204, "answered 204"),
    ],
)
async def test_an_answer_that_is_none_says_what_to_do(status: int, advice: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with site(answer) as url, Fetcher() as fetcher:
        with pytest.raises(FetchError, match=advice) as refused:
            await fetcher.get(url)
    assert refused.value.where.startswith("http://127.0.0.1")


async def test_redirects_lead_to_the_last_address() -> None:
    async def hop(request: web.Request) -> web.Response:
        left = int(request.match_info["path"])
        return web.Response(status=302, headers={"Location": str(left - 1)}) if left else web.Response(text="here")

    async with site(hop) as url, Fetcher() as fetcher:
        document = await fetcher.get(f"{url}/5")
        assert document is not None
        assert document.url == f"{url}/0"
        with pytest.raises(FetchError, match="redirects more than 5 times"):
            await fetcher.get(f"{url}/6")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://127.0.0.1/x", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("http://", "redirects more than 5 times"),
        ("http://[::1", "broke off|not an address"),
    ],
)
async def test_a_redirect_to_anything_but_http_is_refused(target: str, reason: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": target})

    async with site(answer) as url, Fetcher() as fetcher:
        with pytest.raises(FetchError, match=reason):
            await fetcher.get(url)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_document_over_the_limit_is_left_alone(announced: bool) -> None:
    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if announced:
            response.content_length = 5_000_000
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 100_000)
        except ConnectionError:
            pass
        return response

    async with site(huge) as url, Fetcher(limit=1_000_000, timeout=5) as fetcher:
        with pytest.raises(FetchError, match="larger than 1 MB"):
            await fetcher.get(url)


async def test_the_limit_counts_what_was_compressed() -> None:
    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"0" * 20_000_000), headers={"Content-Encoding": "gzip"})

    async with site(bomb) as url, Fetcher(limit=1_000_000) as fetcher:
        with pytest.raises(FetchError, match="larger than 1 MB"):
            await fetcher.get(url)


async def test_a_server_that_never_answers_is_given_up() -> None:
    release = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response(text="late")

    async with site(silent) as url, Fetcher(timeout=0.05) as fetcher:
        with pytest.raises(FetchError, match=r"did not answer within 0\.05 seconds"):
            await fetcher.get(url)
        release.set()


async def test_a_connection_that_breaks_is_told() -> None:
    async def torn(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x")
        assert request.transport is not None
        request.transport.close()
        return response

    async with site(torn) as url, Fetcher() as fetcher:
        with pytest.raises(FetchError, match="broke off"):
            await fetcher.get(url)


async def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with Fetcher() as fetcher:
            with pytest.raises(FetchError, match="cannot be reached") as refused:
                await fetcher.get(f"http://jo:secret@127.0.0.1:{port}/feed?key=secret")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["ftp://x.example/", "http://", "x", "http://x.example:99999/", "http://[::1/"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    async with Fetcher() as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(url)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://jo:pw@x.example/a?k=1#f", "https://x.example/a?…"),
        ("https://x.example/a", "https://x.example/a"),
        ("http://jo:pw@[::1/a?k=1", "http://…"),
        ("https://jo:p/w@x.example/a", "https://…"),
        ("https://jo:p?w@x.example/a", "https://…"),
        ("http://[::1/a", "http://[::1/a"),
        ("//jo:pw@x.example/a", "//x.example/a"),
        ("/home/jo/what now? #2@home.md", "/home/jo/what now? #2@home.md"),
    ],
)
def test_secrets_of_an_address_are_not_shown(url: str, safe: str) -> None:
    assert shown(url) == safe


async def test_a_closed_fetcher_may_be_used_again() -> None:
    async with site(versioned) as url:
        fetcher = Fetcher()
        await fetcher.get(url)
        await fetcher.close()
        assert await fetcher.get(url) is not None
        await fetcher.close()
        await fetcher.close()
