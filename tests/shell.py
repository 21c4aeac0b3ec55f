"""blogbot as people start it: a process of its own in a folder, with the settings that a test gives and no others.

Another process works at its own pace, so here, and only here, tests look again until something is there.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog
from typer.testing import CliRunner

from blogbot.cli import content, deliveries, operation  # noqa: F401  # they register their commands
from blogbot.cli.command import cli
from tests.commands import blogbot
from tests.nursery import Child, forked


class Shell:
    """Runs blogbot in one folder, with the settings that a test gives and none of the machine's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, str] = {}
        self._started = 0

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BLOGBOT_")}
        return clean | {"COLUMNS": "120", "TMPDIR": str(self.folder.parent)} | self.settings

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "blogbot", *arguments],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The one document on standard output."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


class Forked(Shell):
    """The same without Python's start and the loading of blogbot, most of what a command takes; all else is the process's own."""

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        with self.running(*arguments) as process:
            said, log = process.communicate(120)
        assert process.returncode == code, said + log
        assert "Traceback" not in said + log
        return subprocess.CompletedProcess(arguments, code, said, log)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Child]:
        """`blogbot ARGUMENTS`."""
        self._started += 1
        log = self.folder.parent / f"{self.folder.name}-{self._started}.log"
        with forked(blogbot, *arguments, folder=self.folder, environment=self.environment(), log=log) as process:
            yield process


class Inside(Shell):
    """The same in the test's own process, and so many times faster; for commands that answer and end."""

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        with chdir(self.folder), patch.dict(os.environ, self.environment(), clear=True):
            try:
                done = CliRunner().invoke(cli, arguments)
            finally:
                structlog.reset_defaults()  # a command sets up what the whole process logs
        assert done.exception is None or isinstance(done.exception, SystemExit)
        assert done.exit_code == code, done.output
        return subprocess.CompletedProcess(arguments, code, done.stdout, done.stderr)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def call(url: str, body: Any = None) -> Any:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read().decode()
        return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def until(found: Any, seconds: float = 30.0) -> Any:
    """What `found()` gives as soon as it gives something. Another process works at its own pace."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            result = found()
        except OSError:
            result = None
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {seconds} s")
