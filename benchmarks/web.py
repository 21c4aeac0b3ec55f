"""The web part in a process of its own, somebody who asks it over a connection that stays open, and the processor time that it had."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.installation import free_port, until
from blogbot.app.memory import settle
from blogbot.app.server import Server, listen
from blogbot.blog import Blog
from blogbot.clock import Clock
from blogbot.model import Site
from blogbot.store import Store
from blogbot.web import create_web

TICK = 1 / os.sysconf("SC_CLK_TCK")
"""Seconds, the least that Linux counts of a process."""


class Reader:
    """Somebody who asks over one connection, kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def say(self, request: bytes) -> None:
        self._socket.sendall(request)

    def first(self) -> None:
        """Waits for the first byte of an answer."""
        self._file.peek(1)

    def hear(self) -> dict[str, str]:
        """The answer's headers, and its status as ":status"; its body is read and dropped."""
        headers = {":status": self._file.readline().decode("ascii").split()[1]}
        for line in iter(self._file.readline, b"\r\n"):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        self._file.read(int(headers.get("content-length", 0)))
        return headers

    def ask(self, request: bytes) -> dict[str, str]:
        self.say(request)
        return self.hear()


def processor_time(pid: int) -> float:
    """Seconds that a process and its children have had, as Linux tells them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    seconds = 0.0
    for each in (str(pid), *children):
        fields = Path(f"/proc/{each}/stat").read_text("ascii").rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) * TICK
    return seconds


Start = Callable[[Path, int], subprocess.Popen[bytes]]


@contextmanager
def running(start: Start, feeds: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server of the folder, and its port, once it listens."""
    port = free_port()
    process = start(feeds, port)
    try:
        until(lambda: _listens(port), process)
        yield process, port
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def blogbot(feeds: Path, port: int) -> subprocess.Popen[bytes]:
    """Also of the pages, where blogbot's database lies beside the folder."""
    return subprocess.Popen([sys.executable, "-m", "benchmarks.web", str(feeds), str(port)])


async def _serve(feeds: Path, port: int) -> None:
    """The web part as `blogbot run` serves it while no post changes, until it is told to stop."""

    async def well() -> list[str]:
        return []

    clock = Clock()
    blog = Blog(await Store.open(f"sqlite:///{feeds.parent / 'blogbot.db'}", clock=clock), clock)
    site = Site("Served", public_url="https://bot.blog.example")
    web = create_web(blog=blog, site=site, feeds_dir=feeds, ready=well, standing=lambda: 0)
    with listen("127.0.0.1", port) as listener:
        await Server(web, web.quick).start(listener)
        settle()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
