"""Commands for who runs blogbot: the bot itself, the demo, the database, the doctor, the sandbox.

Each loads what it runs only when it runs, since the bot and the web server take longer to load than most answers take.
"""

from __future__ import annotations

import os
import threading
import webbrowser
from typing import Annotated

import typer
from rich.markup import escape

from blogbot.app.core import open_store
from blogbot.cli import output
from blogbot.cli.command import cli, command
from blogbot.config import load
from blogbot.errors import BlogbotError, StoreError, UsageError

db = typer.Typer(help="The database's tables.", no_args_is_help=True)
cli.add_typer(db, name="db")

TOKENLESS = """BLOGBOT_TOKEN is not set, so there is no bot to run. Two ways forward:

  Try it without one:   blogbot demo        (a Telegram of its own, in the browser; `make demo` in a checkout)
  Run a real bot:       talk to @BotFather in Telegram, send /newbot, and then
                        BLOGBOT_TOKEN=... python bot.py"""


STOP_WITHIN = 9.5
"""Seconds from the signal to the end, so that a supervisor that allows 10 never needs to kill."""


def _end_at_last() -> None:
    """Ends the process when its time is up: Python would wait for a thread that parses, however long that takes.

    Nothing is lost by it. What matters is committed, and what is not is undone.
    """
    last = threading.Timer(STOP_WITHIN, os._exit, (0,))
    last.daemon = True
    last.start()


@command(cli, "run")
async def run() -> None:
    """Run the bot: answer, follow the sources, remind, write and serve the feeds."""
    from blogbot.app.running import run_bot

    settings = load()
    if settings.token is None:
        raise UsageError(TOKENLESS)
    await run_bot(settings, on_stopping=_end_at_last)


@command(cli, "demo")
async def demo(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Try everything in the browser, with sample posts and a Telegram of its own. Nothing is kept."""

    from blogbot.demo import run_demo

    def ready(address: str) -> None:
        # Exactly one address, alone on its line, so that people and programs find it.
        output.out.print(f"{address}\n", end="", soft_wrap=True, markup=False)
        output.err.print("This is blogbot with sample content. Stop it with Ctrl+C.")
        if browser:
            webbrowser.open(address)

    await run_demo(port=port, on_ready=ready, on_stopping=_end_at_last)


@command(cli, "sandbox")
async def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8081,
) -> None:
    """A Telegram to try and test bots against: its Bot API and a chat page, on this machine only."""
    from blogbot.sandbox import serve

    try:
        await serve("127.0.0.1", port, on_ready=lambda url: output.out.print(url, soft_wrap=True, markup=False))
    except OSError as error:
        raise BlogbotError(f"Port {port} cannot be used: {error.strerror}; choose another with --port.") from None


@command(db, "upgrade")
async def upgrade() -> None:
    """Bring the tables up to date. Running blogbot does this by itself."""
    async with open_store(load()) as store:
        await store.upgrade()
    output.out.print("The database is up to date.")


@command(db, "check")
async def check() -> None:
    """Look whether the database is sound and its tables are those of this blogbot."""
    async with open_store(load()) as store:
        problems = await store.check()
    if problems:
        raise StoreError("\n".join(problems))
    output.out.print("The database is sound.")


@command(cli, "doctor")
async def doctor() -> None:
    """Look at settings, database, folders, sources and token, and say what is wrong."""
    from blogbot.doctor import examine

    findings = await examine(load())
    for finding in findings:
        mark = {"ok": "[green]ok[/]  ", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}[finding.verdict]
        output.out.print(f"{mark} {escape(finding.what)}", soft_wrap=True)
    if any(finding.verdict == "wrong" for finding in findings):
        raise typer.Exit(1)
