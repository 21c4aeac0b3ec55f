"""The rate limiter as python-telegram-bot uses it, on a loop whose time jumps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from blogbot.bot.limiter import Lanes
from blogbot.bot.passage import Passage
from blogbot.bot.request import Broken, BrokenByTime, Flood, Unsent, UnsentInTime
from blogbot.model import Lane
from tests.offline import failed, now, offline_bot, ok, sent, travel


class Telegram:
    """A server that notes when a message came, and refuses a chat (None: all) as often as it is told to."""

    def __init__(self, refuse: dict[int | None, list[int]] | None = None) -> None:
        self.came: list[tuple[float, str, int]] = []
        self._refuse = refuse or {}
        self.latency = 0.0

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        chat = int(parameters.get("chat_id", 0))
        self.came.append((now(), method, chat))
        await asyncio.sleep(self.latency)
        if waits := self._refuse.get(chat) or self._refuse.get(None):
            return failed(429, "Too Many Requests", retry_after=waits.pop(0))
        return 200, sent(parameters) if chat else ok(True)

    def times(self, chat: int) -> list[float]:
        return [round(time - 1000, 3) for time, _, who in self.came if who == chat]


async def say(bot: Any, chat: int, lane: Lane | None = None) -> None:
    await bot.send_message(chat, "hello", rate_limit_args=None if lane is None else Passage(lane))


# --- Lanes -------------------------------------------------------------------------------------------------------------


def test_answers_and_chatless_methods_pass_a_mailing() -> None:
    telegram = Telegram()

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        mailing = [asyncio.create_task(say(bot, chat, Lane.POST)) for chat in range(1, 901)]
        await asyncio.sleep(5)
        began = now()
        await bot.answer_callback_query("1")
        await bot.send_chat_action(900, "typing")
        await bot.set_my_commands([("help", "Help")])
        assert now() == began
        await say(bot, 5000)
        assert now() - began < 0.1
        assert sum(not task.done() for task in mailing) > 700
        await asyncio.gather(*mailing)
        assert 29 < now() - 1000 < 32

    travel(main())
    assert len(telegram.came) == 904


@pytest.mark.parametrize(
    ("method", "held"),
    [("send_message", True), ("edit_message_text", True), ("copy_message", True), ("delete_message", False)],
)
def test_what_puts_something_into_a_chat_is_held(method: str, held: bool) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "send_message": {"text": "x"},
        "edit_message_text": {"text": "x", "message_id": 1},
        "copy_message": {"from_chat_id": 1, "message_id": 1},
        "delete_message": {"message_id": 1},
    }

    async def main() -> float:
        bot, _ = offline_bot(Telegram())
        await say(bot, 5, Lane.POST)
        await getattr(bot, method)(chat_id=5, **arguments[method], rate_limit_args=Passage(Lane.POST))
        return now() - 1000

    assert travel(main()) == pytest.approx(1.01 if held else 0.0)


def test_the_edit_of_an_inline_message_is_not_held() -> None:
    async def main() -> None:
        bot, _ = offline_bot(Telegram())
        for _ in range(9):
            await bot.edit_message_text("x", inline_message_id="abc")
        assert now() == 1000

    travel(main())


# --- Refusals ----------------------------------------------------------------------------------------------------------


def test_an_answer_is_tried_again_when_the_pause_is_over_and_nobody_else_waits() -> None:
    telegram = Telegram({5: [7]})

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        refused = asyncio.create_task(say(bot, 5))
        await asyncio.sleep(1)
        for chat in range(6, 20):
            await say(bot, chat, Lane.POST)
        assert now() - 1000 < 2
        await refused

    travel(main())
    assert telegram.times(5) == [0.0, 7.0]


def test_a_pause_is_kept_to_its_end_whatever_else_is_sent_to_the_chat() -> None:
    telegram = Telegram({5: [4]})

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        first = asyncio.create_task(say(bot, 5))
        await asyncio.sleep(1)
        await asyncio.gather(say(bot, 5), say(bot, 6), first)

    travel(main())
    assert telegram.times(5) == [0.0, 4.0, 4.0]


def test_a_notification_is_not_tried_again_here() -> None:
    telegram = Telegram({5: [3]})

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        with pytest.raises(Flood) as caught:
            await say(bot, 5, Lane.REMINDER)
        assert (caught.value.seconds, caught.value.everyone) == (3.0, False)
        assert now() == 1000

    travel(main())
    assert telegram.times(5) == [0.0]


def test_an_answer_is_given_up_after_three_refusals() -> None:
    telegram = Telegram({5: [1] * 10})

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        with pytest.raises(RetryAfter):
            await say(bot, 5)

    travel(main())
    assert telegram.times(5) == [0.0, 1.0, 2.0]


def test_a_second_private_chat_refused_means_that_everyone_is() -> None:
    telegram = Telegram({5: [9], 6: [9]})

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        results = await asyncio.gather(
            say(bot, 5, Lane.POST), say(bot, 6, Lane.POST), say(bot, 7, Lane.POST), return_exceptions=True
        )
        assert [type(result) for result in results] == [Flood, Flood, Flood]
        assert [result.everyone for result in results if isinstance(result, Flood)] == [False, True, True]
        await say(bot, 8)

    travel(main())
    assert telegram.times(7) == []
    assert telegram.times(8) == [9.0 + telegram.times(5)[0]]


def test_a_long_pause_sends_back_who_comes_and_who_waits() -> None:
    telegram = Telegram({-5: [300]})
    telegram.latency = 0.1

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        results = await asyncio.gather(*(say(bot, -5, lane) for lane in [*Lane, Lane.POST]), return_exceptions=True)
        assert all(isinstance(result, Flood) for result in results)
        assert now() - 1000 < 1
        with pytest.raises(Flood) as caught:
            await say(bot, -5)
        assert caught.value.seconds == pytest.approx(300, abs=1)
        await say(bot, 5)

    travel(main())
    assert telegram.times(-5) == [0.0]


def test_a_message_that_nobody_waits_for_any_more_is_not_sent() -> None:
    telegram = Telegram()

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        await say(bot, 5, Lane.POST)
        waiting = asyncio.create_task(say(bot, 5, Lane.POST))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await say(bot, 5, Lane.POST)

    travel(main())
    assert telegram.times(5) == [0.0, 1.01]


def test_stopping_sends_back_what_waits_unsent() -> None:
    async def main() -> None:
        bot, _ = offline_bot(Telegram())
        limiter = bot.rate_limiter
        assert isinstance(limiter, Lanes)
        await limiter.initialize()
        await say(bot, 5, Lane.POST)
        waiting = asyncio.create_task(say(bot, 5, Lane.POST))
        await asyncio.sleep(0.5)
        await limiter.shutdown()
        with pytest.raises(Unsent):
            await waiting

    travel(main())


# --- Trouble ---------------------------------------------------------------------------------------------------------

SHORT_TROUBLE = [
    failed(500, "Internal Server Error"),
    failed(502, "Bad Gateway"),
    (503, ["a page, not an object"]),
    Unsent("no connection"),
    UnsentInTime("no connection in time"),
]
"""What surely kept a message from being taken."""

LASTING = [
    (failed(502, "Bad Gateway"), NetworkError, 3),
    (Broken("the connection broke"), Broken, 1),
    (BrokenByTime("no answer in time"), BrokenByTime, 1),
    (failed(400, "Bad Request: message text is empty"), BadRequest, 1),
    (failed(413, "Request Entity Too Large"), NetworkError, 1),
]
"""What does not pass soon, may have arrived, or will never be taken; and how often it is tried."""


class Troubled(Telegram):
    """A server that fails `times` times in the same way before it is well again."""

    def __init__(self, trouble: Any, times: int) -> None:
        super().__init__()
        self._trouble = trouble
        self._left = times

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        well = await super().__call__(method, parameters)
        if not self._left:
            return well
        self._left -= 1
        if isinstance(self._trouble, Exception):
            raise self._trouble
        status, answer = self._trouble
        return status, answer


@pytest.mark.parametrize("trouble", SHORT_TROUBLE)
def test_an_answer_outlives_a_short_trouble(trouble: Any) -> None:
    telegram = Troubled(trouble, 2)

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        await say(bot, 5)

    travel(main())
    first, second, third = telegram.times(5)
    assert 1 <= second - first <= 3
    assert 1 <= third - second <= 3


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("send_document", {"chat_id": 5, "document": b"BEGIN:VCALENDAR"}),
        ("edit_message_text", {"chat_id": 5, "text": "x", "message_id": 1}),
        ("answer_callback_query", {"callback_query_id": "1"}),
        ("answer_inline_query", {"inline_query_id": "1", "results": []}),
    ],
)
def test_every_kind_of_answer_is_tried_again(method: str, arguments: dict[str, Any]) -> None:
    telegram = Troubled(failed(502, "Bad Gateway"), 2)

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        await getattr(bot, method)(**arguments)

    travel(main())
    assert len(telegram.came) == 3


@pytest.mark.parametrize(("trouble", "kind", "tries"), LASTING)
def test_what_may_have_arrived_or_never_will_is_not_repeated(
    trouble: Any, kind: type[TelegramError], tries: int
) -> None:
    telegram = Troubled(trouble, 10)

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        with pytest.raises(kind):
            await say(bot, 5)

    travel(main())
    assert len(telegram.came) == tries


@pytest.mark.parametrize("lane", [lane for lane in Lane if lane is not Lane.ANSWER])
@pytest.mark.parametrize("trouble", SHORT_TROUBLE)
def test_a_notification_in_trouble_goes_back_at_once(trouble: Any, lane: Lane) -> None:
    telegram = Troubled(trouble, 1)

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        with pytest.raises(NetworkError):
            await say(bot, 5, lane)

    travel(main())
    assert telegram.times(5) == [0.0]


def test_a_refused_tap_is_not_held_by_its_429() -> None:
    async def main() -> None:
        bot, _ = offline_bot(Telegram({None: [7]}))
        with pytest.raises(RetryAfter):
            await bot.answer_callback_query("1")
        assert now() == 1000

    travel(main())


def test_an_answered_tap_says_nothing_of_whose_limit_it_was() -> None:
    telegram = Telegram({5: [9], 6: [9]})

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        with pytest.raises(Flood):
            await say(bot, 5, Lane.POST)
        await asyncio.sleep(1)
        await bot.answer_callback_query("1")
        with pytest.raises(Flood) as caught:
            await say(bot, 6, Lane.POST)
        assert caught.value.everyone

    travel(main())


def test_stopping_sends_back_what_rests() -> None:
    telegram = Troubled(failed(502, "Bad Gateway"), 1)

    async def main() -> None:
        bot, _ = offline_bot(telegram)
        assert isinstance(bot.rate_limiter, Lanes)
        resting = asyncio.create_task(say(bot, 5))
        await asyncio.sleep(0.5)
        await bot.rate_limiter.shutdown()
        with pytest.raises(Unsent, match="stopping"):
            await resting
        assert now() == 1000.5

    travel(main())
    assert telegram.times(5) == [0.0]
