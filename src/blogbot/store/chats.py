"""The chats that blogbot knows, under Telegram's ids and under its own."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import fields as fields_of
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Table, and_, delete, func, literal, select, true, update

from blogbot.model import Chat, ChatKind, NotificationState, Terms
from blogbot.store.ledger import OPEN
from blogbot.store.noun import AnyRow, Noun
from blogbot.store.tables import TOLD, announcements, calendars, chats, filters, follows, notifications, rules

_HEARD = (NotificationState.SENDING, NotificationState.SENT, NotificationState.UNCERTAIN)
_UNHEARD = (NotificationState.FAILED, NotificationState.EXPIRED)

TERMS = tuple(field.name for field in fields_of(Terms))


class Chats(Noun):
    async def by_id(self, chat_id: int) -> Chat | None:
        return await self._one(chats.c.id == chat_id)

    async def by_telegram(self, telegram_id: int, thread_id: int = 0) -> Chat | None:
        return await self._one(and_(chats.c.telegram_id == telegram_id, chats.c.thread_id == thread_id))

    async def insert(
        self,
        telegram_id: int,
        kind: ChatKind,
        title: str,
        thread_id: int = 0,
        language: str = "",
        now: datetime | None = None,
        *,
        timezone: str = "",
    ) -> Chat:
        """A new chat, active; the one that is there already where another process was faster."""
        statement = self._insert(chats).values(
            telegram_id=telegram_id,
            kind=kind,
            title=title,
            thread_id=thread_id,
            language=language,
            timezone=timezone,
            paused=False,
            active=True,
            **asdict(Terms()),
            topic_id=0,
            zone_asked=False,
        )
        await self._run(statement.on_conflict_do_nothing(index_elements=["telegram_id", "thread_id"]))
        chat = await self.by_telegram(telegram_id, thread_id)
        if chat is None:
            raise LookupError(f"chat {telegram_id} is not there")
        return chat

    async def lock(self, chat_id: int) -> None:
        """Keeps the chat for this transaction: who changes it, or leases for it, waits until it ends. Before anything of the
        chat's is read or written, so that no two wait for each other."""
        await self._lock(chats.c.id == chat_id)

    async def change(self, chat_id: int, **columns: object) -> Chat | None:
        """Changes these columns of a chat (fields of Chat or of Terms) and no other; None where it is not there."""
        row = await self._first(update(chats).where(chats.c.id == chat_id).values(columns).returning(*chats.c))
        return None if row is None else chat_from(row)

    async def deactivate(self, telegram_id: int) -> None:
        """Notes that the bot cannot reach a chat any more, in any of its topics."""
        await self._lock(chats.c.telegram_id == telegram_id)
        await self._run(update(chats).where(chats.c.telegram_id == telegram_id).values(active=False))

    async def deactivate_topic(self, chat_id: int) -> None:
        """Notes that this chat, a topic, is closed or gone; the other topics are not."""
        await self._run(update(chats).where(chats.c.id == chat_id).values(active=False))

    async def forget_topic(self, chat_id: int) -> None:
        """The topic that the chat chose for its news is gone."""
        await self._run(update(chats).where(chats.c.id == chat_id).values(topic_id=0))

    async def count(self) -> int:
        """How many chats can be reached."""
        count: int = await self._value(select(func.count()).select_from(chats).where(chats.c.active.is_(True)))
        return count

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup under the Telegram id `new`.

        Its chats keep their ids, and so their place in the ledger. Where one is known under the new id too, its wishes,
        its calendar and its notifications come over and it is dropped. The messages of before cannot be edited or replied
        to any more: in the supergroup their numbers are those of others.
        """
        if old == new:
            return
        await self._lock(chats.c.telegram_id.in_((old, new)))
        for row in await self._rows(select(chats.c.id, chats.c.thread_id).where(chats.c.telegram_id == old)):
            lost = update(notifications).where(notifications.c.chat_id == row.id, TOLD)
            await self._run(lost.values(message_id=None))
            twin = await self.by_telegram(new, row.thread_id)
            if twin is not None:
                await self._let_tell(twin.id, row.id)
                for table in (follows, rules, filters, notifications):
                    await self._take_over(table, twin.id, row.id)
                await self._run(update(calendars).where(calendars.c.chat_id == twin.id).values(chat_id=row.id))
                await self._run(delete(chats).where(chats.c.id == twin.id))
            await self._run(update(chats).where(chats.c.id == row.id).values(telegram_id=new, active=True))

    async def _lock(self, which: ColumnElement[bool]) -> None:
        """In one order, as leases and the fan-out keep them."""
        await self._run(select(chats.c.id).where(which).order_by(chats.c.id).with_for_update())

    async def _take_over(self, table: Table, giver: int, taker: int) -> None:
        """Moves the rows of one chat to another; what both have, the taker keeps its own of."""
        columns = [column for column in table.c if column.name != "chat_id"]
        # What is being sent right now stays under its number, so that its outcome finds it.
        moves = and_(_of_any(table), table.c.state != NotificationState.SENDING) if table is notifications else true()
        mine = and_(table.c.chat_id == giver, moves)
        theirs = select(*columns, literal(taker, chats.c.id.type).label("chat_id")).where(mine)
        statement = self._insert(table).from_select([*(column.name for column in columns), "chat_id"], theirs)
        await self._run(statement.on_conflict_do_nothing())
        await self._run(delete(table).where(mine))

    async def _let_tell(self, giver: int, taker: int) -> None:
        """Of two notifications of one announcement the taker drops its own, where the giver's was heard, or alone may be still."""
        for own, better in ((OPEN, _HEARD), (_UNHEARD, (*_HEARD, NotificationState.QUEUED))):
            theirs = notifications.alias()
            told = select(theirs.c.announcement_id).where(
                theirs.c.chat_id == giver, _of_any(theirs), theirs.c.state.in_(better)
            )
            mine = and_(notifications.c.chat_id == taker, notifications.c.state.in_(own))
            await self._run(delete(notifications).where(mine, notifications.c.announcement_id.in_(told)))

    async def _one(self, condition: ColumnElement[bool]) -> Chat | None:
        row = await self._first(select(chats).where(condition))
        return None if row is None else chat_from(row)


def _of_any(ledger: FromClause) -> ColumnElement[bool]:
    """The ledger is found by announcement and chat; by the chat alone all of it would be read."""
    return ledger.c.announcement_id.in_(select(announcements.c.id))


def chat_from(row: AnyRow) -> Chat:
    """A chat from a row that holds the columns of `chats`."""
    fields = {column.name: row._mapping[column] for column in chats.c}
    terms = Terms(**{name: fields.pop(name) for name in TERMS})
    return Chat(**fields, terms=terms)
