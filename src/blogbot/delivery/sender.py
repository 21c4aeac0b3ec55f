"""What delivery needs of a messenger. The Bot API's is in `bot`; tests have one that only writes down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from blogbot.model import Chat, Lane, Message, Pace

Begin = Callable[[], Awaitable[None]]
"""Awaited once the message's turn has come, right before the call; also before a second try in a simpler form.

What it raises comes out of the call unchanged, and nothing is sent.
"""


class Sender(Protocol):
    """Sends one message to one chat, when the limits allow."""

    async def send(self, chat: Chat, message: Message, lane: Lane, begin: Begin) -> int:
        """The id of the message as the chat has it. Raises one of the DeliveryErrors, which say what to do about it."""
        ...

    async def edit(self, chat: Chat, message_id: int, message: Message, lane: Lane, begin: Begin) -> bool:
        """Puts a message in the place of one that was sent; False where it said the same already."""
        ...

    @property
    def rate(self) -> float:
        """Messages a second that this process may send now, over all lanes."""
        ...

    def rate_of(self, lane: Lane) -> float:
        """The same of one lane: where some are paid for, all others together may have less than that."""
        ...

    def pace(self) -> Pace:
        """What this process knows of the limits."""
        ...

    def adopt(self, pace: Pace, share: int) -> None:
        """What all processes know, and how many of them share the rate."""
        ...
