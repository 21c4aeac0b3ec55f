"""The sandbox's Bot API reads calls in every way of sending them, hands out updates, and keeps what a bot says of itself."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from blogbot.sandbox import Telegram
from blogbot.sandbox.dispatcher import Dispatcher
from blogbot.sandbox.errors import ApiError
from blogbot.sandbox.methods import METHODS
from blogbot.sandbox.parameters import read_parameters
from tests.sandboxes import TOKEN, Sandbox, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One sandbox for all tests that make a chat of their own and mind nothing else."""
    async with running() as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def fresh() -> AsyncIterator[Sandbox]:
    """A sandbox in which nothing has happened yet."""
    async with running() as sandbox:
        yield sandbox


# Calls


async def test_a_bot_is_told_who_it_is(sandbox: Sandbox) -> None:
    me = await sandbox.result("getMe")
    assert (me["id"], me["is_bot"], me["username"]) == (123456, True, "sandbox_123456_bot")
    assert (await sandbox.result("getMe", token="9:abc"))["id"] == 9


@pytest.mark.parametrize("name", ["getme", "GETME", "getMe"])
async def test_a_method_may_be_written_in_any_case(sandbox: Sandbox, name: str) -> None:
    assert await sandbox.result(name)


@pytest.mark.parametrize("token", ["abc", "123", "123:", "x:abcdef", "123:ab/c", "123:ab c"])
async def test_a_malformed_token_is_not_let_in(sandbox: Sandbox, token: str) -> None:
    async with sandbox.session.get(f"/bot{token}/getMe") as response:
        assert response.status in {401, 404}
        assert response.status == 404 or (await response.json())["description"] == "Unauthorized"


async def test_an_unknown_method_is_not_found(sandbox: Sandbox) -> None:
    assert await sandbox.refusal("makeCoffee") == (404, "Not Found")


async def test_parameters_may_come_in_every_way(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    form = aiohttp.FormData({"chat_id": str(chat), "text": "é & +"})
    multipart = aiohttp.FormData({"chat_id": str(chat), "text": "é & +"}, default_to_multipart=True)
    ways: list[dict[str, Any]] = [
        {"method": "GET", "params": {"chat_id": str(chat), "text": "é & +"}},
        {"method": "POST", "params": {"chat_id": str(chat), "text": "é & +"}},
        {"method": "POST", "data": form},
        {"method": "POST", "data": multipart},
        {"method": "POST", "json": {"chat_id": chat, "text": "é & +"}},
        {"method": "POST", "json": {"chat_id": str(chat), "text": "é & +"}},
        {"method": "POST", "params": {"chat_id": str(chat)}, "json": {"text": "é & +"}},
    ]
    for number, way in enumerate(ways, start=1):
        async with sandbox.session.request(url=f"/bot{TOKEN}/sendMessage", **way) as response:
            result = (await response.json())["result"]
            assert (response.status, result["message_id"], result["text"]) == (200, number, "é & +")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b'{"chat_id": NaN}'),
        ("application/json", b'{"chat_id": 1e999}'),
        ("application/json", b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
        ("application/json", b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}"),
        ("application/json", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"text=%ff"),
        ("application/x-www-form-urlencoded", b"\xff=1"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nno blank line\r\n--b--"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(sandbox: Sandbox, content_type: str, body: bytes) -> None:
    headers = {"content-type": content_type}
    async with sandbox.session.post(f"/bot{TOKEN}/getMe", data=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["description"].startswith("Bad Request: ")


async def test_a_body_too_large_is_refused(sandbox: Sandbox) -> None:
    async with sandbox.session.post(f"/bot{TOKEN}/getMe", data=io.BytesIO(b"x" * 1_100_000)) as response:
        assert (response.status, (await response.json())["error_code"]) == (413, 413)


async def test_other_http_verbs_are_refused(sandbox: Sandbox) -> None:
    async with sandbox.session.delete(f"/bot{TOKEN}/getMe") as response:
        assert response.status == 405


# Updates


async def test_updates_are_numbered_kept_and_confirmed(fresh: Sandbox) -> None:
    chat = await fresh.chat()
    await fresh.result("getMe")
    for text in "abc":
        await fresh.post(f"chats/{chat}/messages", text=text)
    first = await fresh.result("getUpdates", limit=2)
    assert [update["message"]["text"] for update in first] == ["a", "b"]
    assert first[1]["update_id"] == first[0]["update_id"] + 1
    rest = await fresh.result("getUpdates", offset=first[1]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["c"]
    assert await fresh.result("getUpdates", offset=-1) == rest
    assert await fresh.result("getUpdates", offset=rest[0]["update_id"] + 1) == []


async def test_what_was_said_before_the_first_bot_came_is_for_it(fresh: Sandbox) -> None:
    chat = await fresh.chat()
    await fresh.post(f"chats/{chat}/messages", text="early")
    assert [update["message"]["text"] for update in await fresh.updates()] == ["early"]
    assert await fresh.updates(token="9:abc") == []


async def test_a_second_poll_ends_the_first_and_wakes_with_the_update(fresh: Sandbox) -> None:
    chat = await fresh.chat()
    polls = {asyncio.create_task(fresh.bot("getUpdates", timeout=30)) for _ in range(2)}
    (ended,), (waiting,) = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
    status, answer = ended.result()
    assert (status, answer["description"][:30]) == (409, "Conflict: terminated by other ")
    await fresh.post(f"chats/{chat}/messages", text="wake")
    status, answer = await waiting
    assert (status, [update["message"]["text"] for update in answer["result"]]) == (200, ["wake"])


async def test_each_bot_hears_what_people_say(fresh: Sandbox) -> None:
    chat = await fresh.chat()
    for token in (TOKEN, "9:abc"):
        await fresh.result("getMe", token=token)
    await fresh.post(f"chats/{chat}/messages", text="all")
    for token in (TOKEN, "9:abc"):
        assert [update["update_id"] for update in await fresh.updates(token=token)] == [1]


async def test_only_wished_for_updates_come(fresh: Sandbox) -> None:
    chat = await fresh.chat("group", "Members")
    assert await fresh.updates(allowed_updates=["callback_query", "chat_member"]) == []
    await fresh.post(f"chats/{chat}/messages", text="x")
    await fresh.post(f"chats/{chat}/members", user=77, status="administrator")
    assert [set(update) for update in await fresh.updates()] == [{"update_id", "chat_member"}]
    assert await fresh.updates(allowed_updates="[]") == []
    await fresh.post(f"chats/{chat}/messages", text="x")
    assert len(await fresh.updates()) == 1


# What a bot says of itself


async def test_commands_are_kept_for_each_scope_and_language(fresh: Sandbox) -> None:
    chat = await fresh.chat()
    usual, german = [{"command": "next", "description": "Next event"}], [{"command": "next", "description": "Termin"}]
    here = {"type": "chat", "chat_id": chat}
    await fresh.result("setMyCommands", commands=json.dumps(usual))
    await fresh.result("setMyCommands", commands=german, scope=here, language_code="de")
    assert await fresh.result("getMyCommands") == usual
    assert await fresh.result("getMyCommands", scope=here) == []
    assert await fresh.result("getMyCommands", scope=here, language_code="de") == german
    assert (await fresh.get(f"chats/{chat}/commands"))[0]["description"] == "Next event"
    assert (await fresh.get(f"chats/{chat}/commands?language=de"))[0]["description"] == "Termin"
    assert (await fresh.get("bots"))[0]["commands"] == usual
    await fresh.result("deleteMyCommands")
    assert await fresh.result("getMyCommands") == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"commands": [{"command": "Né", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "x", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": ["x"]}, "can't parse BotCommand: expected an Object"),
        ({"commands": [{"command": "x", "description": "x"}] * 101}, "too many bot commands"),
        ({"commands": [], "scope": {"type": "planet"}}, "unsupported bot command scope"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
        ({"commands": [], "language_code": "English"}, "invalid language code specified"),
    ],
)
async def test_wrong_commands_are_refused(sandbox: Sandbox, params: dict[str, Any], reason: str) -> None:
    assert await sandbox.refusal("setMyCommands", **params) == (400, f"Bad Request: {reason}")


@pytest.mark.parametrize(
    ("field", "suffix", "longest"),
    [("name", "Name", 64), ("description", "Description", 512), ("short_description", "ShortDescription", 120)],
)
async def test_names_and_descriptions_are_kept(sandbox: Sandbox, field: str, suffix: str, longest: int) -> None:
    assert await sandbox.result(f"setMy{suffix}", **{field: "x" * longest})
    assert await sandbox.result(f"setMy{suffix}", **{field: "auf Deutsch", "language_code": "de"})
    assert await sandbox.result(f"getMy{suffix}") == {field: "x" * longest}
    assert await sandbox.result(f"getMy{suffix}", language_code="de") == {field: "auf Deutsch"}
    assert await sandbox.result(f"getMy{suffix}", language_code="fr") == {field: "x" * longest}
    assert (await sandbox.refusal(f"setMy{suffix}", **{field: "x" * (longest + 1)}))[0] == 400


async def test_a_menu_button_is_kept(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    assert await sandbox.result("getChatMenuButton", chat_id=chat) == {"type": "commands"}
    assert await sandbox.result("setChatMenuButton", menu_button={"type": "default"})
    assert await sandbox.result("getChatMenuButton", chat_id=chat) == {"type": "default"}


# Anything at all

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["1", "100001", "HTML"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "id", "inline_keyboard", "message_id", "chat_id"]), inner),
    max_leaves=6,
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "chat_id",
        "text",
        "message_id",
        "parse_mode",
        "entities",
        "reply_markup",
        "reply_parameters",
        "commands",
        "scope",
        "language_code",
        "results",
        "url",
        "inline_query_id",
        "document",
        "caption",
        "message_thread_id",
        "menu_button",
        "message_ids",
        "link_preview_options",
        "offset",
        "limit",
    ]
)


@settings(max_examples=300, deadline=None)
@given(method=st.sampled_from(sorted(METHODS)), params=st.dictionaries(NAMES, VALUES, max_size=5))
async def test_no_parameters_break_the_sandbox(method: str, params: dict[str, Any]) -> None:
    telegram = Telegram()
    telegram.new_chat("private", "Alex", 100001)
    body = json.dumps({"chat_id": 100001, **params}).encode()
    code = 200
    try:
        read = read_parameters(b"", "application/json", body)
        result = (await Dispatcher(telegram).perform(telegram.bot(TOKEN), method, read)).result
    except ApiError as error:
        code = error.code
    else:
        assert json.dumps(result, allow_nan=False)
        assert json.dumps(list(telegram.log.entries()), allow_nan=False)
    assert code < 500
    telegram.close()
