"""Feed files as publishing leaves them, and a reader that sends just the headers that it is told to."""

from __future__ import annotations

import gzip
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import brotli
import httpx

from tests.visitor import Ask

Fetch = Callable[..., Awaitable[httpx.Response]]

WRITTEN = 1_773_136_800


def write(place: Path, content: bytes, *, siblings: bool = True, at: int = WRITTEN) -> None:
    """Writes a file as publishing does, and its compressed siblings."""
    place.parent.mkdir(parents=True, exist_ok=True)
    forms = {".br": brotli.compress(content), ".gz": gzip.compress(content)} if siblings else {}
    for ending, form in {"": content, **forms}.items():
        file = place.with_name(place.name + ending)
        part = place.with_name(f".{file.name}.part")
        part.write_bytes(form)
        os.utime(part, (at, at))
        part.replace(file)


def plainly(ask: Ask) -> Fetch:
    async def fetch(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await ask(path, method, headers={"Accept-Encoding": "identity", **named})

    return fetch
