"""Who is sent which feed by our own hub, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select

from blogbot.model import Subscription
from blogbot.store.noun import Noun, chunks
from blogbot.store.tables import subscriptions

_s = subscriptions.c


class Subscriptions(Noun):
    async def keep(self, subscription: Subscription, host: str, now: datetime) -> None:
        """From now on, in the place of an earlier one for the same callback and topic."""
        row = {
            "callback": subscription.callback,
            "topic": subscription.topic,
            "host": host,
            "secret": subscription.secret,
            "created": now,
            "expires": subscription.expires,
        }
        statement = self._insert(subscriptions).values(row)
        again = {name: statement.excluded[name] for name in row if name not in ("callback", "topic")}
        await self._run(statement.on_conflict_do_update(index_elements=["callback", "topic"], set_=again))

    async def end(self, callback: str, topic: str) -> bool:
        """Whether there was one."""
        return await self._count(delete(subscriptions).where(_s.callback == callback, _s.topic == topic)) > 0

    async def end_topics(self, topics: Sequence[str]) -> None:
        for some in chunks(topics):
            await self._run(delete(subscriptions).where(_s.topic.in_(some)))

    async def find(self, callback: str, topic: str, now: datetime) -> Subscription | None:
        """The one whose lease lasts."""
        mine = select(subscriptions).where(_s.callback == callback, _s.topic == topic, _s.expires > now)
        row = await self._first(mine)
        return None if row is None else Subscription(row.callback, row.topic, row.secret, row.expires)

    async def of_topic(self, topic: str) -> list[str]:
        """The callbacks that are sent it, in order."""
        rows = await self._rows(select(_s.callback).where(_s.topic == topic).order_by(_s.callback))
        return [row.callback for row in rows]

    async def lapse(self, now: datetime) -> int:
        """Ends those whose lease is over; how many."""
        return await self._count(delete(subscriptions).where(_s.expires <= now))

    async def lapsed(self, now: datetime) -> bool:
        """Whether there is anything for `lapse`."""
        return await self._first(select(_s.topic).where(_s.expires <= now).limit(1)) is not None

    async def count(self, host: str = "") -> int:
        """How many there are, or how many of one host's."""
        which: list[ColumnElement[bool]] = [_s.host == host] if host else []
        return int(await self._value(select(func.count()).select_from(subscriptions).where(*which)))
