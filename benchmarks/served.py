"""Feeds over HTTP: what one core serves, and how long one answer takes; beside nginx, where it is installed, on the same folder.

What is counted is the server's own processor time, so that neither the client nor anybody else on the machine is in the figure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.table import Row, compared, percentile
from benchmarks.web import TICK, Reader, blogbot, processor_time, running
from blogbot.publish.coding import ENDINGS, encode

ENTRIES, ENTRY = 50, 6_000
CONNECTIONS = 16
STRANGERS = 2_000
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
    """What one server did: answers a second of its processor time, and how long one answer took, in ms.

    `strangers` are answers to readers of whom each asks in words of its own.
    """

    unchanged: float
    strangers: float
    whole: float
    p99: float


def rows(size: Size = Size()) -> list[Row]:
    """304s and whole feeds for each second of one core, and the 99th percentile of one reader's waiting."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        feeds = Path(folder) / "feeds"
        feeds.mkdir()
        entries = (f"<entry><id>{n}</id><content>{'word ' * (ENTRY // 5)}</content></entry>" for n in range(ENTRIES))
        feed = f"<feed>{''.join(entries)}</feed>".encode()
        (feeds / "atom.xml").write_bytes(feed)
        # As blogbot publishes it.
        for coding, ending in ENDINGS.items():
            (feeds / f"atom.xml{ending}").write_bytes(encode(feed, coding))
        servers = {"blogbot": blogbot} | ({"nginx": _nginx} if shutil.which("nginx") else {})
        started = {name: stack.enter_context(running(start, feeds)) for name, start in servers.items()}
        found = {name: _measure(size, *one) for name, one in started.items()}
    return _rows(found["blogbot"], found.get("nginx"))


def _rows(ours: Served, nginx: Served | None) -> list[Row]:
    figures: Sequence[tuple[str, str, Callable[[Served], float]]] = (
        ("feeds that did not change (304), of one core", "answers/s", lambda one: one.unchanged),
        ("the same, to 2,000 different readers in turn", "answers/s", lambda one: one.strangers),
        ("whole feeds of 300 kB, of one core", "answers/s", lambda one: one.whole),
        ("feeds that did not change, p99", "ms", lambda one: one.p99),
    )
    if nginx is None:
        return [Row(name, value(ours), unit) for name, unit, value in figures]
    return [compared(name, value(ours), unit, "nginx", value(nginx)) for name, unit, value in figures]


def _measure(size: Size, process: subprocess.Popen[bytes], port: int) -> Served:
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(port)) for _ in range(CONNECTIONS)]
        whole = _request({})
        etag = readers[0].ask(whole)["etag"]
        same = _request({"If-None-Match": etag})
        waited = []
        for _ in range(size.alone):
            begun = time.perf_counter()
            assert "content-length" not in readers[0].ask(same), "a 304 has no body"
            waited.append((time.perf_counter() - begun) * 1000)
        return Served(
            _rate(process, readers, [same], size.unchanged),
            _rate(
                process, readers, [_request({"If-None-Match": etag}, one) for one in range(STRANGERS)], size.unchanged
            ),
            _rate(process, readers, [whole], size.whole),
            percentile(waited, 0.99),
        )


def _rate(process: subprocess.Popen[bytes], readers: Sequence[Reader], requests: Sequence[bytes], count: int) -> float:
    """Answers for each second of the server's processor time, to the requests in turn."""
    waiting = cycle(requests)
    before = processor_time(process.pid)
    rounds = max(1, count // len(readers))
    for _ in range(rounds):
        for reader in readers:
            reader.say(next(waiting))
        for reader in readers:
            reader.hear()
    return rounds * len(readers) / max(processor_time(process.pid) - before, TICK)


def _request(headers: Mapping[str, str], subscribers: int = 12) -> bytes:
    said = {
        "Host": "localhost",
        "User-Agent": f"Reader/1.0 ({subscribers} subscribers)",
        "Accept": "application/atom+xml",
        **headers,
    }
    lines = (f"{name}: {value}\r\n" for name, value in said.items())
    return f"GET /feeds/atom.xml HTTP/1.1\r\n{''.join(lines)}\r\n".encode()


def _nginx(feeds: Path, port: int) -> subprocess.Popen[bytes]:
    folder = feeds.parent / "nginx"
    folder.mkdir()
    user = pwd.getpwuid(os.geteuid()).pw_name
    (folder / "conf").write_text(_NGINX.format(user=user, folder=folder, port=port, feeds=feeds), "utf-8")
    return subprocess.Popen(["nginx", "-c", str(folder / "conf")], stderr=subprocess.DEVNULL)
