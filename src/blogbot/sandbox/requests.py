"""What both sides of the sandbox do with HTTP below the level of a framework: a bounded body in, bytes out, a cut line."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import Receive, Send


class BodyTooLarge(Exception):
    """The request's body is over the bound."""


async def read_body(receive: Receive, bound: int) -> bytes:
    """The whole body, at most `bound` bytes. Raises BodyTooLarge."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        pieces, size = [body], len(body)
        while message.get("more_body") and size <= bound:
            message = await receive()
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
        body = b"".join(pieces)
    if len(body) > bound:
        raise BodyTooLarge
    return body


async def answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Sends a whole JSON answer."""
    start = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def cut_line(receive: Receive, send: Send) -> None:
    """Ends the connection without an answer.

    ASGI has no word for that. Under uvicorn the transport is at hand behind `receive`; under any other server the
    answer begins and never ends, which a client takes for a broken connection too.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await receive()  # returns once the server has noticed
        return
    headers = [(b"content-length", b"1")]
    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
