"""How the tests of intake look at what it did: what it announced, and what it counted."""

from __future__ import annotations

from datetime import timedelta

from blogbot.clock import MovableClock
from blogbot.intake import Counts, Report
from blogbot.model import Announcement
from blogbot.store import Store

NOTHING = (0, 0, 0, 0)


async def announced(store: Store, clock: MovableClock) -> list[Announcement]:
    async with store.read() as tx:
        return await tx.announcements.pending(clock.now() + timedelta(days=365), 100)


def counts(report: Report) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    def numbers(each: Counts) -> tuple[int, int, int, int]:
        return each.new, each.changed, each.unchanged, each.gone

    return numbers(report.posts), numbers(report.events)
