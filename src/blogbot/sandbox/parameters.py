"""The parameters of a Bot API call, however they were sent, and how each is read.

Query string, form, multipart form and JSON are alike to a method. Values stay as they were sent; they are read on use,
and refused as Telegram refuses them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any, Final
from urllib.parse import parse_qsl

from .errors import ApiError, bad_request

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,19}")
_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))', re.IGNORECASE)
_FIELD: Final = re.compile(r'(?<![a-z*])(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_MAX_FIELDS: Final = 1000
_MAX_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a multipart form."""

    name: str
    mime_type: str
    content: bytes


class Parameters:
    """A call's parameters. `sent` holds them as they came, with a short note in place of each upload."""

    __slots__ = ("sent", "uploads")

    def __init__(self, sent: dict[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.sent = sent
        self.uploads = uploads or {}

    def __contains__(self, name: str) -> bool:
        return self.sent.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A string. Raises ApiError 400 if it cannot be UTF-8."""
        value = self.sent.get(name)
        if value is None:
            return default
        text = value if isinstance(value, str) else json.dumps(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; `default` where there is none or it is not one, as Telegram takes it."""
        value = self.sent.get(name)
        if isinstance(value, int | float):
            return int(value) if value == value // 1 else default
        return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value.strip()) else default

    def flag(self, name: str) -> bool:
        """True for true, "true", "yes", "1" and the like."""
        value = self.sent.get(name)
        return value.strip().lower() in {"true", "yes", "1"} if isinstance(value, str) else bool(value)

    def document(self, name: str) -> Any:
        """A value that is itself JSON, given as such or as its text; None where there is none. Raises ApiError 400."""
        value = self.sent.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return _loaded(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def listing(self, name: str) -> list[Any]:
        """A JSON array; empty where there is none. Raises ApiError 400."""
        value = self.document(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"{name.replace('_', ' ')} must be an Array")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object; empty where there is none. Raises ApiError 400."""
        value = self.document(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"{name.replace('_', ' ')} must be an Object")
        return value


def read_parameters(query: bytes, content_type: str, body: bytes) -> Parameters:
    """The parameters of a request; those of the body win over the address's. Raises ApiError 400."""
    sent: dict[str, Any] = _form(query) if query else {}
    if not body:
        return Parameters(sent)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return Parameters({**sent, **_json(body)})
    if kind == "multipart/form-data":
        fields, uploads = _multipart(content_type, body)
        return Parameters({**sent, **fields}, uploads)
    return Parameters({**sent, **_form(body)})


def _form(data: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS))
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request("too many parameters") from None


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = _loaded(body.decode())
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON object: an object is expected")
    return value


def _loaded(text: str) -> Any:
    """The value of a JSON text that can be written as JSON again. Raises ValueError, also for one nested too deeply."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > _MAX_DEPTH:
        _check_depth(value)
    return value


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} is too large")
    return number


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError("nested too deeply")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    """The fields and files of RFC 7578. The body is in memory already, and small: it is cut at its boundaries."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise ApiError(400, "Bad Request: boundary not found")
    boundary = (match[1] or match[2]).encode("utf-8", "replace")
    fields: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary, _MAX_FIELDS)[1:]:
        if part.startswith(b"--"):
            break
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            raise bad_request("can't parse multipart form")
        names = dict(_header_fields(head))
        name = names.get("name", "")
        if "filename" in names:
            uploads[name] = Upload(names["filename"], _mime_type(head), content)
            note = {"file_name": names["filename"], "mime_type": uploads[name].mime_type, "file_size": len(content)}
            fields[name] = note
        else:
            fields[name] = _decoded(content)
    return fields, uploads


def _header_fields(head: bytes) -> list[tuple[str, str]]:
    text = head.decode("utf-8", "replace")
    return [(name.lower(), re.sub(r"\\(.)", r"\1", value).replace("%22", '"')) for name, value in _FIELD.findall(text)]


def _mime_type(head: bytes) -> str:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            return value.partition(";")[0].strip().lower()
    return "application/octet-stream"


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
