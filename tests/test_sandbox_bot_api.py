"""The sandbox's Bot API takes what Telegram takes, in every way of sending it, and refuses what Telegram refuses."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blogbot.sandbox.methods import METHODS
from tests.sandboxes import BUTTONS, TOKEN, Sandbox, Ticks, running

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


def button(**action: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x", **action}]]}


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


# Messages


async def test_messages_are_numbered_in_each_chat_and_dated() -> None:
    async with running(now=Ticks(1234.9)) as sandbox:
        one, two = await sandbox.chat(), await sandbox.chat()
        sent = [await sandbox.result("sendMessage", chat_id=chat, text="x") for chat in (one, one, two)]
    assert [message["message_id"] for message in sent] == [1, 2, 1]
    assert [message["date"] for message in sent] == [1234] * 3
    assert sent[0]["chat"] == {"id": one, "type": "private", "first_name": "Alex"}
    assert sent[0]["from"]["id"] == 123456


async def test_a_message_carries_its_options(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    first = await sandbox.result("sendMessage", chat_id=chat, text="first")
    sent = await sandbox.result(
        "sendMessage",
        chat_id=chat,
        text="<b>x</b>",
        parse_mode="HTML",
        reply_markup=json.dumps(BUTTONS),
        link_preview_options={"is_disabled": True, "other": 1},
        reply_parameters={"message_id": first["message_id"]},
        protect_content="true",
        disable_notification=True,
    )
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert sent["reply_markup"] == BUTTONS
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert sent["reply_to_message"] == first
    assert sent["has_protected_content"] is True
    assert (await sandbox.get(f"chats/{chat}/messages?after=1")) == [sent]


async def test_entities_may_be_given(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    entities = [
        {"type": "date_time", "offset": 2, "length": 2, "unix_time": 5, "date_time_format": "wD"},
        {"type": "bold", "offset": 0, "length": 2, "x": 1},
        {"type": "url", "offset": 0, "length": 1},
    ]
    sent = await sandbox.result("sendMessage", chat_id=chat, text="😀at", entities=entities)
    bold = {"type": "bold", "offset": 0, "length": 2}
    time = {"type": "date_time", "offset": 2, "length": 2, "unix_time": 5, "date_time_format": "wD"}
    assert sent["entities"] == [bold, time]


async def test_a_reply_keyboard_is_seen_by_people_only(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    keyboard = {"keyboard": [["Yes", {"text": "No"}]], "resize_keyboard": True}
    sent = await sandbox.result("sendMessage", chat_id=chat, text="x", reply_markup=keyboard)
    assert "reply_markup" not in sent
    seen = (await sandbox.get(f"chats/{chat}/messages"))[0]["reply_markup"]
    assert seen == {"keyboard": [[{"text": "Yes"}, {"text": "No"}]], "resize_keyboard": True}


LONG_MARKED = "<b>" + "é" * 4096 + "</b>"


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, "message text is empty"),
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "x" * 70_000}, "message is too long"),
        ({"text": LONG_MARKED.replace("</b>", "é</b>"), "parse_mode": "HTML"}, "message is too long"),
        ({"text": "<p>x</p>", "parse_mode": "html"}, 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
        ({"text": "*x*", "parse_mode": "MarkdownV2"}, "the sandbox understands no Markdown; use parse_mode HTML or entities"),
        ({"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
        ({"text": "x", "entities": "[{]"}, "can't parse entities JSON object"),
        ({"text": "x", "entities": {"a": 1}}, "entities must be an Array"),
        ({"text": "x", "entities": [{"type": []}]}, "can't parse MessageEntity: it must be an Object with a known type"),
        ({"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]}, "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
        ({"text": "x", "reply_markup": {"buttons": []}}, "object expected as reply markup"),
        ({"text": "x", "reply_markup": {"inline_keyboard": {}}}, 'field "inline_keyboard" must be of type Array'),
        ({"text": "x", "reply_markup": {"inline_keyboard": [{"text": "x"}]}}, 'field "inline_keyboard" must be an Array of Arrays'),
        ({"text": "x", "reply_markup": {"inline_keyboard": [["x"]]}}, "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        ({"text": "x", "reply_markup": button()}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"text": "x", "reply_markup": button(url="https://a.org", callback_data="x")}, "can't parse inline keyboard button: exactly one of the optional fields must be used, found url and callback_data"),
        ({"text": "x", "reply_markup": button(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(callback_data="é" * 33)}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(callback_data="")}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(url="nowhere")}, "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ({"text": "x", "reply_markup": button(url="javascript:alert(1)")}, "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL"),
        ({"text": "x", "reply_markup": button(text=" ", callback_data="x")}, "can't parse inline keyboard button: button text must be non-empty"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}}, "reply markup is too long"),
    ],
)  # fmt: skip
async def test_what_telegram_refuses_is_refused(sandbox: Sandbox, params: dict[str, Any], reason: str) -> None:
    chat = await sandbox.chat()
    assert await sandbox.refusal("sendMessage", chat_id=chat, **params) == (400, f"Bad Request: {reason}")
    assert await sandbox.get(f"chats/{chat}/messages") == []


@pytest.mark.parametrize(
    "params",
    [
        {"text": "x" * 4096},
        {"text": "😀" * 2048},
        {"text": LONG_MARKED, "parse_mode": "HTML"},
        {"text": "x", "reply_markup": button(callback_data="x" * 64)},
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 100}},
        {"text": "x", "reply_markup": {"inline_keyboard": []}},
        {"text": "x", "reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}},
        {"text": "x", "reply_markup": {"force_reply": True}},
        {"text": "x", "reply_markup": {"remove_keyboard": True}},
    ],
)
async def test_what_telegram_just_takes_is_taken(sandbox: Sandbox, params: dict[str, Any]) -> None:
    await sandbox.result("sendMessage", chat_id=await sandbox.chat(), **params)


async def test_an_edit_changes_the_message_in_place(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    sent = await sandbox.result("sendMessage", chat_id=chat, text="old", reply_markup=BUTTONS)
    edited = await sandbox.result("editMessageText", chat_id=chat, message_id=sent["message_id"], text="new")
    assert edited["text"] == "new"
    assert edited["edit_date"] >= edited["date"]
    assert "reply_markup" not in edited, "a keyboard that is not given again goes"
    assert await sandbox.get(f"chats/{chat}/messages") == [edited]
    again = await sandbox.result(
        "editMessageReplyMarkup", chat_id=chat, message_id=sent["message_id"], reply_markup=BUTTONS
    )
    assert again["reply_markup"] == BUTTONS
    assert again["text"] == "new"


async def test_an_edit_that_cannot_be_is_refused(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    mine = (await sandbox.post(f"chats/{chat}/messages", text="mine"))["message_id"]
    sent = (await sandbox.result("sendMessage", chat_id=chat, text="<b>x</b>", parse_mode="HTML"))["message_id"]
    edit = {"chat_id": chat, "message_id": sent, "text": "<b>x</b>", "parse_mode": "HTML"}
    status, reason = await sandbox.refusal("editMessageText", **edit)
    assert (status, reason[:37]) == (400, "Bad Request: message is not modified:")
    for changed, expected in [
        ({"message_id": 99}, "message to edit not found"),
        ({"message_id": mine}, "message can't be edited"),
        ({"message_id": None}, "message identifier is not specified"),
        ({"text": ""}, "message text is empty"),
        ({"chat_id": 5}, "chat not found"),
    ]:
        assert await sandbox.refusal("editMessageText", **{**edit, **changed}) == (400, f"Bad Request: {expected}")
    assert (await sandbox.refusal("editMessageText", token="9:abc", **edit))[
        1
    ] == "Bad Request: message can't be edited"


async def test_a_deleted_message_is_gone(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    ids = [(await sandbox.result("sendMessage", chat_id=chat, text="x"))["message_id"] for _ in range(3)]
    assert await sandbox.result("deleteMessage", chat_id=chat, message_id=ids[0])
    assert (await sandbox.refusal("deleteMessage", chat_id=chat, message_id=ids[0]))[1].endswith("to delete not found")
    assert await sandbox.result("deleteMessages", chat_id=chat, message_ids=ids)
    assert await sandbox.get(f"chats/{chat}/messages") == []


async def test_a_message_is_pinned_where_the_bot_may(sandbox: Sandbox) -> None:
    private, group = await sandbox.chat(), await sandbox.chat("group", "Members")
    for chat in (private, group):
        await sandbox.result("sendMessage", chat_id=chat, text="x")
    assert await sandbox.result("pinChatMessage", chat_id=private, message_id=1)
    assert (await sandbox.result("getChat", chat_id=private))["pinned_message"]["text"] == "x"
    assert "not enough rights" in (await sandbox.refusal("pinChatMessage", chat_id=group, message_id=1))[1]
    await sandbox.post(f"chats/{group}/members", user=123456, status="administrator")
    assert await sandbox.result("pinChatMessage", chat_id=group, message_id=1)


async def test_the_writing_sign_is_checked(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    assert await sandbox.result("sendChatAction", chat_id=chat, action="typing")
    assert (await sandbox.refusal("sendChatAction", chat_id=chat, action="dancing"))[0] == 400


# Files


async def send_file(sandbox: Sandbox, method: str, name: str, content: bytes, **fields: str) -> tuple[int, Any]:
    form = aiohttp.FormData(fields, quote_fields=False)
    form.add_field(name, content, filename='a "b".ics', content_type="text/calendar")
    async with sandbox.session.post(f"/bot{TOKEN}/{method}", data=form) as response:
        return response.status, await response.json()


async def test_a_document_can_be_fetched_again(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    content = b"BEGIN:VCALENDAR\r\n--x\r\n\x00\xff\r\n"
    fields = {"chat_id": str(chat), "caption": "<b>A</b>", "parse_mode": "HTML"}
    status, answer = await send_file(sandbox, "sendDocument", "document", content, **fields)
    message, document = answer["result"], answer["result"]["document"]
    assert (status, message["caption"], "text" in message) == (200, "A", False)
    assert message["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert (document["file_name"], document["mime_type"]) == ('a "b".ics', "text/calendar")
    assert document["file_size"] == len(content)
    file = await sandbox.result("getFile", file_id=document["file_id"])
    async with sandbox.session.get(f"/file/bot{TOKEN}/{file['file_path']}") as response:
        assert await response.read() == content
    async with sandbox.session.get(f"/sandbox/files/{document['file_id']}") as response:
        assert await response.read() == content
        assert response.headers["content-disposition"] == 'attachment; filename="a__b_.ics"'
    again = await sandbox.result("sendDocument", chat_id=chat, document=document["file_id"])
    assert again["document"] == document


@pytest.mark.parametrize("path", ["documents/x/y", "x", "..%2f..%2fetc%2fpasswd", "documents/../x"])
async def test_no_other_file_is_given_away(sandbox: Sandbox, path: str) -> None:
    async with sandbox.session.get(f"/file/bot{TOKEN}/{path}") as response:
        assert response.status == 404


async def test_an_attachment_may_be_named(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    fields = {"chat_id": str(chat), "photo": "attach://picture"}
    status, answer = await send_file(sandbox, "sendPhoto", "picture", b"\x89PNG\r\n\x1a\nx", **fields)
    assert (status, answer["result"]["photo"][0]["file_size"]) == (200, 9)


async def test_a_file_that_cannot_be_is_refused(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    for method, params, reason in [
        ("sendDocument", {}, "there is no document in the request"),
        ("sendDocument", {"document": "nonsense"}, "wrong file identifier/HTTP URL specified"),
        ("sendDocument", {"document": "https://a.org/x.ics", "caption": "x" * 1025}, "message caption is too long"),
        ("sendPhoto", {"photo": "https://[x"}, "wrong HTTP URL specified"),
        ("getFile", {"file_id": "x"}, "invalid file_id"),
    ]:
        assert await sandbox.refusal(method, chat_id=chat, **params) == (400, f"Bad Request: {reason}")
    fields = {"chat_id": str(chat)}
    assert (await send_file(sandbox, "sendDocument", "document", b"", **fields))[0] == 400
    assert (await send_file(sandbox, "sendPhoto", "photo", b"no picture", **fields))[0] == 400


async def test_a_caption_is_edited_and_a_text_in_its_place_is_not(sandbox: Sandbox) -> None:
    chat = await sandbox.chat()
    sent = await sandbox.result("sendPhoto", chat_id=chat, photo="https://a.org/x.png", caption="old")
    place = {"chat_id": chat, "message_id": sent["message_id"]}
    assert (await sandbox.result("editMessageCaption", **place, caption="new"))["caption"] == "new"
    assert "no text in the message" in (await sandbox.refusal("editMessageText", **place, text="new"))[1]


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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(sorted(METHODS)), params=st.dictionaries(NAMES, VALUES, max_size=5))
async def test_no_parameters_break_the_sandbox(sandbox: Sandbox, method: str, params: dict[str, Any]) -> None:
    await sandbox.post("chats", type="private", id=100001)
    body = json.dumps({"chat_id": 100001, **params, "timeout": 0})
    headers = {"content-type": "application/json"}
    async with sandbox.session.post(f"/bot{TOKEN}/{method}", data=body, headers=headers) as response:
        answer = await response.json()
        assert response.status < 500
        assert answer["ok"] is (response.status == 200)
    assert isinstance(await sandbox.get("log"), list)
