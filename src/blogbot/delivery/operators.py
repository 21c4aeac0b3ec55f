"""What those who run blogbot are told in Telegram: that a mailing cannot end in time. Best effort, beside the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from blogbot.cards import Cards
from blogbot.clock import Clock
from blogbot.config import FREE_RATE
from blogbot.delivery.planner import Shortfall
from blogbot.delivery.sender import Sender
from blogbot.errors import BlogbotError
from blogbot.model import Chat, ChatKind, Lane, Message, Site
from blogbot.store import Store

log = structlog.get_logger(__name__)


class Operators:
    """`admins` are Telegram ids of people who have pressed Start."""

    def __init__(self, store: Store, sender: Sender, site: Site, clock: Clock, admins: Sequence[int]) -> None:
        self._store = store
        self._sender = sender
        self._site = site
        self._clock = clock
        self._admins = admins
        self._telling: set[asyncio.Task[None]] = set()

    def warn(self, shortfalls: Sequence[Shortfall]) -> None:
        """Begins to tell them; nobody waits for it."""
        for shortfall in shortfalls:
            for admin in self._admins:
                task = asyncio.create_task(self._tell(admin, shortfall))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)

    async def finish(self) -> None:
        """Waits until all is said, or could not be."""
        if self._telling:
            await asyncio.wait(self._telling)

    async def _tell(self, admin: int, shortfall: Shortfall) -> None:
        try:
            async with self._store.read() as tx:
                chat = await tx.chats.by_telegram(admin) or Chat(0, admin, ChatKind.PRIVATE, "")
            await self._sender.send(chat, self._warning(chat, shortfall), Lane.CHANGE, _at_once)
        except Exception as error:
            # Nothing that goes wrong here may hold up delivery, nor its end.
            unexpected = not isinstance(error, BlogbotError)
            log.warning("an operator was not told", admin=admin, why=str(error), exc_info=unexpected)

    def _warning(self, chat: Chat, shortfall: Shortfall) -> Message:
        cards = Cards.of(chat, self._site, self._clock.now())
        _ = cards.words.gettext
        heading = _("⚠️ Not all reminders of {title} can arrive in time.").format(
            title=f"<b>{cards.title(shortfall.occurrence.title)}</b>"
        )
        left = _("Still to tell: {takes}").format(takes=shortfall.takes)
        late = cards.words.ngettext(
            "{n} chat will not hear before it begins.", "{n} chats will not hear before it begins.", shortfall.short
        ).format(n=f"{shortfall.short:,}")
        way_out = _(
            "Telegram takes more than {n} messages a second where they are paid for: see BLOGBOT_RATE and BLOGBOT_PAID_LANES."
        ).format(n=FREE_RATE)
        return cards.says([f"{heading}\n{cards.when(shortfall.occurrence)}", f"{late}\n{left}", way_out])


async def _at_once() -> None:
    """Nothing has to be done before the call."""
