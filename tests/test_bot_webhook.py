"""The webhook: who may bring updates, and when they are answered for. On a loop whose time jumps."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from blogbot.bot.webhook import LARGEST_BODY, Webhook
from tests.offline import now, offline_bot, ok, travel, update
from tests.test_bot_poller import Worker

SECRET = "a-secret"


async def accept(_: str, __: dict[str, Any]) -> tuple[int, Any]:
    return 200, ok(True)


def body(number: int, text: str) -> bytes:
    return json.dumps(update(number, text)).encode()


def webhook() -> tuple[Webhook, Worker]:
    bot, _ = offline_bot(accept)
    worker = Worker()
    return Webhook(bot, worker, SECRET), worker


def test_an_update_is_answered_for_when_it_is_done() -> None:
    async def main() -> None:
        hook, worker = webhook()
        assert await hook.receive(body(10, "3"), SECRET)
        assert worker.done == {10: 3.0}

    travel(main())


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "ä", "\ud83d"])
def test_a_wrong_secret_is_refused(secret: str) -> None:
    async def main() -> None:
        hook, worker = webhook()
        assert not await hook.receive(body(10, "0"), secret)
        assert worker.began == []

    travel(main())


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": 1, "message": 5}',
        body(11, "0".ljust(LARGEST_BODY)),
    ],
)
def test_what_cannot_be_read_is_stepped_over(bad: bytes) -> None:
    async def main() -> None:
        hook, worker = webhook()
        assert await hook.receive(bad, SECRET)
        assert await hook.receive(body(10, "0"), SECRET)
        assert worker.began == [10]

    travel(main())


def test_telegram_does_not_wait_for_a_stuck_update_and_it_is_worked_on_once() -> None:
    async def main() -> None:
        hook, worker = webhook()
        assert await hook.receive(body(10, "15"), SECRET)
        assert now() == 1010
        assert await hook.receive(body(10, "15"), SECRET)
        assert await hook.receive(body(10, "15"), SECRET)
        assert worker.began == [10]
        assert worker.done == {10: 15.0}

    travel(main())


def test_an_error_in_the_work_is_not_telegrams() -> None:
    async def main() -> None:
        hook, worker = webhook()
        assert await hook.receive(body(10, "broken"), SECRET)
        assert worker.began == [10]

    travel(main())


def test_it_does_not_remember_every_update() -> None:
    async def main() -> None:
        hook, worker = webhook()
        for number in range(1_500):
            await hook.receive(body(number, "0"), SECRET)
        await hook.receive(body(1_499, "0"), SECRET)
        assert len(worker.began) == 1_500
        await hook.receive(body(0, "0"), SECRET)
        assert len(worker.began) == 1_501

    travel(main())


def test_stopping_waits_for_what_was_taken() -> None:
    async def main() -> None:
        hook, worker = webhook()
        requests = [
            asyncio.create_task(hook.receive(body(number, text), SECRET)) for number, text in ((1, "2"), (2, "99"))
        ]
        await asyncio.sleep(1)
        await hook.finish(within=3.0)
        assert worker.done == {1: 2.0}
        assert await asyncio.gather(*requests) == [True, True]

    travel(main())


def test_it_wants_a_secret() -> None:
    bot, _ = offline_bot(accept)
    with pytest.raises(ValueError, match="secret"):
        Webhook(bot, Worker(), "")
