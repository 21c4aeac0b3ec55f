"""The person's side: chats, messages, taps, toasts, comings and goings; each becomes the update that Telegram would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.sandboxes import BUTTONS, TOKEN, Sandbox, Ticks, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as sandbox:
        await sandbox.result("getMe")
        yield sandbox


@pytest.mark.parametrize(
    ("kind", "given", "view"),
    [
        ("private", 42, {"id": 42, "type": "private", "first_name": "Members"}),
        ("group", -42, {"id": -42, "type": "group", "title": "Members"}),
        ("supergroup", -1001, {"id": -1001, "type": "supergroup", "title": "Members"}),
        ("channel", -1002, {"id": -1002, "type": "channel", "title": "Members"}),
    ],
)
async def test_a_chat_has_the_id_given_or_one_of_its_kind(
    sandbox: Sandbox, kind: str, given: int, view: dict[str, Any]
) -> None:
    made = await sandbox.post("chats", type=kind, title="Members", id=given)
    assert view.items() <= made.items()
    assert await sandbox.post("chats", type=kind, title="Members", id=given) == made, "the same chat, not another"
    other = await sandbox.post("chats", type=kind, title="Others")
    assert (other["id"] > 0) == (kind == "private")
    assert [chat["id"] for chat in await sandbox.get("chats")] == [given, other["id"]]
    assert view.items() <= (await sandbox.result("getChat", chat_id=given)).items()


async def test_a_message_becomes_an_update_with_its_command_marked(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    written = await sandbox.post(f"chats/{chat}/messages", text="/tag@sandbox_123456_bot News")
    (update,) = await sandbox.updates()
    assert update["message"] == written
    assert written["entities"] == [{"type": "bot_command", "offset": 0, "length": 23}]
    assert (written["from"]["id"], written["from"]["is_bot"], written["chat"]["id"]) == (chat, False, chat)


async def test_anybody_may_write_in_a_group(sandbox: Sandbox) -> None:
    chat = await sandbox.chat("group", "Members")
    await sandbox.post(f"chats/{chat}/messages", text="a", user={"id": 7, "first_name": "Sam", "language_code": "de"})
    await sandbox.post(f"chats/{chat}/messages", text="b", user=7)
    await sandbox.post(f"chats/{chat}/messages", text="c")
    senders = [update["message"]["from"] for update in await sandbox.updates()]
    sam = {"id": 7, "is_bot": False, "first_name": "Sam", "language_code": "de"}
    assert senders[:2] == [sam, sam]
    assert senders[2]["id"] not in {7, chat}
    assert (await sandbox.result("getChatMember", chat_id=chat, user_id=7))["status"] == "member"
    administrators = await sandbox.result("getChatAdministrators", chat_id=chat)
    assert [(member["status"], member["user"]) for member in administrators] == [("creator", senders[2])]
    assert "user not found" in (await sandbox.refusal("getChatMember", chat_id=chat, user_id=8))[1]


async def test_a_channel_speaks_for_itself(sandbox: Sandbox) -> None:
    chat = await sandbox.chat("channel", "News")
    await sandbox.post(f"chats/{chat}/messages", text="a")
    (update,) = await sandbox.updates()
    assert update["channel_post"]["sender_chat"]["id"] == chat
    assert "from" not in update["channel_post"]


async def test_a_text_too_long_for_one_message_comes_in_pieces(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    words = "word " * 2000
    last = await sandbox.post(f"chats/{chat}/messages", text=words)
    texts = [update["message"]["text"] for update in await sandbox.updates()]
    assert [len(text) <= 4096 for text in texts] == [True] * 3
    assert " ".join(texts) == words.strip()
    assert last["text"] == texts[-1]


async def test_a_person_edits_and_replies(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    first = await sandbox.post(f"chats/{chat}/messages", text="a")
    status, edited = await sandbox.person("PATCH", f"chats/{chat}/messages/{first['message_id']}", text="b")
    reply = await sandbox.post(f"chats/{chat}/messages", text="c", reply_to_message_id=first["message_id"])
    assert (status, edited["text"], reply["reply_to_message"]["text"]) == (200, "b", "b")
    assert [set(update) - {"update_id"} for update in await sandbox.updates()] == [
        {"message"},
        {"edited_message"},
        {"message"},
    ]


async def test_a_topic_has_messages_of_its_own(sandbox: Sandbox) -> None:
    chat = await sandbox.chat("supergroup", "Members", is_forum=True)
    topic = (await sandbox.post(f"chats/{chat}/topics", name="News"))["message_thread_id"]
    sent = await sandbox.result("sendMessage", chat_id=chat, text="x", message_thread_id=topic)
    assert (sent["message_thread_id"], sent["is_topic_message"], sent["chat"]["is_forum"]) == (topic, True, True)
    written = await sandbox.post(f"chats/{chat}/messages", text="y", message_thread_id=topic)
    assert written["message_thread_id"] == topic


async def test_in_a_topic_what_replies_to_nothing_else_replies_to_its_beginning(sandbox: Sandbox) -> None:
    chat = await sandbox.chat("supergroup", "Members", is_forum=True)
    topic = (await sandbox.post(f"chats/{chat}/topics", name="News"))["message_thread_id"]
    sent = await sandbox.result("sendMessage", chat_id=chat, text="x", message_thread_id=topic)
    written = await sandbox.post(f"chats/{chat}/messages", text="y", message_thread_id=topic)
    answer = await sandbox.post(
        f"chats/{chat}/messages", text="z", message_thread_id=topic, reply_to_message_id=sent["message_id"]
    )
    for message in (sent, written):
        began = message["reply_to_message"]
        assert (began["message_id"], began["forum_topic_created"]["name"]) == (topic, "News")
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    outside = await sandbox.post(f"chats/{chat}/messages", text="u")
    assert "reply_to_message" not in outside


# Taps


async def test_a_tap_is_answered_once_and_its_answer_seen(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    sent = await sandbox.result("sendMessage", chat_id=chat, text="x", reply_markup=BUTTONS)
    asked = await sandbox.post(f"chats/{chat}/taps", message_id=sent["message_id"], data="more")
    (update,) = await sandbox.updates()
    query = update["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (asked["callback_query_id"], "more", chat)
    assert query["message"] == sent
    answer = {"callback_query_id": query["id"], "text": "Done", "show_alert": True}
    assert "query is too old" in (await sandbox.refusal("answerCallbackQuery", token="9:abc", **answer))[1]
    assert (await sandbox.refusal("answerCallbackQuery", **{**answer, "text": "x" * 201}))[0] == 400
    assert await sandbox.result("answerCallbackQuery", **answer) is True
    assert "query is too old" in (await sandbox.refusal("answerCallbackQuery", **answer))[1]
    (toast,) = await sandbox.get(f"chats/{chat}/toasts")
    assert (toast["text"], toast["show_alert"], toast["message_id"], toast["data"]) == ("Done", True, 1, "more")
    assert await sandbox.get(f"chats/{chat}/toasts?after={toast['id']}") == []


@pytest.mark.parametrize("data", ["less", "x", "x" * 64, "é" * 32, "1:latest\n{}"])
async def test_a_tap_may_carry_data_that_no_button_has_any_more(sandbox: Sandbox, data: str) -> None:
    chat = await sandbox.chat()
    sent = await sandbox.result("sendMessage", chat_id=chat, text="x", reply_markup=BUTTONS)
    tap = {"message_id": sent["message_id"], "data": data}
    await sandbox.post(f"chats/{chat}/taps", **tap)
    await sandbox.result("editMessageReplyMarkup", chat_id=chat, message_id=sent["message_id"])
    await sandbox.post(f"chats/{chat}/taps", **tap)
    before, after = [update["callback_query"] for update in await sandbox.updates()]
    assert (before["data"], before["message"]) == (data, sent)
    assert (after["data"], "reply_markup" in after["message"]) == (data, False)


async def test_a_tap_needs_a_bots_message_and_data_of_1_to_64_bytes(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    sent = await sandbox.result("sendMessage", chat_id=chat, text="x", reply_markup=BUTTONS)
    mine = await sandbox.post(f"chats/{chat}/messages", text="x")
    wrong = [(sent["message_id"], data) for data in ("", "x" * 65, "é" * 32 + "x", "\ud800", 7, None)]
    for number, data in [*wrong, *((number, "more") for number in (mine["message_id"], 99, None))]:
        assert (await sandbox.person("POST", f"chats/{chat}/taps", message_id=number, data=data))[0] == 400, data
    await sandbox.result("deleteMessage", chat_id=chat, message_id=sent["message_id"])
    assert (await sandbox.person("POST", f"chats/{chat}/taps", message_id=sent["message_id"], data="more"))[0] == 400


async def test_a_tap_cannot_be_answered_for_ever() -> None:
    from blogbot.sandbox import Telegram, create_sandbox

    ticks = Ticks()
    async with running(create_sandbox(telegram=Telegram(ticks=ticks))) as sandbox:
        chat = await sandbox.chat()
        sent = await sandbox.result("sendMessage", chat_id=chat, text="x", reply_markup=BUTTONS)
        asked = await sandbox.post(f"chats/{chat}/taps", message_id=sent["message_id"], data="more")
        ticks.seconds += 901
        assert "query is too old" in (await sandbox.refusal("answerCallbackQuery", **asked))[1]


# Coming and going


async def test_a_blocked_bot_is_told_and_cannot_write(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    assert (await sandbox.post(f"chats/{chat}/block"))["standing"] == "kicked"
    assert await sandbox.refusal("sendMessage", chat_id=chat, text="x") == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    assert (await sandbox.person("POST", f"chats/{chat}/messages", text="x"))[0] == 409
    await sandbox.post(f"chats/{chat}/unblock")
    await sandbox.result("sendMessage", chat_id=chat, text="x")
    changes = [update["my_chat_member"] for update in await sandbox.updates()]
    assert [(c["old_chat_member"]["status"], c["new_chat_member"]["status"]) for c in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]
    assert [(change["from"]["id"], change["new_chat_member"]["user"]["id"]) for change in changes] == [
        (chat, 123456)
    ] * 2


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_a_kicked_bot_is_told_and_hears_no_more(sandbox: Sandbox, kind: str) -> None:
    chat = await sandbox.chat(kind, "Members")
    await sandbox.post(f"chats/{chat}/kick")
    assert await sandbox.refusal("sendMessage", chat_id=chat, text="x") == (
        403,
        f"Forbidden: bot was kicked from the {kind} chat",
    )
    await sandbox.post(f"chats/{chat}/messages", text="unheard")
    await sandbox.post(f"chats/{chat}/join")
    await sandbox.post(f"chats/{chat}/messages", text="heard")
    kinds = [next(key for key in update if key != "update_id") for update in await sandbox.updates()]
    assert kinds == ["my_chat_member", "my_chat_member", "channel_post" if kind == "channel" else "message"]


async def test_a_bot_may_leave(sandbox: Sandbox) -> None:
    chat = await sandbox.chat("group", "Members")
    assert await sandbox.result("leaveChat", chat_id=chat)
    assert (await sandbox.refusal("sendMessage", chat_id=chat, text="x"))[1] == (
        "Forbidden: bot is not a member of the group chat"
    )


async def test_a_bot_cannot_write_first(sandbox: Sandbox) -> None:
    chat = await sandbox.chat(started=False)
    refused = (403, "Forbidden: bot can't initiate conversation with a user")
    assert await sandbox.refusal("sendMessage", chat_id=chat, text="x") == refused
    await sandbox.post(f"chats/{chat}/messages", text="/start")
    await sandbox.result("sendMessage", chat_id=chat, text="x")
    group = await sandbox.chat("group", "Members")
    await sandbox.post(f"chats/{group}/messages", text="x", user=77)
    assert await sandbox.refusal("sendMessage", chat_id=77, text="x") == refused
    assert await sandbox.refusal("sendMessage", chat_id=78, text="x") == (400, "Bad Request: chat not found")


async def test_a_group_becomes_a_supergroup(sandbox: Sandbox) -> None:
    chat = await sandbox.chat("group", "Members")
    new = (await sandbox.post(f"chats/{chat}/migrate"))["id"]
    status, answer = await sandbox.bot("sendMessage", chat_id=chat, text="x")
    assert (status, answer["parameters"]) == (400, {"migrate_to_chat_id": new})
    await sandbox.result("sendMessage", chat_id=new, text="x")
    services = [update["message"] for update in await sandbox.updates()]
    assert (services[0]["migrate_to_chat_id"], services[1]["migrate_from_chat_id"]) == (new, chat)


# Inline


async def test_an_inline_query_is_asked_and_answered(sandbox: Sandbox) -> None:
    asking = asyncio.create_task(sandbox.post("inline", user={"id": 7, "first_name": "Sam"}, query="events"))
    (update,) = await sandbox.result("getUpdates", timeout=30)
    query = update["inline_query"]
    assert (query["query"], query["from"]["first_name"], query["offset"]) == ("events", "Sam", "")
    article = {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "x"}}
    wrong = [
        [article] * 2,
        [{**article, "id": ""}],
        [{**article, "title": ""}],
        [{**article, "input_message_content": {"message_text": "<p>", "parse_mode": "HTML"}}],
        [{**article, "id": str(number)} for number in range(51)],
    ]
    for results in wrong:
        assert (await sandbox.refusal("answerInlineQuery", inline_query_id=query["id"], results=results))[0] == 400
    await sandbox.result("answerInlineQuery", inline_query_id=query["id"], results=[article], cache_time=0)
    answer = await asking
    assert (answer["answered"], answer["results"], answer["cache_time"]) == (True, [article], 0)
    assert await sandbox.get(f"inline/{query['id']}") == answer
    assert (await sandbox.refusal("answerInlineQuery", inline_query_id=query["id"], results=[]))[0] == 400


async def test_an_inline_query_without_an_answer_says_so(sandbox: Sandbox) -> None:
    answer = await sandbox.post("inline", user=7, query="x", wait=0)
    assert (answer["answered"], answer["results"]) == (False, [])


# Looking on


async def listen(sandbox: Sandbox) -> AsyncIterator[tuple[str, Any]]:
    async with sandbox.session.get("/sandbox/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        while True:
            name = (await response.content.readline()).decode().removeprefix("event: ").strip()
            data = (await response.content.readline()).decode().removeprefix("data: ")
            await response.content.readline()
            if not name:
                return
            yield name, json.loads(data)


async def test_whoever_looks_on_sees_what_happens(sandbox: Sandbox) -> None:
    events = listen(sandbox)
    assert await anext(events) == ("hello", {})
    chat = await sandbox.chat()
    await sandbox.post(f"chats/{chat}/messages", text="a")
    sent = await sandbox.result("sendMessage", chat_id=chat, text="b", reply_markup=BUTTONS)
    asked = await sandbox.post(f"chats/{chat}/taps", message_id=sent["message_id"], data="more")
    await sandbox.result("answerCallbackQuery", **asked, text="c")
    await sandbox.result("editMessageText", chat_id=chat, message_id=sent["message_id"], text="d")
    await sandbox.result("sendChatAction", chat_id=chat, action="typing")
    await sandbox.result("deleteMessage", chat_id=chat, message_id=sent["message_id"])
    await sandbox.result("setMyCommands", commands=[{"command": "next", "description": "x"}])
    seen = [await anext(events) for _ in range(8)]
    await events.aclose()  # type: ignore[attr-defined]
    names = [name for name, _ in seen]
    assert names == ["chat", "message", "message", "toast", "edited", "action", "deleted", "commands"]
    texts = [content["message"]["text"] for name, content in seen if name in {"message", "edited"}]
    assert texts == ["a", "b", "d"]
    assert seen[3][1]["toast"]["text"] == "c"
    assert {content.get("chat_id", chat) for _, content in seen} == {chat}


async def test_closing_ends_polls_and_streams() -> None:
    async with running() as sandbox:
        await sandbox.result("getMe")
        events = listen(sandbox)
        await anext(events)
        sandbox.app.state.telegram.close()
        assert [event async for event in events] == []
        assert await sandbox.result("getUpdates", timeout=30) == []


# The page, and what is wrong


async def test_the_page_is_at_home_unless_another_is(sandbox: Sandbox) -> None:
    async with sandbox.session.get("/", allow_redirects=False) as response:
        assert (response.status, response.headers["location"]) == (307, "/sandbox/")
    async with running(home=False) as other, other.session.get("/") as response:
        assert response.status == 404


async def test_skipping_asks_the_demo() -> None:
    async def skip() -> dict[str, Any]:
        return {"text": "It is tomorrow now."}

    async with running(skip=skip) as sandbox:
        assert await sandbox.post("skip") == {"text": "It is tomorrow now."}
    async with running() as sandbox:
        assert (await sandbox.person("POST", "skip"))[0] == 404


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("POST", "chats", {}, 400),
        ("POST", "chats", {"type": "planet"}, 400),
        ("POST", "chats", {"type": "private", "id": -1}, 400),
        ("POST", "chats", {"type": "group", "id": 1}, 400),
        ("POST", "chats", {"type": "group", "id": "x"}, 400),
        ("POST", "chats", {"type": "private", "id": 2**60}, 400),
        ("POST", "chats", {"type": "private", "title": 5}, 400),
        ("GET", "chats/5/messages", {}, 404),
        ("GET", "chats/x/messages", {}, 400),
        ("POST", "chats/5/messages", {"text": "x"}, 404),
        ("POST", "chats/1/messages", {}, 400),
        ("POST", "chats/1/messages", {"text": " "}, 400),
        ("POST", "chats/1/messages", {"text": 5}, 400),
        ("POST", "chats/1/messages", {"text": "x", "user": "Sam"}, 400),
        ("POST", "chats/1/messages", {"text": "x", "user": {"first_name": "Sam"}}, 400),
        ("POST", "chats/1/messages", {"text": "x", "reply_to_message_id": 99}, 400),
        ("GET", "chats/1/messages?after=x", {}, 400),
        ("POST", "chats/1/kick", {}, 400),
        ("POST", "chats/1/migrate", {}, 400),
        ("POST", "chats/1/topics", {"name": "x"}, 400),
        ("PATCH", "chats/1/messages/99", {"text": "x"}, 404),
        ("POST", "inline", {"query": "x"}, 400),
        ("GET", "inline/5", {}, 404),
        ("GET", "files/x", {}, 404),
        ("POST", "crowds", {"first_id": 1, "count": 0}, 400),
        ("POST", "crowds", {"first_id": -5, "count": 10, "type": "group"}, 400),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(
    sandbox: Sandbox, verb: str, path: str, body: dict[str, Any], status: int
) -> None:
    await sandbox.chat(id=1)
    answered, answer = await sandbox.person(verb, path, **body)
    assert (answered, list(answer)) == (status, ["error"])


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"text": "\\ud800"}', b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(sandbox: Sandbox, body: bytes) -> None:
    async with sandbox.session.post("/sandbox/chats", data=body) as response:
        assert (response.status, list(await response.json())) == (400, ["error"])


async def test_another_sites_page_may_not_act(sandbox: Sandbox) -> None:
    for origin, status in [("https://evil.example", 403), ("null", 403), (sandbox.url.rstrip("/"), 200)]:
        body = {"type": "private"}
        async with sandbox.session.post("/sandbox/chats", json=body, headers={"origin": origin}) as response:
            assert response.status == status


async def test_a_crowd_is_there_at_once(sandbox: Sandbox) -> None:
    await sandbox.post("crowds", type="private", first_id=5_000_001, count=1_000_000)
    assert await sandbox.get("chats") == []
    assert (await sandbox.result("sendMessage", chat_id=6_000_000, text="x"))["chat"]["id"] == 6_000_000
    assert (await sandbox.refusal("sendMessage", chat_id=6_000_001, text="x"))[0] == 400
    assert [chat["id"] for chat in await sandbox.get("chats")] == [6_000_000]


async def test_another_token_sees_the_same_chat(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    await sandbox.result("sendMessage", chat_id=chat, text="one")
    await sandbox.result("sendMessage", token="9:abc", chat_id=chat, text="two")
    messages = await sandbox.get(f"chats/{chat}/messages")
    assert [(message["text"], message["from"]["id"]) for message in messages] == [("one", 123456), ("two", 9)]
    assert {bot["id"] for bot in await sandbox.get("bots")} == {123456, 9}
    assert TOKEN.startswith("123456:")
