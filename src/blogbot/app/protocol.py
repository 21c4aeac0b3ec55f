"""uvicorn's HTTP/1.1, with a short way for requests that can be answered at once, from their bytes.

It knows uvicorn and no request: whoever hands it `quick` says what is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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

    def data_received(self, data: bytes) -> None:
        if self._between and self._idle():
            head = self.quick(data)
            if head is not None:
                self._send(head)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._between = False
        super().on_message_begin()

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
