"""Which addresses a stranger may have us call: tables of what is public and what is not, however it is written."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from blogbot.websub.caller import Caller
from blogbot.websub.guard import Guard
from tests.listener import listening

PUBLIC = "https://blog.example"

NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_called_only_by_who_is_there_too(address: str) -> None:
    assert not Guard(PUBLIC).allows(address)
    assert Guard(PUBLIC).bars(address)
    assert Guard("http://127.0.0.1:8080").allows(address)
    assert not Guard("http://localhost:8080").bars(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_a_public_address_is_called(address: str) -> None:
    assert Guard(PUBLIC).allows(address)
    assert not Guard(PUBLIC).bars(address)


@pytest.mark.parametrize("name", ["127.1", "127.000.000.001", "0177.0.0.1", "2130706433", "8.8.8"])
def test_what_is_not_quite_an_address_is_barred(name: str) -> None:
    assert Guard(PUBLIC).bars(name)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "a.localhost", "router", "nas.local", "db.internal"])
def test_a_name_of_a_local_network_is_barred(name: str) -> None:
    assert Guard(PUBLIC).bars(name)
    assert not Guard("http://intranet").bars(name)


@pytest.mark.parametrize("given", [PUBLIC, "https://93.184.215.14", "https://bot.blog.example:8443/hub"])
def test_who_is_reached_in_public_calls_nobody_at_home(given: str) -> None:
    assert Guard(given).bars("127.0.0.1")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "rebound.example", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]"]
)
async def test_what_a_name_leads_to_is_looked_at_when_it_is_called(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo

    def rebound(name: Any, *more: Any) -> Any:
        return found("127.0.0.1" if name == "rebound.example" else name, *more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    async with listening() as listener, Caller(guard=Guard(PUBLIC)) as caller:
        port = listener.url.rsplit(":")[-1]
        answer = await caller.get(f"http://{host}:{port}")
        assert listener.heard == []
        assert answer.status == 0
        assert "not on the public internet" in answer.why or "InvalidUrl" in answer.why


async def test_no_redirect_is_followed_and_no_endless_answer_read() -> None:
    async with listening() as listener, Caller(guard=Guard("http://localhost"), seconds=5) as caller:
        listener.statuses = [302]
        assert (await caller.get(listener.url)).status == 302
        assert len(listener.heard) == 1
        assert (await caller.get(f"{listener.url}?hub.challenge={'x' * 6_000}")).body == b"x" * 4_096


async def test_who_says_nothing_is_not_waited_for() -> None:
    async with Caller(guard=Guard("http://localhost"), seconds=0.01) as caller:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            answer = await caller.get(f"http://127.0.0.1:{silent.getsockname()[1]}/secret-path")
    assert (answer.status, answer.why) == (0, "no answer within 0.01 seconds")
