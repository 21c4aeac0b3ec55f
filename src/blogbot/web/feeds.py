"""The feed files as readers fetch them: right types, and 304 where nothing changed.

Only files of the kinds that a feed tree holds are served, and only from inside its folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from blogbot.web.headers import PAGE

# By a file's own name first, then by its ending.
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "atom.xml": "application/atom+xml; charset=utf-8",  # RFC 4287
        "rss.xml": "application/rss+xml; charset=utf-8",
        "feed.json": "application/feed+json; charset=utf-8",  # JSON Feed 1.1
        ".ics": "text/calendar; charset=utf-8",  # RFC 5545
        ".opml": "text/x-opml; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
    }
)


class FeedFiles(StaticFiles):
    """The folder that feeds are written to. It may appear after the web part has started."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._folder = folder

    async def check_config(self) -> None:
        if not self._folder.is_dir():
            self.config_checked = False
            raise HTTPException(404)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if "\0" in path or any(part.startswith(".") for part in path.split(os.sep) if part != "."):
            raise HTTPException(404)
        return super().lookup_path(path)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        name = Path(full_path)
        media_type = _TYPES.get(name.name) or _TYPES.get(name.suffix)
        if not media_type:
            raise HTTPException(404)
        response = super().file_response(full_path, stat_result, scope, status_code)
        if response.status_code != 304:
            response.headers["Content-Type"] = media_type
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["Access-Control-Allow-Origin"] = "*"  # readers that run in a browser
        for header, value in PAGE.items():
            response.headers.setdefault(header, value)
        return response
