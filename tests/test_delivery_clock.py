"""What a mailing makes of a clock that jumps, or was wrong; on both databases."""

from __future__ import annotations

import asyncio
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from blogbot.delivery import delivery, mailing
from blogbot.errors import RetryLater
from blogbot.i18n import zone_named
from blogbot.model import Digest, Lane, ReminderRule, Terms
from tests.content import event, post
from tests.delivery_world import EVERYTHING, HOUR, TUESDAY_TEN, Held, World
from tests.delivery_world import delivery_world as delivery_world


async def test_what_was_put_off_does_not_wait_for_a_clock_that_was_set_back(world: World) -> None:
    for number in range(1, 4):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=50, everyone=True) for _ in range(3)]
    world.clock.move(timedelta(hours=3))
    assert await world.turn() == []
    world.clock.move(timedelta(hours=-2))
    assert len(await world.turn()) == 3


async def test_what_was_put_off_by_a_clock_that_was_ahead_does_not_wait_for_it_after_a_restart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PAGE", 2)
    for number in range(1, 4):
        await world.chat(number, EVERYTHING)
    await world.shows(a=post("a"))
    world.clock.move(timedelta(minutes=10))
    world.sender.refusals = [RetryLater("429", seconds=50) for _ in range(3)]
    assert await world.turn() == []
    world.clock.move(timedelta(minutes=-10))
    await world.another().turn()
    assert sorted(world.sender.heard) == [1, 2, 3]


async def test_what_a_clock_that_was_ahead_had_leased_is_free_a_lease_after_the_next_start(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.clock.move(timedelta(minutes=5))
    await world.crash(begun=False)
    world.clock.move(timedelta(minutes=-5))
    again = world.another()
    await again.turn()
    world.clock.move(mailing.LEASE + timedelta(seconds=1))
    await again.turn()
    assert world.sender.heard == [1]


async def test_a_date_that_a_clock_that_was_ahead_took_in_is_reminded_of_in_time(world: World) -> None:
    await world.chat(1, remind=(ReminderRule(HOUR),))
    world.clock.move_to(datetime(2026, 3, 10, 9, 20, tzinfo=UTC))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    world.clock.move_to(datetime(2026, 3, 10, 8, 30, tzinfo=UTC))
    assert await world.turn() == []
    assert [lane for _, _, lane in await world.at(2026, 3, 10, 9)] == [Lane.REMINDER]
    assert await world.at(2026, 3, 10, 9, 30) == []


async def test_after_a_restart_what_waits_out_a_refusal_waits_on(world: World) -> None:
    await world.chat(1, EVERYTHING)
    await world.shows(a=post("a"))
    world.sender.refusals = [RetryLater("429", seconds=50)]
    await world.turn()
    world.clock.move(timedelta(seconds=40))
    await world.another().turn()
    assert world.sender.heard == []


RuledAs = Callable[[str], None]


@pytest.fixture
def asuncion(tmp_path: Path) -> Iterator[RuledAs]:
    """Gives America/Asuncion the rules of another zone, as a new edition of the zones does."""
    before = zoneinfo.TZPATH

    def ruled_as(other: str) -> None:
        target = tmp_path / "America" / "Asuncion"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(files("tzdata").joinpath("zoneinfo", *other.split("/")).read_bytes())
        _read_zones_from([str(tmp_path)])

    yield ruled_as
    _read_zones_from(before)


def _read_zones_from(folders: Sequence[str]) -> None:
    """As a new process does, which remembers no rules."""
    zoneinfo.reset_tzpath(folders)
    zoneinfo.ZoneInfo.clear_cache()
    zone_named.cache_clear()


@pytest.mark.parametrize(
    ("terms", "until"),
    [(Terms(quiet_from=20 * 60, quiet_until=7 * 60), 10), (Terms(digest=Digest.DAILY, digest_hour=8), 11)],
)
async def test_what_waits_for_morning_comes_in_the_morning_of_a_zone_whose_rules_changed_meanwhile(
    world: World, asuncion: RuledAs, monkeypatch: pytest.MonkeyPatch, terms: Terms, until: int
) -> None:
    monkeypatch.setattr(delivery, "PAGE", 2)
    asuncion("Etc/GMT+4")
    for number in range(1, 4):
        await world.change(await world.chat(number, EVERYTHING), terms=terms, timezone="America/Asuncion")
    world.clock.move_to(datetime(2026, 3, 9, 1, tzinfo=UTC))
    await world.shows(a=post("a"))
    assert await world.turn() == []
    asuncion("Etc/GMT+3")
    world.delivery = world.another()
    assert await world.turn() == []
    await world.delivery.heed_zones()
    assert await world.at(2026, 3, 9, until - 1, 59) == []
    assert len(await world.at(2026, 3, 9, until)) == 3


@pytest.mark.parametrize(("rules", "begins"), [("Etc/GMT+3", 13), ("Etc/GMT+5", 15)])
async def test_an_event_in_a_zone_whose_rules_changed_is_reminded_of_by_the_present_ones(
    world: World, asuncion: RuledAs, rules: str, begins: int
) -> None:
    asuncion("Etc/GMT+4")
    await world.chat(1, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN, timezone="America/Asuncion"))
    asuncion(rules)
    await world.intake.extend()
    assert await world.at(2026, 3, 10, begins - 2, 59) == []
    assert [lane for _, _, lane in await world.at(2026, 3, 10, begins - 1)] == [Lane.REMINDER]
    assert await world.at(2026, 3, 10, begins + 1) == []


@pytest.mark.parametrize("restarted", [True, False])
async def test_what_a_clock_that_was_ahead_announced_is_told_when_it_is_right_again(
    world: World, restarted: bool
) -> None:
    await world.chat(1, EVERYTHING)
    await world.turn()
    world.clock.move(timedelta(minutes=10))
    await world.shows(a=post("a"))
    world.clock.move(timedelta(minutes=-10))
    await (world.another() if restarted else world.delivery).turn()
    assert world.sender.heard == [1]


async def test_a_clock_that_is_set_back_in_a_long_mailing_makes_nobody_hear_twice(world: World) -> None:
    await world.chat(1, EVERYTHING, remind=(ReminderRule(HOUR),))
    await world.shows(talk=event("talk", TUESDAY_TEN))
    await world.turn()
    world.clock.move_to(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    sender = Held()
    turning = asyncio.create_task(world.another(sender).turn())
    await sender.begun.wait()
    for hours in (-3, 5, -2):
        world.clock.move(timedelta(hours=hours))
        for _ in range(3):
            await asyncio.wait({turning}, timeout=0.03)
    sender.go_on.set()
    await turning
    assert sender.calls == 1
