"""Killed again and again, blogbot loses nothing: the short form of `make chaos`. A failure names the seed that repeats it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from blogbot.clock import Clock
from blogbot.store import Store
from tests.chaos.oracle import judge
from tests.chaos.scenario import Chaos

SEED = 20_260_302
IN_FLIGHT = 5


async def test_one_process_with_a_wrong_clock_is_killed_and_loses_nothing(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    chaos = Chaos(folder, sqlite_url, SEED, chats=60, clock=True, lease=3.0)
    verdict = (await chaos.run(kills=4, posts_each=3, within=60)).verdict
    assert (verdict.lost, verdict.strange, verdict.late) == ([], [], []), f"seed {SEED}"
    assert verdict.due == 4 * 3 * 60
    assert verdict.worst == 0  # news is never said twice
    # A backlog is one message, with all that was written by then.
    assert verdict.uncertain <= sum(3 * life for life in range(1, 5)) * IN_FLIGHT


async def test_two_processes_on_one_database_are_killed_and_share_the_work(postgres_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    chaos = Chaos(folder, postgres_url, SEED + 1, chats=40, processes=2, lease=3.0)
    verdict = (await chaos.run(kills=3, posts_each=3, within=60)).verdict
    assert (verdict.lost, verdict.strange, verdict.late) == ([], [], []), f"seed {SEED + 1}"
    assert verdict.worst <= 2 * IN_FLIGHT


@pytest.mark.parametrize("steps", [1, 4, 12, 25])
async def test_a_migration_that_was_cut_off_is_done_again_from_where_it_was(tmp_path: Path, steps: int) -> None:
    url = f"sqlite:///{tmp_path}/blogbot.db"
    script = (
        "import asyncio, sys\n"
        "from blogbot.clock import Clock\nfrom blogbot.store import Store\nfrom tests.chaos.points import POINTS\n"
        "POINTS['inside a migration'](int(sys.argv[2]))\n"
        "async def main():\n    store = await Store.open(sys.argv[1], clock=Clock())\n    await store.upgrade()\n"
        "asyncio.run(main())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    cut = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", script, url, str(steps)],
        env=environment,
        check=False,
        capture_output=True,
    )
    assert cut.returncode == -signal.SIGKILL, cut.stderr
    store = await Store.open(url, clock=Clock())
    await store.upgrade()
    assert await store.check() == []
    await store.close()


def test_the_oracle_sees_what_is_lost_doubled_and_late() -> None:
    def call(at: float, chat: int, text: str) -> dict[str, object]:
        return {"at": at, "method": "sendMessage", "params": {"chat_id": str(chat), "text": text}}

    calls = [
        call(1, 7, "Post 1"), call(2, 7, "Post 2"), call(6, 7, "Post 2"), call(9, 7, "⏰ Now: Event 1"),
        call(3, 8, "🗞 Post 1 and Post 2"),
    ]  # fmt: skip
    due = [("Post 1", 7), ("Post 2", 7), ("Post 3", 7), ("Post 4", 7), ("Reminder 1", 7), ("Post 1", 8), ("Post 2", 8)]
    verdict = judge(calls, due, [("Post 4", 7)], {"Reminder 1": 9.0}, [5.0])
    assert verdict.lost == [("Post 3", 7)]
    assert verdict.doubles == [0, 1]
    assert verdict.late == [("Reminder 1", 7)]
    assert (verdict.uncertain, verdict.in_vain, verdict.strange) == (1, 1, [])
