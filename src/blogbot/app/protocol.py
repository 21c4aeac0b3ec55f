"""uvicorn's HTTP/1.1, with a short way for requests that can be answered at once, from their bytes, and a limit for what stands
before a body: uvicorn has none, and would hold whatever a stranger sends.

It knows uvicorn and no request: whoever hands it `quick` says what is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1024
"""Bytes before a request's body, beside those that came together with the first of them: these have been read anyway."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n"

Quick = Callable[[bytes], bytes | None]
"""All bytes of one request to the head of its answer, without the date and the empty line at the end; None for the ordinary way."""


def quick_protocol(quick: Quick) -> type[HttpToolsProtocol]:
    """A protocol for uvicorn's setting `http`."""
    return type("QuickProtocol", (_Protocol,), {"quick": staticmethod(quick)})


class _Protocol(HttpToolsProtocol):
    quick: Quick

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # Whether the next byte begins a request. Where a body may still come, its bytes are never taken for one.
        self._between = True
        self._answered = False
        self._in_head = False
        self._head = self._coming = 0

    def data_received(self, data: bytes) -> None:
        if self._between and self._idle():
            head = self.quick(data)
            if head is not None:
                self._send(head)
                return
        self._coming = len(data)
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > LARGEST_HEAD and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE + _ending(tuple(self.server_state.default_headers)))
                self.transport.close()

    def on_message_begin(self) -> None:
        self._between = False
        self._in_head, self._head = True, -self._coming
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._between = True
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        # The timer is not set anew for each short answer, which would cost as much as the answer.
        if self._answered and not self.transport.is_closing():
            self._answered = False
            self._wait()
        else:
            super().timeout_keep_alive_handler()

    def _idle(self) -> bool:
        """Whether all that was asked before is answered, and taken by the reader."""
        # There is no cycle before the first request.
        done = getattr(self.cycle, "response_complete", True)
        return done and not self.pipeline and not self.flow.write_paused and not self.transport.is_closing()

    def _send(self, head: bytes) -> None:
        self.server_state.total_requests += 1
        self.transport.write(head + _ending(tuple(self.server_state.default_headers)))
        self._answered = True
        if self.timeout_keep_alive_task is None:
            self._wait()

    def _wait(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


@lru_cache(1)  # they change once a second, with the date
def _ending(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n"
