"""What operators read while blogbot runs: one line an event, on standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def log_for_operators() -> None:
    """Words on a terminal, else `key=value`; libraries only when something is wrong.

    At DEBUG, python-telegram-bot would write the address of the Bot API, of which the token is a part; and a traceback
    shows no variables, which may hold it too.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    watched = sys.stderr.isatty()
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if watched
        else [structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
