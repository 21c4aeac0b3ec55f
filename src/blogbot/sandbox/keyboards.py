"""The keyboards of messages: read from `reply_markup`, checked as strictly as Telegram does, kept without what it drops."""

from __future__ import annotations

from typing import Any, Final

from .entities import utf16_length
from .errors import ApiError, bad_request
from .markup import checked_url

MAX_BUTTONS: Final = 100
MAX_DATA_BYTES: Final = 64

_ACTIONS: Final = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_REQUESTS: Final = ("request_users", "request_chat", "request_contact", "request_location", "request_poll", "web_app")
_STYLES: Final = ("danger", "success", "primary")
_INLINE_FAULT: Final = "can't parse inline keyboard button"

Button = dict[str, Any]


def read_markup(markup: dict[str, Any]) -> dict[str, Any] | None:
    """The keyboard to keep; None for none. Raises ApiError 400."""
    if not markup:
        return None
    if "inline_keyboard" in markup:
        return inline_keyboard(markup)
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "keyboard", _reply_button)
        options = ("is_persistent", "resize_keyboard", "one_time_keyboard", "input_field_placeholder", "selective")
        return {"keyboard": rows} | {name: markup[name] for name in options if name in markup}
    if markup.get("remove_keyboard") is True or markup.get("force_reply") is True:
        return dict(markup)
    raise bad_request("object expected as reply markup")


def inline_keyboard(markup: dict[str, Any]) -> dict[str, Any] | None:
    """An inline keyboard, which is the only one a message can be edited to. None where it has no buttons."""
    if not markup:
        return None
    rows = _rows(markup.get("inline_keyboard"), "inline keyboard", _inline_button)
    return {"inline_keyboard": rows} if rows else None


def _rows(value: Any, name: str, read: Any) -> list[list[Button]]:
    if not isinstance(value, list):
        raise bad_request(f'field "{name.replace(" ", "_")}" must be of type Array')
    if not all(isinstance(row, list) for row in value):
        raise bad_request(f'field "{name.replace(" ", "_")}" must be an Array of Arrays')
    if sum(len(row) for row in value) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return [[read(button) for button in row] for row in value if row]


def _inline_button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise bad_request(f"{_INLINE_FAULT}: InlineKeyboardButton must be an Object")
    text = _label(button, _INLINE_FAULT)
    actions = [name for name in _ACTIONS if button.get(name) is not None]
    if not actions:
        raise bad_request(f"{_INLINE_FAULT}: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(
            f"{_INLINE_FAULT}: exactly one of the optional fields must be used, found {' and '.join(actions)}"
        )
    action = actions[0]
    return {"text": text, action: _action(action, button[action]), **_looks(button)}


def _action(action: str, value: Any) -> Any:
    if action == "callback_data":
        _check_data(value)
    elif action == "url":
        return _url(value)
    elif action in {"web_app", "login_url"}:
        _url(value.get("url") if isinstance(value, dict) else None)
    elif action == "copy_text":
        text = value.get("text") if isinstance(value, dict) else None
        if not isinstance(text, str) or not 1 <= len(text) <= 256:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return value


def _check_data(value: Any) -> None:
    if not isinstance(value, str):
        raise bad_request(f'{_INLINE_FAULT}: Field "callback_data" must be of type String')
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    if not 1 <= size <= MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _url(value: Any) -> str:
    if isinstance(value, str) and value.startswith("tg://"):
        return value
    url = checked_url(value) if isinstance(value, str) else ""
    if not url:
        raise _wrong_url(value)
    return url


def _wrong_url(value: Any) -> ApiError:
    shown = str(value)[:200]
    return bad_request(f"inline keyboard button URL '{shown}' is invalid: Wrong HTTP URL")


def _reply_button(button: Any) -> Button:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")
    text = _label(button, "can't parse keyboard button")
    requests = {name: button[name] for name in _REQUESTS if button.get(name)}
    if len(requests) > 1:
        raise bad_request("can't parse keyboard button: at most one of the optional fields can be used")
    return {"text": text, **requests, **_looks(button)}


def _label(button: Button, fault: str) -> str:
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request(f'{fault}: Field "text" must be of type String')
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    if not text.strip():
        raise bad_request(f"{fault}: button text must be non-empty")
    if utf16_length(text) > 4096:
        raise bad_request(f"{fault}: button text is too long")
    return text


def _looks(button: Button) -> Button:
    """Colour and icon (Bot API 9.4)."""
    looks: Button = {}
    if button.get("style") is not None:
        if button["style"] not in _STYLES:
            raise bad_request(f"{_INLINE_FAULT}: unsupported button style")
        looks["style"] = button["style"]
    if isinstance(button.get("icon_custom_emoji_id"), str):
        looks["icon_custom_emoji_id"] = button["icon_custom_emoji_id"]
    return looks
