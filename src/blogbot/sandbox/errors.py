"""How the sandbox says no: to a bot in the Bot API's own words, to a person in a sentence. It knows no rule by itself."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus


class SandboxError(Exception):
    """The sandbox refuses something."""


class ApiError(SandboxError):
    """A Bot API call is refused.

    `code` is the HTTP status and the `error_code`; `parameters` is the Bot API's ResponseParameters, if there are any.
    """

    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class PersonError(SandboxError):
    """A request of the person's side is refused with an HTTP status and a sentence."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


def bad_request(description: str) -> ApiError:
    """The Bot API's commonest refusal."""
    return ApiError(HTTPStatus.BAD_REQUEST, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """The refusal for a chat that the bot may not write to."""
    return ApiError(HTTPStatus.FORBIDDEN, f"Forbidden: {description}")
