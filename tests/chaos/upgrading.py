"""A process that upgrades a database, and dies in the middle of it where it is told to.

`live` in a forked process: after so many statements that change something; 0 for never.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from alembic import command
from sqlalchemy import event

from blogbot.clock import Clock
from blogbot.store import Store


def die_after(steps: int) -> None:
    left = [steps]
    original = command.upgrade

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(config: Any, revision: str, **options: Any) -> None:
        event.listen(config.attributes["connection"], "after_cursor_execute", count)
        original(config, revision, **options)

    command.upgrade = wrapped  # type: ignore[assignment]


async def main(url: str) -> None:
    store = await Store.open(url, clock=Clock())
    await store.upgrade()
    await store.close()


def live(url: str, steps: int) -> None:
    die_after(steps)
    asyncio.run(main(url))
