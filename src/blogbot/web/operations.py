"""What machines ask for: Telegram's webhook, an orchestrator's health checks, a monitor's metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from blogbot.web.body import body

Ready = Callable[[], Awaitable[list[str]]]
Webhook = Callable[[bytes, str], Awaitable[bool]]

LARGEST_UPDATE = 1_000_000
"""Bytes of a webhook's request; Telegram's own are far smaller."""

_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name (Bot API, setWebhook)
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Operations:
    """The addresses that no person visits."""

    def __init__(self, ready: Ready, webhook: Webhook | None, registry: CollectorRegistry) -> None:
        self._ready = ready
        self._webhook = webhook
        self._registry = registry

    def routes(self) -> list[BaseRoute]:
        hook = [Route("/telegram/webhook", self.webhook, methods=["POST"])] if self._webhook else []
        return [
            *hook,
            Route("/livez", self.livez),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    async def livez(self, _: Request) -> Response:
        """200 as long as this process answers at all."""
        return PlainTextResponse("alive\n", headers=_FRESH)

    async def readyz(self, _: Request) -> Response:
        """200 when all is well, else 503 and a sentence a line."""
        problems = await self._ready()
        return PlainTextResponse("\n".join(problems or ["ready"]) + "\n", 503 if problems else 200, headers=_FRESH)

    async def metrics(self, request: Request) -> Response:
        """The registry in Prometheus' text format, or OpenMetrics where that is asked for."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        shown = await run_in_threadpool(encode, self._registry)
        return Response(shown, headers={**_FRESH, "Content-Type": media_type})

    async def webhook(self, request: Request) -> Response:
        """One update from Telegram. Whether its secret is right is for the callable to say, in constant time."""
        update = await body(request, LARGEST_UPDATE)
        taken = self._webhook is not None and await self._webhook(update, request.headers.get(_SECRET, ""))
        return Response(status_code=200 if taken else 403, headers=_FRESH)
