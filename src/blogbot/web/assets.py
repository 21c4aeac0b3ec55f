"""What belongs to pages (style sheets, icons, scripts), under names that change with the content, so that browsers keep it for good.

All of it is in memory, compressed once. It knows no page.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import replace
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from blogbot.web.conditions import asked
from blogbot.web.document import Document, Shape, answer, held

_FOR_GOOD = "public, max-age=31536000, immutable"
# Under its plain name, or one of another version: a page that was kept may name it while two versions run.
_FOR_NOW = "public, max-age=300, stale-while-revalidate=86400"
_MARK = 12
_STRING = r'("[^"\n]*"|`[^`]*`)'


class Assets:
    """The files of `folder`, without those in folders of it, as an ASGI application."""

    def __init__(self, folder: Path) -> None:
        self._named = {file.name: _document(file) for file in folder.iterdir() if file.is_file()}
        self._marked = {self.name(file): _for_good(document) for file, document in self._named.items()}

    def name(self, file: str) -> str:
        """The name under which pages ask for `file`: `site.css` is `site.3f2a81c09b7d.css`. Raises KeyError."""
        stem, _, ending = file.rpartition(".")
        return f"{stem}.{self._named[file].digest[:_MARK]}.{ending}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        found = self._marked.get(name) or self._named.get(name) or self._named.get(_unmarked(name))
        if found is None:
            raise HTTPException(404)
        await answer(send, scope["method"], asked(scope["headers"]), found)


def _unmarked(name: str) -> str:
    """`site.css` of `site.3f2a81c09b7d.css`."""
    parts = name.split(".")
    return ".".join((*parts[:-2], parts[-1])) if len(parts) > 2 and len(parts[-2]) == _MARK else name


def slim(script: str) -> str:
    """A script of ours without what only its readers need: comments, white space around signs, and a last ";" or ","; strings stay."""
    bare = re.sub(r"(?m)(?:^|[ \t]+)// .*$", "", script)
    close = re.sub(rf"{_STRING}|\s*([=(){{}}\[\],;:?<>&|+!]+)\s*", lambda found: found[1] or found[2], bare)
    return re.sub(rf"{_STRING}|;(?=\}})|,(?=[)}}\]])", lambda found: found[1] or "", close)


def _document(file: Path) -> Document:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("javascript", "json", "xml"))
    shape = Shape(f"{kind}; charset=utf-8" if text else kind, _FOR_NOW, {"X-Content-Type-Options": "nosniff"})
    content = file.read_bytes()
    return held(slim(content.decode()).encode() if file.suffix == ".js" else content, shape, quick=False)


def _for_good(document: Document) -> Document:
    return replace(document, shape=replace(document.shape, caching=_FOR_GOOD))
