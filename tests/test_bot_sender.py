"""What the sender asks of Telegram, and what it makes of each refusal."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from telegram import error

from blogbot import errors
from blogbot.bot.request import Broken, BrokenByTime, Flood, Unsent, UnsentInTime
from blogbot.bot.sender import TelegramSender, outcome
from blogbot.model import Button, Chat, ChatKind, Lane, Message
from blogbot.text import utf16_length
from tests.offline import Offline, failed, offline_bot, sent, travel

CHAT = Chat(id=1, telegram_id=5, kind=ChatKind.PRIVATE, title="Ada")
TOPIC = Chat(id=2, telegram_id=-1005, kind=ChatKind.SUPERGROUP, title="Club", thread_id=44)


class Telegram:
    """Answers with the given refusals first, and then takes everything."""

    def __init__(self, *refusals: Any) -> None:
        self._refusals = list(refusals)

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        if self._refusals:
            refusal = self._refusals.pop(0)
            if isinstance(refusal, Exception):
                raise refusal
            return refusal  # type: ignore[no-any-return]
        return 200, sent(parameters, 42)


def sender(*refusals: Any) -> tuple[TelegramSender, Offline]:
    bot, request = offline_bot(Telegram(*refusals))
    return TelegramSender(bot), request


def bad(description: str) -> tuple[int, Any]:
    return failed(400, f"Bad Request: {description}")


# --- What is asked -----------------------------------------------------------------------------------------------------


def test_a_message_is_sent_as_it_is_meant() -> None:
    post, request = sender()
    message = Message("<b>Hi</b>", ((Button("Read", url="https://x.example/"), Button("More", data="1:m")), ()), "")
    assert travel(post.send(TOPIC, message, Lane.POST)) == 42
    [(method, parameters)] = request.calls
    keyboard = parameters.pop("reply_markup")
    assert method == "sendMessage"
    assert parameters == {
        "chat_id": -1005,
        "text": "<b>Hi</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "message_thread_id": 44,
    }
    assert json.loads(json.dumps(keyboard)) == {
        "inline_keyboard": [
            [{"text": "Read", "url": "https://x.example/"}, {"text": "More", "callback_data": "1:m"}],
        ]
    }


def test_a_plain_message_asks_for_nothing_more() -> None:
    post, request = sender()
    travel(post.send(CHAT, Message("Hi", preview_url="https://x.example/a"), Lane.ANSWER))
    [(_, parameters)] = request.calls
    assert parameters == {
        "chat_id": 5,
        "text": "Hi",
        "parse_mode": "HTML",
        "link_preview_options": {"url": "https://x.example/a"},
    }


def test_a_document_goes_with_its_caption() -> None:
    post, request = sender()
    caption = Message("<b>An event</b>", ((Button("Back", data="1:b"),),))
    assert travel(post.send_document(TOPIC, "event.ics", b"BEGIN", caption)) == 42
    [(method, parameters)] = request.calls
    assert method == "sendDocument"
    assert parameters["caption"] == "<b>An event</b>"
    assert parameters["message_thread_id"] == 44
    assert parameters["reply_markup"]["inline_keyboard"]


def test_an_edit_puts_a_message_in_the_place_of_another() -> None:
    post, request = sender()
    assert travel(post.edit(CHAT, 9, Message("New"))) is True
    [(method, parameters)] = request.calls
    assert (method, parameters["message_id"], parameters["text"]) == ("editMessageText", 9, "New")


def test_an_edit_that_changes_nothing_is_fine() -> None:
    post, _ = sender(
        bad("message is not modified: specified new message content and reply markup are exactly the same")
    )
    assert travel(post.edit(CHAT, 9, Message("Same"))) is False


def test_an_edit_of_what_is_gone_is_refused() -> None:
    post, _ = sender(bad("message to edit not found"))
    with pytest.raises(errors.Refused, match="not found"):
        travel(post.edit(CHAT, 9, Message("New")))


# --- Simpler forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "description",
    [
        'can\'t parse entities: unsupported start tag "x" at byte offset 3',
        "Can't find end of the entity starting at byte offset 3",
    ],
)
def test_markup_that_telegram_cannot_read_is_sent_as_plain_text_and_logged_once(description: str) -> None:
    post, request = sender(bad(description))
    message = Message("<b>Tea</b> &amp; <i>cake</i>", ((Button("More", data="1:m"),),))
    with capture_logs() as logs:
        assert travel(post.send(CHAT, message, Lane.POST)) == 42
    first, second = [parameters for _, parameters in request.calls]
    assert second["text"] == "Tea & cake"
    assert "parse_mode" not in second
    assert second["reply_markup"] == first["reply_markup"]
    assert len(logs) == 1


@pytest.mark.parametrize("html", ["<b>" + "word " * 2000 + "</b>", "\U0001f600" * 3000])
def test_a_message_that_is_too_long_is_cut_and_stays_one_message(html: str) -> None:
    post, request = sender(bad("message is too long"))
    assert travel(post.send(CHAT, Message(html), Lane.POST)) == 42
    text = request.calls[1][1]["text"]
    assert utf16_length(text.replace("<b>", "").replace("</b>", "")) <= 4096
    assert "…" in text[-5:]
    assert text.count("<b>") == text.count("</b>")


def test_markup_that_cannot_be_read_and_is_long_too_fits_at_the_second_try() -> None:
    post, request = sender(bad("can't parse entities: x"))
    travel(post.send(CHAT, Message("<b>" + "word &amp; " * 2000), Lane.POST))
    text = request.calls[1][1]["text"]
    assert utf16_length(text) <= 4096
    assert "&amp;" not in text


def test_a_long_caption_is_cut() -> None:
    post, request = sender(bad("message caption is too long"))
    travel(post.send_document(CHAT, "a.ics", b"x", Message("word " * 500)))
    assert utf16_length(request.calls[1][1]["caption"]) <= 1024


def test_the_simpler_form_is_tried_once() -> None:
    post, request = sender(bad("can't parse entities: x"), bad("can't parse entities: y"))
    with pytest.raises(errors.Refused):
        travel(post.send(CHAT, Message("x"), Lane.POST))
    assert len(request.calls) == 2


def test_what_becomes_of_the_simpler_form_counts() -> None:
    post, _ = sender(bad("message is too long"), failed(403, "Forbidden: bot was blocked by the user"))
    with pytest.raises(errors.ChatGone):
        travel(post.send(CHAT, Message("x"), Lane.POST))


# --- What a refusal means ----------------------------------------------------------------------------------------------

BLOCKED = "Forbidden: bot was blocked by the user"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (failed(429, "Too Many Requests: retry after 5", retry_after=5), errors.RetryLater),
        (failed(403, BLOCKED), errors.ChatGone),
        (failed(403, "Forbidden: bot was kicked from the supergroup chat"), errors.ChatGone),
        (failed(403, "Forbidden: user is deactivated"), errors.ChatGone),
        (failed(403, "Forbidden: bot can't initiate conversation with a user"), errors.ChatGone),
        (bad("chat not found"), errors.ChatGone),
        (bad("PEER_ID_INVALID"), errors.ChatGone),
        (bad("group chat was deactivated"), errors.ChatGone),
        (failed(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1007), errors.ChatMigrated),
        (bad("message thread not found"), errors.Refused),
        (bad("TOPIC_CLOSED"), errors.Refused),
        (bad("BUTTON_URL_INVALID"), errors.Refused),
        (bad("message text is empty"), errors.Refused),
        (bad("not enough rights to send text messages to the chat"), errors.Refused),
        (failed(413, "Request Entity Too Large"), errors.Refused),
        (failed(401, "Unauthorized"), errors.TokenRejected),
        (failed(500, "Internal Server Error"), errors.RetryLater),
        (failed(502, "Bad Gateway"), errors.RetryLater),
        (Unsent("no connection"), errors.RetryLater),
        (UnsentInTime("no connection"), errors.RetryLater),
        (Broken("broke"), errors.InDoubt),
        (BrokenByTime("no answer"), errors.InDoubt),
        (error.TimedOut(), errors.InDoubt),
        (error.TelegramError("Invalid server response"), errors.InDoubt),
    ],
)
def test_every_refusal_has_one_meaning(refusal: Any, kind: type[errors.DeliveryError]) -> None:
    post, request = sender(refusal)
    with pytest.raises(errors.DeliveryError) as caught:
        travel(post.send(CHAT, Message("Hi"), Lane.POST))
    assert type(caught.value) is kind
    assert str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert len(request.calls) == 1


@pytest.mark.parametrize(
    ("failure", "seconds", "everyone"),
    [
        (Flood(17), 17.0, False),
        (Flood(17, everyone=True), 17.0, True),
        (Unsent("no connection"), 2.0, True),
        (error.NetworkError("Bad Gateway"), 5.0, False),
        (error.Conflict("other"), 5.0, False),
    ],
)
def test_trying_again_says_when_and_who_waits(failure: error.TelegramError, seconds: float, everyone: bool) -> None:
    meaning = outcome(failure)
    assert isinstance(meaning, errors.RetryLater)
    assert (meaning.seconds, meaning.everyone) == (seconds, everyone)


def test_it_reads_the_stock_requests_429_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    meaning = outcome(error.RetryAfter(timedelta(seconds=9)))
    assert isinstance(meaning, errors.RetryLater)
    assert meaning.seconds == 9.0


def test_a_migrated_group_says_its_new_id() -> None:
    meaning = outcome(error.ChatMigrated(-1007))
    assert isinstance(meaning, errors.ChatMigrated)
    assert meaning.telegram_id == -1007


def test_a_429_for_a_notification_goes_to_the_ledger_at_once() -> None:
    post, request = sender(failed(429, "Too Many Requests", retry_after=3))
    with pytest.raises(errors.RetryLater) as caught:
        travel(post.send(CHAT, Message("Hi"), Lane.REMINDER))
    assert caught.value.seconds == 3.0
    assert len(request.calls) == 1


def test_a_429_for_an_answer_is_waited_out() -> None:
    post, request = sender(failed(429, "Too Many Requests", retry_after=3))
    assert travel(post.send(CHAT, Message("Hi"), Lane.ANSWER)) == 42
    assert len(request.calls) == 2
