"""Our own WebSub hub as subscribers meet it: a form is taken, or refused in a sentence (WebSub, section 5)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from blogbot.web.body import body
from blogbot.websub import Desk, Refused

LARGEST_FORM = 8_192
"""Bytes."""

_MOST_FIELDS = 32
_KIND = "application/x-www-form-urlencoded"
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Hub:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def route(self) -> Route:
        return Route("/hub", self.ask, methods=["POST"])

    async def ask(self, request: Request) -> Response:
        """202 for what will be verified."""
        try:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
                raise Refused(f"write it as {_KIND}", 415)
            await self._desk.take(_form(await body(request, LARGEST_FORM)))
        except Refused as refused:
            waiting = {"Retry-After": "60"} if refused.status in (429, 503) else {}
            return PlainTextResponse(f"{refused}\n", refused.status, headers=_FRESH | waiting)
        return Response(status_code=202, headers=_FRESH)


def _form(content: bytes) -> dict[str, str]:
    """The fields, each as it was said first."""
    try:
        fields = parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise Refused("the form cannot be read") from None
    return dict(reversed(fields))
