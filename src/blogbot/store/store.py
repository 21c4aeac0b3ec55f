"""The store's door: opens a database, gives out transactions, and turns what drivers raise into StoreError, once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from blogbot.clock import Clock
from blogbot.store import schema
from blogbot.store.announcements import Announcements
from blogbot.store.calendars import Calendars
from blogbot.store.chats import Chats
from blogbot.store.engine import Engines, engines, explain
from blogbot.store.errands import Errands
from blogbot.store.events import Events
from blogbot.store.filters import Filters
from blogbot.store.follows import Follows
from blogbot.store.notifications import Notifications
from blogbot.store.posts import Posts
from blogbot.store.rules import Rules
from blogbot.store.senders import Senders
from blogbot.store.sources import Sources
from blogbot.store.subscriptions import Subscriptions
from blogbot.store.topics import Topics


class Transaction:
    """One transaction; each noun of the product by its name. It is not for use by two tasks at once."""

    def __init__(self, connection: AsyncConnection, dialect: str) -> None:
        self._parts = (connection, dialect)

    @cached_property
    def posts(self) -> Posts:
        return Posts(*self._parts)

    @cached_property
    def events(self) -> Events:
        return Events(*self._parts)

    @cached_property
    def sources(self) -> Sources:
        return Sources(*self._parts)

    @cached_property
    def chats(self) -> Chats:
        return Chats(*self._parts)

    @cached_property
    def follows(self) -> Follows:
        return Follows(*self._parts)

    @cached_property
    def rules(self) -> Rules:
        return Rules(*self._parts)

    @cached_property
    def filters(self) -> Filters:
        return Filters(*self._parts)

    @cached_property
    def calendars(self) -> Calendars:
        return Calendars(*self._parts)

    @cached_property
    def senders(self) -> Senders:
        return Senders(*self._parts)

    @cached_property
    def announcements(self) -> Announcements:
        return Announcements(*self._parts)

    @cached_property
    def notifications(self) -> Notifications:
        return Notifications(*self._parts)

    @cached_property
    def topics(self) -> Topics:
        return Topics(*self._parts)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(*self._parts)

    @cached_property
    def errands(self) -> Errands:
        return Errands(*self._parts)


class Store:
    """A database that holds everything. Readers see one moment of it and block nobody; writers take turns on SQLite."""

    def __init__(self, parts: Engines, clock: Clock) -> None:
        self._engines = parts
        self._turn = asyncio.Lock()
        self.clock = clock
        self.dialect = parts.dialect
        self.place = parts.place

    @classmethod
    async def open(cls, url: str, *, clock: Clock) -> Store:
        """A store whose database answers; its tables may still be missing. Raises StoreError with what to do.

        `url` is sqlite:///FILE or postgresql://..., with or without the driver's name (+aiosqlite, +asyncpg).
        """
        store = cls(engines(url), clock)
        try:
            await store._engines.probe()
        except sqlite3.Error as error:
            raise explain(error, store.dialect, store.place) from error
        try:
            async with store._transaction(store._engines.writer) as connection:
                await connection.execute(text("SELECT 1"))
        except BaseException:
            await store.close()
            raise
        return store

    async def upgrade(self) -> None:
        """Brings the tables up to this blogbot's version; where another process is at it, waits and finds it done.

        Raises SchemaError where the database was made by a newer blogbot.
        """
        async with self._turn, self._transaction(self._engines.writer) as connection:
            await connection.run_sync(schema.upgrade, self.place)

    async def check(self) -> list[str]:
        """What is wrong with the database, in sentences; [] where nothing is."""
        async with self._transaction(self._engines.reader) as connection:
            return await connection.run_sync(schema.check, self.place)

    async def close(self) -> None:
        """Gives back every connection."""
        await self._engines.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction that sees one moment of the database and changes nothing."""
        async with self._transaction(self._engines.reader) as connection:
            yield Transaction(connection, self.dialect)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed at the end, or undone where anything is raised inside."""
        if self.dialect == "sqlite":
            async with self._turn, self._transaction(self._engines.writer) as connection:
                yield Transaction(connection, self.dialect)
        else:
            async with self._transaction(self._engines.writer) as connection:
                yield Transaction(connection, self.dialect)

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """The border where foreign errors become ours."""
        connection = await self._connected(engine)
        try:
            async with connection.begin():
                yield connection
        except (SQLAlchemyError, ConnectionError) as error:
            raise explain(error, self.dialect, self.place) from error
        finally:
            await connection.close()

    async def _connected(self, engine: AsyncEngine) -> AsyncConnection:
        try:
            return await engine.connect()
        except Exception as error:  # drivers raise whatever they like here: OSError, TypeError, errors of their own
            raise explain(error, self.dialect, self.place) from error
