"""The person's side over HTTP: everything under /sandbox/ but the page itself. It reads JSON, asks `person`, writes JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from .chats import Chat, User
from .errors import PersonError
from .faults import read_fault
from .limits import NAMES, Limits
from .person import Person, Writing
from .requests import BodyTooLarge, read_body
from .telegram import Telegram

MAX_BODY: Final = 1024 * 1024
MAX_CROWD: Final = 10_000_000
PING_SECONDS: Final = 15.0
_USER_FIELDS: Final = ("first_name", "last_name", "username", "language_code")

Handler = Callable[[Request], Awaitable[Any]]
Skip = Callable[[], Awaitable[dict[str, Any]]]


class PersonRoutes:
    """The handlers. What one returns is the answer's JSON, unless it is a Response."""

    def __init__(self, telegram: Telegram, skip: Skip | None = None) -> None:
        self._telegram = telegram
        self._person = Person(telegram)
        self._skip = skip

    def routes(self) -> list[Route]:
        """Every route of the person's side."""
        chat = "/sandbox/chats/{chat}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/sandbox/chats", self.list_chats),
            ("POST", "/sandbox/chats", self.new_chat),
            ("POST", "/sandbox/crowds", self.new_crowd),
            ("GET", chat, self.show_chat),
            ("GET", f"{chat}/messages", self.list_messages),
            ("POST", f"{chat}/messages", self.write),
            ("PATCH", f"{chat}/messages/{{message}}", self.rewrite),
            ("POST", f"{chat}/taps", self.tap),
            ("GET", f"{chat}/toasts", self.list_toasts),
            ("GET", f"{chat}/commands", self.list_commands),
            ("POST", f"{chat}/members", self.appoint),
            ("POST", f"{chat}/topics", self.open_topic),
            ("POST", f"{chat}/migrate", self.migrate),
            ("POST", f"{chat}/block", self._standing(self._person.block)),
            ("POST", f"{chat}/unblock", self._standing(self._person.unblock)),
            ("POST", f"{chat}/kick", self._standing(self._person.kick)),
            ("POST", f"{chat}/join", self._standing(self._person.invite)),
            ("POST", "/sandbox/inline", self.ask_inline),
            ("GET", "/sandbox/inline/{query}", self.show_inline),
            ("GET", "/sandbox/bots", self.list_bots),
            ("GET", "/sandbox/files/{file}", self.download),
            ("GET", "/sandbox/events", self.events),
            ("GET", "/sandbox/log", self.log),
            ("DELETE", "/sandbox/log", self.clear_log),
            ("GET", "/sandbox/faults", self.list_faults),
            ("POST", "/sandbox/faults", self.add_fault),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("GET", "/sandbox/limits", self.show_limits),
            ("POST", "/sandbox/limits", self.set_limits),
            ("POST", "/sandbox/skip", self.skip),
        ]
        return [Route(path, _answering(handler), methods=[method]) for method, path, handler in table]

    # Chats

    async def list_chats(self, request: Request) -> Any:
        """The chats, newest last, at most `limit` (1000 unless told)."""
        limit = _number(request.query_params.get("limit", "1000"), "limit")
        return [chat.summary() for chat in islice(self._telegram.chats.values(), max(0, limit))]

    async def new_chat(self, request: Request) -> Any:
        """A new chat; the one that is there already under the given id."""
        body = await _json(request)
        title = _text(body, "title")
        chat_id = body.get("id")
        if chat_id is not None:
            chat_id = _number(chat_id, "id")
        owner = _user(body.get("user"), required=False)
        if body.get("type") == "private":
            chat_id = owner["id"] if owner and chat_id is None else chat_id
            owner = {"id": 0} | (owner or {}) | {name: _text(body, name) for name in _USER_FIELDS if body.get(name)}
        known = chat_id is not None and self._telegram.chat(chat_id) is not None
        chat = self._telegram.new_chat(_text(body, "type"), title[:255], chat_id, owner)
        if not known:
            chat.started = body.get("started") is not False
            if body.get("is_forum") is True and chat.kind == "supergroup":
                chat.open_topics()
        return chat.summary()

    async def new_crowd(self, request: Request) -> Any:
        """Many chats at once, for load: `first_id`, `count`, `type`. Each is made when somebody first speaks of it."""
        body = await _json(request)
        kind = _text(body, "type") or "private"
        first, count = _number(body.get("first_id"), "first_id"), _number(body.get("count"), "count")
        if not 1 <= count <= MAX_CROWD:
            raise PersonError(f'"count" must be between 1 and {MAX_CROWD}.')
        if (
            kind not in {"private", "group", "supergroup"}
            or (first > 0) != (kind == "private")
            or first < 0 <= first + count
        ):
            raise PersonError('"type" must be private (with positive ids), group or supergroup (with negative ids).')
        self._telegram.add_crowd(kind, first, count)
        return {"type": kind, "first_id": first, "count": count}

    async def show_chat(self, request: Request) -> Any:
        """One chat."""
        return self._chat(request).summary()

    async def appoint(self, request: Request) -> Any:
        """Makes a person a member or an administrator, or takes them out: `user`, `status`."""
        body = await _json(request)
        user = _user(body.get("user"))
        return self._person.appoint(self._chat(request), user or {}, _text(body, "status") or "member")

    async def open_topic(self, request: Request) -> Any:
        """A new topic: `name`. Gives its `message_thread_id`."""
        body = await _json(request)
        name = _text(body, "name")[:128] or "Topic"
        return {"message_thread_id": self._person.open_topic(self._chat(request), name), "name": name}

    async def migrate(self, request: Request) -> Any:
        """Makes a group a supergroup; gives the new chat."""
        return self._person.migrate(self._chat(request)).summary()

    def _standing(self, act: Callable[[Chat], None]) -> Handler:
        async def handler(request: Request) -> Any:
            chat = self._chat(request)
            act(chat)
            return chat.summary()

        return handler

    # Messages

    async def list_messages(self, request: Request) -> Any:
        """The messages behind the id `after`, newest last, as the Bot API's Message."""
        after = _number(request.query_params.get("after", "0"), "after")
        messages = self._chat(request).messages
        return [message.view(person=True) for message in list(messages.values()) if message.id > after]

    async def write(self, request: Request) -> Any:
        """A person writes: `text`, `user`, `reply_to_message_id`, `message_thread_id`. Gives the Message."""
        body = await _json(request)
        if not isinstance(body.get("text"), str):
            raise PersonError('A message needs "text".')
        writing = Writing(
            _text(body, "text"),
            _user(body.get("user"), required=False),
            _number(body.get("reply_to_message_id") or 0, "reply_to_message_id"),
            _number(body.get("message_thread_id") or 0, "message_thread_id"),
        )
        return self._person.write(self._chat(request), writing).view(person=True)

    async def rewrite(self, request: Request) -> Any:
        """A person edits a message of theirs: `text`."""
        body = await _json(request)
        message_id = _number(request.path_params["message"], "message")
        return self._person.rewrite(self._chat(request), message_id, _text(body, "text")).view(person=True)

    async def tap(self, request: Request) -> Any:
        """A person taps a button: `message_id`, `data`, `user`. Gives the query's id, which its toast will carry."""
        body = await _json(request)
        message_id = _number(body.get("message_id"), "message_id")
        if not isinstance(body.get("data"), str):
            raise PersonError('A tap needs "data", the callback data of a button.')
        user = _user(body.get("user"), required=False)
        return {"callback_query_id": self._person.tap(self._chat(request), message_id, body["data"], user)}

    async def list_toasts(self, request: Request) -> Any:
        """What bots answered to taps, behind the id `after`."""
        after = _number(request.query_params.get("after", "0"), "after")
        return self._telegram.queries.toasts(self._chat(request).id, after)

    async def ask_inline(self, request: Request) -> Any:
        """An inline query: `user`, `query`, `offset`, `chat_type`. Waits `wait` seconds (5 unless told) for the answer."""
        body = await _json(request)
        user = _user(body.get("user")) or {}
        wait = body.get("wait", 5)
        if not isinstance(wait, int | float) or not 0 <= wait <= 60:
            raise PersonError('"wait" must be a number of seconds between 0 and 60.')
        kind = _text(body, "chat_type") or "sender"
        query_id, question = self._person.ask(user, _text(body, "query")[:256], _text(body, "offset"), kind)
        try:
            async with asyncio.timeout(wait):
                await question.answered.wait()
        except TimeoutError:
            pass
        return _inline_view(query_id, question.answer)

    async def show_inline(self, request: Request) -> Any:
        """The answer to an inline query asked before."""
        query_id = request.path_params["query"]
        question = self._telegram.queries.inline(query_id)
        if question is None:
            raise PersonError("There is no such inline query.", HTTPStatus.NOT_FOUND)
        return _inline_view(query_id, question.answer)

    # Bots, files, events

    async def list_bots(self, request: Request) -> Any:
        """The bots and the commands they show in a private chat."""
        return [
            {**bot.me(), "description": bot.names["description"].get("", ""), "commands": bot.commands_for("private")}
            for bot in self._telegram.bots.values()
        ]

    async def list_commands(self, request: Request) -> Any:
        """The commands to offer in a chat, of every bot: with `user` and `language`, those for that person."""
        chat = self._chat(request)
        user_id = _number(request.query_params.get("user") or chat.owner["id"], "user")
        language = request.query_params.get("language", "")
        return [
            {**command, "bot": bot.username}
            for bot in self._telegram.bots.values()
            for command in bot.commands_for(chat.kind, chat.id, user_id, language)
        ]

    async def download(self, request: Request) -> Any:
        """A file that a bot sent, by its file_id; always to be saved, never to be shown."""
        file = self._telegram.files.get(request.path_params["file"])
        if file is None or file.content is None:
            raise PersonError("There is no such file.", HTTPStatus.NOT_FOUND)
        name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in file.name)
        headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
        return Response(file.content, media_type="application/octet-stream", headers=headers)

    async def events(self, request: Request) -> Any:
        """What happens, as server-sent events; the data of each is JSON."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        async for name, content in self._telegram.broadcast.listen(PING_SECONDS):
            yield f"event: {name}\ndata: {json.dumps(content)}\n\n"

    # Log, faults, limits, clock

    async def log(self, request: Request) -> Any:
        """The accepted calls in order; behind the id `after`, of one `method`, if told."""
        after = _number(request.query_params.get("after", "0"), "after")
        entries = self._telegram.log.entries(after, request.query_params.get("method", ""))
        return StreamingResponse(_json_list(entries), media_type="application/json")

    async def clear_log(self, request: Request) -> Any:
        """Forgets the calls so far."""
        self._telegram.log.clear()
        return []

    async def list_faults(self, request: Request) -> Any:
        """The faults that have not struck yet."""
        return [_fault_view(fault) for fault in self._telegram.faults.faults]

    async def add_fault(self, request: Request) -> Any:
        """Plans a fault; gives all of them."""
        self._telegram.faults.add(read_fault(await _json(request)))
        return await self.list_faults(request)

    async def clear_faults(self, request: Request) -> Any:
        """Forgets the faults."""
        self._telegram.faults.clear()
        return []

    async def show_limits(self, request: Request) -> Any:
        """The limits in force."""
        limits = self._telegram.limits.limits
        return {name: getattr(limits, name) for name in NAMES}

    async def set_limits(self, request: Request) -> Any:
        """Sets the limits that are given; null takes one away. Gives all of them."""
        body = await _json(request)
        current = await self.show_limits(request)
        for name, value in body.items():
            if name not in NAMES:
                raise PersonError(f"There is no limit {name}; there are {', '.join(NAMES)}.")
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                raise PersonError(f'"{name}" must be a whole number of at least 1, or null.')
            current[name] = value
        self._telegram.limits.set(Limits(**current))
        return current

    async def skip(self, request: Request) -> Any:
        """The demo's way to the next reminder."""
        if self._skip is None:
            raise PersonError("This sandbox has no clock to move.", HTTPStatus.NOT_FOUND)
        return await self._skip()

    def _chat(self, request: Request) -> Chat:
        given = request.path_params["chat"]
        chat = self._telegram.chat(_number(given, "chat"))
        if chat is None:
            raise PersonError(f"There is no chat {given}.", HTTPStatus.NOT_FOUND)
        return chat


def _answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            _check_origin(request)
            answer = await handler(request)
        except PersonError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except BodyTooLarge:
            return JSONResponse({"error": "The request is too large."}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return endpoint


def _check_origin(request: Request) -> None:
    """Another site's page in the same browser may not act here."""
    origin = request.headers.get("origin")
    if origin and request.method != "GET" and urlsplit(origin).netloc != request.headers.get("host"):
        raise PersonError("Only the sandbox's own page may do this.", HTTPStatus.FORBIDDEN)


async def _json(request: Request) -> dict[str, Any]:
    body = await read_body(request.receive, MAX_BODY)
    try:
        value = json.loads(body or b"{}")
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise PersonError("The request's body must be a JSON object in UTF-8.") from None
    if not isinstance(value, dict):
        raise PersonError("The request's body must be a JSON object.")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise PersonError(f'"{name}" must be a text.')
    return value or ""


def _number(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        text = str(value)
        if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) <= 19):
            raise PersonError(f'"{name}" must be a whole number.')
        number = int(text)
    if abs(number) >= 2**53:
        raise PersonError(f'"{name}" must be a whole number below 2^53.')
    return number


def _user(value: Any, *, required: bool = True) -> User | None:
    """A person: an id, or an object with an id and names; None where none is named and none is needed."""
    if value is None:
        if required:
            raise PersonError('"user" is missing: an id, or an object with "id" and "first_name".')
        return None
    fields = value if isinstance(value, dict) else {"id": value}
    user_id = _number(fields.get("id"), "user")
    if user_id <= 0:
        raise PersonError('The id of a "user" must be a positive number.')
    return {"id": user_id} | {name: _text(fields, name)[:64] for name in _USER_FIELDS if fields.get(name)}


def _inline_view(query_id: str, answer: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": query_id, "answered": answer is not None, "results": [], **(answer or {})}


def _fault_view(fault: Any) -> dict[str, Any]:
    return {name: value for name in fault.__slots__ if (value := getattr(fault, name)) not in (None, False, 0)}


def _json_list(values: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """A JSON array in pieces, so that a long log is never one string."""
    yield b"["
    first = True
    while batch := list(islice(values, 1000)):
        yield (b"" if first else b",") + ",".join(map(json.dumps, batch)).encode()
        first = False
    yield b"]"
