"""Pages that somebody asked for a moment ago: the same for everybody, until posts or events change, or some seconds go by.

After a message to many chats, many of them open the same article at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from blogbot.web.conditions import asked, unchanged
from blogbot.web.headers import PAGE
from blogbot.web.kept import Answer, Answers, Standing
from blogbot.web.view import coding_for, prefix

ROOM = 2 * 2**20
"""Bytes of pages that are kept, as they are sent."""

LASTS = timedelta(seconds=15)
"""Pages say how long it is until an event, and dates are worked out in between without a change of posts or events."""

NEVER = datetime.min.replace(tzinfo=UTC)

Page = Callable[[Request], Awaitable[Response]]


class Recent:
    """Answers for the pages that it is called with."""

    def __init__(self, standing: Standing, now: Callable[[], datetime]) -> None:
        self._answers: Answers[Response] = Answers(ROOM, standing, now)
        self._now = now

    def __call__(self, page: Page) -> Page:
        """The page as before, though made once for many; 304 where the reader has it already (RFC 9110, If-None-Match)."""

        async def shown(request: Request) -> Response:
            scope = request.scope
            name = (prefix(request), scope["path"], scope["query_string"], coding_for(request))
            response = await self._answers.once(name, partial(self._made, page, request))
            if response.status_code != 200 or not unchanged(asked(scope["headers"]), response.headers["ETag"], 0):
                return response
            kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary", *PAGE)}
            return Response(status_code=304, headers=kept)

        return shown

    async def _made(self, page: Page, request: Request) -> Answer[Response]:
        response = await page(request)
        until = self._now() + LASTS if response.status_code == 200 else NEVER
        return Answer(response, len(response.body), until)
