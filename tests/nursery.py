"""Processes that are forked from one which has loaded blogbot, so that a life takes no longer than what is tried in it.

Its folder, its environment, its output and its end are each process's own; only the loading is shared. What is about the
loading, or about a start from nothing, starts Python itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

LOADED = ("pytest", "tests.chaos.hub", "tests.chaos.worker", "tests.chaos.upgrading", "tests.commands", "tests.killed")


def nursery() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    return context


class Child:
    """One process, with what tests use of `subprocess.Popen`; `stdout` is read as a pipe, and what else it says in the end."""

    def __init__(self, process: ForkServerProcess, stdout: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.stdout = os.fdopen(stdout, encoding="utf-8")

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        self.wait(timeout)
        return self.stdout.read(), self._log.read_text("utf-8")

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            assert self._process.pid is not None
            os.kill(self._process.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Whatever it does."""
        self.kill()
        self.wait()
        self.stdout.close()


def fork(
    target: Callable[..., object], *given: object, folder: Path, environment: Mapping[str, str], log: Path
) -> Child:
    """A process that calls `target` in `folder`; what it says on standard error is added to `log`."""
    context = nursery()
    reader, writer = context.Pipe(duplex=False)
    with reader, writer:
        process = context.Process(target=_live, args=(writer, str(folder), dict(environment), str(log), target, given))
        process.start()
        return Child(process, os.dup(reader.fileno()), log)


@contextmanager
def forked(
    target: Callable[..., object], *given: object, folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[Child]:
    child = fork(target, *given, folder=folder, environment=environment, log=log)
    try:
        yield child
    finally:
        child.close()


def _live(
    writer: Connection,
    folder: str,
    environment: Mapping[str, str],
    log: str,
    target: Callable[..., object],
    given: Sequence[object],
) -> None:
    with open(log, "ab") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    os.dup2(writer.fileno(), sys.stdout.fileno())
    writer.close()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    target(*given)
