"""Carries out the bots' calls: planned faults strike, the method works, the log remembers. It knows no HTTP."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, NamedTuple

from .accounts import Account
from .errors import ApiError
from .methods import METHODS, Call
from .parameters import Parameters
from .telegram import Telegram


class Outcome(NamedTuple):
    """A call's result; `lost` if its answer must not arrive."""

    result: Any
    lost: bool = False


class Dispatcher:
    """Carries out calls upon one Telegram."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram

    async def perform(self, account: Account, method: str, params: Parameters) -> Outcome:
        """Carries out one call, its method's name in any case. Raises ApiError."""
        name, function = METHODS.get(method.lower(), ("", None))
        if function is None:
            raise ApiError(404, "Not Found")
        fault = self.telegram.faults.strike(name.lower(), params.sent.get("chat_id"))
        if fault is not None and (error := fault.error()) is not None:
            await self.telegram.pause(fault.delay)
            raise error
        result = function(Call(self.telegram, account, params, self))
        if isinstance(result, Awaitable):
            result = await result
        self.telegram.log.add(self.telegram.now(), account.token, name, params.sent, fault.reply() if fault else "")
        if fault is None:
            return Outcome(result)
        await self.telegram.pause(fault.delay)
        return Outcome(result, fault.drop_reply)
