"""Polling: nothing taken is lost, nothing bad stops it, and nobody waits for a stuck chat. On a loop whose time jumps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from telegram import Update

from blogbot.bot.poller import Poller
from blogbot.bot.request import Broken, Unsent
from blogbot.errors import TokenRejected
from tests.offline import failed, now, offline_bot, ok, travel, update


class Mailbox:
    """getUpdates as the Bot API documents it: an offset confirms all that is below it; an empty poll is held open."""

    def __init__(self, *updates: Any) -> None:
        self.waiting: list[Any] = list(updates)
        self.trouble: list[Any] = []
        self.polls: list[tuple[float, int | None]] = []
        self._news = asyncio.Event()

    def add(self, *updates: Any) -> None:
        self.waiting += updates
        self._news.set()

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        assert method == "getUpdates"
        offset = parameters.get("offset")
        self.polls.append((now() - 1000, offset))
        if self.trouble:
            trouble = self.trouble.pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            return trouble  # type: ignore[no-any-return]
        if offset is not None:
            self.waiting = [raw for raw in self.waiting if raw["update_id"] >= offset]
        if not self.waiting and parameters["timeout"]:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), parameters["timeout"])
        return 200, ok(self.waiting[: parameters["limit"]])

    def numbers(self) -> list[int]:
        return [raw["update_id"] for raw in self.waiting]


class Worker:
    """Works on updates for as long as their text says (in seconds), and notes when each was done."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.done: dict[int, float] = {}

    async def __call__(self, item: Update) -> None:
        self.began.append(item.update_id)
        text = item.effective_message.text if item.effective_message else ""
        if text == "broken":
            raise ValueError("broken")
        await asyncio.sleep(float(text or 0))
        self.done[item.update_id] = round(now() - 1000, 2)


def poll(mailbox: Mailbox, play: Callable[[Poller, Worker], Awaitable[None]], worker: Worker | None = None) -> Worker:
    """Runs a poller while `play` acts, then stops it."""
    worker = worker or Worker()

    async def main() -> None:
        bot, _ = offline_bot(mailbox)
        await bot.initialize()
        poller = Poller(bot, worker)
        running = asyncio.create_task(poller.run())
        await play(poller, worker)
        await poller.stop()
        await running

    travel(main())
    return worker


def passing(seconds: float) -> Callable[[Poller, Worker], Awaitable[None]]:
    async def play(_: Poller, __: Worker) -> None:
        await asyncio.sleep(seconds)

    return play


def test_updates_are_worked_on_in_order_and_then_forgotten_by_telegram() -> None:
    mailbox = Mailbox(*(update(number, "0") for number in range(10, 15)))
    worker = poll(mailbox, passing(1))
    assert worker.began == [10, 11, 12, 13, 14]
    assert mailbox.numbers() == []


def test_an_update_is_let_go_only_when_it_is_done() -> None:
    mailbox = Mailbox(update(10, "5"))

    async def play(_: Poller, worker: Worker) -> None:
        await asyncio.sleep(4.9)
        assert mailbox.numbers() == [10]
        await asyncio.sleep(0.6)
        assert mailbox.numbers() == []
        assert worker.began == [10]

    poll(mailbox, play)


def test_a_crash_has_the_unfinished_delivered_again() -> None:
    mailbox = Mailbox(update(10, "0"), update(11, "5"), update(12, "0"))

    async def main() -> None:
        bot, _ = offline_bot(mailbox)
        await bot.initialize()
        running = asyncio.create_task(Poller(bot, Worker()).run())
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    travel(main())
    assert mailbox.numbers() == [11, 12]
    assert 11 in poll(mailbox, passing(6)).done


def test_a_stuck_chat_does_not_hold_up_the_others() -> None:
    mailbox = Mailbox(update(10, "1000", chat=5))

    async def play(_: Poller, worker: Worker) -> None:
        for number in range(11, 200):
            mailbox.add(update(number, "0", chat=6))
            asked = now() - 1000
            await asyncio.sleep(0.5)
            assert worker.done[number] - asked <= 0.3
        assert worker.began == list(range(10, 200))
        assert mailbox.numbers() == [199] or mailbox.numbers() == []

    poll(mailbox, play)


def test_a_stuck_chat_does_not_hide_what_comes_after_a_full_batch() -> None:
    stuck = [update(number, "1000", chat=number) for number in (10, 60, 70)]
    quick = [update(number, "0", chat=6) for number in range(11, 400) if number not in (60, 70)]
    mailbox = Mailbox(*sorted(stuck + quick, key=lambda raw: int(raw["update_id"])))
    worker = poll(mailbox, passing(2))
    assert len([number for number, when in worker.done.items() if when < 2]) == len(quick)


def test_while_nothing_happens_it_does_not_ask_again_and_again() -> None:
    mailbox = Mailbox(update(10, "0"))
    poll(mailbox, passing(300))
    assert len(mailbox.polls) < 15


@pytest.mark.parametrize("bad", [{"update_id": 11, "message": {"text": "no chat"}}, {"update_id": 11, "message": 5}])
def test_an_update_that_cannot_be_read_is_stepped_over(bad: dict[str, Any]) -> None:
    mailbox = Mailbox(update(10, "0"), bad, update(12, "0"))
    worker = poll(mailbox, passing(1))
    assert worker.began == [10, 12]
    assert mailbox.numbers() == []
    assert len(mailbox.polls) < 5


def test_an_update_without_a_number_does_not_make_it_spin() -> None:
    mailbox = Mailbox({"message": {}}, 5)
    poll(mailbox, passing(60))
    assert len(mailbox.polls) <= 130


def test_an_update_whose_work_fails_is_not_worked_on_again() -> None:
    mailbox = Mailbox(update(10, "broken"), update(11, "0"))
    worker = poll(mailbox, passing(1))
    assert worker.began == [10, 11]
    assert mailbox.numbers() == []


def test_stopping_ends_the_long_poll_at_once() -> None:
    mailbox = Mailbox(update(10, "0"))

    async def play(poller: Poller, _: Worker) -> None:
        await asyncio.sleep(2)
        began = now()
        await poller.stop()
        assert now() - began < 0.01

    poll(mailbox, play)


def test_stopping_waits_for_what_was_taken_and_leaves_the_rest_to_telegram() -> None:
    mailbox = Mailbox(update(10, "3"), update(11, "1000"), update(12, "0"))

    async def play(poller: Poller, worker: Worker) -> None:
        await asyncio.sleep(1)
        began = now()
        await poller.stop(within=5.0)
        assert now() - began == pytest.approx(5.0, abs=0.1)
        assert worker.done.keys() == {10, 12}

    poll(mailbox, play)
    assert mailbox.numbers() == [11, 12]


def test_a_poller_that_never_ran_stops() -> None:
    async def main() -> None:
        bot, _ = offline_bot(Mailbox())
        poller = Poller(bot, Worker())
        await poller.stop()
        await poller.run()

    travel(main())


@pytest.mark.parametrize(
    ("trouble", "least", "most"),
    [
        ([Unsent("no connection")], 0.5, 0.8),
        ([Broken("broke")] * 4, 7.5, 11.3),
        ([Unsent("no connection")] * 20, 400, 700),
        ([failed(502, "Bad Gateway")], 0.5, 0.8),
        ([failed(429, "Too Many Requests", retry_after=20)], 20, 31),
        ([failed(409, "Conflict: terminated by other getUpdates request")], 10, 16),
        ([(200, ok(True))], 0.5, 0.8),
    ],
)
def test_it_tries_again_ever_more_slowly(trouble: list[Any], least: float, most: float) -> None:
    mailbox = Mailbox(update(10, "0"))
    mailbox.trouble = trouble
    worker = poll(mailbox, passing(1000))
    assert least <= worker.done[10] <= most


@pytest.mark.parametrize(
    "trouble",
    [failed(401, "Unauthorized"), failed(404, "Not Found")],
)
def test_a_rejected_token_ends_it(trouble: Any) -> None:
    mailbox = Mailbox()
    mailbox.trouble = [trouble]

    async def main() -> None:
        bot, _ = offline_bot(mailbox)
        await bot.initialize()
        poller = Poller(bot, Worker())
        with pytest.raises(TokenRejected):
            await poller.run()
        await poller.stop()

    travel(main())


@pytest.mark.parametrize(
    ("description", "says"),
    [
        (
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            "another",
        ),
        ("Conflict: can't use getUpdates method while webhook is active", "deleteWebhook"),
    ],
)
def test_a_conflict_is_said_in_a_clear_sentence(description: str, says: str) -> None:
    mailbox = Mailbox()
    mailbox.trouble = [failed(409, description)]
    with capture_logs() as logs:
        poll(mailbox, passing(1))
    assert [entry["event"] for entry in logs if says in entry["event"]]


def test_numbers_may_start_again_lower_after_a_quiet_week() -> None:
    mailbox = Mailbox(update(1000, "0"))

    async def play(_: Poller, worker: Worker) -> None:
        await asyncio.sleep(1)
        mailbox.waiting = []
        low = update(7, "0")
        # Telegram clamps an offset from before to what it has now.
        mailbox.trouble = [(200, ok([low]))]
        await asyncio.sleep(60)
        assert worker.began == [1000, 7]
        mailbox.add(update(8, "5"))
        await asyncio.sleep(4)
        assert worker.began == [1000, 7, 8]
        assert mailbox.numbers() == [8]
        await asyncio.sleep(4)
        assert mailbox.polls[-1][1] == 9

    poll(mailbox, play)


def test_it_says_when_telegram_last_answered() -> None:
    async def play(poller: Poller, _: Worker) -> None:
        await asyncio.sleep(100)
        assert poller.last_poll is not None
        assert 0 <= now() - poller.last_poll <= 31

    poll(Mailbox(), play)


# --- The watchdog ----------------------------------------------------------------------------------------------------


class Hanging(Mailbox):
    """A mailbox whose first polls never end; the deaf ones do not even heed being cancelled."""

    def __init__(self, *updates: Any, polls: int = 1, deaf: bool = False) -> None:
        super().__init__(*updates)
        self.hanging = polls
        self.deaf = deaf
        self.released = asyncio.Event()
        self.reconnected: list[float] = []

    async def __call__(self, method: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        if self.hanging and parameters["timeout"]:
            self.hanging -= 1
            while not self.released.is_set():
                try:
                    await self.released.wait()
                except asyncio.CancelledError:
                    if not self.deaf:
                        raise
        return await super().__call__(method, parameters)

    async def reconnect(self) -> None:
        self.reconnected.append(round(now() - 1000, 1))


def watch(mailbox: Hanging, seconds: float, reconnect: Callable[[], Awaitable[None]] | None = None) -> Worker:
    """Runs a poller for a while on a mailbox that hangs, stops it, and then lets the hanging polls end."""
    worker = Worker()

    async def main() -> None:
        bot, _ = offline_bot(mailbox)
        await bot.initialize()
        poller = Poller(bot, worker, reconnect=reconnect or mailbox.reconnect)
        running = asyncio.create_task(poller.run())
        await asyncio.sleep(seconds)
        began = now()
        await poller.stop()
        await running
        assert now() - began < 4
        mailbox.released.set()
        await asyncio.sleep(0)

    travel(main())
    return worker


def restarts() -> float:
    return REGISTRY.get_sample_value("blogbot_polls_restarted_total") or 0.0


@pytest.mark.parametrize("deaf", [False, True])
def test_a_poll_that_hangs_is_begun_anew_on_fresh_connections(deaf: bool) -> None:
    mailbox, before = Hanging(update(10, "0"), deaf=deaf), restarts()
    with capture_logs() as logs:
        worker = watch(mailbox, 100)
    assert len(mailbox.reconnected) == 1
    assert mailbox.reconnected[0] == pytest.approx(90, abs=1.5)
    assert worker.done[10] <= 92
    assert restarts() - before == 1
    assert [entry["log_level"] for entry in logs if "hung" in entry["event"]] == ["error"]


def test_polls_that_hang_again_and_again_are_begun_anew_each_time() -> None:
    mailbox = Hanging(update(10, "0"), polls=3, deaf=True)
    worker = watch(mailbox, 300)
    assert len(mailbox.reconnected) == 3
    assert 10 in worker.done


def test_a_poller_stops_in_the_middle_of_a_poll_that_heeds_nothing() -> None:
    mailbox = Hanging(update(10, "0"), deaf=True)
    worker = watch(mailbox, 5)
    assert worker.done == {}


@pytest.mark.parametrize("how", ["fails", "hangs"])
def test_polling_goes_on_also_where_its_connections_cannot_be_dropped(how: str) -> None:
    async def reconnect() -> None:
        if how == "fails":
            raise OSError("no more sockets")
        await asyncio.Event().wait()

    worker = watch(Hanging(update(10, "0")), 110, reconnect)
    assert worker.done[10] == pytest.approx(90 if how == "fails" else 100, abs=1.5)


def test_waiting_as_long_as_telegram_asks_is_no_hanging_poll() -> None:
    mailbox, before = Mailbox(update(10, "0")), restarts()
    mailbox.trouble = [failed(429, "Too Many Requests", retry_after=400)]
    worker = poll(mailbox, passing(1000))
    assert worker.done[10] >= 400
    assert restarts() == before
