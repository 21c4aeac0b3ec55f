"""The order in which updates are worked on, and how they are read; on a loop whose time jumps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY
from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, TypeHandler

from blogbot.bot.processor import ChatsInOrder, count_failure, handle, line_of, read
from tests.offline import now, offline_bot, ok, travel, update


async def accept(_: str, __: dict[str, Any]) -> tuple[int, Any]:
    return 200, ok(True)


def parsed(number: int, chat: int = 5) -> Update:
    bot, _ = offline_bot(accept)
    made = read(update(number, chat=chat), bot)
    assert made is not None
    return made


def stepped_over() -> float:
    """How many updates a monitor has seen stepped over."""
    return REGISTRY.get_sample_value("blogbot_updates_stepped_over_total") or 0.0


class Desk:
    """Notes when each update's work began and ended, in seconds since the start."""

    def __init__(self, processor: ChatsInOrder) -> None:
        self.processor = processor
        self.began: dict[int, float] = {}
        self.ended: dict[int, float] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def put(self, item: Update, seconds: float, error: Exception | None = None) -> None:
        async def work() -> None:
            self.began[item.update_id] = now() - 1000
            await asyncio.sleep(seconds)
            if error is not None:
                raise error
            self.ended[item.update_id] = now() - 1000

        self.tasks.append(asyncio.create_task(self.processor.process_update(item, work())))

    async def done(self) -> list[Any]:
        return await asyncio.gather(*self.tasks, return_exceptions=True)


def test_one_chat_in_order_and_chats_side_by_side() -> None:
    async def main() -> None:
        desk = Desk(ChatsInOrder())
        for number, chat in enumerate([5, 5, 6, 5, 6]):
            desk.put(parsed(number, chat), 1.0)
        await desk.done()
        assert desk.began == {0: 0.0, 1: 1.0, 2: 0.0, 3: 2.0, 4: 1.0}

    travel(main())


def test_no_more_than_so_many_at_once_but_a_chats_flood_takes_one_place_only() -> None:
    async def main() -> None:
        desk = Desk(ChatsInOrder(at_once=2))
        for number in range(500):
            desk.put(parsed(number, chat=5), 1.0)
        for number, chat in ((900, 6), (901, 7)):
            desk.put(parsed(number, chat), 1.0)
        await asyncio.sleep(2.5)
        assert (desk.began[900], desk.began[901]) == (0.0, 1.0)
        assert desk.began.keys() - {900, 901} == {0, 1} or desk.began.keys() - {900, 901} == {0, 1, 2}
        for task in desk.tasks:
            task.cancel()
        await desk.done()

    travel(main())


def test_what_takes_too_long_is_given_up_and_its_chat_goes_on() -> None:
    async def main() -> None:
        desk = Desk(ChatsInOrder(longest=10))
        desk.put(parsed(1), 3600)
        desk.put(parsed(2), 1)
        before = stepped_over()
        assert await desk.done() == [None, None]
        assert desk.ended == {2: 11.0}
        assert stepped_over() - before == 1

    travel(main())


@pytest.mark.parametrize("error", [ValueError("broken"), TimeoutError("its own")])
def test_an_error_is_passed_on_and_its_chat_goes_on(error: Exception) -> None:
    async def main() -> None:
        desk = Desk(ChatsInOrder())
        desk.put(parsed(1), 1, error)
        desk.put(parsed(2), 1)
        assert await desk.done() == [error, None]
        assert desk.ended == {2: 2.0}

    travel(main())


def test_a_cancelled_update_leaves_its_line_in_order() -> None:
    async def main() -> None:
        desk = Desk(ChatsInOrder())
        for number in (1, 2, 3):
            desk.put(parsed(number), 1)
        await asyncio.sleep(0.5)
        desk.tasks[1].cancel()
        await desk.done()
        assert desk.ended == {1: 1.0, 3: 2.0}

    travel(main())


ADA = {"id": 9, "is_bot": False, "first_name": "Ada"}


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (update(1, chat=5), ("chat", 5)),
        (update(1, chat=-100), ("chat", -100)),
        ({"update_id": 1, "inline_query": {"id": "1", "from": ADA, "query": "x", "offset": ""}}, ("user", 9)),
        (
            {
                "update_id": 1,
                "callback_query": {"id": "1", "from": ADA, "chat_instance": "1", "inline_message_id": "1"},
            },
            ("user", 9),
        ),
        ({"update_id": 1}, None),
        ({"update_id": 1, "a_kind_of_tomorrow": {"id": 1}}, None),
    ],
)
def test_an_update_keeps_in_line_with_its_chat_or_else_its_user(raw: dict[str, Any], line: object) -> None:
    bot, _ = offline_bot(accept)
    assert line_of(read(raw, bot)) == line


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "text",
        [],
        {},
        {"update_id": "1"},
        {"update_id": 1, "message": {"text": "no chat"}},
        {"update_id": 1, "message": 5},
    ],
)
def test_what_cannot_be_read_is_stepped_over(raw: object) -> None:
    bot, _ = offline_bot(accept)
    before = stepped_over()
    assert read(raw, bot) is None
    assert stepped_over() - before == 1


def test_an_application_works_on_updates_and_an_error_of_its_handlers_stays_inside() -> None:
    seen = []

    async def note(item: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        seen.append(item.update_id)
        if item.update_id == 1:
            raise ValueError("broken")

    async def main() -> None:
        bot, _ = offline_bot(accept)
        application = ApplicationBuilder().bot(bot).updater(None).concurrent_updates(ChatsInOrder()).build()
        application.add_handler(TypeHandler(Update, note))
        application.add_error_handler(count_failure)
        async with application:
            work = handle(application)
            await work(parsed(1))
            await work(parsed(2))

    before = stepped_over()
    travel(main())
    assert seen == [1, 2]
    assert stepped_over() - before == 1
