"""Faults that a test asks for: the next calls that match fail, come late, or lose their answer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any, Final

from .errors import ApiError, PersonError

MAX_DELAY: Final = 600
_BOUND: Final = 1000


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls of `method` (`*`: any) to `chat_id` (None: any).

    Without an error code, the call takes effect: its answer comes after `delay` seconds or, with `drop_reply`, never.
    """

    method: str
    chat_id: int | str | None = None
    error_code: int | None = None
    description: str | None = None
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None
    times: int = 1
    delay: float = 0
    drop_reply: bool = False

    def matches(self, method: str, chat_id: object) -> bool:
        """Whether it strikes a call of `method` (lower case) with this `chat_id` parameter."""
        if self.method not in {"*", method}:
            return False
        return self.chat_id is None or str(chat_id) == str(self.chat_id)

    def error(self) -> ApiError | None:
        """What the call answers; None if it takes effect."""
        if self.error_code is None or self.drop_reply:
            return None
        parameters = {}
        if self.retry_after is not None:
            parameters["retry_after"] = self.retry_after
        if self.migrate_to_chat_id is not None:
            parameters["migrate_to_chat_id"] = self.migrate_to_chat_id
        return ApiError(self.error_code, self.description or self._usual(), parameters or None)

    def reply(self) -> str:
        """What becomes of the answer of a call that took effect."""
        return "lost" if self.drop_reply else "late" if self.delay else ""

    def _usual(self) -> str:
        """The description that Telegram gives with the code."""
        if self.retry_after is not None:
            return f"Too Many Requests: retry after {self.retry_after}"
        if self.migrate_to_chat_id is not None:
            return "Bad Request: group chat was upgraded to a supergroup chat"
        if self.error_code == HTTPStatus.FORBIDDEN:
            return "Forbidden: bot was blocked by the user"
        try:
            return HTTPStatus(self.error_code or 0).phrase
        except ValueError:
            return "Error"


class FaultPlan:
    """The faults asked for, the oldest first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Plans a fault."""
        if len(self.faults) >= _BOUND:
            raise PersonError(f"At most {_BOUND} faults can be planned; DELETE /sandbox/faults forgets them.")
        self.faults.append(fault)

    def clear(self) -> None:
        """Forgets every fault."""
        self.faults.clear()

    def strike(self, method: str, chat_id: object) -> Fault | None:
        """The first fault that matches a call, used up once."""
        for fault in self.faults:
            if fault.matches(method, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None


def read_fault(body: dict[str, Any]) -> Fault:
    """A fault from the JSON of POST /sandbox/faults. Raises PersonError naming the field that is wrong."""
    unknown = body.keys() - {field.name for field in fields(Fault)}
    if unknown:
        raise PersonError(f"A fault has no field {', '.join(sorted(unknown))}.")
    body = {name: value for name, value in body.items() if value is not None}
    method = body.get("method")
    if not isinstance(method, str) or not method:
        raise PersonError('A fault needs "method": a method\'s name, or "*" for any.')
    if not isinstance(body.get("description", ""), str):
        raise PersonError('"description" must be a text.')
    for name in ("error_code", "retry_after", "migrate_to_chat_id", "times"):
        if name in body and (not isinstance(body[name], int) or isinstance(body[name], bool)):
            raise PersonError(f'"{name}" must be a whole number.')
    if not 400 <= body.get("error_code", 400) <= 599:
        raise PersonError('"error_code" must be between 400 and 599.')
    if body.get("times", 1) < 1:
        raise PersonError('"times" must be at least 1.')
    delay = body.get("delay", 0)
    if not isinstance(delay, int | float) or not 0 <= delay <= MAX_DELAY:
        raise PersonError(f'"delay" must be a number of seconds between 0 and {MAX_DELAY}.')
    fault = Fault(**{**body, "method": method.lower(), "drop_reply": bool(body.get("drop_reply"))})
    return _with_code(fault)


def _with_code(fault: Fault) -> Fault:
    if fault.error_code is None and fault.retry_after is not None:
        fault.error_code = HTTPStatus.TOO_MANY_REQUESTS
    elif fault.error_code is None and fault.migrate_to_chat_id is not None:
        fault.error_code = HTTPStatus.BAD_REQUEST
    if fault.error_code is None and not fault.drop_reply and not fault.delay:
        raise PersonError('A fault needs "error_code", "delay" or "drop_reply".')
    return fault
