"""Messages and files: the sandbox takes what Telegram takes, gives back what it gives, and refuses what it refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.sandboxes import BUTTONS, TOKEN, Sandbox, Ticks, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One sandbox for all tests that make a chat of their own and mind nothing else."""
    async with running() as sandbox:
        yield sandbox


def button(**action: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x", **action}]]}


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
    async with sandbox.session.get(f"/file/bot{TOKEN}/documents/{document['file_id']}/other") as response:
        assert response.status == 404
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
