"""The published folder alone behind a web server that knows nothing of blogbot: every feed and page is there, and every link leads somewhere."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import pwd
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest

from tests.pages_site import served

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONF = """
{user} worker_processes 1; daemon off; master_process off; pid {own}/pid; error_log {own}/log;
events {{ worker_connections 64; }}
http {{ types {{ text/html html; text/xml xml; application/json json; text/calendar ics; text/css css; text/javascript js; image/x-icon ico; }}
    access_log off; gzip_static on; client_body_temp_path {own}/body; proxy_temp_path {own}/proxy; fastcgi_temp_path {own}/fastcgi;
    uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""
LINK = re.compile(
    r'(?:href|src|xmlUrl|htmlUrl)="([^"#]+)"|<(?:loc|link|id)>(http[^<]+)<|"(?:feed_url|next_url)": "([^"]+)"'
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def by_python(root: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def by_nginx(root: Path) -> Iterator[str]:
    own = root / "nginx"
    own.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};"
    (own / "conf").write_text(CONF.format(user=user, own=own, port=port, root=root))
    server = subprocess.Popen([NGINX or "", "-c", str(own / "conf")], stderr=subprocess.DEVNULL)
    try:
        while server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(
    params=["python", pytest.param("nginx", marks=pytest.mark.skipif(not NGINX, reason="nginx is not here"))]
)
async def published(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Path, str, str, str]]:
    """The folder, where blogbot serves it, what blogbot's own page of feeds says, and where it lies alone."""
    async with served(tmp_path) as ours, httpx.AsyncClient(base_url=ours) as client:
        pages = [(await client.get(f"/feeds/{path}")).text for path in ("", "tags/", "authors/")]
    server = by_nginx if request.param == "nginx" else by_python
    with server(tmp_path) as alone:
        yield tmp_path / "feeds", ours.rstrip("/"), "\n".join(pages), alone


async def test_everything_that_the_pages_of_feeds_lead_to_is_in_the_folder_alone(
    published: tuple[Path, str, str, str],
) -> None:
    folder, ours, said, alone = published
    waiting = {f"{alone}/feeds/index.html", *links(f"{ours}/feeds/", said, ours, alone)}
    seen: set[str] = set()
    async with httpx.AsyncClient(headers={"Accept-Encoding": "gzip"}) as client:
        while waiting:
            here = waiting.pop()
            seen.add(here)
            found = await client.get(here)
            assert found.status_code == 200, here
            place = folder / urlsplit(here).path.removeprefix("/feeds/")
            place = place / "index.html" if place.is_dir() else place
            assert found.content == place.read_bytes(), here
            packed = place.with_name(f"{place.name}.gz").exists() and found.headers["server"].startswith("nginx")
            assert found.headers.get("content-encoding") == ("gzip" if packed else None), here
            waiting |= links(here, found.text, ours, alone) - seen
    names = {urlsplit(here).path.removeprefix("/feeds/") for here in seen}
    assert {
        "atom.xml",
        "summary/rss.xml",
        "events/feed.json",
        "events.ics",
        "feeds.opml",
        "feeds.css",
        "favicon.ico",
    } <= names
    assert len([name for name in names if name.startswith("tags/")]) > 5
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in there - names if not name.startswith(".") and not name.endswith((".gz", ".br"))} <= {
        "sitemap.xml", *(name for name in there if "/summary/" in name or name.endswith("/events.ics"))
    }  # fmt: skip


def links(here: str, said: str, ours: str, alone: str) -> set[str]:
    """What a page, a feed or a list leads to beneath /feeds/, as it lies alone. What blogbot makes on demand is no file."""
    found = {unescape("".join(each)) for each in LINK.findall(said)}
    whole = {urldefrag(urljoin(here, link))[0].replace(ours, alone) for link in found}
    return {link for link in whole if link.startswith(f"{alone}/feeds/") and not link.endswith(("/tags/", "/authors/"))}
