"""What each refusal of Telegram's means: one table of all that are known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from telegram import error

from blogbot import errors
from blogbot.bot.request import Broken, BrokenByTime, Flood, Unsent, UnsentInTime
from blogbot.bot.sender import outcome
from blogbot.model import Lane, Message
from tests.offline import failed, travel
from tests.test_bot_sender import CHAT, bad, sender


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (failed(429, "Too Many Requests: retry after 5", retry_after=5), errors.Throttled),
        (failed(403, "Forbidden: bot was blocked by the user"), errors.ChatGone),
        (failed(403, "Forbidden: bot was kicked from the supergroup chat"), errors.ChatGone),
        (failed(403, "Forbidden: bot was kicked from the group chat"), errors.ChatGone),
        (failed(403, "Forbidden: bot was kicked from the channel chat"), errors.ChatGone),
        (failed(403, "Forbidden: bot is not a member of the supergroup chat"), errors.ChatGone),
        (failed(403, "Forbidden: bot is not a member of the channel chat"), errors.ChatGone),
        (failed(403, "Forbidden: the group chat was deleted"), errors.ChatGone),
        (failed(403, "Forbidden: user is deactivated"), errors.ChatGone),
        (failed(403, "Forbidden: bot can't initiate conversation with a user"), errors.ChatGone),
        (failed(403, "Forbidden: bot can't send messages to bots"), errors.ChatGone),
        (failed(403, "Forbidden: bot can't send messages to the user"), errors.ChatGone),
        (bad("chat not found"), errors.ChatGone),
        (bad("user not found"), errors.ChatGone),
        (bad("PEER_ID_INVALID"), errors.ChatGone),
        (bad("CHANNEL_PRIVATE"), errors.ChatGone),
        (bad("USER_IS_BLOCKED"), errors.ChatGone),
        (bad("group chat was deactivated"), errors.ChatGone),
        (failed(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1007), errors.ChatMigrated),
        (bad("message thread not found"), errors.TopicGone),
        (bad("TOPIC_CLOSED"), errors.TopicGone),
        (bad("TOPIC_DELETED"), errors.TopicGone),
        (bad("TOPIC_ID_INVALID"), errors.TopicGone),
        (bad("BUTTON_URL_INVALID"), errors.Refused),
        (bad("BUTTON_DATA_INVALID"), errors.Refused),
        (bad("MESSAGE_ID_INVALID"), errors.Refused),
        (bad("message text is empty"), errors.Refused),
        (bad("message to edit not found"), errors.Refused),
        (bad("message can't be edited"), errors.Refused),
        (bad("there is no text in the message to edit"), errors.Refused),
        (bad("CHAT_WRITE_FORBIDDEN"), errors.ChatClosed),
        (bad("CHAT_RESTRICTED"), errors.ChatClosed),
        (bad("CHAT_SEND_PLAIN_FORBIDDEN"), errors.ChatClosed),
        (bad("have no rights to send a message"), errors.ChatClosed),
        (bad("not enough rights to send text messages to the chat"), errors.ChatClosed),
        (bad("need administrator rights in the channel chat"), errors.ChatClosed),
        (bad("not enough rights to edit the message"), errors.Refused),
        (failed(413, "Request Entity Too Large"), errors.Refused),
        (failed(401, "Unauthorized"), errors.TokenRejected),
        (failed(404, "Not Found"), errors.TokenRejected),
        (failed(500, "Internal Server Error"), errors.RetryLater),
        (failed(502, "Bad Gateway"), errors.RetryLater),
        (failed(503, "Service Unavailable"), errors.RetryLater),
        ((502, ["a page, not an object"]), errors.RetryLater),
        (failed(504, "Gateway Timeout"), errors.InDoubt),
        ((504, ["a page, not an object"]), errors.InDoubt),
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
