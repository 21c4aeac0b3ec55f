"""The methods that answer a person's tap on a button and an inline query."""

from __future__ import annotations

from typing import Any, Final

from ..entities import MAX_TEXT, utf16_length
from ..errors import bad_request
from ..keyboards import inline_keyboard
from ..parameters import Parameters
from .call import Call, read_text

MAX_RESULTS: Final = 50
MAX_TOAST: Final = 200


def answer_callback_query(call: Call) -> bool:
    """answerCallbackQuery: true. A tap is answered once; what the person sees of it is kept as a toast."""
    text = call.params.text("text")
    if utf16_length(text) > MAX_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    desk = call.telegram.queries
    query_id = call.params.text("callback_query_id")
    tap = desk.take_tap(query_id, call.account)
    content: dict[str, Any] = {
        "text": text,
        "show_alert": call.params.flag("show_alert"),
        "date": int(call.telegram.now()),
    }
    if url := call.params.text("url"):
        content["url"] = url
    toast = desk.toast(tap, query_id, content)
    call.telegram.broadcast.tell("toast", {"chat_id": tap.message.chat.id, "toast": toast})
    return True


def answer_inline_query(call: Call) -> bool:
    """answerInlineQuery: true."""
    question = call.telegram.queries.take_inline(call.params.text("inline_query_id"))
    results = call.params.listing("results")
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    seen: set[str] = set()
    for result in results:
        _check_result(call, result, seen)
    options = ("next_offset", "cache_time", "is_personal", "button")
    question.answer = {"results": results} | {name: call.params.sent[name] for name in options if name in call.params}
    question.answered.set()
    return True


def _check_result(call: Call, result: Any, seen: set[str]) -> None:
    if not isinstance(result, dict) or not isinstance(result.get("type"), str):
        raise bad_request("can't parse inline query result: it must be an Object with a type")
    result_id = result.get("id")
    if not isinstance(result_id, str) or not 1 <= len(result_id.encode("utf-8", "replace")) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    if result_id in seen:
        raise bad_request("RESULT_ID_DUPLICATE")
    seen.add(result_id)
    if isinstance(result.get("reply_markup"), dict):
        inline_keyboard(result["reply_markup"])
    if result["type"] == "article":
        _check_article(call, result)


def _check_article(call: Call, result: dict[str, Any]) -> None:
    if not isinstance(result.get("title"), str) or not result["title"].strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content")
    if not isinstance(content, dict):
        raise bad_request("can't parse inline query result: there is no input message content")
    if "message_text" in content:
        body = read_text(Parameters(content), "message_text", "entities", call.telegram.now())
        if not body.text:
            raise bad_request("MESSAGE_EMPTY")
        if utf16_length(body.text) > MAX_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
