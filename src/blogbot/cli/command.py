"""The command line's root: what every command shares, and the border at which errors become sentences and exit codes."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ParamSpec

import click
import structlog
import typer
from rich.markup import escape

from blogbot import __version__
from blogbot.cli.output import err
from blogbot.errors import BlogbotError

P = ParamSpec("P")

cli = typer.Typer(
    name="blogbot",
    help="Brings an organisation's blog and calendar to its members in Telegram and in feeds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many at the most.")]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"blogbot {__version__}")
        raise typer.Exit


@cli.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    # Commands answer a person at once; only the running bot logs, and it says so itself.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))


def command(
    group: typer.Typer, name: str
) -> Callable[[Callable[P, Coroutine[Any, Any, None]]], Callable[P, Coroutine[Any, Any, None]]]:
    """Registers a coroutine as a command of `group`."""

    def register(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Coroutine[Any, Any, None]]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            asyncio.run(function(*args, **kwargs))

        group.command(name)(run)
        return function

    return register


def main() -> None:
    """The `blogbot` command."""
    from blogbot.cli import content, operation  # noqa: F401  # they register their commands

    try:
        code = cli(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BlogbotError as error:
        err.print(escape(str(error) or (type(error).__doc__ or "").strip()), soft_wrap=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader went away (`blogbot latest | head -1`): nothing is left to say, and to nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        err.print(
            escape(
                f"blogbot met an error of its own ({type(error).__name__}: {error}). Please report it with what you did."
            ),
            soft_wrap=True,
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
