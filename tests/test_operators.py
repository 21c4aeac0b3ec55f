"""Those who run blogbot are told in Telegram where a mailing cannot end in time: each once, and nothing waits for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from blogbot.clock import MovableClock
from blogbot.delivery import Delivery
from blogbot.errors import ChatGone, RetryLater
from blogbot.model import Chat, Lane, ReminderRule
from blogbot.store import Store
from tests.content import event
from tests.delivery_world import HOUR, SITE, TUESDAY_TEN, Notebook, Sent, World

ANN, BOB = 900, 901
NINE = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""An hour before the talk: of twenty chats, at one message in ten minutes, not five can still be told, with the reserve."""


class Crowded(Notebook):
    """No reminder gets through; admins are told, but for what befalls them."""

    def __init__(self) -> None:
        super().__init__(rate=1 / 600)
        self.befalls: dict[int, Exception] = {}
        self.open = asyncio.Event()
        self.open.set()

    async def under_way(self, chat: Chat) -> None:
        if chat.telegram_id not in (ANN, BOB):
            raise RetryLater("crowded", seconds=30)
        await self.open.wait()
        if chat.telegram_id in self.befalls:
            raise self.befalls[chat.telegram_id]

    def told(self) -> list[Sent]:
        return sorted(self.sent)


@pytest.fixture
def sender() -> Crowded:
    return Crowded()


@pytest.fixture
async def delivery(sqlite_store: Store, clock: MovableClock, sender: Crowded) -> Delivery:
    """An hour before a talk of which twenty chats want to be reminded then."""
    world = await World.open(sqlite_store, clock)
    for number in range(1, 21):
        await world.chat(number, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN, title="Bread & <butter>"))
    clock.move_to(NINE)
    return Delivery(sqlite_store, sender, SITE, clock, admins=(ANN, BOB))


async def test_each_is_told_once_what_when_how_many_and_what_would_help(
    delivery: Delivery, clock: MovableClock, sender: Crowded
) -> None:
    for minute in range(0, 50, 10):
        clock.move_to(NINE.replace(minute=minute))
        await delivery.turn()
    await delivery.stop()
    (_, words, _), _ = sender.told()
    assert [(chat, lane) for chat, _, lane in sender.told()] == [(ANN, Lane.CHANGE), (BOB, Lane.CHANGE)]
    for part in (
        "Bread & <butter>",
        "10 March 2026",
        "15 chats will not hear before it begins.",
        "20 chats, 3 h 20 min at 0.0017/s",
        "BLOGBOT_PAID_LANES",
    ):
        assert part in words


async def test_nobody_waits_until_they_are_told(delivery: Delivery, sender: Crowded) -> None:
    sender.open.clear()
    await delivery.turn()
    assert sender.told() == []
    sender.open.set()
    await delivery.stop()
    assert len(sender.told()) == 2


@pytest.mark.parametrize(
    ("failure", "with_traceback"), [(ChatGone("chat not found"), False), (LookupError("nobody thought of this"), True)]
)
async def test_one_who_cannot_be_told_holds_up_neither_the_others_nor_the_end(
    delivery: Delivery, sender: Crowded, failure: Exception, with_traceback: bool
) -> None:
    sender.befalls = {ANN: failure}
    with capture_logs() as logs:
        await delivery.turn()
        await delivery.stop()
    assert [chat for chat, _, _ in sender.told()] == [BOB]
    (line,) = [line for line in logs if line["event"] == "an operator was not told"]
    assert (line["admin"], line["why"], line["exc_info"]) == (ANN, str(failure), with_traceback)


async def test_they_are_told_nothing_where_all_can_be_reminded_in_time(delivery: Delivery, sender: Crowded) -> None:
    sender.rate = 30
    await delivery.turn()
    await delivery.stop()
    assert sender.told() == []
