"""What an operator sees of an announcement's way: its key through the log, its notifications in the counters."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from prometheus_client import REGISTRY

from blogbot.app.logs import log_for_operators
from blogbot.clock import MovableClock
from blogbot.delivery import Begin, delivery, mailing
from blogbot.errors import InDoubt, Refused
from blogbot.model import Chat, Digest, Lane, Message, ReminderRule, Terms
from blogbot.store import Store
from tests.content import event, post
from tests.delivery_world import EVERYTHING, HOUR, TUESDAY_TEN, Notebook, World

SECOND = timedelta(seconds=1)

Trail = Callable[[str], list[tuple[str, dict[str, str]]]]


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> World:
    return await World.open(sqlite_store, clock)


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trail]:
    """The lines that `blogbot run` has written about an announcement: what happened, and with what else."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log_for_operators()

    def look(key: str) -> list[tuple[str, dict[str, str]]]:
        lines = [dict(_fields(line)) for line in written.getvalue().splitlines()]
        return [(line["event"], line) for line in lines if line.get("announcement") == key]

    yield look
    structlog.reset_defaults()


def _fields(line: str) -> Iterator[tuple[str, str]]:
    """The fields of a line in logfmt; a value with spaces stands in quotes."""
    for part in shlex.split(line):
        name, _, value = part.partition("=")
        yield name, value


async def crash(world: World) -> None:
    """The process ends right after a call was begun, and is started again when its lease has run out."""
    await world.crash()
    world.clock.move(mailing.LEASE + SECOND)
    world.delivery = world.another()


# --- The log ---------------------------------------------------------------------------------------------------------


async def test_its_key_leads_from_the_source_to_the_last_chat(world: World, trail: Trail) -> None:
    chats = [await world.chat(number, EVERYTHING) for number in (1, 2, 3)]
    await world.shows(a=post("a"))
    world.sender.refusals = [InDoubt("timed out"), Refused("too odd")]
    await world.turn()
    seen = trail("post:1")
    assert [what for what, _ in seen] == ["announced", "fan-out begins", "fan-out done", *["not delivered"] * 2, "told"]
    assert seen[1][1]["chats"] == "3"
    refused = {(fields["chat"], fields["outcome"], fields["why"]) for what, fields in seen if what == "not delivered"}
    assert {(outcome, why) for _, outcome, why in refused} == {("uncertain", "timed out"), ("failed", "too odd")}
    assert {chat for chat, _, _ in refused} < {str(chat.id) for chat in chats}
    assert {name: seen[-1][1][name] for name in ("sent", "uncertain", "failed")} == {
        "sent": "1", "uncertain": "1", "failed": "1",
    }  # fmt: skip


async def test_it_leads_on_where_a_crash_cut_it(world: World, trail: Trail) -> None:
    await world.chat(1, EVERYTHING, remind=(ReminderRule(HOUR),))
    await world.shows(a=post("a"), talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    await crash(world)
    await world.turn()
    what, fields = trail("post:1")[-1]
    assert (what, fields["uncertain"]) == ("notifications settled", "1")


async def test_it_leads_on_to_where_it_was_too_late(world: World, trail: Trail) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(muted_until=datetime(2027, 3, 2, tzinfo=UTC)))
    await world.shows(a=post("a"))
    await world.turn()
    await world.at(2027, 3, 20)
    what, fields = trail("post:1")[-1]
    assert (what, fields["expired"]) == ("notifications settled", "1")


async def test_how_long_a_large_mailing_takes_is_said_before_it_begins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LARGE", 3)
    for number in (1, 2, 3):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.rate, world.sender.unpaid = 600, {Lane.POST: 0.5}
    seen: list[int] = []
    with structlog.testing.capture_logs() as logs:
        world.sender.on_turn = lambda: seen.append(len(logs))
        await world.turn()
    at, line = next((at, line) for at, line in enumerate(logs) if line["event"] == "a large mailing begins")
    assert line["takes"] == "3 chats, 6 s at 0.5/s"
    assert at < seen[0]


# --- The counters ----------------------------------------------------------------------------------------------------

WATCHED = ("blogbot_recovered_leases_total", "blogbot_uncertain_total", "blogbot_expired_total")


class Counted:
    """How much the counters have grown since."""

    def __init__(self) -> None:
        self._before = {name: self._value(name) for name in WATCHED}
        self._sends = {key: self._send(*key) for key in self._outcomes()}

    def grown(self) -> tuple[float, ...]:
        """Of what a crash left, of what is uncertain, of what expired."""
        return tuple(self._value(name) - before for name, before in self._before.items())

    def sends(self) -> dict[tuple[str, str], float]:
        """By lane and outcome, but for what arrived."""
        grown = {key: self._send(*key) - before for key, before in self._sends.items()}
        return {key: count for key, count in grown.items() if count}

    @staticmethod
    def _outcomes() -> list[tuple[str, str]]:
        return [(lane, what) for lane in ("reminder", "post", "digest") for what in ("retried", "uncertain", "expired")]

    @staticmethod
    def _value(name: str) -> float:
        return REGISTRY.get_sample_value(name) or 0.0

    @staticmethod
    def _send(lane: str, outcome: str) -> float:
        return REGISTRY.get_sample_value("blogbot_sends_total", {"lane": lane, "outcome": outcome}) or 0.0


@pytest.fixture
def counted() -> Counted:
    return Counted()


async def test_news_that_a_crash_left_is_counted_as_recovered_and_as_uncertain(world: World, counted: Counted) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    await crash(world)
    assert counted.grown() == (0, 0, 0)
    await world.turn()
    assert counted.grown() == (1, 1, 0)
    assert counted.sends() == {("post", "uncertain"): 1}


async def test_a_reminder_that_a_crash_left_is_counted_as_recovered_and_as_tried_again(
    world: World, counted: Counted
) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    await crash(world)
    assert [lane for _, _, lane in await world.turn()] == [Lane.REMINDER]
    assert counted.grown() == (1, 0, 0)
    assert counted.sends() == {("reminder", "retried"): 1}


async def test_a_digest_that_a_crash_left_is_several_notifications_and_one_message(
    world: World, counted: Counted
) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(Digest.DAILY, 18))
    await world.shows(a=post("a"), b=post("b"))
    world.clock.move_to(datetime(2026, 3, 2, 18, 1, tzinfo=UTC))
    await crash(world)
    await world.turn()
    assert counted.grown() == (2, 2, 0)
    assert counted.sends() == {("digest", "uncertain"): 1}


async def test_what_nobody_knows_after_a_timeout_is_counted_as_uncertain(world: World, counted: Counted) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [InDoubt("timed out")]
    await world.turn()
    assert counted.grown() == (0, 1, 0)
    assert counted.sends() == {("post", "uncertain"): 1}


async def test_of_a_digest_only_what_was_withdrawn_is_counted_as_expired(world: World, counted: Counted) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(Digest.DAILY, 18))
    await world.shows(**{name: post(name) for name in "abcde"})
    world.clock.move_to(datetime(2026, 3, 2, 18, 1, tzinfo=UTC))

    class Late(Notebook):
        async def send(self, chat: Chat, message: Message, lane: Lane, begin: Begin) -> int:
            async with world.store.write() as tx:
                await tx.announcements.withdraw(post_id=1, reason="withdrawn", now=world.clock.now())
            return await super().send(chat, message, lane, begin)

    await world.another(Late()).turn()
    assert await world.states() == {"expired": 1, "sent": 4}
    assert counted.grown() == (0, 0, 1)
    assert counted.sends() == {("digest", "retried"): 1}


async def test_what_waited_too_long_is_counted_as_expired(world: World, counted: Counted) -> None:
    await world.chat(1, EVERYTHING, terms=Terms(muted_until=datetime(2027, 3, 2, tzinfo=UTC)))
    await world.shows(a=post("a"))
    await world.turn()
    await world.at(2027, 3, 20)
    assert counted.grown() == (0, 0, 1)
