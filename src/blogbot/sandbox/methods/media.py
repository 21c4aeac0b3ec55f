"""The methods for files: sent with a message, fetched again."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from ..errors import bad_request
from ..files import StoredFile
from .call import Call
from .messages import deliver

MAX_PHOTO_BYTES: Final = 10 * 1024 * 1024
_IMAGES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


def send_document(call: Call) -> dict[str, Any]:
    """sendDocument: the Message sent."""
    chat = call.open_chat()
    file = _file(call, "document")
    document = {**file.view(), "file_name": file.name, "mime_type": file.mime_type}
    return deliver(call, chat, call.caption(), {"document": document})


def send_photo(call: Call) -> dict[str, Any]:
    """sendPhoto: the Message sent. The sandbox measures no picture: every photo has one size."""
    chat = call.open_chat()
    file = _file(call, "photo")
    if file.content is not None and not file.content.startswith(_IMAGES):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if file.content is not None and len(file.content) > MAX_PHOTO_BYTES:
        raise bad_request("PHOTO_SAVE_FILE_INVALID")
    extra: dict[str, Any] = {"photo": [{**file.view(), "width": 1280, "height": 720}]}
    if call.params.flag("has_spoiler"):
        extra["has_media_spoiler"] = True
    if call.params.flag("show_caption_above_media"):
        extra["show_caption_above_media"] = True
    return deliver(call, chat, call.caption(), extra)


def _file(call: Call, name: str) -> StoredFile:
    """The file of a parameter: uploaded, known by id, or on the web (which is taken on trust and never fetched)."""
    value = call.params.sent.get(name)
    field = value[len("attach://") :] if isinstance(value, str) and value.startswith("attach://") else name
    upload = call.params.uploads.get(field)
    if upload is not None:
        if not upload.content:
            raise bad_request("file must be non-empty")
        return call.telegram.files.add(upload.name, upload.mime_type, upload.content)
    if not isinstance(value, str) or not value:
        raise bad_request(f"there is no {name} in the request")
    if value.startswith(("http://", "https://")):
        return call.telegram.files.add(_web_name(value), "application/octet-stream", None)
    known = call.telegram.files.get(value)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return known


def _web_name(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        raise bad_request("wrong HTTP URL specified") from None


def get_file(call: Call) -> dict[str, Any]:
    """getFile: the File, with the path under /file/bot<token>/ where its content is."""
    file = call.telegram.files.get(call.params.text("file_id"))
    if file is None or file.content is None:
        raise bad_request("invalid file_id")
    return {**file.view(), "file_path": file.path}
