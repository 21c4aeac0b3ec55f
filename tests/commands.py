"""What forked processes do besides chaos: blogbot's commands, as one calls them, and a sandbox without one."""

from __future__ import annotations

import asyncio
import sys

from blogbot import demo  # noqa: F401  # commands load it as they run, and a test would wait for it each time
from blogbot.app import running  # noqa: F401
from blogbot.cli import content, deliveries, main, operation  # noqa: F401
from blogbot.clock import Clock
from blogbot.sandbox import serve
from blogbot.store import Store


def blogbot(*arguments: str) -> None:
    """`blogbot ARGUMENTS`."""
    sys.argv = ["blogbot", *arguments]
    main()


def upgrade(url: str) -> None:
    """Upgrades a database, and says what is wrong with it then."""

    async def checked() -> list[str]:
        store = await Store.open(url, clock=Clock())
        await store.upgrade()
        wrong = await store.check()
        await store.close()
        return wrong

    sys.stdout.write(f"{asyncio.run(checked())}\n")


def sandbox() -> None:
    """Says its address once it is served."""

    def say(address: str) -> None:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()

    asyncio.run(serve(port=0, on_ready=say))
