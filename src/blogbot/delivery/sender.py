"""What delivery needs of a messenger. The Bot API's is in `bot`; tests have one that only writes down."""

from __future__ import annotations

from typing import Protocol

from blogbot.model import Chat, Lane, Message


class Sender(Protocol):
    """Sends one message to one chat."""

    async def send(self, chat: Chat, message: Message, lane: Lane) -> int:
        """The id of the message as the chat has it. Raises one of the DeliveryErrors, which say what to do about it."""
        ...
