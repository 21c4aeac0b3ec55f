"""The command line's root: what every command shares, and the border at which errors become sentences and exit codes."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ParamSpec

import structlog
import typer

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
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def command(
    group: typer.Typer, name: str
) -> Callable[[Callable[P, Coroutine[Any, Any, None]]], Callable[P, Coroutine[Any, Any, None]]]:
    """Registers a coroutine as a command of `group`."""

    def register(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Coroutine[Any, Any, None]]:
        group.command(name)(bordered(function))
        return function

    return register


def bordered(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs a coroutine, and turns what it raises into a sentence and an exit code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with _border():
            asyncio.run(function(*args, **kwargs))

    return run


@contextmanager
def _border() -> Iterator[None]:
    """Where errors become sentences and exit codes."""
    try:
        yield
    except typer.Exit:
        raise
    except BlogbotError as error:
        _say(str(error) or (type(error).__doc__ or "").strip())
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader went away (`blogbot latest | head -1`): nothing is left to say, and to nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except Exception as error:
        _say(f"blogbot met an error of its own ({type(error).__name__}: {error}). Please report it with what you did.")
        raise typer.Exit(1) from None


def _say(sentence: str) -> None:
    err.print(sentence, markup=False, soft_wrap=True)


def main() -> None:
    """The `blogbot` command."""
    from blogbot.cli import content, deliveries, operation  # noqa: F401  # they register their commands

    cli()
