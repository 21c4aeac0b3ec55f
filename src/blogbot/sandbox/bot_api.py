"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>. It only reads requests and writes answers."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .dispatcher import Dispatcher, Outcome
from .errors import ApiError
from .parameters import read_parameters
from .requests import BodyTooLarge, answer, cut_line, read_body
from .telegram import Telegram

MAX_UPLOAD: Final = 50 * 1024 * 1024
MAX_BODY: Final = 1024 * 1024
_METHODS: Final = frozenset({"GET", "POST", "HEAD"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BotApi:
    """The ASGI application behind /bot{token}/{method}. It is called thousands of times a second: nothing is in its way."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._dispatcher = Dispatcher(telegram)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            outcome = await self._perform(scope, receive)
        except ApiError as error:
            retry = (error.parameters or {}).get("retry_after")
            headers = [(b"retry-after", str(retry).encode())] if retry is not None else []
            await answer(send, error.code, _encode(error_answer(error)).encode(), *headers)
            return
        if outcome.lost:
            await cut_line(receive, send)
            return
        await answer(send, HTTPStatus.OK, _encode({"ok": True, "result": outcome.result}).encode("utf-8", "replace"))

    async def _perform(self, scope: Scope, receive: Receive) -> Outcome:
        if scope["method"] not in _METHODS:
            raise ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
        content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"").decode(
            "latin-1"
        )
        multipart = content_type.lower().startswith("multipart/")
        try:
            body = await read_body(receive, MAX_UPLOAD if multipart else MAX_BODY)
        except BodyTooLarge:
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large") from None
        path = scope["path_params"]
        account = self._telegram.bot(path["token"])
        params = read_parameters(scope["query_string"], content_type, body)
        return await self._dispatcher.perform(account, path["method"], params)


def error_answer(error: ApiError) -> dict[str, Any]:
    """The Bot API's answer to a call that failed."""
    view: dict[str, Any] = {"ok": False, "error_code": int(error.code), "description": error.description}
    return view | ({"parameters": dict(error.parameters)} if error.parameters else {})


class BotFiles:
    """The files of getFile, at /file/bot{token}/{path}."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await self._response(request)(scope, receive, send)

    def _response(self, request: Request) -> Response:
        try:
            self._telegram.bot(request.path_params["token"])
        except ApiError as error:
            return JSONResponse(error_answer(error), error.code)
        file = self._telegram.files.at(request.path_params["path"])
        if file is None or file.content is None:
            return JSONResponse(error_answer(ApiError(404, "Not Found")), HTTPStatus.NOT_FOUND)
        return Response(file.content, media_type="application/octet-stream")
