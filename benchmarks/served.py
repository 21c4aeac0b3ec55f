"""Feeds over HTTP: what one core serves, and how long one answer takes; beside nginx, where it is installed, on the same folder.

What is counted is the server's own processor time, so that neither the client nor anybody else on the machine is in the figure.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installation import free_port, until
from benchmarks.table import Row, compared, percentile
from blogbot.app.server import Server, listen
from blogbot.blog import Blog
from blogbot.clock import Clock
from blogbot.model import Site
from blogbot.store import Store
from blogbot.web import create_web

ENTRIES, ENTRY = 50, 6_000
CONNECTIONS = 16
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_NGINX = """
user {user}; worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 256; }}
http {{ access_log off; sendfile on; tcp_nodelay on; keepalive_requests 10000000; client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; location /feeds/ {{ alias {feeds}/; add_header Cache-Control "public, max-age=300"; }} }} }}
"""


@dataclass(frozen=True, slots=True)
class Size:
    unchanged: int = 50_000
    whole: int = 2_000
    alone: int = 1_000


@dataclass(frozen=True, slots=True)
class Served:
    """What one server did: answers a second of its processor time, and how long one answer took, in ms."""

    unchanged: float
    whole: float
    p99: float


def rows(size: Size = Size()) -> list[Row]:
    """304s and whole feeds for each second of one core, and the 99th percentile of one reader's waiting."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        feeds = Path(folder) / "feeds"
        feeds.mkdir()
        entries = (f"<entry><id>{n}</id><content>{'word ' * (ENTRY // 5)}</content></entry>" for n in range(ENTRIES))
        (feeds / "atom.xml").write_text(f"<feed>{''.join(entries)}</feed>", "utf-8")
        servers = {"blogbot": _blogbot} | ({"nginx": _nginx} if shutil.which("nginx") else {})
        running = {name: stack.enter_context(_running(start, feeds)) for name, start in servers.items()}
        found = {name: _measure(size, *one) for name, one in running.items()}
    return _rows(found["blogbot"], found.get("nginx"))


def _rows(ours: Served, nginx: Served | None) -> list[Row]:
    figures: Sequence[tuple[str, str, Callable[[Served], float]]] = (
        ("feeds that did not change (304), of one core", "answers/s", lambda one: one.unchanged),
        ("whole feeds of 300 kB, of one core", "answers/s", lambda one: one.whole),
        ("feeds that did not change, p99", "ms", lambda one: one.p99),
    )
    if nginx is None:
        return [Row(name, value(ours), unit) for name, unit, value in figures]
    return [compared(name, value(ours), unit, "nginx", value(nginx)) for name, unit, value in figures]


def _measure(size: Size, process: subprocess.Popen[bytes], port: int) -> Served:
    with ExitStack() as stack:
        readers = [stack.enter_context(_Reader(port)) for _ in range(CONNECTIONS)]
        whole = _request({})
        etag = readers[0].ask(whole)["etag"]
        same = _request({"If-None-Match": etag})
        waited = []
        for _ in range(size.alone):
            begun = time.perf_counter()
            assert "content-length" not in readers[0].ask(same), "a 304 has no body"
            waited.append((time.perf_counter() - begun) * 1000)
        return Served(
            _rate(process, readers, same, size.unchanged),
            _rate(process, readers, whole, size.whole),
            percentile(waited, 0.99),
        )


def _rate(process: subprocess.Popen[bytes], readers: Sequence[_Reader], request: bytes, count: int) -> float:
    """Answers for each second of the server's processor time."""
    before = _processor_time(process.pid)
    rounds = max(1, count // len(readers))
    for _ in range(rounds):
        for reader in readers:
            reader.say(request)
        for reader in readers:
            reader.hear()
    return rounds * len(readers) / max(_processor_time(process.pid) - before, _TICK)


def _request(headers: Mapping[str, str]) -> bytes:
    said = {
        "Host": "localhost",
        "User-Agent": "Reader/1.0 (12 subscribers)",
        "Accept": "application/atom+xml",
        **headers,
    }
    lines = (f"{name}: {value}\r\n" for name, value in said.items())
    return f"GET /feeds/atom.xml HTTP/1.1\r\n{''.join(lines)}\r\n".encode()


class _Reader:
    """One connection, kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def say(self, request: bytes) -> None:
        self._socket.sendall(request)

    def hear(self) -> dict[str, str]:
        """The answer's headers; its body is read and dropped."""
        headers: dict[str, str] = {}
        for line in iter(self._file.readline, b"\r\n"):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        self._file.read(int(headers.get("content-length", 0)))
        return headers

    def ask(self, request: bytes) -> dict[str, str]:
        self.say(request)
        return self.hear()


def _processor_time(pid: int) -> float:
    """Seconds that a process and its children have had, as Linux tells them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    seconds = 0.0
    for each in (str(pid), *children):
        fields = Path(f"/proc/{each}/stat").read_text("ascii").rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) * _TICK
    return seconds


Start = Callable[[Path, int], subprocess.Popen[bytes]]


@contextmanager
def _running(start: Start, feeds: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
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


def _blogbot(feeds: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.served", str(feeds), str(port)])


def _nginx(feeds: Path, port: int) -> subprocess.Popen[bytes]:
    folder = feeds.parent / "nginx"
    folder.mkdir()
    user = pwd.getpwuid(os.geteuid()).pw_name
    (folder / "conf").write_text(_NGINX.format(user=user, folder=folder, port=port, feeds=feeds), "utf-8")
    return subprocess.Popen(["nginx", "-c", str(folder / "conf")], stderr=subprocess.DEVNULL)


async def _serve(feeds: Path, port: int) -> None:
    """The web part as `blogbot run` serves it, until it is told to stop."""

    async def well() -> list[str]:
        return []

    clock = Clock()
    blog = Blog(await Store.open(f"sqlite:///{feeds.parent / 'blogbot.db'}", clock=clock), clock)
    web = create_web(blog=blog, site=Site("Served"), feeds_dir=feeds, ready=well)
    with listen("127.0.0.1", port) as listener:
        await Server(web, web.quick).start(listener)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
