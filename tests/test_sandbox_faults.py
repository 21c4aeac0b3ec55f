"""Faults strike the calls they were planned for, limits hold exactly, and the log tells what was accepted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from blogbot.sandbox import Telegram, create_sandbox
from blogbot.sandbox.call_log import CallLog
from tests.sandboxes import TOKEN, Sandbox, Ticks, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as sandbox:
        yield sandbox


async def send(sandbox: Sandbox, chat: int, **more: Any) -> tuple[int, Any]:
    return await sandbox.bot("sendMessage", chat_id=chat, text="x", **more)


@pytest.mark.parametrize(
    ("fault", "description", "parameters"),
    [
        ({"error_code": 403}, "Forbidden: bot was blocked by the user", None),
        ({"error_code": 400, "description": "Bad Request: no"}, "Bad Request: no", None),
        ({"error_code": 429, "retry_after": 7}, "Too Many Requests: retry after 7", {"retry_after": 7}),
        ({"retry_after": 7, "error_code": None}, "Too Many Requests: retry after 7", {"retry_after": 7}),
        ({"error_code": 400, "migrate_to_chat_id": -1009}, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": -1009}),
        ({"error_code": 502}, "Bad Gateway", None),
        ({"error_code": 599}, "Error", None),
    ],
)  # fmt: skip
async def test_a_fault_answers_as_telegram_would(
    sandbox: Sandbox, fault: dict[str, Any], description: str, parameters: dict[str, int] | None
) -> None:
    chat = await sandbox.chat()
    await sandbox.post("faults", method="SENDMESSAGE", **fault)
    status, answer = await send(sandbox, chat)
    expected = fault["error_code"] or 429
    assert (status, answer["error_code"], answer["description"]) == (expected, expected, description)
    assert answer.get("parameters") == parameters
    assert (await send(sandbox, chat))[0] == 200, "it strikes once unless told"
    assert len(await sandbox.get(f"chats/{chat}/messages")) == 1


async def test_a_fault_strikes_its_method_and_chat_so_many_times(sandbox: Sandbox) -> None:
    one, two = await sandbox.chat(), await sandbox.chat()
    await sandbox.post("faults", method="sendMessage", chat_id=one, error_code=500, times=2)
    assert (await send(sandbox, two))[0] == 200
    assert (await sandbox.bot("getChat", chat_id=one))[0] == 200
    assert [(await send(sandbox, one))[0] for _ in range(3)] == [500, 500, 200]


async def test_a_fault_may_strike_any_method_until_it_is_cleared(sandbox: Sandbox) -> None:
    planned = await sandbox.post("faults", method="*", error_code=500, times=9)
    assert planned == [{"method": "*", "error_code": 500, "times": 9}]
    assert (await sandbox.bot("getMe"))[0] == 500
    assert (await sandbox.get("faults"))[0]["times"] == 8
    assert await sandbox.person("DELETE", "faults") == (200, [])
    assert (await sandbox.bot("getMe"))[0] == 200


async def test_a_lost_reply_is_a_message_sent_and_a_line_cut(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    await sandbox.post("faults", method="sendMessage", drop_reply=True)
    with pytest.raises(aiohttp.ClientError):
        await send(sandbox, chat)
    assert [message["text"] for message in await sandbox.get(f"chats/{chat}/messages")] == ["x"]
    assert [entry["method"] for entry in await sandbox.get("log")] == ["sendMessage"]


async def test_a_late_answer_is_a_message_sent_at_once(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    await sandbox.post("faults", method="sendMessage", delay=600)
    late = asyncio.create_task(send(sandbox, chat))
    async with asyncio.timeout(20):
        while not await sandbox.get("log"):
            assert not late.done()
    assert len(await sandbox.get(f"chats/{chat}/messages")) == 1
    sandbox.app.state.telegram.close()
    assert (await late)[0] == 200, "closing ends the wait"


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"method": "sendMessage"},
        {"method": 5, "error_code": 400},
        {"method": "sendMessage", "error_code": 200},
        {"method": "sendMessage", "error_code": "400"},
        {"method": "sendMessage", "error_code": 400, "times": 0},
        {"method": "sendMessage", "delay": -1},
        {"method": "sendMessage", "delay": 1e9},
        {"method": "sendMessage", "error_code": 400, "colour": "red"},
        {"method": "sendMessage", "error_code": 400, "description": 5},
    ],
)
async def test_a_wrong_fault_is_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    assert (await sandbox.person("POST", "faults", **fault))[0] == 400
    assert await sandbox.get("faults") == []


# Limits


@pytest_asyncio.fixture(loop_scope="module")
async def limited() -> AsyncIterator[tuple[Sandbox, Ticks]]:
    ticks = Ticks()
    async with running(create_sandbox(telegram=Telegram(ticks=ticks))) as sandbox:
        yield sandbox, ticks


async def test_messages_past_a_limit_are_refused_until_the_window_has_passed(limited: tuple[Sandbox, Ticks]) -> None:
    sandbox, ticks = limited
    chats = [await sandbox.chat() for _ in range(4)]
    await sandbox.post("limits", per_second=3)
    assert [(await send(sandbox, chat))[0] for chat in chats[:2]] == [200, 200]
    ticks.seconds += 0.5
    assert [(await send(sandbox, chat))[0] for chat in chats[2:]] == [200, 429]
    ticks.seconds += 0.4375
    status, answer = await send(sandbox, chats[3])
    assert (status, answer["parameters"]) == (429, {"retry_after": 1})
    assert answer["description"] == "Too Many Requests: retry after 1"
    ticks.seconds += 0.0625
    assert [(await send(sandbox, chat))[0] for chat in chats[:3]] == [200, 200, 429]
    assert (await send(sandbox, chats[0], allow_paid_broadcast=True))[0] == 200
    assert (await sandbox.bot("getMe"))[0] == 200, "only messages count"


async def test_one_chat_and_one_group_have_limits_of_their_own(limited: tuple[Sandbox, Ticks]) -> None:
    sandbox, ticks = limited
    one, two, group = await sandbox.chat(), await sandbox.chat(), await sandbox.chat("group", "Members")
    await sandbox.post("limits", per_chat_per_second=1, per_group_per_minute=2)
    assert [(await send(sandbox, chat))[0] for chat in (one, one, two, group)] == [200, 429, 200, 200]
    ticks.seconds += 1
    assert [(await send(sandbox, chat))[0] for chat in (one, group)] == [200, 200]
    ticks.seconds += 1
    assert (await send(sandbox, one))[0] == 200, "a private chat has no limit by the minute"
    status, answer = await send(sandbox, group)
    assert (status, answer["parameters"]) == (429, {"retry_after": 58})
    assert await sandbox.post("limits", per_group_per_minute=None) == {
        "per_second": None,
        "per_chat_per_second": 1,
        "per_group_per_minute": None,
    }
    assert (await send(sandbox, group))[0] == 200


async def test_each_bot_has_limits_of_its_own_and_a_refused_message_is_not_counted(
    limited: tuple[Sandbox, Ticks],
) -> None:
    sandbox, _ = limited
    chat = await sandbox.chat()
    await sandbox.post("limits", per_chat_per_second=1)
    assert (await sandbox.bot("sendMessage", chat_id=chat, text=""))[0] == 400
    assert (await send(sandbox, chat))[0] == 200
    assert (await send(sandbox, chat, token="9:abc"))[0] == 200


@pytest.mark.parametrize("limits", [{"per_second": 0}, {"per_second": "3"}, {"per_second": 1.5}, {"per_day": 3}])
async def test_a_wrong_limit_is_refused(sandbox: Sandbox, limits: dict[str, Any]) -> None:
    assert (await sandbox.person("POST", "limits", **limits))[0] == 400
    assert set((await sandbox.get("limits")).values()) == {None}


# The log


async def test_the_log_holds_accepted_calls_as_they_were_sent() -> None:
    async with running(now=Ticks(1234.5)) as sandbox:
        chat = await sandbox.chat()
        await send(sandbox, chat, disable_notification=True)
        await sandbox.bot("sendMessage", chat_id=chat, text="")
        async with sandbox.session.post(f"/bot{TOKEN}/GETCHAT", data={"chat_id": str(chat)}) as response:
            assert response.status == 200
        assert await sandbox.get("log") == [
            {
                "id": 1,
                "at": 1234.5,
                "token": TOKEN,
                "method": "sendMessage",
                "params": {"chat_id": chat, "text": "x", "disable_notification": True},
            },
            {"id": 2, "at": 1234.5, "token": TOKEN, "method": "getChat", "params": {"chat_id": str(chat)}},
        ]
        assert [entry["id"] for entry in await sandbox.get("log?after=1")] == [2]
        assert [entry["id"] for entry in await sandbox.get("log?method=sendmessage")] == [1]
        await sandbox.person("DELETE", "log")
        assert await sandbox.get("log") == []


async def test_the_log_says_whose_answer_was_lost_or_late() -> None:
    async with running() as sandbox:
        chat = await sandbox.chat()
        for fault in ({"drop_reply": True}, {"delay": 0.01}):
            await sandbox.person("POST", "faults", method="sendMessage", **fault)
        with pytest.raises(aiohttp.ClientError):
            await send(sandbox, chat)
        await send(sandbox, chat)
        await send(sandbox, chat)
        assert [entry.get("reply") for entry in await sandbox.get("log")] == ["lost", "late", None]


async def test_a_long_log_is_given_whole_and_forgets_the_oldest() -> None:
    log = CallLog(keep=2500)
    for number in range(3000):
        log.add(0.0, TOKEN, "getMe", {"n": number})
    assert [entry["params"]["n"] for entry in log.entries()] == list(range(500, 3000))
    telegram = Telegram()
    telegram.log = log
    async with running(create_sandbox(telegram=telegram)) as sandbox:
        assert len(await sandbox.get("log")) == 2500
