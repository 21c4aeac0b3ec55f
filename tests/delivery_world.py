"""Everything from a source to a chat but Telegram itself: a sender that writes down what it is given takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from blogbot.audience import Audience
from blogbot.clock import MovableClock
from blogbot.delivery import Begin, Delivery, mailing
from blogbot.errors import DeliveryError
from blogbot.intake import Intake
from blogbot.model import Chat, ChatKind, Follow, FollowKind, Lane, Message, Offset, Pace, ReminderRule, Site, Terms
from blogbot.store import Store
from blogbot.text import visible
from tests.content import Written

DAY, HOUR = Offset(days=1), Offset(minutes=60)
TUESDAY_TEN = datetime(2026, 3, 10, 10)
EVERYTHING = Follow(FollowKind.EVERYTHING)
SITE = Site("Test", url="https://blog.example", timezone="Europe/London")

Sent = tuple[int, str, Lane]


class PowerCut(BaseException):
    """Nothing of ours catches it, as nothing catches the end of a process."""


class Notebook:
    """A sender that writes down what it was given, and refuses when told to."""

    def __init__(self, rate: float = 30.0) -> None:
        self.sent: list[Sent] = []
        self.edited: list[tuple[int, int, str]] = []
        self.refusals: list[BaseException] = []
        self.rate = rate
        self.unpaid: dict[Lane, float] = {}
        """What lanes may have that are not paid for, where others are."""
        self.share = 1
        self.learnt = Pace()
        self.on_turn: Callable[[], object] = lambda: None
        self.on_send: Callable[[], object] = lambda: None

    async def send(self, chat: Chat, message: Message, lane: Lane, begin: Begin) -> int:
        await self._call(chat, begin)
        self.sent.append((chat.telegram_id, visible(message.html), lane))
        return len(self.sent)

    async def edit(self, chat: Chat, message_id: int, message: Message, lane: Lane, begin: Begin) -> bool:
        await self._call(chat, begin)
        self.edited.append((chat.telegram_id, message_id, visible(message.html)))
        return True

    async def _call(self, chat: Chat, begin: Begin) -> None:
        self.on_turn()
        await begin()
        self.on_send()
        await self.under_way(chat)
        if self.refusals:
            raise self.refusals.pop(0)

    async def under_way(self, chat: Chat) -> None:
        """What a test puts between the call and its answer."""

    def rate_of(self, lane: Lane) -> float:
        return self.unpaid.get(lane, self.rate)

    def pace(self) -> Pace:
        return self.learnt

    def adopt(self, pace: Pace, share: int) -> None:
        self.learnt, self.share = pace, share

    @property
    def heard(self) -> list[int]:
        return [telegram_id for telegram_id, _, _ in self.sent]


class Held(Notebook):
    """Calls that come to no answer before they may; to some chats, or to all."""

    def __init__(self, *chats: int, rate: float = 30.0) -> None:
        super().__init__(rate)
        self.chats = chats
        self.calls = 0
        self.begun, self.second, self.go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def under_way(self, chat: Chat) -> None:
        self.calls += 1
        if self.calls == 2:
            self.second.set()
        if not self.chats or chat.telegram_id in self.chats:
            self.begun.set()
            await self.go_on.wait()


@dataclass
class World:
    store: Store
    clock: MovableClock
    audience: Audience
    intake: Intake
    delivery: Delivery
    sender: Notebook
    source: Written = field(default_factory=Written)

    @classmethod
    async def open(cls, store: Store, clock: MovableClock) -> World:
        """With a source that was looked at once, so that what it shows next is news."""
        sender, intake = Notebook(), Intake(store, SITE, clock)
        world = cls(store, clock, Audience(store, clock), intake, Delivery(store, sender, SITE, clock), sender)
        await intake.run(world.source)
        return world

    def another(self, sender: Notebook | None = None, **options: Any) -> Delivery:
        """Another process on the same database; it is the same bot's."""
        return Delivery(self.store, sender or self.sender, SITE, self.clock, **options)

    async def chat(
        self, number: int, *follows: Follow, remind: tuple[ReminderRule, ...] = (), terms: Terms | None = None
    ) -> Chat:
        chat = await self.audience.join(number, ChatKind.PRIVATE, f"Member {number}")
        for follow in follows:
            await self.audience.follow(chat, follow)
        for rule in remind:
            await self.audience.remind(chat, rule)
        return chat if terms is None else await self.change(chat, terms=terms)

    async def change(self, chat: Chat, **fields: object) -> Chat:
        terms = fields.pop("terms", None)
        if isinstance(terms, Terms):
            fields |= asdict(terms)
        async with self.store.write() as tx:
            changed = await tx.chats.change(chat.id, **fields)
        assert changed is not None
        return changed

    async def shows(self, **items: object) -> None:
        await self.intake.run(self.source.show(**items))  # type: ignore[arg-type]

    async def at(self, year: int, month: int, day: int, *time: int) -> list[Sent]:
        """Moves the clock to an instant (UTC) and gives back what was sent then."""
        hour, minute, second = (*time, 0, 0, 0)[:3]
        self.clock.move_to(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
        return await self.turn()

    async def turn(self) -> list[Sent]:
        before = len(self.sender.sent)
        await self.delivery.turn()
        return self.sender.sent[before:]

    async def crash(self, *, begun: bool = True) -> None:
        """The process ends right after a call was begun; or else when the first message has its turn."""

        def cut() -> None:
            raise PowerCut

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.sender, "on_send" if begun else "on_turn", cut)
            with pytest.raises(PowerCut):
                await self.turn()

    async def turns(self, lasting: timedelta, every: timedelta) -> None:
        """The clock calls it now and then, as in a process that runs."""
        until = self.clock.now() + lasting
        while self.clock.now() < until:
            await self.turn()
            self.clock.move(every)

    def always(self, refusal: DeliveryError | None) -> list[datetime]:
        """From now on Telegram gives every call this answer (None: it takes them); when it was called."""
        calls: list[datetime] = []

        def call() -> None:
            calls.append(self.clock.now())
            self.sender.refusals = [] if refusal is None else [refusal]

        self.sender.on_send = call
        return calls

    async def states(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        async with self.store.read() as tx:
            for (_, state), count in (await tx.notifications.counts()).items():
                totals[str(state)] = totals.get(str(state), 0) + count
        return totals


@pytest.fixture(name="world")
async def delivery_world(store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> World:
    """On each database; a mailing that looks often, so that no test waits for it."""
    monkeypatch.setattr(mailing, "PATIENCE", 0.01)
    return await World.open(store, clock)
