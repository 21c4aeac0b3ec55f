"""What the sender asks of Telegram, and what it makes of each refusal."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from blogbot import errors
from blogbot.bot.limiter import Lanes
from blogbot.bot.schedule import Limits
from blogbot.bot.sender import TelegramSender
from blogbot.model import Button, Chat, ChatKind, Lane, Message, Pace
from blogbot.text import utf16_length
from tests.offline import TOKEN, Offline, failed, offline_bot, sent, travel

CHAT = Chat(id=1, telegram_id=5, kind=ChatKind.PRIVATE, title="Ada")
TOPIC = Chat(id=2, telegram_id=-1005, kind=ChatKind.SUPERGROUP, title="Club", thread_id=44)


class Telegram:
    """Answers with the given refusals first (None: takes that one), and then takes everything."""

    def __init__(self, *refusals: Any) -> None:
        self._refusals = list(refusals)

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        if self._refusals:
            refusal = self._refusals.pop(0)
            if isinstance(refusal, Exception):
                raise refusal
            if refusal is not None:
                return refusal  # type: ignore[no-any-return]
        return 200, sent(parameters, 42)


def sender(*refusals: Any, paid: Collection[Lane] = ()) -> tuple[TelegramSender, Offline]:
    bot, request = offline_bot(Telegram(*refusals))
    return TelegramSender(bot, paid), request


def bad(description: str) -> tuple[int, Any]:
    return failed(400, f"Bad Request: {description}")


# --- What is asked -----------------------------------------------------------------------------------------------------


def test_a_message_is_sent_as_it_is_meant() -> None:
    post, request = sender()
    message = Message("<b>Hi</b>", ((Button("Read", url="https://x.example/"), Button("More", data="1:m")), ()), "")
    assert travel(post.send(TOPIC, message, Lane.POST)) == 42
    [(method, parameters)] = request.calls
    assert method.lower() == "sendmessage", "Bot API: in any case of letters"
    keyboard, preview = (json.loads(parameters.pop(name)) for name in ("reply_markup", "link_preview_options"))
    assert parameters == {"chat_id": -1005, "text": "<b>Hi</b>", "parse_mode": "HTML", "message_thread_id": 44}
    assert preview == {"is_disabled": True}
    assert keyboard == {
        "inline_keyboard": [
            [{"text": "Read", "url": "https://x.example/"}, {"text": "More", "callback_data": "1:m"}],
        ]
    }


def test_a_plain_message_asks_for_nothing_more() -> None:
    post, request = sender()
    travel(post.send(CHAT, Message("Hi", preview_url="https://x.example/a"), Lane.ANSWER))
    [(_, parameters)] = request.calls
    assert json.loads(parameters.pop("link_preview_options")) == {"url": "https://x.example/a"}
    assert parameters == {"chat_id": 5, "text": "Hi", "parse_mode": "HTML"}


@pytest.mark.parametrize(
    ("chat", "lane", "topic"),
    [
        (replace(TOPIC, topic_id=77), Lane.POST, 77),
        (replace(TOPIC, topic_id=77), Lane.ANSWER, 44),
        (replace(TOPIC, thread_id=0, topic_id=77), Lane.ANSWER, None),
        (TOPIC, Lane.CHANGE, 44),
    ],
)
def test_news_goes_into_the_topic_that_the_chat_chose_and_an_answer_where_it_was_asked(
    chat: Chat, lane: Lane, topic: int | None
) -> None:
    post, request = sender()
    travel(post.send(chat, Message("Hi"), lane))
    assert request.calls[0][1].get("message_thread_id") == topic


def test_only_lanes_that_the_operator_pays_for_are_paid_for() -> None:
    post, request = sender(paid=[Lane.POST])
    for lane in Lane:
        travel(post.send(replace(CHAT, telegram_id=100 + lane), Message("Hi"), lane))
    assert [parameters.get("allow_paid_broadcast") for _, parameters in request.calls] == [None, None, None, True, None]


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


@pytest.mark.parametrize("edits", [False, True])
def test_right_before_each_try_it_is_asked_whether_to_go_on(edits: bool) -> None:
    begun: list[int] = []

    async def begin() -> None:
        begun.append(len(request.calls))

    post, request = sender(bad("can't parse entities: x"))
    message = Message("<b>Hi")
    travel(post.edit(CHAT, 9, message, Lane.CHANGE, begin) if edits else post.send(CHAT, message, Lane.POST, begin))
    assert begun == [0, 1]


@pytest.mark.parametrize("edits", [False, True])
def test_what_must_not_go_on_says_why_and_is_not_sent(edits: bool) -> None:
    async def begin() -> None:
        raise LookupError("withdrawn")

    post, request = sender()
    with pytest.raises(LookupError, match="withdrawn"):
        travel(
            post.edit(CHAT, 9, Message("New"), Lane.CHANGE, begin)
            if edits
            else post.send(CHAT, Message("New"), Lane.POST, begin)
        )
    assert request.calls == []


def test_it_hands_on_what_is_known_of_the_rate() -> None:
    learnt = Pace(20.0, datetime.now(UTC), None, 1)

    async def main() -> None:
        post, _ = sender()
        assert (post.rate, post.pace()) == (30.0, Pace())
        post.adopt(learnt, 2)
        assert (post.rate, post.pace()) == (10, learnt)

    travel(main())


def test_it_says_what_a_lane_may_have_where_only_others_are_paid_for() -> None:
    learnt = Pace(300.0, datetime.now(UTC), None, 1)

    async def main() -> list[float]:
        post = TelegramSender(ExtBot(TOKEN, rate_limiter=Lanes(Limits(rate=600, paid=frozenset({Lane.CHANGE})))))
        whole = [post.rate_of(Lane.CHANGE), post.rate_of(Lane.REMINDER)]
        post.adopt(learnt, 2)
        return [*whole, post.rate_of(Lane.CHANGE), post.rate_of(Lane.REMINDER)]

    assert travel(main()) == [600, 30, 150, 7]


def test_without_our_limiter_the_rate_is_telegrams_usual_one() -> None:
    bot: ExtBot[Any] = ExtBot(TOKEN)
    post = TelegramSender(bot)
    post.adopt(Pace(5.0, datetime.now(UTC), None, 1), 2)
    assert (post.rate, post.rate_of(Lane.POST), post.pace()) == (30.0, 30.0, Pace())


@pytest.mark.parametrize("documents", [False, True])
def test_an_answer_in_a_topic_that_is_gone_comes_in_the_chat_itself(documents: bool) -> None:
    post, request = sender(bad("message thread not found"))
    answer = Message("<b>Hi</b>")
    assert travel(post.send_document(TOPIC, "a", b"x", answer) if documents else post.send(TOPIC, answer, Lane.ANSWER))
    assert [parameters.get("message_thread_id") for _, parameters in request.calls] == [44, None]


def test_an_answer_to_a_chat_without_a_topic_is_not_tried_again() -> None:
    post, request = sender(bad("TOPIC_CLOSED"))
    with pytest.raises(errors.TopicGone):
        travel(post.send(CHAT, Message("Hi"), Lane.ANSWER))
    assert len(request.calls) == 1


def test_an_edit_of_what_is_gone_is_refused() -> None:
    post, _ = sender(bad("message to edit not found"))
    with pytest.raises(errors.Refused, match="not found"):
        travel(post.edit(CHAT, 9, Message("New")))


class Timed(Offline):
    """Notes how long each call may wait for a connection."""

    waits: list[tuple[Any, Any]]

    async def do_request(self, url: str, method: str, request_data: Any = None, *times: Any, **named: Any) -> Any:
        self.waits = [*getattr(self, "waits", []), (named.get("connect_timeout"), named.get("pool_timeout"))]
        return await super().do_request(url, method, request_data)


def test_a_notification_leaves_soon_after_it_began_or_not_at_all() -> None:
    request = Timed(Telegram())
    post = TelegramSender(ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=Lanes()))

    async def main() -> None:
        await post.send(CHAT, Message("Hi"), Lane.REMINDER)
        await post.edit(CHAT, 9, Message("Hi"), Lane.CHANGE)

    travel(main())
    assert request.waits == [(3.0, 3.0), (3.0, 3.0)]


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
    message = Message("<b>Tea</b> &amp; <i>cake</i>\n\nAt <u>four</u>", ((Button("More", data="1:m"),),))
    with capture_logs() as logs:
        assert travel(post.send(CHAT, message, Lane.POST)) == 42
    first, second = [parameters for _, parameters in request.calls]
    assert second["text"] == "Tea & cake\n\nAt four"
    assert "parse_mode" not in second
    assert second["reply_markup"] == first["reply_markup"]
    assert len(logs) == 1


def plain_fallbacks() -> float:
    return REGISTRY.get_sample_value("blogbot_plain_fallbacks_total") or 0.0


def test_a_text_that_cannot_be_read_is_counted_each_time_and_logged_once() -> None:
    post, _ = sender(*[refusal for _ in range(3) for refusal in (bad("can't parse entities: x"), None)])
    before = plain_fallbacks()
    with capture_logs() as logs:
        for chat in range(1, 4):
            travel(post.send(replace(CHAT, telegram_id=chat), Message("<b>Tea"), Lane.POST))
    assert len(logs) == 1
    assert plain_fallbacks() - before == 3


def test_what_is_only_too_long_keeps_its_markup_and_does_not_count_as_plain() -> None:
    post, request = sender(bad("message is too long"))
    before = plain_fallbacks()
    travel(post.send(CHAT, Message("<b>" + "word " * 2000 + "</b>"), Lane.POST))
    assert request.calls[1][1]["parse_mode"] == "HTML"
    assert plain_fallbacks() == before


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
