"""What the processes of a benchmark log: errors alone.

Each line takes time, which would count as blogbot's, and standard output belongs to the table.
"""

from __future__ import annotations

import logging
import sys

import structlog


def quiet() -> None:
    """For this process; those that a benchmark starts call it themselves."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
