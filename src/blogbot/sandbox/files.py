"""Files that bots uploaded, kept in memory up to a bound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

KEEP_BYTES: Final = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload. `content` is None for a file that was named by its web address, which the sandbox never fetches."""

    id: str
    name: str
    mime_type: str
    content: bytes | None

    @property
    def path(self) -> str:
        """Its place under /file/bot<token>/."""
        return f"documents/{self.id}/{self.name}"

    def view(self) -> dict[str, Any]:
        """The Bot API's File, or the part that Document and PhotoSize share with it."""
        size = {} if self.content is None else {"file_size": len(self.content)}
        return {"file_id": self.id, "file_unique_id": self.id[:16], **size}


class FileShelf:
    """Files by id. The oldest go when all together are too large."""

    def __init__(self, keep_bytes: int = KEEP_BYTES) -> None:
        self._files: dict[str, StoredFile] = {}
        self._keep = keep_bytes
        self._bytes = 0

    def add(self, name: str, mime_type: str, content: bytes | None) -> StoredFile:
        """Keeps a file; the same file twice is one."""
        name = name.replace("\\", "/").rpartition("/")[2][-128:] or "file"
        digest = hashlib.sha256(f"{name}\n{mime_type}\n".encode("utf-8", "replace") + (content or b"")).hexdigest()
        file = StoredFile(f"BQAC{digest[:48]}", name, mime_type, content)
        if file.id not in self._files:
            self._files[file.id] = file
            self._bytes += len(content or b"")
            self._forget()
        return file

    def get(self, file_id: str) -> StoredFile | None:
        """The file under an id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file at a `path` of getFile."""
        parts = path.split("/")
        file = self._files.get(parts[1]) if len(parts) == 3 else None
        return file if file is not None and file.path == path else None

    def _forget(self) -> None:
        while self._bytes > self._keep and len(self._files) > 1:
            oldest = self._files.pop(next(iter(self._files)))
            self._bytes -= len(oldest.content or b"")
